# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A response becomes the rows sent; what cannot be told exactly is masked, and a warning says so."""

import io
import warnings
from decimal import Decimal

import numpy as np
import pytest
from astropy.io import fits
from astroquery.exceptions import CorruptDataWarning
from bodies import json_of, parquet_of

from astroquery_fink.surveys import LSST, ZTF
from astroquery_fink.surveys.columns import ColumnFacts
from astroquery_fink.tables import build as parse
from astroquery_fink.tables import decode as wire
from astroquery_fink.tables.convert import to_array, to_pixels

CUTOUT = "b:cutoutScience_stampData"
UNKNOWN = "d:new"


def column(body, name):
    return parse.rows(wire.read_rows(body), ZTF, [name])[name]


def cells(body, name):
    """The values of a column, None if masked, and the text of its warnings."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = column(body, name)
    assert all(one.category is CorruptDataWarning for one in said)
    return found.tolist(), " ".join(str(one.message) for one in said)


@pytest.fixture
def readers(monkeypatch):
    """Read JSON with orjson, then with the standard library."""
    pytest.importorskip("orjson")
    fast, plain = wire._json_readers()

    def both(body, name):
        found = []
        for which in ([fast, plain], [plain]):
            monkeypatch.setattr(wire, "_json_readers", lambda which=which: which)
            data = column(body, name)
            found.append((data.dtype, data.tolist()))
        return found

    return both


# Numbers


@pytest.mark.parametrize(
    "text", ["1_0", "\u0663", "0x10", " 12 ", "\uff11\uff12", "12\n", "1e", "--1", "1,5", "1 000"]
)
@pytest.mark.parametrize("name", ["i:magpsf", "i:fid"])
def test_a_number_in_a_spelling_that_no_server_uses_is_masked_and_said(text, name):
    for body in (json_of(**{name: ["7", text]}), parquet_of(**{name: ["7", text]})):
        values, said = cells(body, name)
        assert values == [7, None]
        assert f"{name}: masked 1 value" in said
        assert repr(text) in said


@pytest.mark.parametrize(
    ("text", "number"), [("-1", -1.0), ("+2.5", 2.5), (".5", 0.5), ("5.", 5.0), ("1E-3", 1e-3)]
)
def test_a_number_as_text_is_that_number(text, number):
    assert cells(json_of(**{"i:magpsf": [text, 1.0]}), "i:magpsf") == ([number, 1.0], "")


@pytest.mark.parametrize("name", ["i:magpsf", "i:fid"])
@pytest.mark.parametrize("truth", [True, False])
def test_a_truth_is_no_number(name, truth):
    values, said = cells(json_of(**{name: [2, truth]}), name)
    assert values == [2, None]
    assert str(truth) in said
    values, said = cells(parquet_of(**{name: [truth, truth]}), name)
    assert values == [None, None]
    assert "masked 2" in said


def test_a_decimal_with_a_fraction_is_never_cut_to_an_integer():
    body = parquet_of(**{"i:fid": [Decimal("1.5"), Decimal("2.9"), Decimal("2.0"), None]})
    values, said = cells(body, "i:fid")
    assert values == [None, None, 2, None]
    assert "masked 2" in said


def test_a_decimal_id_keeps_all_its_digits():
    ids = [2**63 - 1, 2461115025115015001, -7]
    assert cells(parquet_of(**{"i:candid": list(map(Decimal, ids))}), "i:candid")[0] == ids


def test_a_decimal_id_past_64_bits_is_masked_and_said():
    values, said = cells(parquet_of(**{"i:candid": [Decimal(2**63), Decimal(1)]}), "i:candid")
    assert values == [None, 1]
    assert "masked 1" in said


@pytest.mark.parametrize(("number", "dtype"), [("1.50", np.float64), ("15", np.int64)])
def test_an_unknown_column_of_decimals_holds_numbers(number, dtype):
    found = column(parquet_of(**{UNKNOWN: [Decimal(number)]}), UNKNOWN)
    assert found.dtype == dtype
    assert found[0] == float(number)


# Integers past 64 bits, where orjson gives floats


LONG = [10**30, 2**64, -(2**63) - 1, 2**64 - 1]


@pytest.mark.parametrize("number", LONG)
@pytest.mark.filterwarnings("ignore::astroquery.exceptions.CorruptDataWarning")
@pytest.mark.parametrize("name", ["i:objectId", UNKNOWN, "i:candid", "i:magpsf"])
def test_json_gives_the_same_table_with_orjson_and_without(readers, number, name):
    fast, plain = readers(json_of(**{name: [1, number, None]}), name)
    assert fast == plain


@pytest.mark.parametrize("number", LONG)
def test_an_integer_in_a_text_column_is_the_text_sent(number):
    assert cells(json_of(**{"i:objectId": [number, "a"]}), "i:objectId") == ([str(number), "a"], "")


@pytest.mark.filterwarnings("ignore::astroquery.exceptions.CorruptDataWarning")
def test_long_integers_inside_lists_are_those_sent(readers):
    fast, plain = readers(json_of(**{UNKNOWN: [[1, 10**30], {"a": [2**70]}]}), UNKNOWN)
    assert fast == plain
    assert fast[1] == [[1, 10**30], {"a": [2**70]}]


def test_numbers_of_five_thousand_digits_are_a_broken_body():
    body = b'[{"i:objectId": ' + b"1" * 5000 + b"}]"
    with pytest.raises(ValueError, match="broken JSON"):
        column(body, "i:objectId")


# What is masked


@pytest.mark.parametrize("value", [None, "nan", "", float("inf"), float("-inf"), float("nan"), "x"])
@pytest.mark.filterwarnings("ignore::astroquery.exceptions.CorruptDataWarning")
def test_a_masked_float_holds_nan_underneath(value):
    bodies = [json_of(**{"i:magpsf": [18.0, value]})]
    if not isinstance(value, str):
        bodies.append(parquet_of(**{"i:magpsf": [18.0, value]}))
    for body in bodies:
        found = column(body, "i:magpsf")
        assert found.mask.tolist() == [False, True]
        assert np.isnan(found.data.data[1])


def test_the_number_that_stands_for_no_value_is_nan_underneath():
    name, facts = next((n, f) for n, f in ZTF.facts.items() if f.missing is not None and f.dtype == "float64")
    for body in (json_of(**{name: [facts.missing, 1.5]}), parquet_of(**{name: [facts.missing, 1.5]})):
        found = column(body, name)
        assert np.isnan(found.data.data[0])
        assert found.mask.tolist() == [True, False]


@pytest.mark.parametrize(
    ("name", "value", "nothing"), [("i:fid", 1, 0), ("d:is_transient", True, False), ("i:objectId", "a", "")]
)
def test_other_masked_cells_hold_zero_false_or_empty_text(name, value, nothing):
    for body in (json_of(**{name: [value, None]}), parquet_of(**{name: [value, None]})):
        assert column(body, name).data.data.tolist() == [value, nothing]


@pytest.mark.parametrize("name", ["d:lc_features_g", "d:lc_features_r"])
def test_an_object_without_features_has_them_masked(name):
    sent = ["[]", "[None, None]", "[1.5, NaN]"]
    for body in (json_of(**{name: sent}), parquet_of(**{name: sent})):
        assert cells(body, name) == ([None, *sent[1:]], "")


# Text


def bytes_as_text(*words):
    """A column of text whose bytes are not checked."""
    pa = pytest.importorskip("pyarrow")
    offsets = np.cumsum([0, *map(len, words)]).astype(np.int32)
    return pa.Array.from_buffers(
        pa.string(), len(words), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(words))]
    )


@pytest.mark.parametrize("name", ["i:objectId", UNKNOWN])
@pytest.mark.parametrize("word", [b"\xff\xfe", b"\xc3", b"\xed\xa0\x80"])
def test_bytes_that_are_no_text_are_masked_and_the_other_rows_kept(name, word):
    values, said = cells(parquet_of(**{name: bytes_as_text(b"ZTF21aaxtctv", word)}), name)
    assert values == ["ZTF21aaxtctv", None]
    assert repr(word) in said


def test_bytes_of_text_are_that_text():
    assert cells(parquet_of(**{UNKNOWN: ["é".encode(), b"\xff", None]}), UNKNOWN)[0] == ["é", None, None]


def test_half_a_character_of_json_is_masked_since_no_file_can_hold_it():
    values, said = cells(b'[{"i:objectId": "a\\ud800"}, {"i:objectId": "b"}]', "i:objectId")
    assert values == [None, "b"]
    assert "masked 1" in said


def test_text_keeps_the_nul_at_its_end():
    for body in (json_of(**{UNKNOWN: ["a\0", "b"]}), parquet_of(**{UNKNOWN: ["a\0", "b"]})):
        assert cells(body, UNKNOWN) == (["a\0", "b"], "")


# Types that Fink does not send today


def test_a_time_beyond_the_calendar_of_python_is_text():
    pa = pytest.importorskip("pyarrow")
    times = pa.array([0, 300_000 * 365 * 86400], pa.int64()).cast(pa.timestamp("s"))
    values, _ = cells(parquet_of(**{UNKNOWN: times}), UNKNOWN)
    assert values[0].startswith("1970-01-01 00:00:00")
    assert len(values) == 2


@pytest.mark.parametrize("zone", ["Mars/Phobos", "UTC", "+99:99", ""])
def test_a_time_in_a_zone_that_is_not_known_here_is_read_in_utc(zone):
    pa = pytest.importorskip("pyarrow")
    times = pa.array([0, None], pa.int64()).cast(pa.timestamp("us", zone or None))
    values, said = cells(parquet_of(**{UNKNOWN: times}), UNKNOWN)
    assert values == ["1970-01-01 00:00:00.000000", None]
    assert said == ""


def test_a_time_is_no_number():
    pa = pytest.importorskip("pyarrow")
    times = pa.array([0], pa.int64()).cast(pa.timestamp("s", "Mars/Phobos"))
    values, said = cells(parquet_of(**{"i:jd": times}), "i:jd")
    assert values == [None]
    assert "i:jd: masked 1" in said


@pytest.mark.parametrize("lists", [[[1, 2], [3, 4]], [[1], []], [[[1, 2]], [[3, 4]]], [{"a": 1}, {"a": 2}]])
def test_an_unknown_column_of_lists_holds_lists_also_where_they_are_of_one_length(lists):
    for body in (json_of(**{UNKNOWN: lists}), parquet_of(**{UNKNOWN: lists})):
        assert cells(body, UNKNOWN) == (lists, "")


def test_the_same_column_twice_is_a_broken_body():
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["i:fid", "i:fid"]), file)
    with pytest.raises(ValueError, match="twice"):
        wire.read_rows(file.getvalue())


@pytest.mark.parametrize("depth", [900, 1100, 100_000])
def test_lists_nested_deeply_are_a_table_or_a_broken_body(depth):
    try:
        column(b'[{"i:objectId": ' + b"[" * depth + b"]" * depth + b"}]", "i:objectId")
    except ValueError:
        return


# Cutouts

RAGGED = [[[1, 2], [3, 4, 5, 6]], [[1, 2], None], [[1, 2], []], [[], []], [None, None], [[]]]


@pytest.mark.parametrize("cutout", RAGGED)
@pytest.mark.parametrize("write", [json_of, parquet_of])
def test_a_cutout_whose_rows_differ_in_length_is_masked_and_said(write, cutout):
    with pytest.warns(CorruptDataWarning, match=r"masked 1 cutout"):
        found = column(write(**{CUTOUT: [[[1.0, 2.0], [3.0, None]], cutout, None]}), CUTOUT)
    assert found.shape == (3, 2, 2)
    assert found.mask[:, 0, 0].tolist() == [False, True, True]
    assert np.isnan(found.data.data[1:]).all()


NO_IMAGES = [[[[1.0]], [[2.0]]], [1.0, 2.0], 5.0, "text", [["1", "2"]], {"a": 1}, [[True, False]], [["1_0"]]]


@pytest.mark.parametrize("cutout", NO_IMAGES)
@pytest.mark.parametrize("write", [json_of, parquet_of])
def test_a_cutout_that_is_no_image_is_masked_and_said(write, cutout):
    with pytest.warns(CorruptDataWarning, match=r"masked 1 cutout"):
        found = column(write(**{CUTOUT: [cutout, None]}), CUTOUT)
    assert found.shape == (2, *ZTF.cutouts.shape)
    assert found.mask.all()


def test_cutouts_of_one_height_and_several_widths_are_kept():
    cutouts = [[[1.0, 2.0]], [[1.0, 2.0, 3.0]], [[4.0]]]
    for body in (json_of(**{CUTOUT: cutouts}), parquet_of(**{CUTOUT: cutouts})):
        assert [one.tolist() for one in column(body, CUTOUT)] == cutouts


@pytest.mark.parametrize("rows", [[[10**400]], [[1.0], 2], 5, None, "ab", [[object()]], [[[1]]]])
def test_what_is_no_rows_of_pixels_is_a_value_error(rows):
    with pytest.raises(ValueError, match="not a 2-d array of numbers"):
        to_pixels(rows)


def test_a_pixel_that_is_too_bright_for_its_type_is_infinite_without_a_warning_of_numpy():
    assert np.isinf(to_pixels([[1e300]])[0, 0])
    assert np.isinf(column(parquet_of(**{CUTOUT: [[[1e300]]]}), CUTOUT)[0, 0, 0])


def fits_of(*shapes, cards=()):
    hdus = fits.HDUList([fits.PrimaryHDU(np.zeros(shapes[0], np.float32))])
    hdus += [fits.ImageHDU(np.zeros(shape, np.float32)) for shape in shapes[1:]]
    file = io.BytesIO()
    hdus.writeto(file)
    body = file.getvalue()
    for old, new in cards:
        assert body.count(old) >= 1
        body = body.replace(old, new.ljust(len(old))[: len(old)], 1)
    return body


NAXIS1 = b"NAXIS1  =                    4"


@pytest.mark.parametrize(
    "axis", [b"-4", b"-4000", b"1000000", b"9999999999", b"4.5", b"T", b"'a'", b"= =", b""]
)
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
def test_a_fits_header_that_lies_about_its_image_is_a_value_error_at_once(axis):
    body = fits_of((4, 4), (4, 4), cards=[(NAXIS1, b"NAXIS1  = " + axis.rjust(20))])
    with pytest.raises(ValueError, match="FITS"):
        parse.decode_cutouts(body, "Science", LSST)


def test_whole_fits_is_read():
    hdus = parse.decode_cutouts(fits_of((4, 4), (3, 3)), "Science", LSST)["Science"]
    assert [hdu.data.shape for hdu in hdus] == [(4, 4), (3, 3)]


def test_compressed_fits_that_claims_more_than_the_memory_is_refused():
    image = fits.CompImageHDU(np.zeros((2000, 2000), np.float32))
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(np.zeros((2, 2))), image]).writeto(file)
    with pytest.raises(ValueError, match="FITS"):
        parse.decode_cutouts(file.getvalue(), "Science", LSST)


# Any column


@pytest.mark.parametrize("dtype", ["float64", "int64", "bool", "str", "number", "object", None])
def test_values_of_every_kind_are_an_array_and_a_mask(dtype):
    values = [None, 1, 2.5, "x", True, b"\xff", [1], {"a": 1}, Decimal("1.5"), 10**400, float("nan")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorruptDataWarning)
        data, mask = to_array(values, ColumnFacts("x", dtype))
    assert len(data) == len(mask) == len(values)
    assert mask[0]


@pytest.mark.parametrize("odd", [True, False, "", "1_0", [], {}, "x", [1.0]])
@pytest.mark.parametrize("others", [[0.0, 1.0, None], [18.5, 19.5, None], [None, None, None], [0, 1, 2]])
def test_one_odd_cell_among_numbers_is_masked_whatever_the_others_are(others, odd):
    values, said = cells(json_of(**{"i:magpsf": [*others, odd]}), "i:magpsf")
    assert values == [*others, None]
    assert bool(said) == (odd != "" or isinstance(odd, bool))

"""What a table holds is in the file, or a warning names what is not, and a format that keeps it."""

import pickle
import warnings

import astropy.units as u
import numpy as np
import pytest
from astropy.table import Column, MaskedColumn, QTable, Table, vstack
from astropy.time import Time
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import InvalidQueryError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astroquery_fink.formats.files import (
    FORMATS,
    format_of,
    read,
    write,
)
from astroquery_fink.lightcurve import to_timeseries

MASK = [False, True, False, True]
LAST_ID = 2**63 - 1
ALL = ["ecsv", "csv", "fits", "vot", "parquet", "h5"]
WITH_TYPES = [suffix for suffix in ALL if suffix != "csv"]
BINARY = ["fits", "vot", "parquet", "h5"]


@pytest.fixture(autouse=True)
def _packages(request):
    wanted = request.node.callspec.params.get("suffix") if hasattr(request.node, "callspec") else None
    if wanted == "parquet":
        pytest.importorskip("pyarrow")
        pytest.importorskip("pandas")
    if wanted == "h5":
        pytest.importorskip("h5py")


def one_column(values, mask=False, **about):
    if isinstance(values, Time):
        return Table({"c": values})
    return Table([MaskedColumn(values, name="c", mask=mask, **about)])


def through(table, folder, suffix, **options):
    path = folder / f"table.{suffix}"
    write(table, path, overwrite=True, **options)
    return read(path)


def assert_same(read, written):
    """Values, masks, dtypes, units and descriptions."""
    mask = np.ma.getmaskarray(written)
    assert np.ma.getmaskarray(read).tolist() == mask.tolist()
    assert read.dtype.kind == written.dtype.kind
    assert (read.unit, read.description) == (written.unit, written.description)
    if written.dtype.kind != "U":
        assert read.dtype == written.dtype
    np.testing.assert_array_equal(np.ma.getdata(read)[~mask], np.ma.getdata(written)[~mask])


COLUMNS = {
    "text": (["SN", "", "AGN", ""], MASK),
    "text of masks only": (["", "", "", ""], True),
    "truth": ([True, False, False, True], MASK),
    "truth of masks only": ([True, False, False, True], True),
    "truth without masks": ([True, False, False, True], False),
    "ids beyond 2**53": ([2**53 + 1, 0, LAST_ID, 0], MASK),
    "999999, which numpy puts for a mask": ([999999, 0, -1, 63], MASK),
    "the least integer": ([-(2**63), -(2**63) + 1, 0, 1], MASK),
    "int16": (np.array([-(2**15), 1, 2, 3], "i2"), MASK),
    "float": ([0.1, np.nan, 1e-300, np.nan], MASK),
    "float32": (np.array([0.1, np.nan, -3e-30, np.nan], "f4"), MASK),
    "cutouts": (np.arange(24, dtype="f4").reshape(4, 2, 3), np.repeat(MASK, 6).reshape(4, 2, 3)),
}


@pytest.mark.parametrize("suffix", WITH_TYPES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_comes_back_with_its_values_mask_dtype_unit_and_words(tmp_path, suffix, kind):
    values, mask = COLUMNS[kind]
    unit = u.nJy if np.asarray(values).dtype.kind == "f" else None
    table = one_column(values, mask, description="what it is", unit=unit)
    assert_same(through(table, tmp_path, suffix)["c"], table["c"])


@pytest.mark.parametrize("kind", [kind for kind in COLUMNS if kind not in ("cutouts", "text of masks only")])
def test_csv_keeps_values_and_masks(tmp_path, kind):
    table = one_column(*COLUMNS[kind])
    back = through(table, tmp_path, "csv")["c"]
    mask = np.ma.getmaskarray(table["c"])
    assert np.ma.getmaskarray(back).tolist() == mask.tolist()
    assert back.astype(table["c"].dtype)[~mask].tolist() == table["c"][~mask].tolist()


@pytest.mark.parametrize("suffix", WITH_TYPES)
@pytest.mark.parametrize("kind", COLUMNS)
def test_no_rows_keep_their_dtype_and_shape(tmp_path, suffix, kind):
    table = one_column(*COLUMNS[kind])[:0]
    back = through(table, tmp_path, suffix)["c"]
    assert (back.dtype.kind, back.shape) == (table["c"].dtype.kind, table["c"].shape)


@pytest.mark.parametrize("suffix", ["fits", "ecsv", "parquet", "h5"])
def test_masked_truths_read_by_astropy_alone_are_masked(tmp_path, suffix):
    write(one_column([True, True, False, True], MASK), tmp_path / f"t.{suffix}")
    assert Table.read(tmp_path / f"t.{suffix}")["c"].mask.tolist() == MASK


@pytest.mark.parametrize("suffix", ["ecsv", "parquet", "h5"])
def test_times_stay_times(tmp_path, suffix):
    times = Time(["2025-07-01", "2025-07-02", "2025-07-03"], format="iso", out_subfmt="date", scale="utc")
    times[1] = np.ma.masked
    back = through(one_column(times), tmp_path, suffix)["c"]
    assert isinstance(back, Time)
    assert back.mask.tolist() == [False, True, False]
    assert back[[0, 2]].isot.tolist() == times[[0, 2]].isot.tolist()


@pytest.mark.parametrize("suffix", ["csv", "fits", "vot"])
@pytest.mark.parametrize(
    ("times", "text"),
    [
        (Time(["2025-07-01", "2025-07-02"], format="iso", out_subfmt="date"), "2025-07-01"),
        (Time([2460000.25, 2460001.5], format="jd"), "2023-02-24T18:00:00.000000000"),
    ],
)
def test_times_become_text_that_is_said_to_be(tmp_path, suffix, times, text):
    times = times.copy()
    times[1] = np.ma.masked
    with pytest.warns(
        AstropyUserWarning, match=rf"table.{suffix} writes times as text: c. To keep this, write to .ecsv"
    ):
        back = through(one_column(times), tmp_path, suffix)["c"]
    assert back[0] == text
    assert back.mask.tolist() == [False, True]


@pytest.mark.parametrize("suffix", ["parquet", "h5"])
def test_empty_text_is_not_masked_text(tmp_path, suffix):
    table = one_column(["a", "", "", "b"], [False, True, False, False])
    assert_same(through(table, tmp_path, suffix)["c"], table["c"])


def test_empty_text_beside_masked_text_is_kept_by_fits(tmp_path):
    table = one_column(["a", "", "", "b"], [False, True, False, False])
    assert_same(through(table, tmp_path, "fits")["c"], table["c"])


@pytest.mark.parametrize("suffix", ["csv", "ecsv", "fits", "vot"])
def test_empty_text_that_comes_back_masked_is_said_to(tmp_path, suffix):
    with pytest.warns(
        AstropyUserWarning, match=r"empty text read back as masked: c. To keep this, write to .parquet, .h5"
    ):
        back = through(one_column(["a", "", "b"]), tmp_path, suffix)["c"]
    assert back.mask.tolist() == [False, True, False]


@pytest.mark.parametrize("suffix", ["ecsv", "vot", "parquet", "h5"])
def test_letters_of_any_script_are_kept(tmp_path, suffix):
    table = one_column(["Förster", "", "ζ Oph", ""], MASK)
    assert_same(through(table, tmp_path, suffix)["c"], table["c"])


@pytest.mark.parametrize(
    ("suffix", "text", "escaped"),
    [
        ("fits", "Förster", r"F\xf6rster"),
        ("fits", "a\nb", r"a\nb"),
        ("vot", "a\x01b", r"a\x01b"),
        ("ecsv", "a\r\nb", "a\\r\nb"),
        ("csv", "a\rb", r"a\rb"),
    ],
)
def test_characters_that_a_format_does_not_have_are_escaped_and_said_to_be(tmp_path, suffix, text, escaped):
    with pytest.warns(
        AstropyUserWarning,
        match=r"characters that it does not have as escapes: c. To keep this, write to .parq",
    ):
        back = through(one_column([text, "SN"]), tmp_path, suffix)["c"]
    assert back.tolist() == [escaped, "SN"]


@pytest.mark.parametrize("suffix", ["parquet", "h5"])
def test_all_characters_are_kept(tmp_path, suffix):
    texts = ["Förster", "a\r\n\tb", "\x01", '"#,']
    assert through(one_column(texts), tmp_path, suffix)["c"].tolist() == texts


def test_blanks_that_are_dropped_are_said_to_be(tmp_path):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    with pytest.warns(AstropyUserWarning, match="drops blanks around text: c"):
        write(one_column(["a ", "b"]), tmp_path / "table.fits")
    assert through(one_column([" a ", "b"]), tmp_path, "parquet")["c"].tolist() == [" a ", "b"]


def unequal():
    cells = np.empty(3, dtype=object)
    cells[:] = [np.ones((2, 3), "f4"), np.empty((0, 0), "f4"), np.full((3, 1), np.nan, "f4")]
    return one_column(cells, [False, True, False])


@pytest.mark.parametrize("suffix", BINARY)
def test_cutouts_of_unequal_shape_are_refused_with_the_remedy(tmp_path, suffix):
    with pytest.raises(InvalidQueryError, match=r"c has cutouts of 2 shapes.*pad=True.*\.ecsv"):
        write(unequal(), tmp_path / f"table.{suffix}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["ecsv", *BINARY])
def test_cutouts_of_unequal_shape_are_padded_on_request(tmp_path, suffix):
    cutouts = unequal()
    cutouts["c"][2][0, 0] = 7
    back = through(cutouts, tmp_path, suffix, pad=True)["c"]
    assert (back.shape, back.dtype) == ((3, 3, 3), np.float32)
    assert back.mask.all(axis=(1, 2)).tolist() == [False, True, False]
    assert not back.mask[[0, 2]].any()
    np.testing.assert_array_equal(np.asarray(back[0]), [[1, 1, 1], [1, 1, 1], [np.nan] * 3])
    assert np.asarray(back[2])[0, 0] == 7


def test_ecsv_keeps_cutouts_of_unequal_shape(tmp_path):
    table = unequal()
    table["c"][0][0, 0] = np.float32(0.1)
    back = through(table, tmp_path, "ecsv")["c"]
    assert back.mask.tolist() == [False, True, False]
    np.testing.assert_array_equal(back[0], table["c"][0])
    assert (back[2].shape, back[2].dtype) == ((3, 1), np.float32)


@pytest.mark.parametrize("cutouts", [unequal(), one_column(np.ones((2, 3, 3), "f4"))])
def test_csv_refuses_cutouts(tmp_path, cutouts):
    with pytest.raises(InvalidQueryError, match=r"c has cutouts, which CSV cannot hold: write to \.fits"):
        write(cutouts, tmp_path / "table.csv", pad=True)


def test_cutouts_that_turn_out_equal_are_one_array(tmp_path):
    cells = np.empty(2, dtype=object)
    cells[:] = [np.ones((2, 2), "f4"), np.zeros((2, 2), "f4")]
    assert through(one_column(cells), tmp_path, "fits")["c"].shape == (2, 2, 2)


def test_lists_become_json_that_is_said_to_be(tmp_path):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    cells = np.empty(3, dtype=object)
    cells[:] = [[1, "a"], {"b": np.int64(2)}, None]
    table = one_column(cells, [False, False, True])
    with pytest.warns(AstropyUserWarning, match="writes lists as JSON text: c. To keep this, write to .ecsv"):
        assert through(table, tmp_path, "parquet")["c"].tolist() == ['[1, "a"]', '{"b": 2}', None]


def test_lists_are_kept_by_ecsv(tmp_path):
    cells = np.empty(2, dtype=object)
    cells[:] = [[1, "a"], [[1, 2], [3]]]
    assert through(one_column(cells), tmp_path, "ecsv")["c"].tolist() == [[1, "a"], [[1, 2], [3]]]


META = {
    "survey": "lsst",
    "payload": '{"objectId": "ZTF"}',
    "cached": False,
    "missing": ["ZTF1", "Förster"],
    "cut": [],
    "queried": None,
    "n": 3,
    "word": "Förster",
    "text": "json:1",
    "pages": {"a": [1]},
}


@pytest.mark.parametrize("suffix", WITH_TYPES)
def test_meta_comes_back(tmp_path, suffix):
    table = one_column([1, 2])
    table.meta.update(META)
    assert through(table, tmp_path, suffix).meta == META


def test_meta_that_no_header_of_fits_holds_is_named(tmp_path):
    table = one_column([1, 2])
    table.meta.update({"größe": 1, "survey": "ztf"})
    with pytest.warns(AstropyUserWarning, match="cannot hold meta: größe"):
        assert through(table, tmp_path, "fits").meta == {"survey": "ztf"}


def test_csv_names_the_units_descriptions_and_meta_that_it_leaves_out(tmp_path):
    table = Table({f"c{number}": [1.0] for number in range(8)}, meta={"survey": "ztf"})
    for name in table.colnames:
        table[name].unit = "mag"
    with pytest.warns(
        AstropyUserWarning,
        match=r"units, descriptions and meta: c0, .*, c4 and 4 more. To keep this, write to",
    ):
        write(table, tmp_path / "table.csv")


def test_writing_changes_nothing_of_the_table(fink, tmp_path):
    pytest.importorskip("pyarrow")
    table = fink.query_object("ZTF99simsnia", withupperlim=True)
    table["i:candid"].fill_value = 7
    before = pickle.loads(pickle.dumps(table))
    for suffix in ("fits", "vot", "parquet"):
        write(table, tmp_path / f"table.{suffix}")
    assert table["i:candid"].fill_value == 7
    assert (
        table["d:from_upper"].info.serialize_method["fits"] == MaskedColumn([1]).info.serialize_method["fits"]
    )
    assert_whole(table, before)
    assert [table[name].meta for name in table.colnames] == [before[name].meta for name in table.colnames]


@pytest.mark.parametrize("suffix", WITH_TYPES)
def test_ztf_with_upper_limits_comes_back_whole_without_a_word(fink, tmp_path, suffix):
    table = fink.query_object("ZTF99simsnia", withupperlim=True)
    assert_whole(through(table, tmp_path, suffix), table)


@pytest.mark.parametrize("suffix", WITH_TYPES)
def test_rubin_with_forced_photometry_comes_back_whole_without_a_word(fink_lsst, tmp_path, suffix):
    table = fink_lsst.query_object(170000000000000001, withforced=True)
    forced = table["tag"] == "forced"
    truths = [
        name for name in table.colnames if table[name].dtype.kind == "b" and np.ma.is_masked(table[name])
    ]
    assert len(truths) > 20
    back = through(table, tmp_path, suffix)
    assert all(back[name].mask[forced].all() for name in truths)
    assert_whole(back, table)


def assert_whole(read, written):
    assert read.colnames == written.colnames
    assert read.meta == written.meta
    for name in written.colnames:
        assert_same(read[name], written[name])


@pytest.mark.parametrize("survey", ["fink", "fink_lsst"])
@pytest.mark.parametrize("suffix", WITH_TYPES)
def test_nights_come_back(request, tmp_path, survey, suffix):
    table = request.getfixturevalue(survey).query_statistics("202602")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "table.* writes times as text", AstropyUserWarning)
        back = through(table, tmp_path, suffix)
    night = table.colnames[0]
    assert list(map(str, back[night].tolist() if suffix in ("fits", "vot") else back[night].value)) == list(
        map(str, table[night].value)
    )


@pytest.mark.parametrize("suffix", ["ecsv", *BINARY])
def test_cutouts_of_two_objects_come_back(fink, tmp_path, suffix):
    keywords = {"columns": "objectId,candid", "withcutouts": True, "cutout_kind": "Science"}
    table = fink.query_objects(["ZTF99simastr", "ZTF99simdwno"], **keywords)[:6]
    assert_whole(through(table, tmp_path, suffix), table)


@pytest.mark.parametrize("suffix", ["ecsv", *BINARY])
def test_quantities_and_time_series_are_written_like_tables(fink, tmp_path, suffix):
    table = fink.query_object("ZTF99simsnia", columns="candid,jd,magpsf,fid", withupperlim=True)
    assert_same(through(QTable(table), tmp_path, suffix)["i:magpsf"], table["i:magpsf"])
    series = to_timeseries(table, withupperlim=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "table.* writes times as text", AstropyUserWarning)
        back = through(series, tmp_path, suffix)
    assert back["i:magpsf"].mask.sum() == table["i:magpsf"].mask.sum()


def test_masked_floats_are_nan_underneath_once_read(tmp_path):
    table = one_column([1.0, 5.0, 2.0], [False, True, False])
    for suffix in ("ecsv", "csv", "fits", "vot"):
        assert np.isnan(np.ma.getdata(through(table, tmp_path, suffix)["c"])[1]), suffix


TEXTS = st.lists(
    st.none() | st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1), min_size=1
)


@pytest.mark.parametrize("suffix", ["ecsv", "fits", "vot", "h5"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=TEXTS,
    number=st.none() | st.integers(-(2**63), 2**63 - 1),
    truth=st.none() | st.booleans(),
    real=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_value_or_none_comes_back(tmp_path, suffix, texts, number, truth, real):
    rows = len(texts)
    table = Table()
    for name, cells, nothing in (
        ("number", [number, 0, None, 999999][:rows] + [1] * (rows - 4), 0),
        ("truth", [truth, True, None, False][:rows] + [True] * (rows - 4), False),
        ("real", [real, 0.5, None][:rows] + [2.5] * (rows - 3), np.nan),
        ("text", texts, ""),
    ):
        mask = [cell is None for cell in cells]
        values = np.array([nothing if cell is None else cell for cell in cells])
        table[name] = MaskedColumn(values, mask=mask)
    back = through(table, tmp_path, suffix)
    for name in table.colnames:
        assert_same(back[name], table[name])


@pytest.mark.parametrize("suffix", ["csv", *BINARY])
def test_text_that_looks_like_a_comment_is_text(tmp_path, suffix):
    assert through(one_column(["#1", "b"]), tmp_path, suffix)["c"].tolist() == ["#1", "b"]


def test_ecsv_refuses_a_first_column_that_it_would_read_as_comments(tmp_path):
    table = Table({"name": ["#1", "b"], "number": [1, 2]})
    with pytest.raises(InvalidQueryError, match="name, the first column, has text that begins with #"):
        write(table, tmp_path / "table.ecsv")
    assert through(table["number", "name"], tmp_path, "ecsv")["name"].tolist() == ["#1", "b"]


def test_a_file_that_exists_stays_unless_it_is_to_be_replaced(tmp_path):
    path = tmp_path / "table.ecsv"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        write(one_column([1]), path)
    assert path.read_text() == "mine"
    write(one_column([1]), path, overwrite=True)
    assert read(path)["c"].tolist() == [1]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.ecsv"
    path.write_text("mine")
    table = one_column([1])
    table.meta["odd"] = object()
    with pytest.raises(Exception, match="represent"):
        write(table, path, overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_format_is_told_by_the_suffix_or_by_its_name(tmp_path):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    assert {format_of(f"x{suffix.upper()}") for suffix in FORMATS} == set(FORMATS.values())
    write(one_column([1]), tmp_path / "table.dat", format="ecsv")
    assert read(tmp_path / "table.dat", format="ascii.ecsv")["c"].tolist() == [1]
    with pytest.raises(InvalidQueryError, match=r"path='x.foo': the name must end in one of .ecsv, .csv"):
        write(one_column([1]), "x.foo")
    with pytest.raises(InvalidQueryError, match="format='foo' is unknown: give ecsv, csv, fits"):
        read("x.fits", format="foo")


def test_pickled_and_stacked_tables_keep_masks_ids_and_nan(fink):
    ids = ["ZTF99simsnia", "ZTF99simrrly"]
    table = fink.query_objects(ids, withupperlim=True)
    assert_whole(pickle.loads(pickle.dumps(table)), table)
    apart = [fink.query_object(one, withupperlim=True) for one in ids]
    stacked = vstack(apart, metadata_conflicts="silent")
    for name in table.colnames:
        assert_same(stacked[name], table[name])
        if table[name].dtype.kind == "f":
            mask = np.ma.getmaskarray(stacked[name])
            assert np.isnan(np.ma.getdata(stacked[name])[mask]).all(), name


def with_masked_ids(fink):
    return fink.query_object("ZTF99simsnia", columns="candid,magpsf,jd,drb", withupperlim=True)


def test_pandas_gets_exact_ids_whatever_astropy(fink):
    pandas = pytest.importorskip("pandas")
    table = with_masked_ids(fink)
    frame = table.to_pandas()
    ids = table["i:candid"]
    frame["i:candid"] = pandas.arrays.IntegerArray(np.array(ids.filled(0)), np.array(ids.mask))
    assert [None if one is pandas.NA else one for one in frame["i:candid"]] == ids.tolist()
    assert frame["i:magpsf"].isna().tolist() == table["i:magpsf"].mask.tolist()


def test_pandas_and_back_keeps_ids_and_masks(fink):
    pytest.importorskip("pandas")
    pytest.importorskip("astropy", minversion="7.2", reason="its to_pandas gave wrong ids beside masked ones")
    table = with_masked_ids(fink)
    back = Table.from_pandas(table.to_pandas())
    assert back["i:candid"].tolist() == table["i:candid"].tolist()
    for name in table.colnames:
        assert np.ma.getmaskarray(back[name]).tolist() == np.ma.getmaskarray(table[name]).tolist()


@pytest.mark.parametrize("column", [Column(["a", "b"], dtype=object), Column(["a", None], dtype=object)])
@pytest.mark.parametrize("suffix", ALL)
def test_text_in_objects_is_text(tmp_path, column, suffix):
    lost = [one is None for one in column]
    table = Table([MaskedColumn(column, name="c", mask=lost)])
    assert through(table, tmp_path, suffix)["c"].tolist() == column.tolist()

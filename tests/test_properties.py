# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What holds for any answer and any question, not only for those that somebody thought of."""

import json
import re

import numpy as np
import pytest
from astropy.table import Column, Table
from bodies import json_of, parquet_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import mask_of

from astroquery_fink import Fink
from astroquery_fink.batch import arrange
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import alerts
from astroquery_fink.tables.decode import read_rows

OBJECT = "ZTF21aaxtctv"
STAMPS = "b:cutoutScience_stampData"
NO_VALUE = ("", "null", "nan", "NaN", "None", "[]")
FULL = [name for name, facts in ZTF.facts.items() if facts.full]

quick = settings(deadline=None, max_examples=40, database=None, suppress_health_check=[HealthCheck.too_slow])

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
real_texts = st.text(characters, min_size=1, max_size=12).filter(lambda text: text not in NO_VALUE)
meant = {
    "int64": st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-1, 0, 1, 2**53 + 1]),
    "float64": st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-1.0, -999.0]),
    "bool": st.booleans(),
    "str": real_texts,
}
nothing = {"str": st.sampled_from([None, *NO_VALUE]), "float64": st.sampled_from([None, float("nan")])}


def read(body, **options):
    return alerts(read_rows(body), ZTF, **options)


@st.composite
def keys(draw, size):
    return {
        "i:objectId": [OBJECT] * size,
        "i:candid": draw(st.lists(st.integers(1, 2**63 - 1), min_size=size, max_size=size, unique=True)),
        "i:jd": draw(st.lists(st.floats(2.4e6, 2.5e6), min_size=size, max_size=size)),
    }


@st.composite
def values_of(draw, dtype, size, kept=0):
    """Values of which some are missing, but not the first ``kept``."""
    values = draw(st.lists(meant[dtype], min_size=size, max_size=size))
    gone = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    none = nothing.get(dtype, st.none())
    pairs = zip(values[kept:], gone[kept:], strict=True)
    return values[:kept] + [draw(none) if out else value for value, out in pairs]


@st.composite
def answers(draw):
    """Columns of a response: known ones of every dtype, and unknown ones with a value that sets the dtype."""
    size = draw(st.integers(1, 6))
    columns = draw(keys(size))
    for name in draw(st.lists(st.sampled_from(FULL), unique=True, max_size=6)):
        if name not in columns:
            columns[name] = draw(values_of(ZTF.facts[name].dtype, size))
    for dtype in draw(st.lists(st.sampled_from(list(meant)), unique=True)):
        columns[f"d:new_{dtype}"] = draw(values_of(dtype, size, kept=1))
    return columns


@st.composite
def as_text(draw, columns):
    """The same columns, with some numbers of known columns as text, as the server does in JSON."""
    told = dict(columns)
    for name, values in columns.items():
        known = ZTF.facts.get(name)
        if known and known.dtype in ("int64", "float64"):
            spellings = st.sampled_from([str, lambda value: value])
            told[name] = [None if value is None else draw(spellings)(value) for value in values]
    return told


def is_nothing(value, name):
    known = ZTF.facts.get(name)
    return value in (None, *NO_VALUE) or value != value or bool(known and value == known.missing)


def masks(column):
    return mask_of(column).tolist()


def assert_equal(one, other):
    """Two Tables are the same in all that a user can see."""
    assert one.colnames == other.colnames
    for name in one.colnames:
        this, that = one[name], other[name]
        assert (this.dtype, this.shape, this.unit) == (that.dtype, that.shape, that.unit), name
        assert masks(this) == masks(that), name
        this, that = np.ma.getdata(this), np.ma.getdata(that)
        if this.dtype == object:
            assert all(map(np.array_equal, this, that, [True] * len(this))), name
        else:
            assert np.array_equal(this, that, equal_nan=this.dtype.kind == "f"), name


# Answers


@quick
@given(st.data())
def test_json_and_parquet_give_the_same_table(data):
    columns = data.draw(answers())
    assert_equal(read(json_of(data.draw(as_text(columns)))), read(parquet_of(columns)))


@quick
@given(answers())
def test_each_cell_is_the_value_sent_or_is_masked_where_there_was_none(columns):
    table = read(json_of(columns), names=list(columns))
    newest_first = sorted(range(len(table)), key=lambda row: -columns["i:jd"][row])
    for name, values in columns.items():
        values = [values[row] for row in newest_first]
        none = [is_nothing(value, name) for value in values]
        assert masks(table[name]) == none, name
        told = [cell for cell, gone in zip(table[name], none, strict=True) if not gone]
        assert told == [value for value, gone in zip(values, none, strict=True) if not gone], name


@pytest.mark.parametrize("write", [json_of, parquet_of])
@quick
@given(columns=st.integers(1, 6).flatmap(keys))
def test_an_id_is_never_another_id(write, columns):
    table = read(write(columns), names=["i:candid"])
    newest_first = sorted(range(len(table)), key=lambda row: -columns["i:jd"][row])
    assert table["i:candid"].dtype == np.int64
    assert table["i:candid"].tolist() == [columns["i:candid"][row] for row in newest_first]


@pytest.mark.parametrize("write", [json_of, parquet_of])
@quick
@given(ids=st.lists(st.none() | st.integers(1, 2**63 - 1), min_size=1, max_size=6))
def test_an_id_beside_a_missing_one_keeps_its_last_digit(write, ids):
    columns = {"i:objectId": [OBJECT] * len(ids), "i:jd": [2.46e6] * len(ids), "i:objectidps1": ids}
    table = read(write(columns), names=["i:objectidps1"])
    assert table["i:objectidps1"].dtype == np.int64
    assert [None if cell is np.ma.masked else int(cell) for cell in table["i:objectidps1"]] == ids


@quick
@given(number=st.floats(2.0**53, 2.0**70))
def test_an_id_that_went_through_a_float_is_masked_and_reported(number):
    columns = {"i:objectId": [OBJECT], "i:jd": [2.46e6], "i:objectidps1": [number]}
    for body in (json_of(columns), parquet_of(columns)):
        with pytest.warns(Warning, match="i:objectidps1: masked 1 value"):
            assert read(body, names=["i:objectidps1"])["i:objectidps1"][0] is np.ma.masked


@quick
@given(answers(), st.lists(st.sampled_from(FULL), unique=True, min_size=1, max_size=6))
def test_a_table_has_the_columns_asked_for_in_the_order_asked(columns, names):
    table, empty = read(json_of(columns), names=names), read(b"[]", names=names)
    assert table.colnames == empty.colnames == names
    assert [table[name].dtype.kind for name in names] == [empty[name].dtype.kind for name in names]


@quick
@given(st.permutations(["ZTF21aaxtctv", "ZTF26aamcbly", "ZTF25ackyyzk"]), st.data())
def test_objects_come_in_the_order_asked_and_newest_first_inside(objectids, data):
    rows = data.draw(st.lists(st.tuples(st.sampled_from(objectids), st.floats(2.4e6, 2.5e6)), max_size=9))
    body = json.dumps([{"i:objectId": objectid, "i:jd": time} for objectid, time in rows]).encode()
    table = arrange(read(body, names=["i:objectId", "i:jd"]), "i:objectId", objectids)
    expected = sorted(rows, key=lambda row: (objectids.index(row[0]), -row[1]))
    assert list(zip(table["i:objectId"].tolist(), table["i:jd"].tolist(), strict=True)) == expected


def test_an_unknown_column_of_texts_that_say_nothing_has_one_dtype():
    columns = {"i:objectId": [OBJECT] * 2, "i:jd": [2.0, 1.0], "d:new": ["nan", ""]}
    assert_equal(read(json_of(columns)), read(parquet_of(columns)))


# Stamps


shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
pixels = st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False)


def stamp_of(shape):
    height, width = shape
    rows = st.lists(pixels, min_size=width, max_size=width)
    return st.lists(rows, min_size=height, max_size=height)


@st.composite
def stamps(draw):
    """One cutout per alert, of one shape or of several; some are missing, but not all."""
    shape = draw(shapes)
    stamp = draw(st.sampled_from([stamp_of(shape), shapes.flatmap(stamp_of)]))
    first = [[0.0] * shape[1]] * shape[0]
    return [first, *draw(st.lists(st.none() | st.just([]) | stamp, max_size=5))]


def with_stamps(cells):
    size = len(cells)
    times = [float(size - row) for row in range(size)]
    return {"i:objectId": [OBJECT] * size, "i:candid": list(range(1, size + 1)), "i:jd": times, STAMPS: cells}


@pytest.mark.parametrize("write", [json_of, parquet_of])
@quick
@given(cells=stamps())
def test_a_stamp_has_the_pixels_sent_and_nan_where_there_is_none(write, cells):
    column = read(write(with_stamps(cells)), names=["i:jd"], extra=[STAMPS])[STAMPS]
    shapes = {np.shape(cell) for cell in cells if cell}
    assert (column.dtype == object) == (len(shapes) > 1)
    for cell, stamp, mask in zip(cells, np.ma.getdata(column), masks(column), strict=True):
        assert np.all(mask) == (not cell)
        if cell:
            assert stamp.dtype == np.float32
            assert np.array_equal(stamp, np.array(cell, dtype=float), equal_nan=True)


@quick
@given(stamps())
def test_stamps_are_the_same_in_both_formats(cells):
    options = {"names": ["i:candid"], "extra": [STAMPS]}
    columns = with_stamps(cells)
    assert_equal(read(json_of(columns), **options), read(parquet_of(columns), **options))


@pytest.mark.parametrize("write", [json_of, parquet_of])
@pytest.mark.parametrize("cells", [[None, None], [[], []], [None, []]])
def test_stamps_of_which_the_server_could_fetch_none_are_masked(write, cells):
    column = read(write(with_stamps(cells)), names=["i:jd"], extra=[STAMPS])[STAMPS]
    assert column.shape == (2, 63, 63)
    assert np.all(masks(column))


# Cut answers


@pytest.mark.parametrize("write", [json_of, parquet_of])
@quick
@given(columns=answers(), data=st.data())
def test_a_cut_answer_is_never_read_as_fewer_rows(write, columns, data):
    body = write(columns)
    length = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(ValueError, match="broken (JSON|Parquet)"):
        read_rows(body[:length])


@quick
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_rows_or_a_value_error(body):
    try:
        assert len(read_rows(body)) >= 0
    except ValueError:
        return


# Questions


def asked_of(objectid):
    return Fink.query_object(objectid, get_query_payload=True)


def asked(**options):
    return Fink.query_object(OBJECT, get_query_payload=True, **options)


@quick
@given(st.lists(st.sampled_from(FULL), unique=True, min_size=1, max_size=8))
def test_columns_in_any_spelling_are_one_question(names):
    short = [name.partition(":")[2] for name in names]
    spellings = [tuple(names), np.array(names), ",".join(names), ", ".join(names), short, " , ".join(short)]
    assert all(asked(columns=spelling) == asked(columns=names) for spelling in spellings)


@quick
@given(st.lists(st.from_regex(r"ZTF[0-9]{2}[a-z]{7}", fullmatch=True), min_size=1, max_size=60))
def test_objects_in_any_spelling_are_one_question(ids):
    spellings = [
        ",".join(ids),
        " , ".join(ids),
        np.array(ids),
        np.array(ids, dtype="S"),
        Column(ids),
        Table({"i:objectId": ids}),
        (objectid for objectid in ids),
    ]
    questions = Fink.query_objects(ids, get_query_payload=True)
    assert ",".join(question["objectId"] for question in questions).split(",") == list(dict.fromkeys(ids))
    assert all(Fink.query_objects(spelling, get_query_payload=True) == questions for spelling in spellings)


near_ids = st.from_regex(r"ZTF\d{1,3}[A-Za-z]{6,8}", fullmatch=True)


@quick
@given(st.text(max_size=20) | near_ids)
def test_what_is_no_id_is_never_sent(text):
    if re.fullmatch("ZTF[0-9]{2}[a-z]{7}", text.strip()):
        assert asked_of(text)["objectId"] == text.strip()
    else:
        with pytest.raises(FinkQueryError, match="is not a valid ZTF object id"):
            asked_of(text)


@quick
@given(st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and "," not in text))
def test_what_is_no_column_is_never_sent(text):
    known = {*FULL, *(name.partition(":")[2] for name in FULL)}
    if text.strip() not in known:
        with pytest.raises(FinkQueryError, match="columns: "):
            asked(columns=text)


@quick
@given(st.integers(0, 2**63 - 1))
def test_an_alert_id_is_sent_with_all_its_digits(number):
    for spelling in (number, str(number), np.int64(number)):
        question = Fink.get_cutouts(OBJECT, candid=spelling, get_query_payload=True)
        assert question["candid"] == str(number)


@quick
@given(st.floats() | st.integers(max_value=-1) | st.booleans() | st.text(max_size=8))
def test_what_is_no_alert_id_is_never_sent(value):
    if isinstance(value, str) and value.strip().isdecimal():
        return
    with pytest.raises(FinkQueryError, match="is not a valid alert id"):
        Fink.get_cutouts(OBJECT, candid=value, get_query_payload=True)

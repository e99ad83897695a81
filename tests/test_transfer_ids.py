# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ids are exact whatever type a transfer has them in, or masked and named; null ids are no duplicates."""

from decimal import Decimal

import pytest
from astropy.table import MaskedColumn
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from hypothesis import given
from hypothesis import strategies as st
from test_properties import quick

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

FIRST, SECOND, THIRD = 313897383979122767, 313897383979122768, 313897383979122811
SHORT = 313897383979122
STAR, GALAXY = "ZTF99simrrly", "ZTF99simagnx"


def rubin(folder, ids, name="part-0.parquet", sources=None):
    """A file of Rubin's alerts; newest last."""
    sources = list(range(10, 10 + len(ids))) if sources is None else sources
    times = [60000.0 + number for number in range(len(ids))]
    source = {"diaSourceId": sources, "midpointMjdTai": times, "psfFlux": [1.5] * len(ids)}
    pq.write_table(pa.table({"diaObjectId": ids, **source}), folder / name)


def ztf(folder, ids, candids, name="part-0.parquet"):
    """A file of ZTF's alerts; newest last."""
    times = [2460000.0 + number for number in range(len(ids))]
    pq.write_table(pa.table({"objectId": ids, "candid": candids, "jd": times}), folder / name)


def found(folder, ids=None):
    table = transfer.read(folder, ids, columns="diaObjectId,diaSourceId", survey="lsst")
    return table["r:diaObjectId"].tolist(), table["r:diaSourceId"].tolist()


# Of objects


@pytest.mark.parametrize(
    "kind",
    [
        "int64",
        "uint64",
        "string",
        "large_string",
        "binary",
        "large_binary",
        "decimal",
        "padded",
        "dictionary",
    ],
)
def test_objects_are_found_whatever_type_the_file_has_their_ids_in(tmp_path, kind):
    exact = [FIRST, SECOND, None, FIRST]
    texts = [one and str(one) for one in exact]
    arrays = {
        "int64": lambda: pa.array(exact),
        "uint64": lambda: pa.array(exact, pa.uint64()),
        "decimal": lambda: pa.array([one and Decimal(one) for one in exact], pa.decimal128(20, 0)),
        "padded": lambda: pa.array([one and one.encode() for one in texts], pa.binary(18)),
        "dictionary": lambda: pa.array(texts).dictionary_encode(),
    }
    rubin(tmp_path, arrays.get(kind, lambda: pa.array(texts).cast(kind))())
    assert found(tmp_path, [SECOND, FIRST]) == ([SECOND, FIRST, FIRST], [11, 13, 10])
    assert sorted(found(tmp_path)[0], key=str) == [FIRST, FIRST, SECOND, None]
    with pytest.warns(NoResultsWarning, match=f"no alert of {THIRD}"):
        assert found(tmp_path, [THIRD]) == ([], [])


@pytest.mark.parametrize("kind", ["double", "float"])
def test_rounded_ids_are_named_and_never_missing(tmp_path, kind):
    """As pandas writes ids where some are missing."""
    rubin(tmp_path, pa.array([float(FIRST), None, float(THIRD)], "double").cast(kind))
    with pytest.raises(
        FinkQueryError, match=rf"part-0\.parquet: .*rounds ids .*{FIRST}.*keep ids as integers"
    ):
        found(tmp_path, [FIRST])
    with pytest.warns(CorruptDataWarning, match=r"diaObjectId: masked 2 .*ids in them are rounded"):
        ids, sources = found(tmp_path)
    assert (ids, sorted(sources)) == ([None] * 3, [10, 11, 12])


def test_rounded_ids_in_one_of_many_files_are_named(tmp_path):
    rubin(tmp_path, pa.array([FIRST, SECOND]), "part-0.parquet")
    rubin(tmp_path, pa.array([float(FIRST), None]), "part-1.parquet", [20, 21])
    with pytest.raises(FinkQueryError, match=r"part-1\.parquet: .*rounds ids"):
        found(tmp_path, [FIRST])


def test_short_ids_are_exact_in_doubles_and_no_others_are_needed(tmp_path):
    rubin(tmp_path, pa.array([float(SHORT), None]))
    assert found(tmp_path, [SHORT]) == ([SHORT], [10])
    rubin(tmp_path, pa.array([None, None], "double"))
    with pytest.warns(NoResultsWarning, match=f"no alert of {FIRST}"):
        found(tmp_path, [FIRST])


@pytest.mark.parametrize("kind", ["binary", "large_binary", "large_string", "string_view", "dictionary"])
def test_names_of_ztf_are_found_in_any_kind_of_text(tmp_path, kind):
    ids = [STAR, None, GALAXY]
    made = pa.array(ids).dictionary_encode() if kind == "dictionary" else pa.array(ids, getattr(pa, kind)())
    try:
        ztf(tmp_path, made, [1, 2, 3])
    except pa.ArrowNotImplementedError:
        pytest.skip("this pyarrow writes no such column")
    table = transfer.read(tmp_path, [GALAXY, STAR])
    assert table["i:objectId"].tolist() == [GALAXY, STAR]
    assert transfer.read(tmp_path)["i:objectId"].tolist() == [STAR, None, GALAXY]


def test_names_of_ztf_are_no_integers(tmp_path):
    ztf(tmp_path, pa.array([1, 2, None]), [1, 2, 3])
    with pytest.warns(NoResultsWarning, match=f"no alert of {STAR}"):
        assert len(transfer.read(tmp_path, STAR)) == 0
    assert transfer.read(tmp_path)["i:objectId"].tolist() == ["1", "2", None]


def test_bytes_that_are_no_text_are_no_ids(tmp_path):
    ztf(tmp_path, pa.array([b"\xff\xfe"]), [1])
    for ids in (None, STAR):
        with pytest.raises(FinkQueryError, match=r"part-0\.parquet is broken Parquet .column i:objectId"):
            transfer.read(tmp_path, ids)


def test_a_file_without_ids_is_named_where_objects_are_asked_for(tmp_path):
    ztf(tmp_path, [STAR], [1])
    pq.write_table(pa.table({"candid": [2], "jd": [1.0]}), tmp_path / "part-1.parquet")
    with pytest.raises(FinkQueryError, match=r"part-1\.parquet: it has no column 'i:objectId'"):
        transfer.read(tmp_path, STAR)
    assert len(transfer.read(tmp_path)) == 2


# Of alerts


def candids(folder, lost=None):
    if lost is None:
        return transfer.read(folder)["i:candid"]
    with pytest.warns(CorruptDataWarning, match=lost) as caught:
        column = transfer.read(folder)["i:candid"]
    assert len(caught) == 1
    return column


def test_decimal_ids_that_are_no_integers_stay_two_alerts_and_are_masked(tmp_path):
    values = [Decimal("1.2"), Decimal("1.7"), Decimal("3"), Decimal("3")]
    ztf(tmp_path, [STAR] * 4, pa.array(values, pa.decimal128(5, 1)))
    column = candids(tmp_path, r"i:candid: masked 2 value.*Decimal\('1\.2'\) \(decimal128\(5, 1\)\)")
    assert isinstance(column, MaskedColumn)
    assert column.tolist() == [3, None, None]


def test_alerts_without_an_id_are_no_duplicates_not_even_of_number_0(tmp_path):
    ztf(tmp_path, [STAR] * 5, pa.array([None, 0, None, 0, 7]))
    assert candids(tmp_path).tolist() == [7, None, 0, None]


@pytest.mark.parametrize(
    ("values", "lost"),
    [
        (lambda: pa.array(["1", "2", "x", None]), "'x'"),
        (lambda: pa.array(["1", "2", "1_0", "null"]), "'1_0'"),
        (lambda: pa.array(["1", "2", "٣", ""]), "'٣'"),
        (lambda: pa.array(["1", "2", "9223372036854775808", None]), "9223372036854775808"),
        (lambda: pa.array([1, 2, 2**63, None], pa.uint64()), "9223372036854775808"),
        (lambda: pa.array([1.0, 2.0, 1.5, None]), "1.5"),
        (lambda: pa.array([1.0, 2.0, 2.0**53, float("nan")]), "9007199254740992.0"),
        (lambda: pa.array([1.0, 2.0, 2.0**24, None], "float"), "16777216.0"),
        (lambda: pa.array([1.0, 2.0, float("inf"), None]), "inf"),
        (lambda: pa.array([[1], [2], [3], None]), r"\[1\]"),
    ],
)
def test_what_is_no_integer_is_masked_and_named(tmp_path, values, lost):
    ztf(tmp_path, [STAR] * 4, values())
    column = candids(tmp_path, f"i:candid: masked . value.*{lost}")
    assert column.tolist() in ([None, None, 2, 1], [None] * 4)


def test_files_that_disagree_in_the_type_of_ids_are_one_column(tmp_path):
    exact = 2**60
    arrays = [pa.array([exact + 1]), pa.array([str(exact + 1)]), pa.array([Decimal(exact + 2)]), pa.nulls(1)]
    for number, values in enumerate(arrays):
        ztf(tmp_path, [STAR], values, f"part-{number}.parquet")
    assert sorted(candids(tmp_path).tolist(), key=str) == [exact + 1, exact + 2, None]


def test_long_integers_in_a_column_of_floats_raise_nothing(tmp_path):
    for number, values in enumerate([pa.array([2**60 + 1]), pa.array([0.5])]):
        keys = {"objectId": [STAR], "candid": [number], "jd": [1.0 - number]}
        pq.write_table(pa.table({**keys, "magpsf": values}), tmp_path / f"part-{number}.parquet")
    assert transfer.read(tmp_path)["i:magpsf"].tolist() == [float(2**60), 0.5]


@quick
@given(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8),
    st.sampled_from(["int64", "string", "decimal128(19, 0)", "double"]),
)
def test_integers_are_exact_or_masked(values, kind):
    from astroquery_fink.transfer.folders.integers import exact_integers

    if kind.startswith("decimal"):
        array = pa.array([None if one is None else Decimal(one) for one in values], pa.decimal128(19, 0))
    elif kind == "double":
        array = pa.array([None if one is None else float(one) for one in values], "double")
    else:
        array = pa.array(values, "int64").cast(kind)
    exact, lost = exact_integers(array)
    rounded = [kind == "double" and one is not None and abs(float(one)) >= 2**53 for one in values]
    assert exact.to_pylist() == [None if gone else one for one, gone in zip(values, rounded, strict=True)]
    assert len(lost) == sum(rounded)

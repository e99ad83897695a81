# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""transfer.batches: the rows of transfer.read, some at a time, each alert once over all Tables."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from astropy.table import vstack
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import assert_equal, masks, quick
from test_transfer import narrow

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

STARS = ["ZTF21aaaaaaa", "ZTF21aaaaaab", "ZTF21zzzzzzz", "ZTF99simrrly"]


def alerts(numbers, **columns):
    """One alert per number; magnitudes are missing in every third."""
    packet = {
        "objectId": [STARS[number % len(STARS)] for number in numbers],
        "candid": pa.array([10**18 + number for number in numbers], "int64"),
        "jd": pa.array([2460000.5 + number for number in numbers], "float64"),
        "magpsf": pa.array([number / 7 if number % 3 else None for number in numbers], "float32"),
    }
    return pa.table(packet | columns)


@pytest.fixture
def folder(tmp_path):
    """Three files of ten alerts."""
    for number in range(3):
        pq.write_table(alerts(range(10 * number, 10 * number + 10)), tmp_path / f"part-{number}.parquet")
    return tmp_path


def numbers_in(tables):
    return [int(number) - 10**18 for table in tables for number in table["i:candid"]]


# The same rows


@pytest.mark.parametrize(
    ("rows", "lengths"), [(1, [1] * 30), (7, [7, 7, 7, 7, 2]), (30, [30]), (31, [30]), (None, [30])]
)
def test_each_table_has_the_rows_that_were_asked_for(folder, rows, lengths):
    tables = list(transfer.batches(folder, rows=rows))
    assert [len(table) for table in tables] == lengths
    assert numbers_in(tables) == list(range(30))
    assert tables[0].meta == {"survey": "ztf", "path": str(folder), "columns": tables[0].colnames}


@settings(quick, max_examples=20)
@given(
    files=st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=4),
    rows=st.none() | st.integers(1, 9),
    wanted=st.none() | st.lists(st.sampled_from(STARS), min_size=1),
)
def test_all_tables_together_are_the_table_that_read_gives(tmp_path_factory, files, rows, wanted):
    folder = tmp_path_factory.mktemp("batches")
    for number, some in enumerate(files):
        pq.write_table(alerts(some), folder / f"part-{number}.parquet")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tables = list(transfer.batches(folder, wanted, rows=rows))
        expected = transfer.read(folder, wanted)
    texts = {str(one.message) for one in told}
    assert len(told) in (0, 2)
    assert len(texts) == len(told) // 2
    first = list(dict.fromkeys(number for some in files for number in some))
    kept = [number for number in first if wanted is None or STARS[number % len(STARS)] in wanted]
    assert numbers_in(tables) == kept
    if tables:
        whole = vstack(tables, metadata_conflicts="silent")
        whole, expected = (table[np.argsort(table["i:candid"])] for table in (whole, expected))
        assert_equal(narrow(whole), narrow(expected))


def test_all_tables_have_the_same_columns_with_the_same_dtypes(folder):
    """Also where a file has no value, or no such column, and where a column is unknown."""
    added = {
        "new_text": pa.array([None] * 10, "string"),
        "new_number": pa.nulls(10),
        "tns": pa.array([""] * 10),
        "new_list": pa.array([[1]] * 10, pa.list_(pa.int32())),
    }
    pq.write_table(alerts(range(30, 40), **added), folder / "part-3.parquet")
    added = {"new_text": ["a"] * 10, "new_number": [1] * 10, "tns": ["SN Ia"] * 10}
    pq.write_table(alerts(range(40, 50), **added), folder / "part-4.parquet")
    tables = list(transfer.batches(folder, rows=10))
    assert len(tables) == 5
    for one, other in pairwise(tables):
        assert one.colnames == other.colnames
        for name in one.colnames:
            assert one[name].dtype.kind == other[name].dtype.kind, name
            assert one[name].unit == other[name].unit
    kinds = {
        name: tables[0][name].dtype.kind for name in tables[0].colnames if "new" in name or "tns" in name
    }
    assert kinds == {"d:tns": "U", "d:new_text": "U", "d:new_number": "i", "d:new_list": "O"}
    assert tables[4]["d:new_number"].tolist() == [1] * 10
    assert all(masks(tables[3]["d:new_number"]))


def test_values_are_those_of_read(folder):
    (table,) = transfer.batches(folder, columns="magpsf,candid")
    assert table.colnames == ["i:magpsf", "i:candid"]
    assert table["i:magpsf"].unit == "mag"
    assert table["i:magpsf"][1] == 0.14285715  # with Fink's decimals
    assert masks(table["i:magpsf"])[:4] == [True, False, False, True]
    assert table["i:candid"].dtype == np.int64


# Memory


def test_tables_are_of_one_size_in_memory_however_long_the_text(tmp_path, monkeypatch):
    from astroquery_fink.transfer.folders import portions

    monkeypatch.setattr(portions, "_SIZE", 10_000)
    monkeypatch.setattr(portions, "_STEP", 1)
    texts = ["a"] * 300 + ["a" * 200] * 20
    pq.write_table(alerts(range(320), new=texts), tmp_path / "part-0.parquet")
    lengths = [len(table) for table in transfer.batches(tmp_path)]
    assert sum(lengths) == 320
    assert max(lengths) > 100
    assert lengths[-1] < 15
    monkeypatch.setattr(portions, "_MOST_ROWS", 50)
    assert max(len(table) for table in transfer.batches(tmp_path)) == 50


def test_files_are_read_as_they_are_needed(folder):
    tables = transfer.batches(folder, columns="magpsf", rows=5)
    assert len(next(tables)) == 5
    path = folder / "part-2.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert len(next(tables)) == 5
    with pytest.raises(FinkQueryError, match=r"part-2\.parquet is broken Parquet"):
        list(tables)


# What is told


def test_arguments_are_checked_at_once(folder, tmp_path):
    for rows in (0, -1, 1.5, "5", True):
        with pytest.raises(FinkQueryError, match="rows=.* is not a valid number"):
            transfer.batches(folder, rows=rows)
    with pytest.raises(FinkQueryError, match="'magpfs' is not a valid column"):
        transfer.batches(folder, columns="magpfs")
    with pytest.raises(FinkQueryError, match="does not exist: give the folder that transfer.download or"):
        transfer.batches(tmp_path / "nowhere")
    with pytest.warns(NoResultsWarning, match="has no column v:rate"):
        transfer.batches(folder, columns="v:rate,jd")


def test_objects_without_alerts_are_named_after_the_last_table(folder):
    tables = transfer.batches(folder, [STARS[1], "ZTF21missing", STARS[2]], rows=10)
    assert len(next(tables)) == 10
    with pytest.warns(NoResultsWarning, match=r"has no alert of ZTF21missing$"):
        assert len(list(tables)) == 1


def test_rounded_alert_ids_are_masked_and_kept(tmp_path):
    rounded = pa.array([1.5e18, 1.5e18, 5.0], "float64")
    pq.write_table(alerts([1, 2, 3]).set_column(1, "candid", rounded), tmp_path / "part-0.parquet")
    with pytest.warns(CorruptDataWarning, match="candid: masked 2"):
        (table,) = transfer.batches(tmp_path)
    assert table["i:candid"].tolist() == [None, None, 5]

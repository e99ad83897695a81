# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""transfer.compact: each alert once, sorted by object, in few files, with nothing lost."""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from zlib import crc32

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import CorruptDataWarning, InputWarning, NoResultsWarning
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import assert_equal, quick
from test_transfer import narrow

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import LSST, SURVEYS, ZTF

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

says_ranges = pytest.mark.skipif(
    not hasattr(pq.ParquetWriter, "add_key_value_metadata"), reason="pyarrow adds no metadata at the end"
)
STARS = ["ZTF21aaaaaaa", "ZTF21aaaaaab", "ZTF21zzzzzzz", "ZTF99simrrly"]
FIRST = 313897383979122767  # an id that no float holds


def ztf(numbers, **columns):
    """Alerts of ZTF in structs, one per number; the newest last."""
    candidate = [
        {"jd": 2460000.5 + number, "magpsf": 18 + number / 7, "ssnamenr": "null", "ra": 1.0, "dec": 2.0}
        for number in numbers
    ]
    kind = pa.struct(
        {"jd": "float64", "magpsf": "float32", "ssnamenr": "string", "ra": "float64", "dec": "float64"}
    )
    packet = {
        "objectId": [STARS[number % len(STARS)] for number in numbers],
        "candid": pa.array([10**18 + number for number in numbers], "int64"),
        "candidate": pa.array(candidate, kind),
        "roid": pa.array([0] * len(numbers), "int32"),
    }
    return pa.table(packet | columns)


def rubin(objects, bodies, **columns):
    """Alerts of Rubin; the newest last."""
    numbers = range(len(objects))
    source = {"diaSourceId": list(numbers), "midpointMjdTai": [60000.0 + number for number in numbers]}
    ids = {"diaObjectId": pa.array(objects, "int64"), "ssObjectId": pa.array(bodies, "int64")}
    return pa.table(ids | source | {"psfFlux": pa.array(numbers, "float32")} | columns)


def write(table, *place, **options):
    path = Path(*place)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    """Five files of twenty alerts; the last has ten that others have, too."""
    for number in range(5):
        begin = 20 * number if number < 4 else 70
        numbers = np.random.default_rng(number).permutation(range(begin, begin + 20)).tolist()
        write(ztf(numbers), tmp_path, "folder", f"part-{number}.parquet")
    return tmp_path / "folder"


def columns_in(output, *names, part="objects"):
    """Values of columns in the files of a dataset, in order."""
    tables = [pq.ParquetFile(file).read(names) for file in sorted((output / part).iterdir())]
    return list(zip(*(pa.concat_tables(tables)[name].to_pylist() for name in names), strict=True))


def same(one, other, key="i:candid"):
    """Two Tables have the same rows, in any order."""
    assert one.colnames == other.colnames
    one, other = (table[np.argsort(table[key], kind="stable")] for table in (one, other))
    lists = [name for name in one.colnames if one[name].dtype == object]
    assert [one[name].tolist() for name in lists] == [other[name].tolist() for name in lists]
    names = [name for name in one.colnames if name not in lists]
    assert_equal(narrow(one[names]), narrow(other[names]))


# Order


@pytest.mark.parametrize("memory", [1e-9, 2e-5, 0.25], ids=["one row at a time", "few rows", "all"])
def test_alerts_are_sorted_by_object_and_newest_first_whatever_the_memory(folder, tmp_path, memory):
    report = transfer.compact(folder, tmp_path / "out", memory=memory)
    keys = columns_in(tmp_path / "out", "i:objectId", "i:jd")
    assert keys == sorted(keys, key=lambda key: (key[0], -key[1]))
    assert (report.rows, report.repeats, report.objects, report.files) == (90, 10, 4, 1)
    same(transfer.read(tmp_path / "out"), transfer.read(folder))


def test_ids_are_sorted_as_numbers_where_they_are_numbers(tmp_path):
    write(rubin([10**17, 9, 10**18, 10**17], [None] * 4), tmp_path, "folder", "part-0.parquet")
    transfer.compact(tmp_path / "folder", tmp_path / "out")
    keys = columns_in(tmp_path / "out", "r:diaObjectId", "r:midpointMjdTai")
    assert keys == [(9, 60001.0), (10**17, 60003.0), (10**17, 60000.0), (10**18, 60002.0)]


def test_alerts_of_one_time_stay_in_the_order_of_the_files_and_those_without_a_time_are_last(tmp_path):
    times = [5.0, None, 5.0, float("nan"), 7.0, 5.0]
    for number, one in enumerate(times):
        row = {"objectId": STARS[:1], "candid": [number], "jd": pa.array([one], "float64")}
        write(pa.table(row | {"roid": [0], "ssnamenr": [""]}), tmp_path, "folder", f"part-{number}.parquet")
    transfer.compact(tmp_path / "folder", tmp_path / "out", memory=1e-9)
    assert columns_in(tmp_path / "out", "i:candid") == [(4,), (0,), (2,), (5,), (1,), (3,)]


def test_a_compact_folder_stays_as_it_is(folder, tmp_path):
    transfer.compact(folder, tmp_path / "out")
    report = transfer.compact(tmp_path / "out", tmp_path / "again")
    assert report.repeats == 0
    assert_equal(transfer.read(tmp_path / "again"), transfer.read(tmp_path / "out"))
    names = pq.read_schema(tmp_path / "out" / "objects" / "part-0000.parquet")
    assert names.equals(pq.read_schema(tmp_path / "again" / "objects" / "part-0000.parquet"), True)


def test_many_parts_are_merged_in_steps(folder, tmp_path, monkeypatch):
    from astroquery_fink.transfer.compaction import sort

    monkeypatch.setattr(sort, "_FILES", 3)
    transfer.compact(folder, tmp_path / "out", memory=1e-9)
    keys = columns_in(tmp_path / "out", "i:objectId", "i:jd")
    assert len(keys) == 90
    assert keys == sorted(keys, key=lambda key: (key[0], -key[1]))


# Nothing lost


@st.composite
def folders(draw):
    """Tables of alerts whose columns and types differ, with repeated alerts and gaps."""
    tables = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = draw(st.lists(st.integers(0, 12), max_size=6))
        added = {}
        if draw(st.booleans()):
            cells = draw(
                st.lists(st.none() | st.integers(-3, 3), min_size=len(numbers), max_size=len(numbers))
            )
            kind = draw(
                st.sampled_from(["int8", "int64", "float32", "float64", "string", "decimal128(5, 1)"])
            )
            cells = [str(one) if one is not None and kind == "string" else one for one in cells]
            kind = pa.decimal128(5, 1) if kind.startswith("decimal") else kind
            added[draw(st.sampled_from(["new", "nalerthist", "rf_snia_vs_nonia", "cdsxmatch"]))] = pa.array(
                cells, kind
            )
        if draw(st.booleans()):
            added["d:list"] = pa.array([[number] for number in numbers], pa.list_(pa.int32()))
        table = ztf(numbers, **added)
        tables.append(table.drop_columns(["roid"]) if draw(st.booleans()) else table)
    return tables


@settings(quick, max_examples=15)
@given(tables=folders(), memory=st.sampled_from([1e-9, 1e-5, 0.25]))
def test_a_compact_folder_is_read_as_the_folder_that_it_was_made_of(tmp_path_factory, tables, memory):
    place = tmp_path_factory.mktemp("any")
    for number, table in enumerate(tables):
        write(table, place, "folder", f"part-{number}.parquet")
    with warnings.catch_warnings(action="ignore"):
        report = transfer.compact(place / "folder", place / "out", memory=memory)
        table, expected = transfer.read(place / "out"), transfer.read(place / "folder")
    assert report.rows == len(expected)
    assert report.rows + report.repeats == sum(map(len, tables))
    same(table, expected)


def test_values_stay_as_they_are(tmp_path):
    """Precision of floats, ids, numbers that mean "no value", text that means "no value"."""
    short = np.array([18.1, np.nan, np.inf, -999.0], "float32")
    candidate = [{"jd": 1.0 + n, "magpsf": value, "distpsnr1": -999.0} for n, value in enumerate(short)]
    kind = pa.struct({"jd": "float64", "magpsf": "float32", "distpsnr1": "float32"})
    ids = {"objectId": STARS, "candid": [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]}
    added = {"candidate": pa.array(candidate, kind), "cdsxmatch": ["null", "", None, "Star"], "roid": [0] * 4}
    write(pa.table(ids | added), tmp_path, "folder", "part-0.parquet")
    with pytest.warns(InputWarning, match="'i:ssnamenr'"):
        transfer.compact(tmp_path / "folder", tmp_path / "out")
    table = pq.ParquetFile(tmp_path / "out" / "objects" / "part-0000.parquet").read()
    assert table["i:candid"].to_pylist() == [FIRST, FIRST + 1, FIRST + 2, FIRST + 3]
    assert table.schema.field("i:magpsf").type == "float"
    assert np.array_equal(table["i:magpsf"].to_numpy(), short, equal_nan=True)
    assert table["i:distpsnr1"].to_pylist() == [-999.0] * 4
    assert table["d:cdsxmatch"].to_pylist() == ["null", "", None, "Star"]


def test_files_have_one_schema_with_units_and_descriptions(tmp_path):
    short, long = pa.array([18.1], "float32"), pa.array([18.1], "float64")
    for number, values in enumerate([short, long, pa.nulls(1)]):
        keys = {"objectId": STARS[:1], "candid": [number], "jd": [1.0], "magpsf": values}
        write(pa.table(keys | {"roid": [3], "ssnamenr": ["8467"]}), tmp_path, "folder", f"{number}.parquet")
    write(ztf([5]).append_column("new", pa.array([1])), tmp_path, "folder", "x.parquet")
    transfer.compact(tmp_path / "folder", tmp_path / "out")
    files = sorted((tmp_path / "out").glob("*/part-*.parquet"))
    assert [file.parent.name for file in files] == ["objects", "solar_system"]
    schemas = [pq.read_schema(file).remove_metadata() for file in files]
    assert schemas[0].equals(schemas[1], check_metadata=True)
    assert schemas[0].field("i:magpsf").type == "double"
    assert schemas[0].field("d:new").metadata is None
    for field in schemas[0]:
        facts = ZTF.facts_of(field.name)
        texts = field.metadata or {}
        assert texts.get(b"description", b"").decode() == facts.description
        assert u.Unit(texts.get(b"unit", b"").decode()) == (facts.unit or u.dimensionless_unscaled)
    assert (
        sorted(transfer.read(tmp_path / "out", columns="magpsf")["i:magpsf"].tolist(), key=str)[:2]
        == [18.1] * 2
    )


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_text_of_each_unit_is_read_back(survey):
    for facts in SURVEYS[survey].facts.values():
        if facts.unit is not None:
            assert u.Unit(facts.unit.to_string()) == facts.unit


@says_ranges
def test_files_say_their_survey_and_the_ids_of_each_row_group(folder, tmp_path, monkeypatch):
    from astroquery_fink.transfer.compaction import writer

    monkeypatch.setattr(writer, "_GROUP_ROWS", 25)
    monkeypatch.setattr(writer, "_FILE_BYTES", 1000)
    report = transfer.compact(folder, tmp_path / "out")
    files = sorted((tmp_path / "out" / "objects").iterdir())
    assert len(files) == report.files > 1
    for path in files:
        with pq.ParquetFile(path) as file:
            facts = {key.decode(): text.decode() for key, text in file.metadata.metadata.items()}
            groups = [file.read_row_group(number)["i:objectId"] for number in range(file.num_row_groups)]
        assert facts["astroquery_fink.survey"] == "ztf"
        assert facts["astroquery_fink.sorted_by"] == "i:objectId"
        ranges = [[ids[0].as_py(), ids[-1].as_py()] for ids in groups]
        assert json.loads(facts["astroquery_fink.row_groups"]) == ranges
    same(transfer.read(tmp_path / "out"), transfer.read(folder))


def test_chosen_columns_come_with_those_of_ids_and_time(folder, tmp_path):
    transfer.compact(folder, tmp_path / "out", columns="magpsf")
    names = pq.read_schema(tmp_path / "out" / "objects" / "part-0000.parquet").names
    assert set(names) == {"i:objectId", "i:candid", "i:jd", "i:magpsf", "i:ssnamenr", "d:roid"}
    with pytest.warns(NoResultsWarning, match="has no column i:rb"):
        transfer.compact(folder, tmp_path / "other", columns="magpsf,rb")


def test_values_that_a_column_cannot_hold_are_named(tmp_path):
    for number, value in enumerate([pa.array([2**60 + 1]), pa.array([1.5e17])]):
        write(ztf([number], objectidps1=value), tmp_path, "folder", f"part-{number}.parquet")
    with pytest.warns(CorruptDataWarning, match=r"objectidps1: masked 1 value.*1\.5e\+17"):
        transfer.compact(tmp_path / "folder", tmp_path / "out")
    found = dict(columns_in(tmp_path / "out", "i:candid", "i:objectidps1"))
    assert found == {10**18: 2**60 + 1, 10**18 + 1: None}


@pytest.mark.parametrize("column", ["diaObjectId", "diaSourceId", "ssObjectId"])
def test_rounded_ids_are_refused_with_the_name_of_the_file(tmp_path, column):
    write(rubin([FIRST], [None]), tmp_path, "folder", "part-0.parquet")
    table = rubin([FIRST], [FIRST])
    place = table.column_names.index(column)
    rounded = table.set_column(place, column, pa.array([float(FIRST)], "float64"))
    write(rounded, tmp_path, "folder", "part-1.parquet")
    with pytest.raises(
        FinkQueryError, match=rf"part-1\.parquet: column 'r:{column}' has type double, which rounds"
    ):
        transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# Solar System


def test_alerts_of_the_solar_system_have_a_dataset_of_their_own(tmp_path):
    names, roids = ["8467", "null", None, "2004 JQ12", "8467"], [3, 3, 3, 2, 3]
    candidate = [{"jd": 1.0 + number, "ssnamenr": name} for number, name in enumerate(names)]
    packet = {
        "objectId": [*STARS, STARS[0]],
        "candid": [1, 2, 3, 4, 5],
        "candidate": candidate,
        "roid": roids,
    }
    write(pa.table(packet), tmp_path, "folder", "part-0.parquet")
    report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert (report.objects, report.solar_system_objects, report.without_object) == (3, 1, 0)
    assert columns_in(tmp_path / "out", "i:ssnamenr", "i:candid", part="solar_system") == [
        ("8467", 5),
        ("8467", 1),
    ]
    assert [number for (number,) in columns_in(tmp_path / "out", "i:candid")] == [2, 3, 4]
    assert "2 alerts" not in str(report)
    assert "5 alerts of 3 objects and 1 Solar System object in 2 files" in str(report)
    same(transfer.read(tmp_path / "out"), transfer.read(tmp_path / "folder"))
    assert transfer.read(tmp_path / "out", STARS[0])["i:candid"].tolist() == [5, 1]


def test_solar_system_alerts_of_rubin_have_no_object_but_a_body(tmp_path):
    table = rubin([FIRST, 0, None, None, FIRST + 1, 0], [None, 7, 5, None, 9, 0])
    write(table, tmp_path, "folder", "part-0.parquet")
    with pytest.warns(
        InputWarning, match=r"2 alerts have neither r:diaObjectId nor r:ssObjectId: .*without_object"
    ):
        report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert (report.rows, report.objects, report.solar_system_objects, report.without_object) == (6, 2, 2, 2)
    assert columns_in(tmp_path / "out", "r:ssObjectId", part="solar_system") == [(5,), (7,)]
    assert columns_in(tmp_path / "out", "r:diaSourceId", part="without_object") == [(5,), (3,)]
    assert "2 alerts without an object id" in str(report)
    same(transfer.read(tmp_path / "out"), transfer.read(tmp_path / "folder"), "r:diaSourceId")
    with pq.ParquetFile(tmp_path / "out" / "without_object" / "part-0000.parquet") as file:
        assert b"astroquery_fink.sorted_by" not in file.metadata.metadata


def test_light_packets_of_asteroids_have_no_object_column(tmp_path):
    table = rubin([None] * 3, [7, 5, 7]).drop_columns(["diaObjectId"])
    write(table, tmp_path, "folder", "part-0.parquet")
    report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert (report.rows, report.objects, report.solar_system_objects) == (3, 0, 2)
    assert len(transfer.read(tmp_path / "out")) == 3


def test_solar_system_alerts_that_cannot_be_told_apart_are_announced(tmp_path):
    write(ztf([1]), tmp_path, "folder", "part-0.parquet")
    write(ztf([2]).drop_columns(["roid"]), tmp_path, "folder", "part-1.parquet")
    with pytest.warns(
        InputWarning, match=r"1 of 2 files have no column 'd:roid', so that alerts of Solar System"
    ):
        report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert report.objects == 2


def test_without_ids_nothing_can_be_sorted_and_repeats_cannot_be_found(tmp_path):
    write(ztf([1, 1]).drop_columns(["candid"]), tmp_path, "folder", "part-0.parquet")
    with pytest.warns(InputWarning, match=r"no column 'i:candid': alerts that it has twice cannot be found"):
        assert transfer.compact(tmp_path / "folder", tmp_path / "out").rows == 2
    write(pa.table({"jd": [1.0], "magpsf": [1.0]}), tmp_path, "other", "part-0.parquet")
    with (
        pytest.raises(FinkQueryError, match="has no column 'i:objectId' to sort by: transfer it, too"),
        warnings.catch_warnings(action="ignore"),
    ):
        transfer.compact(tmp_path / "other", tmp_path / "out2")


# Each alert once


def test_of_repeated_alerts_that_of_the_first_file_is_kept(tmp_path):
    for number, magnitude in enumerate([1.0, 2.0, 3.0]):
        row = {"objectId": [STARS[number]], "candid": [7], "jd": [1.0 - number], "magpsf": [magnitude]}
        write(pa.table(row | {"roid": [0], "ssnamenr": [""]}), tmp_path, "folder", f"part-{number}.parquet")
    report = transfer.compact(tmp_path / "folder", tmp_path / "out", memory=1e-9)
    assert columns_in(tmp_path / "out", "i:objectId", "i:magpsf") == [(STARS[0], 1.0)]
    assert (report.rows, report.repeats) == (1, 2)


def test_alerts_without_an_id_are_never_repeats(tmp_path):
    """Null, or the number that means it, as in rows of upper limits."""
    ids = pa.array([None, -1, None, -1, 5], "int64")
    table = ztf([0, 0, 0, 0, 0])
    write(table.set_column(1, "candid", ids), tmp_path, "folder", "part-0.parquet")
    report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert (report.rows, report.repeats) == (5, 0)
    assert sum(map(len, transfer.batches(tmp_path / "folder"))) == 5


@quick
@given(st.lists(st.integers(0, 9) | st.integers(2**62 - 2, 2**62), max_size=40), st.integers(1, 5))
def test_repeated_ids_are_found_a_share_at_a_time(tmp_path_factory, ids, share):
    from astroquery_fink.transfer.folders import repeats

    path = tmp_path_factory.mktemp("ids") / "ids"
    path.write_bytes(np.array(ids, np.int64).tobytes())
    with pytest.MonkeyPatch.context() as patch, path.open("rb") as file:
        patch.setattr(repeats, "_IDS", 4 * share)
        found = repeats._repeated_in(file, len(ids)).tolist()
    assert found == sorted({one for one in ids if ids.count(one) > 1})


# The folder


def test_the_new_folder_must_be_empty_and_outside(folder, tmp_path):
    (tmp_path / "file").write_text("notes")
    for output in (folder, tmp_path, tmp_path / "file"):
        with pytest.raises(FinkQueryError, match=r"output='.*' exists and is not an empty folder"):
            transfer.compact(folder, output)
    for output in (folder / "compact", folder / "a" / "b"):
        with pytest.raises(FinkQueryError, match="is inside path="):
            transfer.compact(folder, output)
    (tmp_path / "empty").mkdir()
    assert transfer.compact(folder, tmp_path / "empty").rows == 90
    assert transfer.compact(folder, tmp_path / "new" / "deep").path == str(tmp_path / "new" / "deep")


@pytest.mark.parametrize("memory", [0, -1, "1", None, float("nan"), float("inf"), True])
def test_memory_is_a_number_of_gigabytes(folder, tmp_path, memory):
    with pytest.raises(FinkQueryError, match="memory=.* is not a positive number of gigabytes"):
        transfer.compact(folder, tmp_path / "out", memory=memory)


def test_a_folder_without_alerts_becomes_an_empty_dataset(tmp_path):
    write(ztf([]), tmp_path, "folder", "part-0.parquet")
    report = transfer.compact(tmp_path / "folder", tmp_path / "out")
    assert (report.rows, report.objects, report.files) == (0, 0, 1)
    assert len(transfer.read(tmp_path / "out")) == 0
    assert list(transfer.batches(tmp_path / "out")) == []


def test_a_broken_file_is_named_and_nothing_is_left(folder, tmp_path):
    (folder / "part-9.parquet").write_bytes((folder / "part-0.parquet").read_bytes())
    damage(folder / "part-9.parquet", ["magpsf"])
    with pytest.raises(FinkQueryError, match=r"part-9\.parquet is broken Parquet"):
        transfer.compact(folder, tmp_path / "out", memory=1e-9)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


_LIMITED = """
import resource, sys
from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    transfer.compact(sys.argv[1], sys.argv[2], memory=float(sys.argv[3]))
except FinkQueryError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit for the size of files")
@pytest.mark.parametrize(
    ("memory", "limit"), [(1e-9, 100), (1e-9, 1000), (0.1, 1000)], ids=["ids", "parts", "files"]
)
def test_a_full_disk_is_named_and_nothing_is_left(folder, tmp_path, memory, limit):
    command = [
        sys.executable,
        "-W",
        "error",
        "-c",
        _LIMITED,
        folder,
        tmp_path / "out",
        str(memory),
        str(limit),
    ]
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert "cannot be written: File too large." in run.stdout, run
    assert run.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


_SLOW = """
import sys
from astroquery_fink import transfer
from astroquery_fink.transfer.compaction import writer
def stop(self, table):
    print("writing", flush=True)
    sys.stdin.readline()
writer.SortedFiles.write = stop
transfer.compact(sys.argv[1], sys.argv[2])
"""


def test_what_a_killed_process_leaves_is_no_data_and_removed_later(folder, tmp_path):
    command = [sys.executable, "-c", _SLOW, str(folder), str(tmp_path / "out")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        process.kill()
    (left,) = tmp_path.glob(".out.*")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", left.name}
    assert len(transfer.read(tmp_path)) == 90
    transfer.compact(folder, tmp_path / "out")
    assert left.exists()  # it may belong to a process at work
    for path in [left, *left.rglob("*")]:
        os.utime(path, (time.time() - 4000,) * 2)
    transfer.compact(tmp_path / "out", tmp_path / "other")
    assert left.exists()
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    transfer.compact(folder, tmp_path / "out")
    assert not left.exists()


# Which survey


def test_the_survey_is_that_of_the_files(tmp_path):
    write(rubin([FIRST], [None]), tmp_path, "lsst", "part-0.parquet")
    assert transfer.read(tmp_path / "lsst").meta["survey"] == "lsst"
    report = transfer.compact(tmp_path / "lsst", tmp_path / "out")
    assert report.survey == "lsst"
    assert transfer.read(tmp_path / "out", columns="psfFlux").meta["survey"] == "lsst"
    assert transfer.read(tmp_path / "lsst", survey="lsst").meta["survey"] == "lsst"


def test_a_download_says_its_survey(tmp_path):
    """Even where the columns could be of either survey."""
    write(pa.table({"ra": [1.0], "dec": [2.0]}), tmp_path, "part-0.parquet")
    with pytest.raises(
        FinkQueryError, match=r"may have alerts of lsst and ztf: give survey='ztf' or survey='lsst'"
    ):
        transfer.read(tmp_path)
    (tmp_path / "_transfer.json").write_text(json.dumps({"survey": "lsst", "topic": "ftransfer_lsst_x_1"}))
    assert transfer.read(tmp_path).colnames == ["r:ra", "r:dec"]
    assert transfer.read(tmp_path / "part-0.parquet").colnames == ["r:ra", "r:dec"]
    assert transfer.read(tmp_path, survey="ztf").colnames == ["i:ra", "i:dec"]
    for broken in ("{", "[]", '{"survey": "sdss"}', '{"survey": 5}', "[" * 10**5):
        (tmp_path / "_transfer.json").write_text(broken)
        with pytest.raises(FinkQueryError, match="may have alerts of"):
            transfer.read(tmp_path)


def test_files_of_two_surveys_are_not_one_folder(tmp_path):
    write(rubin([FIRST], [None]), tmp_path, "part-0.parquet")
    write(ztf([1]), tmp_path, "part-1.parquet")
    with pytest.raises(FinkQueryError, match="may have alerts of lsst and ztf"):
        transfer.read(tmp_path)


# Reading it


def damage(path, columns, groups=None):
    """Overwrite the bytes of some columns, or of all (None), in some row groups."""
    about = pq.ParquetFile(path).metadata
    content = bytearray(path.read_bytes())
    for group in range(about.num_row_groups) if groups is None else groups:
        for number in range(about.num_columns):
            column = about.row_group(group).column(number)
            if columns is None or column.path_in_schema.split(".")[-1] in columns:
                begin = column.dictionary_page_offset or column.data_page_offset
                content[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(bytes(content))


@pytest.fixture
def grouped(folder, tmp_path, monkeypatch):
    """A compact folder with a row group for each star, and its only file of objects."""
    from astroquery_fink.transfer.compaction import writer

    monkeypatch.setattr(writer, "_GROUP_ROWS", 23)
    transfer.compact(folder, tmp_path / "out")
    return tmp_path / "out" / "objects" / "part-0000.parquet"


def ranges_of(path):
    with pq.ParquetFile(path) as file:
        return json.loads(file.metadata.metadata[b"astroquery_fink.row_groups"])


@says_ranges
def test_row_groups_of_other_objects_are_not_even_looked_at(grouped, folder):
    expected = transfer.read(folder, STARS[1])
    away = [
        number for number, (first, last) in enumerate(ranges_of(grouped)) if not first <= STARS[1] <= last
    ]
    assert away
    damage(grouped, None, away)
    assert_equal(transfer.read(grouped.parents[1], STARS[1]), expected)
    with pytest.raises(FinkQueryError, match="is broken Parquet"):
        transfer.read(grouped.parents[1], STARS)


def rewritten(path, change=None, metadata=None):
    """Write a file again, as other software does, with its metadata and other rows."""
    with pq.ParquetFile(path) as file:
        facts, table = dict(file.metadata.metadata), file.read()
        size = file.metadata.row_group(0).num_rows
    facts.pop(b"ARROW:schema")
    table = change(table) if change else table
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table, row_group_size=size)
        writer.add_key_value_metadata(facts | (metadata or {}))


@says_ranges
@pytest.mark.parametrize(
    "change",
    [lambda table: table.sort_by("i:jd"), lambda table: table.slice(0, len(table) - 7)],
    ids=["order", "rows"],
)
def test_metadata_that_were_copied_to_other_rows_are_ignored(grouped, change):
    rewritten(grouped, change)
    table = transfer.read(grouped)
    for star in STARS:
        assert (
            transfer.read(grouped, star)["i:candid"].tolist()
            == table["i:candid"][table["i:objectId"] == star].tolist()
        )


@says_ranges
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"[[1,2]]",
        b'[["a"]]',
        b'[["z","a"]]',
        b"[" * 10**5,
        b"\xff",
        b"[[null,null]]",
    ],
)
def test_metadata_that_cannot_be_are_ignored(grouped, folder, text):
    expected = transfer.read(folder, STARS[2])
    pads = {b"astroquery_fink.row_groups": text}
    rewritten(grouped, metadata=pads)
    content = grouped.read_bytes()
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    check = f"{end} {crc32(text):08x}".encode()
    rewritten(grouped, metadata=pads | {b"astroquery_fink.row_groups_check": check})
    assert_equal(transfer.read(grouped.parents[1], STARS[2]), expected)


# Light curves


def curves_of(folder, **columns):
    """Two objects and their light curves, in one row each."""
    curve = pa.array(
        [
            {"i:candid": [3, 1], "i:jd": [2.5, 1.5], "i:magpsf": [18.1, None]},
            {"i:candid": [2], "i:jd": [9.5], "i:magpsf": [19.3]},
            {"i:candid": [], "i:jd": [], "i:magpsf": []},
        ],
        pa.struct(
            {
                "i:candid": pa.list_(pa.int64()),
                "i:jd": pa.list_(pa.float64()),
                "i:magpsf": pa.list_(pa.float32()),
            }
        ),
    )
    facts = {"ra": [1.0, 2.0, 3.0], "dec": [1.0, 2.0, 3.0], "n_alerts": [2, 1, 0], "first": [1.5, 9.5, None]}
    table = pa.table({"i:objectId": STARS[:3]} | facts | {"light_curve": curve} | columns)
    return write(table, folder, "objects", "part-0000.parquet")


def test_light_curves_are_read_as_alerts(tmp_path):
    curves_of(tmp_path)
    table = transfer.read(tmp_path)
    assert table.colnames == ["i:objectId", "i:candid", "i:jd", "i:magpsf"]
    assert table["i:objectId"].tolist() == [STARS[0], STARS[0], STARS[1]]
    assert table["i:candid"].tolist() == [3, 1, 2]
    assert table["i:magpsf"].tolist() == [18.1, None, 19.3]
    assert transfer.read(tmp_path, STARS[1], columns="magpsf")["i:magpsf"].tolist() == [19.3]
    assert [len(one) for one in transfer.batches(tmp_path, rows=2)] == [2, 1]
    with pytest.warns(NoResultsWarning, match=f"no alert of {STARS[2]}"):
        assert len(transfer.read(tmp_path, STARS[2])) == 0


def test_the_lists_of_a_light_curve_have_one_length(tmp_path):
    curve = [{"i:jd": [1.0, 2.0], "i:magpsf": [18.1]}]
    write(pa.table({"i:objectId": STARS[:1], "light_curve": curve}), tmp_path, "part-0.parquet")
    with pytest.raises(
        FinkQueryError, match=r"part-0\.parquet is broken .*lists of a light curve differ in length"
    ):
        transfer.read(tmp_path)


def test_light_curves_of_a_compact_folder_are_its_alerts(folder, tmp_path):
    transfer.compact(folder, tmp_path / "out")
    transfer.light_curves(tmp_path / "out", tmp_path / "curves")
    same(transfer.read(tmp_path / "curves"), transfer.read(folder))
    assert_equal(transfer.read(tmp_path / "curves", STARS[1]), transfer.read(folder, STARS[1]))


@says_ranges
def test_row_groups_of_other_light_curves_are_not_even_looked_at(folder, tmp_path, monkeypatch):
    from astroquery_fink.transfer.compaction import writer

    monkeypatch.setattr(writer, "_GROUP_ROWS", 1)
    transfer.compact(folder, tmp_path / "out")
    transfer.light_curves(tmp_path / "out", tmp_path / "curves")
    (path,) = (tmp_path / "curves" / "objects").iterdir()
    assert ranges_of(path) == [[star, star] for star in STARS]
    damage(path, None, [0, 2, 3])
    assert_equal(transfer.read(tmp_path / "curves", STARS[1]), transfer.read(folder, STARS[1]))


# Progress


def test_progress_is_shown_on_request(folder, tmp_path, capsys):
    transfer.compact(folder, tmp_path / "out", show_progress=True)
    assert "200/200" in capsys.readouterr().err


def test_rubin_is_described_as_it_is(tmp_path):
    """What the functions above take for granted."""
    assert LSST.solar_system.name == LSST.solar_system.id == "r:ssObjectId"
    assert ZTF.solar_system.known == ("d:roid", 3)

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of the Data Transfer service is the Table of the REST service; no more is read than asked."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from astropy.time import Time
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning
from hypothesis import given
from hypothesis import strategies as st
from test_properties import assert_equal, masks, quick

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables import decode

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

OBJECTS = ["ZTF99simsnia", "ZTF99simrrly", "ZTF99simagnx"]
AT_THE_TOP = ("objectId", "schemavsn", "publisher", "fink_broker_version", "fink_science_version")
HISTORY = pa.list_(pa.struct({"jd": "float64", "diffmaglim": "float32"}))
STAMP = pa.struct({"fileName": "string", "stampData": "binary"})


@pytest.fixture(scope="module")
def sent(box, tmp_path_factory):
    """The Table of some objects from the REST service."""
    from astroquery_fink import FinkClass

    client = FinkClass(server=box.url)
    client.cache_location = tmp_path_factory.mktemp("cache")
    return client.query_objects(OBJECTS)


def arrow_of(column, kind=None):
    """A column as an Arrow array, null if masked."""
    kind = kind or ZTF.facts[column.name].dtype.replace("str", "string")
    values = [None if gone else value for value, gone in zip(column.tolist(), masks(column), strict=True)]
    return pa.array(values, kind)


def struct_of(members):
    return pa.StructArray.from_arrays(list(members.values()), list(members))


def nested(table):
    """Alerts as in the Data Lake, with those columns that the REST service has."""
    columns = {name.partition(":")[2]: arrow_of(table[name]) for name in table.colnames if name[0] == "i"}
    packet = {name: columns.pop(name) for name in AT_THE_TOP if name in columns}
    packet["candid"] = columns["candid"]
    packet["candidate"] = struct_of(columns)
    packet["prv_candidates"] = pa.array([[{"jd": 1.0, "diffmaglim": 20.0}]] * len(table), HISTORY)
    packet["cutoutScience"] = pa.array([{"fileName": "a", "stampData": b"\x1f\x8b"}] * len(table), STAMP)
    added = [name for name in table.colnames if name.startswith("d:")]
    inside = [name for name in added if name.startswith("d:mangrove_")]
    pairs = zip(*(arrow_of(table[name]).cast("string").to_pylist() for name in inside), strict=True)
    keys = [name.removeprefix("d:mangrove_") for name in inside]
    cells = [list(zip(keys, values, strict=True)) for values in pairs]
    packet["mangrove"] = pa.array(cells, pa.map_("string", "string"))
    inside += [name for name in added if name.startswith("d:blazar_stats_")]
    stats = {
        name.removeprefix("d:blazar_stats_"): arrow_of(table[name]) for name in inside if "blazar" in name
    }
    packet["blazar_stats"] = struct_of(stats)
    packet |= {name[2:]: arrow_of(table[name]) for name in added if name not in inside}
    for band in "gr":
        packet[f"lc_features_{band}"] = features(table[f"d:lc_features_{band}"])
    return pa.table(packet)


def features(column):
    """A list that is text in the REST service is a struct in an alert."""
    names = [f"feature{place}" for place in range(26)]
    texts = arrow_of(column).to_pylist()
    cells = [text and json.loads(text.replace("None", "null")) for text in texts]
    rows = [cell and dict(zip(names, cell, strict=True)) for cell in cells]
    return pa.array(rows, pa.struct(dict.fromkeys(names, "float64")))


def write(table, *place):
    path = Path(*place)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def same(table, expected):
    """The columns of another Table, cell by cell, in its own rows."""
    assert_equal(narrow(table), narrow(expected[table.colnames]))
    assert [column.description for column in table.itercols()] == [
        expected[name].description for name in table.colnames
    ]


def narrow(table):
    """Make texts as wide as the longest; rows of a Table keep the width of all its rows."""
    table = table.copy()
    for name in table.colnames:
        if table[name].dtype.kind == "U":
            texts = np.ma.MaskedArray(np.array(np.ma.getdata(table[name]).tolist(), "U"), masks(table[name]))
            table.replace_column(name, MaskedColumn(texts))
    return table


# The same Table


def test_a_folder_of_nested_alerts_is_the_table_that_query_objects_gives(sent, tmp_path):
    half = len(sent) // 2
    write(nested(sent[:half]), tmp_path, "part-0.parquet")
    write(nested(sent[half:]), tmp_path, "part-1.parquet")
    table = transfer.read(tmp_path)
    assert table.colnames == [name for name in sent.colnames if not name.startswith("v:")]
    same(table, sent)
    assert table.meta["survey"] == "ztf"
    assert table.meta["path"] == str(tmp_path)
    assert table.meta["columns"] == table.colnames


def test_chosen_fields_come_flat_and_are_found_by_their_names(sent, tmp_path):
    names = ["i:objectId", "i:candid", "i:jd", "i:magpsf", "i:sigmapsf", "d:cdsxmatch", "d:roid"]
    write(pa.table({name[2:]: arrow_of(sent[name]) for name in names}), tmp_path, "part-0.parquet")
    same(transfer.read(tmp_path), sent[names])
    same(transfer.read(tmp_path / "part-0.parquet", columns="magpsf,d:roid"), sent["i:magpsf", "d:roid"])


def test_the_order_is_that_of_the_objects_asked_for_and_newest_first_in_each(sent, tmp_path, fink):
    shuffled = sent[np.random.default_rng(1).permutation(len(sent))]
    write(nested(shuffled), tmp_path, "part-0.parquet")
    asked = [OBJECTS[2], OBJECTS[0]]
    same(transfer.read(tmp_path, asked, columns="objectId,candid,jd"), fink.query_objects(asked))
    first = list(dict.fromkeys(shuffled["i:objectId"].tolist()))
    assert list(dict.fromkeys(transfer.read(tmp_path)["i:objectId"].tolist())) == first


@pytest.mark.parametrize("spelling", [",".join, list, np.array, lambda ids: {"i:objectId": ids}])
def test_objects_are_asked_for_as_query_objects_takes_them(sent, tmp_path, spelling):
    write(nested(sent), tmp_path, "part-0.parquet")
    ids = spelling(OBJECTS[:2])
    table = transfer.read(tmp_path, Table(ids) if isinstance(ids, dict) else ids, "jd")
    same(table, sent[np.isin(sent["i:objectId"], OBJECTS[:2])]["i:jd",])


def test_alerts_by_night(sent, tmp_path):
    some = sent[::20]
    nights = np.array([time.strftime("year=%Y/month=%m/day=%d") for time in Time(some["i:jd"], format="jd")])
    for night in sorted(set(nights)):
        write(nested(some[nights == night]), tmp_path, night, "part-0.parquet")
    table = transfer.read(tmp_path, OBJECTS)
    assert not {"d:year", "d:month", "d:day"} & set(table.colnames)
    same(table, some)


def test_alerts_by_class_have_their_class_from_the_folder(sent, tmp_path):
    classes = sent["v:classification"]
    for number, name in enumerate(sorted(set(classes.tolist()))):
        quoted = name.replace(" ", "%20").replace("/", "%2F")
        write(nested(sent[classes == name]), tmp_path, f"finkclass={quoted}", f"part-{number}.parquet")
    table = transfer.read(tmp_path, OBJECTS)
    same(table, sent)
    assert "v:classification" in table.colnames


def test_files_of_one_folder_may_disagree_in_types(sent, tmp_path):
    """As older transfers do: null where a file has no value, whole numbers here and fractions there."""
    names = ["i:objectId", "i:candid", "i:jd", "i:fid", "i:objectidps1", "d:tns", "d:roid", "d:DR3Name"]
    kinds = {"i:jd": "float64", "i:fid": "int32", "d:roid": "float64", "d:DR3Name": "large_string"}
    parts = [sent[sent["i:objectId"] == one][names] for one in OBJECTS]
    for number, part in enumerate(parts):
        columns = {name[2:]: arrow_of(part[name], kinds.get(name) if number else None) for name in names}
        if all(masks(part["d:tns"])):
            columns["tns"] = pa.nulls(len(part))
        write(pa.table(columns), tmp_path, f"part-{number}.parquet")
    same(transfer.read(tmp_path), sent[names])


def test_an_id_stays_exact_beside_a_file_of_floats(tmp_path):
    exact = 2**60 + 1
    for number, value in enumerate([pa.array([exact]), pa.array([1.5e17]), pa.nulls(1)]):
        keys = {"objectId": [OBJECTS[0]], "candid": [number + 1], "jd": [9.0 - number]}
        write(pa.table({**keys, "objectidps1": value}), tmp_path, f"part-{number}.parquet")
    with pytest.warns(CorruptDataWarning, match="not exact 64-bit integers: 1.5e\\+17"):
        table = transfer.read(tmp_path)
    assert table["i:objectidps1"].tolist() == [exact, None, None]


def test_the_short_floats_of_an_alert_have_the_digits_that_the_service_has(tmp_path):
    """The service writes what is a float of 32 bits in an alert as 18.615967, not as 18.615966796875."""
    digits = [18.615967, 0.12284817, 2.97648]
    short = pa.array(digits, "float32")
    keys = {"objectId": OBJECTS[:1] * 3, "candid": [1, 2, 3], "jd": [3.0, 2.0, 1.0]}
    columns = {"magpsf": short, "slsn_score": short, "snn_sn_vs_all": short}
    write(pa.table({**keys, **columns}), tmp_path, "part-0.parquet")
    table = transfer.read(tmp_path)
    assert table["i:magpsf"].tolist() == table["d:slsn_score"].tolist() == digits
    assert table["d:snn_sn_vs_all"].tolist() == short.to_pylist()


def test_a_column_that_some_file_lacks_is_masked_there(sent, tmp_path):
    part = sent["i:objectId", "i:candid", "i:jd", "d:roid"]
    for number, one in enumerate(OBJECTS[:2]):
        rows = part[part["i:objectId"] == one]
        columns = {name[2:]: arrow_of(rows[name]) for name in rows.colnames[: 4 - number]}
        write(pa.table(columns), tmp_path, f"part-{number}.parquet")
    table = transfer.read(tmp_path)
    assert masks(table["d:roid"]) == [one == OBJECTS[1] for one in table["i:objectId"]]
    assert table["d:roid"].dtype == np.int64


def test_alerts_that_were_written_twice_are_one_row(sent, tmp_path):
    for number in range(3):
        write(nested(sent[: len(sent) - 10 * number]), tmp_path, f"part-{number}.parquet")
    same(transfer.read(tmp_path), sent)


@quick
@given(data=st.data())
def test_however_alerts_are_spread_over_files_the_table_is_one(sent, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("spread")
    rows = data.draw(st.lists(st.integers(0, len(sent) - 1), min_size=1, max_size=30))
    parts = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    names = ["i:objectId", "i:candid", "i:jd", "i:magpsf", "d:tns", "d:from_upper", "i:ssnamenr"]
    for number in set(parts):
        some = sent[[row for row, part in zip(rows, parts, strict=True) if part == number]]
        write(pa.table({name: arrow_of(some[name]) for name in names}), folder, f"{number}.parquet")
    with warnings.catch_warnings(action="ignore", category=NoResultsWarning):
        table = transfer.read(folder, OBJECTS)
    same(table, sent[sorted(set(rows))])


# What this package wrote


@pytest.mark.parametrize("as_nulls", [True, False])
def test_the_files_that_a_table_was_written_to_are_the_table(sent, tmp_path, as_nulls):
    """Where there is no value, astropy writes a column of masks, others a null."""
    for number, one in enumerate(OBJECTS):
        part = sent[sent["i:objectId"] == one]
        if as_nulls:
            columns = {name: arrow_of(part[name]) for name in part.colnames}
            write(pa.table(columns), tmp_path, f"part-{number}.parquet")
        else:
            part.write(tmp_path / f"part-{number}.parquet")
    table = transfer.read(tmp_path)
    assert table.colnames == sent.colnames
    same(table, sent)


def test_upper_limits_have_no_id_and_are_all_kept(fink, tmp_path):
    sent = fink.query_object(OBJECTS[0], withupperlim=True, withcutouts=True, cutout_kind="Science")
    sent.write(tmp_path / "part-0.parquet")
    stamps = ["b:cutoutScience_stampData"]
    same(transfer.read(tmp_path), sent[[name for name in sent.colnames if name not in stamps]])
    assert transfer.read(tmp_path, columns="jd").colnames == ["i:jd", "d:tag"]


# Only what is asked for


def damage(path, columns, groups=None):
    """Overwrite the bytes of some columns, or of all but the ids of objects, in some row groups."""
    about = pq.ParquetFile(path).metadata
    content = bytearray(path.read_bytes())
    for group in range(about.num_row_groups) if groups is None else groups:
        for number in range(about.num_columns):
            column = about.row_group(group).column(number)
            name = column.path_in_schema.split(".")[-1]
            if name in columns or (columns == "all" and name != "objectId"):
                begin = column.dictionary_page_offset or column.data_page_offset
                content[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(bytes(content))


def test_a_column_that_is_not_asked_for_is_not_read(sent, tmp_path):
    """A member of the same struct, history, stamps."""
    path = tmp_path / "part-0.parquet"
    pq.write_table(nested(sent), path)
    damage(path, ["magap", "stampData", "fileName", "diffmaglim", "cdsxmatch", "key", "value"])
    same(transfer.read(tmp_path, columns="magpsf,rb,d:roid"), sent["i:magpsf", "i:rb", "d:roid"])
    with pytest.raises(FinkQueryError, match="part-0.parquet is broken Parquet .* transfer again"):
        transfer.read(tmp_path, columns="magap")


def test_rows_of_other_objects_are_not_read(sent, tmp_path):
    """The ids of a group of rows are, and no more of it where none is wanted."""
    path = tmp_path / "part-0.parquet"
    part = sent[np.argsort(sent["i:objectId"], kind="stable")]
    pq.write_table(nested(part), path, row_group_size=50)
    damage(path, "all", [0])
    last = part["i:objectId"][-1]
    same(transfer.read(tmp_path, last, "jd,magpsf"), sent[sent["i:objectId"] == last]["i:jd", "i:magpsf"])


# What is not there


@pytest.fixture
def small(sent, tmp_path):
    write(nested(sent), tmp_path, "out", "part-0.parquet")
    return tmp_path / "out"


def test_objects_that_are_not_in_the_folder_are_named(small):
    with pytest.warns(NoResultsWarning, match=r"out' has no alert of ZTF21aaaaaaa, ZTF21aaaaaab$"):
        table = transfer.read(small, ["ZTF21aaaaaaa", OBJECTS[0], "ZTF21aaaaaab"], "jd")
    assert table.meta["missing"] == ["ZTF21aaaaaaa", "ZTF21aaaaaab"]
    assert len(table)


def test_where_there_are_no_rows_the_columns_have_their_types(small, sent):
    with pytest.warns(NoResultsWarning):
        table = transfer.read(small, "ZTF21aaaaaaa")
    assert len(table) == 0
    assert all(table[name].dtype.kind == sent[name].dtype.kind for name in table.colnames)
    assert table["i:magpsf"].unit == sent["i:magpsf"].unit


def test_a_column_that_no_file_has_is_masked_and_named(small):
    with pytest.warns(NoResultsWarning, match=r"out' has no column v:constellation$"):
        table = transfer.read(small, columns="v:constellation,jd")
    assert all(masks(table["v:constellation"]))
    assert table.colnames == ["v:constellation", "i:jd"]


def test_what_no_column_is_known_of_is_typed_by_its_values(tmp_path):
    keys = {"objectId": OBJECTS[:1], "candid": [1], "candidate": [{"jd": 1.0}]}
    added = {
        "new_score": [0.5],
        "new_struct": [{"a": 1}],
        "new_map": pa.array([[("a", 1)]], pa.map_("string", "int8")),
    }
    write(pa.table({**keys, **added}), tmp_path, "part-0.parquet")
    table = transfer.read(tmp_path)
    assert table.colnames == ["i:objectId", "i:candid", "i:jd", "d:new_score", "d:new_struct_a", "d:new_map"]
    assert table["d:new_struct_a"].dtype == np.int64
    assert transfer.read(tmp_path, columns="new_score")["d:new_score"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "magpfs"}, "'magpfs' is not a valid column .* Did you mean i:magpsf"),
        ({"columns": []}, "columns is empty"),
        ({"objectids": "SN2020"}, "objectid='SN2020' is not a valid ZTF object id"),
        ({"survey": "sdss"}, "survey='sdss' is unknown to Fink. Valid values: ztf"),
    ],
)
def test_what_means_nothing_is_refused(small, options, message):
    with pytest.raises(FinkQueryError, match=message):
        transfer.read(small, **options)


def test_a_path_that_leads_nowhere_is_named(tmp_path):
    with pytest.raises(
        FinkQueryError, match=r"nowhere' does not exist: give the folder that transfer.download or"
    ):
        transfer.read(tmp_path / "nowhere")
    with pytest.raises(FinkQueryError, match=r"has no Parquet files in it: .*-outdir"):
        transfer.read(tmp_path)


def test_parquet_of_something_else_is_refused(tmp_path):
    write(pa.table({"a": [1]}), tmp_path, "part-0.parquet")
    with pytest.raises(FinkQueryError, match="without any column of Fink/ZTF alerts"):
        transfer.read(tmp_path)


def test_objects_cannot_be_found_without_their_ids(tmp_path):
    write(pa.table({"magpsf": [1.0]}), tmp_path, "part-0.parquet")
    assert transfer.read(tmp_path)["i:magpsf"].tolist() == [1.0]
    with pytest.raises(FinkQueryError, match="has no column 'i:objectId' to select objectids by"):
        transfer.read(tmp_path, OBJECTS)


def test_a_file_that_was_cut_is_named(small):
    (small / "part-1.parquet").write_bytes((small / "part-0.parquet").read_bytes()[:1000])
    with pytest.raises(
        FinkQueryError, match=r"part-1\.parquet is broken Parquet .*remove it, or transfer again"
    ):
        transfer.read(small)


def test_without_pyarrow_the_error_names_the_path_and_what_to_install(small, monkeypatch):
    monkeypatch.setattr(decode, "has_parquet", lambda: False)
    with pytest.raises(FinkQueryError, match=r"out' needs pyarrow: pip install .*\[fast\]"):
        transfer.read(small)


def test_pyarrow_is_imported_when_it_is_needed():
    code = "import sys, astroquery_fink.transfer; print('pyarrow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"

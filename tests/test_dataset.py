# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves that go to a folder: what is in it, what is asked for again, what is refused."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Column, Table
from astroquery.exceptions import NoResultsWarning
from replay import Replay, client_of

from astroquery_fink import conf
from astroquery_fink.exceptions import FailedIdsWarning, FinkQueryError, FinkServiceError
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import rows
from astroquery_fink.tables.concat import merge
from astroquery_fink.tables.dataset import BatchFiles
from astroquery_fink.tables.decode import has_parquet, read_rows

if has_parquet():
    from pyarrow import parquet

needs_pyarrow = pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
NAMES = ["ZTF99simsnia", "ZTF99simrrly", "ZTF99simagnx", "ZTF99simdwno"]
IDS = ["ZTF21aaaaaa" + letter for letter in "abcdefghij"]
COLUMNS = ["i:objectId", "i:candid", "i:jd", "i:magpsf", "d:cdsxmatch"]


def healthy(_, path, payload):
    """Two alerts per object except the last object; one of them has no magnitude."""
    ids = [one for one in payload["objectId"].split(",") if one != IDS[-1]]
    alerts = [
        {"i:objectId": one, "i:candid": 2**53 + 2 * IDS.index(one) + day, "i:jd": 2461122.0 - day}
        | {"i:magpsf": 18.5 if day else None, "d:cdsxmatch": "Unknown" * IDS.index(one)}
        for one in ids
        for day in range(2)
    ]
    return 200, "application/json", json.dumps(alerts).encode()


def failing_for(bad):
    """Respond with status 500 to requests that have this id."""
    return lambda *asked: (
        (500, "application/json", b'{"message": "planned"}')
        if bad in asked[2]["objectId"]
        else healthy(*asked)
    )


@pytest.fixture(autouse=True)
def _parts_of_two():
    with conf.set_temp("batch_size", 2), conf.set_temp("max_connections", 2):
        yield


@pytest.fixture
def server():
    with conf.set_temp("response_format", "json"), Replay(healthy) as server:
        yield server


@pytest.fixture
def client(server, tmp_path):
    return client_of(server, tmp_path)


def query(client, folder, ids=IDS[:8], **options):
    """Query without the cache, so that only the folder can save requests."""
    return client.query_objects(ids, outdir=folder, cache=False, **{"columns": COLUMNS} | options)


def files_in(folder):
    return sorted(Path(folder).glob("*.parquet"))


def table_in(folder):
    """All Parquet files of a folder, read as responses are."""
    parts = [read_rows(file.read_bytes()) for file in files_in(folder)]
    return merge([rows(part, ZTF) for part in parts])


def asked(server, since=0):
    return sorted(payload["objectId"].split(",") for _, _, payload in server.requests[since:])


def assert_same(table, other):
    assert table.colnames == other.colnames
    for name in other.colnames:
        mine, its = np.ma.asarray(table[name]), np.ma.asarray(other[name])
        assert mine.dtype == its.dtype, name
        assert mine.shape == its.shape, name
        mask = np.ma.getmaskarray(its)
        np.testing.assert_array_equal(np.ma.getmaskarray(mine), mask, err_msg=name)
        np.testing.assert_array_equal(mine[~mask], its[~mask], err_msg=name)
        assert (table[name].unit, table[name].description) == (other[name].unit, other[name].description)


# What is in the folder


@needs_pyarrow
@pytest.mark.parametrize("response_format", ["json", "parquet"])
@pytest.mark.parametrize(
    "asked_for",
    [{}, {"columns": COLUMNS}, {"columns": "magpsf"}, {"withupperlim": True}, {"withcutouts": True}],
    ids=str,
)
def test_the_parts_have_what_the_table_has(fink, tmp_path, asked_for, response_format):
    ids = NAMES[:1] if "withcutouts" in asked_for else NAMES
    with conf.set_temp("response_format", response_format):
        folder = fink.query_objects(ids, outdir=tmp_path / "curves", **asked_for)
        table = fink.query_objects(ids, **asked_for)
    assert folder == tmp_path / "curves"
    assert len(files_in(folder)) == (2 if len(ids) > 1 and "withupperlim" not in asked_for else len(ids))
    assert_same(table_in(folder), table)


@needs_pyarrow
def test_other_tools_read_the_folder_as_one(client, tmp_path):
    from pyarrow import dataset

    with pytest.warns(NoResultsWarning):
        folder = query(client, tmp_path / "curves", IDS, columns=None)
    whole = dataset.dataset(folder)
    assert {file.name for file in folder.iterdir()} == {Path(file).name for file in whole.files}
    schemas = {fragment.physical_schema.remove_metadata() for fragment in whole.get_fragments()}
    assert len(schemas) == 1
    read = whole.to_table(columns=["i:candid", "i:magpsf"])
    assert read["i:candid"].to_pylist() == [2**53 + number for number in range(18)]
    assert read["i:magpsf"].null_count == 9
    field = whole.schema.field("i:magpsf")
    assert (str(field.type), field.metadata[b"unit"]) == ("double", b"mag")


@needs_pyarrow
def test_a_column_that_nobody_knows_has_one_type_in_all_parts(client, server, tmp_path):
    from pyarrow import dataset

    def answer(*request):
        status, kind, body = healthy(*request)
        value = {IDS[0]: 1, IDS[2]: 1.5, IDS[4]: "text"}.get(request[2]["objectId"].split(",")[0])
        return status, kind, json.dumps([row | {"x:new": value} for row in json.loads(body)]).encode()

    server.answer = answer
    folder = query(client, tmp_path, columns=None)
    values = dataset.dataset(folder).to_table()["x:new"].to_pylist()
    assert values == [*["1"] * 4, *["1.5"] * 4, *["text"] * 4, *[None] * 4]


# What is asked for again


@needs_pyarrow
def test_a_second_call_sends_nothing(client, server, tmp_path):
    folder = query(client, tmp_path / "curves")
    before, written = len(server.requests), [file.stat().st_mtime_ns for file in files_in(folder)]
    assert query(client, str(folder)) == folder
    with conf.set_temp("response_format", "parquet"):
        query(client, folder)
    assert (before, len(server.requests)) == (4, 4)
    assert [file.stat().st_mtime_ns for file in files_in(folder)] == written


@needs_pyarrow
def test_more_ids_at_the_end_are_added(client, server, tmp_path):
    query(client, tmp_path, IDS[:4])
    query(client, tmp_path, IDS[:8])
    assert asked(server) == [IDS[:2], IDS[2:4], IDS[4:6], IDS[6:8]]


@needs_pyarrow
def test_after_an_outage_only_the_rest_is_asked_for(client, server, tmp_path):
    server.answer = lambda *request: (
        (503, "text/plain", b"down") if len(server.requests) > 2 else healthy(*request)
    )
    with (
        conf.set_temp("max_connections", 1),
        pytest.raises(FinkServiceError, match="What was received is in") as caught,
    ):
        query(client, tmp_path)
    assert (caught.value.failed, len(files_in(tmp_path))) == (IDS[4:8], 2)
    before, server.answer = len(server.requests), healthy
    query(client, tmp_path)
    assert asked(server, before) == [IDS[4:6], IDS[6:8]]
    assert_same(table_in(tmp_path), client.query_objects(IDS[:8], columns=COLUMNS))


@needs_pyarrow
def test_a_part_that_lacks_an_id_has_the_rest_and_is_asked_for_again(client, server, tmp_path):
    server.answer = failing_for(IDS[3])
    for _ in range(2):
        with pytest.warns(FailedIdsWarning, match=IDS[3]):
            query(client, tmp_path, on_error="warn")
        assert list(dict.fromkeys(table_in(tmp_path)["i:objectId"])) == [*IDS[:3], *IDS[4:8]]
    before, server.answer = len(server.requests), healthy
    query(client, tmp_path)
    assert asked(server, before) == [IDS[2:4]]
    assert list(dict.fromkeys(table_in(tmp_path)["i:objectId"])) == IDS[:8]


_CALL = """
import signal, sys
from astroquery_fink import FinkClass, conf
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
url, folder, columns, *ids = sys.argv[1:]
with conf.set_temp("batch_size", 2), conf.set_temp("max_connections", 1):
    FinkClass(server=url).query_objects(ids, outdir=folder, columns=columns, cache=False)
"""


@needs_pyarrow
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_after_a_process_is_stopped_only_the_rest_is_asked_for(client, server, tmp_path, blow):
    """The third request kills the process of the client."""

    def answer(*request):
        if len(server.requests) == 3:
            os.kill(process.pid, blow)
        return healthy(*request)

    server.answer = answer
    command = [sys.executable, "-c", _CALL, server.url, str(tmp_path / "curves"), ",".join(COLUMNS), *IDS[:8]]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        process.wait(60)
    assert process.returncode != 0
    came = len(files_in(tmp_path / "curves"))
    assert 2 <= came < 4
    before, server.answer = len(server.requests), healthy
    folder = query(client, tmp_path / "curves")
    assert asked(server, before) == [IDS[2 * part : 2 * part + 2] for part in range(came, 4)]
    assert table_in(folder)["i:candid"].tolist() == [2**53 + number for number in range(16)]


@needs_pyarrow
@pytest.mark.parametrize("left", [0, 10, -20])
def test_a_torn_part_is_asked_for_again(client, server, tmp_path, left):
    torn = files_in(query(client, tmp_path))[1]
    torn.write_bytes(torn.read_bytes()[:left])
    query(client, tmp_path)
    assert asked(server, 4) == [IDS[2:4]]
    assert len(table_in(tmp_path)) == 16


def zeroed(path):
    """Fill the pages with zeros and keep the footer, as after a crash of the machine."""
    content = path.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    return content[:4] + bytes(len(content) - footer - 4) + content[-footer:]


def flipped(path):
    """Flip one bit of one id."""
    return path.read_bytes().replace(b"ZTF21", b"ZTF20", 1)


def with_meta(change):
    """Write the same rows with other metadata of the client."""

    def written(path):
        table = parquet.read_table(path)
        meta = json.loads(table.schema.metadata[b"astroquery_fink"])
        said = table.schema.metadata | {b"astroquery_fink": json.dumps(change(meta)).encode()}
        buffer = io.BytesIO()
        parquet.write_table(table.replace_schema_metadata(said), buffer)
        return buffer.getvalue()

    return written


def of_others(path):
    """Write the same rows as another program does."""
    buffer = io.BytesIO()
    parquet.write_table(parquet.read_table(path).replace_schema_metadata(None), buffer)
    return buffer.getvalue()


@needs_pyarrow
@pytest.mark.parametrize(
    "damage",
    [
        zeroed,
        flipped,
        of_others,
        with_meta(lambda meta: []),
        with_meta(lambda meta: {"failed": []}),
        with_meta(lambda meta: {name: value for name, value in meta.items() if name != "missing"}),
        with_meta(lambda meta: meta | {"queried": None}),
        with_meta(lambda meta: meta | {"rows": meta["rows"] + 1}),
        with_meta(lambda meta: "x"),
    ],
)
def test_a_file_that_is_damaged_or_not_ours_is_asked_for_again(client, server, tmp_path, damage):
    broken = files_in(query(client, tmp_path))[1]
    broken.write_bytes(damage(broken))
    query(client, tmp_path)
    assert asked(server, 4) == [IDS[2:4]]
    assert table_in(tmp_path)["i:candid"].tolist() == [2**53 + number for number in range(16)]


@needs_pyarrow
def test_a_folder_in_the_place_of_a_file_is_refused_with_its_name(client, server, tmp_path):
    place = files_in(query(client, tmp_path))[1]
    place.unlink()
    place.mkdir()
    with pytest.raises(FinkQueryError, match=f"outdir='{tmp_path}' cannot be written"):
        query(client, tmp_path)


_FLIP = """
import sys
from pathlib import Path
from astroquery_fink.tables.dataset import BatchFiles
from astroquery_fink.surveys import ZTF
folder, question = Path(sys.argv[1]), {"ids": 1}
path = next(folder.glob("*.parquet"))
content = path.read_bytes()
length = int.from_bytes(content[-8:-4], "little") + 8
kept = 0
for bit in range(8 * (len(content) - length), 8 * len(content), 5):
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    path.write_bytes(flipped)
    kept += BatchFiles(folder, [question], ZTF).read_meta(0) is not None
print("all looked at")
"""


@needs_pyarrow
def test_a_flipped_bit_in_a_footer_never_ends_the_interpreter(tmp_path):
    meta = {"queried": "", "cached": False, "rounded": False, "missing": [], "cut": []}
    table = Table({"i:candid": [1, 2], "i:jd": [1.0, 2.0]}, meta=meta)
    BatchFiles(tmp_path, [{"ids": 1}], ZTF).write(0, table, [])
    assert BatchFiles(tmp_path, [{"ids": 1}], ZTF).read_meta(0) == meta | {"failed": []}
    run = subprocess.run([sys.executable, "-c", _FLIP, str(tmp_path)], capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, "all looked at"), run.stderr[-2000:]


@needs_pyarrow
def test_what_a_killed_process_left_behind_is_no_part_and_goes_in_time(client, server, tmp_path):
    unfinished = [tmp_path / f".part-00000-abc.parquet.{number}.tmp" for number in range(2)]
    for file in unfinished:
        file.write_bytes(b"PAR1")
    os.utime(unfinished[0], (0, 0))
    query(client, tmp_path)
    assert [file.exists() for file in unfinished] == [False, True]
    assert len(server.requests) == 4


# What is said


@needs_pyarrow
def test_missing_ids_are_named_both_times(client, server, tmp_path):
    for _ in range(2):
        with pytest.warns(NoResultsWarning, match=f"1 of 4 objects: {IDS[-1]}"):
            query(client, tmp_path, IDS[-4:])
    assert len(server.requests) == 2


# What is refused


@needs_pyarrow
@pytest.mark.parametrize(
    "other",
    [
        {"ids": IDS[1:9]},
        {"ids": IDS[7::-1]},
        {"ids": IDS[:6]},
        {"columns": COLUMNS[:3]},
        {"columns": None},
        {"withupperlim": True},
        {"withcutouts": True},
    ],
    ids=str,
)
def test_parts_of_another_question_are_refused_before_anything_is_sent(client, server, tmp_path, other):
    query(client, tmp_path)
    with pytest.raises(
        FinkQueryError, match="holds Parquet files of another query.*give another folder"
    ) as caught:
        query(client, tmp_path, **other)
    assert str(tmp_path) in str(caught.value)
    assert (len(server.requests), len(files_in(tmp_path))) == (4, 4)


@needs_pyarrow
def test_parts_of_another_server_are_refused(client, tmp_path):
    query(client, tmp_path)
    with Replay(healthy) as other, pytest.raises(FinkQueryError, match="another query"):
        query(client_of(other, tmp_path), tmp_path)


@needs_pyarrow
def test_a_file_is_no_folder(client, server, tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FinkQueryError, match="outdir="):
            query(client, place)
    assert not server.requests


@needs_pyarrow
def test_what_would_be_sent_makes_no_folder(client, tmp_path):
    assert len(query(client, tmp_path / "curves", get_query_payload=True)) == 4
    assert not (tmp_path / "curves").exists()


@pytest.mark.skipif(has_parquet(), reason="needs an environment without pyarrow")
def test_without_pyarrow_nothing_is_asked(client, server, tmp_path):
    with pytest.raises(FinkQueryError, match=r"pip install 'astroquery_fink\[fast\]'"):
        query(client, tmp_path)
    assert not server.requests


@needs_pyarrow
def test_replies_unread_go_to_no_folder(client, server, tmp_path):
    with pytest.raises(
        FinkQueryError, match="outdir=.* query_objects_async writes no files; use query_objects"
    ):
        client.query_objects_async(IDS, outdir=tmp_path)
    assert not server.requests


# Tables below each other


def test_a_column_without_a_value_does_not_decide_the_dtype_nor_is_another_masked(client, server):
    """An integer beyond 2**53 stays exact, whatever the other batches lack."""

    def answer(*request):
        status, kind, body = healthy(*request)
        value = 2**60 + 1 if IDS[2] in request[2]["objectId"] else None
        extra = {} if IDS[4] in request[2]["objectId"] else {"x:new": value}
        return status, kind, json.dumps([row | extra for row in json.loads(body)]).encode()

    server.answer = answer
    table = client.query_objects(IDS[:8])
    assert type(table["i:candid"]) is Column
    assert table["x:new"].dtype == np.int64
    assert table["x:new"].tolist() == [*[None] * 4, *[2**60 + 1] * 4, *[None] * 8]

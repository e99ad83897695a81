# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is kept of replies, how long, and what comes of damage: one test a promise, numbered as they are."""

import inspect
import json
import os
import pickle
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from astropy.config import set_temp_cache
from astropy.utils.exceptions import AstropyUserWarning
from astroquery import cache_conf
from astroquery.exceptions import NoResultsWarning
from astroquery.query import AstroQuery, BaseQuery
from clock import FakeClock
from faults import Faults
from replay import as_json, client_of

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, StaleResponseWarning
from astroquery_fink.http.cache import key_of

OBJECT, OTHER = "ZTF21aaxtctv", "ZTF26aamcbly"
COLUMNS = "i:jd,i:magpsf"
CANDID = 2**53 + 1
ROWS = [{"i:objectId": OBJECT, "i:candid": CANDID, "i:jd": 2461122.0, "i:magpsf": 18.5}]
SCHEMA = {"ZTF original fields (i:)": {"magpsf": {"type": "float", "doc": "Magnitude [mag]"}}}
CLASSES = {"Fink classifiers": ["Early SN Ia candidate"]}
STAMPS = {"b:cutoutScience_stampData": [[1.0, 2.0], [3.0, 4.0]]}
GOOD = {"objects": ROWS, "schema": SCHEMA, "classes": CLASSES, "cutouts": STAMPS, "latests": ROWS}
SURVEYED, ASTEROID = "ZTF99simsnia", "ZTF99simastr"
DAY = 86400.0


pytestmark = pytest.mark.usefixtures("in_json")


def utc(*time):
    return datetime(2026, *time, tzinfo=UTC).timestamp()


NOON, UPDATE = utc(3, 1, 12), utc(3, 1, 15)


def healthy(_, path, payload):
    endpoint = path.rpartition("/")[2]
    content = GOOD[endpoint]
    if endpoint == "objects":
        content = [content[0] | {"i:objectId": one} for one in payload["objectId"].split(",")]
    return as_json(content)


def down(*_):
    return 503, "text/plain", b"down"


@pytest.fixture
def clock():
    return FakeClock(NOON)


@pytest.fixture
def serve(serve):
    """Start a server that answers."""
    return lambda answer=healthy: serve(answer)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def ask(client, objectid=OBJECT, **options):
    return client.query_object(objectid, columns=COLUMNS, **options)


def entries(folder):
    return set(folder.glob("*.response"))


def the_entry(folder):
    (path,) = entries(folder)
    return path


def changed_header(**values):
    """Damage of an entry: other values in its first line."""

    def change(kept):
        head, _, body = kept.partition(b"\n")
        return json.dumps(json.loads(head) | values).encode() + b"\n" + body

    return change


# Row 15: damage

BODY_DAMAGE = {
    "cut by a byte": lambda kept: kept[:-1],
    "cut in the body": lambda kept: kept[:-40],
    "cut in the header": lambda kept: kept[:20],
    "empty": lambda kept: b"",
    "garbage": lambda kept: bytes(range(256)) * 10,
    "one bit of the last byte": lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
    "one digit of a value": lambda kept: kept.replace(b"18.5", b"19.5"),
    "a byte too many": lambda kept: kept + b" ",
}
HEADER_DAMAGE = {
    "no JSON": lambda kept: b"key: " + kept,
    "a list": lambda kept: b"[1, 2]\n" + ROWS_ON_DISK,
    "not UTF-8": lambda kept: b"\xff\xfe\n" + ROWS_ON_DISK,
    "100,000 brackets": lambda kept: b"[" * 100_000 + kept,
    "another version": changed_header(version=2),
    "another key": changed_header(key="0" * 64),
    "one field more": changed_header(run="code"),
}
ROWS_ON_DISK = json.dumps(ROWS).encode()


def assert_is_replaced(serve, folder, damage):
    """A damaged entry is a miss: fetched again, once."""
    client, server = serve()
    ask(client)
    path = the_entry(folder)
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert path.read_bytes() != good
    again = ask(client)
    assert (again["i:magpsf"].tolist(), again.meta["cached"]) == ([18.5], False)
    assert the_entry(folder).read_bytes() == good
    assert ask(client).meta["cached"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("damage", BODY_DAMAGE)
def test_row_15_a_damaged_entry_is_fetched_again_and_replaced(serve, folder, damage):
    assert_is_replaced(serve, folder, BODY_DAMAGE[damage])


# Row 16 and 20: other processes


def hammer(what, folder):
    """The output of ``hammer.py``."""
    script = Path(__file__).with_name("hammer.py")
    done = subprocess.run(
        [sys.executable, script, what, folder / "hammered"],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"HOME": str(folder)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@needs_fork
def test_row_16_two_writers_and_two_readers_never_fail(tmp_path):
    met = hammer("fight", tmp_path)
    assert min(met["a"], met["b"]) > 0
    assert met == {"None": 600, "a": met["a"], "b": 600 - met["a"]}


@needs_fork
def test_row_20_a_writer_that_is_killed_leaves_no_torn_entry(tmp_path):
    met = hammer("kill", tmp_path)
    assert (met["killed"], met["orphans"] >= 30) == (60, True)
    assert set(met) == {"killed", "orphans", "left", "a", "b"}
    assert met["left"] == 0


def test_row_20_clear_cache_sweeps_orphans_and_nothing_else(serve, folder):
    client, _ = serve()
    ask(client)
    (folder / f".{'0' * 64}.abcdef01.part").write_bytes(b"{")
    (folder / "notes.txt").write_text("mine")
    client.clear_cache()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


# Row 17: nothing can be kept


@contextmanager
def short_files(folder):
    """Make the disk full after 100 bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield folder / "cache"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def below_a_file(folder):
    (folder / "file").touch()
    yield folder / "file" / "cache"


@contextmanager
def no_name_for_a_folder(folder):
    yield folder / ("x" * 300)


@contextmanager
def read_only(folder):
    if os.geteuid() == 0:
        pytest.skip("nothing is read-only for root")
    (folder / "cache").mkdir(mode=0o500)
    yield folder / "cache"


@pytest.mark.parametrize("unwilling", [short_files, below_a_file, no_name_for_a_folder, read_only])
def test_row_17_a_reply_that_cannot_be_kept_is_returned_with_one_warning(serve, tmp_path, unwilling):
    client, server = serve()
    with unwilling(tmp_path) as folder:
        client.cache_location = folder
        with pytest.warns(AstropyUserWarning, match="not cached in .*: set cache_location") as told:
            tables = [ask(client) for _ in range(2)]
        assert [table["i:magpsf"].tolist() for table in tables] == [[18.5], [18.5]]
        assert (len(told), len(server.requests)) == (1, 2)
    assert not list(tmp_path.glob("**/cache/*"))


# Row 18: planted entries


class Exploit:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_row_18_a_planted_pickle_is_never_read(serve, folder, tmp_path):
    client, server = serve()
    url, payload = f"{server.url}/api/v1/objects", client.query_object(OBJECT, get_query_payload=True)
    ran = tmp_path / "ran"
    theirs = AstroQuery("POST", url, json=payload).request_file(folder)
    ours = key_of("POST", url, payload)
    folder.mkdir()
    for path in (theirs, folder / f"{ours}.pickle", folder / f"{ours}.response"):
        path.write_bytes(pickle.dumps(Exploit(ran)))

    assert not client.query_object(OBJECT).meta["cached"]
    client._request("POST", url, json=payload)
    assert not ran.exists()

    BaseQuery._request(client, "POST", url, json=payload, cache=True)
    assert ran.exists()


@pytest.mark.parametrize("damage", HEADER_DAMAGE)
def test_row_18_a_header_that_is_not_ours_is_a_miss(serve, folder, damage):
    assert_is_replaced(serve, folder, HEADER_DAMAGE[damage])


@pytest.mark.parametrize("value", ["soon", None, [1], -1e300], ids=str)
def test_row_18_a_header_whose_time_is_none_is_a_miss(serve, folder, value):
    assert_is_replaced(serve, folder, changed_header(time=value))


# Row 19: clocks


@pytest.mark.parametrize("ahead", [1.0, DAY, 1000 * DAY])
def test_row_19_an_entry_from_the_future_is_stale(serve, clock, ahead):
    client, server = serve()
    clock.start = NOON + ahead
    ask(client)
    clock.start = NOON
    assert not ask(client).meta["cached"]
    assert ask(client).meta["cached"]
    assert len(server.requests) == 2


# Row 21: size


def test_row_21_beyond_the_cap_the_oldest_are_removed(serve, folder):
    client, _ = serve()
    names = {}
    for age, letter in enumerate("cadb"):
        ask(client, f"ZTF21aaaaaa{letter}")
        (names[letter],) = entries(folder) - set(names.values())
        os.utime(names[letter], (NOON - age * DAY, NOON - age * DAY))
    size = names["a"].stat().st_size
    with conf.set_temp("cache_size", 3 * size + size // 2):
        ask(client, "ZTF21aaaaaae")
    left = entries(folder)
    assert {letter for letter, path in names.items() if path in left} == {"c", "a"}
    assert len(left) == 3


def test_row_21_below_the_cap_nothing_is_removed(serve, folder):
    client, _ = serve()
    for letter in "abcd":
        ask(client, f"ZTF21aaaaaa{letter}")
    assert len(entries(folder)) == 4


def test_row_21_an_entry_that_goes_while_sizes_are_added_is_no_failure(serve, folder):
    client, server = serve()
    folder.mkdir()
    (folder / f"{'0' * 64}.response").symlink_to(folder / "nowhere")
    ask(client)
    assert ask(client).meta["cached"]
    assert len(server.requests) == 1


# Keys


def test_the_order_of_arguments_does_not_matter():
    one = {"objectId": OBJECT, "columns": "i:jd", "more": {"a": 1, "b": 2}}
    same = {"more": {"b": 2, "a": 1}, "columns": "i:jd", "objectId": OBJECT}
    assert key_of("POST", "http://fink", one) == key_of("POST", "http://fink", same)


def test_different_questions_have_different_entries(folder, clock):
    with Faults() as server:
        client = client_of(server, folder.parent, clock)
        objects, latests = f"{server.url}/api/v1/objects", f"{server.url}/api/v1/latests"
        questions = [
            ("POST", objects, {"json": {"objectId": OBJECT}}),
            ("POST", objects, {"json": {"objectId": OTHER}}),
            ("POST", objects, {"json": {"objectId": OBJECT, "output-format": "json"}}),
            ("POST", objects, {"json": {"objectId": OBJECT, "output-format": "parquet"}}),
            ("POST", latests, {"json": {"objectId": OBJECT}}),
            ("POST", objects, {"params": {"objectId": OBJECT}}),
            ("POST", objects, {}),
            ("GET", objects, {"json": {"objectId": OBJECT}}),
            ("GET", objects, {"params": {"objectId": OBJECT}}),
            ("GET", objects, {}),
        ]
        for requests in (len(questions), len(questions)):
            for method, url, content in questions:
                client._request(method, url, **content)
            assert len(server.requests) == requests
    assert len(entries(folder)) == len(questions)


def test_the_order_of_params_does_not_matter(serve):
    client, server = serve()
    for params in ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}):
        client._request("GET", f"{server.url}/api/v1/classes", params=params)
    assert len(server.requests) == 1


# How long a reply is good

STAYS = {
    "an object, at noon": (ask, NOON, UPDATE),
    "an object, a second before the update": (ask, UPDATE - 1, UPDATE),
    "an object, at the update": (ask, UPDATE, UPDATE + DAY),
    "an object, in the evening": (ask, UPDATE + 3600, UPDATE + DAY),
    "an object, before New Year": (ask, utc(12, 31, 23), utc(12, 31, 15) + DAY),
    "stamps of an alert": (lambda fink: fink.get_cutouts_async(OBJECT, candid=CANDID), NOON, NOON + 30 * DAY),
    "stamps of the newest": (lambda fink: fink.get_cutouts_async(OBJECT), NOON, UPDATE),
    "columns": (FinkClass.list_columns, NOON, NOON + DAY),
    "classes": (FinkClass.list_classes, NOON, NOON + DAY),
    "the latest": (lambda fink: fink._request("GET", f"{fink.server}/api/v1/latests"), NOON, NOON + 600),
}


def assert_stays(serve, clock, question, stored, until):
    """The cached response is used until the second before the time, and not at that time."""
    client, server = serve()
    for moment, requests in ((stored, 1), (stored, 1), (until - 0.001, 1), (until, 2), (until + 0.001, 2)):
        clock.start = moment
        question(client)
        assert len(server.requests) == requests, moment


@pytest.mark.parametrize("what", STAYS)
def test_a_reply_stays_good_as_long_as_the_data(serve, clock, what):
    assert_stays(serve, clock, *STAYS[what])


def test_the_time_of_the_update_is_a_setting(serve, clock):
    with conf.set_temp("update_time", "13:30"):
        assert_stays(serve, clock, ask, NOON, utc(3, 1, 13, 30))


@pytest.mark.parametrize("what", STAYS)
def test_a_shortened_timeout_wins(serve, clock, what):
    question, stored, until = STAYS[what]
    with cache_conf.set_temp("cache_timeout", 60):
        assert_stays(serve, clock, question, stored, min(until, stored + 60))


@pytest.mark.parametrize("timeout", [None, 10**9])
def test_a_longer_timeout_does_not(serve, clock, timeout):
    with cache_conf.set_temp("cache_timeout", timeout):
        assert_stays(serve, clock, ask, NOON, UPDATE)


@pytest.mark.parametrize("text", ["tea", "25:00", ""])
def test_a_wrong_time_of_update_is_an_error_that_names_it(serve, text):
    client, server = serve()
    ask(client)
    with conf.set_temp("update_time", text), pytest.raises(FinkQueryError, match=f"update_time='{text}'"):
        ask(client)
    assert len(server.requests) == 1


def test_empty_answers_are_asked_for_again(serve, folder):
    empty = {"objects": b"[]", "cutouts": b'{"b:cutoutScience_stampData": []}'}
    client, server = serve(lambda _, path, __: (200, "application/json", empty[path.rpartition("/")[2]]))
    for requests in (3, 6):
        with pytest.warns(NoResultsWarning):
            ask(client)
        with pytest.warns(NoResultsWarning):
            client.query_objects([OBJECT, OTHER])
        client.get_cutouts_async(OBJECT)
        assert len(server.requests) == requests
    assert not folder.exists()


def test_empty_rows_that_were_asked_for_as_bytes_are_asked_for_again(serve):
    client, server = serve(lambda *_: (200, "application/json", b"[]"))
    payload = client.query_object(OBJECT, columns=COLUMNS, get_query_payload=True)
    client._request("POST", f"{server.url}/api/v1/objects", json=payload)
    server.answer = healthy
    assert len(ask(client)) == 1


# When the server is down


@pytest.fixture
def outdated(serve, clock):
    """A client with a response cached 30 hours ago, whose server fails now."""
    client, server = serve()
    ask(client)
    server.answer = down
    clock.start += 30 * 3600
    return client


def test_an_outdated_reply_is_not_served_unless_asked_for(outdated):
    with pytest.raises(FinkServiceError):
        ask(outdated)


def test_an_outdated_reply_is_served_with_its_age(outdated):
    with conf.set_temp("stale_if_error", True), pytest.warns(StaleResponseWarning, match="30.0 hours old"):
        table = ask(outdated)
    assert table["i:magpsf"].tolist() == [18.5]
    assert (table.meta["cached"], table.meta["queried"][:13]) == (True, "2026-03-01T12")


def test_no_outdated_reply_means_an_error(outdated):
    with conf.set_temp("stale_if_error", True):
        with pytest.raises(FinkServiceError):
            ask(outdated, OTHER)
        with pytest.raises(FinkServiceError):
            ask(outdated, cache=False)


def test_an_outdated_reply_is_no_answer_to_a_refusal(serve, clock):
    client, server = serve()
    ask(client)
    server.answer = lambda *_: (400, "text/plain", b"No.")
    clock.start += DAY
    with conf.set_temp("stale_if_error", True), pytest.raises(FinkQueryError, match="No."):
        ask(client)


def test_a_good_reply_replaces_an_outdated_one(serve, clock):
    client, _ = serve()
    ask(client)
    clock.start += 30 * 3600
    with conf.set_temp("stale_if_error", True):
        assert not ask(client).meta["cached"]
        assert ask(client).meta["cached"]


# The interface of astroquery


@pytest.mark.parametrize(
    ("active", "cache", "kept"),
    [
        (True, None, True),
        (True, True, True),
        (True, False, False),
        (False, None, False),
        (False, True, True),
        (False, False, False),
    ],
)
def test_an_argument_or_else_a_setting_turns_the_cache_on(serve, folder, active, cache, kept):
    client, server = serve()
    with cache_conf.set_temp("cache_active", active):
        for _ in range(2):
            ask(client, cache=cache)
        assert cache_conf.cache_active == active
    assert len(server.requests) == (1 if kept else 2)
    assert folder.exists() == kept


def test_cache_false_does_not_read_what_is_kept(serve):
    client, server = serve()
    ask(client)
    assert not ask(client, cache=False).meta["cached"]
    assert len(server.requests) == 2


def test_the_folder_can_be_set_and_reset(serve, tmp_path):
    client, server = serve()
    client.cache_location = str(tmp_path / "mine")
    assert client.cache_location == tmp_path / "mine"
    ask(client)
    assert len(list((tmp_path / "mine").glob("*.response"))) == 1
    usual = tmp_path / "usual"
    usual.mkdir()
    with set_temp_cache(usual):
        client.reset_cache_location()
        ask(client, cache=False)
        assert not list(usual.rglob("Fink"))
        ask(client)
        (entry,) = usual.rglob("*.response")
        assert entry.parent == client.cache_location == usual / "astropy" / "astroquery" / "Fink"
        client.clear_cache()
        assert not entry.exists()
    assert len(server.requests) == 3


def test_clear_cache_where_nothing_was_kept(serve, folder):
    client, _ = serve()
    client.clear_cache()
    assert not folder.exists()


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def test_what_is_kept_is_for_the_user_only(serve, folder):
    client, _ = serve()
    before = os.umask(0)
    try:
        ask(client)
    finally:
        os.umask(before)
    assert (mode(folder), mode(the_entry(folder))) == ("0o700", "0o600")


def test_the_folder_is_for_the_user_only_also_where_it_was_looked_at_first(serve, folder):
    client, _ = serve()
    assert client.cache_location == folder
    ask(client)
    assert mode(folder) == "0o700"


QUESTIONS = {
    "query_object": [SURVEYED],
    "query_objects": [[SURVEYED, ASTEROID]],
    "get_cutouts": [SURVEYED],
    "get_images": [ASTEROID],
    "list_columns": [],
    "list_classes": [],
    "list_endpoints": [],
    "server_version": [],
    "query_region": ["186.7283 15.2104", "5 arcsec"],
    "query_class": ["SN candidate"],
    "query_anomalies": [],
    "query_tracklets": {"date": "2024-09-14"},
    "query_sso": [9900001],
    "query_sso_candidates": ["orbParams"],
    "query_ssoft": {"number": 9900001},
    "query_sso_bulk": [9900001],
    "query_skymap": {"source": "S990220sim", "credible_level": 0.5},
    "query_statistics": ["2025-03"],
    "query_metadata": ["ZTF99simsnia"],
    "resolve_name": {"name": "SN 2099sim", "resolver": "tns"},
}
QUESTIONS |= {f"{name}_async": arguments for name, arguments in QUESTIONS.items()}
RUBIN = {
    "query_object": [170000000000000001],
    "query_objects": [[170000000000000001, 170000000000000002]],
    "get_cutouts": [170000000000000001],
    "get_images": [170000000000000004],
    "list_columns": [],
    "query_region": ["186.7283 15.2104", "5 arcsec"],
    "query_sso": [9900001],
    "query_ssoft": {"number": 9900001},
    "query_sso_bulk": ["2099 SA1"],
    "query_skymap": {"source": "S990315sim", "credible_level": 0.5},
    "query_statistics": ["2025-03"],
    "resolve_name": {"name": "SN 2099sim", "resolver": "tns"},
    "query_forced_photometry": [170000000000000001],
    "query_summary": [170000000000000001],
    "query_tag": ["in_tns"],
    "list_tags": [],
    "list_blocks": [],
    "list_endpoints": [],
    "server_version": [],
}
RUBIN |= {f"{name}_async": arguments for name, arguments in RUBIN.items()}


def put(client, name, questions=QUESTIONS):
    if "sso_bulk" in name:
        pytest.importorskip("pyarrow")
    arguments = questions[name]
    method = getattr(client, name)
    return method(**arguments) if isinstance(arguments, dict) else method(*arguments)


def test_every_question_is_known_here():
    prefixes = ("query_", "get_", "list_", "resolve_", "server_")
    named = [name for name in dir(FinkClass) if name.startswith(prefixes)]
    assert set(named) == {*QUESTIONS, *RUBIN}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_second_call_sends_nothing(fink, box, name):
    before = len(box.requests)
    put(fink, name)
    first = len(box.requests)
    put(fink, name)
    assert before < first == len(box.requests)


@pytest.mark.parametrize("name", RUBIN)
def test_a_second_call_to_rubins_service_sends_nothing(fink_lsst, box_lsst, name):
    before = len(box_lsst.requests)
    put(fink_lsst, name, RUBIN)
    first = len(box_lsst.requests)
    put(fink_lsst, name, RUBIN)
    assert before < first == len(box_lsst.requests)


def test_what_the_twin_kept_is_not_asked_for_again(fink, box):
    for name in ("query_object", "query_objects", "list_columns", "list_classes", "get_images"):
        getattr(fink, f"{name}_async")(*QUESTIONS[name])
        before = len(box.requests)
        getattr(fink, name)(*QUESTIONS[name])
        assert len(box.requests) == before, name


# BaseQuery's way to send


def test_the_signature_is_that_of_basequery():
    def parameters(method):
        found = inspect.signature(method).parameters.values()
        return [(one.name, one.kind, one.default) for one in found]

    assert parameters(FinkClass._request) == parameters(BaseQuery._request)


@pytest.mark.parametrize(
    "content", [{"json": {"objectId": OBJECT}}, {"params": {"a": "b c&d", "e": "é"}}, {}]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_arrives_and_its_reply_is_kept(folder, clock, method, content):
    with Faults() as server:
        client = client_of(server, folder.parent, clock)
        url = f"{server.url}/api/v1/classes"
        first, second = (client._request(method, url, **content) for _ in range(2))
        not_kept = client._request(method, url, **content, cache=False)
        assert [len(server.requests), server.requests[0].payload] == [2, content.get("json")]
        query = "?a=b+c%26d&e=%C3%A9" if "params" in content else ""
        assert [one.path for one in server.requests] == [f"/api/v1/classes{query}"] * 2
    for response in (first, second, not_kept):
        assert (response.status_code, response.url) == (200, f"{url}{query}")
        assert "Fink classifiers" in response.json()
        assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "unsupported",
    [
        {"data": {"a": 1}},
        {"headers": {"A": "b"}},
        {"files": {"a": b""}},
        {"save": True},
        {"stream": True},
        {"auth": ("user", "word")},
        {"verify": False},
        {"allow_redirects": False},
    ],
    ids=lambda unsupported: next(iter(unsupported)),
)
def test_what_a_request_does_not_support_is_refused(serve, unsupported):
    client, server = serve()
    with pytest.raises(FinkQueryError, match=next(iter(unsupported))):
        client._request("GET", f"{server.url}/api/v1/classes", **unsupported)
    assert not server.requests


@pytest.mark.parametrize("url", ["file:///etc/hostname", "classes", "ftp://127.0.0.1/classes"])
def test_what_is_no_address_of_the_web_is_refused(serve, url):
    client, _ = serve()
    with pytest.raises(FinkQueryError, match="url="):
        client._request("GET", url)

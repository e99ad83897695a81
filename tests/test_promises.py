# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Errors and retries when the server or the network fails: the tests have the numbers of the promises."""

import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import tracemalloc
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

import pytest
from astroquery import cache_conf, log
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning, RemoteServiceError
from astroquery.exceptions import TimeoutError as AstroqueryTimeoutError
from clock import FakeClock
from faults import FAULTS, GOOD, OBJECT, RETRY_DATE, Faults

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError

COLUMNS = "i:jd,i:magpsf"
ASKS = {
    "query_object": partial(FinkClass.query_object, objectid=OBJECT, columns=COLUMNS),
    "query_object_async": partial(FinkClass.query_object_async, objectid=OBJECT, columns=COLUMNS),
    "list_classes_async": FinkClass.list_classes_async,
}
BROKEN_BEFORE = ["closed before the reply", "reset before the reply", "garbage status line"]
CUT = ["reset in mid-body", "Content-Length too large", "cut in a chunk", "no last chunk"]
CUT_UNSEEN = ["Content-Length too small", "cut, the end told by closing"]
CUT_GZIP = ["gzip cut short", "gzip without its checksum", "gzip with a wrong checksum"]
NO_ANSWER = ["HTML with 200", "invalid JSON", "100,000 brackets", "an empty body"]

pytestmark = pytest.mark.usefixtures("plain_environment", "in_json")
all_ways = pytest.mark.parametrize("way", ASKS)


@pytest.fixture
def clock():
    return FakeClock(parsedate_to_datetime(RETRY_DATE).timestamp() - 30, luck=1.0)


@pytest.fixture
def play(serve):
    """Start a server with a plan of faults."""
    return lambda *plan, **settings: serve(Faults(*plan), **settings)


@pytest.fixture
def kept(tmp_path):
    """Count the cached responses."""
    return lambda: len(list(tmp_path.glob("cache/*.response")))


@pytest.fixture
def told(caplog):
    """List the messages logged at a level and above."""
    with caplog.at_level(logging.DEBUG, logger=log.name):
        yield lambda level: [one.getMessage() for one in caplog.records if one.levelno >= level]


def read(result):
    """The content of a response, or the values of a Table."""
    return getattr(result, "content", None) or {name: result[name].tolist() for name in result.colnames}


def assert_good(result, way="query_object"):
    """The result is that of a server without faults."""
    with Faults() as server:
        assert read(result) == read(ASKS[way](FinkClass(server=server.url), cache=False))


def failure(client, kind=FinkServiceError, way="query_object"):
    """The error of a query, which names the address of the request."""
    with pytest.raises(kind) as caught:
        ASKS[way](client)
    endpoint = "classes" if "classes" in way else "objects"
    assert caught.value.url == f"{client.server}/api/v1/{endpoint}"
    assert caught.value.url in str(caught.value)
    return caught.value


# Row 1, 2: time


@all_ways
@pytest.mark.parametrize("fault", ["no reply", "stuck in mid-body"])
def test_row_01_no_reply_is_a_timeout(play, clock, way, fault):
    client, server = play(fault, timeout=0.05)
    began = monotonic()
    error = failure(client, FinkTimeoutError, way)
    assert monotonic() - began < 3 * 0.05 + 2
    assert isinstance(error, AstroqueryTimeoutError)
    assert "0.05 s" in str(error)
    assert (server.hits, clock.waits) == ([fault] * 3, [0.5, 1.0])


def test_row_01_one_reply_that_does_not_come_is_asked_for_again(play):
    client, server = play("no reply", "stuck in mid-body", "good", timeout=0.3)
    assert_good(ASKS["query_object"](client))
    assert server.hits == ["no reply", "stuck in mid-body", "good"]


def test_row_02_a_byte_a_second_ends_at_the_deadline(play, clock):
    client, server = play("a byte at a time", timeout=1)

    def send_a_byte():
        clock.seconds += 1
        server.tick()

    clock.looked_at = send_a_byte
    assert "180 s (conf.deadline)" in str(failure(client, FinkTimeoutError))
    assert conf.deadline < clock.seconds < conf.deadline + 5
    assert server.hits == ["a byte at a time"]


def test_row_02_the_body_of_a_redirect_is_not_waited_for(play, clock):
    client, server = play("redirect stuck in mid-body", "good", timeout=1)
    assert_good(ASKS["query_object"](client))
    assert (server.hits, clock.waits) == (["redirect stuck in mid-body", "good"], [])
    assert server.requests[1].path.startswith("/elsewhere/")


def test_row_02_no_wait_goes_beyond_the_deadline(play, clock):
    client, server = play("503")
    with conf.set_temp("deadline", 1.2):
        assert "1.2 s (conf.deadline)" in str(failure(client))
    assert (server.hits, clock.waits) == (["503"] * 2, [0.5])


# Row 3 to 6: connections and bodies that break


@all_ways
@pytest.mark.parametrize("fault", BROKEN_BEFORE)
def test_row_03_a_reply_that_never_begins_is_asked_for_again(play, clock, way, fault):
    client, server = play(fault, fault, "good")
    assert_good(ASKS[way](client), way)
    assert (server.hits, clock.waits) == ([fault, fault, "good"], [0.5, 1.0])


@all_ways
@pytest.mark.parametrize("fault", BROKEN_BEFORE)
def test_row_03_after_three_tries_it_is_an_error(play, way, fault):
    client, server = play(fault)
    error = failure(client, way=way)
    assert isinstance(error, RemoteServiceError)
    assert error.status is None
    assert "tried 3 times" in str(error)
    assert server.hits == [fault] * 3


@all_ways
def test_row_03_a_refused_connection_is_an_error_after_three_tries(clock, way):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = FinkClass(server=f"http://127.0.0.1:{unused.getsockname()[1]}", clock=clock)
        assert re.search("^no connection to 127.0.0.1: .* refused", str(failure(client, way=way)))
    assert clock.waits == [0.5, 1.0]


def test_row_03_an_unknown_host_is_an_error_after_three_tries(clock, monkeypatch):
    looked_up = []

    def unknown(host, *_):
        looked_up.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = FinkClass(server="http://fink.example", clock=clock)
    assert re.search("^no connection to fink.example: .*Name or service not known", str(failure(client)))
    assert looked_up == ["fink.example"] * 3


@all_ways
@pytest.mark.parametrize("fault", CUT)
def test_row_04_a_reply_cut_in_the_middle_is_fetched_again(play, way, fault):
    client, server = play(fault, fault, "good")
    assert_good(ASKS[way](client), way)
    assert server.hits == [fault, fault, "good"]


@pytest.mark.parametrize("fault", CUT)
def test_row_04_a_reply_that_is_always_cut_is_an_error(play, kept, fault):
    client, server = play(fault)
    failure(client)
    assert (server.hits, kept()) == ([fault] * 3, 0)


@all_ways
@pytest.mark.parametrize("fault", CUT_UNSEEN)
def test_row_05_a_cut_that_http_cannot_see_is_seen_and_fetched_again(play, way, fault):
    client, server = play(fault, "good")
    assert_good(ASKS[way](client), way)
    assert_good(ASKS[way](client), way)
    assert server.hits == [fault, "good"]


@pytest.mark.parametrize("fault", [*CUT_UNSEEN, "HTML with 200", "100,000 brackets", "an empty body"])
def test_row_05_a_reply_that_is_not_read_is_looked_at_all_the_same(play, fault):
    client, server = play(fault, "good")
    assert client.query_object_async(OBJECT, cache=False).json() == GOOD["objects"]
    assert server.hits == [fault, "good"]


@all_ways
@pytest.mark.parametrize("fault", CUT_UNSEEN)
def test_row_05_a_cut_that_http_cannot_see_is_never_kept(play, kept, way, fault):
    client, server = play(fault)
    failure(client, way=way)
    assert (server.hits, kept()) == ([fault] * 2, 0)


@all_ways
@pytest.mark.parametrize("fault", CUT_GZIP)
def test_row_06_gzip_cut_short_is_fetched_again(play, way, fault):
    client, server = play(fault, fault, "good")
    assert_good(ASKS[way](client), way)
    assert server.hits == [fault, fault, "good"]


@pytest.mark.parametrize("fault", CUT_GZIP)
def test_row_06_gzip_that_is_always_cut_short_is_an_error(play, kept, fault):
    client, server = play(fault)
    failure(client)
    assert (server.hits, kept()) == ([fault] * 3, 0)


# Row 7, 8: statuses


@all_ways
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("when", "wait"), [("1", 1.0), (RETRY_DATE, 30.0), ("soon", 0.5)])
def test_row_07_the_server_says_when_to_come_back(play, clock, way, status, when, wait):
    client, server = play(f"{status}, Retry-After {when}", "good")
    assert_good(ASKS[way](client), way)
    assert server.hits == [f"{status}, Retry-After {when}", "good"]
    assert clock.waits == [pytest.approx(wait)]


@all_ways
def test_row_07_a_day_is_too_long(play, clock, way):
    client, server = play("429, Retry-After 86400")
    error = failure(client, way=way)
    assert error.status == 429
    for part in ("86400 s", "60 s (conf.longest_wait)"):
        assert part in str(error)
    assert (server.hits, clock.waits) == (["429, Retry-After 86400"], [])


def test_row_07_a_distant_date_is_too_long(play, clock):
    clock.start -= 3600
    client, server = play(f"429, Retry-After {RETRY_DATE}")
    assert "3630 s" in str(failure(client))
    assert len(server.hits) == 1


def test_row_07_a_date_that_has_passed_is_no_wait(play, clock):
    clock.start += 3600
    client, server = play(f"429, Retry-After {RETRY_DATE}", "good")
    assert_good(ASKS["query_object"](client))
    assert (len(server.hits), clock.waits) == (2, [0.0])


@pytest.mark.parametrize("when", ["-1", "1.5", "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"])
def test_row_07_what_is_no_time_is_ignored(play, clock, monkeypatch, when):
    monkeypatch.setitem(FAULTS, "odd time", lambda talk: talk.reply(b"{}", 429, Retry_After=when))
    client, server = play("odd time", "good")
    assert_good(ASKS["query_object"](client))
    assert (server.hits, clock.waits) == (["odd time", "good"], [0.5])


@all_ways
def test_row_08_one_500_does_no_harm(play, way):
    client, server = play("500", "good")
    assert_good(ASKS[way](client), way)
    assert server.hits == ["500", "good"]


TRIES = {"500": 2} | dict.fromkeys(["408", "429", "502", "503", "504"], 3)
TRIES |= dict.fromkeys(["400", "401", "403", "404", "422"], 1)


@pytest.mark.parametrize("status", TRIES)
def test_row_08_a_status_has_its_number_of_tries(play, kept, status):
    client, server = play(status)
    error = failure(client, (FinkServiceError, FinkQueryError))
    assert isinstance(error, FinkQueryError) is (status in ("400", "422"))
    assert (error.status, error.reason) == (int(status), f"planned {status}")
    assert (server.hits, kept()) == ([status] * TRIES[status], 0)


@pytest.mark.parametrize("fault", ["500", "HTML with 200"])
def test_row_08_parquet_that_fails_is_asked_for_as_json_at_once(play, clock, fault):
    pytest.importorskip("pyarrow")
    client, server = play(fault, "good")
    with conf.set_temp("response_format", "parquet"):
        assert_good(ASKS["query_object"](client))
    assert [asked.payload["output-format"] for asked in server.requests] == ["parquet", "json"]
    assert sum(clock.waits) == 0


def test_row_08_a_user_can_do_without_further_tries(play):
    client, server = play("503")
    with conf.set_temp("attempts", 1):
        failure(client)
    assert server.hits == ["503"]


# Row 9, 10, 12, 13, 23: bodies


@all_ways
@pytest.mark.parametrize("fault", NO_ANSWER)
def test_row_09_and_12_what_is_no_answer_is_an_error_and_is_not_kept(play, kept, way, fault):
    client, server = play(fault, fault, "good")
    error = failure(client, way=way)
    assert error.status == 200
    assert (server.hits, kept()) == ([fault] * 2, 0)
    assert_good(ASKS[way](client), way)
    assert len(server.hits) == 3


def test_row_09_an_answer_without_alerts_is_not_kept(play, kept):
    client, server = play("an empty list", "good")
    with pytest.warns(NoResultsWarning, match=OBJECT):
        assert len(ASKS["query_object"](client)) == 0
    assert kept() == 0
    assert_good(ASKS["query_object"](client))
    assert server.hits == ["an empty list", "good"]


@pytest.mark.parametrize(
    ("fault", "began"),
    [
        ("HTML with 200", "b'<!doctype html>"),
        ("invalid JSON", "b'[{\"i:objectId\": ]'"),
        ("100,000 brackets", "b'[[[["),
        ("an empty body", "b''"),
    ],
)
def test_row_12_the_error_shows_how_the_reply_begins(play, fault, began):
    client, server = play(fault)
    message = str(failure(client))
    assert began in message
    assert len(message) < 1000
    assert server.hits == [fault] * 2


@all_ways
@pytest.mark.parametrize("fault", ["JSON called HTML", "JSON called Parquet"])
def test_row_12_the_bytes_decide_not_the_header(play, way, fault):
    client, server = play(fault)
    assert_good(ASKS[way](client), way)
    assert server.hits == [fault]


@pytest.fixture
def memory():
    """Return the peak of memory in bytes, while a response may have ten million bytes."""
    tracemalloc.start()
    with conf.set_temp("max_body_size", 10_000_000):
        yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@all_ways
def test_row_10_a_gzip_bomb_is_refused_before_it_fills_the_memory(play, kept, memory, way):
    client, server = play("gzip bomb")
    assert "10,000,000 bytes (conf.max_body_size)" in str(failure(client, way=way))
    assert memory() < 40_000_000
    assert (server.hits, kept()) == (["gzip bomb"], 0)


def test_row_10_a_bomb_in_a_redirect_is_not_even_read(play, memory):
    client, server = play("gzip bomb in a redirect", "good")
    assert_good(ASKS["query_object"](client))
    assert server.hits == ["gzip bomb in a redirect", "good"]
    assert memory() < 40_000_000


def test_row_10_what_follows_the_end_of_gzip_is_not_heaped_up(play, memory):
    client, server = play("gzip with a long tail")
    with suppress(FinkServiceError):
        assert_good(ASKS["query_object"](client))
    assert set(server.hits) == {"gzip with a long tail"}
    assert memory() < 10_000_000


def test_row_10_the_limit_is_the_last_size_that_is_good(play):
    client, server = play()
    size = len(json.dumps(GOOD["objects"]))
    with conf.set_temp("max_body_size", size):
        assert_good(client.query_object(OBJECT, columns=COLUMNS, cache=False))
    with conf.set_temp("max_body_size", size - 1):
        assert "max_body_size" in str(failure(client))
    assert server.hits == ["good"] * 2


def test_row_13_numbers_that_json_has_not_are_masked(play):
    client, server = play("numbers that JSON has not")
    with pytest.warns(CorruptDataWarning) as warned:
        table = client.query_object(OBJECT)
    assert server.hits == ["numbers that JSON has not"]
    texts = " ".join(str(one.message) for one in warned)
    assert "i:magpsf" in texts
    assert "i:candid" in texts
    assert [table[name].tolist() for name in ("i:magpsf", "i:candid", "x:new")] == [[None] * 4] * 3


def test_row_13_an_integer_that_is_too_long_is_never_a_wrong_integer(play):
    client, server = play("numbers that are too long")
    with pytest.warns(CorruptDataWarning) as warned:
        table = client.query_object(OBJECT)
    assert server.hits == ["numbers that are too long"]
    assert "i:candid" in " ".join(str(one.message) for one in warned)
    assert table["i:candid"].dtype.kind == "i"
    assert table["i:candid"].tolist() == [None, None]
    assert not [number for number in table["x:new"].tolist() if isinstance(number, int)]


READ_BILLIONS = """
import sys, pyarrow
from contextlib import suppress
with suppress(ImportError):
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 * 10**9, 4 * 10**9))
from astroquery_fink import FinkClass
try:
    FinkClass(server=sys.argv[1]).query_object(sys.argv[2], cache=False)
except Exception as error:
    print("ERROR", type(error).__name__, error)
print(pyarrow.default_memory_pool().max_memory())
"""


def test_row_23_parquet_of_billions_of_cells_is_refused_before_it_is_read(tmp_path):
    pytest.importorskip("pyarrow")
    with Faults("Parquet of billions of cells") as server:
        done = subprocess.run(
            [sys.executable, "-c", READ_BILLIONS, server.url, OBJECT],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert set(server.hits) == {"Parquet of billions of cells"}
    *_, message, memory = done.stdout.splitlines()
    assert message.startswith("ERROR FinkServiceError")
    assert server.url in message
    assert "cells" in message
    assert int(memory) < 50_000_000


# Row 11: redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_row_11_a_redirect_to_the_same_host_is_followed_with_the_same_question(play, status):
    client, server = play(f"{status} to another path", "good")
    assert_good(ASKS["query_object"](client))
    first, second = server.requests
    assert second.path == f"/elsewhere{first.path}"
    assert (second.method, second.payload) == ("POST", first.payload)
    assert second.payload["objectId"] == OBJECT
    assert server.hits == [f"{status} to another path", "good"]


@all_ways
def test_row_11_a_redirect_to_another_host_is_refused(play, way):
    client, server = play("redirect to another host")
    error = failure(client, way=way)
    assert f"http://localhost:{urlsplit(server.url).port}" in str(error)
    assert "conf.allowed_hosts" in str(error)
    assert error.status == 302
    assert server.hits == ["redirect to another host"]


def test_row_11_a_redirect_to_a_host_that_the_user_allows_is_followed(play):
    client, server = play("redirect to another host", "good")
    with conf.set_temp("allowed_hosts", "elsewhere.example, localhost"):
        assert_good(ASKS["query_object"](client))
    assert [asked.method for asked in server.requests] == ["POST", "POST"]
    assert server.requests[1].headers["Host"].startswith("localhost")


@all_ways
def test_row_11_a_circle_ends(play, way):
    client, server = play("redirect in a circle")
    assert "redirects in a circle" in str(failure(client, way=way))
    assert set(server.hits) == {"redirect in a circle"}
    assert len(server.hits) < 10


@pytest.mark.parametrize("where", ["a file", "FTP", "nonsense"])
def test_row_11_a_redirect_out_of_the_web_is_refused_with_its_target(play, where):
    client, server = play(f"redirect to {where}")
    message = str(failure(client))
    target = {"a file": "file:///etc/hostname", "FTP": "ftp://127.0.0.1", "nonsense": "http://[nonsense"}
    assert target[where] in message
    assert server.hits == [f"redirect to {where}"]


# Row 14, 22: questions and settings


@pytest.mark.parametrize(
    "objectid",
    [
        "../../etc/passwd",
        f"{OBJECT}/../x",
        f"{OBJECT}\r\nHost: x",
        f"{OBJECT}?a=1",
        f"{OBJECT}#a",
        f"{OBJECT}%0a",
    ],
)
@pytest.mark.parametrize(
    "ask", ["query_object", "query_object_async", "query_objects", "get_cutouts", "get_images_async"]
)
def test_row_14_what_is_no_id_is_never_sent(play, ask, objectid):
    client, server = play()
    with pytest.raises(FinkQueryError, match="is not a valid ZTF object id"):
        getattr(client, ask)(objectid)
    assert server.hits == []


def test_row_14_ids_travel_only_in_the_body(play):
    client, server = play()
    client.query_object(OBJECT)
    client.get_cutouts(OBJECT, kind="Science")
    assert {asked.path for asked in server.requests} == {"/api/v1/objects", "/api/v1/cutouts"}
    assert all(OBJECT not in str(asked.headers) for asked in server.requests)
    assert all(asked.payload["objectId"] == OBJECT for asked in server.requests)


def test_row_22_four_threads_with_cache_false_leave_the_switch_alone(play, kept, monkeypatch):
    together, seen = threading.Barrier(4), []

    def meet(talk):
        together.wait(10)
        seen.append(cache_conf.cache_active)
        FAULTS["good"](talk)

    monkeypatch.setitem(FAULTS, "four at once", meet)
    client, server = play("four at once")
    ask = [
        threading.Thread(target=client.query_object, args=[OBJECT], kwargs={"cache": False}) for _ in range(4)
    ]
    for thread in ask:
        thread.start()
    for thread in ask:
        thread.join()
    assert (server.hits, seen) == (["four at once"] * 4, [True] * 4)
    assert cache_conf.cache_active is True
    assert kept() == 0


# Whose word is taken, and what is told


def test_netrc_is_not_consulted(play, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    client, server = play("307 to another path", "good")
    assert_good(ASKS["query_object"](client))
    assert [asked.headers["Authorization"] for asked in server.requests] == [None, None]


def test_a_proxy_of_the_environment_is_used(play, monkeypatch, tmp_path):
    _, proxy = play()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    client = FinkClass(server="http://fink.example")
    assert len(client.query_object(OBJECT, cache=False))
    assert [asked.path for asked in proxy.requests] == ["http://fink.example/api/v1/objects"]


def test_a_configured_server_without_https_is_refused_before_anything_is_sent(play, monkeypatch):
    _, proxy = play()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with conf.set_temp("server", "http://fink.example"), pytest.raises(FinkQueryError, match="https"):
        FinkClass().query_object(OBJECT, cache=False)
    assert proxy.hits == []


def test_a_configured_server_on_this_machine_needs_no_https(play):
    _, server = play()
    with conf.set_temp("server", server.url):
        assert len(FinkClass().query_object(OBJECT, cache=False))
    assert server.hits == ["good"]


@all_ways
def test_a_further_try_is_told_with_its_wait_and_its_number(play, told, way):
    client, server = play("503, Retry-After 1", "closed before the reply", "good")
    ASKS[way](client)
    first, second = [text for text in told(logging.INFO) if "attempt" in text and "wait" in text]
    for text, parts in ((first, ("503", "1.0 s", "attempt 2 of 3")), (second, ("1.0 s", "attempt 3 of 3"))):
        for part in parts:
            assert part in text
    assert len(server.hits) == 3


MANY = [OBJECT, *(f"ZTF21aaxtc{one}{two}" for one in "abcdefghijkl" for two in "abcdefghijkl")]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("a long answer", pytest.warns(NoResultsWarning)),
        ("a long failure", pytest.raises(FinkQueryError)),
    ],
)
def test_no_body_is_ever_logged_at_length(play, told, fault, outcome):
    client, server = play(fault)
    with conf.set_temp("batch_size", 1000), outcome:
        client.query_objects(MANY)
    texts = told(logging.DEBUG)
    assert any(server.url in text for text in texts)
    assert max(map(len, texts)) <= 1000
    assert server.hits == [fault]

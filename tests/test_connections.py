# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows come from the connection of their own request; proxies are for other machines."""

import io
import json
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
from astropy.io import fits
from faults import OBJECT, Faults
from keepalive import KeepAlive, as_response, rows_of
from replay import client_of

from astroquery_fink import Fink, FinkClass, conf
from astroquery_fink.cli.demo import run_demo

MINE, OTHER = "ZTF21aaxtctv", "ZTF99simsnia"
COLUMNS = "objectId,jd"

pytestmark = pytest.mark.usefixtures("plain_environment", "in_json")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def ids_in(table):
    return table["i:objectId"].tolist()


# A process forks


FORKING = """
import multiprocessing, sys, threading
from astroquery_fink import FinkClass, conf

conf.response_format = "json"
client = FinkClass(server=sys.argv[1])

def ask(objectid):
    table = client.query_object(objectid, columns="objectId,jd", cache=False)
    return table["i:objectId"].tolist() == [objectid]

def ids(who):
    return [f"ZTF21{who}aaa{letter}{number}" for letter in "abcde" for number in "abcde"]

if __name__ == "__main__":
    busy = [threading.Thread(target=lambda: [ask(one) for one in ids("pp")]) for _ in range(4)]
    assert ask("ZTF21ppppppp")
    for thread in busy:
        thread.start()
    with multiprocessing.get_context("fork").Pool(4) as pool:
        right = pool.map(ask, ids("cc"), chunksize=1)
    for thread in busy:
        thread.join()
    print(len(right), all(right))
"""


@needs_fork
def test_processes_that_were_forked_share_no_connection(tmp_path):
    """The client was in use, also by threads, when they were forked."""
    with KeepAlive(lambda *asked: as_response(rows_of(asked[-1]["objectId"]))) as server:
        ran = subprocess.run(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, server.url],
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)},
        )
        assert (ran.stdout, ran.stderr) == ("25 True\n", "")
    used_by = {}
    for number, payload in server.requests:
        used_by.setdefault(number, set()).add(payload["objectId"][5:7])
    assert {"pp"} in used_by.values()
    assert {"cc"} in used_by.values()
    assert all(len(processes) == 1 for processes in used_by.values())


@needs_fork
def test_a_child_has_a_session_and_a_lock_of_its_own():
    """Here the parent's session is unusable: its lock is held by a thread that the child does not have."""
    client = FinkClass(server="http://127.0.0.1:9")
    parents = client._session
    ours, theirs = os.pipe()
    with parents.cookies._cookies_lock:
        child = os.fork()
        if child == 0:
            fresh = client._session is not parents and client._session is client._session
            named = client._session.headers["User-Agent"] == parents.headers["User-Agent"]
            os.write(theirs, b"%d%d" % (fresh, named))
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 10) == b"11"
    assert client._session is parents
    for end in (ours, theirs):
        os.close(end)


def test_threads_share_one_session():
    client, seen = FinkClass(), []
    threads = [threading.Thread(target=lambda: seen.append(client._session)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, seen))) == 1


def test_a_client_can_be_sent_to_another_process():
    with Faults() as server:
        client = pickle.loads(pickle.dumps(FinkClass(server=server.url)))
        assert len(client.query_object(OBJECT, columns="jd", cache=False))
    assert "astroquery" in pickle.loads(pickle.dumps(Fink))._session.headers["User-Agent"]


# More comes than was asked for


def surplus_at_once(number, asked, payload):
    """The first response comes twice."""
    times = 2 if (number, asked) == (0, 0) else 1
    return as_response(rows_of(payload["objectId"])) * times


def surplus_late(number, asked, payload):
    """The first response comes again when the next request has arrived, in place of its own."""
    late = as_response(rows_of(MINE)) if (number, asked) == (0, 1) else b""
    return late + as_response(rows_of(payload["objectId"]))


def one_behind(number, asked, payload):
    """A connection that answers each request with the response to the one before."""
    one_behind.last, answered = payload["objectId"], one_behind.last if asked else payload["objectId"]
    return as_response(rows_of(answered))


@pytest.mark.parametrize("answer", [surplus_at_once, surplus_late, one_behind])
def test_a_surplus_response_never_becomes_the_answer_to_the_next_request(answer, tmp_path):
    with KeepAlive(answer) as server:
        client = client_of(server, tmp_path)
        for one in (MINE, OTHER, MINE, OTHER):
            assert ids_in(client.query_object(one, columns=COLUMNS, cache=False)) == [one]


def test_after_a_response_of_another_request_the_connection_is_not_used_again(tmp_path):
    with KeepAlive(surplus_late) as server:
        client = client_of(server, tmp_path)
        for one in (MINE, OTHER, MINE):
            assert ids_in(client.query_object(one, columns=COLUMNS)) == [one]
        assert [number for number, _ in server.requests] == [0, 0, 1]
        assert client.query_object(OTHER, columns=COLUMNS).meta["cached"]


def test_a_connection_is_used_again_while_nothing_is_wrong(tmp_path):
    with KeepAlive(lambda *asked: as_response(rows_of(asked[-1]["objectId"]))) as server:
        client = client_of(server, tmp_path)
        for one in (MINE, OTHER, MINE):
            client.query_object(one, columns=COLUMNS, cache=False)
        assert {number for number, _ in server.requests} == {0}


def test_cutouts_come_over_a_connection_of_their_own(tmp_path):
    """Pixels do not name their alert, so that a surplus response could be mistaken for them."""
    pixels = {f"b:cutout{kind}_stampData": [[1.0, 2.0]] for kind in ("Science", "Template", "Difference")}

    def answer(number, asked, payload):
        if "kind" in payload:
            return as_response(json.dumps(pixels | {"number": [number, asked]}).encode())
        return as_response(rows_of(payload["objectId"]))

    with KeepAlive(answer) as server:
        client = client_of(server, tmp_path)
        client.query_object(MINE, columns=COLUMNS)
        for _ in range(2):
            number, asked = client.get_cutouts_async(MINE, candid=1, cache=False).json()["number"]
            assert (number > 0, asked) == (True, 0)
        client.query_object(OTHER, columns=COLUMNS)
        assert {number for number, payload in server.requests if "kind" not in payload} == {0}


# Proxies


NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def proxied(monkeypatch):
    """The environment names this proxy; return its address."""

    def through(url):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, url)

    return through


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_this_machine_is_asked_without_a_proxy(host, proxied):
    with Faults() as server:
        proxied(NOWHERE)
        client = FinkClass(server=server.url.replace("127.0.0.1", host))
        assert len(client.query_object(OBJECT, columns="jd", cache=False))


def test_the_demo_and_the_sandbox_work_behind_a_proxy(box, proxied, tmp_path, capsys):
    proxied(NOWHERE)
    assert len(FinkClass(server=box.url).query_object("ZTF99simsnia", columns="jd", cache=False))
    assert len(run_demo(tmp_path)) == 4
    assert "simulated" in capsys.readouterr().out


@pytest.mark.parametrize("no_proxy", ["", "other.example"])
def test_other_hosts_are_asked_through_the_proxy(no_proxy, proxied, monkeypatch):
    with Faults() as proxy:
        proxied(proxy.url)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        client = FinkClass(server="http://fink.example")
        assert len(client.query_object(OBJECT, columns="jd", cache=False))
        assert [request.path for request in proxy.requests] == ["http://fink.example/api/v1/objects"]


def test_a_redirect_to_this_machine_bypasses_the_proxy(proxied):
    with Faults() as server, Faults() as proxy:
        proxy.plan = [
            ("redirect", lambda talk: talk.reply(b"", 307, Location=f"{server.url}/api/v1/objects"))
        ]
        proxied(proxy.url)
        with conf.set_temp("allowed_hosts", "127.0.0.1"):
            assert len(
                FinkClass(server="http://fink.example").query_object(OBJECT, columns="jd", cache=False)
            )
        assert (proxy.hits, server.hits) == (["redirect"], ["good"])


def test_cutouts_of_an_alert_whose_position_is_not_known_come_over_a_connection_of_their_own(tmp_path):
    """The position in a file is the only thing that shows to which alert it belongs."""
    file = io.BytesIO()
    fits.PrimaryHDU(np.ones((3, 3), np.float32)).writeto(file)
    with KeepAlive(lambda *asked: as_response(file.getvalue())) as server:
        client = client_of(server, tmp_path, survey="lsst")
        for candid in (1, 2):
            assert client.get_cutouts(candid=candid, kind="Science")[0].header["CANDID"] == candid
        assert len({number for number, _ in server.requests}) == 2

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Errors when the server fails; its response is not cached."""

import json
import socket
from threading import Event

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from astroquery import exceptions as astroquery
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning
from replay import always, as_json, in_turn

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import (
    FailedIdsWarning,
    FinkError,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
)

OBJECT = "ZTF21aaxtctv"
COLUMNS = "i:jd,i:magpsf"
ROWS = [{"i:objectId": OBJECT, "i:candid": 2**53 + 1, "i:jd": 2461122.0, "i:magpsf": 18.5}]
SCHEMA = {"ZTF original fields (i:)": {"magpsf": {"type": "float", "doc": "Magnitude [mag]"}}}
ALERT = ROWS[0] | {"i:fid": 1, "i:ra": 10.0, "i:dec": -5.0}


def html(text):
    return f"<!doctype html>\n<html><body>\n<h1>{text}</h1></body></html>".encode()


@pytest.fixture(autouse=True)
def _one_attempt(in_json):
    with conf.set_temp("attempts", 1):
        yield


@pytest.fixture
def blocked():
    """An event for which a server may wait; it is set when the test is over."""
    event = Event()
    yield event
    event.set()


def failure(client, kind):
    with pytest.raises(kind) as caught:
        client.query_object(OBJECT, columns=COLUMNS)
    return caught.value


# Refusals and failures


@pytest.mark.parametrize(
    ("status", "body", "reason", "kind", "familiar"),
    [
        (400, b"{'status': 'error', 'text': 'No.\\n'}", "No.", FinkQueryError, astroquery.InvalidQueryError),
        (400, b"just text", "just text", FinkQueryError, ValueError),
        (415, b'{"message": "Not JSON"}', "Not JSON", FinkQueryError, astroquery.InvalidQueryError),
        (429, b"slow down", "slow down", FinkServiceError, astroquery.RemoteServiceError),
        (500, b'{"message": "Oops"}', "Oops", FinkServiceError, astroquery.RemoteServiceError),
        (502, html("Bad Gateway"), "Bad Gateway", FinkServiceError, astroquery.RemoteServiceError),
        (404, html("Not Found"), "Not Found", FinkServiceError, astroquery.RemoteServiceError),
        (503, b"", "", FinkServiceError, astroquery.RemoteServiceError),
    ],
)
def test_a_failure_says_what_was_asked_and_what_the_server_said(serve, status, body, reason, kind, familiar):
    client, server = serve(always(status, "text/html", body))
    error = failure(client, kind)
    assert isinstance(error, FinkError)
    assert isinstance(error, familiar)
    assert (error.status, error.endpoint, error.reason) == (status, "objects", reason)
    assert error.url == f"{server.url}/api/v1/objects"
    for words in (str(status), "objects", error.url, OBJECT, reason):
        assert words in str(error)
    assert error.payload["objectId"] == OBJECT
    assert "{" not in str(error).replace(reason, "")


@pytest.mark.parametrize(
    "body", [b"{{}}", b"{[]: 1}", b"[" * 100_000, b"9" * 5000, b"\xff\0", b"{'text': '\\d'}"]
)
def test_a_failure_in_any_words_is_an_error_of_ours(serve, body):
    client, _ = serve(always(500, "text/html", body))
    assert failure(client, FinkServiceError).status == 500


@pytest.mark.parametrize(
    "body",
    [
        html("Maintenance"),
        b"",
        b"Get object data based on ZTF ID",
        json.dumps(ROWS).encode()[:-10],
        b"[" * 100_000,
        b'{"message": "no rows here"}',
        b"[1, 2]",
        b'"text"',
        b"null",
        b"PAR1",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_table_is_an_error_with_status_200_and_is_not_kept(serve, body):
    client, server = serve(always(200, "application/json", body))
    for _ in range(2):
        error = failure(client, FinkServiceError)
        assert (error.status, error.endpoint) == (200, "objects")
        assert repr(body[:40]) in str(error)
        assert len(str(error)) < 600
    assert len(server.requests) == 2


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"text", html("Maintenance")])
@pytest.mark.parametrize(("ask", "endpoint"), [("list_columns", "schema"), ("list_classes", "classes")])
def test_what_is_no_list_is_an_error_and_is_not_kept(serve, ask, endpoint, body):
    client, server = serve(always(200, "application/json", body))
    for _ in range(2):
        with pytest.raises(FinkServiceError) as caught:
            getattr(client, ask)()
        assert (caught.value.status, caught.value.endpoint) == (200, endpoint)
    assert len(server.requests) == 2


@pytest.mark.parametrize("ask", ["list_columns", "list_classes"])
def test_a_message_instead_of_a_list_is_an_error_and_is_not_kept(serve, ask):
    client, server = serve(lambda *_: as_json({"message": "Down for maintenance"}))
    for _ in range(2):
        with pytest.raises(FinkServiceError):
            getattr(client, ask)()
    assert len(server.requests) == 2


def test_a_message_instead_of_stamps_is_an_error(serve):
    client, _ = serve(
        lambda _, path, __: as_json({"message": "Oops"} if path.endswith("cutouts") else [ALERT])
    )
    with pytest.raises(FinkServiceError):
        client.get_cutouts(OBJECT)


@pytest.mark.parametrize("pixels", ["text", [["a", "b"]], [[1.0, 2.0], [3.0]], 5])
def test_what_are_no_pixels_is_an_error(serve, pixels):
    def answer(method, path, payload):
        return as_json({"b:cutoutScience_stampData": pixels} if path.endswith("cutouts") else [ALERT])

    client, _ = serve(answer)
    with pytest.raises(FinkServiceError):
        client.get_cutouts(OBJECT, kind="Science")


def test_an_older_server_is_asked_for_its_columns_by_the_older_name(serve):
    client, server = serve(in_turn((404, "text/html", html("Not Found")), as_json(SCHEMA)))
    assert client.list_columns()["name"].tolist() == ["i:magpsf"]
    assert [path for _, path, _ in server.requests] == ["/api/v1/schema", "/api/v1/columns"]


def test_a_broken_schema_is_not_asked_for_by_another_name(serve):
    client, server = serve(always(500, "application/json", b'{"message": "Oops"}'))
    with pytest.raises(FinkServiceError, match="Oops"):
        client.list_columns()
    assert len(server.requests) == 1


def test_a_refusal_in_one_batch_is_a_refusal_of_all(serve):
    client, _ = serve(always(400, "text/plain", b"No."))
    with conf.set_temp("batch_size", 1), pytest.raises(FinkQueryError, match="No."):
        client.query_objects([OBJECT, "ZTF26aamcbly"])


def test_a_long_question_is_shown_by_its_beginning(serve):
    client, _ = serve(always(500, "text/plain", b"Oops"))
    ids = [f"ZTF21aaxtc{one}{two}" for one in "abcdefgh" for two in "abcdefgh"]
    with conf.set_temp("batch_size", 100), pytest.raises(FinkServiceError, match=ids[0]) as caught:
        client.query_objects(ids)
    assert len(str(caught.value)) < 600


# No reply


def test_a_server_that_is_not_there_is_an_error_that_names_its_address(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = FinkClass(server=address)
        client.cache_location = tmp_path
        error = failure(client, FinkServiceError)
    assert isinstance(error, astroquery.RemoteServiceError)
    assert address in str(error)
    assert (error.status, error.endpoint, error.url) == (None, "objects", f"{address}/api/v1/objects")


@pytest.mark.parametrize("timeout", [0.2, 200 * u.ms])
def test_a_server_that_does_not_answer_is_a_timeout(serve, blocked, timeout):
    client, server = serve(lambda *_: (blocked.wait(), as_json(ROWS))[1], timeout=timeout)
    error = failure(client, FinkTimeoutError)
    assert isinstance(error, astroquery.TimeoutError)
    assert "0.2 s" in str(error)
    assert "objects" in str(error)
    assert (error.status, error.url) == (None, f"{server.url}/api/v1/objects")


def test_a_server_that_stops_in_the_middle_is_a_timeout(serve, blocked):
    def pieces():
        yield b"[{"
        blocked.wait()

    client, _ = serve(lambda *_: (200, "application/json", pieces()), timeout=0.2)
    assert failure(client, FinkTimeoutError).endpoint == "objects"


def test_a_server_that_hangs_up_in_the_middle_is_an_error_and_nothing_is_kept(serve):
    def pieces():
        yield json.dumps(ROWS).encode()
        raise ConnectionAbortedError

    client, server = serve(lambda *_: (200, "application/json", pieces()))
    for _ in range(2):
        assert failure(client, FinkServiceError).endpoint == "objects"
    assert len(server.requests) == 2


def test_the_timeout_is_read_when_it_is_needed(serve, blocked):
    client, _ = serve(lambda *_: (blocked.wait(), as_json(ROWS))[1])
    with conf.set_temp("timeout", 0.2):
        assert "0.2 s" in str(failure(client, FinkTimeoutError))


# What is kept


def ask(client, **options):
    return client.query_object(OBJECT, columns=COLUMNS, **options)


def test_a_good_answer_is_kept(serve):
    client, server = serve(lambda *_: as_json(ROWS))
    first, second = ask(client), ask(client)
    assert len(server.requests) == 1
    assert (first.meta["cached"], second.meta["cached"]) == (False, True)
    assert second.pformat() == first.pformat()
    assert second.meta["queried"][:19] == first.meta["queried"][:19]


def test_a_kept_answer_is_not_that_of_another_question(serve):
    client, server = serve(lambda *_: as_json(ROWS))
    ask(client)
    client.query_object(OBJECT, columns="i:jd")
    assert len(server.requests) == 2


def test_cache_false_asks_again_and_keeps_nothing(serve):
    client, server = serve(lambda *_: as_json(ROWS))
    for _ in range(2):
        assert not ask(client, cache=False).meta["cached"]
    assert not ask(client).meta["cached"]
    assert len(server.requests) == 3


def test_clear_cache_forgets_what_was_kept(serve):
    client, server = serve(lambda *_: as_json(ROWS))
    ask(client)
    client.clear_cache()
    assert not ask(client).meta["cached"]
    assert len(server.requests) == 2


def test_an_empty_answer_is_not_kept(serve):
    client, server = serve(in_turn(as_json([]), as_json(ROWS)))
    with pytest.warns(NoResultsWarning, match=OBJECT):
        assert len(ask(client)) == 0
    assert len(ask(client)) == 1
    assert len(server.requests) == 2


def test_a_failure_is_not_kept(serve):
    client, server = serve(in_turn(as_json({"message": "Oops"}, 500), as_json(ROWS)))
    failure(client, FinkServiceError)
    assert len(ask(client)) == 1
    assert len(server.requests) == 2


def test_an_answer_that_was_changed_on_disk_is_asked_for_again(serve, tmp_path):
    client, server = serve(lambda *_: as_json(ROWS))
    ask(client)
    (kept,) = (tmp_path / "cache").glob("*.response")
    kept.write_bytes(kept.read_bytes()[:-1])
    assert not ask(client).meta["cached"]
    assert len(server.requests) == 2


def test_lists_are_kept(serve):
    client, server = serve(lambda *_: as_json(SCHEMA))
    assert client.list_columns()["name"].tolist() == client.list_columns()["name"].tolist()
    assert len(server.requests) == 1


def test_an_object_with_as_many_alerts_as_the_server_gives_is_named(serve):
    rows = [ROWS[0] | {"i:candid": number} for number in range(10_000)]
    client, _ = serve(lambda *_: as_json(rows))
    with pytest.warns(MaxResultsWarning, match=f"10,000 alerts of one object; there may be more of {OBJECT}"):
        table = client.query_object(OBJECT, columns=COLUMNS)
    assert table.meta["cut"] == [OBJECT]


def test_cones_of_which_none_came_are_an_empty_table_if_so_wished(serve):
    client, _ = serve(always(503, "text/html", html("Down")))
    places = SkyCoord([10, 20], [0, 0], unit="deg")
    with pytest.warns(FailedIdsWarning, match="2 of 2"), pytest.warns(NoResultsWarning, match="nothing"):
        table = client.query_region(places, "5 arcsec", columns="magpsf", on_error="warn")
    assert table.colnames == ["index", "i:magpsf", "v:separation_degree"]
    assert table.meta["failed"] == [0, 1]
    with pytest.raises(FinkServiceError) as caught:
        client.query_region(places, "5 arcsec")
    assert caught.value.failed == [0, 1]

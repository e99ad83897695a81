# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A response is cached when its Table stands, and an older one serves wherever the user allows it."""

import pytest
from clock import FakeClock
from replay import Replay, always, as_json, client_of

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FailedIdsWarning, FinkServiceError, StaleResponseWarning
from astroquery_fink.http.cache import Store

FIRST, SECOND, THIRD = "ZTF21aaxtctv", "ZTF99simsnia", "ZTF18abcdefg"
COLUMNS = "objectId,jd"
DAY = 86400.0
down = always(503, "text/html", b"<h1>maintenance</h1>")
pytestmark = pytest.mark.usefixtures("in_json")


def healthy(method, path, payload):
    rows = [
        {"i:objectId": one, "i:candid": number, "i:jd": 2460000.5}
        for number, one in enumerate(payload["objectId"].split(","), 1)
    ]
    return as_json(rows)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def server():
    with Replay(healthy) as server:
        yield server


@pytest.fixture
def old(server, clock, tmp_path):
    """A client that takes old responses where its server fails."""
    with conf.set_temp("stale_if_error", True):
        yield client_of(server, tmp_path, clock)


@pytest.fixture
def later(server, clock):
    """Let days pass, and let the server fail from then on."""

    def pass_by(days):
        clock.start += days * DAY
        server.answer = down

    return pass_by


# Cached when the Table stands


BROKEN = {
    "rows of another object": [{"i:objectId": SECOND, "i:candid": 1, "i:jd": 2460000.5}],
    "a list of texts": ["i:jd"],
    "a message": {"message": "sorry"},
}


@pytest.mark.parametrize("twin", ["query_object", "query_object_async"])
@pytest.mark.parametrize("rows", BROKEN.values(), ids=BROKEN)
def test_what_makes_no_table_is_not_cached(tmp_path, rows, twin):
    """The next call gets a response, because the server has recovered."""
    with Replay(always(*as_json(rows))) as server:
        client = client_of(server, tmp_path)
        with pytest.raises(FinkServiceError):
            getattr(client, twin)(FIRST, columns=COLUMNS)
        server.answer = healthy
        assert client.query_object(FIRST, columns=COLUMNS)["i:objectId"].tolist() == [FIRST]


def test_one_broken_response_loses_only_its_own_object(tmp_path):
    def answer(method, path, payload):
        if SECOND in payload["objectId"]:
            return 200, "application/json", b'[{"i:jd": 2460000.5'
        return healthy(method, path, payload)

    with Replay(answer) as server:
        client = client_of(server, tmp_path)
        with pytest.warns(FailedIdsWarning, match=f"1 of 3: {SECOND}"):
            table = client.query_objects([FIRST, SECOND, THIRD], columns=COLUMNS, on_error="warn")
    assert table["i:objectId"].tolist() == [FIRST, THIRD]


# Old responses


def test_one_object_is_served_from_an_old_response(old, later):
    old.query_object(FIRST, columns=COLUMNS)
    later(days=3)
    with pytest.warns(StaleResponseWarning, match="72.0 hours old"):
        assert old.query_object(FIRST, columns=COLUMNS).meta["cached"]


def test_an_old_batch_serves_though_one_of_its_objects_was_cached_alone(old, later, server):
    old.query_objects([FIRST, SECOND, THIRD], columns=COLUMNS)
    later(days=3)
    server.answer = healthy
    old.query_object(SECOND, columns=COLUMNS)
    server.answer = down
    with pytest.warns(StaleResponseWarning):
        table = old.query_objects([FIRST, SECOND, THIRD], columns=COLUMNS)
    assert table["i:objectId"].tolist() == [FIRST, SECOND, THIRD]


def test_old_responses_of_single_objects_serve_a_batch(old, later):
    for one in (FIRST, SECOND):
        old.query_object(one, columns=COLUMNS)
    later(days=3)
    with pytest.warns(StaleResponseWarning):
        table = old.query_objects([FIRST, SECOND], columns=COLUMNS)
    assert table["i:objectId"].tolist() == [FIRST, SECOND]
    assert table.meta["failed"] == []


def test_an_object_that_was_never_cached_is_named_beside_old_ones(old, later):
    old.query_object(FIRST, columns=COLUMNS)
    later(days=3)
    with pytest.warns((StaleResponseWarning, FailedIdsWarning)) as caught:
        table = old.query_objects([FIRST, SECOND], columns=COLUMNS, on_error="warn")
    assert {one.category for one in caught} == {StaleResponseWarning, FailedIdsWarning}
    assert table["i:objectId"].tolist() == [FIRST]
    assert table.meta["failed"] == [SECOND]


def test_old_responses_serve_the_twin_and_a_folder(old, later, tmp_path):
    pytest.importorskip("pyarrow")
    old.query_objects([FIRST, SECOND], columns=COLUMNS)
    later(days=3)
    with pytest.warns(StaleResponseWarning):
        (response,) = old.query_objects_async([FIRST, SECOND], columns=COLUMNS)
    assert len(response.json()) == 2
    with pytest.warns(StaleResponseWarning):
        folder = old.query_objects([FIRST, SECOND], columns=COLUMNS, outdir=tmp_path / "curves")
    assert len(list(folder.glob("*.parquet"))) == 1


def test_without_leave_an_outage_is_an_error(old, later):
    old.query_objects([FIRST, SECOND], columns=COLUMNS)
    later(days=3)
    with conf.set_temp("stale_if_error", False), pytest.raises(FinkServiceError):
        old.query_objects([FIRST, SECOND], columns=COLUMNS)


def test_the_body_of_an_old_response_is_not_read_while_the_server_answers(old, later, server, monkeypatch):
    """A body that cannot be read does no harm where it is not needed."""
    old.query_object(FIRST, columns=COLUMNS)
    later(days=3)
    server.answer = healthy
    read = []
    monkeypatch.setattr(Store, "read", lambda store, key: read.append(key))
    assert not old.query_object(FIRST, columns=COLUMNS).meta["cached"]
    assert read == []


# Decimals


def test_meta_tells_numbers_that_the_server_rounded(fink: FinkClass):
    pytest.importorskip("pyarrow")
    with conf.set_temp("response_format", "auto"):
        assert not fink.query_object("ZTF99simsnia").meta["rounded"]
        assert fink.query_object("ZTF99simsnia", withupperlim=True).meta["rounded"]
        assert fink.query_objects("ZTF99simsnia,ZTF99simrrly", withupperlim=True).meta["rounded"]
        assert not fink.query_objects("ZTF99simsnia,ZTF99simrrly").meta["rounded"]
    assert fink.query_object("ZTF99simsnia").meta["rounded"]

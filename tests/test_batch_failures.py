# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many ids at once: how many requests, what fails alone, what a second call has left to ask."""

import os
import signal
import threading
from collections import Counter
from contextlib import nullcontext
from itertools import count, product
from string import ascii_lowercase

import pytest
from astroquery.exceptions import NoResultsWarning
from readings import cells_of
from replay import as_json

from astroquery_fink import FinkClass, conf
from astroquery_fink import batch as bulk
from astroquery_fink.exceptions import FailedIdsWarning, FinkQueryError, FinkServiceError
from astroquery_fink.http.clock import Clock
from fink_sandbox import Sandbox

IDS = ["ZTF21aaaa" + "".join(letters) for letters in product(ascii_lowercase[:10], repeat=3)]
COLUMNS = ["i:objectId", "i:candid", "i:jd", "i:magpsf"]
STAMPS = {"b:cutoutScience_stampData": [[1.0, 2.0], [3.0, 4.0]]}
RETRIES = 20


def rows_of(objectid):
    number = IDS.index(objectid)
    return [
        {"i:objectId": objectid, "i:candid": 2**53 + 2 * number + day, "i:jd": 2461122.0 - day - number / 1e4}
        | {"i:magpsf": 15 + number / 100}
        for day in range(2)
    ]


def facts(ids):
    """The rows that a Table of these objects must have."""
    return [tuple(row[name] for name in COLUMNS) for one in ids for row in rows_of(one)]


def facts_in(table):
    return cells_of(table, COLUMNS)


def ids_in(payload):
    return payload["objectId"].split(",")


def healthy(_, path, payload):
    """Respond as Fink does: the newest alert of all objects first."""
    if path.endswith("cutouts"):
        return as_json(STAMPS)
    rows = [row for one in ids_in(payload) for row in rows_of(one)]
    return as_json(sorted(rows, key=lambda row: -row["i:jd"]))


def failing(fails, status=503):
    """Respond with a status if ``fails`` is true for the number and the payload of a request."""
    numbers = count(1)

    def answer(method, path, payload):
        return (
            as_json({"message": "planned"}, status)
            if fails(next(numbers), payload)
            else healthy(method, path, payload)
        )

    return answer


def poisoned(*ids, status=500):
    return failing(lambda _, payload: not set(ids).isdisjoint(ids_in(payload)), status)


@pytest.fixture(autouse=True)
def _settings(in_json):
    with (
        conf.set_temp("batch_size", 5),
        conf.set_temp("max_connections", 1),
        conf.set_temp("batch_retries", RETRIES),
    ):
        yield


@pytest.fixture
def serve(serve):
    """Start a server that answers; ``sleep`` is called instead of waiting."""

    def start(answer=healthy, sleep=lambda seconds: None):
        return serve(answer, clock=Clock(sleep=sleep, random=lambda: 0.0))

    return start


def query(client, ids, **options):
    return client.query_objects(ids, columns=COLUMNS, **options)


def asked(server, since=0):
    """The ids in each request."""
    return [ids_in(payload) for _, _, payload in server.requests[since:]]


def failure(client, ids, kind=FinkServiceError, **options):
    with pytest.raises(kind) as caught:
        query(client, ids, **options)
    return caught.value


def assert_a_second_call_asks_only_for(ids, client, server, all_ids):
    """Let the server recover: a second call requests these ids, and a third call none."""
    server.answer = healthy
    before = len(server.requests)
    assert facts_in(query(client, all_ids)) == facts(all_ids)
    assert Counter(sum(asked(server, before), [])) == Counter(ids)
    before = len(server.requests)
    assert facts_in(query(client, all_ids)) == facts(all_ids)
    assert len(server.requests) == before


# Row 24: some ids fail


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("place", [0, 3, 9])
def test_row_24_an_id_that_always_fails_fails_alone(serve, place, connections):
    bad, ids = IDS[place], IDS[:10]
    client, server = serve(poisoned(bad))
    others = [one for one in ids if one != bad]
    with conf.set_temp("max_connections", connections):
        error = failure(client, ids)
        assert (error.failed, facts_in(error.table), error.status) == ([bad], facts(others), 500)
        assert bad in str(error)
        before = len(server.requests)
        assert failure(client, ids).failed == [bad]
        assert set(sum(asked(server, before), [])) == {bad}
    assert_a_second_call_asks_only_for([bad], client, server, ids)


def test_row_24_an_id_that_always_fails_and_is_asked_for_alone(serve):
    client, server = serve(poisoned(IDS[1]))
    with conf.set_temp("batch_size", 1):
        error = failure(client, IDS[:3])
        assert (error.failed, facts_in(error.table)) == ([IDS[1]], facts([IDS[0], IDS[2]]))
        assert Counter(sum(asked(server), [])) == {IDS[0]: 1, IDS[1]: 2, IDS[2]: 1}
        assert_a_second_call_asks_only_for([IDS[1]], client, server, IDS[:3])


def test_row_24_an_id_that_takes_too_long_for_a_gateway_fails_alone(serve):
    client, _ = serve(poisoned(IDS[3], status=504))
    assert failure(client, IDS[:10]).failed == [IDS[3]]


def test_row_24_an_id_whose_rows_are_broken_fails_alone(serve):
    client, server = serve()
    server.answer = lambda *asked: (
        (200, "text/html", b"<h1>Oops</h1>") if IDS[3] in ids_in(asked[2]) else healthy(*asked)
    )
    assert failure(client, IDS[:10]).failed == [IDS[3]]


def test_row_24_nothing_came(serve):
    client, _ = serve(poisoned(*IDS[:3]))
    error = failure(client, IDS[:3])
    assert error.failed == IDS[:3]
    assert error.table is None


@pytest.mark.parametrize("connections", [1, 4])
def test_row_24_a_thousand_ids_and_a_server_that_fails_for_a_while(serve, connections):
    ids, answered = IDS[:1000], set()
    flaky = failing(lambda number, _: 10 <= number <= 20)

    def answer(*request):
        reply = flaky(*request)
        if reply[0] == 200:
            answered.update(ids_in(request[2]))
        return reply

    client, server = serve(answer)
    with conf.set_temp("batch_size", 25), conf.set_temp("max_connections", connections):
        with conf.set_temp("attempts", 2):
            error = failure(client, ids)
        failed = [one for one in ids if one not in answered]
        assert 0 < len(failed) < 300
        assert error.failed == failed
        assert facts_in(error.table) == facts([one for one in ids if one in answered])
        assert f"{len(failed)} of 1000" in str(error)
        assert_a_second_call_asks_only_for(failed, client, server, ids)


def test_row_24_with_a_warning_the_rest_is_returned(serve):
    client, server = serve(poisoned(IDS[3]))
    with pytest.warns(FailedIdsWarning, match=IDS[3]) as told:
        table = query(client, IDS[:10], on_error="warn")
    assert len(told) == 1
    assert table.meta["failed"] == [IDS[3]]
    assert table.meta["missing"] == []
    assert facts_in(table) == facts([one for one in IDS[:10] if one != IDS[3]])
    server.answer = healthy
    assert query(client, IDS[:10], on_error="warn").meta["failed"] == []


def test_row_24_replies_unread(serve):
    client, server = serve(poisoned(IDS[7]))
    with pytest.raises(FinkServiceError) as caught:
        client.query_objects_async(IDS[:15], columns=COLUMNS)
    assert (caught.value.failed, caught.value.table) == (IDS[5:10], None)
    with pytest.warns(FailedIdsWarning, match=IDS[7]):
        replies = client.query_objects_async(IDS[:15], columns=COLUMNS, on_error="warn")
    assert [reply.json()[0]["i:objectId"] for reply in replies] == [IDS[0], IDS[10]]
    assert [one for one in asked(server) if one == IDS[:5]] == [IDS[:5]]


def test_a_failed_id_is_not_a_missing_one(serve):
    client, server = serve()
    server.answer = lambda *asked: as_json([]) if IDS[0] in ids_in(asked[2]) else poisoned(IDS[2])(*asked)
    with conf.set_temp("batch_size", 1), pytest.warns(NoResultsWarning) as warned:
        table = query(client, IDS[:3], on_error="warn")
    assert (table.meta["failed"], table.meta["missing"]) == ([IDS[2]], [IDS[0]])
    assert [(IDS[0] in str(one.message), IDS[2] in str(one.message)) for one in warned] == [
        (False, True),
        (True, False),
    ]


# Row 25: Ctrl-C


@pytest.mark.parametrize("connections", [1, 3])
def test_row_25_ctrl_c_in_a_wait_keeps_what_came(serve, connections):
    def ctrl_c(_):
        raise KeyboardInterrupt

    client, server = serve(failing(lambda _, payload: IDS[10] in ids_in(payload)), sleep=ctrl_c)
    with conf.set_temp("max_connections", connections):
        with pytest.raises(KeyboardInterrupt):
            query(client, IDS[:100])
        assert IDS[10:15] in asked(server)
        assert len(server.requests) < 20
        came = [one for part in asked(server) for one in part if part != IDS[10:15]]
        assert len(came) >= 10
        assert_a_second_call_asks_only_for(
            [one for one in IDS[:100] if one not in came], client, server, IDS[:100]
        )


def test_row_25_ctrl_c_from_the_keyboard_keeps_what_came(serve):
    pressed = threading.Event()

    def on_signal(*_):
        pressed.set()
        raise KeyboardInterrupt

    def answer(*request):
        if len(server.requests) == 3:
            os.kill(os.getpid(), signal.SIGINT)
            assert pressed.wait(10)
        return healthy(*request)

    client, server = serve(answer)
    usual = signal.signal(signal.SIGINT, on_signal)
    try:
        with pytest.raises(KeyboardInterrupt):
            query(client, IDS[:500])
    finally:
        signal.signal(signal.SIGINT, usual)
    came = sum(asked(server), [])
    assert 15 <= len(came) < 500
    assert_a_second_call_asks_only_for(
        [one for one in IDS[:500] if one not in came], client, server, IDS[:500]
    )


def test_row_25_ctrl_c_at_the_progress_bar_leaves_the_rest_alone(monkeypatch):
    pressed, begun = threading.Event(), []

    class Bar(nullcontext):
        def __enter__(self):
            return self

        def reach(self, done):
            pressed.set()
            raise KeyboardInterrupt

    def fetch(part):
        begun.append(part)
        assert part == 0 or pressed.wait(10)

    monkeypatch.setattr(bulk, "Bar", lambda *_, **__: Bar())
    with pytest.raises(KeyboardInterrupt):
        bulk.fetch_all(list(range(5000)), fetch, connections=1, show_progress=True)
    assert len(begun) < 5000


# How many requests


def test_no_more_than_the_connections_allowed_at_once(serve):
    together = threading.Barrier(4)
    in_work, most, lock = 0, 0, threading.Lock()

    def answer(*request):
        nonlocal in_work, most
        with lock:
            in_work += 1
            most = max(most, in_work)
        together.wait(10)
        with lock:
            in_work -= 1
        return healthy(*request)

    client, server = serve(answer)
    with conf.set_temp("max_connections", 4):
        assert facts_in(query(client, IDS[:200])) == facts(IDS[:200])
    assert (len(server.requests), most) == (40, 4)


def test_the_sandbox_counts_no_more_either(box):
    with Sandbox(sky=box.sky) as box, conf.set_temp("max_connections", 2):
        FinkClass(server=box.url).get_images("ZTF99simsnia", kind="Science", cache=False)
        assert len(box.requests) > 10
        assert 1 <= box.peak_connections <= 2


def test_the_order_is_that_of_the_ids_whichever_part_comes_first(serve):
    ids, others_came = IDS[19::-1], threading.Semaphore(0)

    def answer(*request):
        reply = healthy(*request)
        if ids[0] not in ids_in(request[2]):
            others_came.release()
            return reply
        assert all(others_came.acquire(timeout=10) for _ in range(3))
        return reply

    client, server = serve(answer)
    with conf.set_temp("max_connections", 4):
        assert facts_in(query(client, ids)) == facts(ids)
    assert len(server.requests) == 4


def test_an_outage_does_not_multiply_requests(serve):
    client, server = serve(failing(lambda *_: True))
    assert failure(client, IDS[:250]).failed == IDS[:250]
    assert len(server.requests) == 50 + RETRIES


def test_an_outage_does_not_triple_the_load_with_the_usual_settings(serve):
    client, server = serve(failing(lambda *_: True))
    with (
        conf.set_temp("batch_size", 25),
        conf.set_temp("batch_retries", type(conf).batch_retries.defaultvalue),
    ):
        assert failure(client, IDS).failed == IDS
    assert len(server.requests) <= 2 * 40


def test_an_outage_that_says_500_does_not_multiply_requests(serve):
    client, server = serve(failing(lambda *_: True, 500))
    assert failure(client, IDS[:250]).failed == IDS[:250]
    assert len(server.requests) <= 2 * (50 + RETRIES)


@pytest.mark.parametrize("connections", [1, 4])
def test_further_tries_are_shared_by_the_batch(serve, connections):
    client, server = serve(failing(lambda *_: True))
    with conf.set_temp("batch_retries", 3), conf.set_temp("max_connections", connections):
        error = failure(client, IDS[:50])
        assert len(server.requests) == 10 + 3
        assert "conf.batch_retries" in str(error) or "tried 3 times" in str(error)
        failure(client, IDS[:50])
        assert len(server.requests) == 2 * (10 + 3)


def test_a_refusal_ends_the_batch_at_once(serve):
    client, server = serve(failing(lambda number, _: number == 3, 400))
    failure(client, IDS, kind=FinkQueryError)
    assert len(server.requests) < 20
    assert asked(server)[:2] == [IDS[:5], IDS[5:10]]


@pytest.mark.parametrize("name", ["query_objects", "query_objects_async", "get_images", "get_images_async"])
def test_an_unknown_way_to_treat_errors_is_refused_before_anything_is_sent(serve, name):
    client, server = serve()
    with pytest.raises(FinkQueryError, match="on_error='ignore'"):
        getattr(client, name)(IDS[0], on_error="ignore")
    assert not server.requests


def test_what_one_object_was_asked_for_alone_is_not_asked_for_again(serve):
    client, server = serve()
    client.query_object(IDS[2], columns=COLUMNS)
    assert facts_in(query(client, IDS[:10])) == facts(IDS[:10])
    assert asked(server) == [[IDS[2]], [IDS[0], IDS[1], IDS[3], IDS[4]], IDS[5:10]]
    assert query(client, IDS[:10]).meta["cached"]
    assert len(server.requests) == 3


# Stamps

ALERTS = 6


def alerts_or_stamps(fails=lambda number, payload: False, status=500):
    """Respond with the alerts of one object, and with its cutouts or failures."""
    alerts = [
        {
            "i:objectId": IDS[0],
            "i:candid": 2**53 + number,
            "i:jd": 2461122.0 - number,
            "i:ra": 1.0,
            "i:dec": 2.0,
        }
        for number in range(ALERTS)
    ]
    stamps = failing(fails, status)
    return lambda *asked: as_json(alerts) if asked[1].endswith("objects") else stamps(*asked)


def candids_asked(server, since=0):
    return [
        int(payload["candid"]) for _, path, payload in server.requests[since:] if path.endswith("cutouts")
    ]


@pytest.mark.parametrize("name", ["get_images", "get_images_async"])
def test_row_24_stamps_that_always_fail_fail_alone(serve, name):
    bad = 2**53 + 3
    client, server = serve(alerts_or_stamps(lambda _, payload: payload["candid"] == str(bad)))
    for since, sent in ((0, ALERTS + 1), (ALERTS + 2, 2)):
        with pytest.raises(FinkServiceError, match=str(bad)) as caught:
            getattr(client, name)(IDS[0])
        assert (caught.value.failed, len(candids_asked(server, since))) == ([bad], sent)
    with pytest.warns(FailedIdsWarning, match=str(bad)):
        assert len(getattr(client, name)(IDS[0], on_error="warn")) == ALERTS - 1
    server.answer = alerts_or_stamps()
    before = len(server.requests)
    images = getattr(client, name)(IDS[0])
    assert (len(images), candids_asked(server, before)) == (ALERTS, [bad])


def test_stamps_that_came_are_in_the_order_of_the_alerts(serve):
    client, _ = serve(alerts_or_stamps(lambda _, payload: payload["candid"] == str(2**53 + 3)))
    with conf.set_temp("max_connections", 3), pytest.warns(FailedIdsWarning):
        images = client.get_images(IDS[0], on_error="warn")
    assert [hdus[0].header["CANDID"] - 2**53 for hdus in images] == [0, 1, 2, 4, 5]


def test_an_outage_does_not_multiply_requests_for_stamps(serve):
    client, server = serve(alerts_or_stamps(lambda *_: True, 503))
    with conf.set_temp("batch_retries", 2), pytest.raises(FinkServiceError) as caught:
        client.get_images(IDS[0])
    assert (len(caught.value.failed), len(candids_asked(server))) == (ALERTS, ALERTS + 2)


def test_row_25_ctrl_c_keeps_the_stamps_that_came(serve):
    def ctrl_c(_):
        raise KeyboardInterrupt

    client, server = serve(alerts_or_stamps(lambda number, _: number == 4, 503), sleep=ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        client.get_images(IDS[0])
    came = [candid for place, candid in enumerate(candids_asked(server), 1) if place != 4]
    assert 3 <= len(came) < ALERTS
    before = len(server.requests)
    assert len(client.get_images(IDS[0])) == ALERTS
    assert sorted(came + candids_asked(server, before)) == [2**53 + number for number in range(ALERTS)]

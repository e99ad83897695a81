# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Any faults in a batch: the right rows, or an error that accounts for every id; nothing wrong is kept."""

import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import FakeClock
from faults import FAULTS, Faults
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from readings import cells_of
from replay import client_of

from astroquery_fink import conf
from astroquery_fink.exceptions import FinkServiceError, FinkTimeoutError

IDS = [f"ZTF21aaaaaa{letter}" for letter in "cafbed"]
COLUMNS = ["i:objectId", "i:candid", "i:jd", "i:magpsf"]
FAULTY = [
    "500",
    "502",
    "503",
    "429, Retry-After 1",
    "429, Retry-After 86400",
    "HTML with 200",
    "closed before the reply",
    "reset before the reply",
    "Content-Length too small",
    "reset in mid-body",
    "gzip cut short",
    "cut at 1",
    "cut at 100",
    "cut at -1",
]


def rows_of(objectid):
    number = IDS.index(objectid)
    row = {"i:objectId": objectid, "i:magpsf": 15.5 + number}
    return [row | {"i:candid": 2**53 + 2 * number + day, "i:jd": 2461122.0 - day} for day in range(2)]


def facts(ids):
    return [tuple(row[name] for name in COLUMNS) for one in ids for row in rows_of(one)]


def facts_in(table):
    return cells_of(table, COLUMNS) if table else []


def body_for(talk):
    ids = talk.request.payload["objectId"].split(",")
    rows = [row for one in ids for row in rows_of(one)]
    return json.dumps(sorted(rows, key=lambda row: -row["i:jd"])).encode()


def right(talk, poison=()):
    """Respond with the requested rows, or with status 500 if one of these ids is requested."""
    if any(one in talk.request.payload["objectId"] for one in poison):
        FAULTS["500"](talk)
    else:
        talk.reply(body_for(talk))


def cut(talk, bytes_left):
    """Respond with a part of the body, with the length of that part."""
    talk.reply(body_for(talk)[:bytes_left])


PLAYS = FAULTS | {f"cut at {left}": partial(cut, bytes_left=left) for left in (1, 100, -1)}


def plan_of(*names, poison=()):
    plays = PLAYS | {"right": partial(right, poison=poison)}
    return [(name, plays[name]) for name in names]


def client_for(server, folder):
    return client_of(server, Path(folder), FakeClock())


def ask(client):
    return client.query_objects(IDS, columns=COLUMNS)


@settings(deadline=None, max_examples=100)
@given(
    plan=st.lists(st.sampled_from(["right", *FAULTY]), min_size=1, max_size=12),
    poison=st.just([]) | st.lists(st.sampled_from(IDS), max_size=2),
    connections=st.sampled_from([1, 3]),
    retries=st.integers(0, 6),
    response_format=st.sampled_from(["json", "auto"]),
)
@example(plan=["503"] * 9, poison=[], connections=1, retries=20, response_format="json")
@example(plan=["right", *["500"] * 12], poison=[], connections=1, retries=20, response_format="auto")
@example(plan=["right", "503"], poison=["ZTF21aaaaaaf"], connections=3, retries=20, response_format="json")
def test_faults_never_make_a_wrong_row_nor_stay(plan, poison, connections, retries, response_format):
    with (
        TemporaryDirectory() as folder,
        Faults() as server,
        conf.set_temp("batch_size", 2),
        conf.set_temp("max_connections", connections),
        conf.set_temp("batch_retries", retries),
        conf.set_temp("response_format", response_format),
    ):
        client = client_for(server, folder)
        server.plan = plan_of(*plan, "right", poison=poison)
        failed, came = outcome(client)
        event("some failed" if failed else "all came")
        assert server.hits[:3] == [*plan, "right", "right"][:3]
        assert [one for one in IDS if one in failed] == failed
        assert set(poison) <= set(failed)
        assert came == facts([one for one in IDS if one not in failed])

        server.plan = plan_of("right")
        before = len(server.requests)
        assert facts_in(ask(client)) == facts(IDS)
        asked = [request.payload["objectId"].split(",") for request in server.requests[before:]]
        assert sorted(sum(asked, [])) == sorted(failed)


def outcome(client):
    """The ids that failed, and the rows received."""
    try:
        return [], facts_in(ask(client))
    except (FinkServiceError, FinkTimeoutError) as error:
        return error.failed, facts_in(error.table)

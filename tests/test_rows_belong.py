# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A Table or a cutout has the rows of its own request, whatever the connection delivers."""

import pytest
from replay import Replay, as_json, client_of, in_turn

from astroquery_fink import conf
from astroquery_fink.exceptions import FailedIdsWarning, FinkServiceError

MINE, OTHER = "ZTF21aaxtctv", "ZTF99simsnia"
STAR, SECOND = 170000000000000001, 170000000000000002
COLUMNS = "jd,magpsf"


def alert(objectid, candid=1, jd=2460000.5):
    return {"i:objectId": objectid, "i:candid": candid, "i:jd": jd, "i:magpsf": 19.0}


@pytest.fixture
def serve(serve):
    """Start a server with these responses, the last again and again."""

    def start(*answers, **settings):
        return serve(in_turn(*answers, repeat_last=True), **settings)

    return start


def cached(client):
    return [path.name for path in client.cache_location.rglob("*.response")]


@pytest.mark.parametrize(
    "rows",
    [
        [alert(OTHER)],
        [alert(MINE), alert(OTHER, candid=2)],
        [alert(MINE), alert(None, candid=2)],
        [{"i:candid": 1, "i:jd": 2460000.5, "i:magpsf": 19.0}],
    ],
    ids=["another object", "another object beside it", "a row without an id", "no column of ids"],
)
def test_rows_of_another_object_are_an_error_and_are_not_cached(serve, rows):
    client, server = serve(as_json(rows))
    for _ in range(2):
        with pytest.raises(FinkServiceError, match="for another request"):
            client.query_object(MINE, columns=COLUMNS)
    assert len(server.requests) == 4
    assert cached(client) == []


def test_a_response_to_another_request_is_fetched_again(serve):
    client, _ = serve(as_json([alert(OTHER)]), as_json([alert(MINE)]))
    table = client.query_object(MINE, columns=f"objectId,{COLUMNS}")
    assert table["i:objectId"].tolist() == [MINE]
    assert client.query_object(MINE, columns=f"objectId,{COLUMNS}").meta["cached"]


def test_a_batch_with_rows_of_another_object_is_fetched_one_by_one(serve):
    client, _ = serve(as_json([alert(OTHER)]), as_json([alert(OTHER)]), as_json([alert(MINE)]))
    ids = [MINE, "ZTF18abcdefg"]
    with conf.set_temp("max_connections", 1), pytest.warns(FailedIdsWarning, match="ZTF18abcdefg"):
        table = client.query_objects(ids, columns="objectId,jd", on_error="warn")
    assert table["i:objectId"].tolist() == [MINE]
    assert table.meta["failed"] == ["ZTF18abcdefg"]


@pytest.mark.parametrize("name", ["query_forced_photometry", "query_summary"])
def test_measurements_of_another_object_are_an_error(serve, name):
    row = {"r:diaObjectId": SECOND, "r:midpointMjdTai": 61000.0, "r:psfFlux": 1.0}
    client, _ = serve(as_json([row]), survey="lsst")
    with pytest.raises(FinkServiceError, match=f"for another request: it has rows of {SECOND}"):
        getattr(client, name)(STAR)
    assert cached(client) == []


@pytest.mark.parametrize("ids", [[STAR], [STAR, 170000000000000003]])
def test_alerts_of_another_object_of_rubin_are_an_error(serve, ids):
    row = {"r:diaObjectId": SECOND, "r:diaSourceId": 1, "r:midpointMjdTai": 61000.0}
    client, _ = serve(as_json([row]), survey="lsst")
    with pytest.raises(FinkServiceError, match="for another request"):
        client.query_objects(ids, columns="midpointMjdTai")


def test_objects_outside_the_cone_are_an_error(serve):
    row = alert(MINE) | {"v:separation_degree": 0.1}
    client, _ = serve(as_json([row]))
    with pytest.raises(FinkServiceError, match="outside the cone"):
        client.query_region("186.7 15.2", "5 arcsec", columns="magpsf")
    assert client.query_region("186.7 15.2", "0.2 deg", columns="magpsf")["i:magpsf"].tolist() == [19.0]


def test_a_cutout_of_another_alert_of_rubin_is_an_error_and_is_not_cached(fink_lsst, box_lsst, tmp_path):
    """The reference position of the image tells."""
    sent = fink_lsst.get_cutouts_async(SECOND, kind="Science").content
    rows = fink_lsst.query_object_async(STAR)
    answers = {
        "sources": (200, rows.headers["Content-Type"], rows.content),
        "cutouts": (200, "application/octet-stream", sent),
    }
    with Replay(lambda _, path, __: answers[path.rpartition("/")[2]]) as server:
        client = client_of(server, tmp_path, survey="lsst")
        with pytest.raises(FinkServiceError, match="not at .* of the requested alert"):
            client.get_cutouts(STAR, kind="Science")
        assert len(cached(client)) == 1  # the alerts


def test_an_alert_that_the_server_repeats_is_one_row(serve):
    client, _ = serve(as_json([alert(MINE), alert(MINE), alert(MINE, candid=2, jd=2460001.5)]))
    table = client.query_object(MINE, columns="candid,jd")
    assert table["i:candid"].tolist() == [2, 1]


def test_upper_limits_which_have_no_alert_id_are_never_taken_for_repeated(serve):
    limit = {"i:objectId": MINE, "i:candid": -1, "i:fid": 1, "i:diffmaglim": 20.0, "d:tag": "upperlim"}
    rows = [limit | {"i:jd": 2460000.5}, limit | {"i:jd": 2460000.5, "i:fid": 2}]
    client, _ = serve(as_json(rows))
    assert len(client.query_object(MINE, columns="candid,jd,fid,diffmaglim", withupperlim=True)) == 2


def test_a_full_window_of_repeated_alerts_is_still_full(serve):
    """The number of rows received tells whether a window was cut, not that of different alerts."""
    rows = [alert(MINE, jd=2460000.5), alert(MINE, jd=2460000.5)]
    client, _ = serve(as_json({"Fink classifiers": ["SN candidate"]}), as_json(rows))
    table = client.query_class("SN candidate", n=2, columns="candid,jd")
    assert len(table) == 1
    assert not table.meta["complete"]


def test_an_object_with_alerts_but_without_forced_photometry_is_told_so(serve):
    client, _ = serve(as_json([]), survey="lsst")
    with pytest.warns(match=f"Fink has no forced photometry of {STAR}"):
        client.query_forced_photometry(STAR)
    with pytest.warns(match=f"Fink has no summary of {STAR}"):
        client.query_summary(STAR)
    with pytest.warns(match=f"Fink has no alert of {STAR}"):
        client.query_object(STAR)


def test_a_row_without_an_alert_id_is_no_repeat_of_alert_0(serve):
    rows = [
        {"r:diaObjectId": STAR, "r:diaSourceId": one, "r:midpointMjdTai": 61000.0} for one in (None, 0, 0)
    ]
    client, _ = serve(as_json(rows), survey="lsst")
    ids = client.query_object(STAR, columns="diaSourceId")["r:diaSourceId"]
    assert sorted(ids.tolist(), key=str) == [0, None]

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Time ranges of cone searches: which objects of Rubin they contain, on servers of any version."""

import warnings

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astroquery.exceptions import InputWarning, NoResultsWarning
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from replay import as_json

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError
from fink_sandbox import Sandbox, Sky

SUPERNOVA = 170000000000000001
ID, TIME, FIRST = "r:diaObjectId", "r:midpointMjdTai", "f:firstDiaSourceMjdTaiFink"
RADIUS = 5 * u.deg
MILLISECOND = 1 / 86_400_000  # days
CONE = "61.5 -47.5", "5 arcsec"


def tai(mjd):
    return Time(mjd, format="mjd", scale="tai")


class Field:
    """A field with objects of different ages, and the times of all their detections."""

    def __init__(self, box, folder):
        self.client = FinkClass("lsst", server=box.url)
        self.client.cache_location = folder / "cache"
        row = self.client.query_object(SUPERNOVA, columns="ra,dec")[0]
        self.centre = SkyCoord(row["r:ra"], row["r:dec"], unit="deg")
        ids = self.client.query_region(self.centre, RADIUS, columns="diaObjectId")[ID].tolist()
        sources = self.client.query_objects(ids, columns="diaObjectId,midpointMjdTai")
        times = sources[TIME].tolist()
        self.detections = {one: [] for one in ids}
        for objectid, time in zip(sources[ID].tolist(), times, strict=True):
            self.detections[objectid].append(time)
        self.times = np.array(times)
        self.ends = sorted({end(times) for times in self.detections.values() for end in (min, max)})

    def found(self, **arguments):
        """The ids that a search finds."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoResultsWarning)
            table = self.client.query_region(self.centre, RADIUS, columns="diaObjectId", **arguments)
        assert len(set(table[ID].tolist())) == len(table)
        return set(table[ID].tolist())

    def varied(self, kind, start, stop):
        """The ids of which the detections say so."""
        if kind == "within":
            return {
                one for one, times in self.detections.items() if start <= min(times) <= max(times) <= stop
            }
        return {one for one, times in self.detections.items() if max(times) >= start and min(times) <= stop}


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    sky = Sky(seed=5)
    for kind in ("snia", "dwarfnova", "agn", "snia", "snia", "dwarfnova") * 3:
        sky.add(kind, beside="ZTF99simsnia")
    with Sandbox(sky=sky, survey="lsst") as box:
        yield Field(box, tmp_path_factory.mktemp("field"))


@st.composite
def bounds(draw, field):
    """The first or newest detection of an object, or a time that is not near any detection."""
    if draw(st.booleans()):
        return draw(st.sampled_from(field.ends))
    time = draw(st.sampled_from(field.ends)) + draw(st.floats(-50, 50))
    assume(np.abs(field.times - time).min() > 2 * MILLISECOND)
    return time


@pytest.mark.parametrize("response_format", ["json", "auto"])
@pytest.mark.parametrize("kind", ["within", "across"])
@settings(deadline=None, max_examples=20, database=None)
@given(data=st.data())
def test_a_cone_has_the_objects_whose_detections_say_so(field, response_format, kind, data):
    start, stop = sorted(data.draw(st.tuples(bounds(field), bounds(field))))
    assume(start < stop)
    begin, end = tai(start), tai(stop)
    with conf.set_temp("response_format", response_format):
        for arguments, first, last in (
            ({"start": begin}, start, np.inf),
            ({"stop": end}, -np.inf, stop),
            ({"start": begin, "stop": end}, start, stop),
            ({"start": begin, "window": stop - start}, start, stop),
        ):
            expected = field.varied(kind, first, last)
            assert field.found(kind=kind, **arguments) == expected, arguments


def test_the_kinds_differ_and_none_is_empty(field):
    start, stop = field.ends[3], field.ends[-12]
    within, across = field.varied("within", start, stop), field.varied("across", start, stop)
    assert 0 < len(within) < len(across)
    assert field.found(start=tai(start), stop=tai(stop)) == within
    assert field.found(start=tai(start), stop=tai(stop), kind="across") == across


def test_the_row_of_an_object_that_varied_across_is_its_newest_alert(field):
    times = field.detections[SUPERNOVA]
    stop = tai(min(times) + 1)
    table = field.client.query_region(field.centre, "5 arcsec", stop=stop, kind="across")
    assert (table[ID].tolist(), table[TIME].tolist()) == ([SUPERNOVA], [max(times)])
    assert max(times) > stop.mjd


def test_many_positions_have_one_time_range(field):
    table = field.client.query_region(
        SkyCoord([field.centre, field.centre]), "5 arcsec", start=tai(field.ends[0]), kind="across"
    )
    assert table["index"].tolist() == [0, 1]
    assert set(table[ID].tolist()) == {SUPERNOVA}


# Servers that do not do as they should


def row(first, last, objectid=SUPERNOVA):
    return {
        ID: objectid,
        "r:diaSourceId": objectid,
        TIME: last,
        FIRST: first,
        "r:ra": 61.5,
        "r:dec": -47.5,
        "v:separation_degree": 0.0,
    }


ROWS = [row(*times, objectid=SUPERNOVA + number) for number, times in enumerate(
    [(61000.5, 61000.5), (60990.5, 61000.5), (61000.5, 61020.5), (60990.5, 61020.5), (60990.5, 60995.5),
     (61020.5, 61025.5), (None, 61000.5)]
)]  # fmt: skip
SPAN = {"start": tai(61000), "stop": tai(61010)}


def server_of(version, rows=ROWS):
    """Respond with the same rows whatever the time range is, and with a version, or 500 if it is None."""

    def answer(method, path, payload):
        if path == "/swagger.json":
            content = {"info": {"version": version}, "paths": {}}
            return as_json(content, 500 if version is None else 200)
        return as_json(rows)

    return answer


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (SPAN, [0]),
        (SPAN | {"kind": "within"}, [0]),
        (SPAN | {"kind": "across"}, [0, 1, 2, 3]),
        ({"start": SPAN["start"]}, [0, 2, 5]),
        ({"stop": SPAN["stop"]}, [0, 1, 4, 6]),
        ({"start": SPAN["start"], "window": 10}, [0]),
        ({}, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_rows_outside_the_time_range_are_dropped(serve, in_json, arguments, kept):
    client, _ = serve(server_of("3.7.0"), survey="lsst")
    table = client.query_region(*CONE, columns="diaObjectId", **arguments)
    assert sorted(table[ID].tolist()) == [SUPERNOVA + number for number in kept]


def paths(server):
    return [path for _, path, _ in server.requests]


@pytest.mark.parametrize("version", ["3.5.0", "3.6.99", "2.10", "3"])
def test_across_is_refused_if_the_server_is_too_old_for_it(serve, in_json, version):
    client, server = serve(server_of(version), survey="lsst")
    for method in (client.query_region, client.query_region_async):
        with pytest.raises(FinkQueryError, match=f"kind='across' needs Fink/LSST 3.7.0: .* is {version} "):
            method(*CONE, kind="across", **SPAN)
    assert paths(server) == ["/swagger.json"]


def test_across_is_refused_by_an_older_sandbox_that_would_ignore_it(tmp_path):
    with Sandbox(survey="lsst", version="3.5.0") as box:
        client = FinkClass("lsst", server=box.url)
        client.cache_location = tmp_path / "cache"
        assert client.server_version() == "3.5.0"
        with pytest.raises(FinkQueryError, match="select by r:midpointMjdTai and f:firstDiaSourceMjdTaiFink"):
            client.query_region(*CONE, kind="across", **SPAN)


@pytest.mark.parametrize("version", ["3.7.0", "3.7", "3.10", "4.0.0rc1", "v3.7.1"])
def test_the_version_is_asked_once_a_day(serve, in_json, version):
    client, server = serve(server_of(version), survey="lsst")
    for _ in range(2):
        assert len(client.query_region(*CONE, kind="across", columns="diaObjectId", **SPAN)) == 4
    assert paths(server) == ["/swagger.json", "/api/v1/conesearch"]


@pytest.mark.parametrize(("version", "words"), [(None, "cannot be had"), ("main", "is 'main'")])
def test_across_is_sent_with_a_warning_if_the_version_is_unknown(serve, in_json, version, words):
    client, server = serve(server_of(version), survey="lsst")
    with pytest.warns(InputWarning, match=rf"kind='across' is sent .*{words}.*before 3\.7\.0"):
        table = client.query_region(*CONE, kind="across", columns="diaObjectId", **SPAN)
    assert len(table) == 4
    assert paths(server) == ["/swagger.json", "/api/v1/conesearch"]


def test_the_version_does_not_matter_for_the_default(serve, in_json):
    client, server = serve(server_of(None), survey="lsst")
    client.query_region(*CONE, columns="diaObjectId", **SPAN)
    client.query_region(*CONE, kind="within", columns="diaObjectId", **SPAN)
    client.query_region(*CONE, kind="across", get_query_payload=True, **SPAN)
    assert set(paths(server)) == {"/api/v1/conesearch"}

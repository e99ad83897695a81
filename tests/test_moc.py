"""Searches in a MOC: the objects in it, all of them and no others, and the requests that find them."""

import ast
import gzip
import io
import subprocess
import sys
import warnings

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Latitude, Longitude, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from replay import Replay, client_of

from astroquery_fink import FinkClass, conf, formats
from astroquery_fink.arguments.healpix import split_uniq
from astroquery_fink.arguments.mocs import cones_of
from astroquery_fink.exceptions import FailedIdsWarning, FinkQueryError, FinkServiceError
from fink_sandbox import Sandbox, Sky
from fink_sandbox.lsst.ids import object_id

mocpy = pytest.importorskip("mocpy")
pytest.importorskip("astropy_healpix")
MOC = mocpy.MOC

LARGEST = 18000.0  # arcsec
NAMES = {"ztf": ("i:objectId", "i:ra", "i:dec"), "lsst": ("r:diaObjectId", "r:ra", "r:dec")}
TIMES = {"ztf": ("i:jdstarthist", "i:jd"), "lsst": ("r:midpointMjdTai", "r:midpointMjdTai")}
AROUND_SUPERNOVA = (186.7283, 15.2104)


def disk(ra, dec, radius, order=8):
    return MOC.from_cone(Longitude(ra * u.deg), Latitude(dec * u.deg), radius=radius * u.deg, max_depth=order)


@st.composite
def disks(draw, largest, smallest=0.01, poles=True):
    """A cone anywhere, often at RA 0 or at a pole."""
    limits = (-90, 90) if poles else (-20, 70)
    ra = draw(st.one_of(st.floats(0, 360), st.sampled_from([0.0, 359.9])))
    dec = draw(st.one_of(st.floats(*limits), st.sampled_from([float(limits[0]), 0.0, float(limits[1])])))
    return disk(ra, dec, draw(st.floats(smallest, largest)), draw(st.integers(4, 9)))


@st.composite
def polygons(draw):
    """A triangle of some degrees."""
    ra, dec, size = draw(st.floats(0, 360)), draw(st.floats(-20, 65)), draw(st.floats(1, 10))
    corners = SkyCoord(ra, dec, unit="deg").directional_offset_by([10, 130, 250] * u.deg, size * u.deg)
    return MOC.from_polygon_skycoord(corners, max_depth=draw(st.integers(5, 9)))


@st.composite
def regions(draw, largest=12, smallest=0.01, poles=True):
    """A cone, a polygon, a ring, a union, or cells of any order."""
    one, other = (draw(disks(largest, smallest, poles)) for _ in range(2))
    cells = draw(st.lists(st.tuples(st.integers(2, 12), st.floats(0, 0.9999)), min_size=1, max_size=8))
    of_cells = MOC.new_empty(12)
    for order, at in cells:
        of_cells = of_cells.union(MOC.from_json({str(order): [int(12 * 4**order * at)]}))
    choices = [one, one.union(other), one.difference(other), draw(polygons()), of_cells]
    return draw(st.sampled_from(choices))


def positions_in(moc, number=400):
    """Positions that lie in a MOC, many of them at the corners of its cells."""
    from astropy_healpix import healpix_to_lonlat

    random = np.random.default_rng(1)
    order, index = split_uniq(np.asarray(moc.uniq_hpx))
    chosen = random.integers(0, len(order), number)
    dx, dy = (np.clip(random.uniform(-0.3, 1.3, number), 0.001, 0.999) for _ in "xy")
    lon, lat = healpix_to_lonlat(index[chosen], 1 << order[chosen], dx=dx, dy=dy, order="nested")
    return SkyCoord(lon, lat)


# The cells


@given(order=st.integers(0, 29), fraction=st.floats(0, 1))
def test_the_number_of_a_cell_of_any_order_tells_its_order_and_its_index(order, fraction):
    index = min(int(fraction * 12 * 4**order), 12 * 4**order - 1)
    numbers = np.array([4 * 4**order, 4 * 4**order + index, 16 * 4**order - 1])
    orders, indices = split_uniq(numbers)
    assert orders.tolist() == [order] * 3
    assert indices.tolist() == [0, index, 12 * 4**order - 1]


# The cones


@settings(max_examples=100)
@given(moc=regions(largest=40))
def test_every_position_in_a_moc_lies_in_one_of_its_cones(moc):
    assume(not moc.empty())
    inside = positions_in(moc)
    assert np.all(moc.contains_skycoords(inside))
    centers, radii = cones_of(moc, LARGEST, most=10_000)
    distances = inside[:, None].separation(centers[None, :]).arcsec
    assert np.all(np.any(distances <= radii, axis=1))
    assert np.all((radii > 0) & (radii <= LARGEST))


@pytest.mark.parametrize(
    ("moc", "most", "area"),
    [
        (disk(10, 10, 0.05, 13), 1, 0.012),  # the area of all cones, in square degrees
        (disk(0, 0, 4.0), 1, 60),
        (disk(77, 90, 4.5), 1, 80),
        (disk(10, 10, 0.1, 12).union(disk(15, 10, 0.1, 12)), 2, 0.1),
        (disk(40, 40, 15, 9).difference(disk(40, 40, 14.9, 9)), 120, 100),
    ],
    ids=["small", "one cone", "pole", "two", "ring"],
)
def test_a_moc_takes_few_cones_with_little_sky_outside_it(moc, most, area):
    _, radii = cones_of(moc, LARGEST, most=1000)
    assert len(radii) <= most
    assert np.sum(np.pi * (radii / 3600) ** 2) < area


def test_a_moc_of_very_many_cells_is_covered_as_well():
    random = np.random.default_rng(1)
    inside = SkyCoord(*(random.uniform(low, low + 12, 20_000) for low in (355, 30)), unit="deg")
    moc = MOC.from_skycoords(inside, max_norder=16)
    centers, radii = cones_of(moc, LARGEST, most=20)
    distances = inside[:, None].separation(centers[None, :]).arcsec
    assert np.all(np.any(distances <= radii, axis=1))


def test_a_moc_that_takes_too_many_cones_is_refused_with_remedies():
    scattered = MOC.from_json({"10": [4**6 * number for number in range(50)]})
    with conf.set_temp("max_cones", 20), pytest.raises(FinkQueryError) as caught:
        FinkClass().query_region(scattered, get_query_payload=True)
    for words in ("0.1639 square degrees", "more than 20 cones (conf.max_cones)", "moc.degrade_to_order(4)"):
        assert words in str(caught.value)
    with conf.set_temp("max_cones", 20):
        assert len(FinkClass().query_region(scattered.degrade_to_order(4), get_query_payload=True)) <= 20
    with conf.set_temp("max_cones", 100):
        assert len(FinkClass().query_region(scattered, get_query_payload=True)) == 50


# The objects


class Field:
    """A client of a simulated sky with many objects, and the truth: the newest row of each."""

    def __init__(self, box, survey, ids, folder):
        self.client = FinkClass(survey, server=box.url)
        self.client.cache_location = folder
        self.names = NAMES[survey]
        rows = self.client.query_objects(ids, columns=[*self.names, *set(TIMES[survey])])
        _, newest, number = np.unique(np.asarray(rows[self.names[0]]), return_index=True, return_inverse=True)
        self.truth = rows[newest]
        self.positions = SkyCoord(*(self.truth[name] for name in self.names[1:3]), unit="deg")
        first, time = TIMES[survey]
        self.first, self.newest = np.full(len(newest), np.inf), np.asarray(rows[time])[newest]
        np.minimum.at(self.first, number, np.asarray(rows[first]))

    def found(self, moc, **arguments):
        """The ids that a search finds, each once."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoResultsWarning)
            table = self.client.query_region(moc, columns=self.names[0], **arguments)
        assert table.colnames == [self.names[0]]
        assert len(set(table[self.names[0]].tolist())) == len(table)
        return set(table[self.names[0]].tolist())

    def inside(self, moc, chosen=True):
        """The ids of the objects that lie in a MOC."""
        return set(self.truth[self.names[0]][moc.contains_skycoords(self.positions) & chosen].tolist())


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """A field of each survey."""
    sky = Sky(seed=3)
    sky.populate(150, alerts=3)
    numbers = [object_id(sky.seed, one.objectid) for one in sky.targets if one.kind != "asteroid"]
    with Sandbox(sky=sky, survey="lsst") as rubin:
        lsst = Field(rubin, "lsst", numbers, tmp_path_factory.mktemp("lsst"))
        sky.crowd(3000, objects=3000)
        with Sandbox(sky=sky) as box:
            yield {"ztf": Field(box, "ztf", sky.objects, tmp_path_factory.mktemp("ztf")), "lsst": lsst}


@pytest.fixture(params=["ztf", "lsst"])
def field(request, fields):
    return fields[request.param]


@settings(max_examples=30)
@given(moc=regions(poles=False))
def test_the_objects_found_in_a_moc_are_those_whose_position_it_contains(fields, moc):
    assume(not moc.empty())
    assert fields["ztf"].found(moc) == fields["ztf"].inside(moc)


@settings(max_examples=10)
@given(moc=disks(20, 10, poles=False))
def test_so_are_those_of_rubin(fields, moc):
    assert fields["lsst"].found(moc) == fields["lsst"].inside(moc)


def test_the_region_may_hold_ra_0_and_many_cones(field):
    moc = disk(0, 20, 14, 7)
    found = field.found(moc)
    assert len(found) > 3
    assert found == field.inside(moc)


def test_an_object_that_several_cones_have_is_one_row(field):
    moc = disk(120, 20, 20, 7)
    payloads = field.client.query_region(moc, get_query_payload=True)
    centers = SkyCoord(*([one[name] for one in payloads] for name in ("ra", "dec")), unit="deg")
    objects = field.positions[moc.contains_skycoords(field.positions)]
    hits = objects[:, None].separation(centers[None, :]).arcsec < [one["radius"] for one in payloads]
    assert np.sum(hits) > len(objects)
    assert len(field.found(moc)) == len(objects)


def test_rows_are_newest_first_with_the_columns_of_a_cone_without_the_distance(field):
    moc = disk(120, 20, 12, 7)
    table = field.client.query_region(moc)
    cone = field.client.query_region(SkyCoord(120, 20, unit="deg"), "5 deg")
    time = {"ztf": "i:jd", "lsst": "r:midpointMjdTai"}[field.client.survey]
    assert len(table) > 1
    assert np.all(np.diff(table[time]) <= 0)
    assert set(cone.colnames) - set(table.colnames) == {"v:separation_degree"}


def test_requested_columns_and_no_others(fink):
    table = fink.query_region(disk(*AROUND_SUPERNOVA, 1), columns="magpsf,drb")
    assert table.colnames == ["i:magpsf", "i:drb"]


@pytest.mark.parametrize(
    ("client", "times"),
    [
        ("fink", {"start": "2025-03-01", "stop": "2025-04-01"}),
        ("fink", {"start": "2025-03-01", "window": 30}),
        ("fink_lsst", {"start": "2025-03-01", "stop": "2025-04-01", "kind": "across"}),
        ("fink_lsst", {"start": "2025-01-01", "stop": "2027-01-01", "kind": "within"}),
    ],
    ids=str,
)
def test_time_ranges_mean_what_they_mean_for_a_position(request, client, times):
    client = request.getfixturevalue(client)
    name = NAMES[client.survey][0]
    moc = disk(*AROUND_SUPERNOVA, 4, 9)
    table, cone = client.query_region(moc, **times), client.query_region("186.7283 15.2104", "5 deg", **times)
    ra, dec = NAMES[client.survey][1:]
    inside = moc.contains_skycoords(SkyCoord(cone[ra], cone[dec], unit="deg"))
    assert len(table) > 0
    assert set(table[name].tolist()) == set(cone[name][inside].tolist())


def test_nothing_in_a_moc_is_an_empty_table_with_its_columns_and_a_warning(fink):
    with pytest.warns(NoResultsWarning, match="1 cone of a MOC of order 8"):
        table = fink.query_region(disk(10, -25, 1), columns="objectId,magpsf")
    assert (len(table), table.colnames) == (0, ["i:objectId", "i:magpsf"])


def test_a_region_that_the_survey_does_not_observe_is_warned_of(fink):
    with pytest.warns(NoResultsWarning) as caught:
        fink.query_region(disk(10, -60, 2))
    assert "ZTF observes declinations north of -31" in str(caught[0].message)


# Around the time of an event

DAYS_AFTER = {"ztf": 5, "lsst": 6}
LONGEST = {"ztf": 6, "lsst": np.inf}  # days between the first and the newest detection


def first_detected(field, event):
    """Which objects the service takes for those first detected around an event."""
    around = (field.first >= event - 1) & (field.first < event + DAYS_AFTER[field.client.survey])
    return around & (field.newest - field.first <= LONGEST[field.client.survey])


def around(field, moc, event):
    """The ids that a search in a MOC around a time finds, each once."""
    survey = {"ztf": ("jd", "utc"), "lsst": ("mjd", "utc")}[field.client.survey]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)
        table = field.client.query_skymap(moc, event_time=Time(event, format=survey[0], scale=survey[1]))
    found = table[field.names[0]].tolist()
    assert len(set(found)) == len(found)
    return set(found)


@settings(max_examples=25)
@given(data=st.data(), survey=st.sampled_from(["ztf", "lsst"]))
def test_a_search_around_an_event_finds_all_objects_in_the_moc_and_no_others(fields, data, survey):
    field = fields[survey]
    moc = data.draw(regions(largest=80))
    assume(not moc.empty())
    event = float(data.draw(st.sampled_from(field.first.tolist()))) + data.draw(st.floats(-4.5, 0.9))
    assert around(field, moc, event) == field.inside(moc, first_detected(field, event))


def test_a_moc_smaller_than_the_pixels_of_the_server_is_searched_as_well(field):
    """No pixel of nside 128 has its middle in such a MOC."""
    young = np.flatnonzero(field.newest - field.first < 6)[:5]
    for row in young.tolist():
        event = float(field.first[row]) + 0.5
        moc = MOC.from_skycoords(field.positions[row : row + 1], max_norder=14)
        assert around(field, moc, event) == field.inside(moc, first_detected(field, event)) != set()


def test_the_whole_sky_is_a_moc(field):
    event = float(np.median(field.first))
    sky = MOC.from_json({"0": list(range(12))})
    assert around(field, sky, event) == field.inside(sky, first_detected(field, event)) != set()


def test_a_moc_is_sent_as_a_small_map_with_its_date():
    moc = disk(40, 30, 10)
    payload = FinkClass().query_skymap(moc, event_time="2025-03-01T12:00:00", get_query_payload=True)
    assert 0 < payload["credible_level"] < 1
    assert len(payload["bayestar"]) < 200_000
    with fits.open(io.BytesIO(gzip.decompress(ast.literal_eval(payload["bayestar"])))) as hdus:
        assert hdus[1].header["DATE-OBS"] == "2025-03-01T12:00:00.000"
        chance = np.array(hdus[1].data["PROB"])
    assert (len(chance), hdus[1].header["ORDERING"]) == (12 * 128**2, "NESTED")
    levels = np.cumsum(np.sort(chance)[::-1])
    touched = np.sum(chance == chance.max())
    assert np.sum(levels <= payload["credible_level"]) == touched
    assert touched == len(np.asarray(moc.degrade_to_order(7).flatten()))


def test_the_table_of_a_moc_has_the_columns_of_an_event_and_tells_the_moc(fink):
    moc = disk(149.5, 23.5, 5)
    table = fink.query_skymap(moc, event_time="2025-02-20T01:00:00")
    assert table.colnames == fink.query_skymap("S990220sim", credible_level=0.5).colnames
    assert table.meta["moc_order"] == 8
    assert "sha256" in table.meta["payload"]
    assert np.all(np.diff(table["i:jd"]) <= 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "event_time is missing: a MOC has no time"),
        (
            {"event_time": "2025-03-01", "credible_level": 0.9},
            "credible_level=0.9: a MOC is the region itself",
        ),
        ({"event_time": "soon"}, "event_time='soon' is not a valid time"),
        ({"event_time": 60000}, "event_time=60000 is not a valid time"),
    ],
    ids=str,
)
def test_what_a_moc_needs_and_what_it_does_not_have(arguments, words):
    with pytest.raises(FinkQueryError, match=words):
        FinkClass().query_skymap(disk(10, 10, 1), **arguments)


# What the user is told


def test_meta_has_the_moc_and_the_cones(fink, tmp_path):
    moc = disk(*AROUND_SUPERNOVA, 8, 7)
    table = fink.query_region(moc)
    assert table.meta["moc_order"] == 7
    assert table.meta["moc_sky_fraction"] == pytest.approx(moc.sky_fraction)
    assert table.meta["payload"].startswith("8 cones of a MOC of order 7, the first: {")
    assert (table.meta["failed"], table.meta["cached"], table.meta["survey"]) == ([], False, "ztf")
    for name in ("table.fits", "table.ecsv", "table.vot"):
        formats.write(table, tmp_path / name)
        assert formats.read(tmp_path / name).meta["moc_order"] == 7


def test_a_cached_response_serves_each_cone(fink):
    moc = disk(*AROUND_SUPERNOVA, 3)
    first, second = fink.query_region(moc), fink.query_region(moc)
    assert second.meta["cached"]
    assert first["i:candid"].tolist() == second["i:candid"].tolist()


def test_the_requests_are_cones_and_so_are_the_unread_responses(fink):
    moc = disk(*AROUND_SUPERNOVA, 8, 7)
    payloads = fink.query_region(moc, columns="magpsf", get_query_payload=True)
    assert len(payloads) == 8
    for payload in payloads:
        assert 0 < payload["radius"] <= LARGEST
        assert {"i:ra", "i:dec", "i:objectId", "i:jd"} <= set(payload["columns"].split(","))
    responses = fink.query_region_async(moc)
    assert [one.status_code for one in responses] == [200] * 8


def test_cones_for_which_the_server_fails_are_named(tmp_path, clock):
    def failing_in_the_north(_, path, payload):
        return (500, "text/plain", b"planned") if payload["dec"] > 0 else (200, "application/json", b"[]")

    moc = disk(10, 20, 1).union(disk(10, -20, 1))
    with Replay(failing_in_the_north) as server:
        client = client_of(server, tmp_path, clock=clock)
        with pytest.raises(
            FinkServiceError, match=r"failed for 1 of 2: a cone of 1.\d* deg around 10.0"
        ) as error:
            client.query_region(moc)
        assert error.value.failed[0].startswith("a cone of 1")
        with pytest.warns((FailedIdsWarning, NoResultsWarning)):
            table = client.query_region(moc, on_error="warn")
    assert table.meta["failed"] == error.value.failed


# What is refused


@pytest.mark.parametrize(
    ("moc", "words"),
    [
        (lambda: MOC.new_empty(8), "coordinates is an empty MOC: give one that covers some of the sky"),
        (
            lambda: mocpy.TimeMOC.new_empty(20),
            "coordinates is a TimeMOC: give a mocpy.MOC",
        ),
        (lambda: mocpy.STMOC.new_empty(20, 8), "coordinates is a STMOC: give a mocpy.MOC"),
    ],
    ids=["empty", "TimeMOC", "STMOC"],
)
def test_other_mocs_are_refused(moc, words):
    with pytest.raises(FinkQueryError, match=words):
        FinkClass().query_region(moc(), get_query_payload=True)
    with pytest.raises(FinkQueryError, match=words.replace("coordinates", "source")):
        FinkClass().query_skymap(moc(), event_time="2025-03-01", get_query_payload=True)


def test_a_moc_has_no_radius_and_a_position_needs_one():
    with pytest.raises(FinkQueryError, match="radius='1 deg' is not for a MOC"):
        FinkClass().query_region(disk(10, 10, 1), "1 deg")
    with pytest.raises(FinkQueryError, match="radius is missing: give a Quantity"):
        FinkClass().query_region("10 10")


def test_without_astropy_healpix_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "astropy_healpix", None)
    with pytest.raises(FinkQueryError, match=r"a MOC needs astropy-healpix.*astroquery_fink\[moc\]"):
        FinkClass().query_region(disk(10, 10, 1))


def test_positions_do_not_import_mocpy():
    code = "import sys; from astroquery_fink import Fink\n"
    code += "Fink.query_region('10 10', '5 arcsec', get_query_payload=True); print('mocpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"

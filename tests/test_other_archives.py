"""Fink's tables go together with those of other archives, whose clients ask simulated ones on loopback."""

import threading
from urllib.parse import urlsplit

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table, hstack, join, unique, vstack
from astropy.time import Time
from astropy.wcs import WCS
from astroquery.exceptions import NoResultsWarning
from neighbours import Neighbours, ned_address
from readings import middles

IDS = ["ZTF99simsnia", "ZTF99simrrly", "ZTF99simagnx", "ZTF99simdwno", "ZTF99simedge"]
ASTEROID = 9900001
NEAR = 2 * u.arcsec

pytestmark = pytest.mark.usefixtures("neighbours")


@pytest.fixture
def objects(fink):
    """The newest alert of each object."""
    alerts = fink.query_objects(IDS, columns="objectId,candid,jd,ra,dec,magpsf")
    return unique(alerts, keys="i:objectId", keep="first")


@pytest.fixture
def alerts(fink):
    """Alerts of an asteroid with their ephemerides, oldest first."""
    table = fink.query_sso(
        ASTEROID, withephem=True, columns="candid,jd,exptime,ra,dec,magpsf,Dhelio,Dobs,Phase"
    )
    table.sort("i:jd")
    return table[:30]


def place(objects, objectid):
    row = objects[objects["i:objectId"] == objectid]
    return SkyCoord(row["i:ra"], row["i:dec"])[0]


def xmatch(objects, catalogue, radius=NEAR):
    from astroquery.xmatch import XMatch

    sent = Table({"objectId": objects["i:objectId"], "my_ra": objects["i:ra"], "my_dec": objects["i:dec"]})
    table = XMatch.query(cat1=sent, cat2=catalogue, max_distance=radius, colRA1="my_ra", colDec1="my_dec")
    table["i:objectId"] = table["objectId"].astype(str)
    return table


def horizons(alerts, name=ASTEROID):
    from astroquery.jplhorizons import Horizons

    body = Horizons(id=str(name), id_type="smallbody", location="I41", epochs=middles(alerts).jd.tolist())
    return body.ephemerides(quantities="1,9,19,20,24", extra_precision=True)


def test_there_is_one_row_for_each_object_the_newest(fink, objects):
    assert sorted(objects["i:objectId"]) == sorted(IDS)
    for row in objects:
        assert row["i:jd"] == fink.query_object(row["i:objectId"], columns="jd")["i:jd"].max()


def test_simbad_takes_all_places_in_one_question(objects, neighbours):
    from astroquery.simbad import Simbad

    places = SkyCoord(objects["i:ra"], objects["i:dec"])
    found = Simbad.query_region(places, radius=NEAR)
    cones = [fields["QUERY"] for _, fields in neighbours.requests if "CIRCLE" in fields.get("QUERY", "")]
    assert len(cones) == 1
    assert cones[0].count("CIRCLE") == len(IDS)
    apart = places[:, None].separation(SkyCoord(found["ra"], found["dec"]))
    known = objects["i:objectId"][apart.min(axis=1) < NEAR]
    assert sorted(known) == ["ZTF99simagnx", "ZTF99simrrly", "ZTF99simsnia"]


def test_simbad_tells_types(objects):
    from astroquery.simbad import Simbad

    simbad = Simbad()
    simbad.add_votable_fields("otype")
    found = simbad.query_region(place(objects, "ZTF99simrrly"), radius=NEAR)
    assert set(found["otype"]) == {"RR*", "*"}


def test_a_place_that_simbad_does_not_know_is_no_error(objects):
    from astroquery.simbad import Simbad

    with pytest.warns(NoResultsWarning):
        assert len(Simbad.query_region(place(objects, "ZTF99simedge"), radius=NEAR)) == 0


def test_gaia_gives_the_nearest_first_within_the_radius(objects):
    from astroquery.gaia import Gaia

    centre = place(objects, "ZTF99simrrly")
    columns = ["designation", "ra", "dec"]
    found = Gaia.query_object(centre, radius=NEAR, columns=columns)
    apart = SkyCoord(found["ra"], found["dec"]).separation(centre)
    assert len(found) == 2
    assert apart[0] < apart[1] < NEAR
    assert len(Gaia.query_object(centre, radius=1 * u.arcsec, columns=columns)) == 1


def test_a_star_of_gaia_is_nearer_when_moved_to_the_alert(objects):
    from astroquery.gaia import Gaia

    row = objects[objects["i:objectId"] == "ZTF99simrrly"]
    centre = place(objects, "ZTF99simrrly")
    columns = ["ra", "dec", "pmra", "pmdec", "ref_epoch"]
    found = Gaia.query_object(centre, radius=NEAR, columns=columns)[:1]
    motion = {"pm_ra_cosdec": found["pmra"], "pm_dec": found["pmdec"], "distance": 1 * u.kpc}
    then = SkyCoord(found["ra"], found["dec"], obstime=Time(found["ref_epoch"], format="jyear"), **motion)
    now = then.apply_space_motion(Time(row["i:jd"][0], format="jd"))
    moved = np.hypot(40, 30) * u.mas / u.yr * (Time(row["i:jd"][0], format="jd").jyear - 2016) * u.yr
    assert then.separation(now)[0].to_value("mas") == pytest.approx(moved.to_value("mas"), abs=0.1)
    assert now.separation(centre)[0] < then.separation(centre)[0]


def test_one_table_sent_matches_all_objects(objects, neighbours):
    pairs = xmatch(objects, "vizier:I/355/gaiadr3")
    assert [path for path, _ in neighbours.requests].count("/xmatch") == 1
    assert len(pairs) == 2 * (len(IDS) - 1)
    assert pairs["angDist"].unit == u.arcsec
    assert pairs["angDist"].max() <= NEAR.value


def test_a_match_keeps_ids_units_masks_and_what_was_asked(objects):
    pairs = xmatch(objects, "vizier:I/355/gaiadr3")
    pairs.sort("angDist")
    pairs = unique(pairs, keys="i:objectId", keep="first")
    keys = {"keys": "i:objectId", "join_type": "left", "metadata_conflicts": "silent"}
    both = join(objects, pairs["i:objectId", "Source", "Gmag"], **keys)
    assert len(both) == len(objects)
    assert both["i:candid"].dtype == both["Source"].dtype == np.int64
    assert both["i:candid"].tolist() == objects["i:candid"].tolist()
    assert both["Source"].min() > 2**53
    assert (both["i:magpsf"].unit, both["Gmag"].unit) == (u.mag, u.mag)
    assert both["i:objectId"][both["Source"].mask].tolist() == ["ZTF99simedge"]
    assert both.meta["payload"] == objects.meta["payload"]


def test_xmatch_knows_simbad_too(objects):
    pairs = xmatch(objects, "simbad")
    redshift = dict(zip(pairs["main_id"], pairs["redshift"], strict=True))
    assert redshift["Simulated simsnia"] == 0.0245
    assert np.ma.is_masked(redshift["Simulated simrrly"])


def test_no_match_is_an_empty_table(objects):
    edge = objects[objects["i:objectId"] == "ZTF99simedge"]
    assert len(xmatch(edge, "simbad")) == 0


def test_ned_has_the_galaxy_and_its_redshift(objects):
    from astroquery.ipac.ned import Ned

    centre = place(objects, "ZTF99simsnia")
    found = Ned.query_region(centre, radius=5 * u.arcsec)
    redshift, dec = ("Redshift (z)", "Dec") if "Redshift (z)" in found.colnames else ("Redshift", "DEC")
    assert found[redshift].tolist() == [0.0245]
    apart = SkyCoord(found["RA"], found[dec]).separation(centre)[0]
    assert apart.to_value("arcmin") == pytest.approx(found["Separation"][0], abs=1e-4)


def test_a_deep_stamp_and_a_stamp_of_fink_show_the_same_place(fink, objects):
    from astroquery.hips2fits import hips2fits

    centre = place(objects, "ZTF99simsnia")
    size = {"width": 252, "height": 252, "fov": 63 * u.arcsec}
    deep = hips2fits.query(
        hips="CDS/P/PanSTARRS/DR1/r", projection="TAN", ra=centre.ra, dec=centre.dec, **size
    )[0]
    science = fink.get_cutouts("ZTF99simsnia", kind="Science")["SCIENCE"]
    middle = WCS(deep.header).pixel_to_world(125.5, 125.5)
    assert middle.separation(centre) < 0.01 * u.arcsec
    assert np.allclose(WCS(science.header).world_to_pixel(middle), 31, atol=1)
    row, column = np.unravel_index(deep.data.argmax(), deep.data.shape)
    assert WCS(deep.header).pixel_to_world(column, row).separation(centre) < 1 * u.arcsec


def test_alerts_stand_where_horizons_says(alerts, neighbours):
    seen = horizons(alerts)
    assert neighbours.requests[-1][1]["CENTER"] == "'I41'"
    np.testing.assert_allclose(seen["datetime_jd"], middles(alerts).jd, atol=1e-8)
    offsets = SkyCoord(alerts["i:ra"], alerts["i:dec"]).separation(SkyCoord(seen["RA"], seen["DEC"]))
    assert offsets.max() < 1 * u.arcsec


def test_horizons_agrees_with_the_ephemerides_of_fink(alerts):
    seen = horizons(alerts)
    np.testing.assert_allclose(seen["r"], alerts["Dhelio"], atol=1e-6)
    np.testing.assert_allclose(seen["delta"], alerts["Dobs"], atol=1e-6)
    np.testing.assert_allclose(seen["alpha"], alerts["Phase"], atol=1e-4)
    both = hstack([alerts, seen["V", "r", "delta"]], metadata_conflicts="silent")
    assert both["i:candid"].dtype == np.int64
    assert (both["V"].unit, both["r"].unit, both["i:magpsf"].unit) == (u.mag, u.au, u.mag)


def test_horizons_answers_in_the_order_of_time(alerts):
    backwards = horizons(alerts[::-1])
    assert backwards["datetime_jd"].tolist() == horizons(alerts)["datetime_jd"].tolist()


def test_the_address_of_a_question_to_horizons_is_not_too_long(fink):
    """Fifty times and a few more; astroquery warns above 2000 letters, and warnings are errors here."""
    table = fink.query_sso(ASTEROID, columns="jd,exptime")
    table.sort("i:jd")
    assert len(horizons(table[:50])) == 50


def test_an_asteroid_that_horizons_does_not_know_is_an_error(alerts):
    with pytest.raises(ValueError, match="Unknown target"):
        horizons(alerts, "Nosuchname")


def test_miriade_agrees_with_the_alerts(alerts):
    from astroquery.imcce import Miriade

    some = alerts[:3]
    asked = [Miriade.get_ephemerides(str(ASTEROID), epoch=time, location="I41") for time in middles(some)]
    seen = vstack(asked)
    offsets = SkyCoord(some["i:ra"], some["i:dec"]).separation(SkyCoord(seen["RA"], seen["DEC"]))
    assert offsets.max() < 1 * u.arcsec
    np.testing.assert_allclose(seen["delta"], some["Dobs"], atol=1e-6)


def test_a_name_of_tns_joins_the_object(fink, objects):
    names = fink.resolve_name("ZTF99simsnia", resolver="tns", reverse=True)
    table = Table({"i:objectId": names["objectid"], "tns": names["name"], "redshift": names["redshift"]})
    both = join(objects, table, keys="i:objectId", metadata_conflicts="silent")
    assert both["tns"].tolist() == ["SN 2099sim"]
    assert both["i:candid"].dtype == np.int64


def addresses():
    """The addresses to which the clients of astroquery send requests."""
    from astroquery.hips2fits import hips2fits
    from astroquery.imcce import conf as imcce
    from astroquery.ipac.ned import Ned
    from astroquery.jplhorizons import conf as jpl
    from astroquery.simbad import Simbad
    from astroquery.xmatch import XMatch

    ned = getattr(Ned, ned_address("")[0])
    servers = [
        hips2fits.server,
        imcce.ephemcc_server,
        jpl.horizons_server,
        ned,
        Simbad.tap.baseurl,
        XMatch.URL,
    ]
    return [urlsplit(address).netloc for address in servers]


def test_nothing_is_asked_elsewhere(objects, neighbours):
    """Each client has an address on this machine, and no cache."""
    from astroquery import cache_conf

    assert set(addresses()) == {urlsplit(neighbours.url).netloc}
    assert not cache_conf.cache_active


@pytest.mark.parametrize(
    "gone", ["simbad.SimbadClass.tap", "jplhorizons.Conf.horizons_server", "imcce.Conf.ephemcc_server"]
)
def test_a_client_that_has_changed_leaves_the_others_as_they_were(monkeypatch, gone):
    """An attribute that a newer astroquery lacks is an error that names it, and nothing stays patched."""
    before, threads = addresses(), threading.active_count()
    monkeypatch.delattr(f"astroquery.{gone}")
    with pytest.raises(AttributeError, match=gone.rpartition(".")[2]), Neighbours():
        pass
    monkeypatch.undo()
    assert addresses() == before
    assert threading.active_count() == threads

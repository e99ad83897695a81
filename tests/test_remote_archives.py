"""The live service beside other live archives; run with ``pytest --remote-data=any``."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table
from readings import middles

from astroquery_fink import Fink

pytestmark = pytest.mark.remote_data

OBJECT, ASTEROID = "ZTF21aaxtctv", 8467


@pytest.fixture(scope="module")
def alert():
    return Fink.query_object(OBJECT, columns="objectId,candid,jd,ra,dec", cache=False)[:1]


@pytest.fixture(scope="module")
def place(alert):
    return SkyCoord(alert["i:ra"], alert["i:dec"])[0]


@pytest.fixture(scope="module")
def alerts():
    table = Fink.query_sso(ASTEROID, withephem=True, columns="jd,exptime,ra,dec,magpsf,Dhelio", cache=False)
    table.sort("i:jd")
    return table[-20:]


def test_simbad(place):
    from astroquery.simbad import Simbad

    simbad = Simbad()
    simbad.add_votable_fields("otype")
    found = simbad.query_region(place, radius=5 * u.arcmin)
    assert {"main_id", "ra", "dec", "otype"} <= set(found.colnames)
    assert SkyCoord(found["ra"], found["dec"]).separation(place).max() <= 5.001 * u.arcmin


def test_gaia(place):
    from astroquery.gaia import Gaia

    columns = ["designation", "ra", "dec", "ref_epoch", "pmra", "pmdec", "parallax"]
    found = Gaia.query_object(place, radius=2 * u.arcmin, columns=columns)
    assert [name.lower() for name in found.colnames[:7]] == columns
    assert found["parallax"].unit == u.mas
    assert found["pmra"].unit == u.mas / u.yr


def test_xmatch(alert):
    from astroquery.xmatch import XMatch

    sent = Table({"objectId": alert["i:objectId"], "my_ra": alert["i:ra"], "my_dec": alert["i:dec"]})
    arguments = {"max_distance": 120 * u.arcsec, "colRA1": "my_ra", "colDec1": "my_dec"}
    found = XMatch.query(cat1=sent, cat2="vizier:I/355/gaiadr3", **arguments)
    assert {"angDist", "objectId", "Source", "Gmag"} <= set(found.colnames)
    assert found["Source"].dtype == np.int64
    assert set(found["objectId"].astype(str)) == {OBJECT}
    simbad = XMatch.query(cat1=sent, cat2="simbad", **arguments)
    assert {"main_id", "main_type", "redshift"} <= set(simbad.colnames)


def test_ned(place):
    from astroquery.ipac.ned import Ned

    found = Ned.query_region(place, radius=2 * u.arcmin)
    assert {"Object Name", "RA", "DEC", "Type", "Redshift", "Separation"} <= set(found.colnames)
    assert SkyCoord(found["RA"], found["DEC"], unit="deg").separation(place).max() < 2.01 * u.arcmin


def test_a_stamp_of_panstarrs(place):
    from astroquery.hips2fits import hips2fits

    size = {"width": 252, "height": 252, "fov": 63 * u.arcsec, "projection": "TAN"}
    hdus = hips2fits.query(hips="CDS/P/PanSTARRS/DR1/r", ra=place.ra, dec=place.dec, **size)
    assert hdus[0].data.shape == (252, 252)


def test_horizons(alerts):
    from astroquery.jplhorizons import Horizons

    body = Horizons(id=str(ASTEROID), id_type="smallbody", location="I41", epochs=middles(alerts).jd.tolist())
    seen = body.ephemerides(quantities="1,9,19,20,24", extra_precision=True)
    offsets = SkyCoord(alerts["i:ra"], alerts["i:dec"]).separation(SkyCoord(seen["RA"], seen["DEC"]))
    assert np.median(offsets) < 1 * u.arcsec
    np.testing.assert_allclose(seen["r"], alerts["Dhelio"], atol=1e-4)


def test_miriade(alerts):
    from astroquery.imcce import Miriade

    seen = Miriade.get_ephemerides(str(ASTEROID), epoch=middles(alerts)[0], location="I41")
    place = SkyCoord(alerts["i:ra"], alerts["i:dec"])[0]
    assert SkyCoord(seen["RA"], seen["DEC"])[0].separation(place) < 2 * u.arcsec


def test_tns():
    names = Fink.resolve_name(OBJECT, resolver="tns", reverse=True, cache=False)
    assert len(names)

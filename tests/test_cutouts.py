"""Stamps as FITS."""

import io
import json

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from astroquery.exceptions import InvalidQueryError

from astroquery_fink.exceptions import UnknownObjectError

SUPERNOVA, EDGE, NOBODY = "ZTF99simsnia", "ZTF99simedge", "ZTF98nobodyx"
SHORT_EDGE = "ZTF99fewedge"


@pytest.fixture
def hdus(fink):
    return fink.get_cutouts(SUPERNOVA)


@pytest.fixture
def alert(fink):
    return fink.query_object(SUPERNOVA)[0]


def test_an_alert_has_three_stamps(hdus):
    assert [hdu.name for hdu in hdus] == ["PRIMARY", "SCIENCE", "TEMPLATE", "DIFFERENCE"]
    assert all(hdu.data.shape == (63, 63) and hdu.header["BITPIX"] == -32 for hdu in hdus[1:])
    assert all(hdu.header["BUNIT"] == "adu" for hdu in hdus[1:])


def test_one_kind_is_enough_if_asked(fink):
    hdus = fink.get_cutouts(SUPERNOVA, kind="difference")
    assert [hdu.name for hdu in hdus[1:]] == ["DIFFERENCE"]


def test_the_primary_header_tells_the_alert(hdus, alert):
    header = hdus[0].header
    names = {
        "OBJECT": "objectId",
        "CANDID": "candid",
        "RA": "ra",
        "DEC": "dec",
        "MAGPSF": "magpsf",
        "ORIGIN": "publisher",
    }
    for keyword, name in names.items():
        assert header[keyword] == alert[f"i:{name}"], keyword
    assert header["FILTER"] == {1: "g", 2: "r", 3: "i"}[alert["i:fid"]]
    assert (header["SURVEY"], header["TIMESYS"]) == ("ZTF", "UTC")
    for time in (Time(header["DATE-OBS"]), Time(header["MJD-OBS"], format="mjd")):
        assert abs(time.jd - alert["i:jd"]) < 1e-7
    assert json.loads(header["QUERY"])["objectId"] == SUPERNOVA


def test_the_alerts_position_is_the_central_pixel_and_both_axes_decrease(hdus, alert):
    for hdu in hdus[1:]:
        wcs = WCS(hdu.header)
        assert wcs.has_celestial
        place = SkyCoord(alert["i:ra"], alert["i:dec"], unit="deg")
        np.testing.assert_allclose(wcs.world_to_pixel(place), (31, 31), atol=1e-6)
        next_to_it = wcs.pixel_to_world(32, 32)
        east, north = place.spherical_offsets_to(next_to_it)
        np.testing.assert_allclose([east.arcsec, north.arcsec], [-1.012, -1.012], atol=1e-4)
        assert "rotation" in str(hdu.header["COMMENT"])


def test_stamps_pass_the_standard_and_a_round_trip(hdus):
    hdus.verify("exception")
    file = io.BytesIO()
    hdus.writeto(file, output_verify="exception")
    with fits.open(io.BytesIO(file.getvalue())) as again:
        again.verify("exception")
        assert [hdu.name for hdu in again] == [hdu.name for hdu in hdus]
        assert again[0].header["CANDID"] == hdus[0].header["CANDID"]
        for before, after in zip(hdus[1:], again[1:], strict=True):
            np.testing.assert_array_equal(before.data, after.data)


def test_the_difference_is_brightest_at_the_alerts_position(fink):
    table = fink.query_object(SUPERNOVA)
    brightest = table[table["i:magpsf"].argmin()]
    data = fink.get_cutouts(SUPERNOVA, candid=brightest["i:candid"])["DIFFERENCE"].data
    assert np.hypot(*(np.array(np.unravel_index(np.nanargmax(data), data.shape)) - 31)) < 2


def test_the_newest_alert_is_taken_unless_another_is_named(fink):
    table = fink.query_object(SUPERNOVA, columns="candid")
    assert fink.get_cutouts(SUPERNOVA)[0].header["CANDID"] == table["i:candid"][0]
    assert (
        fink.get_cutouts(SUPERNOVA, candid=int(table["i:candid"][3]))[0].header["CANDID"]
        == table["i:candid"][3]
    )


def test_stamps_alone_equal_stamps_among_all(fink):
    alone, among = fink.get_cutouts(SUPERNOVA), fink.get_images(SUPERNOVA)[0]
    for name in ("SCIENCE", "TEMPLATE", "DIFFERENCE"):
        np.testing.assert_allclose(alone[name].data, among[name].data, rtol=1e-6)
    assert alone[0].header["CANDID"] == among[0].header["CANDID"]


def test_there_is_one_hdulist_for_each_alert_newest_first(fink):
    images = fink.get_images(SUPERNOVA, kind="Science")
    assert [hdus[0].header["CANDID"] for hdus in images] == fink.query_object(SUPERNOVA)["i:candid"].tolist()


def test_stamps_cut_at_the_edge_say_so(fink_edge):
    images = [hdus["SCIENCE"] for hdus in fink_edge.get_images(SHORT_EDGE)]
    cut = [hdu for hdu in images if hdu.data.shape != (63, 63)]
    assert cut
    for hdu in cut:
        assert "cut off" in str(hdu.header["COMMENT"])
        assert hdu.header["CRPIX1"] == (hdu.data.shape[1] + 1) / 2


def test_missing_pixels_are_nan(fink_edge):
    stamps = [hdu.data for hdus in fink_edge.get_images(SHORT_EDGE) for hdu in hdus[1:]]
    assert any(np.isnan(stamp).any() for stamp in stamps)
    assert all(np.isfinite(stamp).any() for stamp in stamps)


@pytest.mark.parametrize("ask", ["get_cutouts", "get_images"])
def test_an_unknown_object_is_a_clear_error(fink, ask):
    with pytest.raises(UnknownObjectError, match=f"no alert of {NOBODY}"):
        getattr(fink, ask)(NOBODY)


def test_an_alert_of_another_object_is_a_clear_error(fink):
    foreign = int(fink.query_object(EDGE, columns="candid")["i:candid"][0])
    with pytest.raises(
        InvalidQueryError, match=f"candid={foreign} is not an alert of {SUPERNOVA}; its newest alert is"
    ):
        fink.get_cutouts(SUPERNOVA, candid=foreign)

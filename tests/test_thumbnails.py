"""Cutouts as small PNG images, and as thumbnails in a notebook."""

from io import BytesIO

import numpy as np
import pytest
from astropy.wcs import WCS

pytest.importorskip("matplotlib")
from PIL import Image

from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.plots import Thumbnails
from astroquery_fink.plots.thumbnails import thumbnails

SUPERNOVA, RUBIN_SUPERNOVA = "ZTF99simsnia", 170000000000000001
BLUE, CLEAR = (127, 168, 216, 255), 0


def pixels(png):
    """The RGBA values of a PNG; the first row is the top."""
    return np.asarray(Image.open(BytesIO(png)).convert("RGBA"))


@pytest.fixture(params=["ztf", "lsst"])
def alert(request):
    if request.param == "ztf":
        return request.getfixturevalue("fink").get_cutouts(SUPERNOVA)
    return request.getfixturevalue("fink_lsst").get_cutouts(RUBIN_SUPERNOVA)


def test_a_thumbnail_has_the_size_that_was_chosen_and_is_small(alert):
    pngs = thumbnails(alert, 96)
    assert list(pngs) == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
    assert {pixels(png).shape for png in pngs.values()} == {(96, 96, 4)}
    assert max(map(len, pngs.values())) < 8000


@pytest.mark.parametrize("spot", [(3, 4), (25, 7), (20, 22)])
def test_a_bright_pixel_is_in_its_direction_from_the_middle_with_north_up_and_east_left(alert, spot):
    hdu = alert["SCIENCE"]
    hdu.data[:] = alert["TEMPLATE"].data[:] = 0
    hdu.data[spot[1], spot[0]] = 100
    shown = pixels(thumbnails(alert, 200)["SCIENCE"])
    y, x = np.argwhere((shown == 255).all(axis=-1)).mean(axis=0)
    sky = WCS(hdu.header)
    height, width = hdu.data.shape
    middle, there = (sky.pixel_to_world(*pixel) for pixel in (((width - 1) / 2, (height - 1) / 2), spot))
    expected = np.arctan2(99.5 - x, 99.5 - y)  # from north through east
    assert abs(np.angle(np.exp(1j * (middle.position_angle(there).rad - expected)))) < 0.05


def test_missing_pixels_are_blue_and_corners_outside_the_image_are_transparent(fink_edge, fink_lsst):
    edge = pixels(thumbnails(fink_edge.get_cutouts("ZTF99fewedge"))["SCIENCE"])
    assert (edge == BLUE).all(axis=-1).any()
    assert (edge[..., 3] == 255).all()
    turned = pixels(thumbnails(fink_lsst.get_cutouts(RUBIN_SUPERNOVA))["SCIENCE"])
    assert turned[0, 0, 3] == turned[-1, -1, 3] == CLEAR
    assert turned[48, 48, 3] == 255


@pytest.mark.parametrize("value", [np.nan, np.inf, 0, -7])
def test_an_image_of_one_value_is_drawn(alert, value):
    for hdu in (alert["SCIENCE"], alert["TEMPLATE"], alert["DIFFERENCE"]):
        hdu.data[:] = value
    for png in thumbnails(alert).values():
        assert ((pixels(png)[48, 48] == BLUE).all()) == (not np.isfinite(value))


def test_science_and_template_share_their_limits_and_a_difference_of_zero_is_grey(alert):
    alert["SCIENCE"].data[:], alert["TEMPLATE"].data[:], alert["DIFFERENCE"].data[:] = 0, 0, 0
    alert["SCIENCE"].data[:4], alert["TEMPLATE"].data[:4], alert["DIFFERENCE"].data[:4] = 100, 50, 100
    white, grey, difference = (
        {int(level) for level in pixels(png)[pixels(png)[..., 3] == 255][:, 0]}
        for png in thumbnails(alert).values()
    )
    assert white == {0, 255}
    assert max(grey) < 240
    assert len(difference) == 2
    assert min(difference) == 127
    assert max(difference) >= 254


# In a notebook


def html_of(*arguments, **keywords):
    return Thumbnails(*arguments, **keywords)._repr_html_()


def test_thumbnails_say_what_the_header_knows_of_an_alert(fink, fink_lsst):
    alert = fink.get_cutouts(SUPERNOVA)
    header = alert[0].header
    facts = html_of(alert)
    assert f"{header['OBJECT']}<br>{header['DATE-OBS'][:16].replace('T', ' ')} UTC" in facts
    assert f"magpsf {header['MAGPSF']:.2f} ± {header['SIGMAPSF']:.2f} mag" in facts
    alert = fink_lsst.get_cutouts(RUBIN_SUPERNOVA)
    assert f"psfFlux {alert[0].header['PSFFLUX']:.2f} ± " in html_of(alert)
    alone = html_of(fink_lsst.get_cutouts(candid=alert[0].header["CANDID"]))
    assert f"alert {alert[0].header['CANDID']}<br>" in alone
    assert "psfFlux" not in alone


def test_thumbnails_of_many_alerts_are_the_first_of_the_list(fink):
    images = fink.get_images(fink.query_object(SUPERNOVA)[:5], kind="Science")
    some = Thumbnails(images, n=2, size=48)
    assert repr(some) == "<Thumbnails of 2 of 5 alerts: a notebook shows the pictures>"
    html = some._repr_html_()
    assert html.count("<img") == 2
    assert "2 of 5 alerts" in html
    assert 'width="48" height="48"' in html
    assert html_of(images).count("<img") == 5
    assert html_of([]).count("<img") == 0


def test_names_from_the_server_are_escaped(fink):
    alert = fink.get_cutouts(SUPERNOVA)
    alert[0].header["OBJECT"] = '"><script>alert(1)</script>'
    html = html_of(alert)
    assert "<script" not in html
    assert "of &quot;&gt;&lt;script&gt;" in html


def test_a_kind_that_is_missing_leaves_its_cell_empty(fink):
    whole, part = fink.get_images(fink.query_object(SUPERNOVA)[:2])
    del part["TEMPLATE"]
    assert html_of([whole, part]).count("<img") == 5
    assert html_of([whole, part]).count("<td></td>") == 1


@pytest.mark.parametrize("arguments", [(None,), (["x"],), ([], 0), ([], None)])
def test_invalid_arguments_are_refused(arguments):
    images, *n = arguments
    with pytest.raises(FinkQueryError, match="n=" if n else "images="):
        Thumbnails(images, n=n[0] if n else 20)

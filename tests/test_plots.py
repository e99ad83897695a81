"""Cutouts in figures and films."""

import matplotlib as mpl
import numpy as np
import pytest
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402

from astroquery_fink.plots import animate_cutouts, plot_cutouts

SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"
pytestmark = pytest.mark.usefixtures("closed_figures")


def test_stamps_are_drawn_north_up_and_east_left(fink):
    axes = plot_cutouts(fink.get_cutouts(SUPERNOVA))
    assert [ax.get_title() for ax in axes] == ["Science", "Template", "Difference"]
    for ax in axes:
        ax.figure.canvas.draw()
        x, y = ax.transAxes.transform((0.5, 0.5))
        pixels = ax.transData.inverted().transform([(x, y), (x, y + 5), (x - 5, y)])
        here, above, left = (ax.wcs.pixel_to_world(*pixel) for pixel in pixels)
        assert above.dec > here.dec
        assert here.spherical_offsets_to(left)[0] > 0


def test_stamps_with_missing_pixels_can_be_drawn(fink_edge):
    for hdus in fink_edge.get_images("ZTF99fewedge")[:3]:
        for ax in plot_cutouts(hdus, figure=Figure()):
            assert np.isfinite(ax.images[0].norm.vmax)


def test_a_scale_bar_is_as_long_as_it_says(fink):
    ax, *_ = plot_cutouts(fink.get_cutouts(SUPERNOVA))
    ax.figure.canvas.draw()
    (bar,) = [line for line in ax.lines if line.get_label() == "scale bar"]
    ends = ax.transData.inverted().transform(bar.get_transform().transform(bar.get_xydata()))
    one, other = (ax.wcs.pixel_to_world(*end) for end in ends)
    assert one.separation(other).arcsec == pytest.approx(10, rel=0.02)


def test_several_alerts_are_a_strip_in_time(fink):
    images = fink.get_images(SUPERNOVA)
    rows = plot_cutouts(images, n=5, figure=Figure())
    assert [len(row) for row in rows] == [5, 5, 5]
    dates = [ax.get_title().split("\n")[0] for ax in rows[0]]
    ends = sorted(hdus[0].header["DATE-OBS"][:10] for hdus in images)
    assert dates == sorted(dates)
    assert (dates[0], dates[-1]) == (ends[0], ends[-1])


def test_no_stamps_are_an_error():
    with pytest.raises(InvalidQueryError, match="get_images"):
        plot_cutouts([])


@pytest.mark.parametrize("objectid", [SUPERNOVA, "ZTF99fewedge"])
def test_a_film_has_a_frame_an_alert(fink_edge, tmp_path, objectid):
    images = fink_edge.get_images(objectid)[:4]
    path = animate_cutouts(images, tmp_path / "film.gif", kind="Science")
    with Image.open(path) as film:
        frames = [film.seek(place) or film.convert("L").tobytes() for place in range(film.n_frames)]
    assert len(frames) == len(set(frames)) == len(images)


def test_a_film_of_what_is_not_there_is_refused(fink, tmp_path):
    with pytest.raises(InvalidQueryError, match="kind='Sience'"):
        animate_cutouts(fink.get_images(SUPERNOVA)[:1], tmp_path / "film.gif", kind="Sience")
    assert not list(tmp_path.glob("*.gif"))

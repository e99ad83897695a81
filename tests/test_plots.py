"""What is drawn, and where."""

import matplotlib as mpl
import numpy as np
import pytest
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from astroquery_fink.plots import plot_cutouts, plot_lightcurve  # noqa: E402

SUPERNOVA = "ZTF99simsnia"


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


@pytest.fixture
def table(fink):
    return fink.query_object(SUPERNOVA, withupperlim=True)


def drawn(ax):
    """Number of points by label."""
    return {container.get_label(): len(container[0].get_xdata()) for container in ax.containers}


def test_every_row_is_drawn_once_in_its_band_and_its_kind(table):
    names = {"valid": "", "badquality": " bad quality", "upperlim": " upper limit"}
    bands = {1: "g", 2: "r", 3: "i"}
    rows = [bands[band] + names[tag] for band, tag in zip(table["i:fid"], table["d:tag"], strict=True)]
    assert drawn(plot_lightcurve(table)) == {label: rows.count(label) for label in rows}


def test_bright_is_up_and_time_is_mjd(table):
    ax = plot_lightcurve(table)
    bottom, top = ax.get_ylim()
    assert bottom > top
    left, right = ax.get_xlim()
    assert left < table["i:jd"].min() - 2400000.5 < table["i:jd"].max() - 2400000.5 < right
    assert ax.get_xlabel() == "MJD (UTC)"
    assert ax.get_title() == SUPERNOVA


def test_upper_limits_are_open_and_detections_are_filled(table):
    ax = plot_lightcurve(table)
    markers = {container.get_label(): container[0] for container in ax.containers}
    assert markers["r upper limit"].get_markerfacecolor() == "none"
    assert markers["r"].get_markerfacecolor() == markers["r"].get_color()
    assert len({markers[name].get_marker() for name in ("r", "r bad quality", "r upper limit")}) == 3


def test_axes_and_styles_are_the_callers(table):
    ax = Figure().subplots()
    assert plot_lightcurve(table, ax=ax, ms=9) is ax
    assert {container.get_label(): container[0] for container in ax.containers}["r"].get_markersize() == 9


def test_a_light_curve_without_upper_limits_is_drawn_too(fink):
    table = fink.query_object(SUPERNOVA, columns="jd,fid,magpsf,sigmapsf")
    assert sum(drawn(plot_lightcurve(table)).values()) == len(table)


def test_a_column_that_is_needed_is_named(fink):
    with pytest.raises(InvalidQueryError, match="i:sigmapsf"):
        plot_lightcurve(fink.query_object(SUPERNOVA, columns="jd,fid,magpsf"))


def test_several_objects_are_not_drawn_as_one(fink):
    with pytest.raises(InvalidQueryError, match="several"):
        plot_lightcurve(fink.query_objects(f"{SUPERNOVA},ZTF99simdwno"))


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


def test_stamps_with_missing_pixels_can_be_drawn(fink):
    for hdus in fink.get_images("ZTF99simedge")[:3]:
        for ax in plot_cutouts(hdus, figure=Figure()):
            assert np.isfinite(ax.images[0].norm.vmax)

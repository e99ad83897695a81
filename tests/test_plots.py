"""Points, axes and legends of figures of light curves."""

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pytest
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib.dates import num2date  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from readings import drawn  # noqa: E402

from astroquery_fink.lightcurve import add_apparent_magnitude
from astroquery_fink.plots import plot_lightcurve
from astroquery_fink.plots.light_curves import BAND_STYLES

SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"
pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture
def table(fink):
    return fink.query_object(SUPERNOVA, withupperlim=True)


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


def test_the_callers_table_is_left_as_it_was(table):
    names, rows = table.colnames, len(table)
    plot_lightcurve(table, brightness="flux")
    assert (table.colnames, len(table)) == (names, rows)


def test_several_objects_make_a_grid_in_the_order_of_the_table(fink):
    ids = [SUPERNOVA, "ZTF99simdwno", "ZTF99simagnx"]
    axes = plot_lightcurve(fink.query_objects(ids))
    assert [ax.get_title() for ax in axes] == ids
    assert len({tuple(ax.get_position().bounds) for ax in axes}) == 3


def test_axes_that_are_given_are_one_for_each_object(fink):
    two = fink.query_objects([SUPERNOVA, "ZTF99simdwno"])
    axes = Figure().subplots(1, 2)
    assert list(plot_lightcurve(two, ax=axes)) == list(axes)
    with pytest.raises(InvalidQueryError, match="3 Axes, but the table has 2 objects"):
        plot_lightcurve(two, ax=Figure().subplots(1, 3))


@pytest.mark.parametrize("brightness", ["apparent", "flux"])
def test_the_brightness_of_the_source_is_what_add_apparent_magnitude_says(fink, brightness):
    star = fink.query_object(STAR)
    name, scale = {"apparent": ("magnitude", 1), "flux": ("flux", 1e6)}[brightness]
    ax = plot_lightcurve(star, brightness=brightness)
    shown = np.sort(np.concatenate([container[0].get_ydata() for container in ax.containers]))
    expected = np.sort(add_apparent_magnitude(star)[name].compressed() * scale)
    np.testing.assert_allclose(shown, expected)
    assert ax.yaxis_inverted() == (brightness == "apparent")


def test_a_difference_flux_is_negative_where_the_star_was_fainter_than_its_reference(fink):
    star = fink.query_object(STAR, columns="objectId,jd,fid,magpsf,sigmapsf,isdiffpos")
    ax = plot_lightcurve(star, brightness="difference flux")
    shown = np.concatenate([container[0].get_ydata() for container in ax.containers])
    assert (shown < 0).sum() == np.sum(star["i:isdiffpos"] == "f") > 0
    assert ax.get_ylabel() == "Difference flux (µJy)"


def test_a_folded_star_shows_two_cycles_from_the_epoch(fink):
    star = fink.query_object(STAR)
    epoch = Time(star["i:jd"][3], format="jd")
    ax = plot_lightcurve(star, brightness="apparent", period=13.25414 * u.hour, epoch=epoch)
    phases = np.concatenate([container[0].get_xdata() for container in ax.containers])
    cycles = (star["i:jd"] - star["i:jd"][3]) / 0.552256 % 1
    np.testing.assert_allclose(np.sort(phases), np.sort([*cycles, *(cycles + 1)]), atol=2e-3)
    assert ax.get_xlim() == (0, 2)
    assert not ax.child_axes


def test_dates_above_are_those_of_the_days_below(table):
    ax = plot_lightcurve(table)
    ax.figure.canvas.draw()
    (above,) = ax.child_axes
    shown = [moment.replace(tzinfo=None) for moment in num2date(above.get_xlim())]
    assert np.abs(Time(shown).mjd - ax.get_xlim()).max() * 24 * 60 < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"brightness": "aparent"}, "Did you mean 'apparent'"),
        ({"period": "long"}, "period='long'"),
        ({"period": -1}, "positive"),
        ({"period": 3 * u.m}, "is not a duration"),
        ({"period": 1, "epoch": "then"}, "epoch='then'"),
    ],
)
def test_what_cannot_be_drawn_is_said(table, arguments, words):
    with pytest.raises(InvalidQueryError, match=words):
        plot_lightcurve(table, **arguments)


def test_bands_have_their_own_colours_and_markers():
    assert len({style["color"] for style in BAND_STYLES.values()}) == 6
    assert len({style["fmt"] for style in BAND_STYLES.values()} | {"x", "v"}) == 8

"""Light curves of two surveys, or of two objects, on one Axes."""

import gc
import pickle

import matplotlib as mpl
import numpy as np
import pytest
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from readings import drawn  # noqa: E402

from astroquery_fink.plots import plot_lightcurve
from astroquery_fink.plots.overlay import drawn_on

SUPERNOVA, TWIN, STAR = "ZTF99simsnia", "ZTF99simsntw", "ZTF99simrrly"
SUPERNOVA_LSST, STAR_LSST = 170000000000000001, 170000000000000002
pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture
def ztf(fink):
    return fink.query_object(SUPERNOVA, withupperlim=True)


@pytest.fixture
def rubin(fink_lsst):
    return fink_lsst.query_object(SUPERNOVA_LSST, withforced=True)


def points(ax, label):
    """The line of the points with this label."""
    (found,) = [container[0] for container in ax.containers if container.get_label() == label]
    return found


@pytest.fixture(params=["one by one", "in one call"])
def both(request, ztf, rubin):
    if request.param == "in one call":
        return plot_lightcurve([ztf, rubin])
    ax = Figure().subplots()
    plot_lightcurve(ztf, ax=ax)
    return plot_lightcurve(rubin, ax=ax)


def test_every_point_of_both_surveys_has_an_entry_in_the_legend_that_names_the_survey(both, ztf, rubin):
    labels = [text.get_text() for text in both.get_legend().get_texts()]
    assert sorted(labels) == sorted(drawn(both))
    assert len(labels) == len(set(labels))
    assert {label.split()[0] for label in labels} == {"ZTF", "LSST"}
    counts = drawn(both)
    assert counts["ZTF r upper limit"] == np.sum((ztf["d:tag"] == "upperlim") & (ztf["i:fid"] == 2))
    positive = rubin["r:psfFlux"] > rubin["r:psfFluxErr"]
    chosen = positive & (rubin["r:band"] == "r")
    assert counts["LSST r"] == np.sum(chosen & (rubin["tag"] == "valid"))
    assert counts["LSST r forced"] == np.sum(chosen & (rubin["tag"] == "forced"))


def test_times_of_the_second_survey_are_converted_to_the_scale_of_the_first(both, rubin):
    shown = points(both, "LSST y").get_xdata()
    chosen = (
        (rubin["r:band"] == "y") & (rubin["tag"] == "valid") & (rubin["r:psfFlux"] > rubin["r:psfFluxErr"])
    )
    expected = Time(rubin["r:midpointMjdTai"][chosen].value, format="mjd", scale="tai").utc.mjd
    np.testing.assert_allclose(np.sort(shown), np.sort(expected), rtol=0, atol=1e-9)
    assert both.get_xlabel() == "MJD (UTC; LSST converted from TAI)"


def test_there_is_one_title_one_axis_of_dates_and_one_direction(both):
    assert both.get_title() == f"{SUPERNOVA}, {SUPERNOVA_LSST}"
    assert len(both.child_axes) == 1
    assert both.yaxis_inverted()
    assert both.get_ylabel() == "Difference magnitude (AB)"


def test_colours_are_those_of_the_bands_and_the_surveys_look_different(both):
    ztf, rubin = points(both, "ZTF r"), points(both, "LSST r")
    assert ztf.get_color() == rubin.get_color()
    assert ztf.get_markeredgecolor() != rubin.get_markeredgecolor()


def test_the_second_light_curve_has_the_kind_and_the_unit_of_the_first(ztf, rubin):
    ax = plot_lightcurve([rubin, ztf], fluxunit="nJy")
    assert ax.get_ylabel() == "Difference flux (nJy)"
    assert ax.get_xlabel() == "MJD (TAI; ZTF converted from UTC)"
    brightest = np.min(ztf["i:magpsf"][(ztf["d:tag"] == "valid") & (ztf["i:fid"] == 2)])
    assert points(ax, "ZTF r").get_ydata().max() == pytest.approx(10 ** (0.4 * (31.4 - brightest)), rel=1e-3)
    one_by_one = Figure().subplots()
    plot_lightcurve(rubin, ax=one_by_one, fluxunit="nJy")
    plot_lightcurve(ztf, ax=one_by_one)
    np.testing.assert_array_equal(points(one_by_one, "ZTF r").get_ydata(), points(ax, "ZTF r").get_ydata())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"brightness": "difference flux"}, "ax shows 'difference': leave out brightness"),
        ({"brightness": "flux", "fluxunit": "mJy"}, "leave out brightness"),
        ({"period": 3}, "not folded: leave out period"),
        ({"epoch": 3}, "not folded: leave out epoch"),
    ],
)
def test_other_quantities_than_those_of_the_axes_are_refused(both, ztf, arguments, words):
    before = drawn(both)
    with pytest.raises(InvalidQueryError, match=words):
        plot_lightcurve(ztf, ax=both, **arguments)
    assert drawn(both) == before


def test_another_unit_than_that_of_the_axes_is_refused(rubin):
    ax = plot_lightcurve(rubin, fluxunit="nJy")
    plot_lightcurve(rubin, ax=ax, fluxunit="1e-9 Jy")
    with pytest.raises(InvalidQueryError, match="fluxes in nJy: leave out fluxunit"):
        plot_lightcurve(rubin, ax=ax, fluxunit="mJy")


def test_a_folded_star_has_the_same_phases_in_both_surveys(fink, fink_lsst):
    ztf, rubin = fink.query_object(STAR), fink_lsst.query_object(STAR_LSST)
    epoch = Time(60371.3, format="mjd", scale="utc")
    ax = plot_lightcurve([ztf, rubin], brightness="apparent", period=0.552256, epoch=epoch)
    chosen = rubin["r:band"] == "r"
    times = Time(rubin["r:midpointMjdTai"][chosen].value, format="mjd", scale="tai")
    phases = (times - epoch).jd / 0.552256 % 1
    shown = points(ax, "LSST r").get_xdata()
    np.testing.assert_allclose(np.sort(shown[shown < 1]), np.sort(phases), rtol=0, atol=1e-6)
    assert ax.get_xlabel() == "Phase (period 0.552256 d; LSST converted from TAI)"
    assert ax.get_xlim() == (0, 2)


def test_a_light_curve_is_folded_as_the_axes_is(fink, fink_lsst):
    ax = plot_lightcurve(fink.query_object(STAR), brightness="apparent", period=0.552256)
    star = fink_lsst.query_object(STAR_LSST)
    plot_lightcurve(star, ax=ax)
    plot_lightcurve(star, ax=ax, period=0.552256)
    with pytest.raises(InvalidQueryError, match="folded on 0.552256 d from MJD"):
        plot_lightcurve(star, ax=ax, period=0.6)


def test_two_objects_of_a_survey_are_told_apart_by_their_ids(fink, ztf):
    ax = plot_lightcurve([ztf, fink.query_object(TWIN)])
    assert {label.split()[0] for label in drawn(ax)} == {SUPERNOVA, TWIN}
    assert points(ax, f"{SUPERNOVA} r").get_markeredgecolor() != points(ax, f"{TWIN} r").get_markeredgecolor()


def test_a_light_curve_that_is_drawn_in_two_calls_stays_one(ztf):
    ax = plot_lightcurve(ztf[ztf["d:tag"] == "valid"])
    plot_lightcurve(ztf[ztf["d:tag"] == "upperlim"], ax=ax)
    assert ax.get_title() == SUPERNOVA
    assert {"r", "r upper limit"} <= set(drawn(ax))


def test_tables_of_several_objects_share_a_grid(fink, fink_lsst):
    ztf, rubin = (
        fink.query_objects([SUPERNOVA, STAR]),
        fink_lsst.query_objects([SUPERNOVA_LSST, STAR_LSST]),
    )
    axes = plot_lightcurve([ztf, rubin])
    assert [ax.get_title() for ax in axes] == [f"{SUPERNOVA}, {SUPERNOVA_LSST}", f"{STAR}, {STAR_LSST}"]
    assert [bool(ax.get_ylabel()) for ax in axes] == [True, False]
    assert len(axes[0].figure.legends) == 1
    with pytest.raises(InvalidQueryError, match="2 Axes, but the table has 1 objects"):
        plot_lightcurve([ztf, fink_lsst.query_object(SUPERNOVA_LSST)])
    with pytest.raises(InvalidQueryError, match="empty list"):
        plot_lightcurve([])


def test_a_title_and_a_label_of_the_user_stay(ztf, rubin):
    ax = Figure().subplots()
    ax.set_title("My supernova")
    plot_lightcurve(ztf, ax=ax)
    ax.set_xlabel("Time")
    plot_lightcurve(rubin, ax=ax)
    assert (ax.get_title(), ax.get_xlabel()) == ("My supernova", "Time")


def test_an_axes_that_was_cleared_is_empty(ztf, rubin):
    ax = plot_lightcurve(ztf)
    ax.clear()
    plot_lightcurve(rubin, ax=ax)
    assert ax.get_ylabel() == "Difference flux (µJy)"
    assert "r" in drawn(ax)


def test_a_figure_can_be_pickled_and_is_forgotten_when_it_is_closed(ztf):
    ax = plot_lightcurve(ztf)
    again = pickle.loads(pickle.dumps(ax.figure))
    assert drawn(again.axes[0]) == drawn(ax)
    artists = len(drawn_on(ax))
    assert artists == len(drawn(ax))
    before = registered()
    pyplot.close("all")
    del ax, again
    gc.collect()
    assert registered() <= before - artists


def registered():
    """The number of artists that are remembered."""
    from astroquery_fink.plots import overlay

    return len(overlay._DRAWN)

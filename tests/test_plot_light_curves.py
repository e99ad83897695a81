"""Points, axes, legends and grids of light curves."""

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pytest
from astropy.table import MaskedColumn, QTable, vstack
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.dates import num2date  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from readings import drawn  # noqa: E402

from astroquery_fink import formats
from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries
from astroquery_fink.plots import plot_lightcurve
from astroquery_fink.plots.looks import BAND_STYLES

SUPERNOVA, STAR, NOVA_LSST = "ZTF99simsnia", "ZTF99simrrly", 170000000000000004
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


def copies(table, key, ids):
    """The rows of a table once for each of these ids."""
    parts = [table.copy() for _ in ids]
    for part, one in zip(parts, ids, strict=True):
        part[key] = np.full(len(part), one, dtype=np.asarray(ids).dtype)
    return vstack(parts)


def boxes(artists, figure):
    """Where artists are in a figure that has been drawn, without those that show nothing."""
    renderer = figure.canvas.get_renderer()
    visible = [one for one in artists if one.get_visible() and one.get_text().strip()]
    return [box for one in visible if (box := one.get_window_extent(renderer)).width > 0]


def any_overlap(places):
    """Whether two of these boxes overlap."""
    return any(one.overlaps(other) for number, one in enumerate(places) for other in places[number + 1 :])


@pytest.mark.parametrize("number", [2, 5, 9, 40])
def test_a_grid_is_readable_whatever_its_number_of_objects(table, number):
    ids = [f"ZTF99sim{first}{second}aa" for first in "abcde" for second in "abcdefgh"]
    axes = plot_lightcurve(copies(table, "i:objectId", ids[:number]))
    figure = axes[0].figure
    figure.canvas.draw()
    assert len(axes) == number
    assert all(ax.bbox.width > 2 * figure.dpi and ax.bbox.height > 1.2 * figure.dpi for ax in axes)
    texts = [ax.title for ax in axes] + [text for ax in axes for text in (ax.xaxis.label, ax.yaxis.label)]
    for ax in axes:
        texts += ax.get_yticklabels()
        ticks = ax.child_axes[0].get_xticklabels()
        assert len(boxes(ticks, figure)) >= 2
        texts += ticks
    places = boxes(texts, figure)
    (legend,) = figure.legends
    outside = legend.get_window_extent(figure.canvas.get_renderer())
    assert not any_overlap(places)
    assert not any(outside.overlaps(ax.get_tightbbox()) for ax in axes)


def test_a_grid_has_its_labels_at_the_outside(table):
    axes = plot_lightcurve(copies(table, "i:objectId", [f"ZTF99simaaa{letter}" for letter in "abcde"]))
    assert [bool(ax.get_ylabel()) for ax in axes] == [True, False, False, True, False]
    assert [bool(ax.get_xlabel()) for ax in axes] == [False, False, True, True, True]


def test_a_grid_enlarges_an_empty_figure_of_the_default_size_only(fink):
    two = fink.query_objects([SUPERNOVA, "ZTF99simdwno"])
    of_default_size = pyplot.figure()
    assert plot_lightcurve(two)[0].figure is of_default_size
    assert of_default_size.get_size_inches().tolist() != pyplot.rcParams["figure.figsize"]
    chosen = pyplot.figure(figsize=(11, 3))
    assert plot_lightcurve(two)[0].figure is chosen
    assert chosen.get_size_inches().tolist() == [11, 3]
    assert plot_lightcurve(two)[0].figure not in (of_default_size, chosen)


def test_a_figure_in_which_something_is_drawn_is_left_alone(table):
    first = plot_lightcurve(table)
    second = plot_lightcurve(table, brightness="difference flux")
    assert first.figure is not second.figure
    pyplot.figure()
    empty = pyplot.gca()
    assert plot_lightcurve(table) is empty


def test_the_legend_of_a_new_figure_is_beside_the_points(table):
    ax = plot_lightcurve(table)
    ax.figure.canvas.draw()
    assert not ax.get_legend().get_window_extent().overlaps(ax.bbox)
    assert ax.get_legend().get_window_extent().x1 <= ax.figure.bbox.x1


@pytest.mark.parametrize("days", [0.01, 0.3, 1, 3, 10, 40, 150, 500, 1500, 3650])
@pytest.mark.parametrize("width", [2.5, 6.4])
def test_the_year_can_be_read_above_any_span_of_time(fink, days, width):
    star = fink.query_object(STAR)[:50]
    star["i:jd"] = np.linspace(2460310.6, 2460310.6 + days, len(star))
    ax = pyplot.figure(figsize=(width, 4), layout="constrained").add_subplot()
    plot_lightcurve(star, ax=ax)
    ax.figure.canvas.draw()
    (dates,) = ax.child_axes
    labels = [label.get_text() for label in dates.get_xticklabels()]
    assert "202" in labels[0]
    left, right = dates.get_xlim()
    assert 2 <= len(labels) <= 9
    assert all(left <= tick <= right for tick in dates.get_xticks())
    places = boxes(dates.get_xticklabels(), ax.figure) + boxes([ax.title], ax.figure)
    assert not any_overlap(places)
    assert not any("e" in label.get_text() or "+" in label.get_text() for label in ax.get_xticklabels())


@pytest.mark.parametrize(
    ("unit", "factor", "label"), [("nJy", 1, "nJy"), (u.Jy, 1e-9, "Jy"), ("erg/s/cm2/Hz", 1e-32, "erg")]
)
def test_fluxes_have_the_unit_that_is_asked_for(fink_lsst, unit, factor, label):
    nova = fink_lsst.query_object(NOVA_LSST)
    ax = plot_lightcurve(nova, fluxunit=unit)
    shown = np.sort(np.concatenate([container[0].get_ydata() for container in ax.containers]))
    np.testing.assert_allclose(shown, np.sort(nova["r:psfFlux"].value) * factor)
    assert f"({label}" in ax.get_ylabel()


def test_upper_limits_have_the_unit_of_the_fluxes(table):
    limits = {}
    for unit in ("uJy", "mJy"):
        ax = plot_lightcurve(table, brightness="difference flux", fluxunit=unit)
        (points,) = [one[0] for one in ax.containers if one.get_label() == "r upper limit"]
        limits[unit] = points.get_ydata()
    np.testing.assert_allclose(limits["uJy"], 1000 * limits["mJy"])


def test_an_asinh_scale_shows_the_noise_and_the_outburst(fink_lsst):
    nova = fink_lsst.query_object(NOVA_LSST, withforced=True)
    ax = plot_lightcurve(nova, yscale="asinh")
    ax.figure.canvas.draw()
    width = np.median(nova["r:psfFluxErr"].value) / 1000
    assert ax.yaxis.get_transform().linear_width == pytest.approx(width)
    bottom, noise, outburst, top = ax.transData.transform(
        [(0, ax.get_ylim()[0]), (0, 0), (0, nova["r:psfFlux"].max() / 1000), (0, ax.get_ylim()[1])]
    )[:, 1]
    assert noise - bottom > 0.1 * (top - bottom)
    assert outburst - noise > 0.3 * (top - bottom)
    labels = [label.get_text() for label in ax.get_yticklabels() if label.get_window_extent().height]
    assert {"0", "1", "100", "1000"} <= set(labels)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"fluxunit": "mJy"}, "brightness='difference' is a magnitude"),
        ({"fluxunit": "m", "brightness": "flux"}, "fluxunit='m' is not a unit of flux density"),
        ({"fluxunit": u.ABmag, "brightness": "flux"}, "not a unit of flux density"),
        ({"yscale": "asinh"}, "yscale='asinh' is for fluxes"),
        ({"yscale": "log"}, "yscale='log' is not a valid scale"),
        ({"epoch": 60000}, "give period"),
        ({"colour": "red"}, "colour"),
        ({"ms": 3, "markersize": 4}, "aliases"),
        ({"fmt": "zz"}, "'zz'"),
    ],
)
def test_keywords_that_mean_nothing_are_refused(table, arguments, words):
    with pytest.raises(InvalidQueryError, match=words):
        plot_lightcurve(table, **arguments)


@pytest.mark.parametrize("given", [None, "ZTF99simsnia", 3, {"i:jd": [1]}, [None]])
def test_what_is_not_a_table_is_refused(given):
    with pytest.raises(InvalidQueryError, match="not an astropy Table"):
        plot_lightcurve(given)


@pytest.mark.parametrize("given", [Figure(), "ax", 3])
def test_what_is_not_an_axes_is_refused(table, given):
    with pytest.raises(InvalidQueryError, match="is not an Axes"):
        plot_lightcurve(table, ax=given)


def test_quantities_are_drawn_as_columns_are(fink_lsst):
    nova = fink_lsst.query_object(NOVA_LSST, columns="diaObjectId, midpointMjdTai, band, psfFlux, psfFluxErr")
    assert drawn(plot_lightcurve(QTable(nova))) == drawn(plot_lightcurve(nova))


def test_a_time_series_is_drawn_as_its_table(table):
    assert drawn(plot_lightcurve(to_timeseries(table, withupperlim=True))) == drawn(plot_lightcurve(table))


def test_an_asteroid_beside_an_object_of_rubin_does_not_split_its_light_curve(fink_lsst):
    nova = fink_lsst.query_object(NOVA_LSST)
    nova["f:sso_name"] = MaskedColumn(["Ceres"] * len(nova), mask=np.arange(len(nova)) > 3)
    assert plot_lightcurve(nova).get_title() == str(NOVA_LSST)


def test_a_colour_is_that_of_all_points_and_a_label_stands_before_the_bands(table):
    ax = plot_lightcurve(table, color="crimson", label="SN", ms=9)
    assert {container[0].get_color() for container in ax.containers} == {"crimson"}
    assert all(container.get_label().startswith("SN ") for container in ax.containers)
    sizes = {container.get_label(): container[0].get_markersize() for container in ax.containers}
    assert sizes["SN r"] == 9 != sizes["SN r upper limit"]


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1)])
def test_an_empty_light_curve_and_a_single_point_can_be_drawn(table, rows):
    ax = plot_lightcurve(table[rows])
    ax.figure.canvas.draw()
    left, right = ax.get_xlim()
    assert right - left < 2
    assert [text.get_text() for text in ax.texts] == (["no difference magnitude"] if rows.stop == 0 else [])


def test_a_light_curve_of_masked_rows_says_that_it_has_no_points(table):
    masked = table[table["d:tag"] == "valid"]
    masked["i:magpsf"].mask = True
    ax = plot_lightcurve(masked)
    assert drawn(ax) == {}
    assert [text.get_text() for text in ax.texts] == ["no difference magnitude"]
    plot_lightcurve(table, ax=ax)
    assert sum(drawn(ax).values()) == len(table)
    assert not any(text.get_visible() for text in ax.texts)


def test_upper_limits_alone_can_be_drawn(table):
    limits = table[table["d:tag"] == "upperlim"]
    assert sum(drawn(plot_lightcurve(limits)).values()) == len(limits)


def test_rows_without_a_time_are_left_out(table):
    gaps = table[table["d:tag"] == "valid"]
    gaps["i:jd"] = MaskedColumn(gaps["i:jd"])
    gaps["i:jd"].mask = np.arange(len(gaps)) % 3 == 0
    ax = plot_lightcurve(gaps)
    assert sum(drawn(ax).values()) == np.sum(~gaps["i:jd"].mask)
    left, right = ax.get_xlim()
    assert right - left < 1.2 * np.ptp(table["i:jd"])


@pytest.mark.parametrize("error", [np.inf, np.nan, -1.0])
def test_a_point_whose_error_is_not_known_has_no_error_bar(table, error):
    valid = table[table["d:tag"] == "valid"]
    valid["i:sigmapsf"][3] = error
    ax = plot_lightcurve(valid)
    ax.figure.canvas.draw()
    assert sum(drawn(ax).values()) == len(valid)
    bars = [bar for container in ax.containers for bar in container[2][0].get_segments()]
    assert sum(len(bar) == 2 and np.isfinite(bar).all() for bar in bars) == len(valid) - 1
    assert np.ptp(ax.get_ylim()) < 6


def test_a_huge_error_bar_does_not_hide_the_points(table):
    valid = table[table["d:tag"] == "valid"]
    usual = np.ptp(plot_lightcurve(valid).get_ylim())
    valid["i:sigmapsf"][3] = 100
    ax = plot_lightcurve(valid)
    assert np.ptp(ax.get_ylim()) < 4 * usual
    assert ax.yaxis_inverted()
    bottom, top = ax.get_ylim()
    assert bottom > valid["i:magpsf"].max()
    assert top < valid["i:magpsf"].min()


def test_a_range_that_the_user_has_set_stays(table):
    ax = Figure().subplots()
    ax.set_ylim(25, 15)
    table["i:sigmapsf"] = np.geomspace(0.01, 100, len(table))
    plot_lightcurve(table, ax=ax)
    assert ax.get_ylim() == (25, 15)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_every_band_stands_out_from_the_ground(fink_lsst, style):
    with pyplot.style.context(style):
        ax = plot_lightcurve(fink_lsst.query_object(NOVA_LSST))
    ground = luminance(ax.get_facecolor())
    for container in ax.containers:
        light, dark = sorted([luminance(container[0].get_color()), ground], reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 2, container.get_label()


def luminance(color):
    """The relative luminance of a colour, as WCAG defines it."""
    channels = np.array(mpl.colors.to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_axes_of_subfigures_have_their_own_legend(fink):
    two = fink.query_objects([SUPERNOVA, "ZTF99simdwno"])
    left, right = Figure(layout="constrained").subfigures(1, 2)
    axes = [left.subplots(), right.subplots()]
    plot_lightcurve(two, ax=axes)
    assert (len(left.legends), len(right.legends)) == (1, 1)


@pytest.mark.parametrize("name", ["curve.fits", "curve.vot", "curve.ecsv", "curve.csv"])
@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
def test_a_table_from_a_file_is_drawn_as_before(table, tmp_path, name):
    formats.write(table, tmp_path / name)
    read = formats.read(tmp_path / name)
    read.meta.setdefault("survey", "ztf")
    assert drawn(plot_lightcurve(read)) == drawn(plot_lightcurve(table))


@pytest.mark.parametrize("client", ["fink", "fink_lsst"])
def test_asteroids_are_told_apart_by_their_names(request, client):
    table = request.getfixturevalue(client).query_sso([9900001, 9900002])
    axes = plot_lightcurve(table)
    assert sorted(ax.get_title() for ax in axes) == ["Simulatedalpha", "Simulatedbeta"]
    assert sum(sum(drawn(ax).values()) for ax in axes) == len(table)

"""Figures of cutouts, and animations."""

import itertools
from io import BytesIO

import astropy.units as u
import matplotlib as mpl
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402
from readings import assert_north_is_up  # noqa: E402

from astroquery_fink import FinkClass  # noqa: E402
from astroquery_fink.plots import animate_cutouts, plot_cutouts  # noqa: E402

SUPERNOVA, RUBIN_SUPERNOVA, EDGE = "ZTF99simsnia", 170000000000000001, "ZTF99fewedge"
BLUE = to_rgb("#7fa8d8")
KINDS = ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
pytestmark = pytest.mark.usefixtures("closed_figures")


@pytest.fixture(scope="module")
def downloaded(box, box_lsst, tmp_path_factory):
    """Cutouts of nine alerts of an object of each survey."""
    found = {}
    for survey, server, objectid in (("ztf", box, SUPERNOVA), ("lsst", box_lsst, RUBIN_SUPERNOVA)):
        client = FinkClass(survey, server=server.url)
        client.cache_location = tmp_path_factory.mktemp(survey)
        found[survey] = client.get_images(client.query_object(objectid)[:9])
    return found


@pytest.fixture(params=["ztf", "lsst"])
def images(request, downloaded):
    """Cutouts of nine alerts of an object, which a test may change."""
    return [fits.HDUList([hdu.copy() for hdu in hdus]) for hdus in downloaded[request.param]]


def drawn(figure):
    """The pixels of a figure; the first row is the bottom."""
    file = BytesIO()
    figure.savefig(file, format="rgba", dpi=100)
    width, height = map(int, figure.get_size_inches() * 100)
    return np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)[::-1]


def colours(axes):
    """The colours of each of the axes of a figure, 0 to 255, by row from the bottom."""
    pixels = drawn(axes[0].figure)
    boxes = [map(int, ax.get_window_extent().extents) for ax in axes]
    return [pixels[y + 1 : top - 1, x + 1 : right - 1, :3] for x, y, right, top in boxes]


def line(ax, label):
    """The line with a label on the sky."""
    (found,) = [one for one in ax.lines if one.get_label() == label]
    points = ax.transData.inverted().transform(found.get_transform().transform(found.get_xydata()))
    return ax.wcs.pixel_to_world(*points.T)


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def limits(ax):
    norm = ax.images[0].norm
    return norm.vmin, norm.vmax


# One alert


def test_cutouts_are_drawn_north_up_and_east_left(images):
    axes = plot_cutouts(images[0])
    assert [ax.get_title() for ax in axes] == ["Science", "Template", "Difference"]
    assert_north_is_up(axes)


def test_the_title_names_object_time_in_utc_and_band(images):
    header = images[0][0].header
    (ax, *_) = plot_cutouts(images[0])
    time = Time(header["MJD-OBS"], format="mjd", scale=header["TIMESYS"].lower()).utc
    expected = f"{header['OBJECT']}   {time.iso[:16]} UTC  {header['FILTER']} band"
    assert ax.figure.get_suptitle() == expected


def test_time_is_converted_to_utc_near_midnight(fink_lsst):
    hdus = fink_lsst.get_cutouts(RUBIN_SUPERNOVA)
    hdus[0].header["MJD-OBS"] = 61000 + 20 / 86400  # TAI, 37 s ahead of UTC
    (ax, *_) = plot_cutouts(hdus)
    assert Time(61000, format="mjd").iso[:10] == "2025-11-21"
    assert "2025-11-20 23:59 UTC" in ax.figure.get_suptitle()


def test_an_asteroid_without_object_id_is_named(fink_lsst):
    (hdus,) = fink_lsst.get_images(fink_lsst.query_sso(9900001)[:1], kind="Science")
    assert not hdus[0].header.get("OBJECT")
    (ax,) = plot_cutouts(hdus)
    assert ax.figure.get_suptitle().startswith("Simulatedalpha")


def test_the_target_is_in_the_gap_of_its_cross(images):
    for ax in plot_cutouts(images[0]):
        header = images[0][0].header
        target = SkyCoord(header["RA"], header["DEC"], unit="deg")
        arms = line(ax, "target").separation(target)
        arms = arms[np.isfinite(arms)]
        assert len(arms) == 8
        np.testing.assert_allclose(arms[arms < np.median(arms)], arms.min(), rtol=1e-3)
        assert arms.min() > 4 * abs(ax.wcs.wcs.cdelt[0]) * u.deg / 2


def test_a_cutout_that_is_cut_off_has_no_cross_where_the_alert_may_not_be(fink):
    hdus = fink.get_cutouts(SUPERNOVA)
    hdus["SCIENCE"].data = hdus["SCIENCE"].data[:, :40]
    science, template, _ = plot_cutouts(hdus)
    assert [one.get_label() for one in science.lines] == ["scale bar"]
    assert [one.get_label() for one in template.lines] == ["target", "scale bar"]


def test_a_scale_bar_is_as_long_as_it_says(images):
    for ax in plot_cutouts(images[0]):
        one, other = line(ax, "scale bar")
        (length,) = [text for text in texts(ax) if text.endswith("″")]
        assert one.separation(other).arcsec == pytest.approx(float(length[:-1]), rel=0.02)


def test_arrows_point_north_and_east(images):
    (ax, *_) = plot_cutouts(images[0])
    ends = {text.get_text(): text.xy for text in ax.texts if text.get_text() in ("N", "E")}
    assert ends["N"][1] > ends["E"][1]
    assert ends["N"][0] > ends["E"][0]


def test_without_annotations_only_images_and_their_titles_are_drawn(images):
    for ax in plot_cutouts(images[0], annotate=False):
        assert (ax.get_title().upper() in KINDS, texts(ax), list(ax.lines)) == (True, [], [])
        assert ax.figure.get_suptitle() == ""
    rows = plot_cutouts(images, n=3, annotate=False)
    kinds = [text for row in rows for ax in row for text in texts(ax)]
    assert [kind.upper() for kind in kinds] == KINDS


# Stretch


def test_science_and_template_share_their_limits_and_the_difference_is_symmetric(images):
    science, template, difference = plot_cutouts(images[0])
    sky = [np.nanmedian(images[0][kind].data) for kind in ("SCIENCE", "TEMPLATE")]
    np.testing.assert_allclose(np.subtract(limits(science), sky[0]), np.subtract(limits(template), sky[1]))
    low, high = limits(difference)
    assert low == -high < 0
    assert high == pytest.approx(np.percentile(np.abs(images[0]["DIFFERENCE"].data), 99.8))


def test_limits_do_not_depend_on_the_brightness_of_the_sky(fink):
    hdus = fink.get_cutouts(SUPERNOVA)
    before = colours(plot_cutouts(hdus))
    hdus["SCIENCE"].data += 512
    for old, new in zip(before, colours(plot_cutouts(hdus)), strict=True):
        np.testing.assert_allclose(old.astype(int), new.astype(int), atol=2)


def test_all_alerts_of_a_strip_have_the_same_limits(images):
    science, _, difference = plot_cutouts(images, n=4)
    assert len({limits(ax) for ax in difference}) == 1
    widths = [np.ptp(limits(ax)) for ax in science]
    np.testing.assert_allclose(widths, widths[0], rtol=1e-6)


def test_the_stretch_is_named_unless_the_caller_chose_another(images):
    assert [texts(ax)[-1] for ax in plot_cutouts(images[0])] == ["asinh 2–99.8 %"] * 2 + ["asinh ±99.8 %"]
    for style in ({"vmin": -5, "vmax": 5}, {"norm": mpl.colors.Normalize(-5, 5)}):
        for ax in plot_cutouts(images[0], cmap="viridis", **style):
            assert not any("asinh" in text for text in texts(ax))
            assert limits(ax) == (-5, 5)
            assert ax.images[0].get_cmap().name == "viridis"


def test_images_in_different_units_are_stretched_apart(fink, fink_lsst):
    alerts = [fink.get_cutouts(SUPERNOVA), fink_lsst.get_cutouts(RUBIN_SUPERNOVA)]
    *_, together = plot_cutouts(alerts)
    apart = [plot_cutouts(alert)[2] for alert in alerts]
    assert [limits(ax) for ax in together] == [limits(ax) for ax in apart]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0, 3, -5])
def test_images_of_one_value_are_drawn(images, value):
    for kind in KINDS:
        images[0][kind].data[:] = value
    axes = plot_cutouts(images[0])
    assert np.isfinite([limits(ax) for ax in axes]).all()
    for shown in colours(axes):
        centre = shown[len(shown) // 2, len(shown) // 2] / 255
        assert np.allclose(centre, BLUE, atol=0.01) == (not np.isfinite(value))


def test_missing_pixels_are_blue_and_what_is_outside_a_cutout_is_hatched(fink_edge, fink_lsst):
    missing = fink_edge.get_cutouts(EDGE)
    assert np.isnan(missing["SCIENCE"].data).any()
    shown = colours(plot_cutouts(missing, annotate=False))[0] / 255
    blue = np.isclose(shown, BLUE, atol=0.01).all(axis=-1).mean()
    assert blue == pytest.approx(np.isnan(missing["SCIENCE"].data).mean(), abs=0.03)
    turned = colours(plot_cutouts(fink_lsst.get_cutouts(RUBIN_SUPERNOVA), annotate=False))[0]
    corner = turned[:20, :20].reshape(-1, 3)
    assert corner.min() > 170
    assert len(np.unique(corner, axis=0)) > 1


def test_missing_pixels_are_blue_in_any_colormap_that_is_named(fink_edge):
    hdus = fink_edge.get_cutouts(EDGE, kind="Science")
    shown = colours(plot_cutouts(hdus, annotate=False, cmap="viridis"))[0] / 255
    blue = np.isclose(shown, BLUE, atol=0.01).all(axis=-1).mean()
    assert blue == pytest.approx(np.isnan(hdus["SCIENCE"].data).mean(), abs=0.03)


def test_an_image_without_a_wcs_is_drawn_as_it_lies_and_has_no_marks(images):
    pixels = np.arange(30 * 20.0).reshape(20, 30)
    hdus = fits.HDUList([images[0][0], fits.ImageHDU(pixels, name="SCIENCE")])
    (ax,) = plot_cutouts(hdus)
    assert (list(ax.lines), texts(ax)) == ([], ["asinh 2–99.8 %"])
    top_right = ax.transAxes.inverted().transform(ax.images[0].get_transform().transform((29, 19)))
    assert (top_right > (0.9, 0.7)).all()


def test_incomplete_cutouts_at_the_edge_of_a_detector_are_drawn(fink_edge):
    for hdus in fink_edge.get_images(EDGE)[:3]:
        for ax in plot_cutouts(hdus, figure=Figure()):
            assert np.isfinite(ax.images[0].norm.vmax)


# Several alerts


def test_several_alerts_are_a_strip_in_time(images):
    rows = plot_cutouts(images, n=5, figure=Figure())
    assert [len(row) for row in rows] == [5, 5, 5]
    captions = [ax.get_title().split("\n") for ax in rows[0]]
    dates = [Time(f"{date} {time.removesuffix(' UTC')}") for date, time, _ in captions]
    assert dates == sorted(dates)
    ends = sorted(hdus[0].header["MJD-OBS"] for hdus in images)
    np.testing.assert_allclose((dates[0].mjd, dates[-1].mjd), (ends[0], ends[-1]), atol=2 / 1440)
    assert {band for *_, band in captions} <= {f"{band} band" for band in "ugrizy"}


def test_all_cutouts_of_a_strip_have_the_same_scale(images):
    rows = plot_cutouts(images, n=4)
    drawn(rows[0][0].figure)
    scales = []
    for ax in itertools.chain(*rows):
        left, right = ax.get_xlim()
        scales.append((right - left) * abs(ax.wcs.wcs.cdelt[0]) / ax.get_window_extent().width)
    np.testing.assert_allclose(scales, scales[0], rtol=1e-6)


def test_alerts_of_different_objects_are_named_one_by_one(fink):
    alerts = [fink.get_cutouts(name) for name in (SUPERNOVA, "ZTF99simdwno")]
    rows = plot_cutouts(alerts)
    assert {ax.get_title().split("\n")[0] for ax in rows[0]} == {SUPERNOVA, "ZTF99simdwno"}
    assert rows[0][0].figure.get_suptitle() == ""


def test_a_kind_that_some_alerts_lack_leaves_a_gap(fink):
    table = fink.query_object(SUPERNOVA)[:2]
    newer, older = fink.get_images(table)
    del older["SCIENCE"]
    rows = plot_cutouts(hdus for hdus in (newer, older))
    assert [len(row) for row in rows] == [1, 2, 2]
    assert [bool(ax.get_title()) for row in rows for ax in row] == [True, True, False, False, False]
    assert [texts(row[0])[1] for row in rows] == ["Science", "Template", "Difference"]


def test_cutouts_from_a_file_are_drawn_alike(images, tmp_path):
    images[0].writeto(tmp_path / "cutouts.fits")
    before = drawn(plot_cutouts(images[0])[0].figure)
    with fits.open(tmp_path / "cutouts.fits") as hdus:
        np.testing.assert_array_equal(before, drawn(plot_cutouts(hdus)[0].figure))


def test_no_cutouts_are_an_error():
    with pytest.raises(InvalidQueryError, match="get_images"):
        plot_cutouts([])


# The figure


def assert_readable(figure, artists):
    """Nothing covers anything else, and nothing is cut off."""
    figure.draw_without_rendering()
    boxes = [artist.get_window_extent() for artist in artists]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("n", [1, 2, 6, 8])
def test_a_strip_is_readable_without_a_figure_of_ones_own(images, n):
    rows = plot_cutouts(images, n=n)
    figure = rows[0][0].figure
    labels = [text for row in rows for text in row[0].texts if text.get_rotation() == 90]
    assert len(labels) == 6
    assert_readable(
        figure, [figure._suptitle, *(ax.title for ax in rows[0]), *labels, *itertools.chain(*rows)]
    )
    assert min(ax.get_window_extent().width for ax in rows[0]) > 120


@pytest.mark.parametrize("kinds", [KINDS, KINDS[:2], KINDS[2:]])
def test_one_alert_is_readable_without_a_figure_of_ones_own(images, kinds):
    axes = plot_cutouts(fits.HDUList([images[0][0], *(images[0][kind] for kind in kinds)]))
    figure = axes[0].figure
    names = [text for ax in axes for text in ax.texts if "asinh" in text.get_text()]
    assert len(names) == len(kinds)
    assert_readable(figure, [figure._suptitle, *(ax.title for ax in axes), *names, *axes])
    assert min(ax.get_window_extent().width for ax in axes) > 170


def test_an_empty_figure_is_resized_only_if_its_size_was_not_chosen(images):
    (ax, *_) = plot_cutouts(images[0])
    assert ax.figure.get_size_inches().tolist() != mpl.rcParams["figure.figsize"]
    chosen = pyplot.figure(figsize=(9, 3.4))
    (ax, *_) = plot_cutouts(images[0])
    assert ax.figure is chosen
    assert chosen.get_size_inches().tolist() == [9, 3.4]


def test_a_current_figure_that_is_in_use_is_left_as_it_is(images):
    mine, axes = pyplot.subplots()
    (ax, *_) = plot_cutouts(images[0])
    assert ax.figure is not mine
    assert mine.axes == [axes]


def test_a_subfigure_and_a_title_of_the_caller_are_kept(images):
    figure = Figure(figsize=(8, 8), layout="constrained")
    above, below = figure.subfigures(2)
    above.suptitle("mine")
    for part in (above, below):
        assert len(plot_cutouts(images[0], figure=part)) == len(part.axes) == 3
    assert above.get_suptitle() == "mine"
    assert below.get_suptitle().startswith(str(images[0][0].header["OBJECT"]))


# Animations


def frames_of(path):
    with Image.open(path) as animation:
        return [
            animation.seek(number) or np.asarray(animation.convert("RGB"))
            for number in range(animation.n_frames)
        ]


@pytest.mark.parametrize("objectid", [SUPERNOVA, EDGE])
def test_an_animation_has_one_frame_per_alert(fink_edge, tmp_path, objectid):
    images = fink_edge.get_images(objectid)[:4]
    frames = frames_of(animate_cutouts(images, tmp_path / "film.gif", kind="Science"))
    assert len({frame.tobytes() for frame in frames}) == len(frames) == len(images)


def test_an_animation_can_be_without_annotations(images, tmp_path):
    with_cross, without = (
        frames_of(animate_cutouts(images[:1], tmp_path / "film.gif", annotate=annotate))[0].astype(int)
        for annotate in (True, False)
    )
    orange = [((frame - (255, 157, 46)) ** 2).sum(axis=-1).min() < 3000 for frame in (with_cross, without)]
    assert orange == [True, False]


@pytest.mark.parametrize("kind", ["Sience", "Science_PSF"])
def test_an_animation_of_an_unknown_kind_is_refused(fink_lsst, tmp_path, kind):
    with pytest.raises(InvalidQueryError, match=f"kind='{kind}'"):
        animate_cutouts([fink_lsst.get_cutouts(RUBIN_SUPERNOVA)], tmp_path / "film.gif", kind=kind)
    assert not list(tmp_path.glob("*.gif"))

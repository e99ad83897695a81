"""Phase curves of asteroids, and the models that Fink fits to them."""

import matplotlib as mpl
import numpy as np
import pytest
from astropy.table import Table
from astroquery.exceptions import InvalidQueryError

mpl.use("agg")
from matplotlib.figure import Figure  # noqa: E402
from readings import drawn  # noqa: E402

from astroquery_fink.plots import plot_lightcurve, plot_phase_curve
from astroquery_fink.tables import optional

pytestmark = pytest.mark.usefixtures("closed_figures")
CLIENTS = pytest.mark.parametrize("client", ["fink", "fink_lsst"], indirect=True)
ALPHA, BETA = 9900001, 9900002


@pytest.fixture
def client(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def asteroid(fink):
    return fink.query_sso(ALPHA, withephem=True)


def lines(ax):
    """Label -> line of each model."""
    return {line.get_label(): line for line in ax.lines if "HG" in line.get_label()}


def points(ax):
    """Label -> line of each band."""
    return {container.get_label(): container[0] for container in ax.containers}


@CLIENTS
def test_each_detection_is_drawn_at_its_phase_angle_and_reduced_magnitude(client):
    table = client.query_sso(ALPHA, withephem=True)
    ax = plot_phase_curve(table)
    shown = np.concatenate([line.get_xydata() for line in points(ax).values()])
    expected = np.transpose([table["Phase"].value, table["i:magpsf_red"].value])
    np.testing.assert_allclose(shown[np.argsort(shown[:, 0])], expected[np.argsort(expected[:, 0])])
    assert ax.yaxis_inverted()
    assert ax.get_title() == "Simulatedalpha"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Phase angle (deg)", "Reduced magnitude (AB)")


@CLIENTS
@pytest.mark.parametrize("flavor", ["HG", "HG1G2", "SHG1G2"])
def test_the_detections_lie_on_the_curve_that_fink_has_fitted(client, flavor):
    pytest.importorskip("sbpy")
    table = client.query_sso(ALPHA, withephem=True)
    ax = plot_phase_curve(table, client.query_ssoft(number=ALPHA, flavor=flavor))
    bands = points(ax)
    assert {f"{band} {flavor}" for band in bands} == set(lines(ax))
    for band, seen in bands.items():
        line = lines(ax)[f"{band} {flavor}"]
        model = np.interp(seen.get_xdata(), line.get_xdata(), line.get_ydata())
        assert np.abs(np.median(seen.get_ydata() - model)) < 0.1
        assert np.std(seen.get_ydata() - model) < 0.05
        assert line.get_color() == seen.get_color()


@pytest.mark.parametrize("flavor", ["HG", "HG1G2"])
def test_the_absolute_magnitude_is_read_at_phase_angle_0(fink, asteroid, flavor):
    pytest.importorskip("sbpy")
    model = fink.query_ssoft(number=ALPHA, flavor=flavor)
    ax = plot_phase_curve(asteroid, model)
    for band, suffix in (("g", 1), ("r", 2)):
        (phase, magnitude), *_ = lines(ax)[f"{band} {flavor}"].get_xydata()
        assert phase == 0
        assert magnitude == pytest.approx(model[f"H_{suffix}"][0], abs=1e-6)


def test_the_spin_of_an_oblate_asteroid_is_a_range_around_the_line(fink, asteroid):
    pytest.importorskip("sbpy")
    model = fink.query_ssoft(number=ALPHA)
    for column, value in {"R": 0.7, "alpha0": 0.0, "delta0": 90.0}.items():
        model[column] = [value]
    ax = plot_phase_curve(asteroid, model)
    green = asteroid[asteroid["i:fid"] == 1]
    # with the pole at the celestial pole, the cosine of the aspect angle is the sine of the declination
    spin = 2.5 * np.log10(1 - 0.3 * np.abs(np.sin(np.radians(green["i:dec"].value))))
    (_, at_zero), *_ = lines(ax)["g SHG1G2"].get_xydata()
    assert at_zero == pytest.approx(model["H_1"][0] + np.median(spin), abs=1e-6)
    band = ax.collections[-2].get_paths()[0].vertices
    assert np.ptp(band[band[:, 0] == 0, 1]) == pytest.approx(np.ptp(spin), abs=1e-6)


@pytest.mark.parametrize(
    ("client", "ids"),
    [("fink", [ALPHA, BETA]), ("fink_lsst", ["2099 SA1", "2099 SB2"])],
    indirect=["client"],
)
def test_monthly_light_curves_are_a_grid_with_the_model_of_each_object(client, ids):
    pytest.importorskip("pyarrow")
    pytest.importorskip("sbpy")
    table = client.query_sso_bulk(ids)
    axes = plot_phase_curve(table, client.query_ssoft(flavor="HG"))
    assert [ax.get_title() for ax in axes] == [str(one) for one in ids]
    assert sum(sum(drawn(ax).values()) for ax in axes) == np.sum(np.isfinite(table["cmagpsf"]))
    assert lines(axes[0])["g HG"].get_ydata()[0] != lines(axes[1])["g HG"].get_ydata()[0]
    alerts = client.query_sso(ALPHA, withephem=True)
    one = points(plot_phase_curve(alerts))["g"].get_xydata()
    other = points(axes[0])["g"].get_xydata()
    assert np.isin(np.round(other[:, 1], 2), np.round(one[:, 1], 2)).mean() > 0.9


def test_both_surveys_can_be_drawn_on_one_axes(fink, fink_lsst, asteroid):
    pytest.importorskip("sbpy")
    ax = plot_phase_curve(asteroid, fink.query_ssoft(number=ALPHA, flavor="HG"))
    rubin = fink_lsst.query_sso(ALPHA, withephem=True)
    plot_phase_curve(rubin, fink_lsst.query_ssoft(number=ALPHA, flavor="HG"), ax=ax)
    assert {"ZTF g", "LSST g", "LSST y"} <= set(points(ax))
    assert {"ZTF g HG", "LSST g HG", "LSST y HG"} <= set(lines(ax))
    assert ax.get_title() == "Simulatedalpha"


def test_detections_fainter_than_the_reference_are_left_out(asteroid):
    asteroid["i:isdiffpos"][:5] = "f"
    assert sum(drawn(plot_phase_curve(asteroid)).values()) == len(asteroid) - 5


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, 1)])
def test_no_detection_and_a_single_one_can_be_drawn(fink, asteroid, rows):
    pytest.importorskip("sbpy")
    ax = plot_phase_curve(asteroid[rows], fink.query_ssoft(number=ALPHA))
    ax.figure.canvas.draw()
    assert len(points(ax)) == len(lines(ax)) == len(asteroid[rows])


def test_columns_that_are_needed_are_named(fink, asteroid):
    with pytest.raises(
        InvalidQueryError, match=r"Phase, i:fid, i:magpsf_red of query_sso\(..., withephem=True"
    ):
        plot_phase_curve(fink.query_sso(ALPHA))
    few = fink.query_sso(ALPHA, withephem=True, columns="jd, fid, magpsf, Phase, Dobs, Dhelio, i:magpsf_red")
    assert sum(drawn(plot_phase_curve(few)).values()) == len(asteroid)


def test_a_row_per_object_is_refused(fink):
    pytest.importorskip("pyarrow")
    with pytest.raises(InvalidQueryError, match="lists=True"):
        plot_phase_curve(fink.query_sso_bulk([ALPHA], lists=True))


def test_models_that_do_not_fit_are_refused(fink, asteroid):
    pytest.importorskip("sbpy")
    with pytest.raises(InvalidQueryError, match="model has no row of Simulatedalpha"):
        plot_phase_curve(asteroid, fink.query_ssoft(number=BETA))
    with pytest.raises(InvalidQueryError, match="flavor 'SOCCA' also depends on the rotation"):
        plot_phase_curve(asteroid, fink.query_ssoft(number=ALPHA, flavor="SOCCA"))
    with pytest.raises(InvalidQueryError, match="not a Table or a Row"):
        plot_phase_curve(asteroid, "HG")
    with pytest.raises(InvalidQueryError, match="columns of a phase curve"):
        plot_phase_curve(asteroid, Table({"sso_name": ["Simulatedalpha"]}))
    without_fit = fink.query_ssoft(number=ALPHA, flavor="HG")
    for name in ("H_1", "H_2"):
        without_fit[name] = np.nan
    with pytest.raises(InvalidQueryError, match="no parameters of Simulatedalpha"):
        plot_phase_curve(asteroid, without_fit)
    spinning = fink.query_ssoft(number=ALPHA)
    asteroid.remove_columns(["i:ra", "i:dec"])
    with pytest.raises(InvalidQueryError, match=r"needs the positions \(ra, dec\)"):
        plot_phase_curve(asteroid, spinning)


def test_a_row_is_a_model_too(fink, asteroid):
    pytest.importorskip("sbpy")
    model = fink.query_ssoft(number=ALPHA, flavor="HG")
    assert set(lines(plot_phase_curve(asteroid, model[0]))) == {"g HG", "r HG"}


def test_light_curves_and_phase_curves_do_not_mix(fink, asteroid):
    with pytest.raises(InvalidQueryError, match="ax shows a phase curve"):
        plot_lightcurve(asteroid, ax=plot_phase_curve(asteroid))
    with pytest.raises(InvalidQueryError, match="ax shows a light curve"):
        plot_phase_curve(asteroid, ax=plot_lightcurve(asteroid))
    with pytest.raises(InvalidQueryError, match="2 Axes, but the table has 1 objects"):
        plot_phase_curve(asteroid, ax=Figure().subplots(1, 2))


def test_without_sbpy_the_extra_is_named(fink, asteroid, monkeypatch):
    model = fink.query_ssoft(number=ALPHA)
    monkeypatch.setattr(optional, "find_spec", lambda name: None if name == "sbpy" else name)
    with pytest.raises(InvalidQueryError, match=r"sbpy: pip install \"astroquery_fink\[asteroids\]\""):
        plot_phase_curve(asteroid, model)

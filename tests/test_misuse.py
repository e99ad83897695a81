"""What a user may get wrong: refused by name before anything is sent; tables that went through a file."""

import threading
import warnings
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Column, MaskedColumn, QTable, Table, vstack
from astropy.time import Time

from astroquery_fink import FinkClass, conf, transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries
from astroquery_fink.surveys import LSST, survey_of
from astroquery_fink.surveys.photometry import plain
from astroquery_fink.tables.build import decode_cutouts

pytest.importorskip("werkzeug")

OBJECT, SOURCE = "ZTF99simsnia", 170000000000000001
NOW = Time("2026-01-01")
MASKED_TIME = Time(np.ma.array([2460000.5], mask=[True]), format="jd")[0]
SCALARS = [NOW, np.array("a"), 5 * u.arcsec, np.ma.masked]


def refused(box, method, *arguments, **keywords):
    """The message of a refusal; nothing is sent."""
    before = len(box.requests)
    with pytest.raises(FinkQueryError) as caught:
        method(*arguments, **keywords)
    assert len(box.requests) == before
    return str(caught.value)


@pytest.mark.parametrize("value", [NOW, MASKED_TIME])
def test_a_scalar_that_only_looks_like_a_list(fink, box, value):
    assert "columns=" in refused(box, fink.query_object, OBJECT, columns=value)
    assert "objectids=" in refused(box, fink.query_objects, value)


@pytest.mark.parametrize("value", SCALARS, ids=repr)
def test_no_name_of_a_solar_system_object(fink, box, value):
    assert "name=" in refused(box, fink.query_sso, value)
    assert "name=" in refused(box, fink.query_ssoft, name=value)
    assert "name=" in refused(box, fink.query_sso_bulk, value)
    assert "trajectory=" in refused(box, fink.query_sso_candidates, "orbParams", trajectory=value)


def test_a_masked_id_in_a_list_is_said_to_be_masked(fink, box):
    assert "masked: leave it out" in refused(box, fink.query_objects, [OBJECT, np.ma.masked])


def test_a_column_without_any_id_is_refused(fink, box):
    ids = MaskedColumn([OBJECT, OBJECT], mask=True)
    assert "2 of 2 rows have no object id (masked or 0)" in refused(box, fink.query_objects, ids)


def test_a_masked_time(fink, box):
    assert "start is a masked time" in refused(box, fink.query_anomalies, start=MASKED_TIME)
    assert "date is a masked time" in refused(box, fink.query_statistics, MASKED_TIME)


@pytest.mark.parametrize("days", [3 * u.day, "3", 0, np.nan, [1]], ids=repr)
def test_a_window_is_looked_at_wherever_the_survey_uses_it(fink, fink_lsst, box, box_lsst, days):
    how = {"start": "2026-01-01", "window": days}
    assert "window=" in refused(box, fink.query_region, "10 10", "5 arcsec", **how)
    assert "window=" in refused(box_lsst, fink_lsst.query_region, "10 10", "5 arcsec", **how)


def test_a_window_needs_a_start_and_may_be_an_integer_of_numpy(fink_lsst, box_lsst):
    assert "give it with start and without stop" in refused(
        box_lsst, fink_lsst.query_region, "10 10", "5 arcsec", window=3
    )
    how = {"start": "2026-01-01", "window": np.int64(3), "get_query_payload": True}
    assert fink_lsst.query_region("10 10", "5 arcsec", **how)["startdate"]


def test_several_radii(fink, box):
    assert "radius=" in refused(box, fink.query_region, "10 10", [1, 2] * u.arcsec)


@pytest.mark.parametrize("value", [Column(["raise", "warn"]), Table(), ["raise"]], ids=type)
def test_no_way_to_treat_a_failure(fink, box, value):
    assert "on_error=" in refused(box, fink.query_objects, OBJECT, on_error=value)


@pytest.mark.parametrize("value", [Column([True, False]), "no", 1], ids=repr)
def test_whether_a_kept_reply_will_do_is_a_truth_value(fink, box, value):
    assert "cache=" in refused(box, fink.query_object, OBJECT, cache=value)


@pytest.mark.parametrize("value", [5, ["x"], "a\0b", "x" * 5000, Time], ids=type)
def test_no_name_of_a_file(fink, box, value):
    pytest.importorskip("pyarrow")
    assert "outdir=" in refused(box, fink.query_objects, OBJECT, outdir=value)
    assert "path=" in refused(box, fink.download_sso_bulk, value)
    assert "file=" in refused(box, fink.query_sso_bulk, 8467, file=value)
    assert "path=" in refused(box, transfer.read, value)


def test_home_is_home_for_the_cache_too(fink, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    fink.cache_location = "~/replies"
    assert fink.cache_location == tmp_path / "replies"
    with pytest.raises(FinkQueryError, match="cache_location=None is not a valid path"):
        fink.cache_location = None


@pytest.mark.parametrize("server", [5, ["x"], b"http://localhost", "http://[::1"])
def test_no_address(server):
    with pytest.raises(FinkQueryError, match="server=.* is not a valid address"):
        FinkClass(server=server)


def test_a_survey_that_cannot_be_looked_up():
    with pytest.raises(FinkQueryError, match="survey="):
        FinkClass(survey=["ztf"])


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_that_would_ask_for_nothing(fink, box, size):
    with conf.set_temp("batch_size", size):
        assert f"conf.batch_size={size}" in refused(box, fink.query_objects, OBJECT)


def test_reading_stamps_leaves_the_filters_of_warnings_alone(fink_lsst, monkeypatch):
    """They are of the whole process, and stamps are read in threads: one might restore those of another."""
    found, fits_open = [], fits.open

    def look(*arguments, **keywords):
        found.append((threading.current_thread(), list(warnings.filters)))
        return fits_open(*arguments, **keywords)

    monkeypatch.setattr(fits, "open", look)
    with warnings.catch_warnings(action="always"):
        before = list(warnings.filters)
        fink_lsst.get_images(SOURCE, kind="Science")
    assert found
    assert all(filters == before for _, filters in found)
    assert {thread for thread, _ in found} != {threading.current_thread()}


@pytest.mark.parametrize(
    "change", [lambda body: body[:-1], lambda body: body[:-2880], lambda body: body[:2880]]
)
def test_a_cut_file_of_stamps_is_broken(fink_lsst, change):
    source = fink_lsst.query_object(SOURCE)["r:diaSourceId"][0]
    response = fink_lsst.get_cutouts_async(SOURCE, candid=source, kind="Science")
    body = getattr(response, "content", None) or response[0].content
    assert decode_cutouts(body, "Science", LSST)
    with pytest.raises(ValueError, match="FITS"):
        decode_cutouts(change(body), "Science", LSST)


@pytest.fixture(params=["ztf", "lsst"])
def light_curve(request, fink, fink_lsst):
    if request.param == "ztf":
        return fink.query_object(OBJECT, withupperlim=True)
    return fink_lsst.query_object(SOURCE, withforced=True)


def through_fits(table, folder):
    with warnings.catch_warnings(action="ignore"):  # that lists in meta are left out
        table.write(folder / "curve.fits")
        return Table.read(folder / "curve.fits")


@pytest.mark.parametrize("way", [through_fits, lambda table, _: QTable(table)], ids=["fits", "QTable"])
def test_a_light_curve_is_the_same_from_a_file_and_as_quantities(light_curve, tmp_path, way):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    from astroquery_fink.plots import plot_lightcurve

    pyplot.switch_backend("agg")
    back = way(light_curve, tmp_path)
    assert survey_of(back) is survey_of(light_curve)
    for how in ({}, {"withupperlim": True}, {"band": "r", "midexposure": True}):
        series, again = to_timeseries(light_curve, **how), to_timeseries(back, **how)
        assert len(series) > 0
        assert np.all(series.time == again.time)
    flux, again = (add_apparent_magnitude(one.copy())["flux"] for one in (light_curve, back))
    assert again.unit == u.Jy
    assert np.ma.allequal(plain(flux), plain(again))
    for brightness in (None, "apparent", "flux", "difference flux"):
        ax, again = (plot_lightcurve(one, brightness=brightness, ax=new_ax()) for one in (light_curve, back))
        assert again.get_title() == ax.get_title()
        assert again.get_legend_handles_labels()[1] == ax.get_legend_handles_labels()[1]


def new_ax():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


@pytest.mark.parametrize("table", [None, [1, 2], "curve.fits"], ids=repr)
def test_no_table(table):
    for draw_or_count in (survey_of, add_apparent_magnitude, to_timeseries):
        with pytest.raises(FinkQueryError, match="table is a .*, not an astropy Table"):
            draw_or_count(table)


def test_a_table_of_another_survey():
    with pytest.raises(FinkQueryError, match=r"table.meta\['survey'\]='panstarrs' is not a valid survey"):
        to_timeseries(Table({"a": [1]}, meta={"survey": "panstarrs"}))


def test_a_stack_of_both_surveys_is_no_light_curve(fink, fink_lsst):
    both = vstack([fink.query_object(OBJECT), fink_lsst.query_object(SOURCE)], metadata_conflicts="silent")
    with pytest.raises(FinkQueryError, match="needs a table of one object"):
        to_timeseries(both)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("band", ["r"]),
        ("match_radius", [1, 2] * u.arcsec),
        ("brightness", ["flux"]),
        ("epoch", Time(["2026-01-01"])),
    ],
)
def test_arguments_of_what_is_made_of_a_light_curve(fink, argument, value):
    pytest.importorskip("matplotlib")
    from astroquery_fink.plots import plot_lightcurve

    how = {argument: value} | ({"period": 1, "ax": new_ax()} if argument == "epoch" else {})
    ask = {"band": to_timeseries, "match_radius": add_apparent_magnitude}.get(argument, plot_lightcurve)
    with pytest.raises(FinkQueryError, match=f"{argument}="):
        ask(fink.query_object(OBJECT), **how)


@pytest.mark.parametrize(
    ("images", "how", "words"),
    [
        (None, {}, "images=None is not a list"),
        (["x.fits"], {}, "images=.* is not a list"),
        ("all", {"kind": None}, "kind=None"),
        ("all", {"interval": 0}, "interval=0"),
    ],
)
def test_arguments_of_a_film(fink, tmp_path, images, how, words):
    pytest.importorskip("matplotlib")
    from astroquery_fink.plots import animate_cutouts

    images = [fink.get_cutouts(OBJECT)] if images == "all" else images
    with pytest.raises(FinkQueryError, match=words):
        animate_cutouts(images, Path(tmp_path, "film.gif"), **how)


@pytest.mark.parametrize(
    ("images", "n", "argument"), [(None, 8, "hdus"), (["x"], 8, "hdus"), ([], "x", "n"), ([], None, "n")]
)
def test_arguments_of_a_strip(images, n, argument):
    pytest.importorskip("matplotlib")
    from astroquery_fink.plots import plot_cutouts

    with pytest.raises(FinkQueryError, match=f"{argument}="):
        plot_cutouts(images, n=n)

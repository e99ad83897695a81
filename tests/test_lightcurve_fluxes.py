"""Fluxes of the difference with their sign, and the tables and arguments that other packages take."""

import sys

import astropy.units as u
import numpy as np
import pytest
from astropy.table import MaskedColumn, Table, vstack
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError
from hypothesis import given
from hypothesis import strategies as st

from astroquery_fink.formats import read, write
from astroquery_fink.lightcurve import (
    add_difference_flux,
    to_lightkurve,
    to_nested,
    to_redback,
    to_sncosmo,
    to_timeseries,
)
from astroquery_fink.surveys.photometry import magnitude

STAR, SUPERNOVA = "ZTF99simrrly", "ZTF99simsnia"
RUBIN = 170000000000000001
AB = 3630.780547701014  # Jy


def alerts(**columns):
    """A Table of ZTF alerts; each column may be replaced."""
    row = {
        "i:jd": [2460000.5],
        "i:fid": [1],
        "i:magpsf": [18.0],
        "i:sigmapsf": [0.1],
        "i:isdiffpos": ["t"],
        "i:diffmaglim": [20.5],
        "i:exptime": [30.0],
        "d:tag": ["valid"],
    } | {name.replace("_", ":", 1): values for name, values in columns.items()}
    return Table(row, units={"i:exptime": "s"}, masked=True)


@pytest.fixture
def supernova(fink):
    """A supernova of ZTF with upper limits and detections of bad quality."""
    return fink.query_object(SUPERNOVA, withupperlim=True)


@pytest.fixture
def visits(fink_lsst):
    """The same sky with Rubin: alerts and forced photometry."""
    return fink_lsst.query_object(RUBIN, withforced=True)


@pytest.mark.parametrize(("sign", "factor"), [("t", 1), ("1", 1), ("f", -1), ("0", -1)])
def test_the_sign_of_a_difference_is_that_of_its_alert(sign, factor):
    row = add_difference_flux(alerts(i_isdiffpos=[sign]), "Jy")[0]
    assert row["difference_flux"] == pytest.approx(factor * AB * 10 ** (-0.4 * 18))
    assert row["difference_flux_error"] == pytest.approx(0.4 * np.log(10) * 0.1 * AB * 10 ** (-0.4 * 18))


@given(st.floats(12, 25), st.floats(0.001, 0.5), st.sampled_from(["nJy", "uJy", "mJy", "erg / (s cm2 Hz)"]))
def test_the_zero_point_of_a_flux_leads_back_to_its_magnitude(magnitude, error, unit):
    table = add_difference_flux(alerts(i_magpsf=[magnitude], i_sigmapsf=[error]), unit)
    column = table["difference_flux"]
    assert column.meta["zp"] - 2.5 * np.log10(column[0]) == pytest.approx(magnitude, abs=1e-5)
    assert (column[0] * column.unit).to(u.ABmag).value == pytest.approx(magnitude, abs=1e-5)
    assert table["difference_flux_error"][0] / column[0] * 2.5 / np.log(10) == pytest.approx(error)


def test_a_zero_point_of_25_is_a_unit():
    table = add_difference_flux(alerts(i_magpsf=[25.0]), 10 ** (-0.4 * 25) * u.AB)
    assert table["difference_flux"].meta["zp"] == pytest.approx(25)
    assert table["difference_flux"][0] == pytest.approx(1)


def test_magnitudes_become_fluxes_by_units_of_astropy(supernova):
    by_units = (supernova["i:magpsf"].value * u.ABmag).to_value(u.uJy)
    by_alert = add_difference_flux(supernova)["difference_flux"]
    np.testing.assert_allclose(by_units, np.abs(np.ma.filled(by_alert, np.nan)), rtol=1e-12)


@pytest.mark.parametrize(
    "unit", ["mag", u.ABmag, "mag(AB)", "W", "erg / (s cm2 AA)", "no unit", None, 3, ["Jy"]]
)
def test_a_unit_that_holds_no_difference_flux_is_refused(unit):
    with pytest.raises(InvalidQueryError, match=r"unit=.*give one such as 'uJy'"):
        add_difference_flux(alerts(), unit)


def test_rubin_publishes_the_flux_of_the_difference(visits):
    table = add_difference_flux(visits, "nJy")
    np.testing.assert_allclose(table["difference_flux"], table["r:psfFlux"], rtol=1e-12)
    np.testing.assert_allclose(table["difference_flux_error"], table["r:psfFluxErr"], rtol=1e-12)
    assert (table["difference_flux"] < 0).any()


def test_upper_limits_have_no_flux_unless_it_is_taken_as_zero(supernova):
    is_limit = supernova["d:tag"] == "upperlim"
    table = add_difference_flux(supernova)
    assert table["difference_flux"].mask[is_limit].all()
    assert np.isnan(table["difference_flux"].data.data[is_limit]).all()
    assert not table["difference_flux"].mask[~is_limit].any()
    table = add_difference_flux(supernova, withupperlim=True)
    limits = (table["i:diffmaglim"][is_limit].value * u.ABmag).to_value(u.uJy)
    assert (table["difference_flux"][is_limit] == 0).all()
    np.testing.assert_allclose(5 * table["difference_flux_error"][is_limit], limits)


def test_the_limit_of_an_image_with_a_detection_is_no_upper_limit(supernova):
    is_limit = supernova["d:tag"] == "upperlim"
    plain, filled = (
        add_difference_flux(supernova.copy(), withupperlim=limits)["difference_flux"][~is_limit]
        for limits in (False, True)
    )
    np.testing.assert_array_equal(plain, filled)


@pytest.mark.parametrize("column", ["i:magpsf", "i:isdiffpos"])
def test_a_flux_that_is_not_known_is_masked_with_its_error(column):
    table = alerts()
    table[column].mask = True
    add_difference_flux(table)
    assert table["difference_flux"].mask[0]
    assert table["difference_flux_error"].mask[0]


def test_a_flux_without_an_error_is_still_a_flux():
    table = alerts()
    table["i:sigmapsf"].mask = True
    add_difference_flux(table)
    assert not table["difference_flux"].mask[0]
    assert table["difference_flux_error"].mask[0]


def test_several_objects_none_and_an_empty_table_have_fluxes(fink):
    assert len(add_difference_flux(fink.query_objects([STAR, SUPERNOVA]))) > 100
    empty = add_difference_flux(fink.query_object(STAR)[:0])
    assert len(empty["difference_flux"]) == 0
    assert len(to_sncosmo(empty)) == 0
    assert len(to_redback(empty)["time"]) == 0


@pytest.mark.parametrize("suffix", ["fits", "vot", "ecsv", "parquet", "h5"])
@pytest.mark.parametrize("light_curve", ["supernova", "visits"])
def test_fluxes_are_the_same_from_a_file(light_curve, suffix, tmp_path, request):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    table = add_difference_flux(request.getfixturevalue(light_curve))
    write(table, tmp_path / f"table.{suffix}")
    back = read(tmp_path / f"table.{suffix}")
    for name in ("difference_flux", "difference_flux_error"):
        np.testing.assert_allclose(np.ma.filled(back[name], np.nan), np.ma.filled(table[name], np.nan))
    fresh, known = (to_sncosmo(one, withupperlim=True) for one in (back, table))
    np.testing.assert_allclose(fresh["flux"], known["flux"])
    np.testing.assert_allclose(fresh["time"], known["time"], atol=1e-9)
    assert fresh["band"].tolist() == known["band"].tolist()


def test_columns_that_lack_are_named(fink):
    table = fink.query_object(STAR, columns="jd,fid,magpsf,sigmapsf")
    for convert in (add_difference_flux, to_sncosmo, to_redback):
        with pytest.raises(
            InvalidQueryError, match=f"{convert.__name__} needs the column.* i:isdiffpos: request"
        ):
            convert(table)
    with pytest.raises(InvalidQueryError, match="i:isdiffpos, i:diffmaglim"):
        to_sncosmo(table, withupperlim=True)


def test_sncosmo_gets_detections_in_order_of_time(supernova):
    photometry = to_sncosmo(supernova)
    assert photometry.colnames == ["time", "band", "flux", "fluxerr", "zp", "zpsys"]
    assert len(photometry) == (supernova["d:tag"] == "valid").sum()
    assert (np.diff(photometry["time"]) >= 0).all()
    assert set(photometry["band"]) == {"ztfg", "ztfr", "ztfi"}
    assert set(photometry["zp"]) == {23.9}
    assert set(photometry["zpsys"]) == {"ab"}
    assert not photometry.has_masked_columns


def test_sncosmo_gets_limits_as_zero_and_no_detections_of_bad_quality(supernova):
    photometry = to_sncosmo(supernova, withupperlim=True)
    assert len(photometry) == (supernova["d:tag"] != "badquality").sum()
    assert (photometry["flux"] == 0).sum() == (supernova["d:tag"] == "upperlim").sum()


def test_times_are_the_middle_of_exposures_where_their_length_is_known(supernova):
    photometry = to_sncosmo(supernova)
    middle = to_timeseries(supernova, midexposure=True).time
    np.testing.assert_allclose(photometry["time"], middle.mjd, atol=1e-9)
    supernova.remove_column("i:exptime")
    later = photometry["time"] - to_sncosmo(supernova)["time"]
    np.testing.assert_allclose(later * 86400, 15, atol=1e-3)


def test_both_surveys_are_in_one_time_scale(supernova, visits):
    rubin = to_sncosmo(visits)
    middle = np.unique(visits["r:midpointMjdTai"])
    np.testing.assert_allclose(rubin["time"], middle - 37 / 86400, atol=1e-9)
    np.testing.assert_allclose(to_sncosmo(visits, scale="tai")["time"], middle)
    both = vstack([to_sncosmo(supernova), rubin])
    assert both.meta == {"time_scale": "utc"}
    assert both["time"].description == "Middle of the exposure, MJD UTC"
    assert {"ztfg", "lsstg"} <= set(both["band"])


@pytest.mark.parametrize("scale", ["ut1", "UT", None, 3])
def test_a_time_scale_that_is_none_is_refused(supernova, scale):
    with pytest.raises(InvalidQueryError, match="is not a time scale: give one of utc, tai, tt, tdb"):
        to_sncosmo(supernova, scale=scale)


def test_forced_photometry_is_in_light_curves_with_its_sign(visits, fink_lsst):
    assert (to_sncosmo(visits)["flux"] < 0).any()
    forced = fink_lsst.query_forced_photometry(RUBIN)
    assert len(to_sncosmo(forced)) == len(forced)


def test_a_visit_with_a_detection_and_a_forced_flux_is_one_point(visits, fink_lsst):
    """It would count twice in a fit; forced fluxes are measured at one position, so they are used."""
    photometry = to_sncosmo(visits)
    moments = list(zip(photometry["time"].round(6), photometry["band"], strict=True))
    assert len(moments) == len(set(moments)) < len(visits)
    assert set(np.round(photometry["flux"], 9)) >= set(
        np.round(visits["r:psfFlux"][_is_forced(visits)] / 1000, 9)
    )
    assert len(to_sncosmo(fink_lsst.query_object(RUBIN))) == (visits["tag"] == "valid").sum()


def test_a_detection_without_a_forced_flux_is_a_point(visits):
    first_forced = np.flatnonzero(_is_forced(visits))[:10]
    visits.remove_rows(first_forced)
    photometry = to_sncosmo(visits)
    assert len(photometry) == len(np.unique(visits["r:midpointMjdTai"].round(6)))


def _is_forced(table):
    return np.asarray(table["tag"]) == "forced"


@pytest.mark.parametrize(
    "changed",
    [
        {"i_magpsf": [np.nan]},
        {"i_sigmapsf": [0.0]},
        {"i_sigmapsf": [np.inf]},
        {"i_fid": [9]},
        {"i_jd": [np.nan]},
        {"d_tag": ["badquality"]},
    ],
    ids=str,
)
def test_rows_that_no_fit_can_use_are_left_out(changed):
    table = vstack([alerts(), alerts(**changed)])
    assert len(to_sncosmo(table)) == 1
    assert len(to_redback(table)["time"]) == 1


@pytest.mark.parametrize("column", ["i:magpsf", "i:sigmapsf", "i:isdiffpos", "i:fid", "i:jd"])
def test_masked_rows_are_left_out(column):
    table = vstack([alerts(), alerts()])
    table[column] = MaskedColumn(table[column], mask=[True, False])
    assert len(to_sncosmo(table)) == 1


@pytest.mark.parametrize("convert", [to_sncosmo, to_redback])
def test_a_light_curve_is_of_one_object(fink, convert):
    with pytest.raises(InvalidQueryError, match=f"{convert.__name__} needs a table of one object"):
        convert(fink.query_objects([STAR, SUPERNOVA]))


def test_a_conversion_leaves_the_table_alone(supernova):
    before = supernova.copy()
    to_sncosmo(supernova, withupperlim=True)
    to_redback(supernova, withupperlim=True)
    assert supernova.colnames == before.colnames
    assert (supernova["i:jd"] == before["i:jd"]).all()


def test_redback_gets_fluxes_in_mjy_since_the_first_alert(supernova):
    arguments, photometry = to_redback(supernova), to_sncosmo(supernova)
    np.testing.assert_allclose(arguments["flux_density"], photometry["flux"] / 1000)
    np.testing.assert_allclose(arguments["flux_density_err"], photometry["fluxerr"] / 1000)
    np.testing.assert_allclose(arguments["time_mjd"], photometry["time"])
    assert arguments["bands"].tolist() == photometry["band"].tolist()
    assert arguments["time"].min() == 0
    assert "detections" not in arguments


def test_redback_gets_limits_as_limits(supernova):
    for mode in ("flux_density", "magnitude"):
        arguments = to_redback(supernova, data_mode=mode, withupperlim=True)
        is_limit = ~arguments["detections"]
        assert is_limit.sum() == (supernova["d:tag"] == "upperlim").sum()
        assert arguments["upper_limit_sigma"] == 5
        assert arguments["time"][arguments["detections"]].min() == 0
        assert arguments["time"][is_limit].min() < 0
    limits = np.sort(supernova["i:diffmaglim"][supernova["d:tag"] == "upperlim"])
    np.testing.assert_allclose(np.sort(arguments["magnitude"][is_limit]), limits)


def test_redback_gets_no_magnitude_of_a_negative_or_insignificant_flux(visits):
    arguments = to_redback(visits, data_mode="magnitude")
    visits = visits[_is_forced(visits)]
    good = visits["r:psfFlux"] >= visits["r:psfFluxErr"]
    assert 0 < len(arguments["time"]) == good.sum() < len(visits)
    magnitudes = 31.4 - 2.5 * np.log10(visits["r:psfFlux"][good])
    np.testing.assert_allclose(np.sort(arguments["magnitude"]), np.sort(magnitudes), atol=1e-3)
    assert (to_redback(alerts(i_isdiffpos=["f"]), data_mode="magnitude")["magnitude"]).size == 0


def test_the_first_alert_is_the_zero_of_time_unless_another_is_given(visits):
    is_alert = visits["tag"] == "valid"
    zero = visits["r:midpointMjdTai"][is_alert].min()
    arguments = to_redback(visits, scale="tai")
    np.testing.assert_allclose(arguments["time"], arguments["time_mjd"] - zero, atol=1e-9)
    burst = Time(zero - 2, format="mjd", scale="tai")
    later = to_redback(visits, epoch=burst)["time"] - arguments["time"]
    np.testing.assert_allclose(later, 2, atol=1e-9)
    with pytest.raises(InvalidQueryError, match="epoch='soon' is not a valid time"):
        to_redback(visits, epoch="soon")


@pytest.mark.parametrize("mode", ["flux", "Magnitude", None])
def test_a_data_mode_that_is_not_offered_is_refused(supernova, mode):
    with pytest.raises(InvalidQueryError, match="is not one of 'flux_density', 'magnitude'"):
        to_redback(supernova, data_mode=mode)


@pytest.mark.parametrize(
    ("convert", "module", "package"),
    [(to_lightkurve, "lightkurve", "lightkurve"), (to_nested, "nested_pandas", "nested-pandas")],
)
def test_a_package_that_is_not_installed_is_named(monkeypatch, convert, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        InvalidQueryError, match=rf'needs .*{package}.*: pip install "astroquery_fink\[interop\]"'
    ):
        convert(alerts(), "g")


@pytest.mark.parametrize("value", [5e-324, 1e-309, 1e-300, 3631.0])
@pytest.mark.parametrize("error", [1e-309, 1.0, 1e300])
def test_the_magnitude_of_any_positive_flux_has_no_warning_and_no_infinite_error(value, error):
    for found in magnitude(np.ma.array([value]), np.ma.array([error])):
        assert np.ma.is_masked(found) or np.isfinite(found).all()

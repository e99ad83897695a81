"""From differences to the source itself, and from a Table to a time series."""

import math

import astropy.units as u
import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from astropy.timeseries import BoxLeastSquares, LombScargle
from astroquery.exceptions import InvalidQueryError
from hypothesis import given
from hypothesis import strategies as st

from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries

STAR, SUPERNOVA = "ZTF99simrrly", "ZTF99simsnia"
PERIOD = 0.5522


def alerts(**columns):
    """A Table of ZTF alerts; each column may be replaced."""
    row = {
        "i:magpsf": [18.0],
        "i:sigmapsf": [0.1],
        "i:isdiffpos": ["t"],
        "i:magnr": [17.0],
        "i:sigmagnr": [0.02],
        "i:distnr": [0.5],
    } | {f"i:{name}": values for name, values in columns.items()}
    return Table(row, units={"i:distnr": "pix"}, masked=True)


def test_a_magnitude_computed_by_hand():
    """Of 17 in the reference and a difference of 18: 10^(0.4) to 1."""
    row = add_apparent_magnitude(alerts())[0]
    ratio = 10**0.4
    assert row["magnitude"] == pytest.approx(18 - 2.5 * math.log10(ratio + 1))
    assert row["flux"] == pytest.approx(3630.7805 * 10 ** (-0.4 * 18) * (ratio + 1))
    assert row["magnitude_error"] == pytest.approx(math.hypot(0.1, 0.02 * ratio) / (ratio + 1))


@pytest.mark.parametrize(("sign", "flux"), [("t", 3), ("1", 3), ("f", 1), ("0", 1)])
def test_both_spellings_of_the_sign(sign, flux):
    """A reference of twice the flux of the difference."""
    table = add_apparent_magnitude(alerts(isdiffpos=[sign], magnr=[18 - 2.5 * math.log10(2)]))
    assert table["flux"][0] / (3630.7805 * 10 ** (-0.4 * 18)) == pytest.approx(flux)


@given(reference=st.floats(12, 22), source=st.floats(12, 22))
def test_the_flux_of_a_source_comes_back_from_its_alert(reference, source):
    f_reference, f_source = 10 ** (-0.4 * reference), 10 ** (-0.4 * source)
    difference = f_source - f_reference
    if abs(difference) < 1e-6 * f_reference:
        return
    table = alerts(
        magpsf=[-2.5 * math.log10(abs(difference))],
        isdiffpos=["t" if difference > 0 else "f"],
        magnr=[reference],
    )
    assert add_apparent_magnitude(table)["flux"][0] == pytest.approx(3630.7805 * f_source, rel=1e-5)


@pytest.mark.parametrize("column", ["magpsf", "sigmapsf", "isdiffpos", "magnr", "sigmagnr", "distnr"])
def test_what_is_not_known_is_masked(column):
    table = alerts()
    table[f"i:{column}"].mask = True
    add_apparent_magnitude(table)
    assert all(table[name].mask[0] for name in ("magnitude", "magnitude_error", "flux", "flux_error"))


def test_a_far_reference_is_another_source():
    table = alerts(distnr=[2.0])
    assert add_apparent_magnitude(table)["magnitude"].mask[0]
    assert not add_apparent_magnitude(table, match_radius=2.1 * u.arcsec)["magnitude"].mask[0]
    assert not add_apparent_magnitude(table, match_radius="0.05 arcmin")["magnitude"].mask[0]


def test_a_flux_below_zero_has_no_magnitude():
    row = add_apparent_magnitude(alerts(isdiffpos=["f"], magpsf=[16.0]))[0]
    assert row["flux"] < 0
    assert row["magnitude"] is np.ma.masked


def test_units_words_and_masks_of_a_real_answer(fink):
    table = fink.query_object(STAR, withupperlim=True)
    assert add_apparent_magnitude(table) is table
    assert [str(table[name].unit) for name in ("magnitude", "magnitude_error", "flux", "flux_error")] == [
        "mag", "mag", "Jy", "Jy"
    ]  # fmt: skip
    assert table["magnitude"].description
    assert table["magnitude"].mask[table["d:tag"] == "upperlim"].all()
    assert not table["magnitude"].mask[table["d:tag"] == "valid"].any()


def test_many_objects_and_none(fink):
    assert not add_apparent_magnitude(fink.query_objects([STAR, "ZTF99simagnx"]))["flux"].mask.all()
    assert len(add_apparent_magnitude(fink.query_object(STAR)[:0])) == 0


@pytest.mark.parametrize("radius", [3, "near", 2 * u.m, None])
def test_a_radius_that_is_no_angle(radius):
    with pytest.raises(InvalidQueryError, match="match_radius"):
        add_apparent_magnitude(alerts(), match_radius=radius)


def test_columns_that_lack_are_named(fink):
    with pytest.raises(InvalidQueryError, match="i:sigmagnr, i:distnr: request them"):
        add_apparent_magnitude(fink.query_object(STAR, columns="magpsf,sigmapsf,isdiffpos,magnr"))


def test_a_series_is_sorted_in_utc_and_leaves_the_table_alone(fink):
    table = fink.query_object(STAR)
    before = table["i:jd"].tolist()
    series = to_timeseries(table)
    assert series.time.scale == "utc"
    assert series.time.jd.tolist() == sorted(before)
    assert table["i:jd"].tolist() == before
    assert series["i:magpsf"].unit == u.mag
    assert sorted(series["i:candid"].tolist()) == sorted(table["i:candid"].tolist())


def test_a_series_of_one_band(fink):
    table = fink.query_object(STAR)
    parts = [to_timeseries(table, band) for band in "gri"]
    assert [set(part["i:fid"].tolist()) for part in parts[:2]] == [{1}, {2}]
    assert sum(map(len, parts)) == len(table)
    with pytest.raises(InvalidQueryError, match="band='R' is not a band of ZTF: give g, r, i"):
        to_timeseries(table, "R")


def test_the_middle_of_an_exposure_is_half_of_it_later(fink):
    table = fink.query_object(STAR)
    later = to_timeseries(table, midexposure=True).time - to_timeseries(table).time
    np.testing.assert_allclose(later.sec, np.asarray(table["i:exptime"][::-1]) / 2, atol=1e-4)


def test_upper_limits_are_in_a_series_on_request(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    assert set(to_timeseries(table)["d:tag"]) == {"valid"}
    assert len(to_timeseries(table, withupperlim=True)) == len(table)


def test_a_series_is_of_one_object(fink):
    with pytest.raises(InvalidQueryError, match="select one by 'i:objectId'"):
        to_timeseries(fink.query_objects([STAR, SUPERNOVA]))


@pytest.fixture
def star(fink):
    return add_apparent_magnitude(fink.query_object(STAR))


def best_period(series):
    periodogram = LombScargle.from_timeseries(series, "magnitude", "magnitude_error")
    frequency, power = periodogram.autopower(maximum_frequency=5 / u.day)
    return (1 / frequency[power.argmax()]).to_value(u.day)


def test_the_period_of_the_simulated_star_is_found(star):
    assert best_period(to_timeseries(star, "r")) == pytest.approx(PERIOD, rel=1e-3)


def test_eclipses_are_found(star):
    series = to_timeseries(star, "r")
    series["flux"] = np.where((series.time.jd / 1.7) % 1 < 0.15, 0.7, 1.0) * u.Jy
    series["flux_error"] = np.full(len(series), 0.01) * u.Jy
    search = BoxLeastSquares.from_timeseries(series, "flux", "flux_error")
    periods = np.linspace(1.5, 1.9, 4000) * u.day
    assert periods[search.power(periods, 0.2 * u.day).power.argmax()].value == pytest.approx(1.7, rel=1e-2)


def test_masked_rows_are_dropped_in_one_line(star):
    star["magnitude"] = MaskedColumn(star["magnitude"], mask=np.arange(len(star)) % 7 == 0)
    series = to_timeseries(star[~star["magnitude"].mask], "r")
    assert best_period(series) == pytest.approx(PERIOD, rel=1e-3)

"""What is masked in a column of floats is NaN underneath, in every table that this package makes."""

import astropy.units as u
import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from astropy.timeseries import BoxLeastSquares
from astropy.utils.exceptions import AstropyUserWarning
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from readings import period_of

from astroquery_fink.lightcurve import add_apparent_magnitude, to_timeseries
from astroquery_fink.surveys import survey_of
from astroquery_fink.surveys.photometry import flux, magnitude, nan_masked
from astroquery_fink.tables.concat import merge

STAR, SUPERNOVA, ASTEROID = "ZTF99simrrly", "ZTF99simsnia", "9900001"
RUBIN_STAR, RUBIN_SUPERNOVA = 170000000000000002, 170000000000000001
PERIOD = 0.5523


def hidden(table):
    """Names of the columns that hide a number under their mask."""
    found = []
    for name in table.colnames:
        column = table[name]
        values = np.asarray(getattr(column, "unmasked", column))
        mask = np.broadcast_to(getattr(column, "mask", False), values.shape)
        if values.dtype.kind == "f" and not np.isnan(values[mask]).all():
            found.append(name)
    return found


QUERIES_OF_ZTF = {
    "object": lambda fink: fink.query_object(SUPERNOVA, withupperlim=True),
    "objects": lambda fink: fink.query_objects([SUPERNOVA, STAR], withupperlim=True),
    "cutouts": lambda fink: fink.query_object("ZTF99simastr", withcutouts=True),
    "region": lambda fink: fink.query_region("186.7283 15.2104", "1arcmin"),
    "class": lambda fink: fink.query_class("Early SN Ia candidate", n=5),
    "asteroid": lambda fink: fink.query_sso(ASTEROID, withephem=True),
    "statistics": lambda fink: fink.query_statistics("2025-03"),
    "names": lambda fink: fink.resolve_name("ZTF99simsntw", resolver="tns", reverse=True),
}
QUERIES_OF_RUBIN = {
    "object": lambda fink: fink.query_object(RUBIN_SUPERNOVA, withforced=True),
    "objects": lambda fink: fink.query_objects([RUBIN_SUPERNOVA, RUBIN_STAR]),
    "forced": lambda fink: fink.query_forced_photometry([RUBIN_SUPERNOVA]),
    "summary": lambda fink: fink.query_summary([RUBIN_SUPERNOVA, RUBIN_STAR]),
    "tag": lambda fink: fink.query_tag("in_tns", n=5),
    "asteroid": lambda fink: fink.query_sso(ASTEROID, withephem=True),
    "statistics": lambda fink: fink.query_statistics("202602"),
}


@pytest.mark.parametrize("query", QUERIES_OF_ZTF)
def test_no_query_of_ztf_hides_a_number_under_a_mask(fink, query):
    assert hidden(QUERIES_OF_ZTF[query](fink)) == []


@pytest.mark.parametrize("query", QUERIES_OF_RUBIN)
def test_no_query_of_rubin_hides_a_number_under_a_mask(fink_lsst, query):
    assert hidden(QUERIES_OF_RUBIN[query](fink_lsst)) == []


def derived(table):
    """All Tables that this package makes of a light curve."""
    yield add_apparent_magnitude(table.copy())
    yield to_timeseries(add_apparent_magnitude(table.copy()), withupperlim=True)
    yield merge([table, add_apparent_magnitude(table.copy()), table[:0]])
    photometry = survey_of(table).photometry
    for pair in (photometry.difference_magnitude(table), photometry.difference_flux(table)):
        yield Table(list(pair), names=["value", "error"], masked=True)
    yield Table(list(photometry.source_flux(table, 1.5 * u.arcsec)), names=["value", "error"], masked=True)


@pytest.mark.parametrize("junk", [0.0, -99.0, 1e20])
def test_nothing_made_of_ztfs_light_curve_hides_a_number(fink, junk):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    for name in ("i:magpsf", "i:sigmapsf", "i:magnr", "i:distnr"):
        table[name].data.data[table[name].mask] = junk
    for made in derived(table):
        given = [] if "time" in made.colnames else table.colnames  # a series is a copy; a table is the user's
        assert set(hidden(made)) <= set(given)


def test_nothing_made_of_rubins_light_curve_hides_a_number(fink_lsst):
    table = fink_lsst.query_object(RUBIN_SUPERNOVA, withforced=True)
    for made in derived(table):
        assert hidden(made) == []


FLOATS = arrays(float, 5, elements=st.floats(-1e30, 1e30) | st.just(np.nan))
MASKS = arrays(bool, 5)


@given(values=FLOATS, errors=FLOATS, mask=MASKS, of_errors=MASKS)
def test_fluxes_and_magnitudes_of_anything(values, errors, mask, of_errors):
    pair = np.ma.array(values / 1e29, mask=mask), np.ma.array(np.abs(errors) / 1e29, mask=of_errors)
    for made in (*magnitude(*pair), *flux(*pair)):
        assert np.isnan(np.ma.getdata(made)[np.ma.getmaskarray(made)]).all()


@given(values=FLOATS, mask=MASKS)
def test_what_is_not_masked_stays(values, mask):
    made = nan_masked(np.ma.array(values, mask=mask))
    np.testing.assert_array_equal(np.ma.getdata(made)[~mask], values[~mask])
    assert np.ma.getmaskarray(made).tolist() == mask.tolist()


def test_integers_that_become_floats_in_a_merged_table_are_nan_under_their_mask():
    whole = Table({"c": MaskedColumn([1, 0], mask=[False, True])})
    real = Table({"c": MaskedColumn([0.5, 9.0], mask=[False, True])})
    merged = merge([whole, real])
    assert merged["c"].tolist() == [1.0, None, 0.5, None]
    assert hidden(merged) == []


@pytest.mark.parametrize("every", [0, 5, 3])
@pytest.mark.parametrize("column", ["i:magnr", "i:magpsf", "i:distnr"])
def test_the_period_is_that_of_the_star_whatever_rows_are_masked(fink, column, every):
    table = fink.query_object(STAR)
    if every:
        table[column] = MaskedColumn(table[column], mask=np.arange(len(table)) % every == 0)
    series = to_timeseries(add_apparent_magnitude(table), "r")
    assert period_of(series) == pytest.approx(PERIOD, abs=2e-4)


def test_the_period_is_that_of_the_star_beside_upper_limits(fink):
    table = add_apparent_magnitude(fink.query_object(STAR, withupperlim=True))
    assert period_of(to_timeseries(table, "r", withupperlim=True)) == pytest.approx(PERIOD, abs=2e-4)


def test_the_period_is_that_of_the_star_where_the_user_masked_magnitudes(fink):
    table = add_apparent_magnitude(fink.query_object(STAR))
    table["magnitude"] = MaskedColumn(table["magnitude"], mask=np.arange(len(table)) % 4 == 0)
    before = np.ma.getdata(table["magnitude"]).tolist()
    assert period_of(to_timeseries(table, "r")) == pytest.approx(PERIOD, abs=2e-4)
    assert np.ma.getdata(table["magnitude"]).tolist() == before


def test_eclipses_are_searched_without_masked_rows(fink):
    table = fink.query_object(STAR)
    table["i:magnr"] = MaskedColumn(table["i:magnr"], mask=np.arange(len(table)) % 3 == 0)
    series = to_timeseries(add_apparent_magnitude(table), "r")
    search = BoxLeastSquares.from_timeseries(series, "flux", "flux_error")
    assert len(search.y) == (~series["flux"].mask).sum()


def test_limits_keep_the_start_of_the_exposure_and_a_warning_says_so(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    without = int(np.ma.getmaskarray(table["i:exptime"]).sum())
    with pytest.warns(
        AstropyUserWarning, match=f"{without} row.s., .*have no i:exptime.*are the start of the exposure"
    ):
        series = to_timeseries(table, withupperlim=True, midexposure=True)
    later = (series.time - to_timeseries(table, withupperlim=True).time).sec
    unknown = series["i:exptime"].mask
    assert unknown.sum() == without > 0
    np.testing.assert_allclose(later[unknown], 0, atol=1e-4)
    np.testing.assert_allclose(later[~unknown], 15, atol=1e-4)


@pytest.mark.parametrize("missing", [np.nan, np.ma.masked])
def test_a_detection_without_an_exposure_time_keeps_its_start(fink, missing):
    table = fink.query_object(STAR)
    table["i:exptime"] = MaskedColumn(table["i:exptime"])
    table["i:exptime"][0] = missing
    with pytest.warns(AstropyUserWarning, match="1 row"):
        series = to_timeseries(table, midexposure=True)
    assert series.time[-1].jd == pytest.approx(table["i:jd"][0], abs=1e-9)
    assert np.isfinite(series.time.jd).all()

"""lightkurve, nested-pandas and light-curve take the light curves of both surveys."""

from importlib.util import find_spec

import astropy.units as u
import numpy as np
import pytest
from astropy.table import vstack
from astroquery.exceptions import InputWarning, InvalidQueryError

from astroquery_fink import transfer
from astroquery_fink.lightcurve import add_apparent_magnitude, add_difference_flux, to_lightkurve, to_nested

if not all(map(find_spec, ("lightkurve", "nested_pandas", "light_curve"))):
    pytest.skip("needs the extra interop-test", allow_module_level=True)

import light_curve
import lightkurve
import nested_pandas
import pyarrow as pa

pytestmark = pytest.mark.interop

STAR, GALAXY, SUPERNOVA = "ZTF99simrrly", "ZTF99simagnx", "ZTF99simsnia"
PERIOD = 0.5522
COLUMNS = {
    "ztf": "objectId, candid, jd, fid, magpsf, sigmapsf",
    "lsst": "diaObjectId, diaSourceId, midpointMjdTai, band, psfFlux, psfFluxErr",
}
RUBIN = [170000000000000001, 170000000000000002, 170000000000000003]


@pytest.fixture
def star(fink, fink_lsst):
    """A variable star, as both surveys see it."""
    return {"ztf": fink.query_object(STAR), "lsst": fink_lsst.query_object(RUBIN[1], withforced=True)}


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_lightkurve_finds_the_period_of_the_simulated_star(star, survey):
    curve = to_lightkurve(star[survey], "r")
    assert isinstance(curve, lightkurve.LightCurve)
    periodogram = curve.to_periodogram(minimum_period=0.2, maximum_period=2)
    assert periodogram.period_at_max_power.to_value(u.day) == pytest.approx(PERIOD, rel=1e-3)
    folded = curve.fold(PERIOD * u.day)
    bins = folded.bin(bins=10, time_bin_start=folded.time[0])
    assert np.nanstd(bins.flux) > 3 * np.nanmedian(curve.flux_err)


def test_light_curves_of_both_surveys_can_be_appended(star):
    ztf, rubin = (to_lightkurve(table, "r") for table in star.values())
    both = ztf.append(rubin)
    assert len(both) == len(ztf) + len(rubin)
    assert (both.time.scale, both.time.format) == ("utc", "jd")
    assert abs(np.median(ztf.flux) / np.median(rubin.flux) - 1) < 0.2


def test_the_flux_is_that_of_the_source_in_the_unit_that_is_wanted(star):
    table = add_apparent_magnitude(star["ztf"].copy())
    table = table[table["i:fid"] == 2]
    table.sort("i:jd")
    curve = to_lightkurve(star["ztf"], "r", unit="mJy")
    assert curve.flux.unit == u.mJy
    np.testing.assert_allclose(curve.flux.to_value(u.Jy), table["flux"])
    np.testing.assert_allclose(curve.flux_err.to_value(u.Jy), table["flux_error"])
    middle = table["i:jd"] - 2400000.5 + table["i:exptime"] / 2 / 86400
    np.testing.assert_allclose(curve.time.mjd, middle, atol=1e-8)


def test_a_transient_has_the_flux_of_the_difference(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    curve = to_lightkurve(table, "g", brightness="difference flux")
    used = (table["i:fid"] == 1) & (table["d:tag"] == "valid")
    fluxes = add_difference_flux(table)["difference_flux"][used]
    np.testing.assert_allclose(curve.flux.value, fluxes[::-1])
    assert not np.isnan(curve.flux).any()


def test_a_light_curve_says_what_it_shows(star):
    curve = to_lightkurve(star["lsst"], "i")
    assert curve.label == f"{RUBIN[1]} i"
    assert (curve.meta["OBJECT"], curve.meta["BAND"]) == (str(RUBIN[1]), "i")


def test_a_source_that_is_not_in_the_reference_has_no_flux_of_its_own(fink):
    table = fink.query_object(STAR)
    table["i:distnr"] = 3.0
    assert len(to_lightkurve(table, "r")) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"band": "R"}, "band='R' is not a band of ZTF: give g, r, i"),
        ({"brightness": "magnitude"}, "brightness='magnitude' is not one of 'flux', 'difference flux'"),
        ({"unit": "mag"}, "unit='mag' is not a unit of spectral flux density"),
        ({"scale": "local"}, "scale='local' is not a time scale"),
    ],
    ids=str,
)
def test_arguments_of_lightkurve_that_are_not_valid(star, arguments, message):
    with pytest.raises(InvalidQueryError, match=message):
        to_lightkurve(star["ztf"], **{"band": "r"} | arguments)


def forced(client):
    """Alerts and forced photometry of several objects of Rubin."""
    tables = [client.query_object(objectid, withforced=True) for objectid in RUBIN]
    return vstack(tables, metadata_conflicts="silent")


def extract(frame, time, brightness, error):
    """Features of all light curves of a frame."""
    features = light_curve.Extractor(light_curve.Amplitude(), light_curve.ReducedChi2())
    fields = {"t": time, "m": brightness, "sigma": error}
    return features.many(pa.array(frame["light_curve"]), arrow_fields=fields, n_jobs=1)


@pytest.mark.parametrize("withupperlim", [False, True])
def test_light_curve_extracts_features_of_all_objects_of_ztf(fink, withupperlim):
    table = fink.query_objects([STAR, GALAXY, SUPERNOVA], withupperlim=withupperlim)
    frame = to_nested(table, "g")
    found = extract(frame, "i:jd", "i:magpsf", "i:sigmapsf")
    for name, row in zip(frame["i:objectId"], found, strict=True):
        used = (table["i:objectId"] == name) & (table["i:fid"] == 1) & ~np.ma.getmaskarray(table["i:candid"])
        assert row[0] == pytest.approx(np.ptp(table["i:magpsf"][used]) / 2)


def test_light_curve_extracts_features_of_all_objects_of_rubin(fink_lsst):
    table = forced(fink_lsst)
    frame = to_nested(table, "r")
    found = extract(frame, "r:midpointMjdTai", "r:psfFlux", "r:psfFluxErr")
    for name, row in zip(frame["r:diaObjectId"], found, strict=True):
        fluxes = table["r:psfFlux"][(table["r:diaObjectId"] == name) & (table["r:band"] == "r")]
        assert row[0] == pytest.approx(np.ptp(fluxes) / 2)


def test_features_of_several_bands_need_no_other_frame(fink_lsst):
    frame = to_nested(fink_lsst.query_objects(RUBIN))
    red = frame.query("light_curve.`r:band` == 'r'")
    np.testing.assert_array_equal(
        extract(red, "r:midpointMjdTai", "r:psfFlux", "r:psfFluxErr"),
        extract(
            to_nested(fink_lsst.query_objects(RUBIN), "r"), "r:midpointMjdTai", "r:psfFlux", "r:psfFluxErr"
        ),
    )


def test_columns_that_were_added_come_along(fink):
    table = add_difference_flux(fink.query_objects([STAR, SUPERNOVA]))
    frame = to_nested(table)
    assert isinstance(frame, nested_pandas.NestedFrame)
    assert frame["light_curve.difference_flux"].sum() == pytest.approx(table["difference_flux"].sum())


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_frame_has_the_rows_of_the_folders_of_light_curves(fink, fink_lsst, survey, tmp_path):
    client, ids = {"ztf": (fink, [GALAXY, STAR, SUPERNOVA]), "lsst": (fink_lsst, RUBIN)}[survey]
    sent = client.query_objects(ids, outdir=tmp_path / "alerts")
    transfer.compact(sent, tmp_path / "compact")
    transfer.light_curves(tmp_path / "compact", tmp_path / "curves")
    theirs = nested_pandas.read_parquet(tmp_path / "curves" / "objects")
    ours = to_nested(client.query_objects(ids))
    assert list(ours.columns) == list(theirs.columns)
    key = ours.columns[0]
    assert ours[key].tolist() == theirs[key].tolist()
    for name in ("ra", "dec", "first", "last", "n_alerts"):
        np.testing.assert_allclose(ours[name].astype(float), theirs[name].astype(float), rtol=1e-9)
    assert set(theirs["light_curve"].nest.columns) <= set(ours["light_curve"].nest.columns)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_table_of_an_object_comes_back_from_its_row(fink, fink_lsst, survey):
    client, ids = {"ztf": (fink, [GALAXY, STAR]), "lsst": (fink_lsst, RUBIN)}[survey]
    table = client.query_objects(ids, columns=COLUMNS[survey])
    row = to_nested(table).iloc[0]
    back = transfer.light_curve(row)
    key = back.colnames[0]
    expected = table[table[key] == row[key]]
    assert sorted(back.colnames) == sorted(expected.colnames)
    for name in back.colnames:
        assert back[name].tolist() == expected[name].tolist()


def test_forced_photometry_is_in_the_light_curve_but_is_no_alert(fink_lsst):
    table = forced(fink_lsst)
    frame = to_nested(table)
    assert frame["n_alerts"].sum() == (table["tag"] == "valid").sum()
    assert len(frame["light_curve.r:psfFlux"]) == len(table)


def test_times_are_in_order_and_nothing_that_features_need_is_missing(fink):
    table = fink.query_objects([STAR, GALAXY, SUPERNOVA], withupperlim=True)
    for curve in to_nested(table)["light_curve"]:
        assert curve["i:jd"].is_monotonic_increasing
        assert not curve[["i:jd", "i:magpsf", "i:sigmapsf"]].isna().any(axis=None)


def test_integers_stay_exact_and_missing_values_are_null(fink):
    table = fink.query_objects([STAR, SUPERNOVA])
    frame = to_nested(table)
    assert sorted(frame["light_curve.i:candid"]) == sorted(table["i:candid"].tolist())
    masked = next(name for name in table.colnames if np.any(getattr(table[name], "mask", False)))
    assert frame[f"light_curve.{masked}"].isna().sum() == table[masked].mask.sum()


def test_asteroids_are_named_by_a_column_of_their_own(fink, fink_lsst):
    table = fink.query_sso(9900001)
    frame = to_nested(table, by="sso_name")
    assert frame["n_alerts"].tolist() == [len(table)]
    rubin = fink_lsst.query_sso("9900001")
    with pytest.warns(InputWarning, match=f"{len(rubin)} rows without a value of 'r:diaObjectId'"):
        assert len(to_nested(rubin)) == 0
    assert len(to_nested(rubin, by="f:sso_name")) == 1


def test_an_empty_table_has_no_objects(fink, fink_lsst):
    for table in (fink.query_object(STAR)[:0], fink_lsst.query_object(RUBIN[0])[:0]):
        frame = to_nested(table)
        assert len(frame) == 0
        assert "light_curve" in frame.columns


def test_a_column_that_lacks_is_named(fink):
    with pytest.raises(InvalidQueryError, match="to_nested needs the column.* i:objectId: request"):
        to_nested(fink.query_object(STAR, columns="jd, fid, magpsf, sigmapsf"))

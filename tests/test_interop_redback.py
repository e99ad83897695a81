"""redback takes the light curves of both surveys, with limits and signs."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from astroquery_fink.lightcurve import to_redback

if not find_spec("redback"):
    pytest.skip("needs the extra interop-test", allow_module_level=True)

with warnings.catch_warnings(action="ignore"):  # of its docstrings, where they are compiled on import
    import redback

pytestmark = pytest.mark.interop

ZTF, RUBIN = "ZTF99simsnia", 170000000000000001


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """redback writes to the working directory."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["ztf", "lsst"])
def table(fink, fink_lsst, request):
    if request.param == "ztf":
        return fink.query_object(ZTF, withupperlim=True)
    return fink_lsst.query_object(RUBIN, withforced=True)


@pytest.mark.parametrize("mode", ["flux_density", "magnitude"])
def test_a_transient_of_redback_takes_the_arguments(table, mode):
    arguments = to_redback(table, data_mode=mode)
    transient = redback.transient.transient.OpticalTransient(**arguments)
    assert transient.data_mode == mode
    for name in ("x", "y", "y_err"):
        assert np.isfinite(getattr(transient, name)).all()
    np.testing.assert_array_equal(transient.y, arguments[mode])
    assert set(transient.active_bands) == set(arguments["bands"])
    assert set(transient.sncosmo_bands) == set(arguments["bands"])
    assert np.all((transient.frequency > 2e14) & (transient.frequency < 1e15))


def test_a_supernova_has_a_redshift_and_phases(table):
    supernova = redback.supernova.Supernova(**to_redback(table), redshift=0.0245, use_phase_model=True)
    assert supernova.redshift == 0.0245
    np.testing.assert_array_equal(supernova.x, to_redback(table)["time_mjd"])


@pytest.mark.parametrize("mode", ["flux_density", "magnitude"])
def test_limits_are_limits_for_redback(fink, mode):
    table = fink.query_object(ZTF, withupperlim=True)
    transient = redback.transient.transient.OpticalTransient(
        **to_redback(table, data_mode=mode, withupperlim=True)
    )
    assert transient.has_upper_limits
    assert transient.upper_limits.sum() == (table["d:tag"] == "upperlim").sum()
    likelihood = redback.likelihoods.GaussianLikelihoodWithUpperLimits(
        *(transient.x, transient.y, transient.y_err),
        function=lambda time, level: np.full(len(time), level),
        detections=transient.detections,
        upper_limit_sigma=transient.upper_limit_sigma,
        data_mode=mode,
    )
    bright, faint = {"flux_density": (10.0, 1e-4), "magnitude": (14.0, 25.0)}[mode]
    of_limits = [
        likelihood._upper_limit_log_likelihood(transient.y, np.full(len(transient.x), level))
        for level in (bright, faint)
    ]
    assert of_limits[0] < -100
    assert of_limits[1] > -1


def test_the_light_that_was_simulated_has_the_highest_likelihood(box, table):
    """Compared with the same light some days off, or a little brighter or fainter."""
    arguments = to_redback(table, scale="utc")
    magnitude = box.sky.target(ZTF).light.magnitude
    keys = ("time_mjd", "flux_density", "flux_density_err", "bands")
    time, flux, error, bands = (arguments[key] for key in keys)

    def light(time, delay, factor):
        moments = zip(bands, time - delay + 2400000.5, strict=True)
        by_band = [magnitude(band[-1], [jd])[0] for band, jd in moments]
        return factor * 10 ** (-0.4 * (np.array(by_band) - 16.4))

    likelihood = redback.likelihoods.GaussianLikelihood(time, flux, error, light)

    def value(delay, factor):
        likelihood.parameters = {"delay": delay, "factor": factor}
        return likelihood.log_likelihood()

    others = [value(-1, 1), value(1, 1), value(0, 0.95), value(0, 1.05)]
    assert value(0, 1) > max(others) + 10

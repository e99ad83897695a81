"""sncosmo fits the light curves of both surveys, and finds the supernova that was simulated."""

from importlib.util import find_spec

import numpy as np
import pytest
from astropy.table import vstack

from astroquery_fink.lightcurve import to_sncosmo

if not (find_spec("sncosmo") and find_spec("iminuit")):
    pytest.skip("needs the extra interop-test", allow_module_level=True)

import sncosmo
from supernova_model import maximum_of, register, source_of

pytestmark = pytest.mark.interop

ZTF, RUBIN = "ZTF99simsnia", 170000000000000001


@pytest.fixture(scope="module")
def light(box):
    """The magnitude of the simulated supernova by band and JD."""
    return box.sky.target(ZTF).light.magnitude


@pytest.fixture(scope="module")
def maximum(light):
    """MJD of the day on which it is brightest in g."""
    return maximum_of(light) - 2400000.5


@pytest.fixture(scope="module")
def model(light):
    """Its spectra; an amplitude of 1, a maximum on that day and a stretch of 1 are the truth."""
    register()
    return sncosmo.Model(source_of(light, sncosmo.StretchSource))


@pytest.fixture
def assert_found(model, maximum):
    """Fit a light curve; the truth must come out within errors that are small."""

    def fit(photometry, *largest_errors):
        names = ["t0", "amplitude", "s"]
        result, _ = sncosmo.fit_lc(photometry, model, names, bounds={"s": (0.5, 2)})
        assert result.success
        assert result.chisq / result.ndof < 1.5
        found = dict(zip(result.param_names, result.parameters, strict=True))
        truth = {"t0": maximum, "amplitude": 1, "s": 1}
        for name, largest in zip(names, largest_errors, strict=True):
            assert abs(found[name] - truth[name]) < 3 * result.errors[name], name
            assert result.errors[name] < largest

    return fit


def test_the_supernova_is_found_in_alerts_of_ztf(fink, assert_found):
    assert_found(to_sncosmo(fink.query_object(ZTF)), 0.1, 0.01, 0.01)


def test_the_supernova_is_found_in_fluxes_of_rubin(fink_lsst, assert_found):
    assert_found(to_sncosmo(fink_lsst.query_object(RUBIN, withforced=True)), 0.02, 0.002, 0.002)


def test_the_supernova_is_found_in_both_surveys_at_once(fink, fink_lsst, assert_found):
    both = [to_sncosmo(fink.query_object(ZTF)), to_sncosmo(fink_lsst.query_object(RUBIN, withforced=True))]
    assert_found(vstack(both), 0.02, 0.002, 0.002)


def test_upper_limits_say_when_the_supernova_was_not_there_yet(fink, model, maximum):
    """Limits before the rise reject a model that was bright then, which detections alone do not know."""
    table = fink.query_object(ZTF, withupperlim=True)
    slow = sncosmo.Model(model.source)
    slow.set(t0=maximum - 40)
    chi_square = [
        sncosmo.chisq(photometry[photometry["time"] < maximum - 20], slow)
        for photometry in (to_sncosmo(table), to_sncosmo(table, withupperlim=True))
    ]
    assert chi_square[0] == 0
    assert chi_square[1] > 100


def test_sncosmo_knows_every_column(fink):
    photometry = to_sncosmo(fink.query_object(ZTF))
    data = sncosmo.photdata.photometric_data(photometry)
    np.testing.assert_array_equal(data.flux, photometry["flux"])
    assert sorted({band.name for band in data.band}) == ["ztfg", "ztfi", "ztfr"]
    normalized = data.normalized(zp=25, zpsys="ab")
    np.testing.assert_allclose(normalized.flux, photometry["flux"] * 10 ** (0.4 * (25 - 23.9)))

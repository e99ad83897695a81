"""sncosmo fits the light curves of both surveys, and finds the supernova that was simulated."""

from importlib.util import find_spec

import numpy as np
import pytest
from astropy.table import vstack

from astroquery_fink.lightcurve import to_sncosmo

if not (find_spec("sncosmo") and find_spec("iminuit")):
    pytest.skip("needs the extra interop-test", allow_module_level=True)

import sncosmo

pytestmark = pytest.mark.interop

ZTF, RUBIN = "ZTF99simsnia", 170000000000000001
CENTRES = {"u": 3600, "g": 4800, "r": 6300, "i": 7500, "z": 8700, "y": 9700}  # Å
NAMES = {"ztf": "gri", "lsst": "ugrizy"}
STEP = 10  # Å
SPEED_OF_LIGHT = 2.998e18  # Å / s


@pytest.fixture(scope="module", autouse=True)
def _bandpasses():
    """Narrow bandpasses under the names that sncosmo has; its own would be downloaded."""
    for survey, bands in NAMES.items():
        for band in bands:
            wavelength = CENTRES[band] + STEP * np.arange(-5, 6)
            bandpass = sncosmo.Bandpass(wavelength, np.ones(wavelength.size), name=survey + band)
            sncosmo.register(bandpass, force=True)


@pytest.fixture(scope="module")
def light(box):
    """The magnitude of the simulated supernova by band and JD."""
    return box.sky.target(ZTF).light.magnitude


@pytest.fixture(scope="module")
def maximum(light):
    """The day on which it is brightest in g."""
    days = 2460370.5 + np.arange(731)
    return days[np.argmin(light("g", days))]


@pytest.fixture(scope="module")
def model(light, maximum):
    """Its spectra; an amplitude of 1, a maximum on that day and a stretch of 1 are the truth."""
    phase = np.arange(-17.5, 450, 0.5)
    wavelength = np.arange(3300, 10050, STEP, dtype=float)
    by_band = {band: 10 ** (-0.4 * (light(band, maximum + phase) + 48.6)) for band in CENTRES}
    nearest = [min(CENTRES, key=lambda band: abs(CENTRES[band] - one)) for one in wavelength]
    spectra = [by_band[band] * SPEED_OF_LIGHT / one**2 for band, one in zip(nearest, wavelength, strict=True)]
    return sncosmo.Model(sncosmo.StretchSource(phase, wavelength, np.transpose(spectra)))


@pytest.fixture
def assert_found(model, maximum):
    """Fit a light curve; the truth must come out within errors that are small."""

    def fit(photometry, *largest_errors):
        names = ["t0", "amplitude", "s"]
        result, _ = sncosmo.fit_lc(photometry, model, names, bounds={"s": (0.5, 2)})
        assert result.success
        assert result.chisq / result.ndof < 1.5
        found = dict(zip(result.param_names, result.parameters, strict=True))
        truth = {"t0": maximum - 2400000.5, "amplitude": 1, "s": 1}
        for name, largest in zip(names, largest_errors, strict=True):
            assert abs(found[name] - truth[name]) < 3 * result.errors[name], name
            assert result.errors[name] < largest

    return fit


def test_the_supernova_is_found_in_alerts_of_ztf(fink, assert_found):
    assert_found(to_sncosmo(fink.query_object(ZTF)), 0.1, 0.01, 0.01)


def test_the_supernova_is_found_in_fluxes_of_rubin(fink_lsst, assert_found):
    assert_found(to_sncosmo(fink_lsst.query_object(RUBIN, withforced=True)), 0.01, 0.001, 0.001)


def test_the_supernova_is_found_in_both_surveys_at_once(fink, fink_lsst, assert_found):
    both = [to_sncosmo(fink.query_object(ZTF)), to_sncosmo(fink_lsst.query_object(RUBIN, withforced=True))]
    assert_found(vstack(both), 0.01, 0.001, 0.001)


def test_upper_limits_say_when_the_supernova_was_not_there_yet(fink, model, maximum):
    """Limits before the rise reject a model that was bright then, which detections alone do not know."""
    table = fink.query_object(ZTF, withupperlim=True)
    slow = sncosmo.Model(model.source)
    slow.set(t0=maximum - 2400000.5 - 40)
    chi_square = [
        sncosmo.chisq(photometry[photometry["time"] < maximum - 2400000.5 - 20], slow)
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

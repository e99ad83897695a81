"""The simulated supernova for sncosmo: its spectra, and bandpasses that would be downloaded otherwise."""

import numpy as np
import sncosmo

__all__ = ["maximum_of", "register", "source_of"]

CENTRES = {"u": 3600, "g": 4800, "r": 6300, "i": 7500, "z": 8700, "y": 9700}  # Å
NAMES = {"ztf": "gri", "lsst": "ugrizy"}
STEP = 10  # Å
SPEED_OF_LIGHT = 2.998e18  # Å / s
DAYS = 2460370.5 + np.arange(731)  # JD


def register():
    """Register narrow bandpasses under the names that sncosmo has for those of ZTF and Rubin."""
    for survey, bands in NAMES.items():
        for band in bands:
            wavelength = CENTRES[band] + STEP * np.arange(-5, 6)
            bandpass = sncosmo.Bandpass(wavelength, np.ones(wavelength.size), name=survey + band)
            sncosmo.register(bandpass, force=True)


def maximum_of(light):
    """The day on which a source is brightest in g, JD; ``light`` gives its magnitude by band and JD."""
    return DAYS[np.argmin(light("g", DAYS))]


def source_of(light, kind):
    """The spectra of a source, in which each wavelength has the magnitude of the nearest band."""
    phase = np.arange(-17.5, 450, 0.5)
    wavelength = np.arange(3300, 10050, STEP, dtype=float)
    by_band = {band: 10 ** (-0.4 * (light(band, maximum_of(light) + phase) + 48.6)) for band in CENTRES}
    nearest = [min(CENTRES, key=lambda band: abs(CENTRES[band] - one)) for one in wavelength]
    spectra = [by_band[band] * SPEED_OF_LIGHT / one**2 for band, one in zip(nearest, wavelength, strict=True)]
    return kind(phase, wavelength, np.transpose(spectra))

"""The three images around an alert: science, template, difference."""

import numpy as np

from ..sky.sources import flux
from .alerts import DETECTOR, PIXEL

__all__ = ["KINDS", "SIZE", "stamp"]

SIZE = 63
CENTRE = SIZE // 2
KINDS = ("Science", "Template", "Difference")
TEMPLATE_SEEING = 1.9  # arcsec
TEMPLATE_DEPTH = {"g": 22.1, "r": 22.0, "i": 21.3}
SKY_LEVEL = {"g": 118.0, "r": 196.0, "i": 262.0}
GAIN = 6.2
MISREGISTRATION = 0.025  # pixels
WINGS = ((0.82, 1.0), (0.18, 2.1))  # share of the light and relative width of the two parts of a star


def stamp(target, alerts, index, kind):
    """
    Image around one alert, 63 pixels a side; row and column both run against declination and right ascension.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    alerts : `~fink_sandbox.ztf.packets.Alerts`
    index : int
        Which alert.
    kind : str
        ``"Science"``, ``"Template"`` or ``"Difference"``.

    Returns
    -------
    array of float32
        Near the edge of the detector it has missing pixels (NaN) or fewer columns.
    """
    draw = {"Science": _science, "Template": _template, "Difference": _difference}[kind]
    image = draw(target, alerts, index).astype(np.float32)
    return _cut_at_the_edge(image, alerts.xpos[index], cropped=index % 2 == 0)


def _cut_at_the_edge(image, xpos, cropped):
    column = np.arange(SIZE) - CENTRE + round(xpos)
    outside = (column < 0) | (column >= DETECTOR[0])
    if cropped:
        return image[:, ~outside]
    image[:, outside] = np.nan
    return image


def _science(target, alerts, index):
    visits = alerts.photometry.visits
    x, y = _origin(alerts, index)
    signal = _static(target, alerts, index, visits.seeing[index], x, y)
    signal += _psf(x, y, _counts(alerts, index, alerts.photometry.flux[index]), visits.seeing[index])
    noise = _pixel_noise(_counts(alerts, index, flux(visits.depth[index])), visits.seeing[index])
    rng = target.generator(f"science {alerts.candid[index]}")
    return _exposed(signal, noise, rng) + SKY_LEVEL[_band(alerts, index)]


def _template(target, alerts, index):
    x, y = _origin(alerts, index)
    signal = _static(target, alerts, index, TEMPLATE_SEEING, x, y)
    return signal + _template_noise(target, alerts, index, signal) + SKY_LEVEL[_band(alerts, index)]


def _difference(target, alerts, index):
    """Science minus the template at the seeing of the science image; positive where the alert is."""
    x, y = _origin(alerts, index)
    rng = target.generator(f"registration {alerts.candid[index]}")
    shift_x, shift_y = rng.normal(0, MISREGISTRATION, 2)
    seeing = alerts.photometry.visits.seeing[index]
    matched = _static(target, alerts, index, seeing, x + shift_x, y + shift_y)
    residual = _science(target, alerts, index) - SKY_LEVEL[_band(alerts, index)] - matched
    residual -= _template_noise(target, alerts, index, matched)
    return residual if alerts.positive[index] else -residual


def _template_noise(target, alerts, index, signal):
    """The noise of the reference image, the same in every stamp of one band."""
    band = _band(alerts, index)
    noise = _pixel_noise(_counts(alerts, index, flux(TEMPLATE_DEPTH[band])), TEMPLATE_SEEING)
    return _exposed(signal, noise, target.generator(f"template {band}"), exposures=30) - signal


def _exposed(signal, noise, rng, exposures=1):
    spread = np.sqrt(noise**2 + np.maximum(signal, 0) / GAIN / exposures)
    return signal + rng.normal(size=signal.shape) * spread


def _band(alerts, index):
    return str(alerts.photometry.visits.band[index])


def _counts(alerts, index, nanojansky):
    return nanojansky * 10 ** (0.4 * (alerts.zeropoint[index] - 31.4))


def _pixel_noise(limit, seeing):
    """Noise of a pixel in an image where a star of `limit` counts has 5 sigma."""
    width = seeing / PIXEL / 2.355
    return limit / 5 / np.sqrt(4 * np.pi * width**2)


def _origin(alerts, index):
    """Pixel of the object's true place: the alert is on the central pixel."""
    x = CENTRE + alerts.xpos[index] - round(alerts.xpos[index]) + alerts.east[index] / PIXEL
    y = CENTRE + alerts.ypos[index] - round(alerts.ypos[index]) + alerts.north[index] / PIXEL
    return x, y


def _static(target, alerts, index, seeing, x, y):
    """Stars, host galaxy, and what the reference holds of the source itself."""
    band, scene = _band(alerts, index), target.scene
    points = np.zeros_like(scene.east)
    spots = [np.column_stack([scene.east, scene.north, points, flux(scene.magnitude[band])])]
    spots.append([[0, 0, 0, flux(target.light.reference[band])]])
    if scene.galaxy:
        spots.append(_galaxy_spots(scene.galaxy, band))
    east, north, width, light = np.vstack(spots).T
    counts = _counts(alerts, index, light)
    return _blurred(x - east / PIXEL, y - north / PIXEL, width / PIXEL, counts, seeing)


def _galaxy_spots(galaxy, band):
    east, north, width, share = galaxy.spots.T
    light = share * flux(galaxy.magnitude[band])
    return np.column_stack([east + galaxy.east, north + galaxy.north, width, light])


def _psf(x, y, counts, seeing):
    return _blurred(*np.array([[x], [y], [0.0], [counts]]), seeing)


def _blurred(x, y, width, counts, seeing):
    """Sum of round Gaussian spots seen through the atmosphere."""
    star = seeing / PIXEL / 2.355
    parts = [_spots(x, y, np.hypot(width, star * wider), share * counts) for share, wider in WINGS]
    return np.sum(parts, axis=0)


def _spots(x, y, width, counts):
    pixel = np.arange(SIZE)
    rows, columns = (np.exp(-0.5 * ((pixel - place[:, None]) / width[:, None]) ** 2) for place in (y, x))
    return (rows * (counts / (2 * np.pi * width**2))[:, None]).T @ columns

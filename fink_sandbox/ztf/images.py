"""The three cutouts of an alert: science, template, difference."""

from functools import lru_cache

import numpy as np
from astropy.io import fits

from ..sky.seeing import Wings, blurred, pixel_noise, star_width
from ..sky.sources import flux
from ..sky.targets import Target
from .alerts import DETECTOR, PIXEL, Alerts

__all__ = ["SIZE", "cutout", "fits_file"]

SIZE = 63
BLOCK = 2880  # bytes, of which FITS files have whole numbers
CENTRE = SIZE // 2
TEMPLATE_SEEING = 1.9  # arcsec
TEMPLATE_DEPTH = {"g": 22.1, "r": 22.0, "i": 21.3}
SKY_LEVEL = {"g": 118.0, "r": 196.0, "i": 262.0}
GAIN = 6.2
MISREGISTRATION = 0.025  # pixels
WINGS: Wings = ((0.82, 1.0), (0.18, 2.1))


def cutout(target: Target, alerts: Alerts, index: int, kind: str) -> np.ndarray:
    """
    Image of 63 x 63 pixels around one alert.

    Rows run against declination, columns against right ascension. Near the edge of the detector the image has
    missing pixels (NaN) or fewer columns.
    """
    draw = {"Science": _science, "Template": _template, "Difference": _difference}[kind]
    image = draw(target, alerts, index).astype(np.float32)
    return _cut_at_the_edge(image, alerts.xpos[index], cropped=index % 2 == 0)


def _cut_at_the_edge(image: np.ndarray, xpos: float, cropped: bool) -> np.ndarray:
    column = np.arange(SIZE) - CENTRE + round(xpos)
    outside = (column < 0) | (column >= DETECTOR[0])
    if cropped:
        return image[:, ~outside]
    image[:, outside] = np.nan
    return image


def _science(target: Target, alerts: Alerts, index: int) -> np.ndarray:
    visits = alerts.photometry.visits
    seeing = visits.seeing[index]
    x, y = _origin(alerts, index)
    signal = _constant(target, alerts, index, seeing, (x, y))
    light = _counts(alerts, index, alerts.photometry.flux[index])
    signal += blurred(np.array([[x], [y], [0.0], [light]]), star_width(seeing, PIXEL), WINGS, SIZE)
    noise = pixel_noise(_counts(alerts, index, flux(visits.depth[index])), star_width(seeing, PIXEL))
    rng = target.generator(f"science {alerts.candid[index]}")
    return _exposed(signal, noise, rng) + SKY_LEVEL[_band(alerts, index)]


def _template(target: Target, alerts: Alerts, index: int) -> np.ndarray:
    signal = _constant(target, alerts, index, TEMPLATE_SEEING, _origin(alerts, index))
    return signal + _template_noise(target, alerts, index, signal) + SKY_LEVEL[_band(alerts, index)]


def _difference(target: Target, alerts: Alerts, index: int) -> np.ndarray:
    """Science minus template at the same seeing; positive at the alert."""
    x, y = _origin(alerts, index)
    rng = target.generator(f"registration {alerts.candid[index]}")
    shift_x, shift_y = rng.normal(0, MISREGISTRATION, 2)
    seeing = alerts.photometry.visits.seeing[index]
    matched = _constant(target, alerts, index, seeing, (x + shift_x, y + shift_y))
    residual = _science(target, alerts, index) - SKY_LEVEL[_band(alerts, index)] - matched
    residual -= _template_noise(target, alerts, index, matched)
    return residual if alerts.positive[index] else -residual


def _template_noise(target: Target, alerts: Alerts, index: int, signal: np.ndarray) -> np.ndarray:
    """The noise of the reference image, the same in every cutout of one band."""
    band = _band(alerts, index)
    limit = _counts(alerts, index, flux(TEMPLATE_DEPTH[band]))
    noise = pixel_noise(limit, star_width(TEMPLATE_SEEING, PIXEL))
    return _exposed(signal, noise, target.generator(f"template {band}"), exposures=30) - signal


def _exposed(
    signal: np.ndarray, noise: np.ndarray, rng: np.random.Generator, exposures: int = 1
) -> np.ndarray:
    spread = np.sqrt(noise**2 + np.maximum(signal, 0) / GAIN / exposures)
    return signal + rng.normal(size=signal.shape) * spread


def _band(alerts: Alerts, index: int) -> str:
    return str(alerts.photometry.visits.band[index])


def _counts(alerts: Alerts, index: int, nanojansky: np.ndarray) -> np.ndarray:
    return nanojansky * 10 ** (0.4 * (alerts.zeropoint[index] - 31.4))


def _origin(alerts: Alerts, index: int) -> tuple[float, float]:
    """Pixel of the object's true position; the alert is on the central pixel."""
    x = CENTRE + alerts.xpos[index] - round(alerts.xpos[index]) + alerts.east[index] / PIXEL
    y = CENTRE + alerts.ypos[index] - round(alerts.ypos[index]) + alerts.north[index] / PIXEL
    return x, y


def _constant(
    target: Target, alerts: Alerts, index: int, seeing: float, origin: tuple[float, float]
) -> np.ndarray:
    """Stars, host galaxy, and the light of the source itself in the reference image."""
    east, north, width, light = target.constant_light(_band(alerts, index)).T
    counts = _counts(alerts, index, light)
    spots = np.array([origin[0] - east / PIXEL, origin[1] - north / PIXEL, width / PIXEL, counts])
    return blurred(spots, star_width(seeing, PIXEL), WINGS, SIZE)


def fits_file(image: np.ndarray) -> bytes:
    """A cutout as a FITS file, whose header has no more than the unit."""
    pixels = image.astype(">f4").tobytes()
    return _header(image.shape) + pixels + bytes(-len(pixels) % BLOCK)


@lru_cache
def _header(shape: tuple[int, ...]) -> bytes:
    hdu = fits.PrimaryHDU(np.zeros(shape, np.float32))
    del hdu.header["EXTEND"]
    hdu.header["BUNIT"] = "DN"
    return hdu.header.tostring().encode("ascii")

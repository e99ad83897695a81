"""The three cutouts of a source, in the orientation of the detector, which differs from visit to visit."""

import io

import numpy as np
from astropy.io import fits

from ..sky.chance import generator
from ..sky.seeing import Wings, blurred, pixel_noise, star_width
from ..sky.sources import flux
from ..sky.targets import Target
from .alerts import DETECTOR, PIXEL, Alerts
from .observe import TEMPLATE_GAIN, TEMPLATE_SEEING
from .visits import DEPTH

__all__ = ["SIZE", "cutout", "fits_file"]

SIZE = 30
PSF_SIZE = {"Science": 41, "Template": 51, "Difference": 41}
WINGS: Wings = ((0.85, 1.0), (0.15, 1.9))
PHOTONS = 40.0  # nJy of variance for each nJy of light
SCALE = PIXEL / 3600  # degrees


def cutout(target: Target, alerts: Alerts, index: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Image of 30 x 30 pixels in nJy and its variance; NaN outside the detector."""
    band, seeing = str(alerts.photometry.visits.band[index]), _seeing(alerts, index, kind)
    constant = _constant(target, alerts, index, band, seeing)
    source = _source(alerts, index, seeing)
    template = _noise(target, f"template {band}", DEPTH[band] + TEMPLATE_GAIN, TEMPLATE_SEEING)
    depth = alerts.photometry.visits.depth[index]
    exposure = _noise(target, f"science {alerts.diasourceid[index]}", depth, seeing)
    signal = {"Science": constant + source, "Template": constant, "Difference": source}[kind]
    parts = {"Science": [exposure], "Template": [template], "Difference": [exposure, template]}[kind]
    light = PHOTONS * np.maximum(constant + source, 0) * (kind != "Template")
    variance = light + sum(width**2 for _, width in parts)
    noise = sum(chance * width for chance, width in parts)
    noise = noise * np.sqrt(variance / sum(width**2 for _, width in parts))
    image, variance = ((signal + noise).astype(np.float32), variance.astype(np.float32))
    return _cut(image, alerts, index), _cut(variance, alerts, index)


def _seeing(alerts: Alerts, index: int, kind: str) -> float:
    return TEMPLATE_SEEING if kind == "Template" else alerts.photometry.visits.seeing[index]


def _noise(target: Target, purpose: str, depth: float, seeing: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit noise of an image, and its width in a pixel."""
    noise = target.generator(f"rubin {purpose}").normal(size=(SIZE, SIZE))
    return noise, pixel_noise(flux(depth), star_width(seeing, PIXEL))


def _cut(image: np.ndarray, alerts: Alerts, index: int) -> np.ndarray:
    for axis, corner in enumerate(_corner(alerts, index)):
        pixel = corner + np.arange(SIZE)
        outside = (pixel < 0) | (pixel >= DETECTOR[axis])
        image[(slice(None), outside) if axis == 0 else (outside, slice(None))] = np.nan
    return image


def _corner(alerts: Alerts, index: int) -> list[int]:
    return [int(centre[index]) - SIZE // 2 for centre in (alerts.x, alerts.y)]


def _angle(alerts: Alerts, index: int) -> float:
    """Position angle in radians, the same for all sources of a visit."""
    visit = f"{alerts.photometry.visits.jd[index]:.7f}"
    return generator(0, visit, "rotation").uniform(0, 2 * np.pi)


def _turned(angle: float, east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the sky to the detector, or back."""
    return -np.cos(angle) * east + np.sin(angle) * north, np.sin(angle) * east + np.cos(angle) * north


def _reference(alerts: Alerts, index: int) -> tuple[float, float]:
    """Pixel of the source, counted from 1."""
    corner = _corner(alerts, index)
    return alerts.x[index] - corner[0], alerts.y[index] - corner[1]


def _source(alerts: Alerts, index: int, seeing: float) -> np.ndarray:
    x, y = (centre - 1 for centre in _reference(alerts, index))
    spot = np.array([[x], [y], [0.0], [alerts.photometry.flux[index]]])
    return blurred(spot, star_width(seeing, PIXEL), WINGS, SIZE)


def _constant(target: Target, alerts: Alerts, index: int, band: str, seeing: float) -> np.ndarray:
    """Stars, the host galaxy, and the light of the source itself in the template."""
    east, north, width, light = target.constant_light(band).T
    x0, y0 = (centre - 1 for centre in _reference(alerts, index))
    dx, dy = _turned(_angle(alerts, index), east - alerts.east[index], north - alerts.north[index])
    spots = np.array([x0 + dx / PIXEL, y0 + dy / PIXEL, width / PIXEL, light])
    return blurred(spots, star_width(seeing, PIXEL), WINGS, SIZE)


def fits_file(target: Target, alerts: Alerts, index: int, kind: str) -> bytes:
    """
    The cutout as a FITS file: image, variance, and image of a star.

    The header has the numbers of a world coordinate system without the names of its axes.
    """
    image, variance = cutout(target, alerts, index, kind)
    primary = fits.PrimaryHDU(image)
    primary.header.extend(_cards(alerts, index), end=True)
    uncertainty = fits.ImageHDU(variance)
    uncertainty.header["UTYPE"] = "VarianceUncertainty"
    uncertainty.name = "UNCERT"
    size = PSF_SIZE[kind]
    spot = np.array([[size // 2], [size // 2], [0.0], [1.0]])
    star = blurred(spot, star_width(_seeing(alerts, index, kind), PIXEL), WINGS, size)
    content = io.BytesIO()
    fits.HDUList([primary, uncertainty, fits.ImageHDU(star / star.sum(), name="PSFIMAGE")]).writeto(content)
    return content.getvalue()


def _cards(alerts: Alerts, index: int) -> list[tuple[str, float | str]]:
    corner, reference = _corner(alerts, index), _reference(alerts, index)
    angle = _angle(alerts, index)
    cosine, sine = SCALE * np.cos(angle), SCALE * np.sin(angle)
    cards = {
        "CUTMINX": corner[0],
        "CUTMINY": corner[1],
        "ROTPA": float(np.degrees(angle)),
        "BUNIT": "nJy",
        "WCSAXES": 2,
        "CRPIX1": float(reference[0]),
        "CRPIX2": float(reference[1]),
        "PC1_1": -cosine,
        "PC1_2": sine,
        "PC2_1": sine,
        "PC2_2": cosine,
        "CDELT1": 1.0,
        "CDELT2": 1.0,
        "CRVAL1": float(alerts.ra[index]),
        "CRVAL2": float(alerts.dec[index]),
        "LATPOLE": 90.0,
        "MJDREF": 0.0,
    }
    return list(cards.items())

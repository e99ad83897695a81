"""The three images around a source, in the orientation of the detector, which every visit turns anew."""

import io

import numpy as np
from astropy.io import fits

from ..sky.chance import generator
from ..sky.sources import flux
from ..ztf.images import KINDS
from .alerts import DETECTOR, PIXEL
from .observe import TEMPLATE_GAIN, TEMPLATE_SEEING
from .visits import DEPTH

__all__ = ["KINDS", "SIZE", "fits_file", "stamp"]

SIZE = 30
PSF_SIZE = {"Science": 41, "Template": 51, "Difference": 41}
WINGS = ((0.85, 1.0), (0.15, 1.9))  # share of the light and relative width of the two parts of a star
PHOTONS = 40.0  # nJy of variance that a nJy of light brings
SCALE = PIXEL / 3600  # degrees


def stamp(target, detections, index, kind):
    """
    Image around one source in nJy, 30 pixels a side.

    Parameters
    ----------
    target : `~fink_sandbox.sky.sky.Target`
    detections : `~fink_sandbox.lsst.packet.Detections`
    index : int
        Which source.
    kind : str
        ``"Science"``, ``"Template"`` or ``"Difference"``.

    Returns
    -------
    tuple of array of float32
        The image and its variance. Pixels beyond the edge of the detector are missing (NaN).
    """
    band = str(detections.photometry.visits.band[index])
    seeing = TEMPLATE_SEEING if kind == "Template" else detections.photometry.visits.seeing[index]
    constant = _constant(target, detections, index, band, seeing)
    source = _source(detections, index, seeing)
    template = _noise(target, f"template {band}", DEPTH[band] + TEMPLATE_GAIN, TEMPLATE_SEEING)
    exposure = _noise(target, f"science {detections.diasourceid[index]}", _depth(detections, index), seeing)
    signal = {"Science": constant + source, "Template": constant, "Difference": source}[kind]
    parts = {"Science": [exposure], "Template": [template], "Difference": [exposure, template]}[kind]
    light = PHOTONS * np.maximum(constant + source, 0) * (kind != "Template")
    variance = light + sum(width**2 for _, width in parts)
    noise = sum(chance * width for chance, width in parts)
    noise = noise * np.sqrt(variance / sum(width**2 for _, width in parts))
    return tuple(_cut(image.astype(np.float32), detections, index) for image in (signal + noise, variance))


def _depth(detections, index):
    return detections.photometry.visits.depth[index]


def _noise(target, purpose, depth, seeing):
    """Unit noise of an image, and its width in a pixel: a star of the depth has 5 sigma."""
    width = seeing / PIXEL / 2.355
    deviation = flux(depth) / 5 / np.sqrt(4 * np.pi * width**2)
    return target.generator(f"rubin {purpose}").normal(size=(SIZE, SIZE)), deviation


def _cut(image, detections, index):
    for axis, corner in enumerate(_corner(detections, index)):
        pixel = corner + np.arange(SIZE)
        outside = (pixel < 0) | (pixel >= DETECTOR[axis])
        image[(slice(None), outside) if axis == 0 else (outside, slice(None))] = np.nan
    return image


def _corner(detections, index):
    return [int(place[index]) - SIZE // 2 for place in (detections.x, detections.y)]


def _angle(detections, index):
    """Position angle of a visit, radians: the same for all sources of the visit."""
    visit = f"{detections.photometry.visits.jd[index]:.7f}"
    return generator(0, visit, "rotation").uniform(0, 2 * np.pi)


def _turned(angle, east, north):
    """From the sky to the detector, or back."""
    return -np.cos(angle) * east + np.sin(angle) * north, np.sin(angle) * east + np.cos(angle) * north


def _reference(detections, index):
    """Pixel of the source, the first pixel being 1."""
    corner = _corner(detections, index)
    return detections.x[index] - corner[0], detections.y[index] - corner[1]


def _source(detections, index, seeing):
    x, y = (place - 1 for place in _reference(detections, index))
    return _blurred(x, y, [0.0], [detections.photometry.flux[index]], seeing)


def _constant(target, detections, index, band, seeing):
    """Stars, the host galaxy, and what the template holds of the source itself."""
    scene = target.scene
    stars = np.column_stack([scene.east, scene.north, 0 * scene.east, flux(scene.magnitude[band])])
    spots = [stars, [[0, 0, 0, flux(target.light.reference[band])]]]
    if scene.galaxy:
        east, north, width, share = scene.galaxy.spots.T
        light = share * flux(scene.galaxy.magnitude[band])
        spots.append(np.column_stack([east + scene.galaxy.east, north + scene.galaxy.north, width, light]))
    east, north, width, light = np.vstack(spots).T
    x0, y0 = (place - 1 for place in _reference(detections, index))
    angle = _angle(detections, index)
    dx, dy = _turned(angle, east - detections.east[index], north - detections.north[index])
    return _blurred(x0 + dx / PIXEL, y0 + dy / PIXEL, width / PIXEL, light, seeing)


def _blurred(x, y, width, light, seeing, size=SIZE):
    """Sum of round Gaussian spots seen through the atmosphere."""
    x, y, width, light = np.atleast_1d(x, y, width, light)
    star = seeing / PIXEL / 2.355
    pixel, image = np.arange(size), np.zeros((size, size))
    for share, wider in WINGS:
        spread = np.hypot(width, star * wider)[:, np.newaxis]
        rows, columns = (np.exp(-0.5 * ((pixel - place[:, np.newaxis]) / spread) ** 2) for place in (y, x))
        image += (rows * (share * light[:, np.newaxis] / (2 * np.pi * spread**2))).T @ columns
    return image


def fits_file(target, detections, index, kind):
    """
    The stamp as a FITS file: image, variance, image of a star.

    The header has the numbers of a world coordinate system but not the names of its axes.

    Returns
    -------
    bytes
    """
    image, variance = stamp(target, detections, index, kind)
    primary = fits.PrimaryHDU(image)
    primary.header.extend(_cards(detections, index), end=True)
    uncertainty = fits.ImageHDU(variance)
    uncertainty.header["UTYPE"] = "VarianceUncertainty"
    uncertainty.name = "UNCERT"
    seeing = TEMPLATE_SEEING if kind == "Template" else detections.photometry.visits.seeing[index]
    size = PSF_SIZE[kind]
    star = _blurred(size // 2, size // 2, 0.0, 1.0, seeing, size)
    content = io.BytesIO()
    fits.HDUList([primary, uncertainty, fits.ImageHDU(star / star.sum(), name="PSFIMAGE")]).writeto(content)
    return content.getvalue()


def _cards(detections, index):
    corner, reference = _corner(detections, index), _reference(detections, index)
    angle = _angle(detections, index)
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
        "CRVAL1": float(detections.ra[index]),
        "CRVAL2": float(detections.dec[index]),
        "LATPOLE": 90.0,
        "MJDREF": 0.0,
    }
    return list(cards.items())

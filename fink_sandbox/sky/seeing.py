"""Images of round spots of light seen through the atmosphere."""

import numpy as np

__all__ = ["IMAGES", "Wings", "blurred", "pixel_noise", "star_width"]

IMAGES = ("Science", "Template", "Difference")
Wings = tuple[tuple[float, float], ...]  # share of the light and relative width of each part of a star


def star_width(seeing: float, pixel: float) -> float:
    """Sigma of a star in pixels, from its full width and the pixel size in arcsec."""
    return seeing / pixel / 2.355


def pixel_noise(limit: np.ndarray, width: float) -> np.ndarray:
    """Noise of a pixel in an image where a star of `limit` has 5 sigma."""
    return limit / 5 / np.sqrt(4 * np.pi * width**2)


def blurred(spots: np.ndarray, star: float, wings: Wings, size: int) -> np.ndarray:
    """Image of spots, rows of x, y, sigma (pixels) and light, as wide as a star."""
    x, y, width, light = spots
    parts = [
        _drawn(np.array([x, y]), np.hypot(width, star * wider), share * light, size) for share, wider in wings
    ]
    return np.sum(parts, axis=0)


def _drawn(centres: np.ndarray, width: np.ndarray, light: np.ndarray, size: int) -> np.ndarray:
    pixel = np.arange(size)
    columns, rows = (np.exp(-0.5 * ((pixel - centre[:, None]) / width[:, None]) ** 2) for centre in centres)
    return (rows * (light / (2 * np.pi * width**2))[:, None]).T @ columns

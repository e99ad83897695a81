"""Cutouts as PNG files and as JSON arrays."""

import json
import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np
from astropy.convolution import Box2DKernel, Gaussian2DKernel, convolve
from werkzeug.wrappers import Response

from .arguments import Payload

__all__ = ["KERNELS", "png", "send_arrays"]

KERNELS = {"gauss": lambda: Gaussian2DKernel(1), "box": lambda: Box2DKernel(3)}
STRETCHES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": lambda unit: 1 / (1 + np.exp(-10 * (unit - 0.5))),
    "linear": lambda unit: unit,
    "sqrt": np.sqrt,
    "power": np.square,
    "log": lambda unit: np.log1p(1000 * unit) / np.log(1001),
}


def send_arrays(images: Mapping[str, np.ndarray]) -> Response:
    """JSON in which missing pixels are the bare word NaN."""
    arrays = {name: image.astype(float).tolist() for name, image in images.items()}
    return Response(json.dumps(arrays, separators=(",", ":")), content_type="application/json")


def png(image: np.ndarray, payload: Payload, transparency: bool = False) -> bytes:
    """PNG file with the first row on top, in colour with an alpha channel if wanted."""
    data = np.nan_to_num(image.astype(float))
    if payload.get("convolution_kernel") in KERNELS:
        data = convolve(data, KERNELS[payload["convolution_kernel"]]())
    limits = [float(payload.get("pmin", 0.5)), float(payload.get("pmax", 99.5))]
    low, high = np.percentile(data, limits)
    unit = STRETCHES[payload.get("stretch", "sigmoid")](np.clip((data - low) / (high - low), 0, 1))
    colormap = payload.get("colormap")
    channels = 4 if transparency else 3
    return _file(_coloured(unit, colormap, channels) if colormap else (255 * unit).astype(np.uint8))


def _coloured(unit: np.ndarray, name: str, channels: int) -> np.ndarray:
    from matplotlib import colormaps

    return (255 * np.asarray(colormaps[name](unit))[..., :channels]).astype(np.uint8)


def _file(pixels: np.ndarray) -> bytes:
    """PNG file of grey (2-d) or coloured (3-d) pixels."""
    height, width = pixels.shape[:2]
    colour_type = {1: 0, 3: 2, 4: 6}[pixels[0, 0].size]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

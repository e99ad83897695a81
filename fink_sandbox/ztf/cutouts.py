"""The endpoint ``cutouts``: the stamps of one alert."""

import io
import json

import numpy as np
from astropy.io import fits
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.pictures import png
from ..server.response import refusal
from .images import KINDS

__all__ = ["cutouts"]


def cutouts(sky, payload):
    """
    Answer a question about stamps.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    alert = _find(sky, payload)
    kind, output = payload["kind"], payload.get("output-format", "PNG")
    if kind == "All" and output != "array":
        return refusal("`kind=All` goes only with `output-format=array`")
    kinds = sorted(KINDS) if kind == "All" else [kind]
    if not set(kinds) <= set(KINDS):
        raise InternalServerError
    images = {one: sky.image(*alert, one) for one in kinds}
    if output == "array":
        return _array(images)
    if output == "FITS":
        return _fits(images[kind])
    return Response(png(images[kind], payload), content_type="image/png")


def _find(sky, payload):
    """Object and row of the newest alert, or of the one of ``candid``."""
    ids = sky.beginning_with(payload["objectId"])
    if not ids:
        raise InternalServerError
    candids = [
        (candid, objectid, row)
        for objectid in ids
        for row, candid in enumerate(sky.history(objectid).valid["i:candid"])
    ]
    asked = str(payload.get("candid", max(candids, key=lambda one: one[0])[0]))
    for candid, objectid, row in candids:
        if str(candid) == asked:
            return objectid, row
    raise InternalServerError


def _array(images):
    """JSON in which missing pixels are the bare word NaN."""
    arrays = {f"b:cutout{kind}_stampData": image.astype(float).tolist() for kind, image in images.items()}
    return Response(json.dumps(arrays, separators=(",", ":")), content_type="application/json")


def _fits(image):
    hdu = fits.PrimaryHDU(image.astype(np.float32))
    del hdu.header["EXTEND"]
    hdu.header["BUNIT"] = "DN"
    content = io.BytesIO()
    hdu.writeto(content)
    return Response(content.getvalue(), content_type="application/octet-stream")

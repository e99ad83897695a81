"""The endpoint ``cutouts``: the cutouts of one alert."""

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload
from ..server.pictures import png, send_arrays
from ..server.response import refusal
from ..sky.seeing import IMAGES
from .images import fits_file
from .survey import Survey

__all__ = ["cutouts"]


def cutouts(survey: Survey, payload: Payload) -> Response:
    """Return one cutout, or all three as arrays."""
    alert = _find(survey, payload)
    kind, output = payload["kind"], payload.get("output-format", "PNG")
    if kind == "All" and output != "array":
        return refusal("`kind=All` goes only with `output-format=array`")
    kinds = sorted(IMAGES) if kind == "All" else [kind]
    if not set(kinds) <= set(IMAGES):
        raise InternalServerError
    images = {one: survey.image(*alert, one) for one in kinds}
    if output == "array":
        return send_arrays({f"b:cutout{one}_stampData": image for one, image in images.items()})
    if output == "FITS":
        return Response(fits_file(images[kind]), content_type="application/octet-stream")
    return Response(png(images[kind], payload), content_type="image/png")


def _find(survey: Survey, payload: Payload) -> tuple[str, int]:
    """Object and row of the newest alert, or of the one with the requested ``candid``."""
    ids = survey.sky.beginning_with(payload["objectId"])
    if not ids:
        raise InternalServerError
    candids = [
        (candid, objectid, row)
        for objectid in ids
        for row, candid in enumerate(survey.history(objectid).valid["i:candid"])
    ]
    wanted = str(payload.get("candid", max(candids, key=lambda one: one[0])[0]))
    for candid, objectid, row in candids:
        if str(candid) == wanted:
            return objectid, row
    raise InternalServerError

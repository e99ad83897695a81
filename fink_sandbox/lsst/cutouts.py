"""The endpoint ``cutouts``: the cutouts of one source."""

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.arguments import Payload
from ..server.pictures import KERNELS, png, send_arrays
from ..server.request import UrlArguments
from ..server.response import message, refusal
from ..sky.seeing import IMAGES
from ..sky.targets import Target
from .alerts import Alerts
from .images import cutout, fits_file
from .survey import Survey

__all__ = ["cutouts"]

FORMATS = ("PNG", "FITS", "array")


def cutouts(survey: Survey, payload: Payload) -> Response:
    """Return one cutout or all three; for an unknown source an empty picture."""
    number, kind, output = payload["diaSourceId"], payload["kind"], payload.get("output-format", "PNG")
    if output not in FORMATS:
        return refusal(f"`{output}` is no output format; there are {', '.join(FORMATS)}")
    if kind == "All" and output != "array":
        return _not_all(payload)
    if not isinstance(number, str) or (kind != "All" and kind not in IMAGES):
        raise InternalServerError
    if "," in number and output == "array":
        raise InternalServerError
    found = survey.source(number)
    if found is None:
        return _named(Response(b"", content_type="image/png"), number, kind, output)
    if output == "array":
        kinds = sorted(IMAGES) if kind == "All" else [kind]
        return send_arrays({f"b:cutout{one}": cutout(*found, one)[0] for one in kinds})
    if output == "FITS":
        response = Response(fits_file(*found, kind), content_type="application/octet-stream")
    else:
        response = Response(_picture(found, kind, payload), content_type="image/png")
    return _named(response, number, kind, output)


def _not_all(payload: Payload) -> Response:
    """Without a format, the URL gets another refusal, and a body breaks the server."""
    text = "`kind=All` goes only with `output-format=array`"
    if "output-format" in payload:
        return refusal(text)
    if isinstance(payload, UrlArguments):
        return message(text, 400)
    raise InternalServerError


def _named(response: Response, number: str, kind: str, output: str) -> Response:
    if output != "array":
        response.headers["Content-Disposition"] = f"attachment; filename={number}_{kind}.{output.lower()}"
    return response


def _picture(found: tuple[Target, Alerts, int], kind: str, payload: Payload) -> bytes:
    """All stretches but the default one break the server; limits have no effect."""
    if payload.get("stretch", "sigmoid") != "sigmoid":
        raise InternalServerError
    if payload.get("convolution_kernel", "box") not in KERNELS:
        raise InternalServerError
    arguments = {name: payload[name] for name in ("colormap", "convolution_kernel") if name in payload}
    return png(cutout(*found, kind)[0], arguments, transparency=True)

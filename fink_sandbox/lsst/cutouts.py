"""The endpoint ``cutouts``: the stamps of one source."""

import json

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from ..server.pictures import KERNELS, png
from ..server.response import message, refusal
from ..server.service import AddressArguments
from .images import KINDS, fits_file, stamp

__all__ = ["cutouts"]

FORMATS = ("PNG", "FITS", "array")


def cutouts(survey, payload):
    """
    Answer a question about stamps; of a source that there is not, an empty picture.

    Parameters
    ----------
    survey : `~fink_sandbox.lsst.survey.Survey`
    payload : dict
        The arguments of the request.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    number, kind, output = payload["diaSourceId"], payload["kind"], payload.get("output-format", "PNG")
    if output not in FORMATS:
        return refusal(f"`{output}` is no output format; there are {', '.join(FORMATS)}")
    if kind == "All" and output != "array":
        return _not_all(payload)
    if not isinstance(number, str) or (kind != "All" and kind not in KINDS):
        raise InternalServerError
    if "," in number and output == "array":
        raise InternalServerError
    found = survey.source(number)
    if found is None:
        return _named(Response(b"", content_type="image/png"), number, kind, output)
    if output == "array":
        return _array(found, sorted(KINDS) if kind == "All" else [kind])
    if output == "FITS":
        response = Response(fits_file(*found, kind), content_type="application/octet-stream")
    else:
        response = Response(_picture(found, kind, payload), content_type="image/png")
    return _named(response, number, kind, output)


def _not_all(payload):
    """Without a format, a question in the address is refused otherwise and any other breaks the server."""
    text = "`kind=All` goes only with `output-format=array`"
    if "output-format" in payload:
        return refusal(text)
    if isinstance(payload, AddressArguments):
        return message(text, 400)
    raise InternalServerError


def _named(response, number, kind, output):
    if output != "array":
        response.headers["Content-Disposition"] = f"attachment; filename={number}_{kind}.{output.lower()}"
    return response


def _array(found, kinds):
    """JSON in which missing pixels are the bare word NaN."""
    arrays = {f"b:cutout{kind}": stamp(*found, kind)[0].astype(float).tolist() for kind in kinds}
    return Response(json.dumps(arrays, separators=(",", ":")), content_type="application/json")


def _picture(found, kind, payload):
    """All stretches but the usual one break the server; limits are read by those only."""
    if payload.get("stretch", "sigmoid") != "sigmoid":
        raise InternalServerError
    if payload.get("convolution_kernel", "box") not in KERNELS:
        raise InternalServerError
    arguments = {name: payload[name] for name in ("colormap", "convolution_kernel") if name in payload}
    return png(stamp(*found, kind)[0], arguments, transparency=True)

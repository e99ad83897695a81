"""What the arguments of a request mean, and the table that is sent in reply."""

from astropy.time import Time
from werkzeug.exceptions import InternalServerError

from ..ztf.survey import COLUMNS
from .formats import FORMATS, encode
from .response import refusal

__all__ = ["STORED", "asked_columns", "day", "instant", "is_true", "number", "send"]

EARLIEST, MODIFIED = 2_400_000.0, 2_400_000.5  # Julian dates: no modified one is as large; where those begin
STORED = [name for name in COLUMNS if not name.startswith("v:")]


def is_true(payload, name):
    """Only these two values mean yes; the word in lower case does not."""
    value = payload.get(name)
    return value is True or value == "True"


def asked_columns(payload):
    """Names in ``columns``, None for all."""
    wanted = payload.get("columns", "*").replace(" ", "")
    return None if wanted == "*" else wanted.split(",")


def day(text):
    """Julian date of a date in text; any other text breaks the server."""
    try:
        return float(Time(text).jd)
    except ValueError as unreadable:
        raise InternalServerError from unreadable


def instant(value):
    """Julian date of a date in text, of a Julian date or of a modified one."""
    try:
        number = float(value)
    except ValueError:
        return day(value)
    return number if number > EARLIEST else number + MODIFIED


def number(payload, name, default=None):
    """An argument as a float; what is none breaks the server."""
    try:
        return float(payload.get(name, default))
    except (TypeError, ValueError) as unreadable:
        raise InternalServerError from unreadable


def send(answer, payload, default="json"):
    """
    Response that carries a table in the format that was asked for.

    Parameters
    ----------
    answer : `~fink_sandbox.server.tables.Answer`
    payload : dict
        The arguments of the request.
    default : str, optional
        The format where none was asked for.

    Returns
    -------
    `werkzeug.wrappers.Response`
    """
    output = payload.get("output-format", default)
    if output not in FORMATS:
        return refusal(f"`{output}` is no output format; there are {', '.join(FORMATS)}")
    return encode(answer, output)

"""The meaning of the arguments of a request."""

from typing import Any

from astropy.time import Time
from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from .formats import FORMATS, encode
from .response import refusal
from .tables import Answer

__all__ = ["MODIFIED", "Payload", "day", "instant", "is_true", "modified", "number", "send"]

EARLIEST, MODIFIED = 2_400_000.0, 2_400_000.5  # least Julian date; Julian date at which modified ones begin
Payload = dict[str, Any]


def is_true(payload: Payload, name: str) -> bool:
    """Whether an argument is JSON's true or the word ``"True"``."""
    value = payload.get(name)
    return value is True or value == "True"


def day(text: str) -> float:
    """Julian date of a date in text; any other text breaks the server."""
    return float(_time(text).jd)


def _time(text: str) -> Time:
    try:
        return Time(text)
    except ValueError as unreadable:
        raise InternalServerError from unreadable


def instant(value: Any) -> float:
    """Julian date of a date in text, of a Julian date or of a modified Julian date."""
    try:
        time = float(value)
    except ValueError:
        return day(value)
    return time if time > EARLIEST else time + MODIFIED


def modified(value: Any) -> float:
    """Modified Julian date of the same; a modified Julian date is exactly itself."""
    try:
        time = float(value)
    except ValueError:
        return float(_time(value).mjd)
    return time - MODIFIED if time > EARLIEST else time


def number(payload: Payload, name: str, default: float | None = None) -> float:
    """An argument as a float; anything else breaks the server."""
    try:
        return float(payload.get(name, default))  # pyright: ignore[reportArgumentType] None is a TypeError
    except (TypeError, ValueError) as unreadable:
        raise InternalServerError from unreadable


def send(answer: Answer, payload: Payload, default: str = "json") -> Response:
    """Response with a table in the requested format."""
    output = payload.get("output-format", default)
    if output not in FORMATS:
        return refusal(f"`{output}` is no output format; there are {', '.join(FORMATS)}")
    return encode(answer, output)

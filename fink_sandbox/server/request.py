"""What a request brings, within limits: nothing that is sent takes more memory than these allow."""

import gzip
import io
import json
import zlib

from werkzeug.exceptions import BadRequest, InternalServerError, RequestEntityTooLarge

from .service import AddressArguments

__all__ = ["arguments", "unzipped"]

LONGEST_BODY = 4_000_000  # bytes
LONGEST_MAP = (
    100_000_000  # bytes of a request that brings a sky map; Python prints it in three times its bytes
)
LARGEST_MAP = 64_000_000  # bytes of a sky map when it is unzipped
MOST_VALUES = 2_000_000
DEEPEST = 20


def arguments(request, endpoint):
    """
    Arguments of the URL, and only where that has none, of the JSON of a POST.

    Parameters
    ----------
    request : `werkzeug.wrappers.Request`
    endpoint : str

    Returns
    -------
    dict or object
        None if the body is not JSON.
    """
    body = _body(request, LONGEST_MAP if endpoint == "skymap" else LONGEST_BODY)
    if request.method == "GET" or request.args:
        return AddressArguments(request.args.to_dict())
    return _json(body) if request.is_json else None


def _body(request, limit):
    """The whole body; one that comes in chunks is read no further than a byte beyond the limit."""
    request.max_content_length = limit + 1
    refusal = RequestEntityTooLarge(f"The body is longer than {limit:,} bytes.")
    try:
        body = request.get_data()
    except RequestEntityTooLarge as too_long:
        raise refusal from too_long
    if len(body) > limit:
        raise refusal
    return body


def _json(body):
    """What the JSON says, None if it is none."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise RequestEntityTooLarge(f"The JSON has more than {MOST_VALUES:,} values.")
    try:
        value = json.loads(body)
    except ValueError:
        return None
    except RecursionError as too_deep:
        raise BadRequest("The JSON is nested too deeply.") from too_deep
    if _is_deep(value):
        raise BadRequest(f"The JSON is nested more than {DEEPEST} levels deep.")
    return value


def _is_deep(value):
    level = [value]
    for _ in range(DEEPEST):
        level = [child for one in level for child in _children(one)]
    return bool(level)


def _children(value):
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def unzipped(packed):
    """
    A gzipped sky map, unzipped.

    Parameters
    ----------
    packed : bytes

    Returns
    -------
    bytes
    """
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            content = file.read(LARGEST_MAP + 1)
    except (OSError, EOFError, zlib.error) as unreadable:
        raise InternalServerError from unreadable
    if len(content) > LARGEST_MAP:
        raise RequestEntityTooLarge(f"The sky map has more than {LARGEST_MAP:,} bytes.")
    return content

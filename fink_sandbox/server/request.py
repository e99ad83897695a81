"""The arguments of a request, within limits of memory."""

import gzip
import io
import json
import zlib
from collections.abc import Collection
from typing import Any

from werkzeug.exceptions import BadRequest, InternalServerError, RequestEntityTooLarge
from werkzeug.wrappers import Request

__all__ = ["UrlArguments", "arguments", "unzipped"]

LONGEST_BODY = 4_000_000  # bytes
LONGEST_MAP = 100_000_000  # bytes of a request with a sky map, which Python prints in three times its bytes
LARGEST_MAP = 64_000_000  # bytes of a sky map without compression
MOST_VALUES = 2_000_000
DEEPEST = 20


class UrlArguments(dict[str, str]):
    """Arguments from the URL of a request: all are text."""


def arguments(request: Request, endpoint: str) -> Any:
    """Arguments in the URL, else in the JSON of a POST; None if it is not JSON."""
    body = _body(request, LONGEST_MAP if endpoint == "skymap" else LONGEST_BODY)
    if request.method in ("GET", "HEAD") or request.args:
        return UrlArguments(request.args.to_dict())
    return _json(body) if request.is_json else None


def _body(request: Request, limit: int) -> bytes:
    """The whole body; chunks are read no further than one byte beyond the limit."""
    request.max_content_length = limit + 1
    refusal = RequestEntityTooLarge(f"The body is longer than {limit:,} bytes.")
    try:
        body = request.get_data()
    except RequestEntityTooLarge as too_long:
        raise refusal from too_long
    if len(body) > limit:
        raise refusal
    return body


def _json(body: bytes) -> Any:
    """The decoded JSON, None if it is not valid."""
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


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for one in level for child in _children(one)]
    return bool(level)


def _children(value: Any) -> Collection:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def unzipped(packed: bytes) -> bytes:
    """Decompress a sky map; a broken one breaks the server."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            content = file.read(LARGEST_MAP + 1)
    except (OSError, EOFError, zlib.error) as unreadable:
        raise InternalServerError from unreadable
    if len(content) > LARGEST_MAP:
        raise RequestEntityTooLarge(f"The sky map has more than {LARGEST_MAP:,} bytes.")
    return content

"""The sky map of a request."""

from collections.abc import Collection
from typing import Any

from werkzeug.exceptions import InternalServerError

from ..sky.events import event_map
from .arguments import Payload
from .request import unzipped
from .tables import Answer

__all__ = ["UNKNOWN_EVENT", "requested_map"]

UNKNOWN_EVENT = Answer({"status": ["there is no such event"]}, [0])


def requested_map(payload: Payload, events: Collection[str]) -> bytes | None:
    """The FITS file of a request's sky map, None for an unknown event."""
    if "bayestar" in payload:
        return unzipped(_bytes(payload["bayestar"]))
    if "event_name" not in payload:
        raise InternalServerError
    if payload["event_name"] not in events:
        return None
    return unzipped(event_map(payload["event_name"]))


def _bytes(text: Any) -> bytes:
    """Read printed bytes without Python's parser; other text breaks the server."""
    if not isinstance(text, str) or text[:2] not in ("b'", 'b"') or text[-1:] != text[1]:
        raise InternalServerError
    try:
        return text[2:-1].encode("latin-1").decode("unicode_escape").encode("latin-1")
    except ValueError as unreadable:
        raise InternalServerError from unreadable

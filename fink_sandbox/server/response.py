"""Responses that are not tables: JSON, plain text and refusals."""

import json
from typing import Any

from werkzeug.wrappers import Response

__all__ = ["HTML", "as_json", "message", "plain", "refusal"]

HTML = "text/html; charset=utf-8"


def as_json(content: Any) -> Response:
    """Response with anything as JSON."""
    return Response(json.dumps(content), content_type="application/json")


def refusal(text: str | Exception) -> Response:
    """Status 400 with a printed Python dict, which is not JSON."""
    return plain(str({"status": "error", "text": text if isinstance(text, Exception) else f"{text}\n"}))


def plain(text: str) -> Response:
    """Status 400 with plain text."""
    return Response(text, status=400, content_type=HTML)


def message(text: str | None, status: int | None) -> Response:
    """A JSON object with one line."""
    return Response(json.dumps({"message": text}) + "\n", status=status, content_type="application/json")

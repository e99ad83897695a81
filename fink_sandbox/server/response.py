"""How the server says no."""

import json

from werkzeug.wrappers import Response

__all__ = ["HTML", "message", "plain", "refusal"]

HTML = "text/html; charset=utf-8"


def refusal(text):
    """Status 400 with the print of a Python dict, which is not JSON; an exception is printed as one."""
    text = text if isinstance(text, Exception) else f"{text}\n"
    return plain(str({"status": "error", "text": text}))


def plain(text):
    """Status 400 with nothing but text."""
    return Response(text, status=400, content_type=HTML)


def message(text, status):
    """A JSON object with one line."""
    return Response(json.dumps({"message": text}) + "\n", status=status, content_type="application/json")

"""How the server says no."""

import json

from werkzeug.wrappers import Response

__all__ = ["HTML", "message", "refusal"]

HTML = "text/html; charset=utf-8"


def refusal(text):
    """Status 400 with the print of a Python dict, which is not JSON."""
    return Response(str({"status": "error", "text": f"{text}\n"}), status=400, content_type=HTML)


def message(text, status):
    """A JSON object with one line."""
    return Response(json.dumps({"message": text}) + "\n", status=status, content_type="application/json")

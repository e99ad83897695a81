# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values of ``meta`` as text, for formats whose ``meta`` holds text only."""

import json
from contextlib import suppress
from typing import Any

__all__ = ["from_text", "to_text"]

_JSON = "json:"  # prefix of values that are not plain text


def to_text(value: Any) -> str:
    """Printable ASCII text as it is, anything else as JSON in ASCII."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and not value.startswith(_JSON):
        return value
    return _JSON + json.dumps(value, default=str)


def from_text(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_JSON):
        with suppress(ValueError):
            return json.loads(value.removeprefix(_JSON))
    return value

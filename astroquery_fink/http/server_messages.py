# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text of a server as it may be shown: short, in one line, without anything that a terminal would obey."""

import html
import json
import re
from contextlib import suppress

__all__ = ["printable", "server_message"]

_LOOKED_AT = 4096  # bytes of a body: no number in them is too long for int()
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|(?:\x1b[]P^_X]|[\x9d\x90])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard
)
_USER = re.compile(r"//[^/\s]*@")
_TAG = re.compile(r"<[^<>]*>")
_CALL = re.compile(r"\w*\(")


def printable(text: str, limit: int = 2000) -> str:
    """The text in one line, without terminal escapes, invisible characters and passwords in addresses."""
    plain = _ESCAPES.sub("", text[: 4 * limit])
    shown = (one for one in plain if one.isprintable() or one.isspace())
    line = _USER.sub("//…@", " ".join("".join(shown).split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def server_message(body: bytes, limit: int = 300) -> str:
    """What an error response says in JSON ``message``, a printed dict as of Fink, HTML or plain text."""
    return printable(_said(body[:_LOOKED_AT].decode("utf-8", "replace")), limit)


def _said(text: str) -> str:
    with suppress(ValueError, RecursionError, AttributeError):
        return str(json.loads(text).get("message", text))
    before, found, printed = text.partition("'text': ")
    if found:
        return _text_of_printed(printed).replace("\\n", " ")
    return html.unescape(_TAG.sub(" ", text))


def _text_of_printed(printed: str) -> str:
    """The text at the beginning of the rest of a printed dict, itself or as the argument of an error."""
    call = _CALL.match(printed)
    text = printed[call.end() :] if call else printed
    quote = text[:1]
    if quote not in ("'", '"'):
        return printed
    end = max(text.rfind(f"{quote}}}"), text.rfind(f"{quote})}}"))
    return text[1:end] if end > 0 else text[1:]

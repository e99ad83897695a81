# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text of a server, made safe to print: short, on one line, without terminal escapes."""

import html
import json
import re
from contextlib import suppress

__all__ = ["printable", "server_message"]

_READ = 4096  # bytes of a body that are read; numbers in so few bytes are not too long for int()
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|(?:\x1b[]P^_X]|[\x9d\x90])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, clipboard
)
_USER = re.compile(r"//[^/\s]*@")
_TAG = re.compile(r"<[^<>]*>")
_CALL = re.compile(r"\w*\(")


def printable(text: str, limit: int = 2000) -> str:
    """The text on one line, without terminal escapes, invisible characters and passwords in URLs."""
    plain = _ESCAPES.sub("", text[: 4 * limit])
    visible = (character for character in plain if character.isprintable() or character.isspace())
    line = _USER.sub("//…@", " ".join("".join(visible).split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def server_message(body: bytes, limit: int = 300) -> str:
    """The message in an error response: JSON, a printed dict (as Fink sends), HTML or plain text."""
    return printable(_message_in(body[:_READ].decode("utf-8", "replace")), limit)


def _message_in(text: str) -> str:
    with suppress(ValueError, RecursionError, AttributeError):
        return str(json.loads(text).get("message", text))
    _, key, value = text.partition("'text': ")
    if key:
        return _text_value(value).replace("\\n", " ")
    return html.unescape(_TAG.sub(" ", text))


def _text_value(printed: str) -> str:
    """The string at the start of a printed dict value, also as the argument of a printed exception."""
    call = _CALL.match(printed)
    text = printed[call.end() :] if call else printed
    quote = text[:1]
    if quote not in ("'", '"'):
        return printed
    end = max(text.rfind(f"{quote}}}"), text.rfind(f"{quote})}}"))
    return text[1:end] if end > 0 else text[1:]

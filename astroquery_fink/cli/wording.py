# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Messages of the library in the words of the command: commands and options instead of Python names."""

import re

from .simple import SIMPLE

__all__ = ["in_command_words"]

_COMMANDS = {
    "query_object": "lightcurve",
    "query_objects": "lightcurve",
    "query_forced_photometry": "forced",
    "query_summary": "summary",
    "query_region": "cone",
    "query_class": "class",
    "query_tag": "tag",
    "query_sso": "sso",
    "get_cutouts": "cutouts",
    "get_images": "cutouts --all",
    "resolve_name": "resolve",
    "list_columns": "columns",
}
_COMMANDS |= {one.method: one.command for one in SIMPLE}
_FLAGS = {
    "withupperlim": "--upper-limits",
    "withforced": "--forced",
    "withephem": "--ephem",
    "withresiduals": "--residuals",
    "reverse=True": "--reverse",
    "overwrite=True": "--overwrite",
}
_OPTIONS = ("candid", "columns", "kind", "resolver", "server", "start", "stop", "timeout", "trend")
_ALONE = r"(?<![\w?&/.-])"  # neither in a longer name nor in an address

_CLIENT = re.compile(r"\w+, or FinkClass\(survey='(\w+)'\)")
_COMMAND = re.compile(rf"\b({'|'.join(_COMMANDS)})\b(?:\(([^()]*)\))?")
_FLAG = re.compile(rf"{_ALONE}({'|'.join(_FLAGS)})\b(?:=True)?")
_VALUE = re.compile(rf"{_ALONE}({'|'.join(_OPTIONS)})=(?=['\"\d-])")
_COLUMNS = re.compile(r"(?:^|(?<=: ))columns(?=: )")
_NUMBER = re.compile(rf"{_ALONE}n=(?=['\d-])")


def in_command_words(message: str) -> str:
    """Replace the names of methods and arguments by those of commands and options."""
    message = message.replace("withcutouts=True adds it", "`astroquery-fink cutouts` writes cutouts")
    message = _CLIENT.sub(r"--survey \1", message)
    message = _COMMAND.sub(_command_line, message)
    message = _FLAG.sub(lambda flag: _FLAGS[flag[1]], message)
    message = _COLUMNS.sub("--columns", _NUMBER.sub("-n ", message))
    return _VALUE.sub(r"--\1 ", message)


def _command_line(call: re.Match) -> str:
    """The command for a call such as ``resolve_name('SN 2024abtt', resolver="tns")``."""
    arguments = (call[2] or "").split(", ")
    return f"`{' '.join(filter(None, ['astroquery-fink', _COMMANDS[call[1]], *arguments]))}`"

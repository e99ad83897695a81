# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Messages of the library in the words of the command: commands and options instead of Python names."""

import re
from collections.abc import Mapping

from .bulk_commands import SHORT_FOR, STREAM, TRANSFER
from .commands import COMMANDS, REPORT

__all__ = ["in_command_words"]

_COMMANDS = {
    "query_object": "lightcurve",
    "get_images": "cutouts --all",
    "download_sso_bulk": "sso-bulk -o",
    "stream.topics": "stream --list",
} | {one.method: one.name.removesuffix(f" {SHORT_FOR}") for one in (*COMMANDS, REPORT, *TRANSFER, STREAM)}
_ARGUMENTS = {
    command.name: {one.keyword: one.name for one in command.arguments if one.keyword}
    for command in (*COMMANDS, REPORT, *TRANSFER, STREAM)
}
_COMMON = {"server": "--server", "timeout": "--timeout", "overwrite": "--overwrite"}


def _unambiguous() -> dict[str, str]:
    """Keyword -> option, if all commands that have the keyword have the same option for it."""
    names: dict[str, set[str]] = {}
    for arguments in _ARGUMENTS.values():
        for keyword, name in arguments.items():
            names.setdefault(keyword, set()).add(name)
    found = {keyword: next(iter(each)) for keyword, each in names.items() if len(each) == 1}
    return {keyword: name for keyword, name in found.items() if name.startswith("-")}


_OPTIONS = _unambiguous() | _COMMON
_PHRASES = {
    "withcutouts=True adds it": "`astroquery-fink cutouts` writes cutouts",
    " or a Row of a Table of alerts": "",
    "a str ": "text ",
    "5 * u.arcsec or '5 arcsec'": "5arcsec",
    "a Quantity or text": "an angle",
    "a Time with a scale such as utc, a datetime, or text such as": "one such as",
    "; or a Time or a date for one night": "",
    ", a SkyCoord, or a Table with the columns ra and dec": "",
    "transfer.compact(path, 'compact')": "`astroquery-fink transfer compact ... -o compact`",
    "call download again": "run `astroquery-fink transfer` again",
    "; a second call requests only the rest": "; the same command requests only the rest",
    "in the cache, if that is on, and in .table": "in the cache, if that is on",
    "call again": "try again",
    "The same call": "The same command",
    "; None: no margin": "; --no-margin leaves the border out",
    "Leave start out": "Leave --start out",
    "leave survey out": "leave --survey out",
    "leave event_time out": "leave --event-time out",
    "or call stream.rewind": "or add --rewind",
}
_OF_PYTHON = re.compile(r" Take fewer alerts at a time \(max_rows=\), or [^.]+\(config=.*?\)\.")
_ALONE = r"(?<![\w?&/.-])"  # neither in a longer name nor in an address

_CLIENT = re.compile(r"\w+, or FinkClass\(survey='(\w+)'\)")
_COMMAND = re.compile(rf"\b({'|'.join(map(re.escape, _COMMANDS))})\b(?:\(([^()]*)\))?")
_FLAG = re.compile(rf"{_ALONE}(?:(\w+)=True\b|(with\w+)\b)")
_MISSING = re.compile(rf"{_ALONE}(\w+)=None\b")
_VALUE = re.compile(rf"{_ALONE}(\w+)=(?=['\"\d-]|(?:path|nan|inf|oldest|newest)\b)")
_BARE = re.compile(rf"{_ALONE}(\w+)=(?=[\s.,;:)]|$)")
_ABSENT = re.compile(r"(?<= has no )(\w+)(?=;)")
_COLUMNS = re.compile(r"(?:^|(?<=: ))columns(?=: )")


def in_command_words(message: str, command: str = "") -> str:
    """Replace the names of methods and arguments by those of commands and options.

    An argument that differs between commands has the name that it has in the command that was run.
    """
    names = _OPTIONS | _ARGUMENTS.get(command, {})
    for words, of_command in _PHRASES.items():
        message = message.replace(words, of_command)
    message = _OF_PYTHON.sub("", message)
    message = _CLIENT.sub(r"--survey \1", message)
    message = _COMMAND.sub(_command_line, message)
    return _COLUMNS.sub("--columns", _options(message, names))


def _options(text: str, names: Mapping[str, str]) -> str:
    """Replace the arguments that have a name here."""
    text = _FLAG.sub(lambda flag: names.get(flag[1] or flag[2], flag[0]), text)
    text = _MISSING.sub(lambda one: f"no {names[one[1]]}" if one[1] in names else one[0], text)
    text = _BARE.sub(lambda one: names.get(one[1], one[0]), text)
    text = _ABSENT.sub(lambda one: names.get(one[1], one[0]), text)
    return _VALUE.sub(lambda one: f"{names[one[1]]} " if one[1] in names else one[0], text)


def _command_line(call: re.Match[str]) -> str:
    """The command for a call such as ``resolve_name('SN 2024abtt', resolver="tns")``."""
    command = _COMMANDS[call[1]]
    names = _OPTIONS | _ARGUMENTS.get(command.partition(" ")[0], {})
    arguments = [_options(one, names) for one in (call[2] or "").split(", ")]
    return f"`{' '.join(filter(None, ['astroquery-fink', command, *arguments]))}`"

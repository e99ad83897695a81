# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Parts of messages: short text for any value, and warnings that name a line of the user's code."""

import contextlib
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from reprlib import Repr
from typing import Any

from astropy.table import Row

__all__ = ["counted", "described", "first_few", "is_tabular", "shown", "warn", "worker_context"]

_INSIDE = (f"{Path(__file__).parent}{os.sep}", contextlib.__file__)

_LONGEST = 80  # characters
_LONGEST_DESCRIPTION = 200  # characters
_MOST_ITEMS = 4  # of a list that is written out
_NOT_DESCRIBED = {"columns", "output-format"}
_repr = Repr()
_repr.maxstring = _repr.maxother = _repr.maxlong = _LONGEST


def is_tabular(value: Any) -> bool:
    """Whether a value has named columns: a Table, a Row, a DataFrame, a dict."""
    return isinstance(value, (Row, Mapping)) or (hasattr(value, "columns") and hasattr(value, "__getitem__"))


def shown(value: Any) -> str:
    """The value as Python writes it, cut to 80 characters; for a table its type and length."""
    if is_tabular(value) and not isinstance(value, Mapping):
        rows = "" if isinstance(value, Row) else f" of {len(value)} rows"
        return f"<{type(value).__name__}{rows}>"
    text = " ".join(_repr.repr(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def described(payload: Mapping[str, Any]) -> str:
    """The arguments of a request in one line, without its columns and formats; ``""`` if it has none."""
    given = {name: value for name, value in payload.items() if value is not None}
    text = ", ".join(f"{name}={_short(given[name])}" for name in given if name not in _NOT_DESCRIBED)
    return text if len(text) <= _LONGEST_DESCRIPTION else f"{text[: _LONGEST_DESCRIPTION - 1]}…"


def _short(value: Any) -> str:
    """A value of a payload; of a long list of ids or positions, how many there are."""
    items = value.split(",") if isinstance(value, str) else []
    if len(items) > _MOST_ITEMS:
        return f"{items[0].strip()} and {len(items) - 1:,} more"
    return shown(value)


def counted(number: int, noun: str) -> str:
    """``"1 alert"``, ``"2,000 alerts"``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def first_few(values: Sequence[Any], most: int = 10) -> str:
    """The first values of a list, and how many more there are."""
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(str, values[:most])) + more


@dataclass(frozen=True)
class _Line:
    """A line of the user's code, as `warnings.warn_explicit` needs it."""

    filename: str
    lineno: int
    module: str
    registry: dict[str | tuple[str, type[Warning], int], int]


_line_of_call: ContextVar[_Line | None] = ContextVar("line_of_call", default=None)


def warn(message: str, category: type[Warning]) -> None:
    """Warn with the location of the first line outside this package."""
    line = _line_of_call.get() or _first_line_outside()
    warnings.warn_explicit(
        message, category, line.filename, line.lineno, module=line.module, registry=line.registry
    )


def worker_context() -> Context:
    """A context for worker threads, in which `warn` uses the line that started them."""
    context = copy_context()
    context.run(_line_of_call.set, _line_of_call.get() or _first_line_outside())
    return context


def _first_line_outside() -> _Line:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame = frame.f_back
    names = frame.f_globals
    registry = names.setdefault("__warningregistry__", {})
    return _Line(frame.f_code.co_filename, frame.f_lineno, names.get("__name__", "<string>"), registry)

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Warnings that name the line of the user's code, also where a worker thread raises them."""

import contextlib
import os
import sys
import warnings
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path

__all__ = ["warn", "worker_context"]

_INSIDE = (f"{Path(__file__).parent}{os.sep}", contextlib.__file__)


@dataclass(frozen=True)
class _Line:
    """A line of the user's code, as `warnings.warn_explicit` takes it."""

    filename: str
    lineno: int
    module: str
    registry: dict


_line_of_call: ContextVar[_Line | None] = ContextVar("line_of_call", default=None)


def warn(message: str, category: type[Warning]) -> None:
    """Warn, and name the first line outside this package."""
    line = _line_of_call.get() or _first_line_outside()
    warnings.warn_explicit(
        message, category, line.filename, line.lineno, module=line.module, registry=line.registry
    )


def worker_context() -> Context:
    """A context for worker threads, in which `warn` names the line that started them."""
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

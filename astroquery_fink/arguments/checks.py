# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of whole numbers, truth values and paths."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["count", "path_of", "truth"]


def count(value: Any, argument: str, *, most: int | None = None) -> int:
    """Check a positive whole number."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < 1 or (most is not None and value > most):
        limit = f"from 1 to {most:,}" if most else "1 or more"
        raise FinkQueryError(f"{argument}={shown(value)} is not a valid number: give {limit}.")
    return int(value)


def truth(value: Any, argument: str) -> bool:
    """Check a truth value; text is refused, because the servers read ``"true"`` as false."""
    if not isinstance(value, (bool, np.bool_)):
        raise FinkQueryError(f"{argument}={shown(value)} is not valid: give True or False.")
    return bool(value)


def path_of(value: Any, argument: str, *, look: bool = True) -> Path:
    """Convert to a path, which need not exist; ``look=False`` ignores errors of the file system."""
    try:
        path = Path(os.fsdecode(value)).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError, *(() if look else (OSError,))):
            path.stat()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        message = f"{argument}={shown(value)} is not a valid path: give text or a Path"
        raise FinkQueryError(f"{message} ({getattr(error, 'strerror', None) or error}).") from error
    return path

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of files and folders."""

import os
from contextlib import suppress
from pathlib import Path

from ..exceptions import FinkQueryError
from ..messages import shown

__all__ = ["path_of"]


def path_of(value, argument, *, look=True):
    """The name of a file or a folder, which need not be there.

    Parameters
    ----------
    value : str or path-like
    argument : str
        Its name, for the message.
    look : bool, optional
        Whether it is refused where the disk cannot be asked for it.

    Returns
    -------
    path : `~pathlib.Path`
        With the home folder in place of ``~``.

    Raises
    ------
    FinkQueryError
        Nothing can have such a name.
    """
    try:
        path = Path(os.fsdecode(value)).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError, *(() if look else (OSError,))):
            path.stat()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        reason = f"{argument}={shown(value)} is no name of a file or a folder: give text or a Path"
        raise FinkQueryError(f"{reason} ({getattr(error, 'strerror', None) or error}).") from error
    return path

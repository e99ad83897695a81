# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables to files and back, with their masks, ids, times and cutouts."""

from .files import read, write

__all__ = ["read", "write"]

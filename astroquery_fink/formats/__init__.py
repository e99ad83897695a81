# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Write Tables to files and read them back, with masks, ids, times and cutouts."""

from .files import read, write

__all__ = ["read", "write"]

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Write Tables to files, read them back, and send them to other programs."""

from .files import read, write
from .names import plain_names
from .samp import send_to

__all__ = ["plain_names", "read", "send_to", "write"]

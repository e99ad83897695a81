# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves -> HATS catalogues, and the units of their columns."""

from .to_hats import require_hats

__all__ = ["require_hats"]

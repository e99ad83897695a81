# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves -> HATS catalogues, and the units of their columns."""

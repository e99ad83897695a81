# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""From what users give to checked values."""

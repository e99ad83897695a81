# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated sky, the same for both surveys."""

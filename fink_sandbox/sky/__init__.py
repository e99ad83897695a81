# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated sky and its weather: no survey, no alert packet and no HTTP is known here."""

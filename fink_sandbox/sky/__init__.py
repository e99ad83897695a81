# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated sky and its weather: it knows neither surveys nor alert columns nor HTTP."""

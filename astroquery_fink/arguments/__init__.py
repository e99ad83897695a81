# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of the arguments that users give, and their conversion to what Fink's servers accept."""

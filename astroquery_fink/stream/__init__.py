# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of the live stream as Tables."""

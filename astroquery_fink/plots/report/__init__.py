# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A page of objects: one HTML file with light curves, cutouts and facts, a row per object."""

from .page import report

__all__ = ["report"]

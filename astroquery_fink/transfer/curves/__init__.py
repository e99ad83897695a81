# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sorted alerts -> light curves, one row per object, and the Table of one."""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink as data services of the TOM Toolkit: add this package to ``INSTALLED_APPS`` of a TOM."""

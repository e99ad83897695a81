# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Folders of alerts, whoever wrote them -> Tables."""

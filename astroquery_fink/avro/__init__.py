# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decode many Avro messages at once, as Arrow columns."""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decode many Avro messages at once, as Arrow columns.

A `Decoder` makes a tree of the schema, with a node for each value, and decodes all messages of a batch
together. First each node locates its value in all messages (``locate``), in a few calls of NumPy for many
messages; then it makes one Arrow array of these values (``build``). Each node can also read a single value
(``read``), for what cannot be done together: recursive types, and long lists that few messages have.
"""

from .decoder import Decoder

__all__ = ["Decoder"]

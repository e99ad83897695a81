# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What each node of a schema can do."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pyarrow as pa

from .messages import Messages
from .reader import Reader

__all__ = ["Node"]


class Node(ABC):
    """
    A value of a schema.

    Attributes
    ----------
    type : `pyarrow.DataType`
        The type of the Arrow array.
    smallest : int
        The least number of bytes that the value takes. If it is 0, the value never takes any bytes.
    """

    type: pa.DataType
    smallest: int

    @abstractmethod
    def locate(self, messages: Messages, position: np.ndarray, ahead: int) -> tuple[np.ndarray, int]:
        """
        Note where the value is in each message, and return the positions after it.

        A position is the sum of the array and of ``ahead``, which spares an addition for each value of fixed
        size. ``ahead`` follows from the schema alone, and is the same at every call of a node.
        """

    @abstractmethod
    def build(self, messages: Messages, size: int, order: np.ndarray | None) -> pa.Array:
        """An array of ``size`` values: those located, in their order or with the numbers ``order``."""

    @abstractmethod
    def read(self, reader: Reader) -> Any:
        """Read one value, of a kind that `pyarrow.array` takes, or raise `ValueError`."""

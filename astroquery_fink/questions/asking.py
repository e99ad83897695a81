# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One question about objects, before it is known which objects go into one request."""

from collections.abc import Callable
from dataclasses import dataclass, replace

__all__ = ["Asking", "alone"]


@dataclass(frozen=True)
class Asking:
    """What is asked of one endpoint, for whatever ids.

    Parameters
    ----------
    endpoint : str
    payload : callable
        Makes what is sent for a list of ids.
    names : list of str, or None
        The columns that are wanted; None: all.
    extra : tuple of str
        Columns that come with other arguments.
    """

    endpoint: str
    payload: Callable
    names: list | None = None
    extra: tuple = ()

    def wanting(self, name):
        """The same with one more column in the Table.

        Parameters
        ----------
        name : str

        Returns
        -------
        asking : `Asking`
        """
        if self.names is None or name in self.names:
            return self
        return replace(self, names=[*self.names, name])


def alone(items):
    """The only one of a list, or the list.

    Parameters
    ----------
    items : list

    Returns
    -------
    item : object
    """
    return items[0] if len(items) == 1 else items

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands that pass their arguments to one method as they are: a line each."""

from argparse import Namespace
from typing import NamedTuple

__all__ = ["SIMPLE", "Simple", "values_of"]

_HELP = {
    "date": "YYYYMMDD, YYYYMM or YYYY; default: all nights",
    "flavor": "model: SHG1G2 (default), HG1G2 or HG; ZTF also SOCCA",
    "name": "name or designation of one object; default: the whole table",
}


class Simple(NamedTuple):
    """A command, its method, its help, one line of example, and the arguments that may follow it."""

    command: str
    method: str
    words: str
    example: str
    arguments: tuple[str, ...] = ()

    def help_of(self, argument: str) -> str:
        return _HELP[argument.lstrip("-")]


SIMPLE = (
    Simple("classes", "list_classes", "the classes that can be searched", ""),
    Simple("tags", "list_tags", "the tags that can be searched", ""),
    Simple("ssoft", "query_ssoft", "phase curves of asteroids", "--name Benoitcarry", ("--name", "--flavor")),
    Simple("statistics", "query_statistics", "numbers of alerts, one row per night", "202507", ("date",)),
)


def values_of(options: Namespace, command: Simple) -> dict[str, str]:
    """The arguments that were given, for the method."""
    names = [argument.lstrip("-") for argument in command.arguments]
    return {name: value for name in names if (value := getattr(options, name)) is not None}

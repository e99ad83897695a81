# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a page of objects says of each object of a survey, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ReportFacts"]


@dataclass(frozen=True)
class ReportFacts:
    """The columns and addresses of a page of objects.

    Parameters
    ----------
    portal : str
        Address of the page of an object in Fink's portal, with ``{}`` in place of the id.
    classes : tuple of str
        Columns with the class that Fink gives, best first.
    scores, crossmatches : dict
        Label -> column.
    tns_name : str or None
        Column with the name in the Transient Name Server; None if the survey has only the type.
    class_names : dict
        Value of a class column -> its name, if it is a number.
    nothing : tuple of str
        Texts that stand for no counterpart.
    """

    portal: str
    classes: tuple[str, ...]
    scores: Mapping[str, str]
    crossmatches: Mapping[str, str]
    tns_name: str | None = None
    class_names: Mapping[Any, str] = field(default_factory=dict)
    nothing: tuple[str, ...] = ("", "nan", "None", "Unknown")

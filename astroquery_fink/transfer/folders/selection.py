# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The arguments of functions that read a folder -> the folder, and its objects and columns to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astroquery.exceptions import NoResultsWarning

from ...arguments.checks import path_of
from ...arguments.choices import choice
from ...arguments.columns import full_names
from ...arguments.ids import object_ids
from ...messages import first_few, warn
from ...surveys import SURVEYS
from ...tables.decode import require_pyarrow

if TYPE_CHECKING:
    import pyarrow as pa

    from .dataset import Dataset

__all__ = ["Selection", "open_folder", "selected"]


@dataclass(frozen=True)
class Selection:
    """The objects and columns to read; ``ids=None``: all objects."""

    dataset: Dataset
    ids: list[Any] | None
    names: list[str]

    @property
    def schema(self) -> pa.Schema:
        """The types of these columns, and of those of object, alert and time, that some file has."""
        return self.dataset.schema([*self.names, *self.dataset.survey.columns.keys])

    @property
    def meta(self) -> dict[str, Any]:
        """The ``meta`` of a Table of them."""
        return {"survey": self.dataset.survey.name, "path": str(self.dataset.path), "columns": self.names}

    def warn_of_columns(self) -> None:
        """Name the columns that no file has."""
        self._warn_of("column", [name for name in self.names if name not in self.dataset.names])

    def warn_of_objects(self, missing: Sequence[Any]) -> None:
        """Name the objects that have no alert."""
        self._warn_of("alert of", missing)

    def _warn_of(self, what: str, names: Sequence[Any]) -> None:
        if names:
            warn(f"path={str(self.dataset.path)!r} has no {what} {first_few(names)}", NoResultsWarning)


def open_folder(path: Any, survey: Any) -> Dataset:
    """The files of a folder; ``survey=None``: the one that took the alerts."""
    facts = None if survey is None else SURVEYS[choice(survey, SURVEYS, "survey")]
    where = path_of(path, "path")
    require_pyarrow(f"path={str(path)!r}")
    from .dataset import Dataset

    return Dataset(where, facts)


def selected(path: Any, objectids: Any, columns: Any, survey: Any) -> Selection:
    """Check the arguments. Upper limits cannot be told from detections without their tag, which is added."""
    dataset = open_folder(path, survey)
    ids = None if objectids is None else object_ids(objectids, dataset.survey)
    requested = full_names(columns, dataset.survey, live=lambda: dataset.names)
    tag = [name for name in [dataset.survey.columns.tag] if name in dataset.names]
    return Selection(dataset, ids, [*requested, *tag] if requested else list(dataset.names))

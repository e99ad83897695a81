# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The survey whose alerts a folder holds: files of this package say so, else their columns tell."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from ...exceptions import FinkQueryError
from ...surveys import SURVEYS, Survey
from ..topics.state import STATE_FILE
from .layout import layout_of
from .ranges import SURVEY

__all__ = ["found_survey"]


def found_survey(path: Path, schemas: Iterable[pa.Schema]) -> Survey:
    """The survey of a folder or file with these schemas; `FinkQueryError` if it is unknown."""
    schemas = list(schemas)
    said = [_said_by_download(path), *(_said_in(schema.metadata or {}) for schema in schemas)]
    found = {name for name in said if name} or {name for schema in schemas for name in _nearest(schema)}
    if len(found) == 1:
        return SURVEYS[found.pop()]
    choices = " or ".join(f"survey={name!r}" for name in SURVEYS)
    if found:
        raise FinkQueryError(
            f"path={str(path)!r} may have alerts of {' and '.join(sorted(found))}: give {choices}."
        )
    raise FinkQueryError(
        f"path={str(path)!r} has Parquet files without any column of Fink alerts: give another folder."
    )


def _said_by_download(path: Path) -> str | None:
    folder = path if path.is_dir() else path.parent
    with suppress(OSError, ValueError, RecursionError):
        state = json.loads((folder / STATE_FILE).read_bytes())
        name = state.get("survey") if isinstance(state, dict) else None
        return name if name in SURVEYS else None
    return None


def _said_in(metadata: Mapping[bytes, bytes]) -> str | None:
    name = metadata.get(SURVEY, b"").decode("ascii", "replace")
    return name if name in SURVEYS else None


def _nearest(schema: pa.Schema) -> set[str]:
    """The surveys of which a file has the most columns: those of ids and time count more than all others."""
    scores = {name: _score(schema, survey) for name, survey in SURVEYS.items()}
    best = max(scores.values())
    return {name for name, score in scores.items() if score == best and any(score)}


def _score(schema: pa.Schema, survey: Survey) -> tuple[int, int]:
    names = layout_of(schema, survey).keys()
    return len(names & set(survey.columns.keys)), len(names & survey.facts.keys())

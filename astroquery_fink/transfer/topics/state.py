# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The facts of a download folder in ``_transfer.json``: the topic, and its offsets at the last look."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...disk import completed, disk_errors, remove, unfinished_name
from ...exceptions import FinkQueryError
from ...messages import first_few
from .offsets import Offsets

__all__ = ["STATE_FILE", "State", "check_folder", "read_state", "write_state"]

STATE_FILE = "_transfer.json"
"""str : The file in which a download keeps the name of its topic and survey."""
_FORMAT = 1


@dataclass(frozen=True)
class State:
    """
    The facts in ``_transfer.json``.

    Parameters
    ----------
    topic, survey, content : str
    looked : str
        Time of the last look at the topic, UTC.
    watermarks : dict
        Partition -> its oldest offset and its next offset at the last look.
    """

    topic: str
    survey: str
    content: str
    looked: str
    watermarks: dict[int, Offsets]

    def later(self, other: "State | None") -> "State":
        """This state with the larger offsets of the two: Kafka never takes an offset back."""
        if other is None:
            return self
        both = dict(other.watermarks)
        for partition, (low, high) in self.watermarks.items():
            old_low, old_high = both.get(partition, (0, 0))
            both[partition] = (max(low, old_low), max(high, old_high))
        return replace(self, watermarks=both, looked=max(self.looked, other.looked))


def read_state(path: Path) -> State | None:
    """The state of a folder; None if it has none."""
    file = path / STATE_FILE
    try:
        content = json.loads(file.read_bytes())
        return _state(content)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FinkQueryError(f"{file} cannot be read ({error.strerror}): check its permissions.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FinkQueryError(
            f"{file} is broken ({type(error).__name__}): download the topic into a new folder."
        ) from error


def _state(content: Any) -> State:
    if content["format"] != _FORMAT:
        raise ValueError("another format")
    marks = {int(number): (int(low), int(high)) for number, (low, high) in content["partitions"].items()}
    if any(not 0 <= low <= high for low, high in marks.values()):
        raise ValueError("impossible offsets")
    texts = [content[name] for name in ("topic", "survey", "content", "looked")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not text")
    return State(*texts, watermarks=marks)


def write_state(path: Path, state: State) -> None:
    """Replace the state of a folder in one step; no other process may do so at the same time."""
    facts = asdict(state)
    marks = facts.pop("watermarks")
    content = {
        "format": _FORMAT,
        **facts,
        "partitions": {str(number): marks[number] for number in sorted(marks)},
    }
    file = path / STATE_FILE
    part = unfinished_name(file)
    remove(path.glob(f".{STATE_FILE}.*.part"))  # of stopped runs
    with disk_errors(str(file)), completed(part, file):
        part.write_text(json.dumps(content, indent=1))


def check_folder(path: Path, state: State) -> State | None:
    """Refuse a folder that holds something else than this download; its state, if it has one."""
    found = read_state(path)
    if found is None:
        _check_empty(path)
        return None
    for name, value in (("topic", state.topic), ("survey", state.survey), ("content", state.content)):
        if getattr(found, name) != value:
            raise FinkQueryError(
                f"path={str(path)!r} holds a download with {name}={getattr(found, name)!r}, not {value!r}: "
                "give another folder."
            )
    return found


def _check_empty(path: Path) -> None:
    try:
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        raise FinkQueryError(f"path={str(path)!r} is not a readable folder: {error.strerror}.") from error
    if names:
        raise FinkQueryError(
            f"path={str(path)!r} has files that are not of a download of this package "
            f"({first_few(names, 3)}): give an empty folder, or one that does not exist yet."
        )

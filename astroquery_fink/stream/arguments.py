# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arguments of the functions that read live topics."""

import re
from math import isfinite
from typing import Any

import numpy as np

from ..arguments.choices import choice
from ..arguments.text import items, text_of
from ..config import LONGEST, conf
from ..exceptions import FinkQueryError
from ..messages import first_few, shown
from ..surveys import SURVEYS, Survey
from ..tables.optional import require

__all__ = ["is_live", "require_bulk", "seconds", "survey_of", "timeout_of", "topics_of"]

_PACKAGES = ("confluent_kafka", "fastavro", "pyarrow", "yaml")
_OTHER_SERVICES = ("ftransfer_", "fxmatch_", "fink_ai_")
_COUNTERS = re.compile(r"fink_[a-z]+_\d{8}")  # topics of one night, which count its alerts


def require_bulk(what: str) -> None:
    """Raise `FinkQueryError` if a package that reads topics is not installed."""
    require(what, _PACKAGES, "bulk")


def is_live(topic: str) -> bool:
    """Whether a topic of a broker has live alerts."""
    return not (topic.startswith((*_OTHER_SERVICES, "__")) or _COUNTERS.fullmatch(topic))


def topics_of(topics: Any) -> list[str]:
    """Names of topics, each once; those of Data Transfer are refused."""
    names = list(dict.fromkeys(text_of(name) for name in items(topics, "topics")))
    if not names:
        raise FinkQueryError("topics is empty: name at least one topic; stream.topics() lists them.")
    for name in names:
        if name.startswith(_OTHER_SERVICES):
            raise FinkQueryError(
                f"topics: {shown(name)} is a topic of the Data Transfer service: transfer.download reads it."
            )
        if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
            raise FinkQueryError(
                f"topics: {shown(name)} is not the name of a topic; stream.topics() lists them."
            )
    return names


def survey_of(topics: list[str], survey: Any) -> Survey:
    """The survey, which wins, or else that at the end of the names of the topics."""
    if survey is not None:
        return SURVEYS[choice(survey, SURVEYS, "survey")]
    found = {name.rpartition("_")[2] for name in topics}
    if len(found) == 1 and found <= set(SURVEYS):
        return SURVEYS[found.pop()]
    if found <= set(SURVEYS):
        raise FinkQueryError("topics are of several surveys with different brokers: read each separately.")
    names = first_few([name for name in topics if name.rpartition("_")[2] not in SURVEYS])
    raise FinkQueryError(
        f"topics: {names}: the name does not end with a survey: give survey='ztf' or survey='lsst'."
    )


def seconds(value: Any, argument: str) -> float:
    """Check a positive number of seconds."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not 0 < value <= LONGEST:
        raise FinkQueryError(f"{argument}={shown(value)} is not a number of seconds above 0.")
    return float(value)


def timeout_of(value: Any, at_least: float) -> float:
    """The argument ``timeout``, or else that of ``conf``, but at least so many seconds."""
    return max(at_least, conf.timeout) if value is None else seconds(value, "timeout")

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The settings with which live topics are read."""

from collections.abc import Mapping
from typing import Any

from ..exceptions import FinkQueryError
from ..kafka.consumer import settings_of
from ..kafka.credentials import Credentials, credentials_file, find_credentials
from ..surveys import Survey
from .arguments import timeout_of
from .consumer import DEFAULTS, FIXED

__all__ = ["settings_and_timeout"]


def settings_and_timeout(
    survey: Survey,
    servers: str | None,
    group: str | None,
    timeout: float | None,
    config: Mapping[str, Any] | None,
) -> tuple[dict[str, Any], float]:
    """The settings of a consumer of a group of the user's own, and the seconds to wait for the broker."""
    credentials = find_credentials(survey.name, servers, group)
    if group is None and credentials.group == Credentials.group:
        raise FinkQueryError(
            f"group is needed, since {credentials_file(survey.name)} gives no groupid: give group='a name of "
            "your own'. Under this name the broker remembers which alerts you have received; all who use "
            "the same name share the alerts."
        )
    settings = settings_of(credentials, FIXED, config, DEFAULTS)
    return settings, timeout_of(timeout, credentials.max_timeout)

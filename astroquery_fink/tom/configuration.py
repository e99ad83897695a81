# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The settings of a data service, from ``DATA_SERVICES`` of the TOM."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from tom_dataservices.dataservices import NotConfiguredError

from ..arguments.types import SurveyName
from ..core import FinkClass
from ..exceptions import FinkError
from ..surveys import Survey

__all__ = ["bandpasses", "client_of", "settings_of"]

_DEFAULTS: dict[str, Any] = {"server": None, "timeout": None, "cutouts": True, "bandpass": "{survey} {band}"}


def settings_of(service: str) -> dict[str, Any]:
    """All settings of a service, those of the TOM and the defaults of the others."""
    given: Mapping[str, Any] = getattr(settings, "DATA_SERVICES", {}).get(service, {})
    unknown = [name for name in given if name not in _DEFAULTS]
    if unknown:
        raise NotConfiguredError(
            f"DATA_SERVICES[{service!r}] has no setting {', '.join(map(repr, unknown))}: "
            f"give {', '.join(_DEFAULTS)}."
        )
    return {**_DEFAULTS, **given}


def client_of(service: str, survey: Survey) -> FinkClass:
    """A client with the server and the timeout of the settings."""
    chosen, name = settings_of(service), cast(SurveyName, survey.name)
    try:
        return FinkClass(name, server=chosen["server"], timeout=chosen["timeout"])
    except FinkError as error:
        raise NotConfiguredError(f"DATA_SERVICES[{service!r}]: {error}") from error


def bandpasses(service: str, survey: Survey) -> dict[Any, str]:
    """Value of the band column -> name of the bandpass in the TOM."""
    form = settings_of(service)["bandpass"]
    try:
        names = {value: form.format(survey=survey.title, band=band) for value, band in survey.bands.items()}
    except (AttributeError, KeyError, IndexError, ValueError):
        names = {}
    if len(set(names.values())) < len(survey.bands):
        raise NotConfiguredError(
            f"DATA_SERVICES[{service!r}]: bandpass={form!r} does not name each band: give text with {{band}} "
            "and, if you like, {survey}."
        )
    return names

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The check of a TOM's settings, which Django runs before it starts."""

from typing import Any

from django.core.checks import Error
from tom_dataservices.dataservices import NotConfiguredError

__all__ = ["check_settings"]


def check_settings(app_configs: Any = None, **kwargs: Any) -> list[Any]:
    """List the errors in the settings of Fink's data services."""
    from .services import FinkLSST, FinkZTF

    errors = []
    for service in (FinkZTF, FinkLSST):
        try:
            service.client()
            service.bandpasses()
        except NotConfiguredError as error:
            errors.append(Error(str(error), id=f"astroquery_fink.{service.name}"))
    return errors

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The Django application that adds Fink's data services to a TOM."""

from django.apps import AppConfig
from django.core.checks import register

__all__ = ["FinkConfig"]


class FinkConfig(AppConfig):
    """Fink's data services, ``FinkZTF`` and ``FinkLSST``."""

    name: str = "astroquery_fink.tom"
    label: str = "astroquery_fink"
    verbose_name: str = "Fink alert broker"

    def ready(self) -> None:
        """Have the settings checked when the TOM starts."""
        from .checks import check_settings

        register(check_settings)

    def data_services(self) -> list[dict[str, str]]:
        """List the classes of the data services, as the TOM Toolkit looks for them in all applications."""
        return [{"class": f"{self.name}.services.{service}"} for service in ("FinkZTF", "FinkLSST")]

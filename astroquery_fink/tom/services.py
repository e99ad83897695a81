# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The data services of both surveys, as the TOM Toolkit calls them."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from astropy.table import Table
from django.utils.html import escape
from tom_dataservices.dataservices import DataService
from tom_targets.models import Target

from ..core import FinkClass
from ..exceptions import FinkError
from ..surveys.photometry import plain
from .configuration import bandpasses, client_of, settings_of
from .cutouts import files_of, product_ids, save_cutouts, stored
from .errors import FinkQueryServiceError, explained
from .forms import FinkForm, form_class
from .photometry import datums, light_curve_columns, save_photometry
from .searches import SAME_OBJECT, nearest_object, searches
from .targets import EXTRAS, existing_target, objects_in, other_names
from .telescopes import RUBIN, SAMUEL_OSCHIN, Telescope

__all__ = ["FinkDataService", "FinkLSST", "FinkZTF"]

_logger = logging.getLogger(__name__)


class FinkDataService(DataService):
    """What the data services of both surveys share.

    Settings, all optional, are in ``DATA_SERVICES[name]`` of the TOM: ``server`` and ``timeout`` as in
    `~astroquery_fink.FinkClass`; ``cutouts``, False to store no cutouts; ``bandpass``, the form of the names
    of bandpasses, ``"{survey} {band}"`` by default.
    """

    telescope: ClassVar[Telescope]
    name: str
    query_results: Any
    target_results: Any
    photometry_results: Any
    info_url: str = "https://fink-broker.org"
    query_results_table: str = "astroquery_fink/query_results_table.html"

    @classmethod
    def configuration(cls) -> dict[str, Any]:
        """Get the settings of this service; a TOM without any uses Fink's servers."""
        return settings_of(cls.name)

    @classmethod
    def client(cls) -> FinkClass:
        """Make a client with the settings of the TOM."""
        return client_of(cls.name, cls.telescope.survey)

    @cached_property
    def fink(self) -> FinkClass:
        """The client of this service, whose connections are kept open for all targets of a command."""
        return self.client()

    @classmethod
    def bandpasses(cls) -> dict[Any, str]:
        """Get the names of bandpasses in this TOM, by the value of the column of bands."""
        return bandpasses(cls.name, cls.telescope.survey)

    @classmethod
    def urls(cls, **kwargs: Any) -> dict[str, str | None]:
        """Get the addresses of the server and of the documentation."""
        return {"base_url": cls.client().server, "info_url": cls.info_url}

    @classmethod
    def get_form_class(cls) -> type[FinkForm]:
        """Get the form of a query."""
        return form_class(cls.telescope, cls.client())

    def build_query_parameters(self, parameters: Mapping[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Choose the fields of the form that the search uses; days become the beginning of a time range.

        The name of the service is among the parameters because the TOM Toolkit reuses the results of an
        equal query.
        """
        search = next((one for one in searches(self.telescope) if parameters.get(one.field)), None)
        if search is None:
            raise FinkQueryServiceError("The query has neither an object id, a name, a position nor a class.")
        fields = {name: parameters.get(name) for name in (search.field, *search.options)}
        days = fields.pop("days", None)
        if days:
            start = datetime.now(UTC) - timedelta(days=days)
            fields["start"] = start.strftime("%Y-%m-%d %H:%M:%S")
        return {"data_service": self.name, **fields}

    def build_query_parameters_from_target(self, target: Any, **kwargs: Any) -> dict[str, Any]:
        """Find the object of a target: by its name and aliases, or else by its position."""
        ids = [name for name in target.names if self.telescope.survey.ids.pattern.fullmatch(name)]
        if ids:
            return {"data_service": self.name, "objectid": ids[0]}
        if target.ra is None or target.dec is None:
            raise FinkQueryServiceError(
                f"{target.name} has no object id of Fink among its names, and no position."
            )
        with explained():
            nearest = nearest_object(self.fink, target.ra, target.dec)
        found = objects_in(nearest, self.telescope)
        if not found:
            raise FinkQueryServiceError(
                f"{target.name} has no object id of Fink among its names, and Fink has no object within "
                f"{SAME_OBJECT} of its position."
            )
        return {"data_service": self.name, "objectid": found[0]["name"]}

    def query_service(self, query_parameters: Mapping[str, Any], **kwargs: Any) -> Table:
        """Send a query of the form, and return the alerts found."""
        search = next(one for one in searches(self.telescope) if query_parameters.get(one.field))
        with explained():
            self.query_results = search.run(self.fink, query_parameters)
        return self.query_results

    def query_targets(self, query_parameters: Mapping[str, Any], **kwargs: Any) -> list[dict[str, Any]]:
        """Search for objects, each as the facts of its newest alert."""
        try:
            alerts = self.query_service(query_parameters)
        except FinkQueryServiceError as error:
            raise FinkQueryServiceError(escape(error)) from error  # this page shows messages as HTML
        found = objects_in(alerts, self.telescope) if len(alerts) else []
        self.target_results = {"objects": found}
        return found

    def get_additional_context_data(self) -> dict[str, Any]:
        """Say why a table of results is empty or incomplete."""
        notice = _notice(self.query_results, self.target_results)
        return {"query_feedback": notice} if notice else {}

    def create_target_from_query(self, target_result: dict[str, Any], **kwargs: Any) -> Any:
        """Make a target; it has the name of an existing one that is the same object."""
        objectid = target_result["name"]
        names = [objectid, *self._names_at_tns(objectid)]
        existing = existing_target(names)
        target_result["aliases"] = names
        return Target(
            name=existing.name if existing else objectid,
            type=Target.SIDEREAL,
            ra=target_result["ra"],
            dec=target_result["dec"],
        )

    def create_target_extras_from_query(
        self, query_results: Mapping[str, Any], **kwargs: Any
    ) -> dict[str, Any]:
        """Get what else a new target stores: classes and redshift, as far as they are known."""
        return {name: value for name in EXTRAS if (value := query_results.get(name)) is not None}

    def query_aliases(self, query_parameters: Any = None, target: Any = None, **kwargs: Any) -> list[str]:
        """Get the object id of a target and its names at the Transient Name Server."""
        if target is None:
            return []
        try:
            objectid = self.build_query_parameters_from_target(target)["objectid"]
        except FinkQueryServiceError as error:
            _logger.warning("No aliases of %s: %s", target.name, error)
            return []
        return [objectid, *self._names_at_tns(objectid)]

    def query_photometry(self, query_parameters: Mapping[str, Any], **kwargs: Any) -> list[dict[str, Any]]:
        """Get the light curve of an object, as fields of photometry."""
        with explained():
            table = self.fink.query_object(
                query_parameters["objectid"],
                columns=light_curve_columns(self.telescope),
                **self.telescope.light_curve,
            )
        self.photometry_results = {"table": table}
        if not len(table):
            raise FinkQueryServiceError(f"Fink has no alert of {query_parameters['objectid']}.")
        return datums(table, self.telescope, self.bandpasses())

    def query_reduced_data(self, target: Any, **kwargs: Any) -> dict[str, Any]:
        """Get the photometry of a target, and the cutouts of its newest alert if the TOM lacks them."""
        parameters = self.build_query_parameters_from_target(target)
        photometry = self.query_photometry(parameters, **kwargs)
        return {"photometry": photometry, "cutouts": self._new_cutouts(target)}

    def create_reduced_datums_from_query(
        self, target: Any, data: Any, data_type: str | None = None, **kwargs: Any
    ) -> list[Any]:
        """Store photometry, or cutouts as data products; what is stored already is left as it is."""
        if data_type == "cutouts":
            self.create_data_product_from_query(data, target=target)
            return []
        return save_photometry(target, data, self.name)

    def create_data_product_from_query(self, query_results: Any = None, **kwargs: Any) -> list[Any]:
        """Store the cutouts of an alert as FITS files of ``target``."""
        return save_cutouts(kwargs["target"], query_results["alert"], query_results["files"], self.telescope)

    def _new_cutouts(self, target: Any) -> dict[str, Any] | None:
        """The cutouts of the newest alert; without them, the photometry is stored all the same."""
        if not self.configuration()["cutouts"]:
            return None
        table, column = self.photometry_results["table"], self.telescope.survey.columns.alert_id
        alerts = table[~np.ma.getmaskarray(plain(table[column]))]
        if not len(alerts):
            return None
        newest = alerts[0]
        alert = int(newest[column])
        if stored(product_ids(target, alert, self.telescope)):
            return None
        try:
            return {"alert": alert, "files": files_of(self.fink, newest, self.telescope)}
        except FinkError as error:
            _logger.warning("No cutouts of %s: %s", target.name, error)
            return None

    def _names_at_tns(self, objectid: str) -> list[str]:
        """Names at the Transient Name Server; none if the server fails, since a target needs none."""
        try:
            return other_names(self.fink, objectid)
        except FinkError as error:
            _logger.warning("No names of %s: %s", objectid, error)
            return []


class FinkZTF(FinkDataService):
    """Fink's alerts of the Zwicky Transient Facility."""

    name: str = "FinkZTF"
    verbose_name: str = "Alerts of the Zwicky Transient Facility, by Fink"
    telescope: ClassVar[Telescope] = SAMUEL_OSCHIN


class FinkLSST(FinkDataService):
    """Fink's alerts of Rubin's Legacy Survey of Space and Time."""

    name: str = "FinkLSST"
    verbose_name: str = "Alerts of Rubin's Legacy Survey of Space and Time, by Fink"
    telescope: ClassVar[Telescope] = RUBIN


def _notice(alerts: Any, results: Mapping[str, Any]) -> str:
    """What a user should know of a table of results."""
    if not isinstance(alerts, Table):
        return ""
    if not len(alerts):
        return "Fink has no object that matches the query."
    missing = [str(one) for one in alerts.meta.get("missing", [])]
    if missing:
        return escape(f"Fink has no alert of {', '.join(missing)}.")
    if not results["objects"]:
        return "All alerts found are of Solar System objects, which have no fixed position."
    if not alerts.meta.get("complete", True):
        return f"These are the objects of the newest {len(alerts)} alerts; there may be older ones."
    return ""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server is: its version and its endpoints."""

from dataclasses import replace
from typing import Any, Final

from astropy.table import Table
from astroquery.exceptions import InputWarning

from ..client import DESCRIPTION, Client
from ..exceptions import FinkQueryError
from ..messages import warn
from ..query import Query, query, raw
from ..tables.api_description import checked_description, endpoint_list, version_numbers

__all__ = ["ServiceDescription", "require_version"]


class ServiceDescription(Client):
    """The server's description of itself."""

    @query
    def server_version(self, *, cache: bool | None = None) -> Query[str]:
        """Get the version of the server.

        Fink's services of the two surveys are released apart, and change every few months. A cached response
        is a day old at most.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        version : str
            Such as ``"3.7.0"``.

        Raises
        ------
        FinkServiceError, FinkTimeoutError
            The server fails, does not respond, or does not describe itself at ``<server>/swagger.json``.

        Examples
        --------
        >>> FinkLSST.server_version()
        '3.7.0'
        """
        return Query([DESCRIPTION], finish=lambda responses: responses[0].content["info"]["version"])

    server_version_async: Final = raw(server_version)

    @query
    def list_endpoints(self, *, cache: bool | None = None) -> Query[Table]:
        """List the endpoints that the server has.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, ``methods`` (of HTTP) and ``arguments``, the last two separated by commas.

        Raises
        ------
        FinkServiceError, FinkTimeoutError
            The server fails, does not respond, or does not describe itself at ``<server>/swagger.json``.

        Examples
        --------
        >>> table = FinkLSST.list_endpoints()
        >>> table["arguments"][table["name"] == "sources"].tolist()
        ['diaObjectId, midpointMjdTai, columns, output-format']
        """
        return Query([replace(DESCRIPTION, parse=_checked_list)])

    list_endpoints_async: Final = raw(list_endpoints)


def _checked_list(description: dict[str, Any]) -> Table:
    return endpoint_list(checked_description(description))


def require_version(client: Client, version: str, argument: str, remedy: str, cache: bool | None) -> None:
    """Refuse an argument that an older server would ignore; warn if the server's version is unknown."""
    description = client._description(cache)
    found = description["info"]["version"] if description else ""
    service = f"Fink/{client._survey.title}"
    if not version_numbers(found):
        which = f"whose version is {found!r}" if found else "whose version cannot be had"
        message = f"{argument} is sent to {client.server}, {which}: {service} ignores it before {version}."
        warn(message, InputWarning)
    elif version_numbers(found) < version_numbers(version):
        raise FinkQueryError(
            f"{argument} needs {service} {version}: {client.server} is {found} and would ignore it. {remedy}"
        )

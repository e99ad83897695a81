# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The columns that the server has."""

from functools import partial
from typing import Final

from astropy.table import Table

from ..arguments.columns import full_names
from ..arguments.types import ColumnNames
from ..client import Client
from ..exceptions import FinkError
from ..http.retry import Response
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..surveys import Survey
from ..tables.decode import read_mapping
from ..tables.lists import checked_schema, column_list

__all__ = ["Schema", "column_names", "server_columns"]

_read_objects = partial(read_mapping, of=dict)


class Schema(Client):
    """The list of columns."""

    @query
    def list_columns(self, *, cache: bool | None = None) -> Query[Table]:
        """List the columns that the server has.

        Parameters
        ----------
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` with its family prefix, ``type``, ``unit`` and ``description``. The prefixes are ``i:``
            for data of ZTF, ``r:`` for data of Rubin, ``d:`` and ``f:`` for results of Fink's science
            modules, ``v:`` for values that the server computes for each request, and ``b:`` for cutouts.

        Raises
        ------
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Examples
        --------
        >>> table = Fink.list_columns()
        >>> "i:magpsf" in table["name"]
        True
        """
        return Query(_schema_requests(self, cache), finish=partial(_column_list, survey=self._survey))

    list_columns_async: Final = raw(list_columns)


def column_names(
    client: Client,
    columns: ColumnNames | None,
    cache: bool | None,
    *,
    offline: bool,
    known: list[str] | None = None,
) -> list[str] | None:
    """Full names of columns; unless offline, unknown names are looked up."""
    live = tuple if offline else partial(server_columns, client, cache)
    return full_names(columns, client._survey, known=known, live=live)


def server_columns(client: Client, cache: bool | None) -> list[str]:
    """The names of the columns that the server lists."""
    responses = [client._send(request, cache=cache) for request in _schema_requests(client, cache)]
    return _column_list(responses, client._survey)["name"].tolist()


def _schema_requests(client: Client, cache: bool | None) -> list[Request]:
    """One request for all columns, or one for each endpoint with its own schema."""
    schema = partial(Request, "schema", decode=_read_objects, parse=checked_schema)
    payloads = [{"endpoint": f"/api/v1/{endpoint}"} for endpoint in client._survey.service.schemas]
    if payloads:
        return [schema(payload) for payload in payloads]
    return [schema(recover=partial(_from_older_server, client=client, cache=cache))]


def _from_older_server(error: FinkError, client: Client, cache: bool | None) -> Response:
    """Use the endpoint ``columns``, as ``schema`` was called before 2025."""
    if error.status != 404:
        raise error
    return client._send(Request("columns", decode=_read_objects, parse=checked_schema), cache=cache)


def _column_list(responses: list[Response], survey: Survey) -> Table:
    fields = {}
    for response in responses:
        for title, listed in response.content.items():
            fields.setdefault(title, {}).update(listed | fields.get(title, {}))
    table = column_list(fields, survey)
    table.meta.update(responses[0].meta)
    return table

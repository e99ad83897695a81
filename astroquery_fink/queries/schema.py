# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server has: columns, classes."""

from functools import partial

from astropy.table import Table

from ..arguments.columns import full_names
from ..arguments.types import ColumnNames
from ..client import Client
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..tables.decode import read_mapping
from ..tables.lists import checked_schema, column_list

__all__ = ["Schema", "column_names", "live_names"]

_read_objects = partial(read_mapping, of=dict)


class Schema(Client):
    """Lists of what can be asked for."""

    @query
    def list_columns(self, *, cache: bool | None = None) -> Query[Table]:
        """The columns that the server has.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` with family prefix (``i:`` of ZTF, ``r:`` of Rubin, ``d:`` or ``f:`` of Fink's science
            modules, ``v:`` computed while the server answers, ``b:`` stamps), ``type``, ``unit``,
            ``description``.

        Examples
        --------
        >>> table = fink.list_columns()
        >>> "i:magpsf" in table["name"]
        True
        """
        return Query(schema_requests(self, cache), finish=partial(_column_list, survey=self._survey))

    list_columns_async = raw(list_columns)


def schema_requests(client: Client, cache: bool | None) -> list[Request]:
    """The requests for the columns: one for all of them, or one for each kind of row."""
    schema = partial(Request, "schema", decode=_read_objects, parse=checked_schema)
    payloads = [{"endpoint": f"/api/v1/{endpoint}"} for endpoint in client._survey.service.schemas]
    if payloads:
        return [schema(payload) for payload in payloads]
    return [schema(recover=partial(_under_older_name, client=client, cache=cache))]


def _under_older_name(error, client, cache):
    """Servers before 2025 call the endpoint ``columns``."""
    if error.status != 404:
        raise error
    return client._send(Request("columns", decode=_read_objects, parse=checked_schema), cache=cache)


def column_names(
    client: Client, columns: ColumnNames | None, cache: bool | None, *, offline: bool, known=None
) -> list[str] | None:
    """Full names of the columns asked for; the server's own list serves for names we do not know."""
    live = tuple if offline else partial(live_names, client, cache)
    return full_names(columns, client._survey, known=known, live=live)


def live_names(client: Client, cache: bool | None) -> list[str]:
    """The names of the columns that the server lists."""
    responses = [client._send(request, cache=cache) for request in schema_requests(client, cache)]
    return _column_list(responses, client._survey)["name"].tolist()


def _column_list(responses, survey):
    fields = {}
    for response in responses:
        for title, listed in response.content.items():
            fields.setdefault(title, {}).update(listed | fields.get(title, {}))
    table = column_list(fields, survey)
    table.meta.update(responses[0].meta)
    return table

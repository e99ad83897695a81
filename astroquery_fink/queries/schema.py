# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The columns that the server has."""

from functools import partial
from typing import Final

from astropy.table import Table
from astroquery.exceptions import NoResultsWarning

from ..arguments.columns import full_names
from ..arguments.types import ColumnNames
from ..client import Client
from ..exceptions import FinkError, FinkQueryError
from ..http.retry import Response
from ..messages import shown, warn
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
    def list_columns(self, search: str | None = None, *, cache: bool | None = None) -> Query[Table]:
        """List the columns that the server has, or those that match a search.

        Parameters
        ----------
        search : str, optional
            Words that the name, description and UCD of a column must contain, in upper or lower case. None:
            all columns.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name`` with its family prefix, ``type``, ``unit``, ``description`` and ``ucd``. Columns whose
            names match come first. The prefixes are ``i:`` for data of ZTF, ``r:`` for data of Rubin, ``d:``
            and ``f:`` for results of Fink's science modules, ``v:`` for values that the server computes for
            each request, and ``b:`` for cutouts.

        Raises
        ------
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No column matches the search; the table is empty.

        Examples
        --------
        >>> table = Fink.list_columns()
        >>> "i:magpsf" in table["name"]
        True
        >>> Fink.list_columns("limiting magnitude")["name"].tolist()
        ['i:diffmaglim', 'i:magfromlim']
        """
        words = _search_words(search)
        finish = partial(_matching_columns, survey=self._survey, words=words)
        return Query(_schema_requests(self, cache), finish=finish)

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


def _search_words(search: str | None) -> list[str]:
    """The words of a search, in lower case; None has none."""
    if search is None:
        return []
    if not isinstance(search, str) or not search.strip():
        raise FinkQueryError(f"search={shown(search)} is not a word: give text, such as 'supernova'.")
    return search.casefold().split()


def _matching_columns(responses: list[Response], survey: Survey, words: list[str]) -> Table:
    """The columns that have all words; those with a word in the name come first."""
    table = _column_list(responses, survey)
    texts = [" ".join(map(str, row)).casefold() for row in zip(*table.itercols(), strict=True)]
    rows = [row for row, text in enumerate(texts) if all(word in text for word in words)]
    names = [str(name).casefold() for name in table["name"]]
    rows.sort(key=lambda row: not any(word in names[row] for word in words))
    if words and not rows:
        warn(
            f"search={' '.join(words)!r}: no column of Fink/{survey.title} has these words in its name or "
            "description. Give fewer or shorter words.",
            NoResultsWarning,
        )
    return table[rows] if words else table


def _column_list(responses: list[Response], survey: Survey) -> Table:
    fields = {}
    for response in responses:
        for title, listed in response.content.items():
            fields.setdefault(title, {}).update(listed | fields.get(title, {}))
    table = column_list(fields, survey)
    table.meta.update(responses[0].meta)
    return table

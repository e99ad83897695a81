# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server has: columns, classes."""

from functools import partial

from astropy.table import Table

from .. import arguments, listings
from ..client import Client
from ..query import Query, Request, query, raw
from ..wire import read_mapping

__all__ = ["Lists"]


class Lists(Client):
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
        return Query(self._schemas(cache), finish=self._column_list)

    list_columns_async = raw(list_columns)

    @query
    def list_classes(self, *, cache: bool | None = None) -> Query[Table]:
        """The classes that Fink gives to alerts.

        Parameters
        ----------
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, and ``origin``: Fink's classifiers, or the catalogue that the name comes from.

        Examples
        --------
        >>> table = fink.list_classes()
        >>> "SN candidate" in table["name"]
        True
        """
        request = Request("classes", decode=partial(read_mapping, of=list), parse=listings.class_list)
        return Query([request], finish=self._only_table)

    list_classes_async = raw(list_classes)

    def _names(self, columns, cache, *, offline, known=None):
        """Full names of the columns asked for; the server's own list serves for names we do not know."""
        live = tuple if offline else partial(self._live_names, cache)
        return arguments.column_names(columns, self._survey, known=known, live=live)

    def _live_names(self, cache):
        return self.list_columns(cache=cache)["name"].tolist()

    def _schemas(self, cache):
        """The requests for the columns: one for all of them, or one for each kind of row."""
        schema = partial(Request, "schema", decode=partial(read_mapping, of=dict))
        payloads = [{"endpoint": f"/api/v1/{endpoint}"} for endpoint in self._survey.schemas]
        if payloads:
            return [schema(payload) for payload in payloads]
        return [schema(recover=partial(self._under_older_name, cache=cache))]

    def _under_older_name(self, error, cache):
        """Servers before 2025 call the endpoint ``columns``."""
        if error.status != 404:
            raise error
        return self._send(Request("columns", decode=partial(read_mapping, of=dict)), cache=cache)

    def _column_list(self, replies):
        fields = {}
        for reply in replies:
            for title, listed in reply.content.items():
                fields.setdefault(title, {}).update(listed | fields.get(title, {}))
        return self._signed(listings.column_list(fields, self._survey), replies[0])

    def _only_table(self, replies):
        """The Table of the only response, which says where it comes from."""
        (reply,) = replies
        return self._signed(reply.content, reply)

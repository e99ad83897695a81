# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the server has: columns, classes."""

from functools import partial

from .. import arguments, listings
from ..client import Client
from ..exceptions import FinkServiceError
from ..wire import read_mapping
from .asking import alone

__all__ = ["Lists"]


class Lists(Client):
    """Lists of what can be asked for."""

    def list_columns(self, *, cache=None):
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
        replies = self._schemas(cache)
        fields = {}
        for reply in replies:
            for title, listed in reply.content.items():
                fields.setdefault(title, {}).update(listed | fields.get(title, {}))
        return self._signed(listings.column_list(fields, self._survey), replies[0])

    def list_columns_async(self, *, cache=None):
        """As `list_columns`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response` or list of `requests.Response`
            Of Rubin one for each kind of row.
        """
        return alone([reply.response for reply in self._schemas(cache)])

    def list_classes(self, *, cache=None):
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
        reply = self._send_classes(cache)
        return self._signed(listings.class_list(reply.content), reply)

    def list_classes_async(self, *, cache=None):
        """As `list_classes`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        return self._send_classes(cache).response

    def _names(self, columns, cache, *, offline, known=None):
        """Full names of the columns asked for; the server's own list serves for names we do not know."""
        live = tuple if offline else partial(self._live_names, cache)
        return arguments.column_names(columns, self._survey, known=known, live=live)

    def _live_names(self, cache):
        return self.list_columns(cache=cache)["name"].tolist()

    def _send_classes(self, cache):
        self._survey.check("list_classes")
        return self._send("classes", cache=cache, read=partial(read_mapping, of=list))

    def _schemas(self, cache):
        """What tells the columns: one reply for all, or one for each kind of row."""
        read = partial(read_mapping, of=dict)
        asked = [{"endpoint": f"/api/v1/{endpoint}"} for endpoint in self._survey.schemas]
        if asked:
            return [self._send("schema", payload, cache=cache, read=read) for payload in asked]
        return [self._schema(read, cache)]

    def _schema(self, read, cache):
        """The endpoint's older name is ``columns``."""
        try:
            return self._send("schema", cache=cache, read=read)
        except FinkServiceError as error:
            if error.status != 404:
                raise
        return self._send("columns", cache=cache, read=read)

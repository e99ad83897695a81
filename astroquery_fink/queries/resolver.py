# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of objects: those of other services, and those that users gave in Fink."""

import json
from functools import partial
from typing import Any, Final

import numpy as np
from astropy.table import Table

from ..arguments.checks import count, truth
from ..arguments.choices import listed_or_sent
from ..arguments.ids import object_id
from ..arguments.text import text_of
from ..arguments.types import ObjectId, Payload, Resolver
from ..client import Client
from ..exceptions import FinkQueryError
from ..http.retry import Response
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
    table_of,
)
from ..surveys import Survey
from ..tables.build import rows
from ..tables.decode import Columns
from .alert_table import python_values, single_table, warn_if_empty
from .payload import drop_unset, table_format

__all__ = ["RESOLVERS", "NameResolver"]

RESOLVERS = ("simbad", "ssodnet", "tns")
_METADATA = ("i:objectId", "d:internal_name", "d:internal_name_encoded", "d:comments", "d:username")


class NameResolver(Client):
    """Names of objects."""

    @query
    def resolve_name(
        self,
        name: ObjectId,
        *,
        resolver: Resolver,
        reverse: bool = False,
        n: int = 10,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Find the object that has a name, or the names of an object.

        Parameters
        ----------
        name : str
            In upper or lower case. For ``"tns"`` and ``"ssodnet"`` ZTF's server accepts the beginning of a
            name, Rubin's only whole names. With ``reverse``, an object id such as ``"ZTF21aaxtctv"`` (for
            Rubin and ``"ssodnet"``, an ``ssObjectId``).
        resolver : str
            ``"tns"``: the Transient Name Server; ``"simbad"``: SIMBAD, through Sesame; ``"ssodnet"``: Solar
            System objects.
        reverse : bool, optional
            Whether ``name`` is an object id whose names are requested.
        n : int, optional
            Maximum number of rows.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, ``objectid`` (of the survey), ``type``, ``redshift``, ``ra`` and ``dec`` (degrees),
            masked where unknown. After these the resolver's own columns; one with the same name as one of
            these has the resolver as prefix, as in ``simbad:name``.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            The resolver does not know the name; the table is empty.

        Examples
        --------
        >>> table = Fink.resolve_name("SN 2099sim", resolver="tns")
        >>> table["name", "objectid", "type", "redshift"].pprint()
           name      objectid    type redshift
        ---------- ------------ ----- --------
        SN 2099sim ZTF99simsnia SN Ia   0.0245
        >>> Fink.resolve_name("ZTF99simsnia", resolver="tns", reverse=True)["name"].tolist()
        ['SN 2099sim']
        """
        payload = _resolver_payload(name, self._survey, resolver=resolver, reverse=reverse, n=n)
        parse = partial(_resolved, payload=payload, survey=self._survey)
        return Query([Request("resolver", payload, parse=parse)], finish=single_table)

    resolve_name_async: Final = raw(resolve_name)

    @query
    def query_metadata(
        self,
        objectid: ObjectId | None = None,
        *,
        internal_name: str | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Get the name that a user of Fink gave to an object, and the comments on it.

        Parameters
        ----------
        objectid : str, optional
            For example ``"ZTF21aaxtctv"``.
        internal_name : str, optional
            The name, instead of the object id.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. It is sent as arguments of the URL, because
            this endpoint stores what it receives as JSON.

        Returns
        -------
        table : `~astropy.table.Table`
            ``i:objectId``, ``d:internal_name``, ``d:internal_name_encoded``, ``d:comments``,
            ``d:username``, and any other columns that the server sends.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or there is not exactly one of them.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            The object has no such name, or no object has this name; the table is empty.

        Examples
        --------
        >>> Fink.query_metadata("ZTF99simsnia")["d:internal_name"].tolist()
        ['Simulated supernova']
        """
        payload = _metadata_payload(objectid, self._survey, internal_name=internal_name)
        parse = partial(rows, survey=self._survey, default=_METADATA)
        request = Request("metadata", payload, parse=parse, get=True)  # POST would store the payload
        return Query([request], finish=partial(_metadata_table, payload=payload))

    query_metadata_async: Final = raw(query_metadata)


def _resolver_payload(
    name: ObjectId, survey: Survey, *, resolver: Resolver, reverse: bool, n: int
) -> Payload:
    reverse = truth(reverse, "reverse")
    known = object_id(name, survey) if reverse else _text(name, "name")
    return drop_unset(
        {
            "resolver": listed_or_sent(resolver, RESOLVERS, "resolver"),
            survey.service.resolver_argument: str(known),
            "reverse": reverse,
            "nmax": count(n, "n"),
            "output-format": table_format(),
        }
    )


def _text(value: Any, argument: str) -> str:
    text = text_of(value)
    if not isinstance(value, (str, bytes)) or not text:
        raise FinkQueryError(f"{argument}={shown(value)} is not a valid name: give a str that is not empty.")
    return text


def _resolved(columns: Columns, payload: Payload, survey: Survey) -> Table:
    """The Table of a resolver's response."""
    columns = _with_common_columns(columns, payload, survey)
    table = rows(columns, survey, default=list(survey.resolver_columns), dtype="number")
    return _without_nameless(table) if payload.get("reverse") else table


def _with_common_columns(columns: Columns, payload: Payload, survey: Survey) -> Columns:
    """The resolver's columns, after those that all resolvers have in common."""
    sources, resolver = survey.resolver_columns, payload["resolver"]
    own = {f"{resolver}:{name}" if name in sources else name: columns[name] for name in columns}
    common = {
        name: next(columns[source] for source in names if source in columns)
        for name, names in sources.items()
        if not columns.keys().isdisjoint(names)
    }
    if payload.get("reverse") and survey.solar_system.id not in columns:
        common["objectid"] = [payload[survey.service.resolver_argument]] * len(columns)
    elif "objectid" in common:
        common["objectid"] = [_id_or_none(value, survey) for value in python_values(common["objectid"])]
    return Columns(common | own, len(columns))


def _id_or_none(value: Any, survey: Survey) -> Any:
    """The value if it is an object id of the survey, not a discoverer's own name."""
    return value if survey.ids.pattern.fullmatch(str(value)) else None


def _without_nameless(table: Table) -> Table:
    """Drop rows of nulls, which stand for an object without a name."""
    unknown = [np.ma.getmaskarray(np.ma.asarray(table[name])) for name in ("name", "type")]
    return table[~np.all(unknown, axis=0)]


def _metadata_payload(objectid: ObjectId | None, survey: Survey, *, internal_name: str | None) -> Payload:
    """The payload, of one argument: the server accepts no output format here."""
    if (objectid is None) == (internal_name is None):
        raise FinkQueryError(
            f"objectid={shown(objectid)}, internal_name={shown(internal_name)}: give exactly one of them."
        )
    if objectid is not None:
        return {survey.service.id_argument: object_id(objectid, survey)}
    return {"internal_name": _text(internal_name, "internal_name")}


def _metadata_table(responses: list[Response], payload: Payload) -> Table:
    """The Table, with the payload in ``meta``: a GET request has it in its URL only."""
    table = table_of(responses)
    table.meta["payload"] = json.dumps(payload)
    return warn_if_empty(table)

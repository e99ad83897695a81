# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of objects: those known elsewhere, and those that people gave in Fink."""

from functools import partial

import numpy as np
from astropy.table import Table

from ..arguments.checks import count, truth
from ..arguments.choices import listed_or_sent
from ..arguments.ids import object_id
from ..arguments.text import text_of
from ..arguments.types import ObjectId, Resolver
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..tables.build import rows
from ..tables.decode import Columns
from .payload import given, table_format
from .search import found, found_with

__all__ = ["RESOLVERS", "NameResolver", "metadata_payload", "resolver_payload"]

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
        """The object that a name means, or the names that an object has.

        Parameters
        ----------
        name : str
            In any case. For ``"tns"`` and ``"ssodnet"`` the beginning of a name will do; Rubin's service
            wants whole names. With ``reverse`` an object id, such as ``"ZTF21aaxtctv"`` (of Rubin, for
            ``"ssodnet"``, an ``ssObjectId``).
        resolver : str
            ``"tns"``: the Transient Name Server; ``"simbad"``: SIMBAD, through Sesame;
            ``"ssodnet"``: Solar System objects.
        reverse : bool, optional
            Whether ``name`` is an object id, the names of which are wanted.
        n : int, optional
            The most rows.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            ``name``, ``objectid`` (of the survey), ``type``, ``redshift``, ``ra``, ``dec`` (degrees), masked
            where unknown; then the resolver's own columns, one that is called like these with
            the resolver before it, as in ``simbad:name``.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            The resolver does not know the name; the table is empty.

        Examples
        --------
        >>> table = fink.resolve_name("SN 2099sim", resolver="tns")
        >>> table["name", "objectid", "type", "redshift"].pprint()
           name      objectid    type redshift
        ---------- ------------ ----- --------
        SN 2099sim ZTF99simsnia SN Ia   0.0245
        >>> fink.resolve_name("ZTF99simsnia", resolver="tns", reverse=True)["name"].tolist()
        ['SN 2099sim']
        """
        asked = resolver_payload(name, self._survey, resolver=resolver, reverse=reverse, n=n)
        resolved = Request("resolver", asked, parse=partial(_resolved, asked=asked, survey=self._survey))
        return Query([resolved], finish=found)

    resolve_name_async = raw(resolve_name)

    @query
    def query_metadata(
        self,
        objectid: ObjectId | None = None,
        *,
        internal_name: str | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """The name that a user of Fink gave to an object, and what was said about it.

        Parameters
        ----------
        objectid : str, optional
            Such as ``"ZTF21aaxtctv"``.
        internal_name : str, optional
            The name, in place of the object.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent (as arguments of the address: a JSON body
            would write, not read).

        Returns
        -------
        table : `~astropy.table.Table`
            ``i:objectId``, ``d:internal_name``, ``d:internal_name_encoded``, ``d:comments``,
            ``d:username``, and what else the server sends.

        Raises
        ------
        FinkQueryError
            Both or none of the arguments are given, or it is no object id.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Nobody gave a name to the object, or this name to any; the table is empty.

        Examples
        --------
        >>> fink.query_metadata("ZTF99simsnia")["d:internal_name"].tolist()
        ['Simulated supernova']
        """
        asked = metadata_payload(objectid, self._survey, internal_name=internal_name)
        named = partial(rows, survey=self._survey, default=_METADATA)
        # with GET: what is posted to this endpoint is written
        request = Request("metadata", asked, parse=named, get=True)
        return Query([request], finish=partial(found_with, payload=asked))

    query_metadata_async = raw(query_metadata)


def _resolved(columns, asked, survey):
    """A resolver's answer as a Table."""
    columns = _with_common(columns, asked, survey)
    table = rows(columns, survey, default=survey.resolver_columns, dtype="number")
    return _that_say_something(table) if asked.get("reverse") else table


def _with_common(columns, asked, survey):
    """A resolver's answer with the columns that all resolvers have in common."""
    sources = survey.resolver_columns
    raw = {f"{asked['resolver']}:{name}" if name in sources else name: columns[name] for name in columns}
    common = {
        wanted: next(columns[name] for name in names if name in columns)
        for wanted, names in sources.items()
        if not columns.keys().isdisjoint(names)
    }
    if asked.get("reverse") and survey.solar_system.id not in columns:
        common["objectid"] = [asked[survey.service.resolver_argument]] * len(columns)
    elif "objectid" in common:
        common["objectid"] = [_id_or_none(value, survey) for value in _python(common["objectid"])]
    return Columns(common | raw, len(columns))


def _that_say_something(table):
    """Without the row that stands for an object without a name."""
    silent = [np.ma.getmaskarray(np.ma.asarray(table[name])) for name in ("name", "type")]
    return table[~np.all(silent, axis=0)]


def _python(values):
    return values.to_pylist() if hasattr(values, "to_pylist") else values


def _id_or_none(value, survey):
    """Who discovers an object may have called it otherwise."""
    return value if survey.ids.pattern.fullmatch(str(value)) else None


def resolver_payload(name, survey, *, resolver, reverse=False, n=10):
    """The question for names known elsewhere.

    Parameters
    ----------
    name : str
        Of an object; with ``reverse`` an object id of the survey.
    survey : `~astroquery_fink.surveys.Survey`
    resolver : str
    reverse : bool
    n : int

    Returns
    -------
    payload : dict
    """
    reverse = truth(reverse, "reverse")
    name = object_id(name, survey) if reverse else _name(name, "name")
    return given(
        {
            "resolver": listed_or_sent(resolver, RESOLVERS, "resolver"),
            survey.service.resolver_argument: str(name),
            "reverse": reverse,
            "nmax": count(n, "n"),
            "output-format": table_format(),
        }
    )


def _name(value, argument):
    text = text_of(value)
    if not isinstance(value, (str, bytes)) or not text:
        raise FinkQueryError(f"{argument}={shown(value)} is no name: give some text.")
    return text


def metadata_payload(objectid, survey, *, internal_name=None):
    """The question for the names that people gave to objects.

    Parameters
    ----------
    objectid : str or None
    survey : `~astroquery_fink.surveys.Survey`
    internal_name : str or None
        In place of ``objectid``.

    Returns
    -------
    payload : dict
        The server takes this one and no other argument.
    """
    if (objectid is None) == (internal_name is None):
        raise FinkQueryError(
            f"objectid={shown(objectid)}, internal_name={shown(internal_name)}: give one of them, not "
            "both or none."
        )
    if objectid is not None:
        return {survey.service.id_argument: object_id(objectid, survey)}
    return {"internal_name": _name(internal_name, "internal_name")}

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of objects whose ids are known."""

import json
import warnings
from functools import partial

from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import arguments, bulk, parse, payload
from ..config import conf
from ..exceptions import FinkServiceError
from ..transport import Budget
from ..wire import Columns
from .lists import Lists

__all__ = ["LightCurves"]

_OF_ONE_OBJECT = (200, 500, 504)  # broken rows, a broken server, too long: it may be one object's fault


class LightCurves(Lists):
    """Light curves of one object, or of many."""

    def query_object(
        self,
        objectid,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        cache=None,
        get_query_payload=False,
    ):
        """All alerts of one object: its light curve, and all else that Fink knows of each alert.

        Parameters
        ----------
        objectid : str
            Such as ``"ZTF21aaxtctv"``.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`. None: all.
        withupperlim : bool, optional
            Also the upper limits and the detections of bad quality, told apart by ``d:tag``:
            ``valid``, ``upperlim``, ``badquality``.
        withcutouts : bool, optional
            Also the stamps, as columns of arrays; see `get_images` for FITS.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``; None: all three.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first. Stamps are float32 of shape ``(rows, 63, 63)`` in adu,
            or 2-d arrays of different shapes, missing pixels NaN.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of this object; the table is empty.
        MaxResultsWarning
            The server stopped at its limit; ``meta["cut"]`` names the object.

        Examples
        --------
        >>> table = fink.query_object("ZTF99simsnia", columns="jd,fid,magpsf,sigmapsf")
        >>> table.colnames
        ['i:jd', 'i:fid', 'i:magpsf', 'i:sigmapsf']
        >>> table["i:magpsf"].unit
        Unit("mag")
        """
        ids = [arguments.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        ask = self._ask_for(names, withupperlim, withcutouts, cutout_kind)
        if get_query_payload:
            return ask(ids)
        table = self._alerts(ids, ask, names, cache)
        self._warn(table, 1)
        return table

    def query_object_async(
        self,
        objectid,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_object`, but returns the reply unread.

        Returns
        -------
        response : `requests.Response`
        """
        ids = [arguments.object_id(objectid, self._survey)]
        names = self._names(columns, cache, offline=get_query_payload)
        asked = self._ask_for(names, withupperlim, withcutouts, cutout_kind)(ids)
        return asked if get_query_payload else self._send("objects", asked, cache=cache).response

    def query_objects(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """All alerts of many objects.

        Parameters
        ----------
        objectids : str, list of str, `~numpy.ndarray`, `~astropy.table.Column` or `~astropy.table.Table`
            Comma text, any list, or a Table that has the id column. Repeated ids are asked for once.
        columns, withupperlim, withcutouts, cutout_kind
            As in `query_object`.
        on_error : str, optional
            What to do where the server fails for some ids: ``"raise"`` an error that names them in
            ``.failed`` and has the rest in ``.table``, or ``"warn"`` and return the rest.
        show_progress : bool, optional
            None: on a terminal, if there is more than one request to send.
        cache : bool, optional
            Whether kept replies will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent: one payload for each ``conf.batch_size`` ids,
            or for each id where stamps are asked for.

        Returns
        -------
        table : `~astropy.table.Table`
            Objects in the order asked, newest alert first inside each. ``meta["missing"]`` names
            the objects that Fink has no alert of, ``meta["failed"]`` those that it could not be asked for.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer. What came is kept, if the cache is on: a second
            call asks only for the rest.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of some of the objects, which it names.
        MaxResultsWarning
            The server stopped at its limit for some of the objects, which ``meta["cut"]`` names, too.
        FailedIdsWarning
            With ``on_error="warn"``, the server failed for some of the objects, which it names.

        Examples
        --------
        >>> table = fink.query_objects("ZTF99simrrly,ZTF99simagnx", columns=["i:objectId", "i:magpsf"])
        >>> sorted(set(table["i:objectId"].tolist()))
        ['ZTF99simagnx', 'ZTF99simrrly']
        """
        bulk.check_on_error(on_error)
        ids = arguments.object_ids(objectids, self._survey)
        names = self._names(columns, cache, offline=get_query_payload)
        ask = self._ask_for(names, withupperlim, withcutouts, cutout_kind)
        parts = _split(ids, withcutouts)
        if get_query_payload:
            return [ask(part) for part in parts]
        budgets = self._budget(len(parts)), Budget(conf.batch_retries)
        fetch = partial(self._part, ask=ask, names=names, cache=cache, budgets=budgets)
        outcomes = bulk.fetch_all(parts, fetch, connections=conf.max_connections, show_progress=show_progress)
        table = self._whole(outcomes, ids, ask(ids), names)
        came = any(outcome.value is not None for outcome in outcomes)
        table.meta["failed"] = bulk.account(outcomes, on_error, asked=len(ids), table=table if came else None)
        self._warn(table, len(ids))
        return table

    def query_objects_async(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        on_error="raise",
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_objects`, but returns the replies unread.

        Returns
        -------
        responses : list of `requests.Response`
        """
        bulk.check_on_error(on_error)
        ids = arguments.object_ids(objectids, self._survey)
        names = self._names(columns, cache, offline=get_query_payload)
        ask = self._ask_for(names, withupperlim, withcutouts, cutout_kind)
        parts = _split(ids, withcutouts)
        if get_query_payload:
            return [ask(part) for part in parts]
        budget = self._budget(len(parts))
        replies = bulk.gather(
            parts,
            lambda part: self._send("objects", ask(part), cache=cache, budget=budget),
            parts,
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )
        return [reply.response for reply in replies]

    def _ask_for(self, names, withupperlim, withcutouts, cutout_kind):
        """What makes the payload for some ids."""
        return partial(
            payload.objects,
            survey=self._survey,
            columns=names,
            withupperlim=withupperlim,
            withcutouts=withcutouts,
            cutout_kind=cutout_kind,
        )

    def _alerts(self, ids, ask, names, cache, budget=None):
        """The Table that answers one request."""
        asked = ask(ids)
        reply = self._alerts_reply(asked, ids, cache, budget)
        table = parse.alerts(
            reply.content, self._survey, names=names, extra=payload.companions(asked, self._survey)
        )
        absent = parse.missing(reply.content, self._survey, ids)
        table.meta.update(self._meta(reply), missing=absent, cut=parse.cut(reply.content, self._survey))
        return table

    def _alerts_reply(self, asked, ids, cache, budget):
        """With stamps the server says 500, not nothing, of an object that it does not know."""
        try:
            return self._send("objects", asked, cache=cache, budget=budget)
        except FinkServiceError as error:
            if error.status != 500 or "withcutouts" not in asked:
                raise
            known = self._send("objects", payload.objects(ids, self._survey, columns=[]), cache=cache)
            if len(known.content):
                raise
            return known

    def _part(self, ids, ask, names, cache, budgets):
        """The outcome of one request; what was kept of single objects is not asked for again."""
        budget, alone = budgets
        kept = self._kept_alone(ids, ask, cache)
        rest = [one for one in ids if one not in kept]
        key = self._survey.object_id
        names = names if names is None or key in names else [*names, key]
        fetch = partial(self._alerts, ask=ask, names=names, cache=cache, budget=budget)
        outcomes = [bulk.attempt(partial(fetch, [one]), [one]) for one in kept]
        outcomes += _together_or_alone(rest, fetch, alone) if rest else []
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        failed = [one for outcome in outcomes for one in outcome.failed]
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if not tables:
            return bulk.Outcome(None, failed, error)
        table = bulk.arrange(bulk.merge(tables), key, ids)
        table.meta.update(_merged_meta(tables))
        return bulk.Outcome(table, failed, error)

    def _kept_alone(self, ids, ask, cache):
        if len(ids) == 1 or self._is_kept("objects", ask(ids), cache):
            return []
        return [one for one in ids if self._is_kept("objects", ask([one]), cache)]

    def _whole(self, outcomes, ids, asked, names):
        """One Table of all that came; an empty one where nothing did."""
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        if not tables:
            extra = payload.companions(asked, self._survey)
            tables = [parse.alerts(Columns({}, 0), self._survey, names=names, extra=extra)]
            tables[0].meta.update(queried="", cached=False, missing=[], cut=[])
        table = bulk.merge(tables)
        table.meta.update(self._origin("objects") | _merged_meta(tables), payload=json.dumps(asked))
        if names is not None and self._survey.object_id not in names:
            table.keep_columns([name for name in table.colnames if name != self._survey.object_id])
        return table

    def _warn(self, table, asked):
        """Say what is not there: objects without alerts, alerts beyond the server's limit."""
        missing, cut = table.meta["missing"], table.meta["cut"]
        if missing:
            which = f"{len(missing)} of {asked} objects: " if asked > 1 else ""
            message = f"Fink has no alert of {which}{bulk.some_of(missing)}"
            warnings.warn(message, NoResultsWarning, stacklevel=3)
        if cut:
            limit = f"{self._survey.scan_limit:,}"
            message = f"Fink gives {limit} alerts of one object; there may be more of {bulk.some_of(cut)}"
            warnings.warn(message, MaxResultsWarning, stacklevel=3)


def _together_or_alone(ids, fetch, alone):
    """Where the server breaks on several objects, each is asked for alone, so that one fails alone."""
    outcome = bulk.attempt(partial(fetch, ids), ids)
    if len(ids) == 1 or outcome.error is None or outcome.error.status not in _OF_ONE_OBJECT:
        return [outcome]
    return [
        bulk.attempt(partial(fetch, [one]), [one])
        if alone.take()
        else bulk.Outcome(None, [one], outcome.error)
        for one in ids
    ]


def _split(ids, withcutouts):
    """Stamps take the server long: they are asked for one object at a time."""
    return bulk.split(ids, 1 if withcutouts else conf.batch_size)


def _merged_meta(tables):
    return {
        "queried": min(table.meta["queried"] for table in tables),
        "cached": all(table.meta["cached"] for table in tables),
        "missing": [objectid for table in tables for objectid in table.meta["missing"]],
        "cut": [objectid for table in tables for objectid in table.meta["cut"]],
    }

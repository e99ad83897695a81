# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of many objects whose ids are known."""

import json
from dataclasses import replace
from functools import partial

from .. import arguments, bulk
from ..config import conf
from ..exceptions import FinkQueryError
from ..parts import Parts, target
from ..stack import Stack
from ..transport import Budget
from ..wire import Columns
from .light_curves import LightCurves

__all__ = ["ManyObjects"]

_OF_ONE_OBJECT = (200, 500, 504)  # broken rows, a broken server, too long: it may be one object's fault


class ManyObjects(LightCurves):
    """Light curves of many objects."""

    def query_objects(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        on_error="raise",
        outdir=None,
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
        outdir : str or path-like, optional
            A folder for Parquet files, one a request, written as they come; no Table is held in memory.
            Files of the same question that are there are not asked for again, however old they are: so
            the same call goes on where one was stopped. Needs pyarrow.
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
            With ``outdir`` the folder instead, as `~pathlib.Path`: its files, by name, have the same rows
            in the same order and the same columns, those that `list_columns` does not know as text.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink, or ``outdir`` holds files of another question.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer. What came is kept, if the cache is on or in ``outdir``:
            a second call asks only for the rest.

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
        folder = None if outdir is None else target(outdir)
        question, ids, parts = self._of_many(
            objectids, columns, withupperlim, withcutouts, cutout_kind, cache, get_query_payload
        )
        how = {"on_error": on_error, "cache": cache, "show_progress": show_progress}
        if get_query_payload:
            return [question.payload(part) for part in parts]
        if folder is None:
            return self._gathered(question, ids, parts, **how)
        return self._written(folder, question, ids, parts, **how)

    def query_objects_async(
        self,
        objectids,
        *,
        columns=None,
        withupperlim=False,
        withcutouts=False,
        cutout_kind=None,
        on_error="raise",
        outdir=None,
        show_progress=None,
        cache=None,
        get_query_payload=False,
    ):
        """As `query_objects`, but returns the replies unread; ``outdir`` is not for them.

        Returns
        -------
        responses : list of `requests.Response`
        """
        bulk.check_on_error(on_error)
        if outdir is not None:
            raise FinkQueryError(
                "outdir is for query_objects, which writes tables; here are replies, unread."
            )
        question, _, parts = self._of_many(
            objectids, columns, withupperlim, withcutouts, cutout_kind, cache, get_query_payload
        )
        if get_query_payload:
            return [question.payload(part) for part in parts]
        return self._unread(question, parts, on_error=on_error, cache=cache, show_progress=show_progress)

    def _of_many(self, objectids, columns, withupperlim, withcutouts, cutout_kind, cache, offline):
        """The question, the ids, and which of them go into one request; stamps take the server long."""
        ids = arguments.object_ids(objectids, self._survey)
        names = self._names(columns, cache, offline=offline)
        question = self._about_alerts(names, withupperlim, withcutouts, cutout_kind)
        return question, ids, bulk.split(ids, 1 if withcutouts else conf.batch_size)

    def _gathered(self, question, ids, parts, *, on_error, cache, show_progress):
        """One Table of all parts."""
        outcomes, table = self._stack_all(question, parts, cache, show_progress)
        came = any(outcome.value is not None for outcome in outcomes)
        came_table = table if came else None
        table.meta["failed"] = bulk.account(outcomes, on_error, asked=len(ids), table=came_table)
        self._warn(table.meta, len(ids))
        return table

    def _written(self, folder, question, ids, parts, *, on_error, cache, show_progress):
        """A folder of all parts."""
        outcomes = self._write_all(folder, question, parts, cache, show_progress)
        bulk.account(outcomes, on_error, asked=len(ids), kept=f"in {folder}")
        self._warn(_merged_meta(outcomes), len(ids))
        return folder

    def _unread(self, question, parts, *, on_error, cache, show_progress):
        """The replies to all parts."""
        budget = self._budget(len(parts))
        read = self._reader(cache)
        replies = bulk.gather(
            parts,
            lambda part: self._send(
                question.endpoint, question.payload(part), cache=cache, read=read, budget=budget
            ),
            parts,
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )
        return [reply.response for reply in replies]

    def _stack_all(self, question, parts, cache, show_progress):
        """The outcomes with only what ``meta`` says for their values, and one Table of all that came."""
        stack = Stack()

        def take(outcome):
            if outcome.value is None:
                return outcome
            stack.add(outcome.value)
            return replace(outcome, value=outcome.value.meta)

        fetch = self._fetcher(len(parts), question, cache)
        at_once = {"connections": conf.max_connections, "show_progress": show_progress}
        outcomes = bulk.fetch_all(parts, fetch, take=take, **at_once)
        return outcomes, self._whole(stack, outcomes, question, [one for part in parts for one in part])

    def _write_all(self, folder, question, parts, cache, show_progress):
        """The same outcomes; the Tables are in the folder, and those that were there are not asked for."""
        files = Parts(folder, [self._asked(question, part) for part in parts], self._survey)
        kept = [files.kept(number) for number in range(len(parts))]
        rest = [number for number, meta in enumerate(kept) if meta is None]
        fetch = self._fetcher(len(rest), question, cache)

        def fetch_and_write(number):
            outcome = fetch(parts[number])
            if outcome.value is None:
                return outcome
            files.write(number, self._as_asked(outcome.value, question), outcome.failed)
            return replace(outcome, value=_merged_meta([outcome]))

        at_once = {"connections": conf.max_connections, "show_progress": show_progress}
        came = dict(zip(rest, bulk.fetch_all(rest, fetch_and_write, **at_once), strict=True))
        return [came.get(number) or bulk.Outcome(meta) for number, meta in enumerate(kept)]

    def _asked(self, question, ids):
        """What tells one question from another, however it travels."""
        payload = question.payload(ids)
        asked = {name: value for name, value in payload.items() if name != "output-format"}
        return self._origin(question.endpoint) | {"payload": asked, "names": question.names}

    def _as_asked(self, table, question):
        """Without the ids, where they were not asked for."""
        key = self._survey.object_id
        if question.names is not None and key not in question.names and key in table.colnames:
            table.remove_column(key)
        return table

    def _fetcher(self, requests, question, cache):
        """What makes the outcome of one part of so many."""
        budgets = self._budget(requests), Budget(conf.batch_retries)
        return partial(self._part, question=question, cache=cache, budgets=budgets)

    def _part(self, ids, question, cache, budgets):
        """The outcome of one request; what was kept of single objects is not asked for again."""
        budget, alone = budgets
        kept = self._kept_alone(ids, question, cache)
        rest = [one for one in ids if one not in kept]
        key = self._survey.object_id
        fetch = partial(self._table, question=question.wanting(key), cache=cache, budget=budget)
        outcomes = [bulk.attempt(partial(fetch, [one]), [one]) for one in kept]
        outcomes += _together_or_alone(rest, fetch, alone) if rest else []
        tables = [outcome.value for outcome in outcomes if outcome.value is not None]
        failed = [one for outcome in outcomes for one in outcome.failed]
        error = next((outcome.error for outcome in outcomes if outcome.error), None)
        if not tables:
            return bulk.Outcome(None, failed, error)
        table = bulk.arrange(bulk.merge(tables), key, ids)
        table.meta.update(_merged_meta(outcomes))
        return bulk.Outcome(table, failed, error)

    def _kept_alone(self, ids, question, cache):
        """The ids whose replies were kept one by one."""

        def is_kept(some):
            return self._is_kept(question.endpoint, question.payload(some), cache)

        return [] if len(ids) == 1 or is_kept(ids) else [one for one in ids if is_kept([one])]

    def _whole(self, stack, outcomes, question, ids):
        """One Table of all that came; an empty one where nothing did."""
        table = stack.table()
        if table is None:
            table = self._parsed(Columns({}, 0), question)
        sent = json.dumps(question.payload(ids))
        table.meta.update(self._origin(question.endpoint) | _merged_meta(outcomes), payload=sent)
        return self._as_asked(table, question)


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


def _merged_meta(outcomes):
    """What all parts that came say together: values of outcomes are Tables, or what ``meta`` says."""
    said = [outcome.value for outcome in outcomes if outcome.value is not None]
    said = [getattr(one, "meta", one) for one in said]
    return {
        "queried": min((meta["queried"] for meta in said), default=""),
        "cached": bool(said) and all(meta["cached"] for meta in said),
        "missing": [objectid for meta in said for objectid in meta["missing"]],
        "cut": [objectid for meta in said for objectid in meta["cut"]],
    }

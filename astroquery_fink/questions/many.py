# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of many objects whose ids are known."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from astropy.table import Table

from .. import arguments, bulk
from ..config import conf
from ..exceptions import FinkQueryError
from ..parts import Parts, target
from ..query import Query, query, raw
from ..stack import Stack
from ..transport import Budget
from ..types import ColumnNames, CutoutKind, ObjectIds, OnError, StrPath
from ..wire import Columns
from .asking import merged
from .batch import Fetcher
from .light_curves import LightCurves

__all__ = ["ManyObjects"]


class ManyObjects(LightCurves):
    """Light curves of many objects."""

    @query
    def query_objects(
        self,
        objectids: ObjectIds,
        *,
        columns: ColumnNames | None = None,
        withupperlim: bool = False,
        withcutouts: bool = False,
        cutout_kind: CutoutKind | None = None,
        on_error: OnError = "raise",
        outdir: StrPath | None = None,
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table | Path]:
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
            or for each id with cutouts or upper limits.

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
        ids = arguments.object_ids(objectids, self._survey)
        names = self._names(columns, cache, offline=get_query_payload)
        flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        about = self._about_alerts(names, **flags, cache=cache)
        size = 1 if withcutouts or withupperlim else conf.batch_size
        how = {"on_error": on_error, "cache": cache, "show_progress": show_progress}
        return self._about_many(about, ids, size, folder=folder, **how)

    query_objects_async = raw(query_objects)

    def _about_many(self, about, ids, size, *, folder=None, **how):
        """The query for many objects, so many in one request."""
        batches = bulk.split(ids, size)
        requests = [about.request(batch) for batch in batches]
        run = partial(self._gathered, about, batches, **how)
        if folder is not None:
            run = partial(self._written, folder, about, batches, **how)
        responses = partial(self._unread, about, batches, folder, **how)
        return Query(requests, run=run, responses=responses, many=True)

    def _gathered(self, about, batches, *, on_error, cache, show_progress):
        """One Table of all batches."""
        outcomes, table = self._stack_all(about, batches, cache, show_progress)
        received = table if any(outcome.value is not None for outcome in outcomes) else None
        asked = sum(map(len, batches))
        table.meta["failed"] = bulk.account(outcomes, on_error, asked=asked, table=received)
        self._warn(table.meta, asked)
        return table

    def _written(self, folder, about, batches, *, on_error, cache, show_progress):
        """A folder of all batches."""
        outcomes = self._write_all(folder, about, batches, cache, show_progress)
        asked = sum(map(len, batches))
        bulk.account(outcomes, on_error, asked=asked, kept=f"in {folder}")
        self._warn(self._origin(about.endpoint) | _merged(outcomes), asked)
        return folder

    def _unread(self, about, batches, folder, *, on_error, cache, show_progress):
        """The responses to all batches."""
        if folder is not None:
            raise FinkQueryError("outdir= goes with query_objects, which writes tables, not with its twin.")
        budget = self._budget(len(batches))
        return bulk.gather(
            batches,
            lambda batch: self._response(about.request(batch), cache, budget),
            batches,
            on_error=on_error,
            connections=conf.max_connections,
            show_progress=show_progress,
        )

    def _stack_all(self, about, batches, cache, show_progress):
        """The outcomes with only what ``meta`` says for their values, and one Table of all rows received."""
        stack = Stack()

        def take(outcome):
            if outcome.value is None:
                return outcome
            stack.add(outcome.value)
            return replace(outcome, value=outcome.value.meta)

        fetch = self._fetcher(about, len(batches), cache)
        at_once = {"connections": conf.max_connections, "show_progress": show_progress}
        outcomes = bulk.fetch_all(batches, fetch.outcome, take=take, **at_once)
        return outcomes, self._whole(stack, outcomes, about, [one for batch in batches for one in batch])

    def _write_all(self, folder, about, batches, cache, show_progress):
        """The same outcomes; the Tables are in the folder, and those that were there are not asked for."""
        files = Parts(folder, [self._asked(about, batch) for batch in batches], self._survey)
        kept = [files.kept(number) for number in range(len(batches))]
        rest = [number for number, meta in enumerate(kept) if meta is None]
        fetch = self._fetcher(about, len(rest), cache)

        def fetch_and_write(number):
            outcome = fetch.outcome(batches[number])
            if outcome.value is None:
                return outcome
            files.write(number, self._as_asked(outcome.value, about), outcome.failed)
            return replace(outcome, value=_merged([outcome]))

        at_once = {"connections": conf.max_connections, "show_progress": show_progress}
        received = dict(zip(rest, bulk.fetch_all(rest, fetch_and_write, **at_once), strict=True))
        return [received.get(number) or bulk.Outcome(meta) for number, meta in enumerate(kept)]

    def _fetcher(self, about, requests, cache):
        return Fetcher(self, about, cache, self._budget(requests), Budget(conf.batch_retries))

    def _asked(self, about, ids):
        """What tells one query from another, whatever the response format."""
        payload = {name: value for name, value in about.payload(ids).items() if name != "output-format"}
        return self._origin(about.endpoint) | {"payload": payload, "names": about.names}

    def _as_asked(self, table, about):
        """Without the ids, where they were not asked for."""
        key = self._survey.object_id
        if about.names is not None and key not in about.names and key in table.colnames:
            table.remove_column(key)
        return table

    def _whole(self, stack, outcomes, about, ids):
        """One Table of all rows received; an empty one where there were none."""
        table = stack.table()
        if table is None:
            table = about.table(Columns({}, 0), [])
        sent = json.dumps(about.payload(ids))
        table.meta.update(self._origin(about.endpoint) | _merged(outcomes), payload=sent)
        return self._as_asked(table, about)


def _merged(outcomes):
    """What ``meta`` says of all batches: values of outcomes are Tables, or their ``meta``."""
    found = [outcome.value for outcome in outcomes if outcome.value is not None]
    return {"missing": [], "cut": []} | merged([getattr(one, "meta", one) for one in found])

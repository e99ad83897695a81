# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of many objects."""

from pathlib import Path
from typing import Final

from astropy.table import Table

from ..arguments.ids import object_ids
from ..arguments.types import (
    ColumnNames,
    CutoutKind,
    ObjectIds,
    OnError,
    StrPath,
    TimeLike,
)
from ..batch import check_on_error
from ..client import Client
from ..config import conf
from ..query import Query, query, raw
from ..tables.dataset import checked_outdir
from .batches import BatchOptions, batched_query
from .object_requests import AlertOptions, alert_requests, in_time_range
from .schema import column_names

__all__ = ["ManyObjects"]


class ManyObjects(Client):
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
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        on_error: OnError = "raise",
        outdir: StrPath | None = None,
        show_progress: bool | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table | Path]:
        """Get all alerts of many objects.

        Parameters
        ----------
        objectids : str, list of str, `~numpy.ndarray`, `~astropy.table.Column` or `~astropy.table.Table`
            A str with commas, any list, or a Table with a column of object ids. Repeated ids are requested
            once.
        columns, withupperlim, withcutouts, cutout_kind, start, stop
            As in `query_object`.
        on_error : str, optional
            What to do if the server fails for some ids: ``"raise"`` an error that names them in ``.failed``
            and has the other rows in ``.table``, or ``"warn"`` and return the other rows.
        outdir : str or path-like, optional
            A folder for Parquet files, one per request, each written as soon as it is received; no Table is
            held in memory. Files of the same query that the folder already has are not requested again,
            however old they are: so a call that was stopped continues if it is repeated. Needs pyarrow.
        show_progress : bool, optional
            Whether to show a progress bar; None: on a terminal or in a notebook, if there is more than one
            request.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request. It is a list, with one payload for each
            ``conf.batch_size`` ids, or for each id with cutouts or upper limits.

        Returns
        -------
        table : `~astropy.table.Table`
            Objects in the order of ``objectids``, with the newest alert of each object first.
            ``meta["missing"]`` lists the objects without alerts, ``meta["failed"]`` those for which the
            server failed. With ``outdir``, the folder as `~pathlib.Path` instead: its files, sorted by name,
            have the same rows in the same order and the same columns, except that columns unknown to
            `list_columns` are text.

        Raises
        ------
        FinkQueryError
            An argument is invalid, or ``outdir`` holds files of another query.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond. Responses received before are in the cache if that is
            active, or in ``outdir``: a second call requests only the rest.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of some objects, which the message names, or no alert of any in the time range.
        MaxResultsWarning
            The server reached its limit for some objects, which the message and ``meta["cut"]`` name.
        FailedIdsWarning
            With ``on_error="warn"``: the server failed for some objects, which the message names.
        InputWarning
            Rows of a Table or Column without an object id, such as alerts of asteroids, were left out.

        Examples
        --------
        >>> table = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", columns=["i:objectId", "i:magpsf"])
        >>> sorted(set(table["i:objectId"].tolist()))
        ['ZTF99simagnx', 'ZTF99simrrly']
        """
        check_on_error(on_error)
        folder = None if outdir is None else checked_outdir(outdir)
        ids = object_ids(objectids, self._survey)
        names = column_names(self, columns, cache, offline=get_query_payload)
        requests = alert_requests(
            self, names, AlertOptions(withupperlim, withcutouts, cutout_kind), cache=cache
        )
        requests = in_time_range(requests, start, stop)
        size = 1 if withcutouts or withupperlim else conf.batch_size
        options = BatchOptions(size, on_error, show_progress, cache)
        return batched_query(self, requests, ids, options, folder)

    query_objects_async: Final = raw(query_objects)

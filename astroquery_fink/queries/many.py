# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The alerts of many objects whose ids are known."""

from pathlib import Path

from astropy.table import Table

from ..arguments.ids import object_ids
from ..arguments.types import (
    ColumnNames,
    CutoutKind,
    ObjectIds,
    OnError,
    StrPath,
)
from ..batch import check_on_error
from ..client import Client
from ..config import conf
from ..query import Query, query, raw
from ..tables.dataset import checked_outdir
from .batches import batched_query
from .object_requests import alert_requests
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
        check_on_error(on_error)
        folder = None if outdir is None else checked_outdir(outdir)
        ids = object_ids(objectids, self._survey)
        names = column_names(self, columns, cache, offline=get_query_payload)
        flags = {"withupperlim": withupperlim, "withcutouts": withcutouts, "cutout_kind": cutout_kind}
        about = alert_requests(self, names, **flags, cache=cache)
        size = 1 if withcutouts or withupperlim else conf.batch_size
        how = {"on_error": on_error, "cache": cache, "show_progress": show_progress}
        return batched_query(self, about, ids, size, folder=folder, **how)

    query_objects_async = raw(query_objects)

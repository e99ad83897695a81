# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Solar System objects: their alerts, candidates, phase curves, and all light curves at once."""

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from astropy.table import Table
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from .. import parse, payload
from ..client import Client
from ..download import download, target
from ..exceptions import UnknownObjectError
from ..payload.solar_system import CANDIDATE_COLUMNS, SSO_MADE, check_companions, ssoft_columns
from ..query import Query, Request, query, raw, table_of
from ..types import CandidateKind, ColumnNames, CutoutKind, Flavor, SolarSystemNames, StrPath, TimeLike
from ..warn import warn
from .lists import column_names

__all__ = ["SolarSystem"]

__doctest_requires__ = {"SolarSystem.download_sso_bulk*": ["pyarrow"]}

_NO_DATA = "index"
_TRAJECTORY = "d:ssoCandId"
_NOT_A_NAME = re.compile(r"is (no|not a)( valid)? name\b")


class SolarSystem(Client):
    """What Fink knows of asteroids and comets."""

    @query
    def query_sso(
        self,
        name: SolarSystemNames,
        *,
        withephem: bool = False,
        withresiduals: bool = False,
        withcutouts: bool = False,
        cutout_kind: CutoutKind = "Science",
        columns: ColumnNames | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """All alerts of known Solar System objects.

        Parameters
        ----------
        name : str, int, or list of either
            Names, numbers or designations: ``8467``, ``"Lucretia"``, ``"2010 JO69"``, ``"10P"``,
            ``"C/2020 V2"``; text may hold several with commas.
        withephem : bool, optional
            Also the ephemerides of Miriade for each alert (phase angle, distances, predicted
            magnitudes and motion), and ``i:magpsf_red``, the magnitude reduced to 1 au.
        withresiduals : bool, optional
            Also the ephemerides and ``residuals_shg1g2``, what is left of the reduced magnitude
            when the phase curve is taken away; for one object only.
        withcutouts : bool, optional
            Also the stamps, as a column of arrays. They take the server half a second each.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``.
        columns : str or list of str, optional
            Names, with family prefix or without; see `list_columns`; also ``sso_name`` and
            ``sso_number``. Ephemerides all come, unless some are named here. None: all.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an alert, newest first, all objects together; ``sso_name`` tells them apart.

        Raises
        ------
        UnknownObjectError
            No Solar System object has such a name.
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of these objects; the table is empty.

        Examples
        --------
        >>> table = fink.query_sso(9900001, columns="jd,magpsf,sso_name")
        >>> table.colnames
        ['i:jd', 'i:magpsf', 'sso_name']
        >>> table = fink.query_sso(9900001, withephem=True)
        >>> table["Phase"].unit
        Unit("deg")
        """
        given = {"withephem": withephem, "withresiduals": withresiduals}
        given |= {"withcutouts": withcutouts, "cutout_kind": cutout_kind}
        asked, names, companions = _sso_payload(self, name, columns, cache, get_query_payload, given)
        parse_rows = partial(_sso_table, survey=self._survey, names=names, companions=companions)
        request = Request("sso", asked, parse=parse_rows, recover=_unknown_name)
        return Query([request], finish=partial(_told, what=f"alert of {asked['n_or_d']}"))

    query_sso_async = raw(query_sso)

    @query
    def query_sso_candidates(
        self,
        kind: CandidateKind,
        *,
        trajectory: str | None = None,
        start: TimeLike | None = None,
        stop: TimeLike | None = None,
        n: int = 10_000,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Orbits, or light curves, of candidates of new Solar System objects.

        Parameters
        ----------
        kind : str
            ``"orbParams"``: an orbit a row; ``"lightcurves"``: an alert a row.
        trajectory : str, optional
            Id of one candidate, such as ``"FF20230725aaaacgw"``; None: all.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Days, UTC, of ``"lightcurves"``: from 0 h of ``start`` until 0 h of ``stop``. None: from the
            beginning, until now.
        n : int, optional
            The most rows.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            As Fink orders it; ``d:ssoCandId`` is in both kinds. ``meta["complete"]`` tells whether there
            were fewer than ``n`` rows.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            There is no such candidate; the table is empty.
        MaxResultsWarning
            There are ``n`` rows, and probably more at the server.

        Examples
        --------
        >>> table = fink.query_sso_candidates("orbParams")
        >>> table["d:a"].unit
        Unit("AU")
        """
        asked = payload.sso_candidates(kind, trajectory=trajectory, start=start, stop=stop, n=n)
        parse_rows = partial(_candidates, survey=self._survey, asked=asked, n=n)
        return Query([Request("ssocand", asked, parse=parse_rows)], finish=partial(_told_candidates, n=n))

    query_sso_candidates_async = raw(query_sso_candidates)

    @query
    def query_ssoft(
        self,
        *,
        name: str | None = None,
        number: int | None = None,
        flavor: Flavor = "SHG1G2",
        version: str | None = None,
        cache: bool | None = None,
        get_query_payload: bool = False,
    ) -> Query[Table]:
        """Phase-curve and spin parameters of Solar System objects, which Fink fits once a month.

        Parameters
        ----------
        name : str, optional
            Official name or provisional designation of one object.
        number : int, optional
            IAU number of one object. Without name and number: the whole table, which needs pyarrow.
        flavor : str, optional
            The model: ``"SHG1G2"``, ``"HG1G2"``, ``"HG"`` or ``"SOCCA"``.
        version : str, optional
            ``YYYY.MM``, from ``"2023.07"``; None: the newest.
        cache : bool, optional
            Whether a kept reply will do; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Send nothing, return what would be sent.

        Returns
        -------
        table : `~astropy.table.Table`
            One row an object. ``_1`` and ``_2`` at the end of a name stand for ZTF's filters g and r.

        Raises
        ------
        FinkQueryError
            An argument means nothing to Fink, or there is no pyarrow for the whole table.
        FinkServiceError, FinkTimeoutError
            The server fails, or does not answer.

        Warns
        -----
        NoResultsWarning
            This object is not in the table.

        Examples
        --------
        >>> table = fink.query_ssoft(number=9900001)
        >>> table["H_1"].unit
        Unit("mag")
        """
        today = datetime.fromtimestamp(self._pace.time(), UTC)
        asked = payload.ssoft(
            newest=f"{today:%Y.%m}", name=name, number=number, flavor=flavor, version=version
        )
        parse_rows = partial(_phase_curves, survey=self._survey, flavor=asked["flavor"])
        request = Request("ssoft", asked, parse=parse_rows)
        return Query([request], finish=partial(_told, what="such object in this table"))

    query_ssoft_async = raw(query_ssoft)

    @query
    def download_sso_bulk(
        self, path: StrPath, *, overwrite: bool = False, show_progress: bool | None = None
    ) -> Query[Path]:
        """The light curves of all Solar System objects, as one very large Parquet file.

        The file grows as ``path`` + ``.part`` and gets its name when it is whole. After a break of the
        connection this call goes on where it was, if the server can do that, else it begins again; a
        call that fails leaves nothing behind.

        Parameters
        ----------
        path : str or path-like
            Where to; the folder must exist.
        overwrite : bool, optional
            Whether to replace a file that is there.
        show_progress : bool, optional
            None: on a terminal.

        Returns
        -------
        path : `~pathlib.Path`

        Raises
        ------
        FinkQueryError
            There is such a file, or it cannot be written.
        FinkServiceError, FinkTimeoutError
            The server fails, or sends no Parquet; there is nothing new at ``path``.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = fink.download_sso_bulk(f"{folder}/sso.parquet")
        >>> path.name
        'sso.parquet'
        """
        path = target(path, overwrite=overwrite)
        fetch = partial(self._download, path, show_progress)
        return Query([], run=lambda: fetch() and path, responses=fetch)

    download_sso_bulk_async = raw(download_sso_bulk)

    def _download(self, path, show_progress):
        question = self._question(Request("ssobulk", {"output-format": "parquet"}, get=True))
        limits = self._limits()
        return download(self._session, question, path, limits, show_progress=show_progress, pace=self._pace)


def _sso_payload(client, name, columns, cache, offline, given):
    """What is sent, the columns named, and those that come with other arguments."""
    survey = client._survey
    objects = payload.sso_names(name)
    known = list(dict.fromkeys([*survey.table("sso"), *survey.sso_keys, *SSO_MADE]))
    names = column_names(client, columns, cache, offline=offline, known=known)
    asked = payload.sso(objects, survey, columns=names, **given)
    companions = payload.sso_companions(survey, **given)
    return asked, check_companions(names, companions), companions


def _told(replies, what):
    """The Table of the only response; an empty one is a warning."""
    table = table_of(replies)
    if not len(table):
        warn(f"Fink has no {what}", NoResultsWarning)
    return table


def _told_candidates(replies, n):
    table = _told(replies, "candidate of this kind, trajectory or time")
    table.meta["complete"] = replies[0].size < n
    if not table.meta["complete"]:
        message = f"n={n} rows came, and there may be more: a larger n, or a shorter time, shows them."
        warn(message, MaxResultsWarning)
    return table


def _unknown_name(error):
    """The server refuses a name that no Solar System object has."""
    if error.status != 400 or not _NOT_A_NAME.search(error.reason or ""):
        raise error
    about = {"endpoint": error.endpoint, "url": error.url, "status": 400, "reason": error.reason}
    raise UnknownObjectError(str(error), **about) from error


def _sso_table(columns, survey, names, companions):
    """The alerts of Solar System objects."""
    stamps = [one for one in companions if one in survey.stamp_columns.values()]
    wanted = _wanted(columns, survey, names, companions)
    return parse.alerts(columns, survey, names=wanted, extra=stamps)


def _candidates(columns, survey, asked, n):
    default = () if len(columns) else CANDIDATE_COLUMNS[asked["kind"]]
    table = parse.rows(columns, survey, default=default)[:n]
    return _of_trajectory(table, asked.get("ssoCandId"))


def _phase_curves(columns, survey, flavor):
    default = () if len(columns) else ssoft_columns(flavor)
    return parse.rows(columns, survey, default=default)


def _wanted(columns, survey, names, companions):
    """The columns of the Table: those named, or a full row; with what the arguments brought."""
    row = survey.table("sso")
    known = {*row, *survey.sso_keys, _NO_DATA}
    came = [name for name in columns if name not in known] if len(columns) else companions
    if names is None:
        row = [name for name in row if name in columns or not name.startswith("v:")]
        return list(dict.fromkeys([*row, *survey.sso_keys, *came]))
    chosen = not companions or any(name in companions for name in names)
    return names if chosen else [*names, *came]


def _of_trajectory(table, trajectory):
    """The server takes the beginning of a name for the name."""
    if trajectory is None or _TRAJECTORY not in table.colnames:
        return table
    return table[table[_TRAJECTORY] == trajectory]

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Solar System objects: their alerts, candidates, phase curves, and all light curves at once."""

import re
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from astropy.table import Table

from ..arguments.choices import choice
from ..arguments.text import is_many, text_of
from ..arguments.types import (
    ColumnNames,
    CutoutKind,
    SolarSystemNames,
    StrPath,
)
from ..client import Client
from ..exceptions import FinkQueryError, UnknownObjectError
from ..http.download import download, target
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..tables.build import alerts
from .payload import columns_to_send, given, table_format, wanted
from .schema import column_names
from .search import table_or_warning

__all__ = ["SSO_MADE", "SolarSystem", "check_companions", "sso_companions", "sso_names", "sso_payload"]

_EPHEMERIDES = (
    "Date", "LAST", "HA", "Az", "H", "Dobs", "Dhelio", "VMag", "SDSS:g", "SDSS:r", "Phase", "Elong.", "AM",
    "dRAcosDEC", "dDEC", "RV", "RA", "DEC", "i:magpsf_red",
)  # fmt: skip
_COMPANIONS = {"withephem": _EPHEMERIDES, "withresiduals": (*_EPHEMERIDES, "residuals_shg1g2")}
SSO_MADE = tuple(dict.fromkeys(chain.from_iterable(_COMPANIONS.values())))
_NAME = re.compile(r"(?!-)(?=.*\w)[\w .'’/()-]+")

__doctest_requires__ = {"SolarSystem.download_sso_bulk*": ["pyarrow"]}

_NO_DATA = "index"
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
        return Query([request], finish=partial(table_or_warning, what=f"alert of {asked['n_or_d']}"))

    query_sso_async = raw(query_sso)

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
        request = self._http_request(Request("ssobulk", {"output-format": "parquet"}, get=True))
        limits = self._limits()
        return download(self._session, request, path, limits, show_progress=show_progress, clock=self._clock)


def _sso_payload(client, name, columns, cache, offline, given):
    """What is sent, the columns named, and those that come with other arguments."""
    survey = client._survey
    objects = sso_names(name)
    known = list(dict.fromkeys([*survey.table("sso"), *survey.solar_system.added, *SSO_MADE]))
    names = column_names(client, columns, cache, offline=offline, known=known)
    asked = sso_payload(objects, survey, columns=names, **given)
    companions = sso_companions(survey, **given)
    return asked, check_companions(names, companions), companions


def _unknown_name(error):
    """The server refuses a name that no Solar System object has."""
    if error.status != 400 or not _NOT_A_NAME.search(error.reason or ""):
        raise error
    about = {"endpoint": error.endpoint, "url": error.url, "status": 400, "reason": error.reason}
    raise UnknownObjectError(str(error), **about) from error


def _sso_table(columns, survey, names, companions):
    """The alerts of Solar System objects."""
    cutouts = [one for one in companions if one in survey.cutouts.columns.values()]
    wanted = _wanted(columns, survey, names, companions)
    return alerts(columns, survey, names=wanted, extra=cutouts)


def _wanted(columns, survey, names, companions):
    """The columns of the Table: those named, or a full row; with what the arguments brought."""
    row = survey.table("sso")
    known = {*row, *survey.solar_system.added, _NO_DATA}
    came = [name for name in columns if name not in known] if len(columns) else companions
    if names is None:
        row = [name for name in row if name in columns or not name.startswith("v:")]
        return list(dict.fromkeys([*row, *survey.solar_system.added, *came]))
    chosen = not companions or any(name in companions for name in names)
    return names if chosen else [*names, *came]


def sso_names(name, argument="name"):
    """Names, numbers or designations of Solar System objects, each once, in the order given.

    Parameters
    ----------
    name : str, int, or list of either
        Text may hold several with commas.
    argument : str
        Its name, for the message.

    Returns
    -------
    names : list of str

    Raises
    ------
    FinkQueryError
        There is none, or one cannot be a name.
    """
    if not is_many(name):
        name = [name]
    parts = list(chain.from_iterable(text_of(one).split(",") if _is_text(one) else [one] for one in name))
    found = [_sso_name(part, argument) for part in parts if not _is_text(part) or text_of(part)]
    if not found:
        raise FinkQueryError(f"{argument} is empty: give a name, number or designation, such as 8467.")
    return list(dict.fromkeys(found))


def _is_text(value):
    return isinstance(value, (str, bytes))


def _sso_name(value, argument):
    number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not (number or _is_text(value)) or not _NAME.fullmatch(text_of(value)):
        example = "8467, 'Lucretia', '2010 JO69', '10P' or 'C/2020 V2'"
        raise FinkQueryError(
            f"{argument}={shown(value)} is no name of a Solar System object, such as {example}."
        )
    return text_of(value)


def sso_companions(survey, *, withephem=False, withresiduals=False, withcutouts=False, cutout_kind="Science"):
    """The columns that come with the arguments of a question for ``sso``.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    withephem, withresiduals, withcutouts : bool
    cutout_kind : str

    Returns
    -------
    names : list of str
    """
    asked = {"withephem": withephem, "withresiduals": withresiduals}
    names = [name for argument, columns in _COMPANIONS.items() if asked[argument] for name in columns]
    cutouts = (
        [survey.cutouts.columns[choice(cutout_kind, survey.cutouts.kinds, "cutout_kind")]]
        if withcutouts
        else []
    )
    return list(dict.fromkeys(names + cutouts))


def check_companions(names, companions):
    """Refuse the name of a column that comes with an argument that was not given.

    Parameters
    ----------
    names : list of str, or None
        Full names.
    companions : list of str
        As `sso_companions` gives them.

    Returns
    -------
    names : list of str, or None
    """
    for name in names or ():
        argument = next((one for one, columns in _COMPANIONS.items() if name in columns), None)
        if argument and name not in companions:
            raise FinkQueryError(f"columns: {name!r} comes with {argument}=True.")
    return names


def sso_payload(
    names,
    survey,
    *,
    columns=None,
    withephem=False,
    withresiduals=False,
    withcutouts=False,
    cutout_kind="Science",
):
    """The question for the alerts of Solar System objects.

    Parameters
    ----------
    names : list of str
        As `sso_names` gives them.
    survey : `~astroquery_fink.surveys.Survey`
    columns : list of str, or None
        Full names; None: all.
    withephem, withresiduals, withcutouts : bool
    cutout_kind : str

    Returns
    -------
    payload : dict
    """
    asked = {"withephem": withephem, "withresiduals": withresiduals}
    asked = {argument: wanted(value, argument, survey) for argument, value in asked.items()}
    withcutouts = wanted(withcutouts, "withcutouts", survey)
    kind = choice(cutout_kind, survey.cutouts.kinds, "cutout_kind")
    if asked["withresiduals"] and len(names) > 1:
        raise FinkQueryError(f"withresiduals=True takes one object, not {len(names)}: ask for each alone.")
    if kind != "Science" and not withcutouts:
        raise FinkQueryError(f"cutout_kind={shown(cutout_kind)} needs withcutouts=True.")
    return given(
        {
            "n_or_d": ",".join(names),
            "columns": _sso_columns(columns, survey, asked),
            "withEphem": asked["withephem"],
            "withResiduals": asked["withresiduals"],
            "withcutouts": withcutouts,
            "cutout-kind": kind if withcutouts else None,
            "output-format": table_format(),
        }
    )


def _sso_columns(columns, survey, asked):
    """Columns of the alerts alone, and what the server takes from them."""
    if columns is None:
        return None
    of_alerts = [name for name in columns if name not in (*survey.solar_system.added, *SSO_MADE)]
    needed = [
        survey.solar_system.needed.get(argument, ()) for argument in ("", *asked) if asked.get(argument, True)
    ]
    return columns_to_send([*of_alerts, *chain.from_iterable(needed)], survey)

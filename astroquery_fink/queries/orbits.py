# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Orbits of candidates for Solar System objects, and phase curves of known ones."""

import re
from datetime import UTC, datetime
from functools import partial

import numpy as np
from astropy.table import Table
from astroquery.exceptions import MaxResultsWarning

from ..arguments.checks import count
from ..arguments.choices import choice
from ..arguments.text import text_of
from ..arguments.times import iso_date, parse_time, time_range
from ..arguments.types import CandidateKind, Flavor, TimeLike
from ..client import Client
from ..exceptions import FinkQueryError
from ..messages import shown, warn
from ..query import Query, Request, query, raw
from ..tables.build import rows
from ..tables.decode import has_parquet
from .payload import given, table_format
from .search import table_or_warning
from .solar_system import _is_text, sso_names

__all__ = ["CANDIDATE_COLUMNS", "Orbits", "ssocand_payload", "ssoft_columns", "ssoft_payload"]

_ELEMENTS = ("a", "e", "i", "long_node", "arg_peric", "mean_anomaly")
CANDIDATE_COLUMNS = {
    "orbParams": (
        "d:ssoCandId",
        "d:ref_epoch",
        *(f"d:{name}" for name in _ELEMENTS),
        *(f"d:rms_{name}" for name in _ELEMENTS),
        "d:chi_reduced",
    ),
    "lightcurves": (
        "d:ssoCandId",
        "d:objectId",
        "d:candid",
        "d:jd",
        "d:fid",
        "d:ra",
        "d:dec",
        "d:magpsf",
        "d:sigmapsf",
    ),  # fmt: skip
}
# What each model fits: in each band, and for the object.
_MODELS = {
    "SHG1G2": (("G1", "G2"), ("R", "alpha0", "delta0")),
    "HG1G2": (("G1", "G2"), ()),
    "HG": (("G",), ()),
    "SOCCA": (("G1", "G2"), ("period", "alpha0", "delta0", "a_b", "a_c", "phi0")),
}
_TRAJECTORY = "d:ssoCandId"
_BANDS = (1, 2)
_QUALITY = ("chi2red", "rms", "n_obs", "n_days", "min_phase", "max_phase", "fit", "status", "flag", "version")
_FIRST_VERSION = "2023.07"
_TRAJECTORY_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_VERSION = re.compile(r"\d{4}\.(0[1-9]|1[0-2])", re.ASCII)


class Orbits(Client):
    """Candidates for new Solar System objects, and phase curves."""

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
        asked = ssocand_payload(kind, trajectory=trajectory, start=start, stop=stop, n=n)
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
        today = datetime.fromtimestamp(self._clock.time(), UTC)
        asked = ssoft_payload(
            newest=f"{today:%Y.%m}", name=name, number=number, flavor=flavor, version=version
        )
        parse_rows = partial(_phase_curves, survey=self._survey, flavor=asked["flavor"])
        request = Request("ssoft", asked, parse=parse_rows)
        return Query([request], finish=partial(table_or_warning, what="such object in this table"))

    query_ssoft_async = raw(query_ssoft)


def ssocand_payload(kind, *, trajectory=None, start=None, stop=None, n=10_000):
    """The question for candidates of Solar System objects.

    Parameters
    ----------
    kind : str
        ``"orbParams"`` or ``"lightcurves"``, in any case.
    trajectory : str or int, or None
    start, stop : as `~astroquery_fink.arguments.times.moment` takes them, or None
    n : int

    Returns
    -------
    payload : dict
    """
    kind = choice(kind, CANDIDATE_COLUMNS, "kind")
    if kind == "orbParams" and (start is not None or stop is not None):
        raise FinkQueryError("start and stop need kind='lightcurves'; orbits have no dates.")
    start, stop = time_range(_day(start, "start"), _day(stop, "stop"))
    return given(
        {
            "kind": kind,
            "ssoCandId": None if trajectory is None else _trajectory(trajectory),
            "start_date": iso_date(start),
            "stop_date": iso_date(stop),
            "maxnumber": count(n, "n"),
            "output-format": table_format(),
        }
    )


def _day(value, argument):
    return None if value is None else iso_date(parse_time(value, argument))


def _trajectory(value):
    known = _is_text(value) or (isinstance(value, (int, np.integer)) and not isinstance(value, bool))
    if not known or not _TRAJECTORY_ID.fullmatch(text_of(value)):
        raise FinkQueryError(
            f"trajectory={shown(value)} is no id of a trajectory, such as 'FF20230725aaaacgw'."
        )
    return text_of(value)


def ssoft_payload(*, newest, name=None, number=None, flavor="SHG1G2", version=None):
    """The question for phase-curve parameters.

    Parameters
    ----------
    newest : str
        The version of today, ``YYYY.MM``.
    name : str or None
    number : int or None
    flavor : str
    version : str or None
        ``YYYY.MM``; None: the newest.

    Returns
    -------
    payload : dict
    """
    if name is not None and number is not None:
        raise FinkQueryError(
            f"name={shown(name)} and number={shown(number)} exclude each other: give one of them."
        )
    whole = name is None and number is None
    return given(
        {
            "sso_name": None if name is None else _one_name(name),
            "sso_number": None if number is None else count(number, "number"),
            "flavor": choice(flavor, _MODELS, "flavor"),
            "version": None if version is None else _version(version, newest),
            "output-format": _parquet() if whole else table_format(),
        }
    )


def _one_name(name):
    names = sso_names(name)
    if len(names) > 1:
        raise FinkQueryError(f"name={shown(name)} are {len(names)} names; give one, or none for all.")
    return names[0]


def _version(version, newest):
    text = text_of(version)
    if not _VERSION.fullmatch(text) or not _FIRST_VERSION <= text <= newest:
        raise FinkQueryError(
            f"version={shown(version)} is no version YYYY.MM, as text, from {_FIRST_VERSION} to {newest}."
        )
    return text


def _parquet():
    """The only format in which the server sends a table of that size."""
    if not has_parquet():
        raise FinkQueryError(
            "the whole table comes as Parquet, which needs pyarrow: pip install 'astroquery_fink[fast]'. "
            "Without it, ask for one object by name or number."
        )
    return "parquet"


def ssoft_columns(flavor):
    """The columns of the parameters that matter most, for a table without rows.

    Parameters
    ----------
    flavor : str

    Returns
    -------
    names : list of str
    """
    phase, spin = _MODELS[flavor]
    fitted = [f"{name}_{band}" for name in ("H", *phase) for band in _BANDS]
    each = [one for name in [*fitted, *spin] for one in (name, f"err_{name}")]
    return ["sso_name", "sso_number", *each, *_QUALITY]


def _told_candidates(responses, n):
    table = table_or_warning(responses, "candidate of this kind, trajectory or time")
    table.meta["complete"] = responses[0].size < n
    if not table.meta["complete"]:
        message = f"n={n} rows came, and there may be more: a larger n, or a shorter time, shows them."
        warn(message, MaxResultsWarning)
    return table


def _candidates(columns, survey, asked, n):
    default = () if len(columns) else CANDIDATE_COLUMNS[asked["kind"]]
    table = rows(columns, survey, default=default)[:n]
    return _of_trajectory(table, asked.get("ssoCandId"))


def _phase_curves(columns, survey, flavor):
    default = () if len(columns) else ssoft_columns(flavor)
    return rows(columns, survey, default=default)


def _of_trajectory(table, trajectory):
    """The server takes the beginning of a name for the name."""
    if trajectory is None or _TRAJECTORY not in table.colnames:
        return table
    return table[table[_TRAJECTORY] == trajectory]

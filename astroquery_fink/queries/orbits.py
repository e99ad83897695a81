# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Candidates for new Solar System objects, and phase curves of known ones."""

import re
from dataclasses import replace
from functools import partial
from typing import Any, Final

from astropy.table import Table
from astroquery.exceptions import MaxResultsWarning

from ..arguments.checks import count
from ..arguments.choices import choice
from ..arguments.text import text_of
from ..arguments.times import iso_date, parse_time, time_range
from ..arguments.types import (
    CandidateKind,
    Flavor,
    Payload,
    TimeLike,
)
from ..client import Client
from ..exceptions import FinkError, FinkQueryError
from ..http.retry import Response
from ..messages import shown, warn
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..surveys import Survey
from ..surveys.phase_curves import PhaseCurves
from ..tables.build import rows
from ..tables.decode import Columns, require_pyarrow
from .alert_table import single_table
from .monthly import Months, read_monthly_table, use_month_before
from .payload import drop_unset, table_format
from .solar_system import is_text_or_integer, sso_names

__all__ = ["CANDIDATE_COLUMNS", "Orbits", "ssoft_columns"]

_ELEMENTS = ("a", "e", "i", "long_node", "arg_peric", "mean_anomaly")
CANDIDATE_COLUMNS: dict[str, tuple[str, ...]] = {
    "orbParams": (
        "d:ssoCandId",
        "d:ref_epoch",
        *(f"d:{name}" for name in _ELEMENTS),
        *(f"d:rms_{name}" for name in _ELEMENTS),
        "d:chi_reduced",
    ),
    "lightcurves": (
        "d:ssoCandId", "d:objectId", "d:candid", "d:jd", "d:fid", "d:ra", "d:dec", "d:magpsf", "d:sigmapsf",
    ),
}  # fmt: skip
"""dict of str to tuple of str : The columns of a Table of candidates without rows, by kind."""

_TRAJECTORY = "d:ssoCandId"
_QUALITY = ("chi2red", "rms", "n_obs", "n_days", "min_phase", "max_phase", "fit", "status", "flag", "version")
_TRAJECTORY_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


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
        """Get orbits or light curves of candidates for new Solar System objects.

        Parameters
        ----------
        kind : str
            ``"orbParams"``: one row per orbit; ``"lightcurves"``: one row per alert.
        trajectory : str, optional
            Id of one candidate, such as ``"FF20230725aaaacgw"``; None: all.
        start, stop : `~astropy.time.Time`, `~datetime.datetime` or str, optional
            Days (UTC) of the alerts, for ``"lightcurves"`` only: from 0 h of ``start`` until 0 h of ``stop``.
            None: from the beginning, until now.
        n : int, optional
            Maximum number of rows.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            In the server's order; both kinds have ``d:ssoCandId``. ``meta["complete"]`` is True if there are
            fewer than ``n`` rows.

        Raises
        ------
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            No candidate matches; the table is empty.
        MaxResultsWarning
            There are ``n`` rows, and probably the server has more.

        Examples
        --------
        >>> table = Fink.query_sso_candidates("orbParams")
        >>> table["d:a"].unit
        Unit("AU")
        """
        payload = _ssocand_payload(kind, trajectory=trajectory, start=start, stop=stop, n=n)
        parse = partial(_candidates, survey=self._survey, payload=payload, n=n)
        return Query([Request("ssocand", payload, parse=parse)], finish=partial(_candidate_table, n=n))

    query_sso_candidates_async: Final = raw(query_sso_candidates)

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
        """Get phase-curve and spin parameters of Solar System objects.

        Fink fits them once a month; each month is a version of the table.

        Parameters
        ----------
        name : str, optional
            Official name or provisional designation of one object.
        number : int, optional
            IAU number of one object. Without name and number: the whole table, which needs pyarrow.
        flavor : str, optional
            The model: ``"SHG1G2"``, ``"HG1G2"``, ``"HG"`` or, for ZTF only, ``"SOCCA"``.
        version : str, optional
            Month of the table, ``YYYY.MM``, from ``"2023.07"`` (Rubin: ``"2026.08"``). None: the current
            month (UTC), or the month before if that has no table yet.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per object. Names of columns end in the band, such as ``_r``; for ZTF in 1 (g) or 2 (r).

        Raises
        ------
        FinkQueryError
            An argument is invalid, or the whole table is requested without pyarrow.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond, or has no table of this month.

        Warns
        -----
        NoResultsWarning
            The object is not in the table; or the current month has no table yet, and that of the month
            before is used.

        Examples
        --------
        >>> table = Fink.query_ssoft(number=9900001)
        >>> table["H_1"].unit
        Unit("mag")
        """
        facts = self._survey.phase_curves
        months = Months.until_now(facts.first_version, self._clock)
        payload = _ssoft_payload(facts, months, name=name, number=number, flavor=flavor, version=version)
        parse = partial(_phase_curves, survey=self._survey, flavor=payload["flavor"])

        def request(month: str) -> Request:
            return Request("ssoft", payload | {"version": month}, decode=read_monthly_table, parse=parse)

        def recover(error: FinkError) -> Response:
            return use_month_before(error, months, lambda month: self._send(request(month), cache=cache))

        first = request(payload["version"])
        newest = first if version is not None else replace(first, recover=recover)
        return Query([newest], finish=partial(single_table, what="phase curve of this object"))

    query_ssoft_async: Final = raw(query_ssoft)


def _ssocand_payload(
    kind: CandidateKind,
    *,
    trajectory: str | None,
    start: TimeLike | None,
    stop: TimeLike | None,
    n: int,
) -> Payload:
    known = choice(kind, CANDIDATE_COLUMNS, "kind")
    if known == "orbParams" and (start is not None or stop is not None):
        raise FinkQueryError("start and stop need kind='lightcurves'; orbits have no dates.")
    first, last = time_range(_day(start, "start"), _day(stop, "stop"))
    return drop_unset(
        {
            "kind": known,
            "ssoCandId": None if trajectory is None else _trajectory_id(trajectory),
            "start_date": iso_date(first),
            "stop_date": iso_date(last),
            "maxnumber": count(n, "n"),
            "output-format": table_format(),
        }
    )


def _day(value: TimeLike | None, argument: str) -> str | None:
    return None if value is None else iso_date(parse_time(value, argument))


def _trajectory_id(value: Any) -> str:
    if not is_text_or_integer(value) or not _TRAJECTORY_ID.fullmatch(text_of(value)):
        raise FinkQueryError(
            f"trajectory={shown(value)} is not a valid trajectory id: give one such as 'FF20230725aaaacgw'."
        )
    return text_of(value)


def _candidates(columns: Columns, survey: Survey, payload: Payload, n: int) -> Table:
    default = () if len(columns) else CANDIDATE_COLUMNS[payload["kind"]]
    table = rows(columns, survey, default=default)[:n]
    trajectory = payload.get("ssoCandId")
    if trajectory is None or _TRAJECTORY not in table.colnames:
        return table
    return table[table[_TRAJECTORY] == trajectory]  # the server takes an id for the beginning of ids


def _candidate_table(responses: list[Response], n: int) -> Table:
    """The Table, with a warning if it is empty or if ``n`` cut it."""
    table = single_table(responses, "candidate of this kind, trajectory or time")
    table.meta["complete"] = responses[0].size < n
    if not table.meta["complete"]:
        message = f"n={n} rows were returned, and there may be more: increase n, or shorten the time range"
        warn(message, MaxResultsWarning)
    return table


def _ssoft_payload(
    facts: PhaseCurves,
    months: Months,
    *,
    name: str | None,
    number: int | None,
    flavor: Flavor,
    version: str | None,
) -> Payload:
    """The payload; the version is always sent."""
    if name is not None and number is not None:
        raise FinkQueryError(
            f"name={shown(name)} and number={shown(number)} exclude each other: give one of them."
        )
    whole = name is None and number is None
    return drop_unset(
        {
            "sso_name": None if name is None else _one_name(name),
            "sso_number": None if number is None else count(number, "number"),
            "flavor": choice(flavor, facts.models, "flavor"),
            "version": months.newest if version is None else months.checked(version),
            "output-format": _parquet() if whole else table_format(),
        }
    )


def _one_name(name: str) -> str:
    names = sso_names(name)
    if len(names) > 1:
        raise FinkQueryError(
            f"name={shown(name)} holds {len(names)} names: give one, or none for all objects."
        )
    return names[0]


def _parquet() -> str:
    """The only format in which the server sends the whole table."""
    require_pyarrow("the whole table", alternative=", or query one object by name or number")
    return "parquet"


def _phase_curves(columns: Columns, survey: Survey, flavor: str) -> Table:
    default = () if len(columns) else ssoft_columns(survey.phase_curves, flavor)
    return rows(columns, survey, default=default)


def ssoft_columns(facts: PhaseCurves, flavor: str) -> list[str]:
    """The columns of an empty Table of phase curves: the main parameters."""
    phase, spin = facts.models[flavor]
    fitted = [f"{name}_{band}" for name in ("H", *phase) for band in facts.bands]
    each = [one for name in [*fitted, *spin] for one in (name, f"err_{name}")]
    return ["sso_name", "sso_number", *each, *_QUALITY]

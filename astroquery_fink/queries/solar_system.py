# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of known Solar System objects."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, TypeGuard

import numpy as np
from astropy.table import Table

from ..arguments.choices import choice
from ..arguments.text import is_many, text_of
from ..arguments.types import (
    ColumnNames,
    CutoutKind,
    Payload,
    SolarSystemNames,
)
from ..client import Client
from ..exceptions import FinkError, FinkQueryError, UnknownObjectError
from ..messages import shown
from ..query import (
    Query,
    Request,
    query,
    raw,
)
from ..surveys import Survey
from ..tables.build import alerts
from ..tables.decode import Columns
from .alert_table import single_table
from .payload import (
    columns_to_send,
    drop_unset,
    is_computed,
    supported_flag,
    table_format,
)
from .schema import column_names

__all__ = ["COMPUTED_COLUMNS", "SolarSystem", "is_text_or_integer", "sso_names"]

_EPHEMERIDES = (
    "Date", "LAST", "HA", "Az", "H", "Dobs", "Dhelio", "VMag", "SDSS:g", "SDSS:r", "Phase", "Elong.", "AM",
    "dRAcosDEC", "dDEC", "RV", "RA", "DEC", "i:magpsf_red",
)  # fmt: skip
_COLUMNS_OF_FLAGS = {"withephem": _EPHEMERIDES, "withresiduals": (*_EPHEMERIDES, "residuals_shg1g2")}
COMPUTED_COLUMNS: tuple[str, ...] = tuple(dict.fromkeys(chain.from_iterable(_COLUMNS_OF_FLAGS.values())))
"""tuple of str : The columns that the server computes for each request."""

_UNWANTED = "index"  # a column that the server adds, of row numbers
_NAME = re.compile(r"(?!-)(?=.*\w)[\w .'’/()-]+")
_SERVER_REFUSES_NAME = re.compile(r"is (no|not a)( valid)? name\b")


class SolarSystem(Client):
    """Alerts of asteroids and comets."""

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
        """Get all alerts of known Solar System objects.

        Parameters
        ----------
        name : str, int, or list of either
            Names, numbers or designations: ``8467``, ``"Lucretia"``, ``"2010 JO69"``, ``"10P"``,
            ``"C/2020 V2"``; a str may hold several, separated by commas.
        withephem : bool, optional
            Whether to include Miriade's ephemerides for each alert (phase angle, distances, predicted
            magnitudes and motion), and ``i:magpsf_red``, the magnitude reduced to 1 au.
        withresiduals : bool, optional
            Whether to include the ephemerides and ``residuals_shg1g2``, the reduced magnitude minus the phase
            curve; for one object only.
        withcutouts : bool, optional
            Whether to include the cutouts, as a column of arrays. The server needs half a second for each.
        cutout_kind : str, optional
            ``"Science"``, ``"Template"`` or ``"Difference"``.
        columns : str or list of str, optional
            Names of columns, with or without family prefix; see `list_columns`. ``sso_name`` and
            ``sso_number`` are also known here. All ephemerides are included unless some are named. None: all.
        cache : bool, optional
            Whether a cached response may be used; None: as ``astroquery.cache_conf`` says.
        get_query_payload : bool, optional
            Return the payload instead of sending the request.

        Returns
        -------
        table : `~astropy.table.Table`
            One row per alert, newest first, not grouped by object; ``sso_name`` names the object.

        Raises
        ------
        UnknownObjectError
            No Solar System object has this name.
        FinkQueryError
            An argument is invalid.
        FinkServiceError, FinkTimeoutError
            The server fails or does not respond.

        Warns
        -----
        NoResultsWarning
            Fink has no alert of these objects; the table is empty.

        Examples
        --------
        >>> table = Fink.query_sso(9900001, columns="jd,magpsf,sso_name")
        >>> table.colnames
        ['i:jd', 'i:magpsf', 'sso_name']
        >>> table = Fink.query_sso(9900001, withephem=True)
        >>> table["Phase"].unit
        Unit("deg")
        """
        survey, objects = self._survey, sso_names(name)
        options = _SSOOptions(withephem, withresiduals, withcutouts, cutout_kind)
        known = list(dict.fromkeys([*survey.table("sso"), *survey.solar_system.added, *COMPUTED_COLUMNS]))
        names = column_names(self, columns, cache, offline=get_query_payload, known=known)
        payload = _sso_payload(objects, survey, names, options)
        extra = _columns_of_options(survey, options)
        _check_columns(names, extra)
        parse = partial(_sso_table, survey=survey, names=names, extra=extra)
        request = Request("sso", payload, parse=parse, recover=_raise_unknown_name)
        return Query([request], finish=partial(single_table, what=f"alert of {payload['n_or_d']}"))

    query_sso_async: Final = raw(query_sso)


@dataclass(frozen=True)
class _SSOOptions:
    """What a request includes in addition to alerts and their columns."""

    withephem: bool
    withresiduals: bool
    withcutouts: bool
    cutout_kind: CutoutKind

    @property
    def computed(self) -> dict[str, bool]:
        return {"withephem": self.withephem, "withresiduals": self.withresiduals}


def sso_names(name: SolarSystemNames) -> list[str]:
    """Names of Solar System objects, each once, in the given order."""
    given: Any = name if is_many(name) else [name]
    names = list(chain.from_iterable(text_of(one).split(",") if _is_text(one) else [one] for one in given))
    found = [_sso_name(one) for one in names if not _is_text(one) or text_of(one)]
    if not found:
        raise FinkQueryError("name is empty: give a name, number or designation, such as 8467.")
    return list(dict.fromkeys(found))


def _sso_name(value: Any) -> str:
    if not is_text_or_integer(value) or not _NAME.fullmatch(text_of(value)):
        example = "8467, 'Lucretia', '2010 JO69', '10P' or 'C/2020 V2'"
        raise FinkQueryError(
            f"name={shown(value)} is not a valid name of a Solar System object: give one such as {example}."
        )
    return text_of(value)


def is_text_or_integer(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, (int, np.integer)) and not isinstance(value, bool))


def _is_text(value: Any) -> TypeGuard[str | bytes]:
    return isinstance(value, (str, bytes))


def _sso_payload(
    names: list[str], survey: Survey, columns: list[str] | None, options: _SSOOptions
) -> Payload:
    computed = {name: supported_flag(value, name, survey) for name, value in options.computed.items()}
    withcutouts = supported_flag(options.withcutouts, "withcutouts", survey)
    kind = choice(options.cutout_kind, survey.cutouts.kinds, "cutout_kind")
    if computed["withresiduals"] and len(names) > 1:
        raise FinkQueryError(
            f"withresiduals=True takes one object, not {len(names)}: query each object separately."
        )
    if kind != "Science" and not withcutouts:
        raise FinkQueryError(f"cutout_kind={shown(options.cutout_kind)} needs withcutouts=True.")
    return drop_unset(
        {
            "n_or_d": ",".join(names),
            "columns": _columns_to_send(columns, survey, computed),
            "withEphem": computed["withephem"],
            "withResiduals": computed["withresiduals"],
            "withcutouts": withcutouts,
            "cutout-kind": kind if withcutouts else None,
            "output-format": table_format(),
        }
    )


def _columns_to_send(columns: list[str] | None, survey: Survey, computed: dict[str, bool]) -> str | None:
    """The argument ``columns``: stored columns and those the computed ones need."""
    if columns is None:
        return None
    stored = [name for name in columns if name not in (*survey.solar_system.added, *COMPUTED_COLUMNS)]
    flags = ["", *(flag for flag, value in computed.items() if value)]
    needed = chain.from_iterable(survey.solar_system.needed.get(flag, ()) for flag in flags)
    return columns_to_send([*stored, *needed], survey)


def _columns_of_options(survey: Survey, options: _SSOOptions) -> list[str]:
    """The columns that the options add."""
    names = [name for flag, value in options.computed.items() if value for name in _COLUMNS_OF_FLAGS[flag]]
    if options.withcutouts:
        names.append(survey.cutouts.columns[choice(options.cutout_kind, survey.cutouts.kinds, "cutout_kind")])
    return list(dict.fromkeys(names))


def _check_columns(names: list[str] | None, extra: list[str]) -> None:
    """Refuse a computed column that no given option adds."""
    for name in names or ():
        flag = next((flag for flag, columns in _COLUMNS_OF_FLAGS.items() if name in columns), None)
        if flag and name not in extra:
            raise FinkQueryError(f"columns: {name!r} is returned with {flag}=True only.")


def _sso_table(columns: Columns, survey: Survey, names: list[str] | None, extra: list[str]) -> Table:
    """The alerts of Solar System objects."""
    cutouts = [name for name in extra if name in survey.cutouts.columns.values()]
    return alerts(columns, survey, names=_table_columns(columns, survey, names, extra), extra=cutouts)


def _table_columns(
    columns: Columns, survey: Survey, names: list[str] | None, extra: list[str]
) -> Sequence[str]:
    """The columns of the Table: named or a full row, and those that options add."""
    row = survey.table("sso")
    known = {*row, *survey.solar_system.added, _UNWANTED}
    added = [name for name in columns if name not in known] if len(columns) else extra
    if names is None:
        row = [name for name in row if name in columns or not is_computed(name)]
        return list(dict.fromkeys([*row, *survey.solar_system.added, *added]))
    if not extra or any(name in extra for name in names):
        return names
    return [*names, *added]


def _raise_unknown_name(error: FinkError) -> Any:
    """Raise `UnknownObjectError` if the server refuses the name, else the error."""
    if error.status != 400 or not _SERVER_REFUSES_NAME.search(error.reason or ""):
        raise error
    raise UnknownObjectError(str(error), **error.of_request()) from error

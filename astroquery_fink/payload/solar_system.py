# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is sent to ``sso``, ``ssocand``, ``ssoft``, and the columns that come of it."""

import re
from itertools import chain

import numpy as np

from ..arguments import choice, count, is_many, text_of
from ..exceptions import FinkQueryError
from ..shown import shown
from ..times import iso_date, moment, span
from ..wire import has_parquet
from .form import given, table_format, wanted, wire_columns

__all__ = [
    "CANDIDATE_COLUMNS",
    "SSO_MADE",
    "check_companions",
    "sso",
    "sso_candidates",
    "sso_companions",
    "sso_names",
    "ssoft",
    "ssoft_columns",
]

_EPHEMERIDES = (
    "Date", "LAST", "HA", "Az", "H", "Dobs", "Dhelio", "VMag", "SDSS:g", "SDSS:r", "Phase", "Elong.", "AM",
    "dRAcosDEC", "dDEC", "RV", "RA", "DEC", "i:magpsf_red",
)  # fmt: skip
_COMPANIONS = {"withephem": _EPHEMERIDES, "withresiduals": (*_EPHEMERIDES, "residuals_shg1g2")}
SSO_MADE = tuple(dict.fromkeys(chain.from_iterable(_COMPANIONS.values())))

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
_BANDS = (1, 2)
_QUALITY = ("chi2red", "rms", "n_obs", "n_days", "min_phase", "max_phase", "fit", "status", "flag", "version")
_FIRST_VERSION = "2023.07"

_NAME = re.compile(r"(?!-)(?=.*\w)[\w .'’/()-]+")
_TRAJECTORY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_VERSION = re.compile(r"\d{4}\.(0[1-9]|1[0-2])", re.ASCII)


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
    stamps = [survey.stamp_columns[choice(cutout_kind, survey.kinds, "cutout_kind")]] if withcutouts else []
    return list(dict.fromkeys(names + stamps))


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


def sso(
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
    kind = choice(cutout_kind, survey.kinds, "cutout_kind")
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
    of_alerts = [name for name in columns if name not in (*survey.sso_keys, *SSO_MADE)]
    needed = [survey.sso_needs.get(argument, ()) for argument in ("", *asked) if asked.get(argument, True)]
    return wire_columns([*of_alerts, *chain.from_iterable(needed)], survey)


def sso_candidates(kind, *, trajectory=None, start=None, stop=None, n=10_000):
    """The question for candidates of Solar System objects.

    Parameters
    ----------
    kind : str
        ``"orbParams"`` or ``"lightcurves"``, in any case.
    trajectory : str or int, or None
    start, stop : as `~astroquery_fink.times.moment` takes them, or None
    n : int

    Returns
    -------
    payload : dict
    """
    kind = choice(kind, CANDIDATE_COLUMNS, "kind")
    if kind == "orbParams" and (start is not None or stop is not None):
        raise FinkQueryError("start and stop need kind='lightcurves'; orbits have no dates.")
    start, stop = span(_day(start, "start"), _day(stop, "stop"))
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
    return None if value is None else iso_date(moment(value, argument))


def _trajectory(value):
    known = _is_text(value) or (isinstance(value, (int, np.integer)) and not isinstance(value, bool))
    if not known or not _TRAJECTORY.fullmatch(text_of(value)):
        raise FinkQueryError(
            f"trajectory={shown(value)} is no id of a trajectory, such as 'FF20230725aaaacgw'."
        )
    return text_of(value)


def ssoft(*, newest, name=None, number=None, flavor="SHG1G2", version=None):
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

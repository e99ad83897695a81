# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The kinds of brightness that a light curve can be drawn in."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from ..exceptions import FinkQueryError
from ..lightcurve import add_apparent_magnitude
from ..messages import shown
from ..surveys.photometry import flux, plain

__all__ = ["BRIGHTNESSES", "Brightness", "brightness_of"]

_MICRO = 1e6


@dataclass(frozen=True)
class Brightness:
    """One kind of brightness.

    Parameters
    ----------
    label : str
        Of the axis.
    is_magnitude : bool
        Whether bright is a small number.
    needs : callable
        Takes a survey, gives the names of the columns that are needed.
    measured : callable
        Takes a table and its survey, gives values and errors.
    limit : callable, optional
        Takes a table and its survey, gives upper limits; None: this kind has none.
    """

    label: str
    is_magnitude: bool
    needs: Callable
    measured: Callable
    limit: Callable | None = None


def brightness_of(name):
    """The kind of brightness of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    brightness : `Brightness`

    Raises
    ------
    FinkQueryError
        There is none; the nearest is named.
    """
    if isinstance(name, str) and name in BRIGHTNESSES:
        return BRIGHTNESSES[name]
    near = get_close_matches(str(name), BRIGHTNESSES, n=1, cutoff=0)
    raise FinkQueryError(
        f"brightness={shown(name)} is none of {', '.join(BRIGHTNESSES)}; the nearest: {near[0]}."
    )


def _values(table, *names):
    return [plain(table[name]).astype(float) for name in names]


def _difference(table, survey):
    return survey.photometry.difference_magnitude(table)


def _difference_limit(table, survey):
    return _values(table, survey.columns.limit)[0]


def _difference_flux(table, survey):
    return [value * _MICRO for value in survey.photometry.difference_flux(table)]


def _difference_flux_limit(table, survey):
    limit = _difference_limit(table, survey)
    return flux(limit, limit)[0] * _MICRO


def _apparent(table, survey):
    return _values(add_apparent_magnitude(table.copy(copy_data=False)), "magnitude", "magnitude_error")


def _flux(table, survey):
    return [
        value * _MICRO
        for value in _values(add_apparent_magnitude(table.copy(copy_data=False)), "flux", "flux_error")
    ]


BRIGHTNESSES = {
    "difference": Brightness(
        "Difference magnitude (AB)",
        is_magnitude=True,
        needs=lambda survey: survey.photometry.magnitude_columns,
        measured=_difference,
        limit=_difference_limit,
    ),
    "apparent": Brightness(
        "Magnitude (AB)",
        is_magnitude=True,
        needs=lambda survey: survey.photometry.source_columns,
        measured=_apparent,
    ),
    "flux": Brightness(
        "Flux (µJy)",
        is_magnitude=False,
        needs=lambda survey: survey.photometry.source_columns,
        measured=_flux,
    ),
    "difference flux": Brightness(
        "Difference flux (µJy)",
        is_magnitude=False,
        needs=lambda survey: survey.photometry.difference_columns,
        measured=_difference_flux,
        limit=_difference_flux_limit,
    ),
}

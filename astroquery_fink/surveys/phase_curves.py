# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Phase curves of a survey: the columns that hold them, and the models that Fink fits, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PhaseColumns", "PhaseCurves"]


@dataclass(frozen=True)
class PhaseColumns:
    """The columns of a Table that make a phase curve.

    Parameters
    ----------
    name, phase, band, magnitude, ra, dec : str
        ``magnitude`` is reduced to 1 au from the Sun and the observer, unless there are ``distances``.
    error : str
        Of the magnitude; ``""``: that of the difference magnitude of alerts.
    distances : tuple of str
        From the Sun and from the observer.
    """

    name: str
    phase: str
    band: str
    magnitude: str
    error: str
    ra: str
    dec: str
    distances: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns without which there is no phase curve."""
        return self.phase, self.band, self.magnitude, *self.distances


@dataclass(frozen=True)
class PhaseCurves:
    """The monthly table of phase curves.

    Parameters
    ----------
    models : dict
        Model -> its parameters in each band, and its parameters of the object.
    bands : tuple of str
        Endings of column names of the parameters in each band.
    first_version : str
        The oldest version, ``YYYY.MM``.
    sources : tuple of `PhaseColumns`
        Of alerts with ephemerides, and of the monthly table of light curves.
    """

    models: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    bands: tuple[str, ...]
    first_version: str
    sources: tuple[PhaseColumns, ...]

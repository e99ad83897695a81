# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Models of phase curves, with the parameters of ``query_ssoft``."""

import importlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.table import Row, Table

from ..exceptions import FinkQueryError
from ..messages import shown
from ..surveys import Survey
from ..tables.optional import require

__all__ = ["PhaseModel", "model_of"]

_FORMULAS = {"HG": "HG", "HG1G2": "HG1G2", "SHG1G2": "HG1G2"}  # flavor -> class of sbpy.photometry
_NAMES = ("sso_name", "sso_number", "designation")


@dataclass(frozen=True)
class PhaseModel:
    """One row of ``query_ssoft``."""

    flavor: str
    phase: tuple[str, ...]  # its parameters in each band, besides H
    values: Mapping[str, float]

    @property
    def has_spin(self) -> bool:
        """Whether the brightness depends on the direction from which the object is seen."""
        return "R" in self.values

    def magnitudes(self, band: str, phase: np.ndarray) -> np.ndarray:
        """Reduced magnitudes at phase angles in degrees, without the spin; NaN in bands without a fit."""
        parameters = [self.values.get(f"{name}_{band}", np.nan) for name in ("H", *self.phase)]
        formula = getattr(_sbpy_photometry(), _FORMULAS[self.flavor])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(formula.evaluate(np.radians(phase), *parameters), dtype=float)

    def spin(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """What an oblate object adds to the magnitude at positions in degrees."""
        if not self.has_spin:
            return np.zeros(1)
        alpha, delta = np.radians(ra), np.radians(dec)
        pole_alpha, pole_delta = np.radians(self.values["alpha0"]), np.radians(self.values["delta0"])
        cosine = np.sin(delta) * np.sin(pole_delta)
        cosine += np.cos(delta) * np.cos(pole_delta) * np.cos(alpha - pole_alpha)
        return 2.5 * np.log10(1 - (1 - self.values["R"]) * np.abs(cosine))


def model_of(given: Any, name: str, survey: Survey) -> PhaseModel:
    """The model of an object in a Table or a Row of ``query_ssoft``."""
    if not isinstance(given, (Row, Table)):
        raise FinkQueryError(f"model={shown(given)} is not a Table or a Row: give what query_ssoft returns.")
    require("plot_phase_curve with model", ["sbpy"], extra="asteroids")
    rows = [given] if isinstance(given, Row) else list(given)
    found = [row for row in rows if _is_of(row, name)]
    if not found:
        raise FinkQueryError(f"model has no row of {name}, which is the object in table: query_ssoft has it.")
    row = found[0]
    values = {column: _number(row[column]) for column in row.colnames if row[column].dtype.kind in "iuf"}
    return _read(values, survey)


def _is_of(row: Row, name: str) -> bool:
    """Whether a row is of an object; a row or an object without a name may be of any."""
    names = {str(row[column]).replace(" ", "") for column in _NAMES if column in row.colnames}
    return not names or not name or name.replace(" ", "") in names


def _number(value: Any) -> float:
    return float(np.ma.filled(np.ma.asarray(value, dtype=float), np.nan))


def _read(values: dict[str, float], survey: Survey) -> PhaseModel:
    """The flavor that has most of the parameters."""
    facts = survey.phase_curves
    fits = []
    for flavor, (phase, spin) in facts.models.items():
        bands = [
            band for band in facts.bands if values.keys() >= {f"{name}_{band}" for name in ("H", *phase)}
        ]
        if bands and values.keys() >= {*spin}:
            fits.append((len(spin), len(phase), flavor, phase))
    if not fits:
        raise FinkQueryError("model lacks the columns of a phase curve: give what query_ssoft returns.")
    _, _, flavor, phase = max(fits)
    if flavor not in _FORMULAS:
        raise FinkQueryError(
            f"model of flavor {flavor!r} also depends on the rotation, not on the phase angle alone: give a "
            f"model of query_ssoft(..., flavor='SHG1G2'), or of another of {', '.join(_FORMULAS)}."
        )
    return PhaseModel(flavor, phase, values)


def _sbpy_photometry() -> Any:
    """The module of phase functions, without the warnings of its import, which are for its developers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("sbpy.photometry")

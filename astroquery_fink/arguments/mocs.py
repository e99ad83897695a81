# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Regions of the sky as MOCs of mocpy, and the cones that cover them."""

import sys
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
from astropy.coordinates import SkyCoord

from ..exceptions import FinkQueryError
from .healpix import split_uniq, unit_vectors
from .types import Moc

__all__ = ["cones_of", "has_position_in", "is_moc", "moc_meta", "pixels_of"]

_COARSEST = 6  # order of cells that are at most 1 degree from centre to corner
_MOST_CELLS = 10_000  # a MOC of more has its finest cells joined
_LEAST_FILLED = 0.25  # of a larger cone
_SMALLEST_AREA = 3e-4  # sr, a square degree: a smaller cone need not be filled
_SHRINKING = np.array([1, 2, 4, 8])  # divisors of the largest radius
_CANDIDATES = 50  # centres of a cone that are tried
_MARGIN = 1 + 1e-6  # of radii


def is_moc(value: Any, argument: str) -> TypeGuard[Moc]:
    """Whether a value is a MOC of the sky; one that is empty, or not of the sky, is refused."""
    mocpy: Any = sys.modules.get("mocpy")  # a MOC can exist only after its package was imported
    if mocpy is None or not isinstance(value, mocpy.abstract_moc.AbstractMOC):
        return False
    if not isinstance(value, mocpy.MOC):
        kind = type(value).__name__
        raise FinkQueryError(f"{argument} is a {kind}: give a mocpy.MOC, which is a region of the sky.")
    if not value.sky_fraction > 0:
        raise FinkQueryError(f"{argument} is an empty MOC: give one that covers some of the sky.")
    return True


def moc_meta(moc: Moc) -> dict[str, Any]:
    """What ``meta`` of a Table says of its MOC."""
    return {"moc_order": int(moc.max_order), "moc_sky_fraction": float(moc.sky_fraction)}


def has_position_in(moc: Moc, ra: Any, dec: Any) -> np.ndarray:
    """Which positions, in degrees, lie in a MOC; unknown positions do not."""
    ra, dec = (np.ma.filled(np.ma.asarray(values).astype(float), np.nan) for values in (ra, dec))
    inside = np.isfinite(ra) & np.isfinite(dec)
    inside[inside] = moc.contains_skycoords(SkyCoord(ra[inside], dec[inside], unit="deg"))
    return inside


def cones_of(moc: Moc, largest: float, most: int) -> tuple[SkyCoord, np.ndarray]:
    """Centres and radii, in arcsec, of cones that together cover a MOC.

    ``largest`` is the largest radius. From south to north, each cone holds as much of the rest as it can, and
    is made smaller if the MOC hardly fills it. More than ``most`` cones are refused.
    """
    cells, largest = _Cells.of(moc), np.radians(largest / 3600)
    left, cones = np.ones(len(cells.areas), bool), []
    while left.any():
        if len(cones) == most:
            raise FinkQueryError(_too_many(moc, most))
        cone = cells.next_cone(np.flatnonzero(left), largest)
        left[cone.cells] = False
        cones.append(cone)
    x, y, z = np.transpose([cone.center for cone in cones])
    centers = SkyCoord(np.arctan2(y, x), np.arcsin(np.clip(z, -1, 1)), unit="rad")
    radii = np.array([cone.radius for cone in cones])
    return centers, np.degrees(np.minimum(radii * _MARGIN, largest)) * 3600


def pixels_of(moc: Moc, order: int) -> np.ndarray:
    """The nested indices of the pixels of one order that a MOC touches."""
    orders, indices = split_uniq(np.asarray(moc.uniq_hpx))
    finer = orders >= order
    parents = indices[finer] >> 2 * (orders[finer] - order)
    split = [_children(*cell, order) for cell in zip(orders[~finer], indices[~finer], strict=True)]
    return np.unique(np.concatenate([parents, *split]))


def _too_many(moc: Moc, most: int) -> str:
    area = f"{moc.sky_fraction * 41_253:,.4g} square degrees"
    remedies = "give a smaller region, join scattered cells with moc.degrade_to_order(4), or raise the limit"
    return f"coordinates: a MOC of {area} takes more than {most:,} cones (conf.max_cones): {remedies}."


@dataclass(frozen=True)
class _Cone:
    """A cone around cells: its centre as unit vector, its radius in radians, and the numbers of the cells."""

    center: np.ndarray
    radius: float
    cells: np.ndarray

    @property
    def area(self) -> float:
        return 2 * np.pi * (1 - np.cos(self.radius))


@dataclass(frozen=True)
class _Cells:
    """HEALPix cells, all much smaller than a cone of the largest radius.

    Parameters
    ----------
    centers : `~numpy.ndarray`
        Unit vectors, of shape ``(cells, 3)``.
    radii, areas : `~numpy.ndarray`
        In radians and steradians.
    """

    centers: np.ndarray
    radii: np.ndarray
    areas: np.ndarray

    @classmethod
    def of(cls, moc: Moc) -> "_Cells":
        """The cells of a MOC; large ones are split, and many small ones are joined."""
        order, index = _joined(*split_uniq(np.asarray(moc.uniq_hpx)))
        larger = order < _COARSEST
        split = [_children(*cell, _COARSEST) for cell in zip(order[larger], index[larger], strict=True)]
        index = np.concatenate([index[~larger], *split])
        order = np.concatenate([order[~larger], np.full(sum(map(len, split)), _COARSEST)])
        centers = unit_vectors(order, index, 0.5, 0.5)
        corners = [unit_vectors(order, index, dx, dy) for dx in (0, 1) for dy in (0, 1)]
        radii = np.max([_angles(corner, centers) for corner in corners], axis=0)
        return cls(centers, radii, np.pi / (3 * 4.0**order))

    def next_cone(self, left: np.ndarray, largest: float) -> _Cone:
        """A cone around some of the cells that are left: all of them, or the southernmost and others."""
        whole = self._cone(left)
        if self._suits(whole, largest):
            return whole
        south = left[np.argmin(self.centers[left, 2])]
        near = left[_angles(self.centers[left], self.centers[south]) <= 2 * largest]
        cone = whole
        for limit in largest / _SHRINKING:
            cone = self._fullest(near, south, limit)
            if self._suits(cone, largest):
                break
        return cone

    def _cone(self, cells: np.ndarray) -> _Cone:
        """The cone around the middle of some cells."""
        middle = np.average(self.centers[cells], axis=0, weights=self.areas[cells])
        center = middle / max(float(np.linalg.norm(middle)), np.finfo(float).tiny)
        return _Cone(center, np.max(_angles(self.centers[cells], center) + self.radii[cells]), cells)

    def _fullest(self, near: np.ndarray, member: int, limit: float) -> _Cone:
        """The cone with most area of some cells among those that hold one of them."""
        reach = limit - self.radii[member]
        possible = near[_angles(self.centers[near], self.centers[member]) <= reach]
        if not len(possible):
            return self._cone(np.array([member]))
        middles = self.centers[possible[:: len(possible) // _CANDIDATES + 1]]
        farthest = _angles(self.centers[near], middles[:, None]) + self.radii[near]
        best = np.argmax((farthest <= limit) @ self.areas[near])
        inside = farthest[best] <= limit
        cone = _Cone(middles[best], np.max(farthest[best][inside]), near[inside])
        return min(cone, self._cone(cone.cells), key=lambda one: one.radius)

    def _suits(self, cone: _Cone, largest: float) -> bool:
        """Whether a cone is not too large, and small or well filled."""
        filled = self.areas[cone.cells].sum() >= _LEAST_FILLED * cone.area
        return bool(cone.radius <= largest and (filled or cone.area <= _SMALLEST_AREA))


def _joined(order: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cells, or if they are too many, larger ones that contain them."""
    while len(index) > _MOST_CELLS:
        shift = (order == order.max()).astype(np.int64)
        order, index = split_uniq(np.unique((np.int64(4) << 2 * (order - shift)) + (index >> 2 * shift)))
    return order, index


def _children(order: int, index: int, finer: int) -> np.ndarray:
    """The cells of a finer order in a cell."""
    number = 4 ** (finer - order)
    return index * number + np.arange(number)


def _angles(vectors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Angles between unit vectors, in radians."""
    return 2 * np.arcsin(np.clip(np.linalg.norm(vectors - others, axis=-1) / 2, 0, 1))

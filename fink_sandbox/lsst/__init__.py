"""
The same sky as Rubin would see it, served as Fink/LSST serves it.

The telescope of this simulation stands where the other one stands, because the real one does not reach the
northern half of the sky; camera, bands, depth and cadence are those of Rubin.
"""

from .ids import object_id
from .service import lsst_face

__all__ = ["lsst_face", "object_id"]

"""
The same sky as Rubin would see it, served as Fink/LSST serves it.

The telescope of this simulation stands where the other one stands, because the real one does not reach the
northern half of the sky; camera, bands, depth and cadence are those of Rubin.
"""

from .face import lsst_face
from .ids import object_id

__all__ = ["lsst_face", "object_id"]

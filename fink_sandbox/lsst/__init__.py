# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""
The same sky as Rubin would see it, served as Fink/LSST serves it.

The simulated Rubin is where the simulated ZTF is, because the real one does not reach the northern half
of the sky; camera, bands, depth and cadence are those of Rubin.
"""

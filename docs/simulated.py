"""Clients of a simulated Fink of each survey, which live as long as the build of the documentation."""

import tempfile
from pathlib import Path

from astroquery_fink import FinkClass
from fink_sandbox import Sandbox

fink = FinkClass(server=Sandbox(seed=1).start().url)
fink_lsst = FinkClass(survey="lsst", server=Sandbox(seed=1, survey="lsst").start().url)
folder = Path(tempfile.mkdtemp())
fink.cache_location = folder / "cache"
fink_lsst.cache_location = folder / "cache_lsst"

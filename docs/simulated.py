"""A client of a simulated Fink, which lives as long as the build of the documentation."""

import tempfile
from pathlib import Path

from astroquery_fink import FinkClass
from astroquery_fink.sandbox import Sandbox

fink = FinkClass(server=Sandbox(seed=1).start().url)
folder = Path(tempfile.mkdtemp())
fink.cache_location = folder / "cache"

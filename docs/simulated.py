"""A client of a simulated Fink, which lives as long as the build of the documentation."""

import tempfile

from astroquery_fink import FinkClass
from astroquery_fink.sandbox import Sandbox

fink = FinkClass(server=Sandbox(seed=1).start().url)
fink.cache_location = tempfile.mkdtemp()

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Query the Fink alert broker of ZTF and Rubin, and get astropy objects.

>>> from astroquery_fink import Fink
>>> Fink.query_object("ZTF21aaxtctv")  # doctest: +REMOTE_DATA +IGNORE_OUTPUT
"""

from importlib.metadata import version

from .config import Conf, conf
from .core import Fink, FinkClass, FinkLSST

__all__ = ["Conf", "Fink", "FinkClass", "FinkLSST", "conf"]
__version__ = version("astroquery_fink")

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""`FinkClass`, and its ready instance `Fink`."""

from .questions.classes import Classes
from .questions.many import ManyObjects
from .questions.names import Names
from .questions.regions import Regions
from .questions.searches import Searches
from .questions.skymaps import SkyMaps
from .questions.solar_system import SolarSystem
from .questions.stamps import Stamps
from .questions.statistics import Statistics

__all__ = ["Fink", "FinkClass"]


class FinkClass(ManyObjects, Stamps, Regions, Classes, Searches, SolarSystem, Names, Statistics, SkyMaps):
    """Ask the Fink alert broker.

    Parameters
    ----------
    survey : str, optional
        Whose alerts: ``"ztf"``.
    server : str, optional
        Address of the service, without ``/api/v1``; None: the survey's in `astroquery_fink.conf`.
    timeout : float or `~astropy.units.Quantity`, optional
        Seconds to wait for the next bytes of a reply; None: ``conf.timeout``.

    Examples
    --------
    >>> from astroquery_fink import FinkClass
    >>> FinkClass(server="https://fink-portal.org", timeout=20)
    <FinkClass survey='ztf' server='https://fink-portal.org'>
    """


Fink = FinkClass()

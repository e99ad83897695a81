# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""`FinkClass`, and its ready instances: `Fink` asks for ZTF's alerts, `FinkLSST` for Rubin's."""

from .questions.classes import Classes
from .questions.light_curves import LightCurves
from .questions.lists import Lists
from .questions.many import ManyObjects
from .questions.measurements import Measurements
from .questions.names import Names
from .questions.regions import Regions
from .questions.searches import Searches
from .questions.skymaps import SkyMaps
from .questions.solar_system import SolarSystem
from .questions.stamps import Stamps
from .questions.statistics import Statistics
from .questions.tags import Tags

__all__ = ["Fink", "FinkClass", "FinkLSST"]


class FinkClass(
    LightCurves,
    ManyObjects,
    Measurements,
    Stamps,
    Regions,
    Classes,
    Tags,
    Searches,
    SolarSystem,
    Names,
    Statistics,
    SkyMaps,
    Lists,
):
    """Ask the Fink alert broker.

    Parameters
    ----------
    survey : str, optional
        Whose alerts: ``"ztf"``, or ``"lsst"`` of Rubin. What only the other survey has is refused, with what
        to take instead.
    server : str, optional
        Address of the service, without ``/api/v1``; None: the survey's in `astroquery_fink.conf`.
    timeout : float or `~astropy.units.Quantity`, optional
        Seconds to wait for the next bytes of a reply; None: ``conf.timeout``.

    Examples
    --------
    >>> from astroquery_fink import FinkClass
    >>> FinkClass(server="https://fink-portal.org", timeout=20)
    <FinkClass survey='ztf' server='https://fink-portal.org'>
    >>> FinkClass(survey="lsst")
    <FinkClass survey='lsst' server='https://api.lsst.fink-portal.org'>
    """

    def __init__(self, survey="ztf", *, server=None, timeout=None):
        super().__init__(survey=survey, server=server, timeout=timeout)


Fink = FinkClass()
FinkLSST = FinkClass(survey="lsst")

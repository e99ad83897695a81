# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""`FinkClass`, and its instances `Fink` for ZTF and `FinkLSST` for Rubin."""

from typing import Final

import astropy.units as u

from .arguments.types import SurveyName
from .completion import complete_by_dir
from .http.clock import Clock
from .queries.alerts import AlertSearches
from .queries.classes import Classes
from .queries.cone_search import Regions
from .queries.cutouts import AlertCutouts
from .queries.many import ManyObjects
from .queries.measurements import Measurements
from .queries.objects import LightCurves
from .queries.orbits import Orbits
from .queries.resolver import NameResolver
from .queries.schema import Schema
from .queries.service import ServiceDescription
from .queries.sky_maps import SkyMaps
from .queries.solar_system import SolarSystem
from .queries.sso_bulk import SsoBulk
from .queries.statistics import Statistics
from .queries.tags import Tags

__all__ = ["Fink", "FinkClass", "FinkLSST"]


class FinkClass(
    LightCurves,
    ManyObjects,
    Measurements,
    AlertCutouts,
    Regions,
    Classes,
    Tags,
    AlertSearches,
    SolarSystem,
    SsoBulk,
    Orbits,
    NameResolver,
    Statistics,
    SkyMaps,
    Schema,
    ServiceDescription,
):
    """A client of the Fink alert broker.

    Parameters
    ----------
    survey : str, optional
        The survey whose alerts are queried: ``"ztf"``, or ``"lsst"`` for Rubin. A method that only the other
        survey has raises an error, which names the alternative.
    server : str, optional
        Address of the service, without ``/api/v1``. None: the address of the survey, see `server`.
    timeout : float or `~astropy.units.Quantity`, optional
        Seconds to wait for the next bytes of a response. None: ``conf.timeout``.
    clock : Clock, optional
        Clock, sleep and random numbers, to be replaced in tests of code that uses this client.

    Examples
    --------
    >>> from astroquery_fink import FinkClass
    >>> FinkClass(server="https://fink-portal.org", timeout=20)
    <FinkClass survey='ztf' server='https://fink-portal.org'>
    >>> FinkClass(survey="lsst")
    <FinkClass survey='lsst' server='https://api.lsst.fink-portal.org'>
    """

    def __init__(
        self,
        survey: SurveyName = "ztf",
        *,
        server: str | None = None,
        timeout: float | u.Quantity | None = None,
        clock: Clock | None = None,
    ) -> None:
        # written out, so that Python's own messages name FinkClass
        super().__init__(survey=survey, server=server, timeout=timeout, clock=clock)


complete_by_dir(FinkClass)

Fink: Final = FinkClass()
FinkLSST: Final = FinkClass(survey="lsst")

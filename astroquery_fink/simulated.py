# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""`Fink` and `FinkLSST` as clients of a simulated Fink on this machine, for examples without a network.

The simulated services start when one of the names is imported, and end with the program. Both observe the
same sky, whose objects have names such as ``ZTF99simsnia``. Needs the extra ``sandbox``.

>>> from astroquery_fink.simulated import Fink
>>> len(Fink.query_object("ZTF99simsnia"))
70
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from .arguments.types import SurveyName
from .core import FinkClass
from .tables.optional import require

__all__ = ["Fink", "FinkLSST"]

Fink: FinkClass
FinkLSST: FinkClass

_SURVEYS: dict[str, SurveyName] = {"Fink": "ztf", "FinkLSST": "lsst"}


def __getattr__(name: str) -> FinkClass:
    if name not in _SURVEYS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _client(_SURVEYS[name])


@cache
def _client(survey: SurveyName) -> FinkClass:
    """A client of a simulated service that was started for it, with a cache of its own."""
    require("The simulated Fink", ("werkzeug", "astropy_healpix"), "sandbox")
    from fink_sandbox import Sandbox

    client = FinkClass(survey=survey, server=Sandbox(survey=survey, seed=1).start().url)
    client.cache_location = Path(_cache_folder().name) / survey
    return client


@cache
def _cache_folder() -> TemporaryDirectory:
    """A folder that is removed when the program ends."""
    return TemporaryDirectory(prefix="simulated-fink-")

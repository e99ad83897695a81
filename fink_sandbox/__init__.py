"""
A small Fink on this machine: the REST interface and the Kafka topics of the real one, over a simulated sky.

Nothing here is a real alert. All ids are of the impossible year 99, and every row says that it is simulated.
Two surveys observe the same sky; the numbers that the second one, LSST, gives to its named objects begin with
17 and are zeros but for the last digit.
"""

from .sandbox import Sandbox
from .sky.sky import Sky

__all__ = ["Sandbox", "Sky"]

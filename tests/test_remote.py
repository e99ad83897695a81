"""The live service; run with ``pytest --remote-data=any``."""

import pytest
from astropy.wcs import WCS

from astroquery_fink import Fink
from astroquery_fink.columns import column_facts

pytestmark = pytest.mark.remote_data

OBJECT = "ZTF21aaxtctv"


def test_a_light_curve():
    table = Fink.query_object(OBJECT, columns="objectId,jd,magpsf", cache=False)
    assert len(table) > 10
    assert set(table["i:objectId"]) == {OBJECT}


def test_upper_limits():
    tags = set(Fink.query_object(OBJECT, withupperlim=True, cache=False)["d:tag"])
    assert tags <= {"valid", "upperlim", "badquality"}
    assert "valid" in tags


def test_stamps():
    hdus = Fink.get_cutouts(OBJECT, cache=False)
    assert WCS(hdus["SCIENCE"].header).has_celestial


def test_classes():
    assert "SN candidate" in Fink.list_classes(cache=False)["name"]


def test_every_column_of_the_server_is_known():
    assert set(Fink.list_columns(cache=False)["name"]) <= set(column_facts("ztf"))

"""A light curve goes through astropy's tables and files as it is."""

import astropy.units as u
import numpy as np
import pytest
from astropy.table import QTable, join, vstack

SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"


@pytest.fixture
def table(fink):
    return fink.query_object(SUPERNOVA, withupperlim=True)


def test_a_qtable_has_quantities(fink):
    quantities = QTable(fink.query_object(STAR, columns="candid,jd,magpsf,ra"))
    assert quantities["i:ra"].to_value(u.hourangle)[0] == pytest.approx(quantities["i:ra"].value[0] / 15)
    assert quantities["i:candid"].dtype == np.int64


def test_units_are_converted(fink):
    table = fink.query_object(STAR, columns="ra")
    table["i:ra"].convert_unit_to("arcsec")
    assert table["i:ra"].unit == u.arcsec


def test_stacked_tables_keep_ids_units_and_masks(fink, table):
    star = fink.query_object(STAR, withupperlim=True)
    both = vstack([table, star], metadata_conflicts="silent")
    assert len(both) == len(table) + len(star)
    assert both["i:candid"].dtype == np.int64
    assert both["i:magpsf"].unit == u.mag
    assert both["i:magpsf"].mask.sum() == table["i:magpsf"].mask.sum() + star["i:magpsf"].mask.sum()


def test_alerts_are_joined_on_their_exact_ids(fink):
    brightness = fink.query_object(STAR, columns="candid,magpsf")
    places = fink.query_object(STAR, columns="candid,ra,dec")
    together = join(brightness, places, keys="i:candid", metadata_conflicts="silent")
    assert sorted(together["i:candid"].tolist()) == sorted(brightness["i:candid"].tolist())
    assert together["i:ra"].unit == u.deg

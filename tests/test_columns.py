"""The facts of the columns, as a user meets them."""

import astropy.units as u
import pytest
from astropy.table import Table

from astroquery_fink.columns import column_facts
from astroquery_fink.surveys import SURVEYS

FACTS = {name: column_facts(name) for name in SURVEYS}
ALL = [facts for survey in FACTS.values() for facts in survey.values()]


@pytest.mark.parametrize("facts", ALL, ids=lambda facts: facts.name)
def test_a_column_has_a_family_a_dtype_and_a_short_description(facts):
    assert facts.name[1] == ":"
    assert facts.dtype in ("str", "int64", "float64", "float32", "bool")
    assert 5 < len(facts.description) <= 100
    assert facts.description.isascii()
    assert facts.unit is None or isinstance(facts.unit, u.UnitBase)


def test_units_are_those_of_the_alert_schema():
    facts = FACTS["ztf"]
    assert [facts[name].unit for name in ("i:magpsf", "i:ra", "i:jd", "i:distnr", "i:ssdistnr")] == [
        u.mag, u.deg, u.day, u.pix, u.arcsec,
    ]  # fmt: skip


def test_the_file_is_a_table_that_astropy_reads():
    from importlib.resources import files

    table = Table.read(files("astroquery_fink") / "data" / "ztf_columns.ecsv")
    assert table["name"].tolist() == list(FACTS["ztf"])


def test_the_key_columns_are_known():
    for survey in SURVEYS.values():
        named = {
            *survey.key_columns,
            survey.band,
            survey.limit,
            survey.tag,
            *(column for _, column, _ in survey.cards),
        }
        assert named | set(survey.stamp_columns.values()) <= set(survey.columns)

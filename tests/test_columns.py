"""The facts of the columns, as a user meets them."""

import astropy.units as u
import pytest
from astropy.table import Table

from astroquery_fink.surveys import SURVEYS
from astroquery_fink.surveys.columns import column_facts

FACTS = {name: column_facts(name) for name in SURVEYS}
ALL = [facts for survey in FACTS.values() for facts in survey.values()]


@pytest.mark.parametrize("facts", ALL, ids=lambda facts: facts.name)
def test_a_column_has_a_short_description_and_one_of_an_alert_a_family_and_a_dtype(facts):
    assert facts.name[1:2] == ":" or not facts.full
    assert facts.dtype in ("str", "int64", "float64", "float32", "bool") or not (facts.full or facts.dtype)
    assert 5 < len(facts.description) <= 100
    assert facts.description.isascii()
    assert facts.unit is None or isinstance(facts.unit, u.UnitBase)


def test_units_are_those_of_the_alert_schema():
    facts = FACTS["ztf"]
    assert [facts[name].unit for name in ("i:magpsf", "i:ra", "i:jd", "i:distnr", "i:ssdistnr")] == [
        u.mag, u.deg, u.day, u.pix, u.arcsec,
    ]  # fmt: skip


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_files_are_tables_that_astropy_reads_and_name_each_column_once(survey):
    from importlib.resources import files

    folder = files("astroquery_fink") / "data"
    first, *others = sorted(folder.glob(f"{survey}_*columns.ecsv"), key=lambda path: len(path.name))
    names = [Table.read(path)["name"].tolist() for path in (first, *sorted(others))]
    assert first.name == f"{survey}_columns.ecsv"
    assert sum(names, []) == list(FACTS[survey])


def test_the_key_columns_are_known():
    for survey in SURVEYS.values():
        named = {
            *survey.columns.keys,
            survey.columns.band,
            survey.columns.limit,
            survey.columns.tag,
            *(column for _, column, _ in survey.cutouts.cards),
        } - {None}
        assert named | set(survey.cutouts.columns.values()) <= set(survey.facts)

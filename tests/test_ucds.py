"""Every column has a UCD, which follows it through slices, concatenation and files."""

import numpy as np
import pytest
from astropy.io.votable.ucd import check_ucd
from astropy.table import QTable, vstack
from readings import phase_curves_of

from astroquery_fink import transfer
from astroquery_fink.formats import read, write
from astroquery_fink.lightcurve import add_apparent_magnitude, add_difference_flux
from astroquery_fink.surveys import SURVEYS
from astroquery_fink.surveys.columns import column_facts
from astroquery_fink.tables.concat import merge

SUPERNOVA, RUBIN = "ZTF99simsnia", 170000000000000001
ALL = [facts for name in SURVEYS for facts in column_facts(name).values()]
KINDS = {
    "phot.mag": "mag",
    "phot.flux.density": "nJy",
    "pos.eq.ra": "deg",
    "pos.eq.dec": "deg",
    "pos.phaseAng": "deg",
    "pos.parallax.trig": "mas",
    "time.epoch": "d",
    "time.start": "d",
    "time.end": "d",
    "time.interval": "d",
}


def meta_of(table):
    return {name: dict(table[name].info.meta or {}) for name in table.colnames}


def test_every_column_has_a_valid_ucd():
    assert [
        facts.name for facts in ALL if not check_ucd(facts.ucd or "?", check_controlled_vocabulary=True)
    ] == []


def test_the_unit_of_a_column_is_one_of_its_ucd():
    for facts in ALL:
        first, *others = facts.ucd.split(";")
        if facts.unit is not None and first in KINDS:
            assert facts.unit.is_equivalent(KINDS[first]), facts.name
        if first == "stat.error" and facts.unit is not None and "arith.variation" not in others:
            assert facts.unit.is_equivalent(KINDS.get(others[0], facts.unit)), facts.name


def test_columns_of_dates_and_no_others_have_a_time_system():
    for facts in ALL:
        assert facts.time in ("", "JD UTC", "MJD TAI"), facts.name
        text = facts.description
        says_date = "MJD TAI" in text or "JD UTC" in text or facts.name == "d:ref_epoch"
        assert bool(facts.time) == says_date, facts.name
        if facts.time:
            assert facts.ucd.startswith("time."), facts.name
            assert facts.time.startswith("MJD") == ("MJD" in text), facts.name


@pytest.mark.parametrize("survey", SURVEYS.values(), ids=lambda survey: survey.name)
def test_the_times_of_alerts_have_the_system_of_their_survey(survey):
    system = f"{survey.time_format} {survey.time_scale}".upper()
    assert survey.facts[survey.columns.time].time == system


def assert_one_main_column_of_each_kind(table):
    mains = [ucd.split(";")[0] for ucd in ucds(table) if "meta.main" in ucd]
    assert len(set(mains)) == len(mains)
    assert mains


def ucds(table):
    return [column["ucd"] for column in meta_of(table).values()]


QUERIES = {
    "upper limits": ("fink", lambda fink: fink.query_object(SUPERNOVA, withupperlim=True)),
    "cone of ZTF": ("fink", lambda fink: fink.query_region(fink.query_object(SUPERNOVA)[:1], radius="5s")),
    "phase curves of ZTF": ("fink", phase_curves_of),
    "forced photometry": ("fink_lsst", lambda fink: fink.query_object(RUBIN, withforced=True)),
    "summary": ("fink_lsst", lambda fink: fink.query_summary(RUBIN)),
    "phase curves of Rubin": ("fink_lsst", phase_curves_of),
}


@pytest.mark.parametrize("name", QUERIES)
def test_every_column_of_a_table_has_a_ucd(request, name):
    client, query = QUERIES[name]
    assert all(ucds(query(request.getfixturevalue(client))))


def test_a_table_has_at_most_one_main_position_time_and_id(fink, fink_lsst):
    for table in (fink.query_object(SUPERNOVA), fink_lsst.query_object(RUBIN)):
        assert_one_main_column_of_each_kind(table)
        assert {ucd for ucd in ucds(table) if ucd.endswith("meta.main")} >= {
            "pos.eq.ra;meta.main", "pos.eq.dec;meta.main", "meta.id;meta.main",
        }  # fmt: skip


def test_columns_that_the_server_adds_by_rule_have_ucds(fink):
    table = fink.query_statistics("2025-03", columns="class:SN candidate,basic:raw")
    assert meta_of(table)["class:SN candidate"] == {"ucd": "meta.number;obs"}
    assert all(ucds(table))


def test_ucds_stay_in_slices_copies_quantities_and_concatenated_tables(fink):
    table = fink.query_object(SUPERNOVA, columns="candid,jd,magpsf,ra,dec")
    same = meta_of(table)
    assert same["i:jd"] == {"ucd": "time.start;obs.exposure;meta.main", "timesys": "JD UTC"}
    newest, rest = table[:1], table[1:]
    for other in (newest, table[table["i:magpsf"] > 0], table.copy(), QTable(table), merge([newest, rest]),
                  vstack([newest, rest])):  # fmt: skip
        assert meta_of(other) == same


def test_changing_the_meta_of_a_column_changes_no_other_table(fink):
    table = fink.query_object(SUPERNOVA, columns="magpsf")
    table["i:magpsf"].meta["ucd"] = "mine"
    assert fink.query_object(SUPERNOVA, columns="magpsf")["i:magpsf"].meta["ucd"] == "phot.mag;em.opt"


@pytest.mark.parametrize("suffix", ["ecsv", "fits", "vot", "parquet", "h5"])
@pytest.mark.parametrize("name", ["upper limits", "forced photometry"])
def test_ucds_and_time_systems_come_back_from_files(request, tmp_path, suffix, name):
    pytest.importorskip({"parquet": "pyarrow", "h5": "h5py"}.get(suffix, "numpy"))
    client, query = QUERIES[name]
    table = query(request.getfixturevalue(client))
    write(table, tmp_path / f"table.{suffix}")
    assert meta_of(read(tmp_path / f"table.{suffix}")) == meta_of(table)


def test_several_objects_have_the_ucds_of_one(fink):
    one, many = fink.query_object(SUPERNOVA), fink.query_objects([SUPERNOVA, "ZTF99simrrly"])
    assert meta_of(many) == meta_of(one)
    assert len(np.unique(many["i:objectId"])) == 2


def test_parquet_files_of_many_objects_name_the_ucds(fink, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    fink.query_objects([SUPERNOVA], outdir=tmp_path / "alerts")
    [path] = (tmp_path / "alerts").glob("*.parquet")
    assert parquet.read_schema(path).field("i:magpsf").metadata[b"ucd"] == b"phot.mag;em.opt"
    assert len(transfer.read(tmp_path / "alerts"))


def test_columns_that_are_added_here_have_valid_ucds(fink):
    star = add_difference_flux(add_apparent_magnitude(fink.query_object("ZTF99simrrly")))
    added = ["magnitude", "magnitude_error", "flux", "flux_error", "difference_flux", "difference_flux_error"]
    for name in added:
        assert check_ucd(star[name].meta["ucd"], check_controlled_vocabulary=True), name

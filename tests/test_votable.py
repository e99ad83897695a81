"""A VOTable tells other programs what its columns are, in names that need no quotes if so asked."""

import re
import warnings

import numpy as np
import pytest
from astropy.io.votable import parse
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st
from readings import phase_curves_of

from astroquery_fink.formats import plain_names, read, write
from astroquery_fink.formats.names import ids_of

SUPERNOVA, RUBIN = "ZTF99simsnia", 170000000000000001
QUERIES = {
    "ztf alerts": ("fink", lambda fink: fink.query_object(SUPERNOVA, withupperlim=True)),
    "ztf cutouts": ("fink", lambda fink: fink.query_object("ZTF99simdwno", withcutouts=True)[:2]),
    "ztf orbits": ("fink", lambda fink: fink.query_sso_candidates("orbParams")),
    "ztf phase curves": ("fink", phase_curves_of),
    "ztf names": ("fink", lambda fink: fink.resolve_name(SUPERNOVA, resolver="tns", reverse=True)),
    "rubin alerts": ("fink_lsst", lambda fink: fink.query_object(RUBIN, withforced=True)),
    "rubin summary": ("fink_lsst", lambda fink: fink.query_summary(RUBIN)),
    "rubin phase curves": ("fink_lsst", phase_curves_of),
}


@pytest.fixture(params=QUERIES)
def table(request):
    client, query = QUERIES[request.param]
    return query(request.getfixturevalue(client))


def warnings_of(action):
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        action()
    return [str(one.message) for one in raised]


@pytest.mark.parametrize("plain", [False, True])
def test_writing_and_reading_with_astropy_alone_give_no_warning(table, tmp_path, plain):
    path = tmp_path / "table.vot"
    assert warnings_of(lambda: write(table, path, plain_names=plain)) == []
    assert warnings_of(lambda: Table.read(path)) == []


def test_names_with_colons_come_back(table, tmp_path):
    write(table, tmp_path / "table.vot")
    assert read(tmp_path / "table.vot").colnames == table.colnames
    assert Table.read(tmp_path / "table.vot", use_names_over_ids=True).colnames == table.colnames


def test_ids_are_those_of_xml_and_unique(table, tmp_path):
    write(table, tmp_path / "table.vot")
    text = (tmp_path / "table.vot").read_text()
    ids = re.findall(r'\bID="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z][\w.-]*", one) for one in ids)
    assert set(re.findall(r'\bref="([^"]*)"', text)) <= set(ids)


@pytest.mark.parametrize(
    ("client", "column", "origin", "scale"),
    [("fink", "i:jd", 0.0, "UTC"), ("fink_lsst", "r:midpointMjdTai", 2400000.5, "TAI")],
)
def test_times_refer_to_their_origin_and_scale(request, tmp_path, client, column, origin, scale):
    table = request.getfixturevalue(client).query_object({"fink": SUPERNOVA}.get(client, RUBIN))
    write(table, tmp_path / "table.vot")
    tree = parse(tmp_path / "table.vot")
    [system] = tree.iter_timesys()
    field = next(field for field in tree.get_first_table().fields if field.name == column)
    assert (field.ref, system.timescale, system.refposition) == (system.ID, scale, "TOPOCENTER")
    assert system.timeorigin in (origin, {0.0: "JD-origin"}.get(origin, "MJD-origin"))


def test_positions_refer_to_icrs(fink, tmp_path):
    write(fink.query_object(SUPERNOVA), tmp_path / "table.vot")
    tree = parse(tmp_path / "table.vot")
    [system] = tree.iter_coosys()
    assert system.system == "ICRS"
    referring = {field.name for field in tree.get_first_table().fields if field.ref == system.ID}
    assert referring == {"i:ra", "i:dec", "i:ranr", "i:decnr"}


def test_a_table_without_rows_and_one_without_columns_of_fink_are_written(fink, tmp_path):
    write(fink.query_object(SUPERNOVA)[:0], tmp_path / "empty.vot")
    assert len(read(tmp_path / "empty.vot")) == 0
    write(Table({"x": [1.5], "flag": ["a"]}), tmp_path / "other.vot")
    assert read(tmp_path / "other.vot")["flag"].tolist() == ["a"]


def test_plain_names_drop_the_family_where_that_is_unambiguous():
    table = Table(
        {name: [1] for name in ("i:magpsf", "i:ra", "d:ra", "v:sigma(rate(g-r))", "key:time", "Date")}
    )
    assert plain_names(table).colnames == [
        "magpsf", "i_ra", "d_ra", "sigma_rate_g_r", "key_time", "Date_",
    ]  # fmt: skip
    assert table.colnames[0] == "i:magpsf"


def test_names_that_differ_in_case_only_keep_their_families():
    assert plain_names(Table({"i:ra": [1], "RA": [2]})).colnames == ["i_ra", "RA"]


@given(st.lists(st.text(st.sampled_from("ab:_1(-é "), min_size=1), unique=True, max_size=8))
def test_plain_names_and_ids_are_unique_and_need_no_quotes(names):
    table = Table({name: [number] for number, name in enumerate(names)})
    renamed = plain_names(table)
    for result in (renamed.colnames, ids_of(names)):
        assert len({name.lower() for name in result}) == len(names)
        assert all(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) for name in result)
    assert [renamed[name][0] for name in renamed.colnames] == list(range(len(names)))


def test_plain_names_are_those_of_every_format(fink, tmp_path):
    table = fink.query_object(SUPERNOVA, columns="candid,magpsf", withupperlim=True)
    for suffix in ("vot", "fits", "ecsv"):
        write(table, tmp_path / f"table.{suffix}", plain_names=True)
        back = read(tmp_path / f"table.{suffix}")
        assert back.colnames == plain_names(table).colnames
        assert back["candid"].tolist() == table["i:candid"].tolist()


def test_a_renamed_table_keeps_units_masks_ucds_and_the_values_uncopied(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    renamed = plain_names(table)
    assert renamed["magpsf"].unit == table["i:magpsf"].unit
    assert renamed["magpsf"].meta == table["i:magpsf"].meta
    assert np.shares_memory(renamed["magpsf"].data, table["i:magpsf"].data)
    assert renamed["candid"].mask.tolist() == table["i:candid"].mask.tolist()


def test_bools_are_booleans_which_may_be_missing(fink_lsst, tmp_path):
    table = fink_lsst.query_object(RUBIN, withforced=True)["r:isDipole", "r:isNegative"]
    assert table["r:isDipole"].mask.any()
    write(table, tmp_path / "table.vot")
    assert {field.datatype for field in parse(tmp_path / "table.vot").get_first_table().fields} == {"boolean"}
    assert Table.read(tmp_path / "table.vot")["r_isDipole"].mask.tolist() == table["r:isDipole"].mask.tolist()

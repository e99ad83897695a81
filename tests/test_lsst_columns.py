# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The facts of the columns of Rubin, as a user meets them, and in recorded responses if there are any."""

import json
import warnings
from importlib.resources import files

import astropy.units as u
import numpy as np
import pytest
from astropy.table import Table
from astroquery.exceptions import CorruptDataWarning
from recordings import Recordings, rows_in

from astroquery_fink.surveys.columns import column_facts
from astroquery_fink.tables.convert import to_array

FACTS = column_facts("lsst")
FULL = {name for name, facts in FACTS.items() if facts.full}
RECORDINGS = Recordings("lsst")
IDS = [
    "r:diaObjectId", "r:diaSourceId", "r:ssObjectId", "r:parentDiaSourceId", "r:diaForcedSourceId",
    "r:visit", "objectid",
]  # fmt: skip
FLUXES = [
    name
    for name in FACTS
    if "Flux" in name and not any(word in name for word in ("_flag", "Ndata", "MaxSlope"))
]
TWICE = ["f:is_cataloged", "f:is_first", "f:is_sso"]


@pytest.mark.parametrize("facts", FACTS.values(), ids=lambda facts: facts.name)
def test_a_column_has_a_short_description_in_ascii(facts):
    assert 5 < len(facts.description) <= 90
    assert facts.description.isascii()


def test_no_two_columns_are_described_alike():
    assert len({facts.description for facts in FACTS.values()}) == len(FACTS)


def test_no_column_is_named_twice_and_those_of_alerts_come_first():
    folder = files("astroquery_fink") / "data"
    names = [
        name
        for file in ("lsst_columns.ecsv", "lsst_services_columns.ecsv")
        for name in Table.read(folder / file)["name"]
    ]
    assert len(set(names)) == len(names)
    assert names == list(FACTS)


def test_every_unit_is_one_of_astropy():
    for facts in FACTS.values():
        assert facts.unit is None or isinstance(facts.unit, u.UnitBase)
        assert not isinstance(facts.unit, u.UnrecognizedUnit)


@pytest.mark.parametrize("name", IDS)
def test_an_id_keeps_all_its_digits(name):
    assert FACTS[name].dtype == "int64"
    data, mask = to_array([313897383979122767, "170094456251351059"], FACTS[name])
    assert data.tolist() == [313897383979122767, 170094456251351059]
    assert not mask.any()


def test_zero_is_no_id():
    for name in ("r:diaObjectId", "r:ssObjectId", "r:parentDiaSourceId"):
        assert to_array([0, 7], FACTS[name])[1].tolist() == [True, False]


def test_a_score_that_was_not_computed_is_masked():
    for name in ("cats_class", "cats_score", "earlySNIa_score", "snnSnVsOthers_score"):
        assert to_array([-1.0, 0.0], FACTS[f"f:clf_{name}"])[1].tolist() == [True, False]


def test_fluxes_are_in_nanojanskys():
    assert len(FLUXES) > 70
    assert {FACTS[name].unit for name in FLUXES} == {u.nJy}
    assert {FACTS[f"r:{band}_psfFluxMaxSlope"].unit for band in "ugrizy"} == {u.nJy / u.day}


def test_times_are_days_of_tai_and_say_so():
    times = [facts for name, facts in FACTS.items() if "MjdTai" in name]
    assert len(times) == 9
    for facts in times:
        assert (facts.dtype, facts.unit) == ("float64", u.day)
        assert "MJD TAI" in facts.description


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        (
            u.deg,
            "r:ra r:dec r:raErr r:decErr v:separation_degree r:trailAngle r:dipoleAngle r:eclBeta",
        ),
        (u.deg, "cra cdec cphaseAngle cephRa cephDec cephOffsetRa cephOffsetDec chelioRa chelioDec"),
        (u.deg**2, "r:ra_dec_Cov"),
        (u.pix, "r:x r:xErr r:y r:yErr r:bboxSize"),
        (u.arcsec, "r:trailLength r:trailLengthErr r:dipoleLength r:ephOffset r:ephOffsetRa"),
        (u.arcsec**2, "r:ixx r:ixy r:iyy r:ixxPSF r:ixyPSF r:iyyPSF"),
        (u.AU, "r:helioRange r:topoRange r:helio_x r:topo_z Dobs ctopoRange chelioRange"),
        (u.km / u.s, "r:helioRangeRate r:topo_vtot r:helio_vx RV"),
        (u.deg / u.day, "r:ephRate r:ephRateRa r:ephRateDec"),
        (u.mag, "r:ephVmag i:magpsf_red VMag cmagpsf csigmapsf"),
    ],
)
def test_units_of_the_other_columns(unit, names):
    assert {FACTS[name].unit for name in names.split()} == {unit}


def test_a_full_row_has_its_135_columns_with_the_keys_first():
    assert len(FULL) == 135
    assert sum(name.startswith("f:") for name in FULL) == 30
    assert list(FACTS)[:4] == ["r:diaObjectId", "r:diaSourceId", "r:midpointMjdTai", "r:band"]
    assert {FACTS[name].dtype for name in FULL} == {"int64", "float64", "bool", "str"}


def test_a_flag_is_a_truth_and_has_no_unit():
    flags = [name for name in FULL if "flag" in name.lower() and "VarFlag" not in name]
    assert len(flags) > 30
    assert {(FACTS[name].dtype, FACTS[name].unit) for name in flags} == {("bool", None)}


@pytest.mark.parametrize("name", TWICE)
def test_what_is_a_truth_of_an_object_is_a_count_of_a_night(name):
    data, mask = to_array([True, False, "nan"], FACTS[name].in_table("objects"))
    assert data.dtype == np.bool_
    assert mask.tolist() == [False, False, True]
    assert to_array(["2", "0"], FACTS[name].in_table("statistics"))[0].tolist() == [2, 0]


def recorded_tables():
    """Name and rows of every recorded response that is a table and not empty."""
    for name, entry in RECORDINGS.entries.items():
        body = RECORDINGS.body(name)
        if entry["status"] == 200 and "schema" not in entry["path"] and body.startswith((b"[{", b"PAR1")):
            yield name, rows_in(body)


RECORDED = dict(recorded_tables())
needs_recordings = pytest.mark.skipif(not RECORDED, reason="FINK_RECORDINGS names no recorded answers")
of_each_recording = pytest.mark.parametrize("name", RECORDED)


@pytest.mark.recorded
@needs_recordings
def test_every_kind_of_answer_is_recorded():
    paths = {name.partition("_")[0] for name in RECORDED}
    assert paths >= {"sources", "objects", "fp", "conesearch", "tags", "sso", "resolver", "statistics"}


@pytest.mark.recorded
@needs_recordings
@of_each_recording
def test_every_recorded_column_is_known(name):
    assert {column for row in RECORDED[name] for column in row} <= set(FACTS)


@pytest.mark.recorded
@needs_recordings
@of_each_recording
def test_every_recorded_value_is_read_whole(name):
    rows = RECORDED[name]
    for column in {column for row in rows for column in row}:
        facts = FACTS[column].in_table("statistics" if "statistics" in name else None)
        values = [row.get(column) for row in rows]
        with warnings.catch_warnings():
            warnings.simplefilter("error", CorruptDataWarning)
            data, mask = to_array(values, facts)
        assert facts.dtype is None or data.dtype.kind == np.dtype(facts.dtype).kind
        nothing = [value in (None, "nan") or value == facts.missing for value in values]
        assert mask.tolist() == nothing
        kind = {"int64": int, "float64": float}.get(facts.dtype, lambda value: value)
        assert data[~mask].tolist() == [kind(v) for v, none in zip(values, nothing, strict=True) if not none]


@pytest.mark.recorded
@needs_recordings
def test_a_full_row_is_what_the_server_sends():
    assert set(RECORDED["sources_one_full"][0]) == FULL
    assert all(set(row) == FULL for row in RECORDED["tags_in_tns_3"])
    named = {column for name in ("objects_full", "sso_full") for column in RECORDED[name][0]}
    assert len(named - FULL) == 82 + 39


@pytest.mark.recorded
@needs_recordings
def test_types_are_those_of_the_schema():
    known = {"long": "int64", "int": "int64", "float": "float64", "double": "float64", "boolean": "bool"}
    served_as_text = {"f:xm_mangrove_ang_dist": "float64", "f:xm_mangrove_lum_dist": "float64"}
    schema = json.loads(next(RECORDINGS.folder.glob("*_schema_sources_v10.body")).read_text())
    for title, fields in schema.items():
        for name, field in fields.items():
            column = f"{title[-3]}:{name}"  # "LSST original fields (r:)"
            if column in FACTS:
                kind = field["type"] if isinstance(field["type"], str) else field["type"][-1]
                wanted = served_as_text.get(column, known.get(kind, "str"))
                assert (column, FACTS[column].dtype) == (column, wanted)

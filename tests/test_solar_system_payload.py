# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What would be sent about Solar System objects, for every way of asking."""

from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.table import Column
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError
from clock import FakeClock

from astroquery_fink import FinkClass
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.queries import orbits, solar_system
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables import decode

NOWHERE = FinkClass(
    server="http://127.0.0.1:9", clock=FakeClock(datetime(2026, 4, 15, tzinfo=UTC).timestamp())
)
KEYS = "i:objectId,i:candid,i:jd"


pytestmark = pytest.mark.usefixtures("in_json")


def sso(name=8467, **arguments):
    return NOWHERE.query_sso(name, get_query_payload=True, **arguments)


def candidates(kind="lightcurves", **arguments):
    return NOWHERE.query_sso_candidates(kind, get_query_payload=True, **arguments)


def ssoft(**arguments):
    return NOWHERE.query_ssoft(get_query_payload=True, **arguments)


# What is sent about known objects


@pytest.mark.parametrize(
    "spelling", [8467, np.int64(8467), "8467", " 8467\n", b"8467", [8467], ["8467", 8467]]
)
def test_a_number_is_all_that_is_needed(spelling):
    assert sso(spelling) == {"n_or_d": "8467", "output-format": "json"}


@pytest.mark.parametrize(
    "name", ["Lucretia", "2010 JO69", "2010JO69", "10P", "C/2020 V2", "1I/'Oumuamua", "van Albada", "Čapek"]
)
def test_names_and_designations_travel_as_they_are(name):
    assert sso(name)["n_or_d"] == name


@pytest.mark.parametrize(
    "names",
    [
        "8467, 10P",
        "8467,10P,8467,",
        [8467, "10P"],
        ("8467,10P",),
        np.array(["8467", "10P"]),
        Column(["8467", "10P"]),
    ],
)
def test_several_objects_have_many_spellings_and_one_payload(names):
    assert sso(names)["n_or_d"] == "8467,10P"


@pytest.mark.parametrize(
    "wrong", [8467.0, True, None, -5, [None], "a&b", "x\r\ny", "../?q=#", "--", {"a": 1.5}.values()]
)
def test_what_is_no_name_is_refused_with_examples(wrong):
    with pytest.raises(InvalidQueryError, match="2010 JO69"):
        sso(wrong)


@pytest.mark.parametrize("none", ["", [], ",", [" "]])
def test_no_name_at_all_is_refused(none):
    with pytest.raises(InvalidQueryError, match="name is empty"):
        sso(none)


def test_columns_bring_what_the_server_makes_the_others_from():
    assert sso(columns="magpsf,sso_name")["columns"] == f"i:magpsf,i:ssnamenr,{KEYS}"
    assert sso(columns="sso_number")["columns"] == f"i:ssnamenr,{KEYS}"
    assert (
        sso(columns="jd,Phase", withephem=True)["columns"] == "i:jd,i:ssnamenr,i:magpsf,i:objectId,i:candid"
    )
    asked = sso(columns="fid", withresiduals=True)["columns"].split(",")
    assert set(asked) == {"i:ssnamenr", "i:magpsf", "i:sigmapsf", "i:fid", "i:ra", "i:dec", *KEYS.split(",")}


def test_a_computed_column_needs_the_full_row():
    assert "columns" not in sso(columns="v:classification")


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("magpfs", "i:magpsf"),
        ("Phase", "withephem=True"),
        ("magpsf_red", "withephem=True"),
        ("residuals_shg1g2", "withresiduals=True"),
        ("b:cutoutScience_stampData", "withcutouts=True"),
        ("", "columns is empty"),
    ],
)
def test_a_column_that_does_not_come_is_refused_with_a_remedy(wrong, remedy):
    with pytest.raises(InvalidQueryError, match=remedy):
        sso(columns=wrong)


def test_what_comes_besides_is_asked_for_in_the_servers_words():
    assert sso(withephem=True)["withEphem"] is True
    assert sso(withresiduals=np.True_)["withResiduals"] is True
    asked = sso(withcutouts=True, cutout_kind="template")
    assert (asked["withcutouts"], asked["cutout-kind"]) == (True, "Template")
    assert not {"withEphem", "withResiduals", "withcutouts", "cutout-kind"} & set(sso())


@pytest.mark.parametrize("argument", ["withephem", "withresiduals", "withcutouts"])
def test_text_is_neither_true_nor_false(argument):
    with pytest.raises(InvalidQueryError, match=f"{argument}='true'"):
        sso(**{argument: "true"})


def test_residuals_are_of_one_object():
    with pytest.raises(InvalidQueryError, match="one object, not 2"):
        sso("8467,10P", withresiduals=True)


@pytest.mark.parametrize(
    ("kind", "remedy"), [("Template", "withcutouts=True"), ("Sience", "Science, "), (None, "Science, ")]
)
def test_a_kind_of_stamp_is_one_of_three_and_needs_stamps(kind, remedy):
    with pytest.raises(InvalidQueryError, match=remedy):
        sso(cutout_kind=kind)


# What is sent about candidates


def test_candidates_need_their_kind_alone():
    assert candidates("ORBPARAMS") == {"kind": "orbParams", "maxnumber": 10_000, "output-format": "json"}


@pytest.mark.parametrize("kind", ["orbits", "", None])
def test_a_wrong_kind_is_refused_with_the_kinds(kind):
    with pytest.raises(InvalidQueryError, match="orbParams, lightcurves"):
        candidates(kind)


@pytest.mark.parametrize(
    "day",
    [
        "2023-01-02",
        "2023-01-02 18:00",
        Time("2023-01-02T06:00"),
        datetime(2023, 1, 2),
        datetime(2023, 1, 2).date(),
    ],
)
def test_a_time_is_a_day_for_the_server(day):
    assert candidates(start=day)["start_date"] == "2023-01-02"
    assert candidates(stop=day)["stop_date"] == "2023-01-02"


def test_a_span_ends_on_a_later_day():
    with pytest.raises(InvalidQueryError, match="not before"):
        candidates(start="2023-01-02 06:00", stop="2023-01-02 18:00")


def test_orbits_have_no_dates():
    with pytest.raises(InvalidQueryError, match="kind='lightcurves'"):
        candidates("orbParams", stop="2023-01-02")


@pytest.mark.parametrize("spelling", ["FF20230725aaaacgw", 1234, "1234"])
def test_a_trajectory_travels_as_text(spelling):
    assert candidates(trajectory=spelling)["ssoCandId"] == str(spelling)


@pytest.mark.parametrize("wrong", ["x') || true", "", 1.5, True])
def test_what_is_no_trajectory_is_refused(wrong):
    with pytest.raises(InvalidQueryError, match="FF20230725aaaacgw"):
        candidates(trajectory=wrong)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "10", True])
def test_a_wrong_number_of_rows_is_refused(wrong):
    with pytest.raises(InvalidQueryError, match="n="):
        candidates(n=wrong)


# What is sent about phase curves


def test_one_object_is_asked_for_by_name_or_by_number():
    sent = {"sso_name": "Autonoma", "flavor": "SHG1G2", "version": "2026.04", "output-format": "json"}
    assert ssoft(name="Autonoma") == sent
    assert ssoft(number=1465, flavor="hg")["sso_number"] == 1465
    with pytest.raises(InvalidQueryError, match="exclude each other"):
        ssoft(name="Autonoma", number=1465)
    with pytest.raises(InvalidQueryError, match="2 names"):
        ssoft(name="Autonoma,Lucretia")
    with pytest.raises(InvalidQueryError, match="number='x'"):
        ssoft(number="x")


def test_the_whole_table_is_asked_for_as_parquet_and_needs_pyarrow(monkeypatch):
    monkeypatch.setattr(decode, "has_parquet", lambda: True)
    assert ssoft() == {"flavor": "SHG1G2", "version": "2026.04", "output-format": "parquet"}
    monkeypatch.setattr(decode, "has_parquet", lambda: False)
    with pytest.raises(FinkQueryError, match=r"astroquery_fink\[fast\]"):
        ssoft()


@pytest.mark.parametrize("flavor", ["shg1g2", "SHG1G2", "HG1G2", "HG", "socca"])
def test_a_flavor_has_the_servers_spelling(flavor):
    assert ssoft(number=1, flavor=flavor)["flavor"] == flavor.upper()


def test_a_wrong_flavor_is_refused_with_the_flavors():
    with pytest.raises(InvalidQueryError, match="SHG1G2, HG1G2, HG, SOCCA"):
        ssoft(number=1, flavor="HG12")


@pytest.mark.parametrize("version", ["2023.07", "2024.11", "2026.04"])
def test_a_version_is_a_month(version):
    assert ssoft(number=1, version=version)["version"] == version


@pytest.mark.parametrize("wrong", ["2023.06", "2026.05", "2024.13", "2024.1", 2024.1, "2024-01", "latest"])
def test_a_wrong_version_is_refused_with_the_first_and_the_newest(wrong):
    with pytest.raises(InvalidQueryError, match=r"2023\.07 to 2026\.04"):
        ssoft(number=1, version=wrong)


def test_the_async_twins_ask_the_same():
    assert NOWHERE.query_sso_async(8467, withephem=True, get_query_payload=True) == sso(withephem=True)
    assert NOWHERE.query_sso_candidates_async("lightcurves", get_query_payload=True) == candidates()
    assert NOWHERE.query_ssoft_async(number=8467, get_query_payload=True) == ssoft(number=8467)


def test_every_column_of_an_empty_table_has_its_facts():
    known = set(NOWHERE._survey.facts)
    named = {
        *solar_system.COMPUTED_COLUMNS,
        *(name for kind in orbits.CANDIDATE_COLUMNS.values() for name in kind),
    }
    named |= {
        name
        for flavor in ("SHG1G2", "HG1G2", "HG", "SOCCA")
        for name in orbits.ssoft_columns(ZTF.phase_curves, flavor)
    }
    assert named <= known

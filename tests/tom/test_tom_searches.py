# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The query forms of a TOM find objects, and say what is wrong with a query."""

import pytest
from astropy.table import Table
from astropy.time import Time
from pages import configured
from tom_project import MARKS

from astroquery_fink import conf

pytestmark = MARKS

SUPERNOVA = "ZTF99simsnia"
RUBIN_SUPERNOVA = "170000000000000008"


def names(results):
    return [result["name"] for result in results]


def test_the_menu_of_a_new_tom_has_both_surveys(tom):
    from tom_dataservices.dataservices import get_data_service_classes

    menu = tom.client.get("/").content.decode()
    assert {"FinkZTF", "FinkLSST"} <= set(get_data_service_classes())
    assert "?data_service=FinkZTF" in menu
    assert "?data_service=FinkLSST" in menu


@pytest.mark.parametrize(
    ("service", "field", "name"), [("FinkZTF", "class_name", "SN candidate"), ("FinkLSST", "tag", "in_tns")]
)
def test_the_form_offers_the_classes_or_tags_of_its_survey(tom, service, field, name):
    page = tom.form(service)
    offered = [choice for choice, _ in page.context["form"].fields[field].choices]
    assert name in offered
    assert "" in offered
    assert f'<option value="{name}">' in page.content.decode()


def test_tags_that_the_server_does_not_search_are_not_offered(tom, fink_lsst):
    tags = fink_lsst.list_tags()
    unserved = set(tags["name"][~tags["served"]].tolist())
    offered = {choice for choice, _ in tom.form("FinkLSST").context["form"].fields["tag"].choices}
    assert not unserved & offered


def test_the_form_is_there_while_the_server_is_not(tom):

    with conf.set_temp("attempts", 1), configured("FinkZTF", server="http://127.0.0.1:9"):
        page = tom.form("FinkZTF")
    assert page.status_code == 200
    assert 'type="text" name="class_name"' in page.content.decode()


@pytest.mark.parametrize(
    ("service", "fields", "name"),
    [
        ("FinkZTF", {"objectid": SUPERNOVA}, SUPERNOVA),
        ("FinkZTF", {"name": "SN 2099sim"}, SUPERNOVA),
        ("FinkZTF", {"coordinates": "186.7283 15.2104"}, SUPERNOVA),
        ("FinkZTF", {"coordinates": "12:26:54.79 +15:12:37.4", "radius": "2"}, SUPERNOVA),
        ("FinkZTF", {"class_name": "SN candidate", "stop": "2025-08-01"}, SUPERNOVA),
        ("FinkLSST", {"objectid": RUBIN_SUPERNOVA}, RUBIN_SUPERNOVA),
        ("FinkLSST", {"name": "SN 2099sin"}, RUBIN_SUPERNOVA),
        ("FinkLSST", {"coordinates": "33.4716 21.6675"}, RUBIN_SUPERNOVA),
        ("FinkLSST", {"tag": "in_tns", "n": "5000"}, RUBIN_SUPERNOVA),
    ],
)
def test_each_way_to_search_finds_the_object(tom, service, fields, name):
    results = tom.results(service, **fields)
    assert name in names(results)
    assert len(set(names(results))) == len(results)


def test_several_object_ids_are_searched_at_once(tom):
    results = tom.results("FinkZTF", objectid=f"{SUPERNOVA}, ZTF99simrrly")
    assert set(names(results)) == {SUPERNOVA, "ZTF99simrrly"}


def test_a_name_in_simbad_is_searched_by_its_position(tom):
    results = tom.results("FinkZTF", name="Simulated RR Lyr 99", resolver="simbad")
    assert names(results) == ["ZTF99simrrly"]
    assert results[0]["separation"] < 5


def test_a_result_has_the_facts_of_the_newest_alert(tom, fink):
    alert = fink.query_object(SUPERNOVA)[0]
    (result,) = tom.results("FinkZTF", objectid=SUPERNOVA)
    assert (result["ra"], result["dec"]) == (alert["i:ra"], alert["i:dec"])
    assert result["magnitude"] == pytest.approx(alert["i:magpsf"], abs=0.006)
    assert (result["band"], result["fink_class"]) == ("r", alert["v:classification"])


def test_a_source_fainter_than_the_reference_is_marked_in_the_list(tom, fink):
    alerts = fink.query_object("ZTF99simrrly")
    page = tom.search("FinkZTF", objectid=f"ZTF99simrrly, {SUPERNOVA}")
    marked = {result["name"]: result["fainter"] for result in page.context["results"]}
    assert marked == {"ZTF99simrrly": alerts["i:isdiffpos"][0] in ("f", "0"), SUPERNOVA: False}
    assert page.content.decode().count("(fainter than the reference)") == sum(marked.values())
    assert sum(marked.values()) == 1


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({}, "__all__", "Search by one of these: object id, name, position, class"),
        ({"objectid": SUPERNOVA, "name": "SN 2099sim"}, "__all__", "object id and name"),
        ({"objectid": "ZTF21"}, "objectid", "ZTF21"),
        ({"coordinates": "186.7 95"}, "coordinates", "95"),
        ({"coordinates": "M 31"}, "coordinates", "is a name"),
        ({"coordinates": "186.7 15.2", "radius": "-1"}, "radius", "radius"),
        ({"coordinates": "186.7 15.2", "radius": "30000"}, "radius", "5 deg"),
        ({"coordinates": "186.7 15.2", "start": "2025-01-01"}, "start", "no effect in a search by position"),
        ({"class_name": "SN candidate", "start": "yesterday"}, "start", "not a valid time"),
        ({"class_name": "SN candidate", "start": "2025-02-01", "stop": "2025-01-01"}, "start", "not before"),
        ({"class_name": "SN candidate", "n": "0"}, "n", "n=0"),
        ({"class_name": "SN candidate", "start": "2025-02-01", "days": "3"}, "days", "not both"),
        ({"class_name": "SN candidate", "days": "0"}, "days", "greater than"),
        ({"class_name": "SN candidate", "days": "1e12"}, "days", "less than"),
        ({"class_name": "No class"}, "class_name", "No class"),
        ({"coordinates": "M 31", "start": "2025-01-01"}, "coordinates", "is a name"),
    ],
)
def test_an_invalid_field_is_named_beside_it_before_anything_is_sent(tom, box, fields, field, text):
    tom.form("FinkZTF")
    before = len(box.requests)
    errors = tom.errors("FinkZTF", **fields)
    assert text in " ".join(errors[field])
    assert {endpoint for endpoint, *_ in box.requests[before:]} <= {"classes"}


def test_the_query_of_one_survey_is_not_answered_with_the_results_of_the_other(tom):
    fields = {"coordinates": "33.4716 21.6675", "radius": "3"}
    assert names(tom.results("FinkZTF", **fields)) == ["ZTF99simsntw"]
    assert names(tom.results("FinkLSST", **fields)) == [RUBIN_SUPERNOVA]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"objectid": "ZTF21aaxtctv"}, "Fink has no"),
        ({"objectid": f"{SUPERNOVA}, ZTF21aaxtctv"}, "Fink has no alert of ZTF21aaxtctv."),
        ({"coordinates": "10 20"}, "Fink has no object that matches the query."),
        ({"class_name": "Solar System MPC", "n": "3"}, "Solar System objects"),
        ({"class_name": "SN candidate", "n": "3"}, "the newest 3 alerts; there may be older ones"),
    ],
)
def test_an_empty_or_incomplete_list_says_why(tom, fields, text):
    page = tom.search("FinkZTF", **fields)
    assert text in page.context["query_feedback"]
    assert text in page.content.decode()


def test_an_error_of_the_server_is_a_message_whose_text_is_escaped(tom):

    with conf.set_temp("attempts", 1), configured("FinkZTF", server="http://127.0.0.1:9/<b>"):
        page = tom.search("FinkZTF", objectid=SUPERNOVA)
    assert page.status_code == 200
    assert "could not be reached" in page.content.decode() or "127.0.0.1:9" in page.content.decode()
    assert "<b>" not in page.context["query_feedback"]


def test_a_saved_query_of_the_last_days_begins_later_with_each_run(tom):
    from tom_dataservices.dataservices import get_data_service_class

    service = get_data_service_class("FinkZTF")()
    parameters = service.build_query_parameters({"class_name": "SN candidate", "days": 2.0, "n": 10})
    assert set(parameters) == {"data_service", "class_name", "start", "stop", "n"}
    assert (Time.now() - Time(parameters["start"])).to_value("day") == pytest.approx(2, abs=0.01)


def test_alerts_without_an_object_are_no_targets(tom, fink_lsst):
    from astroquery_fink.tom.targets import objects_in
    from astroquery_fink.tom.telescopes import RUBIN

    alerts = fink_lsst.query_sso(9900001)
    assert isinstance(alerts, Table)
    assert len(alerts)
    assert objects_in(alerts, RUBIN) == []

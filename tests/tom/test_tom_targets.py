# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Targets of a TOM are made from Fink's objects, once, with names and classes."""

import pytest
from pages import configured
from tom_project import MARKS, run_manage

from astroquery_fink import conf

pytestmark = MARKS

SUPERNOVA = "ZTF99simsnia"
RUBIN_SUPERNOVA = "170000000000000008"


@pytest.mark.parametrize(
    ("service", "objectid", "other_name", "tags"),
    [
        ("FinkZTF", SUPERNOVA, "SN 2099sim", {"fink_class": "SN candidate", "tns_class": "SN Ia"}),
        (
            "FinkLSST",
            RUBIN_SUPERNOVA,
            "SN 2099sin",
            {"fink_class": "SN-like", "tns_class": "SN Ia", "redshift": "0.0231"},
        ),
    ],
)
def test_a_target_has_the_name_position_aliases_and_classes_of_the_object(
    tom, service, objectid, other_name, tags
):
    target = tom.make_target(service, objectid=objectid)
    (result,) = tom.results(service, objectid=objectid)
    assert (target.name, target.type) == (objectid, "SIDEREAL")
    assert (target.ra, target.dec) == (result["ra"], result["dec"])
    assert target.names == [objectid, other_name]
    assert target.tags == tags


def test_several_results_become_targets_at_once(tom):
    from django.urls import reverse
    from tom_targets.models import Target

    tom.results("FinkZTF", objectid=f"{SUPERNOVA}, ZTF99simrrly")
    form = {"data_service": "FinkZTF", "query_id": "", "selected_results": ["0", "1"]}
    assert tom.client.post(reverse("tom_dataservices:create-target"), form).status_code == 302
    assert set(Target.objects.values_list("name", flat=True)) == {SUPERNOVA, "ZTF99simrrly"}


def test_the_same_object_again_is_the_same_target(tom):
    first = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    second = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    assert first == second
    assert "already exists" in tom.messages()[0]
    assert second.names == [SUPERNOVA, "SN 2099sim"]


@pytest.mark.parametrize("name", ["SN 2099sim", "SN2099sim"])
def test_a_target_with_the_name_of_the_transient_name_server_is_used(tom, name):
    from tom_targets.models import Target

    mine = Target.objects.create(name=name, type="SIDEREAL", ra=186.7, dec=15.2)
    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    assert target == mine
    assert Target.objects.count() == 1
    assert SUPERNOVA in target.names
    assert (target.ra, target.dec) == (186.7, 15.2)


def test_a_target_is_made_while_the_transient_name_server_is_not_there(tom):
    from tom_dataservices.dataservices import get_data_service_class

    service = get_data_service_class("FinkZTF")
    (result,) = service().query_targets({"objectid": SUPERNOVA})
    with conf.set_temp("attempts", 1), configured("FinkZTF", server="http://127.0.0.1:9"):
        target = service().to_target(result)
    assert target.names == [SUPERNOVA]


def test_a_target_without_an_object_id_is_found_by_its_position_and_gets_an_alias(tom):
    from tom_dataproducts.models import PhotometryReducedDatum
    from tom_targets.models import Target

    target = Target.objects.create(name="My supernova", type="SIDEREAL", ra=186.7283, dec=15.2104)
    tom.update("FinkZTF", target)
    assert target.names == ["My supernova", SUPERNOVA, "SN 2099sim"]
    assert PhotometryReducedDatum.objects.filter(target=target).exists()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "Far away", "type": "SIDEREAL", "ra": 10.0, "dec": 20.0}, "Fink has no object within"),
        ({"name": "Moving", "type": "NON_SIDEREAL"}, "no position"),
        ({"name": "ZTF21aaxtctv", "type": "SIDEREAL", "ra": 10.0, "dec": 20.0}, "Fink has no alert of"),
    ],
)
def test_a_target_that_fink_does_not_know_is_said_to_be_unknown(tom, fields, text):
    from tom_targets.models import Target

    tom.update("FinkZTF", Target.objects.create(**fields))
    assert text in tom.messages()[0]


def test_both_surveys_add_to_one_target(tom):
    from tom_dataproducts.models import PhotometryReducedDatum

    target = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    tom.update("FinkZTF", target)
    stored = PhotometryReducedDatum.objects.filter(target=target)
    assert set(stored.values_list("source_name", "instrument")) == {
        ("FinkZTF", "ZTF"),
        ("FinkLSST", "LSSTCam"),
    }
    assert "ZTF99simsntw" in target.names


def test_an_error_of_the_server_is_a_message_on_the_page_of_the_target(tom):

    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    with conf.set_temp("attempts", 1), configured("FinkZTF", server="http://127.0.0.1:9"):
        tom.update("FinkZTF", target)
    messages = tom.messages()
    assert messages[0].startswith("Error retrieving data from Data Service: ")
    assert "127.0.0.1:9" in messages[0]


def test_a_server_that_fails_for_one_target_does_not_end_the_update_of_all(tom):
    from tom_dataproducts.models import PhotometryReducedDatum

    ztf = tom.make_target("FinkZTF", objectid="ZTF99simrrly")
    rubin = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    PhotometryReducedDatum.objects.filter(target=rubin).first().delete()
    kept = PhotometryReducedDatum.objects.filter(target=rubin).count()
    with conf.set_temp("attempts", 1), configured("FinkZTF", server="http://127.0.0.1:9"):
        tom.check_for_new_data(ztf)
        messages = tom.messages()
        assert "FinkZTF" in messages[0]
        assert "errors" in messages[0]
        tom.check_for_new_data(rubin)
    assert PhotometryReducedDatum.objects.filter(target=rubin).count() == kept + 1


def test_a_saved_query_runs_from_the_command_line_of_a_real_project(tom, project):
    from tom_dataproducts.models import DataProduct, PhotometryReducedDatum
    from tom_dataservices.models import DataServiceQuery
    from tom_targets.models import Target

    tom.search("FinkZTF", objectid=SUPERNOVA, query_save="on", query_name="The supernova")
    saved = DataServiceQuery.objects.get(name="The supernova")
    ran = run_manage(project, "rundataquery", str(saved.pk))
    assert (ran.returncode, ran.stdout.strip()) == (0, "Finished querying targets")
    target = Target.objects.get(name=SUPERNOVA)
    assert PhotometryReducedDatum.objects.filter(target=target).count() > 50
    assert DataProduct.objects.filter(target=target).count() == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"sever": "http://127.0.0.1"}, "no setting 'sever': give server, timeout, cutouts, bandpass"),
        ({"timeout": "soon"}, "timeout"),
        ({"server": "fink"}, "server"),
        ({"bandpass": "ZTF"}, "does not name each band"),
        ({"bandpass": "{filter}"}, "does not name each band"),
    ],
)
def test_wrong_settings_are_named_when_the_tom_starts(tom, changes, text):
    from django.core.checks import run_checks

    assert run_checks() == []
    with configured("FinkZTF", **changes):
        (error,) = run_checks()
    assert error.msg.startswith("DATA_SERVICES['FinkZTF']")
    assert text in error.msg


def test_a_tom_without_settings_uses_the_servers_of_fink(tom):
    from django.test import override_settings
    from tom_dataservices.dataservices import get_data_service_class

    with override_settings():
        from django.conf import settings

        del settings.DATA_SERVICES
        for name, server in (("FinkZTF", conf.server), ("FinkLSST", conf.lsst_server)):
            assert get_data_service_class(name).get_urls("base_url") == server

"""The check for how a server differs from what the client knows, tried on the simulated servers."""

import drift
import pytest
import requests
from replay import as_json

SURVEYS = ["ztf", "lsst"]


def as_it_is(content):
    """Change nothing."""


@pytest.fixture
def changes(request, serve):
    """The changes of a simulated server, after functions have changed its description or its schemas."""

    def found(survey, description=as_it_is, schema=as_it_is):
        box = request.getfixturevalue({"ztf": "box", "lsst": "box_lsst"}[survey])

        def answer(method, path, payload):
            content = requests.request(method, box.url + path, json=payload or None, timeout=20).json()
            (description if path == "/swagger.json" else schema)(content)
            return as_json(content)

        client, _ = serve(answer, survey=survey)
        return drift.changes(client)

    return found


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_client_knows_all_of_the_simulated_servers(changes, survey):
    assert changes(survey) == []


@pytest.mark.parametrize("survey", SURVEYS)
def test_a_new_endpoint_and_a_missing_one_are_named(changes, survey):
    def description(content):
        content["paths"]["/api/v1/spectra"] = {"get": {"parameters": [{"name": "id", "in": "query"}]}}
        del content["paths"]["/api/v1/sso"]

    assert changes(survey, description) == ["missing endpoint: sso", "new endpoint: spectra"]


@pytest.mark.parametrize("survey", SURVEYS)
def test_a_new_argument_and_a_missing_one_are_named(changes, survey):
    """Arguments of a body stand among the definitions, those of the address in the path."""

    def description(content):
        cone = content["definitions"]["conesearch"]["properties"]
        cone["quality"] = {"type": "string"}
        del cone["startdate"]
        parameters = content["paths"]["/api/v1/conesearch"]["parameters"]
        parameters[:] = [one for one in parameters if one["name"] != "startdate"]
        content["paths"]["/api/v1/statistics"]["get"]["parameters"] = [{"name": "site", "in": "query"}]

    assert changes(survey, description) == [
        "missing argument of conesearch: startdate",
        "new argument of conesearch: quality",
        "new argument of statistics: site",
    ]


@pytest.mark.parametrize(("survey", "name"), [("ztf", "i:magpsf"), ("lsst", "r:psfFlux")])
def test_a_new_column_and_a_missing_one_are_named(changes, survey, name):
    def schema(content):
        for title, fields in content.items():
            if f"({name[:2]})" in title:
                fields.pop(name[2:], None)
                fields["moonPhase"] = {"type": "float", "doc": "Phase of the Moon"}

    assert changes(survey, schema=schema) == [f"missing column: {name}", f"new column: {name[:2]}moonPhase"]

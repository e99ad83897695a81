"""The check for what a server has and the client does not know, tried on the simulated Fink."""

import copy

import drift
import requests


def test_the_client_knows_all_of_the_simulated_fink(fink):
    assert drift.unknown(fink) == {"columns": set(), "endpoints": set(), "arguments": set()}


def test_every_endpoint_of_the_check_is_there(box):
    swagger = requests.get(f"{box.url}/swagger.json", timeout=20).json()
    assert set(drift.offered_by(swagger)) == set(drift.KNOWN)


def test_an_argument_of_a_body_is_found_among_the_definitions(box):
    swagger = copy.deepcopy(requests.get(f"{box.url}/swagger.json", timeout=20).json())
    swagger["paths"]["/api/v1/objects"]["post"]["parameters"] = [
        {"name": "payload", "in": "body", "schema": {"$ref": "#/definitions/objects"}}
    ]
    swagger["definitions"] = {"objects": {"properties": {"objectId": {}, "quality": {}}}}
    swagger["paths"]["/api/v1/spectra"] = {"get": {"parameters": [{"name": "id", "in": "query"}]}}
    offered = drift.offered_by(swagger)
    assert "quality" in offered["objects"]
    assert offered["spectra"] == {"id"}

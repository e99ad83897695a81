"""Names, statistics of nights, and the description of the sandbox itself."""

import pytest
import requests

from fink_sandbox import Sandbox

SUPERNOVA = "ZTF99simsnia"


@pytest.fixture(scope="module")
def box():
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    return lambda endpoint, **payload: requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)


def test_a_name_is_resolved_both_ways(post):
    (row,) = post("resolver", resolver="tns", name="sn 2099SIM").json()
    assert row["d:internalname"] == SUPERNOVA
    assert all(isinstance(value, str) for value in row.values())
    assert post("resolver", resolver="tns", name=SUPERNOVA, reverse=True).json() == [row]
    assert post("resolver", resolver="tns", name=SUPERNOVA, reverse="True").json() == []
    assert len(post("resolver", resolver="tns", name="").json()) == 3
    assert len(post("resolver", resolver="tns", name="", nmax=2).json()) == 2


def test_simbad_returns_numbers_forwards_and_text_backwards(post):
    (row,) = post("resolver", resolver="simbad", name="Simulated AGN 99").json()
    types = {
        "oid": int,
        "oname": str,
        "otype": str,
        "jpos": str,
        "jradeg": float,
        "jdedeg": float,
        "z": float,
    }
    assert {name: type(row[name]) for name in types} == types
    assert row.keys() - types == {"name", "refPos", "nrefs"}
    alerts = post("resolver", resolver="simbad", name="ZTF99simagnx", reverse=True, nmax=4).json()
    assert len(alerts) == 4
    assert {row["d:cdsxmatch"] for row in alerts} == {"AGN"}
    assert all(isinstance(value, str) for value in alerts[0].values())
    assert post("resolver", resolver="simbad", name="Vega").json() == []


def test_an_unknown_resolver_breaks_the_server(post):
    assert post("resolver", resolver="ned", name="M31").status_code == 500


def test_statistics_have_one_row_per_night_and_are_text(post):
    month = post("statistics", date="202501").json()
    assert all(row["key:key"].startswith("ztf_202501") for row in month)
    assert all(isinstance(value, str) for row in month for value in row.values())
    assert month[0] in post("statistics", date="").json()
    assert post("statistics", date=month[0]["basic:date"]).json() == month[:1]
    assert post("statistics", date="1999").json() == []
    assert post("statistics", schema="True").status_code == 400


def test_statistics_keep_their_key_beside_the_columns(post):
    (row,) = post("statistics", date="20250102", columns="basic:raw").json()
    assert row.keys() == {"basic:raw", "key:key", "key:time"}


def test_names_given_by_people(box, post):
    def get(**payload):
        return requests.get(f"{box.url}/api/v1/metadata", params=payload, timeout=5)

    (row,) = get(objectId="ZTF99simedge").json()
    assert get(internal_name=row["d:internal_name"]).json() == [row]
    assert get(internal_name_encoded="SimulatedMira").json() == [row]
    assert len(get(objectId="all").json()) == 3
    assert get(objectId="all", internal_name="x").status_code == 400
    assert post("metadata", objectId="ZTF99simedge").status_code == 400


def test_the_description_names_every_endpoint_and_its_arguments(box):
    pytest.importorskip("pyarrow")  # for the file of all light curves
    paths = requests.get(f"{box.url}/swagger.json", timeout=5).json()["paths"]
    for path, methods in paths.items():
        assert requests.get(box.url + path, timeout=5).status_code == 200
        assert "get" in methods


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_arguments_of_a_body_are_a_definition_and_those_of_the_address_belong_to_the_path(survey):
    with Sandbox(survey=survey) as box:
        described = requests.get(f"{box.url}/swagger.json", timeout=5).json()
    path, definition = described["paths"]["/api/v1/conesearch"], described["definitions"]["conesearch"]
    (body,) = path["post"]["parameters"]
    assert body == {
        "name": "payload", "required": True, "in": "body", "schema": {"$ref": "#/definitions/conesearch"}
    }  # fmt: skip
    assert definition["required"] == ["ra", "dec", "radius"]
    assert definition["properties"]["radius"] == {"type": "number"}
    assert definition["properties"]["startdate"] == {"type": "string"}
    assert {one["name"] for one in path["parameters"] if one["in"] == "query"} == set(
        definition["properties"]
    )
    assert described["definitions"]["sso"]["properties"]["withEphem"] == {"type": "boolean"}
    assert described["swagger"] == "2.0"


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_description_gives_the_version_of_the_server(survey):
    for given, version in ((None, "3.7.0"), ("3.5.0", "3.5.0"), ("4", "4")):
        with Sandbox(survey=survey, version=given) as box:
            described = requests.get(f"{box.url}/swagger.json", timeout=5).json()
        assert described["info"]["version"] == version


@pytest.mark.parametrize("wrong", ["latest", "", 3.7, "3.7.0rc1"])
def test_a_version_is_numbers_with_dots(wrong):
    with pytest.raises(ValueError, match="version=.* is not text of numbers with dots, for example '3.7.0'"):
        Sandbox(version=wrong)


@pytest.mark.parametrize(
    ("endpoint", "payload"),
    [("latests", {"class": "AGN"}), ("statistics", {"date": "2025"}), ("tracklet", {"date": "2024"})],
)
def test_every_format_is_served_by_get_and_by_post(box, post, endpoint, payload):
    response = requests.get(f"{box.url}/api/v1/{endpoint}", params=payload, timeout=5)
    assert response.content == post(endpoint, **payload).content
    for output in ("csv", "votable"):
        assert post(endpoint, **payload | {"output-format": output}).status_code == 200
    assert post(endpoint, **payload | {"output-format": "xml"}).status_code == 400

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The server's description of itself: its version, its endpoints, and what it lacks."""

import json
import warnings

import pytest
from clock import FakeClock
from replay import as_json
from test_errors import html

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import (
    FailedIdsWarning,
    FinkQueryError,
    FinkServiceError,
    FinkTimeoutError,
)

OBJECT = "ZTF21aaxtctv"
PAGE = 404, "text/html; charset=utf-8", html("404 Not Found").replace(b"</h1>", b"</h1><p>Not on the server.")
DAY = 86400
DESCRIPTION = {
    "swagger": "2.0",
    "basePath": "/",
    "info": {"title": "Fink", "version": "3.5.0"},
    "paths": {
        "/api/v1/objects": {
            "parameters": [{"name": "objectId", "in": "query"}, {"name": "X-Fields", "in": "header"}],
            "get": {"responses": {}},
            "post": {
                "parameters": [{"name": "payload", "in": "body", "schema": {"$ref": "#/definitions/a"}}]
            },
        },
        "/api/v1/spectra/": {"put": {"parameters": [{"in": "body", "schema": {"properties": {"id": {}}}}]}},
        "/api/v1/classes": {"get": {}},
        "/status": {"get": {}, "summary": "up or down"},
    },
    "definitions": {"a": {"properties": {"objectId": {}, "columns": {}}}},
}


def answers(description=DESCRIPTION, other=PAGE):
    """Respond to a request for the description with it, and to all others with another response."""
    described = description if isinstance(description, tuple) else as_json(description)
    return lambda method, path, payload: described if path == "/swagger.json" else other


def paths(server):
    return [path for _, path, _ in server.requests]


# Version and endpoints


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_version_is_that_of_the_servers_description(serve, survey):
    client, server = serve(answers(), survey=survey)
    assert client.server_version() == "3.5.0"
    assert client.server_version_async().json() == DESCRIPTION
    assert server.requests == [("GET", "/swagger.json", {})]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_version_is_cached_for_a_day(serve, survey):
    clock = FakeClock()
    client, server = serve(answers(), survey=survey, clock=clock)
    for seconds, requests in ((0, 1), (DAY - 1, 1), (DAY, 2)):
        clock.seconds = seconds
        client.server_version()
        client.list_endpoints()
        assert len(server.requests) == requests
    client.server_version(cache=False)
    assert len(server.requests) == 3


def test_the_simulated_servers_have_a_version_and_endpoints(fink, fink_lsst):
    for client in (fink, fink_lsst):
        assert client.server_version() == "3.7.0"
        table = client.list_endpoints()
        (cone,) = table[table["name"] == "conesearch"]
        assert cone["methods"] == "GET, POST"
        assert {"ra", "dec", "radius"} <= set(cone["arguments"].split(", "))
        assert table.meta["endpoint"] == "swagger.json"
    assert "kind" in cone["arguments"].split(", ")


def test_endpoints_have_the_arguments_of_all_methods(serve):
    client, _ = serve(answers())
    assert [tuple(row) for row in client.list_endpoints().iterrows()] == [
        ("objects", "GET, POST", "objectId, columns"),
        ("spectra", "PUT", "id"),
        ("classes", "GET", ""),
        ("status", "GET", ""),
    ]


INFO = {"version": "3.5.0"}
ODD = {
    "a page": (200, "text/html", html("Fink")),
    "no JSON": (200, "application/json", b"{"),
    "nothing": (200, "application/json", b""),
    "a list": as_json([DESCRIPTION]),
    "no object": as_json("3.7.0"),
    "an empty object": as_json({}),
    "no version": as_json({"info": {}, "paths": {}}),
    "info is text": as_json({"info": "3.7.0", "paths": {}}),
    "a number": as_json({"info": {"version": 3.7}, "paths": {}}),
    "an empty version": as_json({"info": {"version": ""}, "paths": {}}),
    "control characters": as_json({"info": {"version": "3\x1b[2J"}, "paths": {}}),
    "a long version": as_json({"info": {"version": "3" * 41}, "paths": {}}),
    "no paths": as_json({"info": INFO}),
    "paths are a list": as_json({"info": INFO, "paths": ["/api/v1/objects"]}),
    "a path is text": as_json({"info": INFO, "paths": {"/a": "objects"}}),
    "a method is text": as_json({"info": INFO, "paths": {"/a": {"get": "it"}}}),
    "parameters are a number": as_json({"info": INFO, "paths": {"/a": {"parameters": 7}}}),
    "a parameter has no name": as_json({"info": INFO, "paths": {"/a": {"parameters": [{"in": "query"}]}}}),
    "a name is a number": as_json(
        {"info": INFO, "paths": {"/a": {"parameters": [{"in": "query", "name": 7}]}}}
    ),
    "a definition is missing": as_json(
        {"info": INFO, "paths": {"/a": {"parameters": [{"in": "body", "schema": {"$ref": "#/b"}}]}}}
    ),
}


@pytest.mark.parametrize("what", ODD)
def test_what_describes_no_server_is_an_error_and_not_cached(serve, what):
    client, server = serve(answers(ODD[what]))
    for method in (client.server_version, client.list_endpoints, client.server_version_async):
        before = len(server.requests)
        with pytest.raises(FinkServiceError) as caught:
            method()
        assert caught.value.url == f"{server.url}/swagger.json"
        assert len(server.requests) > before


def test_a_server_without_a_description_is_an_error_that_names_its_address(serve):
    client, server = serve(lambda *_: PAGE)
    with pytest.raises(FinkServiceError, match="swagger.json") as caught:
        client.server_version()
    assert (caught.value.status, len(server.requests)) == (404, 1)


# Endpoints that the server lacks


def test_an_endpoint_that_the_server_lacks_is_named_with_the_servers_version(serve):
    client, server = serve(answers())
    with pytest.raises(FinkServiceError) as caught:
        client.query_ssoft(number=8467)
    error = caught.value
    assert str(error).startswith(
        f"Fink/ZTF 3.5.0 ({server.url}) has no endpoint 'ssoft'; list_endpoints lists"
    )
    assert "Fink responded with 404: " in str(error)
    assert f"(request: {server.url}/api/v1/ssoft with sso_number=8467" in str(error)
    assert (error.status, error.endpoint, error.url) == (404, "ssoft", f"{server.url}/api/v1/ssoft")
    assert paths(server)[-1] == "/swagger.json"


def test_what_a_method_looks_up_first_is_named_once(serve):
    client, server = serve(answers(), survey="lsst")
    with pytest.raises(FinkServiceError, match="^Fink/LSST 3.5.0 .* has no endpoint 'tags'") as caught:
        client.query_tag("in_tns")
    assert str(caught.value).count("has no endpoint") == 1
    assert paths(server) == ["/api/v1/tags", "/swagger.json"]


def test_the_twin_says_the_same(serve):
    client, _ = serve(answers())
    with pytest.raises(FinkServiceError, match="has no endpoint 'sso'"):
        client.query_sso_async(8467)


def test_a_cached_description_is_used(serve):
    client, server = serve(answers())
    client.server_version()
    for _ in range(2):
        with pytest.raises(FinkServiceError, match="has no endpoint 'anomaly'"):
            client.query_anomalies()
    assert paths(server) == ["/swagger.json", "/api/v1/anomaly", "/api/v1/anomaly"]


@pytest.mark.parametrize(
    "description", [PAGE, (503, "text/plain", b"later"), *(ODD[what] for what in ("a page", "no version"))]
)
def test_the_first_error_is_not_hidden_if_the_version_cannot_be_had(serve, description):
    client, server = serve(answers(description))
    with pytest.raises(FinkServiceError, match="^Fink responded with 404: ") as caught:
        client.query_anomalies()
    assert (caught.value.status, caught.value.endpoint) == (404, "anomaly")
    assert paths(server) == ["/api/v1/anomaly", "/swagger.json"]


def test_an_endpoint_that_the_server_lists_is_not_said_to_be_missing(serve):
    client, _ = serve(answers())
    with pytest.raises(FinkServiceError, match="^Fink responded with 404: "):
        client.query_object(OBJECT)


NO_FILE = json.dumps({"RemoteException": {"message": "File does not exist: /2026.12.parquet"}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, NO_FILE, FinkServiceError),
        (404, b"/api/v1/nowhere is not a valid endpoint.", FinkServiceError),
        (400, PAGE[2], FinkQueryError),
        (500, PAGE[2], FinkServiceError),
    ],
)
def test_words_of_an_endpoint_are_no_reason_to_look_for_it(serve, status, body, kind):
    client, server = serve(answers(other=(status, "text/html", body)))
    with pytest.raises(kind, match=f"^Fink responded with {status}: "):
        client.query_anomalies()
    assert "/swagger.json" not in paths(server)


def test_a_server_that_cannot_be_reached_is_not_asked_for_its_version(tmp_path):
    client = FinkClass(server="http://127.0.0.1:9")
    client.cache_location = tmp_path / "cache"
    with (
        conf.set_temp("attempts", 1),
        pytest.raises((FinkServiceError, FinkTimeoutError), match="no connection"),
    ):
        client.query_anomalies()


@pytest.mark.parametrize("cache", [True, False])
def test_a_batch_asks_for_the_version_once(serve, cache):
    client, server = serve(answers({**DESCRIPTION, "paths": {}}))
    ids = [f"ZTF21aaxtct{letter}" for letter in "abcdefgh"]
    with conf.set_temp("batch_size", 1):
        with pytest.raises(FinkServiceError, match="^Fink/ZTF 3.5.0 .* has no endpoint 'objects'") as caught:
            client.query_objects(ids, cache=cache)
        assert paths(server).count("/swagger.json") == 1
        assert caught.value.failed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FailedIdsWarning)
            client.query_objects(ids, on_error="warn", cache=cache)
    assert paths(server).count("/swagger.json") == 1

"""The queries of the live tests, made to the simulated servers, which they reach one and all."""

import drift
import pytest
from endpoints import CHECKS, SIMULATED

FIXTURES = {"ztf": ("fink", "box"), "lsst": ("fink_lsst", "box_lsst")}


@pytest.mark.parametrize(
    ("survey", "endpoint"), [(survey, endpoint) for survey in CHECKS for endpoint in CHECKS[survey]]
)
def test_a_query_of_each_endpoint_has_what_users_rely_on(request, survey, endpoint):
    client, box = map(request.getfixturevalue, FIXTURES[survey])
    before = len(box.requests)
    CHECKS[survey][endpoint](client, SIMULATED[survey])
    assert (endpoint, 200) in [(name, status) for name, _, status in box.requests[before:]]


@pytest.mark.parametrize("survey", CHECKS)
def test_no_endpoint_is_left_out(request, survey):
    client, _ = map(request.getfixturevalue, FIXTURES[survey])
    listed = client.list_endpoints()["name"].tolist()
    assert set(CHECKS[survey]) == set(drift.KNOWN[survey]) == set(listed)

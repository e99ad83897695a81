"""The live services of both surveys; run with ``pytest --remote-data=any``."""

import drift
import pytest
from endpoints import CHECKS, LIVE

from astroquery_fink import Fink, FinkLSST

pytestmark = pytest.mark.remote_data

CLIENTS = {"ztf": Fink, "lsst": FinkLSST}


@pytest.mark.parametrize(
    ("survey", "endpoint"), [(survey, endpoint) for survey in CHECKS for endpoint in CHECKS[survey]]
)
def test_a_query_of_each_endpoint_has_what_users_rely_on(survey, endpoint):
    """``tests/test_endpoints.py`` makes the same queries to the simulated servers."""
    CHECKS[survey][endpoint](CLIENTS[survey], LIVE[survey])


@pytest.mark.parametrize("survey", CLIENTS)
def test_a_server_has_the_columns_endpoints_and_arguments_that_this_client_knows(survey):
    client = CLIENTS[survey]
    assert drift.changes(client) == [], f"Fink/{survey.upper()} {client.server_version(cache=False)}"

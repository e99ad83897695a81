# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures that several files of tests use: settings, clocks, servers and commands."""

import os
import subprocess
import sys
from contextlib import ExitStack

import pytest

VARIABLES = [
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
]


@pytest.fixture
def in_json():
    """Responses are requested as JSON."""
    from astroquery_fink import conf

    with conf.set_temp("response_format", "json"):
        yield


@pytest.fixture
def in_parquet():
    """Responses are requested as Parquet."""
    pytest.importorskip("pyarrow")
    from astroquery_fink import conf

    with conf.set_temp("response_format", "parquet"):
        yield


@pytest.fixture(params=["json", "parquet"])
def response_format(request):
    """Responses are requested as JSON, then as Parquet."""
    request.getfixturevalue(f"in_{request.param}")
    return request.param


@pytest.fixture
def plain_environment(monkeypatch):
    """The environment names neither proxies nor certificates."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def clock():
    """The clock of clients: it waits without taking time."""
    from astroquery_fink.http.clock import Clock

    return Clock(sleep=lambda seconds: None)


@pytest.fixture
def serve(tmp_path, clock):
    """Start a server and return a client of it and the server, which runs until the test is over.

    ``serve(answer, **settings)`` takes the function that answers requests (see `replay.Replay`) or a server
    that has not been started, and settings of the client.
    """
    from replay import Replay, client_of

    with ExitStack() as stack:

        def start(answer, **settings):
            server = stack.enter_context(Replay(answer) if callable(answer) else answer)
            return client_of(server, tmp_path, **{"clock": clock} | settings), server

        yield start


@pytest.fixture(scope="session")
def authority():
    """An authority that issues certificates."""
    return pytest.importorskip("trustme").CA()


@pytest.fixture
def broker():
    """A simulated Kafka broker of one test, which may close it."""
    yield from _broker()


@pytest.fixture(scope="module")
def shared_broker():
    """A simulated Kafka broker of all tests in a file."""
    yield from _broker()


def _broker():
    from fink_sandbox.kafka import Broker

    with Broker() as broker:
        yield broker


@pytest.fixture
def offered(tmp_path):
    """What the tab key offers after the beginning of a command line."""
    pytest.importorskip("argcomplete")
    answer = tmp_path / "offered"

    def offered(line):
        answer.touch()
        variables = {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        }
        command = [sys.executable, "-m", "astroquery_fink"]
        subprocess.run(command, env=os.environ | variables, check=True)
        return answer.read_text().strip()

    return offered


@pytest.fixture
def closed_figures():
    """Figures of pyplot are closed when the test is over."""
    from matplotlib import pyplot

    yield
    pyplot.close("all")


@pytest.fixture
def ask(box, tmp_path, monkeypatch):
    """Run a command against the simulated Fink, in an empty folder."""
    from astroquery_fink.cli import main

    monkeypatch.chdir(tmp_path)
    return lambda *arguments: main([*arguments, "--server", box.url, "--no-cache"])


@pytest.fixture
def ask_rubin(box_lsst, tmp_path, monkeypatch):
    """Run a command against the simulated Fink/LSST, in an empty folder."""
    from astroquery_fink.cli import main

    monkeypatch.chdir(tmp_path)
    return lambda *arguments: main([*arguments, "--survey", "lsst", "--server", box_lsst.url, "--no-cache"])

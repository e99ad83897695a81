"""Fixtures of the benchmarks: a server in its own process, the recipe of Fink's manual, a way to measure."""

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import requests
from astropy.config import set_temp_cache, set_temp_config
from astropy.table import Table

from astroquery_fink import FinkClass

ROUNDS = 7
SERVER = Path(__file__).with_name("server.py")


@pytest.fixture(autouse=True, scope="session")
def _no_home(tmp_path_factory):
    """Keep settings and cached responses in a folder of this run."""
    folder = tmp_path_factory.mktemp("astropy")
    with set_temp_cache(folder), set_temp_config(folder):
        yield


@pytest.fixture(scope="session")
def server():
    """The address of a server that responds from memory, and the ids of its objects."""
    command = [sys.executable, str(SERVER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield SimpleNamespace(**json.loads(process.stdout.readline()))
        process.stdin.close()


@pytest.fixture(scope="session")
def body(server):
    """The bytes with which the server responds to a request for an object."""

    def fetch(objectid, response_format, **options):
        payload = {"objectId": objectid, "output-format": response_format} | options
        response = requests.post(f"{server.url}/api/v1/objects", json=payload, timeout=300)
        response.raise_for_status()
        return response.content

    return fetch


@pytest.fixture
def fink(server, tmp_path):
    """A client of the server, with a cache of its own."""
    client = FinkClass(server=server.url)
    client.cache_location = tmp_path / "cache"
    return client


@pytest.fixture
def recipe():
    """The recipe of Fink's manual: send the request, read the JSON, make a Table."""
    return SimpleNamespace(post=_post, read=_read, table=_table)


def _post(url, **payload):
    return requests.post(f"{url}/api/v1/objects", json={**payload, "output-format": "json"})


def _read(body):
    return pd.read_json(io.BytesIO(body))


def _table(body):
    return Table.from_pandas(_read(body))


@pytest.fixture
def timed(benchmark):
    """Time a function: one round to warm up, then some rounds, with the garbage collector on."""

    def measure(function, rounds=ROUNDS):
        return benchmark.pedantic(function, rounds=rounds, warmup_rounds=1)

    return measure

"""What the benchmarks share: a server in a process of its own, Fink's recipe, one way to measure."""

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
    """Settings and replies of this run stay in a folder of this run."""
    folder = tmp_path_factory.mktemp("astropy")
    with set_temp_cache(folder), set_temp_config(folder):
        yield


@pytest.fixture(scope="session")
def server():
    """Address and ids of a server that answers from memory."""
    command = [sys.executable, str(SERVER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield SimpleNamespace(**json.loads(process.stdout.readline()))
        process.stdin.close()


@pytest.fixture(scope="session")
def body(server):
    """What the server answers to a question about objects, in bytes."""

    def ask(objectid, form, **options):
        payload = {"objectId": objectid, "output-format": form} | options
        reply = requests.post(f"{server.url}/api/v1/objects", json=payload, timeout=300)
        reply.raise_for_status()
        return reply.content

    return ask


@pytest.fixture
def fink(server, tmp_path):
    """A client of that server, with a cache of its own."""
    client = FinkClass(server=server.url)
    client.cache_location = tmp_path / "cache"
    return client


@pytest.fixture
def recipe():
    """The recipe of Fink's manual, whole and in its two parts."""
    return SimpleNamespace(post=_post, read=_read, table=_table)


def _post(url, **question):
    return requests.post(f"{url}/api/v1/objects", json={**question, "output-format": "json"})


def _read(body):
    return pd.read_json(io.BytesIO(body))


def _table(body):
    return Table.from_pandas(_read(body))


@pytest.fixture
def timed(benchmark):
    """Time a function: once to warm up, then some rounds. The garbage collector runs as it always does."""

    def measure(function, rounds=ROUNDS):
        return benchmark.pedantic(function, rounds=rounds, warmup_rounds=1)

    return measure

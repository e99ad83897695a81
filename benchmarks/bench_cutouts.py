"""Bytes -> arrays: 50 alerts with three cutouts each."""

import io

import numpy as np
import pytest
from pyarrow.parquet import ParquetFile

from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import alerts
from astroquery_fink.tables.decode import read_rows

pytestmark = pytest.mark.benchmark(group="50 alerts x 3 cutouts -> arrays")
COLUMNS = "i:objectId", "i:candid", "i:jd"
CUTOUTS = tuple(ZTF.cutouts.columns.values())
OPTIONS = {"withcutouts": "True", "columns": ",".join(COLUMNS)}


@pytest.fixture(scope="module")
def as_json(server, body):
    return body(server.ids["cutouts"], "json", **OPTIONS)


@pytest.fixture(scope="module")
def as_parquet(server, body):
    return body(server.ids["cutouts"], "parquet", **OPTIONS)


def bench_cutouts_recipe(timed, recipe, as_json, benchmark):
    def arrays():
        frame = recipe.read(as_json)
        return [[np.array(rows, dtype=np.float32) for rows in frame[name]] for name in CUTOUTS]

    assert len(timed(arrays)[0]) == 50
    benchmark.extra_info["bytes"] = len(as_json)


def bench_cutouts_pyarrow_alone(timed, as_parquet):
    timed(lambda: ParquetFile(io.BytesIO(as_parquet)).read())


def bench_cutouts_package(timed, recipe, as_json, as_parquet, benchmark):
    table = timed(lambda: alerts(read_rows(as_parquet), ZTF, names=list(COLUMNS), extra=CUTOUTS))
    frame = recipe.read(as_json)
    for name in CUTOUTS:
        for got, sent in zip(table[name], frame[name], strict=True):
            np.testing.assert_allclose(got, np.array(sent, dtype=np.float32), rtol=1e-6, atol=1e-6)
    benchmark.extra_info["bytes"] = len(as_parquet)

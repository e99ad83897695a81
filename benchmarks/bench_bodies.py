"""Bytes -> Table: 1,575 alerts of one object, all columns, with and without upper limits."""

import io
import sys

import pytest
from pyarrow.parquet import ParquetFile, write_table

from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import alerts
from astroquery_fink.tables.decode import _json_readers, read_rows

ROWS = pytest.mark.benchmark(group="1,575 rows -> Table")
LIMITS = pytest.mark.benchmark(group="1,575 rows with upper limits -> Table")
IDS = "i:candid", "i:objectidps1", "i:objectidps2", "i:objectidps3"
NO_ID = None, -1, -999
LONG_TEXTS = ["d:lc_features_g", "d:lc_features_r"]


@pytest.fixture(scope="module")
def as_json(server, body):
    return body(server.ids["large"], "json")


@pytest.fixture(scope="module")
def as_parquet(server, body):
    return body(server.ids["large"], "parquet")


@pytest.fixture(scope="module")
def without_long_texts(as_parquet):
    """The Parquet without two columns of some 500 characters per row, which take 6.7 MB as numpy text."""
    file = io.BytesIO()
    write_table(ParquetFile(io.BytesIO(as_parquet)).read().drop_columns(LONG_TEXTS), file)
    return file.getvalue()


@pytest.fixture(scope="module")
def with_limits(server, body):
    return body(server.ids["large"], "json", withupperlim="True")


@pytest.fixture
def without_orjson(monkeypatch):
    """Importing orjson fails, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "orjson", None)
    _json_readers.cache_clear()
    yield
    _json_readers.cache_clear()


@ROWS
def bench_rows_recipe(timed, recipe, as_json, benchmark):
    table = timed(lambda: recipe.table(as_json))
    benchmark.extra_info.update(rows=len(table), columns=len(table.columns), bytes=len(as_json))


@ROWS
def bench_rows_package_parquet(timed, as_parquet, benchmark):
    table = timed(lambda: alerts(read_rows(as_parquet), ZTF))
    benchmark.extra_info.update(rows=len(table), columns=len(table.columns), bytes=len(as_parquet))


@ROWS
def bench_rows_pyarrow_alone(timed, as_parquet):
    timed(lambda: ParquetFile(io.BytesIO(as_parquet)).read())


@ROWS
def bench_narrow_package_parquet(timed, without_long_texts):
    names = [name for name, facts in ZTF.facts.items() if facts.full and name not in LONG_TEXTS]
    timed(lambda: alerts(read_rows(without_long_texts), ZTF, names=names))


@ROWS
def bench_narrow_pyarrow_alone(timed, without_long_texts):
    timed(lambda: ParquetFile(io.BytesIO(without_long_texts)).read())


@ROWS
def bench_rows_package_orjson(timed, as_json):
    pytest.importorskip("orjson")
    timed(lambda: alerts(read_rows(as_json), ZTF))


@ROWS
@pytest.mark.usefixtures("without_orjson")
def bench_rows_package_standard_library(timed, as_json):
    assert len(_json_readers()) == 1
    timed(lambda: alerts(read_rows(as_json), ZTF))


@LIMITS
def bench_limits_recipe(timed, recipe, with_limits):
    table = timed(lambda: recipe.table(with_limits))
    assert wrong_ids(table, with_limits) > 0, "the recipe has become right; the page says that it is not"


@LIMITS
def bench_limits_package(timed, with_limits):
    table = timed(lambda: alerts(read_rows(with_limits), ZTF, extra=["d:tag"]))
    assert wrong_ids(table, with_limits) == 0


def wrong_ids(table, body):
    """The number of ids in a table that differ from the ids in the body."""
    sent = read_rows(body)
    pairs = [pair for name in IDS for pair in zip(table[name].tolist(), sent[name], strict=True)]
    return sum(got is None or int(got) != int(value) for got, value in pairs if value not in NO_ID)

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows of several versions of Rubin's alert schema in one response, one file or one folder."""

import json

import astropy.units as u
import numpy as np
import pytest
from astropy.table import vstack
from astroquery.exceptions import NoResultsWarning
from bodies import parquet_of
from replay import Replay, always, client_of

from astroquery_fink import conf, transfer
from astroquery_fink.surveys import LSST

OBJECT, STAR = 170000000000000001, 170000000000000002
NEW = ["r:exposureTime", "r:trailAlgorithm", "r:trail_flag", "r:reliabilityVersion"]
DTYPES = ["float64", "int64", "bool", "str"]
VERSION = "f:lsst_schema_version"
ID, SOURCE, TIME = "r:diaObjectId", "r:diaSourceId", "r:midpointMjdTai"


def row(number, time, **values):
    return {ID: OBJECT, SOURCE: 171000000000000000 + number, TIME: time} | {
        f"r:{name}": value for name, value in values.items()
    }


OLD = {"exposureTime": None, "trailAlgorithm": None, "trail_flag": "nan", "reliabilityVersion": "nan"}
ROWS = [
    row(3, 61300.25, exposureTime=None, trailAlgorithm=2, trail_flag=False, reliabilityVersion="0.3"),
    row(2, 61200.25, exposureTime=29.8, trailAlgorithm=1, trail_flag=True, reliabilityVersion="0.3"),
    row(1, 61100.25, **OLD),
]


def check(table):
    """The four columns have one dtype each, and are masked where a row has no value."""
    assert table["r:exposureTime"].tolist() == [None, 29.8, None]
    assert table["r:trailAlgorithm"].tolist() == [2, 1, None]
    assert table["r:trail_flag"].tolist() == [False, True, None]
    assert table["r:reliabilityVersion"].tolist() == ["0.3", "0.3", None]
    assert [table[name].dtype.kind for name in NEW] == ["f", "i", "b", "U"]
    assert np.isnan(table["r:exposureTime"].data.data[[0, 2]]).all()


@pytest.fixture
def mixed(tmp_path):
    """A client of a server that cannot write the rows of both schemas as Parquet, and the server."""
    pytest.importorskip("pyarrow")

    def answer(method, path, payload):
        if payload["output-format"] == "parquet":
            return 500, "application/json", b'{"message": "Internal Server Error"}'
        return 200, "application/json", json.dumps(ROWS).encode()

    with Replay(answer) as server, conf.set_temp("response_format", "auto"):
        yield client_of(server, tmp_path, survey="lsst"), server


@pytest.mark.parametrize("name", NEW)
def test_a_new_column_has_a_type_and_belongs_to_a_full_row(name):
    facts = LSST.facts[name]
    assert facts.dtype == dict(zip(NEW, DTYPES, strict=True))[name]
    assert facts.unit == (u.s if name == "r:exposureTime" else None)
    assert facts.full
    assert "11.1" in facts.description


def test_errors_of_right_ascension_are_on_the_sky():
    for name in ("r:raErr", "r:trailRaErr", "r:ra_dec_Cov"):
        assert "RA cos(Dec)" in LSST.facts[name].description


def test_a_text_nan_beside_truths_and_versions_is_masked_in_json(tmp_path):
    answer = always(200, "application/json", json.dumps(ROWS).encode())
    with Replay(answer) as server, conf.set_temp("response_format", "json"):
        check(client_of(server, tmp_path, survey="lsst").query_object(OBJECT))


@pytest.mark.parametrize("rows", [[0, 1], [2], [0, 1, 2]])
def test_parquet_gives_the_columns_of_json(tmp_path, rows):
    """Text stands for truths where the server mixed them; rows of the old schema alone have nulls."""
    pytest.importorskip("pyarrow")
    sent = [dict(ROWS[number]) for number in rows]
    for one in sent if len(rows) == 3 else ():
        one["r:trail_flag"] = str(one["r:trail_flag"])
    for one in sent if rows == [2] else ():
        one["r:trail_flag"] = one["r:reliabilityVersion"] = None
    tables = []
    for form, body in (
        ("json", json.dumps(sent).encode()),
        ("parquet", parquet_of({name: [one[name] for one in sent] for name in sent[0]})),
    ):
        with Replay(always(200, form, body)) as server, conf.set_temp("response_format", form):
            tables.append(client_of(server, tmp_path / form, survey="lsst").query_object(OBJECT))
    one, other = tables
    assert [one[name].dtype.kind for name in NEW] == [other[name].dtype.kind for name in NEW]
    assert [one[name].tolist() for name in NEW] == [other[name].tolist() for name in NEW]


@pytest.mark.parametrize("method", ["query_object", "query_objects"])
def test_rows_that_parquet_cannot_hold_cost_one_more_request_and_say_that_they_are_rounded(mixed, method):
    client, server = mixed
    for cached in (False, True):
        table = getattr(client, method)(OBJECT)
        check(table)
        assert (table.meta["cached"], table.meta["rounded"]) == (cached, True)
    assert [payload["output-format"] for _, _, payload in server.requests] == ["parquet", "json"]


def test_json_is_requested_even_if_one_attempt_is_all(mixed):
    client, server = mixed
    with conf.set_temp("attempts", 1):
        check(client.query_object(OBJECT))
    assert [payload["output-format"] for _, _, payload in server.requests] == ["parquet", "json"]


def test_json_for_many_batches_uses_up_no_retries(mixed):
    client, server = mixed
    ids = [OBJECT + number for number in range(12)]
    everyone = [ROWS[0] | {ID: objectid, SOURCE: objectid} for objectid in ids]

    def answer(method, path, payload):
        if payload["output-format"] == "parquet":
            return 500, "application/json", b"{}"
        asked = payload["diaObjectId"].split(",")
        found = [one for one in everyone if str(one[ID]) in asked]
        return 200, "application/json", json.dumps(found).encode()

    server.answer = answer
    with conf.set_temp("batch_size", 2), conf.set_temp("batch_retries", 1):
        assert client.query_objects(ids)[ID].tolist() == ids
    assert len(server.requests) == 12


def test_the_simulated_alerts_of_all_schemas_are_one_table(fink_lsst):
    pytest.importorskip("pyarrow")
    table = fink_lsst.query_object(STAR)
    new = table[VERSION] == "lsst.v11_1"
    assert 0 < new.sum() < len(table)
    assert table.meta["rounded"]
    for name in NEW[1:]:
        assert (np.ma.getmaskarray(table[name]) == ~new).all()
    named = fink_lsst.query_object(STAR, columns=[ID, TIME, "r:raErr"])
    assert not named.meta["rounded"]


def test_an_empty_table_has_the_new_columns(tmp_path):
    answer = always(200, "application/json", b"[]")
    with Replay(answer) as server, pytest.warns(NoResultsWarning, match="Fink has no alert"):
        table = client_of(server, tmp_path, survey="lsst").query_object(OBJECT)
    assert set(NEW) < set(table.colnames)
    assert [table[name].dtype.kind for name in NEW] == ["f", "i", "b", "U"]


# Data Transfer


def packet(table, names):
    """Alerts as a transfer holds them: a struct of measurements, a null where a row has no value."""
    import pyarrow as pa

    kinds = {"f": pa.float32(), "i": pa.int64(), "b": pa.bool_(), "U": pa.string()}
    members = {
        name.partition(":")[2]: pa.array(table[name].tolist(), kinds[table[name].dtype.kind])
        for name in names
    }
    members["midpointMjdTai"] = pa.array(table[TIME].tolist(), pa.float64())
    source = pa.StructArray.from_arrays(list(members.values()), list(members))
    return pa.table({"diaSource": source, "lsst_schema_version": table[VERSION].tolist()})


def test_a_transfer_of_old_and_new_packets_is_the_table_of_the_service(fink_lsst, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = fink_lsst.query_object(STAR)
    table["r:exposureTime"][0] = 29.5
    new = table[VERSION] == "lsst.v11_1"
    keys = [ID, SOURCE, TIME]
    for number, (rows, names) in enumerate(((table[new], [*keys, *NEW]), (table[~new], keys))):
        parquet.write_table(packet(rows, names), tmp_path / f"part-{number}.parquet")
    read = transfer.read(tmp_path, survey="lsst")
    for name in [*keys, *NEW, VERSION]:
        assert read[name].tolist() == table[name].tolist(), name
        assert read[name].dtype.kind == table[name].dtype.kind
        assert (read[name].unit, read[name].description) == (table[name].unit, table[name].description)
    assert vstack([read[SOURCE, NEW[2]], table[SOURCE, NEW[2]]])[NEW[2]].dtype == bool

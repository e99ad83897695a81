# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alerts of live topics come as Tables, with the columns and values of the REST service."""

import json
import re

import numpy as np
import pytest
from astroquery.exceptions import CorruptDataWarning, NoResultsWarning

from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import SURVEYS

pytest.importorskip("confluent_kafka")
pytest.importorskip("pyarrow")
pytest.importorskip("yaml")
pytest.importorskip("fastavro")

from live_topics import (  # noqa: E402
    FIELDS,
    NEWER,
    as_one,
    committed,
    encoded,
    ids,
    key,
    nullable,
    produce,
    received,
    record,
    topic_of_30,
)


@pytest.fixture
def topic(shared_broker):
    return topic_of_30(shared_broker)


@pytest.fixture
def live(shared_broker, topic):
    """The Tables of this topic for a group of this test."""
    return lambda **options: received(shared_broker, topic, **{"group": topic} | options)


# Tables


def test_tables_have_units_masks_exact_ids_and_decimals(live, topic):
    table = as_one(live())
    assert table.colnames == ["i:objectId", "i:candid", "i:jd", "i:fid", "i:magpsf", "d:cdsxmatch"]
    assert sorted(ids(table)) == list(range(30))
    assert table["i:candid"].dtype == np.int64
    assert table["i:magpsf"].unit == "mag"
    assert table["i:magpsf"].description
    assert set(table["i:magpsf"].tolist()) == {18.1}
    table.sort("i:candid")
    assert table["d:cdsxmatch"].mask.tolist() == [bool(number % 3) for number in range(30)]


def test_a_table_says_where_it_came_from(live, topic, shared_broker):
    meta = next(live()).meta
    assert meta["topic"] == topic
    assert meta["survey"] == "ztf"
    assert meta["servers"] == shared_broker.servers
    assert meta["undecoded"] == 0


def test_tables_have_at_most_max_rows(live):
    lengths = [len(table) for table in live(max_rows=7)]
    assert sum(lengths) == 30
    assert max(lengths) <= 7


def test_alerts_of_a_partition_keep_their_order(shared_broker):
    produce(shared_broker, "fink_order_ztf", range(20), partitions=3)
    produce(shared_broker, "fink_order_ztf", range(20, 40), NEWER, partitions=3)
    produce(shared_broker, "fink_order_ztf", range(40, 60), partitions=3)
    assert ids(received(shared_broker, "fink_order_ztf")) == list(range(60))


def test_all_tables_have_the_requested_columns(live):
    tables = list(live(columns=["jd", "d:cdsxmatch", "i:fid"], max_rows=4))
    assert {tuple(table.colnames) for table in tables} == {("i:jd", "d:cdsxmatch", "i:fid")}
    assert len({str(table.dtype["i:fid"]) for table in tables}) == 1


def test_requested_columns_that_a_topic_lacks_are_masked_with_one_warning(live, topic):
    with pytest.warns(NoResultsWarning, match=f"{topic}.*i:drb") as caught:
        tables = list(live(columns="candid,drb", max_rows=10))
    assert len(caught) == 1
    assert all(table["i:drb"].mask.all() for table in tables)
    assert tables[0]["i:drb"].dtype == np.float64


def test_an_unknown_column_is_refused_before_any_alert_comes(live):
    with pytest.raises(FinkQueryError, match="'cdsxmach' is not a valid column.*Did you mean d:cdsxmatch"):
        live(columns="cdsxmach")


def test_a_column_that_is_new_at_fink_can_be_requested(shared_broker):
    produce(shared_broker, "fink_new_ztf", range(5), NEWER)
    table = as_one(received(shared_broker, "fink_new_ztf", columns="candid,new_score"))
    assert table["d:new_score"].tolist() == [number / 2 for number in ids(table)]


def test_each_table_has_alerts_of_one_topic(shared_broker):
    names = ["fink_several1_ztf", "fink_several2_ztf"]
    produce(shared_broker, names[0], range(10))
    produce(shared_broker, names[1], range(10, 30), NEWER)
    found = {name: [] for name in names}
    for table in received(shared_broker, names):
        found[table.meta["topic"]] += ids(table)
    assert {name: sorted(numbers) for name, numbers in found.items()} == {
        names[0]: list(range(10)),
        names[1]: list(range(10, 30)),
    }


def test_a_schema_may_change_inside_a_topic(shared_broker):
    produce(shared_broker, "fink_change_ztf", range(10))
    produce(shared_broker, "fink_change_ztf", range(10, 20), NEWER)
    table = as_one(received(shared_broker, "fink_change_ztf"))
    table.sort("i:candid")
    assert ids(table) == list(range(20))
    assert table["d:new_score"].mask.tolist() == [True] * 10 + [False] * 10


def test_many_schemas_are_decoded(shared_broker):
    schemas = [record("alert", *FIELDS, nullable(f"score{number}", "double")) for number in range(20)]
    alerts = [encoded(number, schema) for number, schema in enumerate(schemas)]
    shared_broker.produce("fink_schemas_ztf", alerts, keys=list(map(key, schemas)))
    assert sorted(ids(received(shared_broker, "fink_schemas_ztf"))) == list(range(20))


# The same rows as in the REST service


def box_and_client(request, survey):
    suffix = "" if survey == "ztf" else "_lsst"
    return request.getfixturevalue(f"box{suffix}"), request.getfixturevalue(f"fink{suffix}")


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_rows_are_those_of_the_rest_service(request, survey):
    box, client = box_and_client(request, survey)
    facts = SURVEYS[survey]
    with box.stream_topic(n=40) as simulated:
        table = as_one(received(simulated, simulated.topic))
    rest = client.query_objects(object_ids_of(table, facts))
    rows = {number: row for row, number in enumerate(rest[facts.columns.alert_id].tolist())}
    known = [row for row, number in enumerate(table[facts.columns.alert_id].tolist()) if number in rows]
    same_in_rest = rest[[rows[number] for number in table[facts.columns.alert_id][known].tolist()]]
    assert len(known) > 20
    names = [name for name in rest.colnames if name in table.colnames]
    assert len(names) > 100
    for name in names:
        assert_same_column(table[name][known], same_in_rest[name])
    if facts.solar_system.id is not None:  # asteroids have no object id
        assert (np.ma.getmaskarray(table[facts.columns.object_id]) != table[facts.solar_system.id].mask).all()


def object_ids_of(table, facts):
    """The ids of the objects of alerts, without those of the Solar System."""
    ids = table[facts.columns.object_id]
    return np.unique(ids[~np.ma.getmaskarray(ids)]).tolist()


def assert_same_column(found, expected):
    """Equal cells, up to the decimals of the REST service's numbers; equal units and masks."""
    assert (found.unit, found.description, found.dtype.kind) == (
        expected.unit,
        expected.description,
        expected.dtype.kind,
    )
    masks = np.ma.getmaskarray(found), np.ma.getmaskarray(expected)
    assert masks[0].tolist() == masks[1].tolist()
    values = np.ma.getdata(found)[~masks[0]], np.ma.getdata(expected)[~masks[0]]
    if found.dtype.kind == "f":
        np.testing.assert_allclose(*values, rtol=1e-7, atol=1e-10)
    else:
        assert values[0].tolist() == values[1].tolist()


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_cutouts_are_those_of_the_rest_service(request, survey):
    box, client = box_and_client(request, survey)
    with box.stream_topic(n=12) as simulated:
        table = as_one(received(simulated, simulated.topic, withcutouts=True))
    images = client.get_images(table[:3])
    for kind, name in SURVEYS[survey].cutouts.columns.items():
        assert table[name].unit == images[0][kind.upper()].header["BUNIT"]
        for row, hdus in enumerate(images):
            np.testing.assert_array_equal(table[name][row], hdus[kind.upper()].data)


def test_broken_cutouts_are_masked(shared_broker):
    produce(shared_broker, "fink_cutouts_ztf", range(3))
    with pytest.warns(CorruptDataWarning, match="masked [123] cutout"):
        table = as_one(received(shared_broker, "fink_cutouts_ztf", withcutouts=True))
    names = [f"b:cutout{kind}_stampData" for kind in ("Science", "Template", "Difference")]
    assert table.colnames[-3:] == names
    assert all(table[name].mask.all() for name in names)


# Where


def test_where_keeps_alerts_and_counts_masked_values_as_false(live, topic, shared_broker):
    tables = live(where=lambda table: table["d:cdsxmatch"] == "Star")
    assert sorted(ids(tables)) == list(range(0, 30, 3))
    assert committed(shared_broker, topic, topic) == 30


def test_a_table_without_any_alert_left_is_skipped_and_committed(live, topic, shared_broker):
    assert list(live(where=lambda table: table["i:magpsf"] > 20)) == []
    assert committed(shared_broker, topic, topic) == 30


@pytest.mark.parametrize(
    "where", [lambda table: True, lambda table: [1] * len(table), lambda table: [True], lambda table: None]
)
def test_where_must_return_a_bool_per_row(live, where):
    with pytest.raises(FinkQueryError, match="where returned .* one True or False per row"):
        list(live(where=where))


def test_alerts_come_again_after_an_error_of_where(live):
    with pytest.raises(ZeroDivisionError):
        list(live(where=lambda table: 1 / 0))
    assert len(ids(live())) == 30


# Broken messages


def test_broken_messages_are_left_out_and_named(shared_broker):
    name = "fink_broken_ztf"
    produce(shared_broker, name, range(3), partitions=0)
    good = encoded(3)
    shared_broker.produce(name, [good[:-4], good + b"x", b"", b"\xff" * 50], keys=key(), partitions=1)
    shared_broker.produce(name, [good, good], keys=[b"no schema", b"\xff{}"], partitions=2)
    shared_broker.produce(name, [good], partitions=3)
    shared_broker.produce(name, [good], keys=json.dumps("string").encode(), partitions=3)
    produce(shared_broker, name, range(3, 6), partitions=4)
    with pytest.warns(CorruptDataWarning, match=name) as warned:
        tables = list(received(shared_broker, name))
    assert sorted(ids(tables)) == list(range(6))
    assert broken_in(warned) == ["1:0", "1:1", "1:2", "1:3", "2:0", "2:1", "3:0", "3:1"]
    assert committed(shared_broker, name) == 14


def broken_in(warned):
    """Partition and offset of all messages that warnings name, which must also count them."""
    texts = [str(warning.message) for warning in warned]
    places = [re.findall(r"\d+:\d+", text) for text in texts]
    assert [int(re.search(r"(\d+) message", text)[1]) for text in texts] == list(map(len, places))
    return sorted(sum(places, []))


def test_tables_count_the_messages_that_are_left_out(shared_broker):
    name = "fink_one_broken_ztf"
    shared_broker.produce(name, [encoded(0), b"x", encoded(1)], keys=key(), partitions=0)
    with pytest.warns(CorruptDataWarning, match="1 message"):
        tables = list(received(shared_broker, name))
    assert sorted(ids(tables)) == [0, 1]
    assert sum(table.meta["undecoded"] for table in tables) == 1


def test_a_topic_of_broken_messages_only_ends(shared_broker):
    shared_broker.produce("fink_all_broken_ztf", [b"x"] * 5, keys=key())
    with pytest.warns(CorruptDataWarning, match="fink_all_broken_ztf") as warned:
        assert list(received(shared_broker, "fink_all_broken_ztf")) == []
    assert len(broken_in(warned)) == 5
    assert list(received(shared_broker, "fink_all_broken_ztf")) == []

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same alert has equal values by the REST service and by Data Transfer, however it is read."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from astropy.table import Table, vstack
from astroquery.exceptions import InputWarning
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import assert_equal, masks, quick

from astroquery_fink import transfer
from astroquery_fink.surveys import SURVEYS

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("fastavro")

OBJECTS = {
    "ztf": ["ZTF99simrrly", "ZTF99simastr", "ZTF99simsnia"],
    "lsst": [
        "170000000000000001",
        "170000000000000008",
    ],  # the service sends others as JSON, with ten decimals
}
MOST = 25  # alerts of an object
# Columns of the REST service that no packet has: those that it computes for each request.
NOT_IN_PACKETS = {
    "ztf": {
        "v:rate",
        "v:sigma(rate)",
        "v:g-r",
        "v:sigma(g-r)",
        "v:rate(g-r)",
        "v:sigma(rate(g-r))",
        "v:lastdate",
        "v:firstdate",
        "v:lapse",
        "v:constellation",
    },
    "lsst": {"r:salt"},
}
# Columns of packets that the REST service has under no name: what Fink notes about the processing, and
# features of light curves. Other columns of packets are those of other endpoints.
NOT_IN_ALERTS = {
    "ztf": set(),
    "lsst": {
        *("f:publisher", "f:lc_features", "f:tns_type_recomputed"),
        *("f:brokerStartProcessTimestamp", "f:brokerEndProcessTimestamp"),
        *("f:brokerIngestTimestamp", "f:brokerIngestMjd"),
        "r:unpacked_primary_provisional_designation",
    },
}


@dataclass
class Alerts:
    """Some alerts: their packets without cutouts, and the Table of the REST service, in the same order."""

    survey: str
    source: Any
    packets: list[dict[str, Any]]
    rest: Table

    def write(self, folder, content, rows, parts):
        """Write packets of a content into one file per part."""
        for part in sorted(set(parts)):
            numbers = [row for row, one in zip(rows, parts, strict=True) if one == part]
            layout = self.source.content_of(content, False)
            write(folder, layout, [layout.pick(self.packets[row]) for row in numbers], part)


def write(folder, content, packets, part=0):
    """Write packets into a file as a download does: from Avro, by the decoder, into Parquet."""
    from astroquery_fink.avro import Decoder
    from fink_sandbox.avro.encode import encoder

    encode = encoder(content.schema)
    decoder = Decoder(content.schema, leave_out=["cutoutScience", "cutoutTemplate", "cutoutDifference"])
    batch, decoded = decoder.decode([encode(packet) for packet in packets])
    assert decoded.all()
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_batches([batch]), folder / f"part-{part:02}-{0:012}-{9:012}.parquet")


@pytest.fixture(scope="module", params=SURVEYS)
def alerts(request, tmp_path_factory):
    from astroquery_fink import FinkClass

    survey = request.param
    box = request.getfixturevalue("box" if survey == "ztf" else "box_lsst")
    client = FinkClass(server=box.url, survey=survey)
    client.cache_location = tmp_path_factory.mktemp("cache")
    source, packets = box._packets, []
    content = source.content_of("medium", False)
    for name in OBJECTS[survey]:
        rows = range(min(MOST, source.rows_of(source.survey, name)))
        packets += source.packets_of(source.survey, name, rows, content)
    return Alerts(survey, source, packets, in_order(client.query_objects(OBJECTS[survey]), packets, survey))


def in_order(table, packets, survey):
    """The rows of the alerts of these packets."""
    key = SURVEYS[survey].columns.alert_id
    rows = {number: row for row, number in enumerate(table[key].tolist())}
    field = key.partition(":")[2]
    return table[[rows[packet[field]] for packet in packets]]


def narrow(table):
    """Texts as wide as the longest of their column."""
    table = table.copy()
    for name in table.colnames:
        if table[name].dtype.kind == "U":
            texts = np.array(np.ma.getdata(table[name]).tolist(), "U")
            table[name] = np.ma.MaskedArray(texts, masks(table[name]))
    return table


def same(found, expected, key):
    """Equal cells, dtypes, units and masks in the columns that both have, whatever the order of the rows."""
    assert len(found) == len(expected)
    names = [name for name in found.colnames if name in expected.colnames]
    found, expected = (table[np.argsort(table[key], kind="stable")][names] for table in (found, expected))
    assert_equal(narrow(found), narrow(expected))


def chosen_fields(alerts):
    """Fields that a user may choose, such as ``"candidate.magpsf"``, which comes as ``magpsf``."""
    records = {"ztf": ["candidate"], "lsst": ["diaSource", "xm", "clf", "pred", "misc"]}[alerts.survey]
    packet = alerts.packets[0]
    inside = [f"{record}.{name}" for record in records for name in packet[record]]
    plain = [name for name, value in packet.items() if not isinstance(value, dict | list | type(None))]
    last = [name.rpartition(".")[2] for name in [*plain, *inside]]
    return [name for name in [*plain, *inside] if last.count(name.rpartition(".")[2]) == 1]


KEYS = {
    "ztf": ["objectId", "candid"],
    "lsst": ["diaObject.diaObjectId", "diaSourceId", "diaSource.midpointMjdTai"],
}


@st.composite
def transfers(draw, alerts):
    """Content of packets, some alerts, and the file of each."""
    fields = st.lists(st.sampled_from(chosen_fields(alerts)), min_size=1, max_size=12)
    own = fields.map(lambda names: list(dict.fromkeys([*KEYS[alerts.survey], *names])))
    content = draw(st.sampled_from(["medium", "light"]) | own)
    rows = draw(st.lists(st.integers(0, len(alerts.packets) - 1), min_size=1, max_size=12, unique=True))
    parts = draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    return content, rows, parts


@settings(quick, max_examples=10)
@given(data=st.data())
def test_the_same_alert_has_equal_values_by_rest_and_by_transfer(alerts, tmp_path_factory, data):
    content, rows, parts = data.draw(transfers(alerts))
    place = tmp_path_factory.mktemp("rows")
    alerts.write(place / "folder", content, rows, parts)
    expected, key = alerts.rest[rows], SURVEYS[alerts.survey].columns.alert_id
    table = transfer.read(place / "folder")
    same(table, expected, key)
    available = [name for name in table.colnames if name in expected.colnames]
    columns = data.draw(st.none() | st.lists(st.sampled_from(available), min_size=1, max_size=5, unique=True))
    asked = None if columns is None else [*columns, key]
    with warnings.catch_warnings(action="ignore", category=InputWarning):  # no column of Solar System objects
        transfer.compact(place / "folder", place / "compact", memory=data.draw(st.sampled_from([1e-6, 0.1])))
    for folder in ("folder", "compact"):
        tables = list(transfer.batches(place / folder, columns=asked, rows=data.draw(st.integers(1, 12))))
        read = transfer.read(place / folder, columns=asked)
        same(read, expected, key)
        same(vstack(tables, metadata_conflicts="silent"), expected, key)
        assert set(asked or available) <= set(read.colnames)


def test_whole_packets_have_all_columns_but_those_that_are_named_here(alerts, tmp_path):
    alerts.write(tmp_path / "folder", "medium", range(len(alerts.packets)), [0] * len(alerts.packets))
    names = set(transfer.read(tmp_path / "folder").colnames)
    of_others = {name for name, facts in SURVEYS[alerts.survey].facts.items() if facts.tables}
    assert set(alerts.rest.colnames) - names == NOT_IN_PACKETS[alerts.survey]
    assert names - set(alerts.rest.colnames) - of_others <= NOT_IN_ALERTS[alerts.survey]


@pytest.mark.parametrize("content", ["full", "light SSO"])
def test_alerts_of_an_asteroid_are_those_of_query_sso(box_lsst, fink_lsst, tmp_path, content):
    source = box_lsst._packets
    name = source.objects(source.survey, "light SSO")[0]
    layout = source.content_of(content, False)
    write(tmp_path / "folder", layout, source.packets_of(source.survey, name, range(8), layout))
    expected = fink_lsst.query_sso(name)
    report = transfer.compact(tmp_path / "folder", tmp_path / "compact")
    assert (report.objects, report.solar_system_objects, report.without_object) == (0, 1, 0)
    for folder in ("folder", "compact"):
        table = transfer.read(tmp_path / folder)
        numbers = expected["r:diaSourceId"].tolist()
        same(table, expected[[number in table["r:diaSourceId"] for number in numbers]], "r:diaSourceId")
        assert "r:packed_primary_provisional_designation" in table.colnames


def test_a_downloaded_topic_has_the_rows_of_the_rest_service(box, fink, tmp_path):
    for package in ("confluent_kafka", "filelock", "loky"):
        pytest.importorskip(package)
    with box.transfer_topic(OBJECTS["ztf"], content="full", n=30) as topic:
        transfer.download(topic.topic, tmp_path / "folder", servers=topic.servers, processes=1)
    table, expected = transfer.read(tmp_path / "folder"), fink.query_objects(OBJECTS["ztf"])
    same(table, expected[np.isin(expected["i:candid"], table["i:candid"])], "i:candid")
    assert len(table) == 30

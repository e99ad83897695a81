"""Numbers of alerts by night."""

import json
from datetime import date, datetime

import numpy as np
import pytest
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError, NoResultsWarning
from recordings import recording
from replay import Replay, always, as_json, client_of

from astroquery_fink import FinkClass

pytestmark = pytest.mark.usefixtures("in_json")
BASIC = ["basic:raw", "basic:sci", "basic:n_g", "basic:n_r", "basic:exposures", "basic:fields", "basic:date"]
NIGHT = {
    "class:Unknown": "50000",
    "basic:raw": "200001",
    "basic:sci": "140001",
    "class:SN candidate": "120",
    "basic:date": "20260321",
    "key:key": "ztf_20260321",
    "key:time": "1774051200500",
}
EARLIER = {"key:key": "ztf_20260320", "basic:raw": 0, "basic:sci": "7", "class:AGN": "3"}


@pytest.fixture
def query(tmp_path):
    """Query a server with these nights; return the Table and the payload."""

    def ask(rows, *arguments, **keywords):
        with Replay(always(*as_json(rows))) as server:
            table = client_of(server, tmp_path).query_statistics(*arguments, cache=False, **keywords)
        return table, server.requests[0][2]

    return ask


def nights(value):
    return FinkClass().query_statistics(value, get_query_payload=True)["date"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("", ""),
        ("2026", "2026"),
        ("202603", "202603"),
        ("20260321", "20260321"),
        ("2026-03", "202603"),
        ("2026-03-21", "20260321"),
        (" 2026 ", "2026"),
        (date(2026, 3, 21), "20260321"),
        (datetime(2026, 3, 21, 23, 59), "20260321"),
        (Time("2026-03-21T08:00:00"), "20260321"),
        (Time(2461120.75, format="jd"), "20260321"),
    ],
)
def test_nights_in_the_server_s_words(value, sent):
    assert nights(value) == sent


@pytest.mark.parametrize(
    "value",
    [
        *("26", "2026032", "202613", "20260230", "2026-0321", "202603-21", "2026/03", "all"),
        *("ztf_20260321", 2026, None, 1.5),
    ],
)
def test_other_words_are_refused(value):
    with pytest.raises(
        InvalidQueryError, match="date=.* is not a valid night, month or year: give 'YYYYMMDD'"
    ):
        nights(value)


def test_the_question_says_no_more_than_it_must():
    assert FinkClass().query_statistics(get_query_payload=True) == {"date": "", "output-format": "json"}


def test_one_row_a_night_in_order_with_numbers_for_text(query):
    table, _ = query([NIGHT, EARLIER])
    assert table.colnames == [
        "key:key", *BASIC, "class:AGN", "class:SN candidate", "class:Unknown", "key:time",
    ]  # fmt: skip
    assert table["basic:sci"].tolist() == [7, 140001]
    assert table["class:Unknown"].tolist() == [None, 50000]
    for name in table.colnames:
        if name not in ("key:key", "key:time", "basic:date"):
            assert table[name].dtype == np.int64, name
    assert table["basic:sci"].sum().dtype == np.int64


def test_nights_are_dates(query):
    table, _ = query([NIGHT, EARLIER])
    assert isinstance(table["key:key"], Time)
    assert list(table["key:key"].value) == ["2026-03-20", "2026-03-21"]
    assert table["basic:date"][1] == Time("2026-03-21T00:00:00")
    assert table["basic:date"].mask.tolist() == table["key:time"].mask.tolist() == [True, False]
    assert table["key:time"][1].iso == "2026-03-21 00:00:00.500"
    assert "night" in table["key:key"].info.description


def test_what_is_no_date_is_masked(query):
    table, _ = query([NIGHT, EARLIER | {"basic:date": "20261340"}])
    assert table["basic:date"].mask.tolist() == [True, False]


def test_columns_asked_for_and_the_night(query):
    table, sent = query([NIGHT, EARLIER], "2026", columns="sci,class:AGN,key:key")
    assert table.colnames == ["key:key", "basic:sci", "class:AGN"]
    assert sent["columns"] == "basic:sci,class:AGN,basic:raw"


def test_a_class_without_alerts_is_told_and_masked(query):
    with pytest.warns(NoResultsWarning, match="class:Kilonova"):
        table, _ = query([NIGHT], columns=["class:Kilonova candidate"])
    assert table["class:Kilonova candidate"].mask.all()
    assert table["class:Kilonova candidate"].dtype == np.int64


def test_unknown_columns_are_refused_with_the_nearest():
    with pytest.raises(InvalidQueryError, match="basic:exposure'.* Did you mean basic:exposures"):
        FinkClass().query_statistics(columns="basic:exposure", get_query_payload=True)


def test_nights_without_alerts(query):
    with pytest.warns(NoResultsWarning, match="19990101"):
        table, _ = query([], "19990101")
    assert table.colnames == ["key:key", *BASIC, "key:time"]
    assert len(table) == 0
    assert isinstance(table["key:key"], Time)
    assert table["basic:raw"].dtype == np.int64


def test_a_table_can_be_written_and_read(query, tmp_path):
    from astropy.table import Table

    table, _ = query([NIGHT])
    table.write(tmp_path / "nights.ecsv")
    assert Table.read(tmp_path / "nights.ecsv")["key:key"][0] == Time("2026-03-21T00:00:00")


def test_async_returns_the_reply_unread(tmp_path):
    with Replay(lambda *_: (200, "application/json", b"[]")) as server:
        client = client_of(server, tmp_path)
        assert client.query_statistics_async("2026").content == b"[]"
    assert client.query_statistics_async("2026", get_query_payload=True)["date"] == "2026"


@pytest.mark.recorded
def test_a_month_of_the_real_server(tmp_path):
    asked, reply = recording("statistics_json")
    with Replay(lambda *_: reply) as server:
        table = client_of(server, tmp_path).query_statistics("2026-03")
    assert server.requests[0][2] == asked
    rows = json.loads(reply[2])
    for name in (name for name in rows[0] if name.startswith(("basic:n", "basic:sci", "class:"))):
        assert table[name].tolist() == [int(row[name]) for row in rows]
    assert list(table["key:key"].value) == [f"2026-03-{day}" for day in range(21, 26)]


def test_a_class_whose_name_holds_a_blank_is_found(fink):
    table = fink.query_statistics("2025-03", columns="class:SN candidate")
    assert table["class:SN candidate"].sum() > 0


def counts_in(table):
    """The names of the columns of numbers, after a check of their dtypes; texts are versions of programs."""
    kinds = {name: getattr(table[name], "dtype", None) for name in table.colnames}
    numbers = [name for name, kind in kinds.items() if kind is not None and kind.kind != "U"]
    assert {kinds[name] for name in numbers} == {np.dtype("int64")}
    others = set(table.colnames) - set(numbers)
    assert all(name.endswith(("_version", "night", "key:key", "key:time", "basic:date")) for name in others)
    return numbers


def test_every_column_of_a_night_is_described_and_each_number_is_an_integer(fink, fink_lsst):
    for client, least in ((fink, 8), (fink_lsst, 18)):
        table = client.query_statistics("2025-03")
        assert len(counts_in(table)) >= least
        assert all(table[name].info.description for name in table.colnames)


def test_new_classes_and_new_numbers_of_ztf_are_described_integers(query):
    new = {"class:Kilonova candidate": "3", "basic:frames": "12", "class:(TNS) SN Ia": None}
    table, _ = query([NIGHT | new, EARLIER])
    assert table["class:Kilonova candidate"].tolist() == [None, 3]
    assert table["class:Kilonova candidate"].description == "Alerts of the class Kilonova candidate"
    assert table["basic:frames"].description == "A number of the night: frames"
    assert {table[name].dtype for name in new} == {np.dtype("int64")}


def test_a_new_text_of_rubin_s_nights_stays_text(tmp_path):
    rows = [{"f:night": "20260305", "f:alerts": "7", "f:model_version": "v2", "f:alerts_w": "4"}]
    with Replay(always(*as_json(rows))) as server:
        table = client_of(server, tmp_path, survey="lsst").query_statistics("2026")
    assert table["f:model_version"].tolist() == ["v2"]
    assert table["f:alerts_w"].dtype == np.int64

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves of Solar System objects from the monthly tables."""

from datetime import UTC, datetime

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import CorruptDataWarning, LargeQueryWarning, NoResultsWarning
from bodies import arrow_of, parquet_of
from replay import as_json, client_of

from astroquery_fink import FinkClass
from astroquery_fink.exceptions import (
    FailedIdsWarning,
    FinkQueryError,
    FinkServiceError,
)
from astroquery_fink.http.clock import Clock
from astroquery_fink.surveys import SURVEYS
from astroquery_fink.tables import decode

pytest.importorskip("pyarrow")

NOVEMBER, JANUARY = (datetime(*day, tzinfo=UTC).timestamp() for day in ((2026, 11, 26), (2027, 1, 3)))
CURVES = {
    "8467": {"cjd": [10.5, 12.5, 11.5], "cmagpsf": [18.0, float("nan"), 18.2], "cfid": [1, 2, 1]}
    | {"RA": [1.0, 3.0, 2.0], "Phase": [5.0, 7.0, 6.0]},
    "10P": {"cjd": [20.5], "cmagpsf": [17.0], "cfid": [2], "RA": [9.0], "Phase": [1.0]},
}
NAMES = ["cjd", "cmagpsf", "cfid", "RA", "Phase"]
NO_FILE = b'{"RemoteException": {"message": "File does not exist"}}'


def table_of(names, curves=CURVES):
    """The columns of a monthly table with the rows of these objects, in this order."""
    pa = pytest.importorskip("pyarrow")
    lists = {"cfid": pa.list_(pa.int64())}
    columns = {"ssnamenr": pa.array(names, pa.string())}
    return columns | {
        column: pa.array([curves[name][column] for name in names], lists.get(column, pa.list_(pa.float64())))
        for column in NAMES
    }


def answer_with(curves=CURVES, *, broken=(), missing=()):
    """Answer as the server does; it breaks for some names, and months without table are missing."""

    def answer(method, path, payload):
        assert path == "/api/v1/ssobulk"
        if payload["version"] in missing:
            return 404, "text/html", NO_FILE
        name = payload.get("sso_name")
        if name in broken:
            return 500, "text/html", b"<h1>Internal Server Error</h1>"
        if name is None:
            return 200, "application/octet-stream", arrow_of(table_of(list(curves), curves))
        return 200, "application/parquet", parquet_of(table_of([name] if name in curves else [], curves))

    return answer


@pytest.fixture
def serve(serve):
    def start(answer=None, now=NOVEMBER, **settings):
        clock = Clock(time=lambda: now, sleep=lambda seconds: None)
        return serve(answer or answer_with(), clock=clock, **settings)

    return start


def sent(server):
    return [(payload.get("sso_name"), payload["version"]) for _, _, payload in server.requests]


def test_each_detection_is_a_row_newest_first_and_objects_are_in_the_given_order(serve):
    client, server = serve()
    table = client.query_sso_bulk("10P, 8467")
    assert table["ssnamenr"].tolist() == ["10P", "8467", "8467", "8467"]
    assert table["cjd"].tolist() == [20.5, 12.5, 11.5, 10.5]
    assert table["RA"].tolist() == [9.0, 3.0, 2.0, 1.0]
    assert sorted(sent(server)) == [("10P", "2026.11"), ("8467", "2026.11")]
    assert (table.meta["version"], table.meta["missing"], table.meta["failed"]) == ("2026.11", [], [])


def test_columns_have_units_and_types_and_missing_magnitudes_are_masked(serve):
    client, _ = serve()
    table = client.query_sso_bulk(8467)
    assert [table[name].unit for name in ("cmagpsf", "RA", "cjd")] == [u.mag, u.deg, u.day]
    assert table["cfid"].dtype == np.int64
    assert table["cmagpsf"].mask.tolist() == [True, False, False]
    assert np.isnan(table["cmagpsf"].data.data[0])


def test_as_lists_each_object_is_a_row_with_arrays_in_the_order_of_the_server(serve):
    client, _ = serve()
    table = client.query_sso_bulk([10, "8467", "10P"][1:], lists=True)
    assert table["ssnamenr"].tolist() == ["8467", "10P"]
    assert table["cjd"][0].tolist() == [10.5, 12.5, 11.5]
    assert [type(cell) for cell in table["cmagpsf"]] == [np.ndarray] * 2
    np.testing.assert_array_equal(table["cmagpsf"][0], [18.0, np.nan, 18.2])
    assert table["cfid"][0].dtype == np.int64
    assert table["cmagpsf"].unit == u.mag


def test_lists_and_rows_hold_the_same(serve):
    client, _ = serve()
    rows, lists = (client.query_sso_bulk(["8467", "10P"], lists=one) for one in (False, True))
    for name in NAMES:
        both = (
            np.ma.filled(np.ma.asarray(rows[name]).astype(float), np.nan),
            np.concatenate(list(lists[name])),
        )
        np.testing.assert_array_equal(*map(np.sort, both))


def test_one_name_is_one_payload_and_several_are_a_list():
    nowhere = FinkClass(server="http://127.0.0.1:9", clock=Clock(time=lambda: NOVEMBER))
    sent = {"sso_name": "8467", "version": "2026.11", "output-format": "parquet"}
    assert nowhere.query_sso_bulk(8467, get_query_payload=True) == sent
    several = nowhere.query_sso_bulk("8467,10P", version="2026.09", get_query_payload=True)
    assert several == [sent | {"sso_name": name, "version": "2026.09"} for name in ("8467", "10P")]


def test_a_repeated_name_is_requested_once(serve):
    client, server = serve()
    assert len(client.query_sso_bulk([8467, "8467", " 8467 "])) == 3
    assert len(server.requests) == 1


def test_a_name_that_the_table_does_not_have_is_named_with_the_column_of_names(serve):
    client, _ = serve()
    with pytest.warns(NoResultsWarning, match="table of 2026.11 has no light curve of Nobody; .*'ssnamenr'"):
        table = client.query_sso_bulk(["Nobody", "8467"])
    assert table.meta["missing"] == ["Nobody"]
    assert len(table) == 3


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_without_any_object_the_table_has_its_columns(serve, survey, lists):
    client, _ = serve(lambda *_: (200, "application/parquet", parquet_of(designation=[])), survey=survey)
    with pytest.warns(NoResultsWarning, match="no light curve of Nobody"):
        table = client.query_sso_bulk("Nobody", lists=lists)
    assert len(table) == 0
    assert table.colnames == client._survey.table("ssobulk")
    assert table["cmagpsf"].unit == u.mag
    assert (table["cra"].dtype == object) is lists


def test_rows_of_another_object_are_never_returned(serve):
    client, server = serve(lambda *_: (200, "application/parquet", parquet_of(table_of(["10P"]))))
    with pytest.raises(FinkServiceError, match="for another request: it has rows of 10P"):
        client.query_sso_bulk(8467, version="2026.10")
    assert len(server.requests) == 2


def test_json_and_parquet_give_the_same_table(serve):
    row = {"ssnamenr": "8467"} | CURVES["8467"] | {"cmagpsf": [18.0, None, 18.2]}
    tables = [
        serve(answer)[0].query_sso_bulk(8467, cache=False) for answer in (None, lambda *_: as_json([row]))
    ]
    assert tables[0].colnames == tables[1].colnames
    for name in tables[0].colnames:
        assert tables[0][name].dtype == tables[1][name].dtype
        assert tables[0][name].tolist() == tables[1][name].tolist()


# Lists that do not fit


def test_lists_of_another_length_are_masked_for_their_object_and_named(serve):
    curves = CURVES | {"8467": CURVES["8467"] | {"RA": [1.0, 3.0], "Phase": [5.0, 7.0, 6.0, 8.0]}}
    client, _ = serve(answer_with(curves))
    told = r"one value for each cjd, .* of 8467 \(RA 2, Phase 4; 3 times\)"
    with pytest.warns(CorruptDataWarning, match=told):
        table = client.query_sso_bulk("8467,10P")
    assert table["RA"].mask.tolist() == [True, True, True, False]
    assert table["Phase"].tolist() == [None, None, None, 1.0]
    assert table["cmagpsf"][2] == 18.0
    with pytest.warns(CorruptDataWarning, match=told):
        lists = client.query_sso_bulk("8467,10P", lists=True)
    assert lists["RA"].mask.tolist() == [True, False]
    assert lists["RA"][1].tolist() == [9.0]
    assert lists["cjd"][0].tolist() == [10.5, 12.5, 11.5]


def test_an_object_without_ephemerides_has_them_masked_without_a_warning(serve):
    client, _ = serve(answer_with(CURVES | {"8467": CURVES["8467"] | {"RA": None, "Phase": None}}))
    table = client.query_sso_bulk("10P,8467")
    assert table["RA"].mask.tolist() == [False, True, True, True]
    lists = client.query_sso_bulk("10P,8467", lists=True)
    assert lists["Phase"].mask.tolist() == [False, True]


def test_an_object_without_times_has_no_detections(serve):
    client, _ = serve(answer_with({"8467": dict.fromkeys(NAMES)}))
    with pytest.warns(NoResultsWarning, match="no light curve of 8467"):
        assert len(client.query_sso_bulk(8467)) == 0
    assert len(client.query_sso_bulk(8467, lists=True)["cjd"][0]) == 0


def test_a_missing_filter_in_a_list_is_masked(serve):
    client, _ = serve(answer_with({"8467": CURVES["8467"] | {"cfid": [1, None, 2]}}))
    assert client.query_sso_bulk(8467)["cfid"].tolist() == [None, 2, 1]
    assert client.query_sso_bulk(8467, lists=True)["cfid"][0].tolist() == [1, None, 2]


def test_rows_of_one_name_are_joined_and_a_repeated_row_counts_once(tmp_path, serve):
    first, second = CURVES["8467"], CURVES["10P"]
    rows = {"ssnamenr": ["8467"] * 3} | {name: [first[name], second[name], first[name]] for name in NAMES}
    client, _ = serve(lambda *_: (200, "application/parquet", parquet_of(rows)))
    assert client.query_sso_bulk(8467)["cjd"].tolist() == [20.5, 12.5, 11.5, 10.5]
    lists = client.query_sso_bulk(8467, lists=True)
    assert len(lists) == 1
    assert lists["cjd"][0].tolist() == [10.5, 12.5, 11.5, 20.5]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"ssnamenr": ["8467"]}, "without the column 'cjd'"),
        ({"cjd": [[1.5]]}, "without the column 'ssnamenr'"),
        ({"ssnamenr": ["8467"], "cjd": [1.5]}, "without lists in the column 'cjd'"),
        ({"ssnamenr": [None], "cjd": [[1.5]]}, "objects without a name"),
    ],
)
def test_a_table_of_another_form_is_an_error(serve, columns, told):
    client, _ = serve(lambda *_: (200, "application/parquet", parquet_of(columns)))
    with pytest.raises(FinkServiceError, match=told):
        client.query_sso_bulk(8467, version="2026.10")


# Months


@pytest.mark.parametrize(
    ("now", "newest", "before"), [(NOVEMBER, "2026.11", "2026.10"), (JANUARY, "2027.01", "2026.12")]
)
def test_before_the_newest_month_has_a_table_all_objects_are_from_the_month_before(
    serve, now, newest, before
):
    client, server = serve(answer_with(missing=[newest]), now)
    with pytest.warns(NoResultsWarning, match=f"no table of {newest} yet .*{before} is used") as caught:
        table = client.query_sso_bulk("8467,10P")
    assert len(caught) == 1
    assert table.meta["version"] == before
    assert sent(server) == [("8467", newest), ("8467", before), ("10P", before)]


@pytest.mark.parametrize("text", [NO_FILE, b"<html>File does not exist</html>", b"File does not exist"])
def test_a_text_with_status_200_is_told_in_the_servers_words(serve, text):
    client, server = serve(lambda *_: (200, "application/parquet", text))
    with pytest.raises(FinkServiceError, match="not a table but the text .*File does not exist"):
        client.query_sso_bulk(8467)
    assert {version for _, version in sent(server)} == {"2026.11", "2026.10"}


def test_if_the_month_before_fails_too_the_error_is_that_of_the_newest(serve):
    def answer(method, path, payload):
        status = 404 if payload["version"] == "2026.11" else 400
        return status, "text/html", b"no table of " + payload["version"].encode()

    client, server = serve(answer)
    with pytest.raises(FinkServiceError, match=r"404: no table of 2026\.11"):
        client.query_sso_bulk(8467)
    assert {version for _, version in sent(server)} == {"2026.11", "2026.10"}


def test_a_month_that_was_named_is_never_replaced(serve):
    client, server = serve(answer_with(missing=["2026.11"]))
    with pytest.raises(FinkServiceError, match="File does not exist"):
        client.query_sso_bulk(8467, version="2026.11")
    assert sent(server) == [("8467", "2026.11")]


@pytest.mark.parametrize("wrong", ["2026.08", "2026.12", "2026.13", "2026-10", 2026.1])
def test_a_month_that_cannot_have_a_table_is_refused(serve, wrong):
    client, server = serve()
    for ask in (client.query_sso_bulk, client.query_sso_bulk_async):
        with pytest.raises(FinkQueryError, match=r"version=.* from 2026\.09 to 2026\.11"):
            ask(8467, version=wrong)
    assert not server.requests


# A server that cannot look up single objects


def test_a_server_that_breaks_over_names_is_asked_for_the_whole_table_once(serve):
    client, server = serve(answer_with(broken=CURVES))
    told = (
        r"failed to look up 10P, 8467 \(Internal Server Error\); the whole table .*download_sso_bulk\(path\)"
    )
    with pytest.warns(LargeQueryWarning, match=told):
        table = client.query_sso_bulk("10P,8467")
    assert table["cjd"].tolist() == [20.5, 12.5, 11.5, 10.5]
    assert table.meta["version"] == "2026.11"
    assert [name for name, _ in sent(server)].count(None) == 1
    assert "8467" not in [name for name, _ in sent(server)]


def test_only_the_names_over_which_the_server_breaks_are_from_the_whole_table(serve):
    client, _ = serve(answer_with(broken=["10P"]))
    with pytest.warns(LargeQueryWarning, match="look up 10P "):
        table = client.query_sso_bulk("8467,10P")
    assert table["ssnamenr"].tolist() == ["8467"] * 3 + ["10P"]


def test_the_whole_table_is_that_of_the_month_before_if_the_newest_is_missing(serve):
    def answer(method, path, payload):
        status = 500 if payload["version"] == "2026.11" else 200
        return answer_with(broken=CURVES)(method, path, payload) if status == 200 else (500, "text/html", b"")

    client, _ = serve(answer)
    with pytest.warns((LargeQueryWarning, NoResultsWarning)) as caught:
        table = client.query_sso_bulk(8467)
    assert [one.category for one in caught] == [LargeQueryWarning, NoResultsWarning]
    assert (len(table), table.meta["version"]) == (3, "2026.10")


def test_a_table_never_mixes_months(serve):
    def answer(method, path, payload):
        if payload.get("sso_name") == "8467" or payload["version"] == "2026.10":
            return answer_with()(method, path, payload)
        return 500, "text/html", b"out of order"

    client, _ = serve(answer)
    with pytest.warns(LargeQueryWarning), pytest.raises(FinkServiceError, match="1 of 2: 10P"):
        client.query_sso_bulk("8467,10P")


def test_if_the_whole_table_fails_too_its_error_is_raised_or_warned_of(serve):
    client, _ = serve(lambda *_: (500, "text/html", b"out of order"))
    with pytest.warns(LargeQueryWarning), pytest.raises(FinkServiceError, match="out of order") as caught:
        client.query_sso_bulk("8467,10P")
    assert caught.value.failed == ["8467", "10P"]
    with pytest.warns((LargeQueryWarning, FailedIdsWarning)):
        table = client.query_sso_bulk("8467,10P", on_error="warn")
    assert (len(table), table.meta["failed"], table.meta["missing"]) == (0, ["8467", "10P"], [])


def test_a_failure_for_one_name_does_not_lose_the_others(serve):
    def answer(method, path, payload):
        if payload["sso_name"] == "10P":
            return 503, "text/html", b"Maintenance"
        return answer_with()(method, path, payload)

    client, _ = serve(answer)
    with pytest.raises(FinkServiceError, match="1 of 2: 10P.*Maintenance") as caught:
        client.query_sso_bulk("8467,10P")
    assert (caught.value.failed, len(caught.value.table)) == (["10P"], 3)
    with pytest.warns(FailedIdsWarning, match="10P"):
        assert client.query_sso_bulk("8467,10P", on_error="warn").meta["failed"] == ["10P"]


# Responses, cache, files


def test_the_async_twin_returns_one_response_per_name(serve):
    client, _ = serve()
    assert client.query_sso_bulk_async(8467, cache=False).content[:4] == b"PAR1"
    assert [one.status_code for one in client.query_sso_bulk_async("8467,10P")] == [200, 200]


def test_the_async_twin_has_the_month_before_too(serve):
    client, _ = serve(answer_with(missing=["2026.11"]))
    with pytest.warns(NoResultsWarning, match=r"2026\.10 is used"):
        assert client.query_sso_bulk_async(8467).status_code == 200


def test_light_curves_are_cached_for_a_day(tmp_path, serve):
    client, server = serve()
    assert [client.query_sso_bulk(8467).meta["cached"] for _ in range(2)] == [False, True]
    later = Clock(time=lambda: NOVEMBER + 86401, sleep=lambda seconds: None)
    assert client_of(server, tmp_path, later).query_sso_bulk(8467).meta["cached"] is False


@pytest.fixture
def file(tmp_path):
    """A monthly table with two row groups."""
    path = tmp_path / "sso.parquet"
    path.write_bytes(parquet_of(table_of(["10P", "8467"]), options={"row_group_size": 1}.items()))
    return path


@pytest.mark.parametrize("lists", [False, True])
def test_a_file_gives_the_same_as_the_server(serve, file, lists):
    client, server = serve()
    received = client.query_sso_bulk("8467,10P", lists=lists)
    before = len(server.requests)
    read = client.query_sso_bulk("8467,10P", lists=lists, file=file)
    assert len(server.requests) == before
    assert read.colnames == received.colnames
    for name in read.colnames:
        assert [str(one) for one in read[name]] == [str(one) for one in received[name]]
    assert (read.meta["file"], read.meta["missing"], read.meta["survey"]) == (str(file), [], "ztf")


def test_a_name_that_the_file_does_not_have_is_named(serve, file):
    client, _ = serve()
    with pytest.warns(NoResultsWarning, match="sso.parquet.* has no light curve of Nobody"):
        assert client.query_sso_bulk("Nobody,8467", file=str(file)).meta["missing"] == ["Nobody"]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "cannot be used"),
        (lambda path: path.write_bytes(parquet_of(designation=["8467"])), "has no column 'ssnamenr'"),
        (lambda path: path.write_bytes(b"ssnamenr"), "cannot be used"),
        (lambda path: path.unlink(), "is not an existing file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_to_give(serve, file, damage, told):
    damage(file)
    client, _ = serve()
    with pytest.raises(FinkQueryError, match=f"file='.*sso.parquet' .*{told}.*download_sso_bulk wrote"):
        client.query_sso_bulk(8467, file=file)


def test_a_flipped_byte_in_a_value_of_a_converted_file_is_seen(serve, tmp_path):
    client, _ = serve()
    path = client.download_sso_bulk(tmp_path / "sso.parquet")
    body = bytearray(path.read_bytes())
    where = body.find(np.float64(18.2).tobytes())
    body[where] ^= 1
    path.write_bytes(body)
    with pytest.raises(FinkQueryError, match="cannot be used .*[Cc]hecksum|cannot be used .*CRC"):
        client.query_sso_bulk(8467, file=path)


def test_a_file_has_a_month_and_no_responses(serve, file):
    client, _ = serve()
    with pytest.raises(FinkQueryError, match="is the table of one month: leave out version='2026.10'"):
        client.query_sso_bulk(8467, file=file, version="2026.10")
    with pytest.raises(FinkQueryError, match="query_sso_bulk_async has no response"):
        client.query_sso_bulk_async(8467, file=file)
    assert client.query_sso_bulk(8467, file=file, get_query_payload=True) == []


def test_without_pyarrow_the_query_says_what_to_install(serve, file, monkeypatch):
    monkeypatch.setattr(decode, "has_parquet", lambda: False)
    client, server = serve()
    for arguments in ({}, {"file": file}):
        with pytest.raises(FinkQueryError, match=r"query_sso_bulk needs pyarrow: pip install"):
            client.query_sso_bulk(8467, **arguments)
    assert not server.requests


# Phase curves


def test_phase_curves_of_the_month_before_are_used_until_the_newest_are_there(serve, response_format):
    def answer(method, path, payload):
        if payload["version"] == "2026.11":
            return 500, "text/html", b"Internal Server Error"
        row = {"sso_name": "8467", "H_1": 12.5}
        if payload["output-format"] == "json":
            return as_json([row])
        return 200, "parquet", parquet_of({name: [value] for name, value in row.items()})

    client, _ = serve(answer)
    for ask in (client.query_ssoft, client.query_ssoft_async):
        with pytest.warns(NoResultsWarning, match=r"no table of 2026\.11 yet .*2026\.10 is used"):
            ask(number=8467, cache=False)
    with pytest.raises(FinkServiceError, match="Internal Server Error"):
        client.query_ssoft(number=8467, version="2026.11", cache=False)


def test_the_whole_table_of_phase_curves_is_told_from_a_text_with_status_200(serve):
    def answer(method, path, payload):
        missing = payload["version"] == "2026.11"
        return 200, "application/parquet", NO_FILE if missing else parquet_of(sso_name=["Benoitcarry"])

    client, server = serve(answer)
    with pytest.warns(NoResultsWarning, match="File does not exist"):
        assert client.query_ssoft()["sso_name"].tolist() == ["Benoitcarry"]
    with pytest.raises(FinkServiceError, match="not a table but the text .*File does not exist"):
        client.query_ssoft(version="2026.11")


# The simulated Fink


@pytest.mark.parametrize("survey", SURVEYS)
def test_every_column_that_fink_serves_has_a_description_and_its_place(survey, request):
    client = request.getfixturevalue({"ztf": "fink", "lsst": "fink_lsst"}[survey])
    facts = client._survey.facts
    name = {"ztf": 9900001, "lsst": "2099 SA1"}[survey]
    assert set(client.query_sso_bulk(name).colnames) == set(client._survey.table("ssobulk"))
    for flavor in client._survey.phase_curves.models:
        served = client.query_ssoft(flavor=flavor).colnames
        assert [one for one in served if one not in client._survey.table("ssoft")] == []
        assert all(facts[one].description for one in served)


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.parametrize("bulk_format", ["arrow", "parquet"])
def test_the_file_and_the_request_for_one_object_agree(survey, bulk_format, tmp_path):
    sandbox = pytest.importorskip("fink_sandbox")
    name = {"ztf": "9900002", "lsst": "2099 SB2"}[survey]
    with sandbox.Sandbox(seed=1, survey=survey, bulk_format=bulk_format) as box:
        client = client_of(box, tmp_path, survey=survey)
        path = client.download_sso_bulk(tmp_path / "sso.parquet")
        read, received = client.query_sso_bulk(name, file=path), client.query_sso_bulk(name)
    assert len(read) == len(received) > 10
    assert read.colnames == received.colnames
    for column in read.colnames:
        assert read[column].tolist() == received[column].tolist()


def test_a_table_of_rubin_is_in_the_order_of_time(fink_lsst):
    table = fink_lsst.query_sso_bulk("2099 SA1")
    assert np.all(np.diff(table["cmidpointMjdTai"]) <= 0)
    assert set(table["cband"]) <= set("ugrizy")
    assert set(table["version"]) == {table.meta["version"]}

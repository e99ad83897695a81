"""Names of objects: three resolvers are asked in one way, and one kind of Table answers."""

import io
import json

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import InvalidQueryError, NoResultsWarning
from recordings import recording
from replay import Replay, always, as_json, client_of

from astroquery_fink import FinkClass

pytestmark = pytest.mark.usefixtures("in_json")
COMMON = ["name", "objectid", "type", "redshift", "ra", "dec"]

TNS = {
    "d:fullname": "SN 2026abc",
    "d:ra": "246.19",
    "d:declination": "1.98",
    "d:type": "SN Ia",
    "d:redshift": "0.05",
    "d:internalname": "ZTF26aaavvtm",
}
UNTYPED = TNS | {
    "d:fullname": "AT 2026abd",
    "d:type": "",
    "d:redshift": "nan",
    "d:internalname": "ATLAS26abc",
}
SESAME = {
    "name": "S=Simbad (via url):    Sesame",
    "oid": "@1575544",
    "oname": "M  31",
    "otype": "AGN",
    "jpos": "00:42:44.33 +41:16:07.5",
    "jradeg": 10.684708,
    "jdedeg": 41.268750,
    "refPos": "2006AJ....131.1163S",
    "z": "-0.001",
    "nrefs": 12412,
}
MATCHED = {"i:objectId": "ZTF18aabfjoi", "d:cdsxmatch": "GinGroup", "i:ra": "10.5", "i:dec": "-3.25"}
ASTEROID = {"i:name": "Julienpeloton", "i:number": "33803", "i:ssnamenr": "33803"}


@pytest.fixture
def resolve(tmp_path):
    """Resolve a name on a server that responds with these rows."""

    def ask(rows, name="SN 2026abc", **arguments):
        with Replay(always(*as_json(rows))) as server:
            return client_of(server, tmp_path).resolve_name(name, cache=False, **arguments)

    return ask


def asked(name="SN 2026abc", **arguments):
    return FinkClass().resolve_name(name, get_query_payload=True, **arguments)


def test_what_is_sent():
    assert asked(resolver="TNS") == {
        "resolver": "tns",
        "name": "SN 2026abc",
        "nmax": 10,
        "output-format": "json",
    }
    reverse = asked("ZTF26aaavvtm", resolver="simbad", reverse=True, n=3)
    assert (reverse["name"], reverse["reverse"], reverse["nmax"]) == ("ZTF26aaavvtm", True, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"resolver": None}, "resolver=None is not text. Valid values: simbad, ssodnet, tns"),
        ({"resolver": "tns", "name": " "}, "name=' ' is not a valid name"),
        ({"resolver": "tns", "name": 7}, "name=7 is not a valid name"),
        ({"resolver": "tns", "reverse": True}, "objectid='SN 2026abc' is not a valid ZTF object id"),
        ({"resolver": "tns", "reverse": "true"}, "reverse='true' is not valid"),
        ({"resolver": "tns", "n": 0}, "n=0 is not a valid number"),
    ],
)
def test_what_means_nothing_is_refused(arguments, words):
    with pytest.raises(InvalidQueryError, match=words):
        asked(**arguments)


def test_tns_numbers_in_text_become_numbers(resolve):
    table = resolve([TNS], resolver="tns")
    assert table.colnames[:6] == COMMON
    assert list(table[0][COMMON]) == ["SN 2026abc", "ZTF26aaavvtm", "SN Ia", 0.05, 246.19, 1.98]
    assert table["ra"].unit == table["d:ra"].unit == u.deg
    assert table["d:declination"].dtype == np.float64
    assert set(TNS) <= set(table.colnames)


def test_what_tns_does_not_know_is_masked_and_what_is_no_ztf_id_is_no_objectid(resolve):
    table = resolve([TNS, UNTYPED], resolver="tns")
    assert table["objectid"].mask.tolist() == [False, True]
    assert table["type"].mask.tolist() == table["redshift"].mask.tolist() == [False, True]
    assert table["d:internalname"].tolist() == ["ZTF26aaavvtm", "ATLAS26abc"]
    assert table["redshift"].dtype == np.float64


def test_in_reverse_the_object_is_the_one_that_was_asked(resolve):
    table = resolve([ASTEROID], "ZTF23aabccya", resolver="ssodnet", reverse=True)
    assert table["objectid"].tolist() == ["ZTF23aabccya"]
    assert table["name"].tolist() == ["Julienpeloton"]
    assert table["i:number"].tolist() == [33803]


def test_simbad(resolve):
    table = resolve([SESAME], "M31", resolver="simbad")
    assert table.colnames[:6] == COMMON
    assert (table["name"][0], table["type"][0], table["redshift"][0]) == ("M  31", "AGN", -0.001)
    assert (table["ra"][0], table["dec"][0]) == (10.684708, 41.26875)
    assert table["objectid"].mask.all()
    assert table["simbad:name"][0] == SESAME["name"]
    assert table["nrefs"].dtype == np.int64


def test_simbad_in_reverse(resolve):
    table = resolve([MATCHED], "ZTF18aabfjoi", resolver="simbad", reverse=True)
    assert list(table[0]["objectid", "type", "ra", "dec"]) == ["ZTF18aabfjoi", "GinGroup", 10.5, -3.25]
    assert table["name"].mask.all()


@pytest.mark.parametrize("rows", [[ASTEROID], [{"i:ssnamenr": "33803"}, {"i:ssnamenr": "2002MA06"}]])
def test_names_are_text_even_where_they_are_digits(resolve, rows):
    table = resolve(rows, "338", resolver="ssodnet")
    assert table["name"].dtype.kind == table["i:ssnamenr"].dtype.kind == "U"
    assert table["redshift"].mask.all()


def test_nothing_is_known(resolve):
    with pytest.warns(NoResultsWarning, match="SN 2026abc"):
        table = resolve([], resolver="tns")
    assert (len(table), table.colnames) == (0, COMMON)
    assert [table[name].dtype.kind for name in COMMON] == ["U", "U", "U", "f", "f", "f"]
    assert (table.meta["endpoint"], json.loads(table.meta["payload"])["name"]) == ("resolver", "SN 2026abc")


def test_parquet_says_the_same(resolve, tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    buffer = io.BytesIO()
    write_table(pa.Table.from_pylist([TNS, UNTYPED]), buffer)
    with Replay(lambda *_: (200, "parquet", buffer.getvalue())) as server:
        table = client_of(server, tmp_path).resolve_name("SN 2026abc", resolver="tns", cache=False)
    expected = resolve([TNS, UNTYPED], resolver="tns")
    assert table.colnames == expected.colnames
    for name in table.colnames:
        assert table[name].dtype.kind == expected[name].dtype.kind
        assert table[name].tolist() == expected[name].tolist()


def test_async_returns_the_reply_unread(tmp_path):
    with Replay(lambda *_: (200, "application/json", b"[]")) as server:
        client = client_of(server, tmp_path)
        assert client.resolve_name_async("M31", resolver="simbad").content == b"[]"
        assert client.query_metadata_async("ZTF26aaavvtm").content == b"[]"
    sent = client.resolve_name_async("M31", resolver="simbad", get_query_payload=True)
    assert sent == asked("M31", resolver="simbad")


# FinkClass that people gave


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"objectid": "ZTF26aaavvtm"}, {"objectId": "ZTF26aaavvtm"}),
        ({"internal_name": "Fink J042203.10+362318.7"}, {"internal_name": "Fink J042203.10+362318.7"}),
    ],
)
def test_metadata_are_got_not_posted_with_one_argument_alone(tmp_path, arguments, sent):
    row = {"i:objectId": "ZTF26aaavvtm", "d:internal_name": "mine", "d:comments": "coucou"}
    with Replay(always(*as_json([row]))) as server:
        client = client_of(server, tmp_path)
        table = client.query_metadata(**arguments)
        again = client.query_metadata(**arguments)
    assert server.requests == [("GET", "/api/v1/metadata", sent)]
    assert table["d:comments"].tolist() == ["coucou"]
    assert table["d:username"].mask.all()
    assert (
        json.loads(table.meta["payload"])
        == client.query_metadata(**arguments, get_query_payload=True)
        == sent
    )
    assert (table.meta["endpoint"], again.meta["cached"]) == ("metadata", True)


def test_no_metadata(tmp_path):
    with Replay(lambda *_: (200, "application/json", b"[]")) as server:
        client = client_of(server, tmp_path)
        with pytest.warns(NoResultsWarning, match="nobody"):
            table = client.query_metadata(internal_name="nobody")
    assert table.colnames[:2] == ["i:objectId", "d:internal_name"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"objectid": "ZTF26aaavvtm", "internal_name": "mine"},
        {"objectid": "all"},
        {"objectid": ""},
        {"internal_name": ""},
    ],
)
def test_metadata_of_one_object_or_of_one_name(arguments):
    with pytest.raises(InvalidQueryError, match=r"objectid=|internal_name="):
        FinkClass().query_metadata(**arguments, get_query_payload=True)


# FinkClass in the place of ids


def test_a_name_in_the_place_of_an_id_is_told_how_to_become_one():
    from astroquery_fink import Fink

    with pytest.raises(InvalidQueryError) as caught:
        Fink.query_object("SN 2024abtt", get_query_payload=True)
    assert "resolve_name('SN 2024abtt', resolver=\"tns\")" in str(caught.value)


@pytest.mark.parametrize(
    "nearly", ["ZTF21aaxtct", "ztf21aaxtctv", "ZTF21AAXTCTV", "", "SN 2024abtt,SN 2024abtu"]
)
def test_what_is_nearly_an_id_is_no_name(nearly):
    from astroquery_fink import Fink

    with pytest.raises(InvalidQueryError) as caught:
        Fink.query_object(nearly, get_query_payload=True)
    assert "resolve_name" not in str(caught.value)


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("name", "reverse", "answer"),
    [("SN 2026abc", False, "resolver_tns"), ("ZTF26aaavvtm", True, "resolver_tns_reverse")],
)
def test_tns_of_the_real_server(tmp_path, name, reverse, answer):
    asked, reply = recording(answer)
    with Replay(lambda *_: reply) as server:
        table = client_of(server, tmp_path).resolve_name(name, resolver="tns", reverse=reverse)
    sent = server.requests[0][2]
    assert sent | {"name": sent["name"].lower()} == asked | {"name": asked["name"].lower(), "nmax": 10}
    (row,) = json.loads(reply[2])
    assert list(table[0][COMMON]) == [
        row["d:fullname"], row["d:internalname"], row["d:type"],
        *(float(row[column]) for column in ("d:redshift", "d:ra", "d:declination")),
    ]  # fmt: skip

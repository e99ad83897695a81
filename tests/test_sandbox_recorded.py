"""The sandbox compared with recorded responses of the real server."""

import ast
import io
import json
import os
import pathlib

import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse
from recordings import name_of

from fink_sandbox import Sandbox, Sky

FOLDER = os.environ.get("FINK_RECORDINGS")
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FOLDER, reason="FINK_RECORDINGS does not name the folder of recorded answers"),
]
# Ids: upper limits and bad detections; two alerts; many alerts; upper limits without bad detections.
# Then coordinates, dates and names with as many results in the simulated sky as in the real one.
COUNTERPARTS = {
    "ZTF25ackyyzk": "ZTF99simsnia",
    "ZTF26aamcbly": "ZTF99aaaaaaa",
    "ZTF26aaavvtm": "ZTF99simrrly",
    "ZTF26aamgikr": "ZTF99simastr",
    246.1921288: 186.7283,
    1.9805383: 15.2104,
    "2026-01-01 00:00:00": "2025-01-01 00:00:00",
    "2026-03-20": "2025-04-20",
    "2026-03-23": "2025-05-23",
    "2026-03-22": "2025-02-20",
    "202603": "202501",
    "SN 2026abc": "SN 2099sim",
    "ztf26aaavvtm": "ztf99simsnia",
}


def recordings():
    if not FOLDER:
        return []
    return json.loads(pathlib.Path(FOLDER, "ztf", "index.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def box():
    sky = Sky(seed=1)
    sky.add("dwarfnova", objectid="ZTF99aaaaaaa", alerts=2)
    with Sandbox(sky=sky) as running:
        yield running


def send(box, recording):
    if recording["content_type"] == "parquet":
        pytest.importorskip("pyarrow")
    if recording["path"].endswith("conesearch") and recording["status"] == 200:
        pytest.importorskip("astropy_healpix")
    payload = {name: COUNTERPARTS.get(value, value) for name, value in recording["payload"].items()}
    if "objectId" in payload:
        ids = payload["objectId"].split(",")
        payload["objectId"] = ",".join(COUNTERPARTS.get(one, one) for one in ids)
    url = box.url + recording["path"]
    if recording["method"] == "GET":
        return requests.get(url, params=payload, timeout=20)
    return requests.post(url, json=payload, timeout=20)


def body(recording):
    return pathlib.Path(FOLDER, "ztf", recording["body"]).read_bytes()


def of(content_type, status=200):
    found = [one for one in recordings() if (one["content_type"], one["status"]) == (content_type, status)]
    return pytest.mark.parametrize("recording", found, ids=name_of)


@pytest.mark.parametrize("recording", recordings(), ids=name_of)
def test_status_and_content_type(box, recording):
    response = send(box, recording)
    assert response.status_code == recording["status"]
    assert response.headers["Content-Type"] == recording["content_type"]


def types(rows):
    """Types of the values of every key, without null."""
    found = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).add(type(value).__name__)
    return {name: kinds - {"NoneType"} for name, kinds in found.items()}


@of("application/json")
def test_json(box, recording):
    real, simulated = json.loads(body(recording)), json.loads(send(box, recording).text)
    if isinstance(real, dict):
        assert simulated.keys() == real.keys()
        return
    assert bool(simulated) == bool(real)
    real, simulated = types(real), types(simulated)
    assert simulated.keys() == real.keys()
    differing = {name: (kinds, simulated[name]) for name, kinds in real.items() if kinds != simulated[name]}
    assert {name: pair for name, pair in differing.items() if pair[0] and pair[1]} == {}


def test_schema(box):
    recording = next(one for one in recordings() if one["name"] == "schema")
    real, simulated = json.loads(body(recording)), send(box, recording).json()
    for group, fields in real.items():
        kinds = {name: field["type"] for name, field in simulated[group].items()}
        assert kinds == {name: field["type"] for name, field in fields.items()}


@of("parquet")
def test_parquet(box, recording):
    parquet = pytest.importorskip("pyarrow.parquet")
    real, simulated = (
        {field.name: str(field.type) for field in parquet.ParquetFile(io.BytesIO(content)).schema_arrow}
        for content in (body(recording), send(box, recording).content)
    )
    assert simulated == real


def fields(content):
    """Name, identifier and type of every field, and whether it has one length."""
    tables = list(parse(io.BytesIO(content)).iter_tables())
    return [
        (one.name, one.ID, one.datatype, one.arraysize == "*") for table in tables for one in table.fields
    ]


@of("text/xml")
def test_votable(box, recording):
    real, simulated = fields(body(recording)), fields(send(box, recording).content)
    assert simulated == real


@of("application/csv")
def test_csv(box, recording):
    real, simulated = body(recording).decode(), send(box, recording).text
    assert simulated.splitlines()[0] == real.splitlines()[0]


@of("application/octet-stream")
def test_fits(box, recording):
    headers = []
    for content in (body(recording), send(box, recording).content):
        with fits.open(io.BytesIO(content), ignore_missing_simple=True) as hdus:
            headers.append([(card.keyword, card.value) for card in hdus[0].header.cards])
    assert headers[0] == headers[1]


@of("image/png")
def test_png(box, recording):
    """The size and depth of grey pixels are the same."""
    assert send(box, recording).content[:29] == body(recording)[:29]


def form(text):
    """Form of an error: a printed dict with a line or an exception, or plain text."""
    try:
        refusal = ast.literal_eval(text)
    except ValueError:
        return "printed exception"
    except SyntaxError:
        return "bare text"
    return [*refusal, refusal["text"][-1]]


@of("text/html; charset=utf-8", 400)
def test_refusals(box, recording):
    assert form(send(box, recording).text) == form(body(recording).decode())


@of("text/html; charset=utf-8", 404)
def test_missing_addresses(box, recording):
    assert send(box, recording).content == body(recording)


@of("application/json", 500)
def test_failures(box, recording):
    assert send(box, recording).content == body(recording)

"""The LSST service of the sandbox compared with recorded responses of the real server."""

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

from fink_sandbox import Sandbox

FOLDER = os.environ.get("FINK_RECORDINGS")
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FOLDER, reason="FINK_RECORDINGS does not name the folder of recorded answers"),
]
# Places, names and numbers at which the simulated sky has as much to tell as the real one had. The last of
# the numbers stand for an object with cells that are missing in every way.
COUNTERPARTS = {
    "313897383979122767": "170000000000000003",
    "170028485706776685": "170000000000000001",
    "999000000000000111": "170000000000000001,170000000000000004",
    61.8132: 139.0527,
    -47.58368: 31.7745,
    "K04J12Q": "K99S01A",
    "202603": "202501",
    "SN 2022and": "SN 2099sim",
    "21163624394469969": "21099000000000001",
}
SOURCE = "170094456251351059"
FULL_CONE = "conesearch_5deg_full"  # which columns it has depends on the object
# Columns, tags and blocks that are newer than the recorded responses.
NEWER = {
    "r:exposureTime", "r:reliabilityVersion", "r:trailAlgorithm", "r:trail_flag",
    "faint_trails", "fast_transient_gvom", "in_simbad", "is_solar_system", "mdwarf_flare",
    "b_mag_rate_mc_sampling",
}  # fmt: skip
CARDS_OF_VALUES = {"CUTMINX", "CUTMINY", "ROTPA", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2"}


def recordings():
    path = pathlib.Path(FOLDER or "nowhere", "lsst", "index.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


@pytest.fixture(scope="module")
def box():
    with Sandbox(seed=1, survey="lsst") as running:
        yield running


@pytest.fixture(scope="module")
def newest(box):
    payload = {"diaObjectId": "170000000000000003", "output-format": "csv", "columns": "r:midpointMjdTai"}
    payload["columns"] += ",r:diaSourceId"
    rows = requests.post(f"{box.url}/api/v1/sources", json=payload, timeout=20).text.splitlines()
    return dict(zip(rows[0].split(","), rows[1].split(","), strict=True))


@pytest.fixture(scope="module")
def send(box, newest):
    def send(recording):
        if recording["content_type"] == "parquet":
            pytest.importorskip("pyarrow")
        if recording["path"].endswith("conesearch") and recording["status"] == 200:
            pytest.importorskip("astropy_healpix")
        payload = {name: translated(value, newest) for name, value in (recording["payload"] or {}).items()}
        if "midpointMjdTai" in payload:
            payload["midpointMjdTai"] = newest["r:midpointMjdTai"][:-2]
        url = box.url + recording["path"]
        if recording["method"] == "GET":
            return requests.get(url, params=payload, timeout=20)
        return requests.post(url, json=payload, timeout=20)

    return send


def translated(value, newest):
    if value == SOURCE:
        return newest["r:diaSourceId"]
    if isinstance(value, str):
        return ",".join(COUNTERPARTS.get(one, one) for one in value.split(","))
    return COUNTERPARTS.get(value, value)


def body(recording):
    return pathlib.Path(FOLDER, "lsst", recording["body"]).read_bytes()


def of(content_type, status=200):
    found = [one for one in recordings() if (one["content_type"], one["status"]) == (content_type, status)]
    return pytest.mark.parametrize("recording", found, ids=name_of)


@pytest.mark.parametrize("recording", recordings(), ids=name_of)
def test_status_and_headers(send, newest, recording):
    response = send(recording)
    assert response.status_code == recording["status"]
    assert response.headers["Content-Type"] == recording["content_type"]
    disposition = recording["content_disposition"]
    if disposition is not None:
        disposition = disposition.replace(SOURCE, newest["r:diaSourceId"])
    assert response.headers.get("Content-Disposition") == disposition


def types(rows):
    """Types of the values of every key, without null."""
    found = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).add(type(value).__name__)
    return {name: kinds - {"NoneType"} for name, kinds in found.items()}


@of("application/json")
def test_json(send, recording):
    real, simulated = json.loads(body(recording)), json.loads(send(recording).text)
    if isinstance(real, dict):
        assert simulated.keys() - NEWER == real.keys()
        return
    assert bool(simulated) == bool(real)
    real, simulated = types(real), types(simulated)
    if recording["name"] != FULL_CONE:
        assert simulated.keys() - NEWER == real.keys()
    both = [name for name, kinds in real.items() if kinds and simulated.get(name)]
    differing = {name: (real[name], simulated[name]) for name in both if real[name] != simulated[name]}
    assert differing == {}


@of("application/json")
def test_order_of_columns(send, recording):
    """Order of all columns, and of those without gaps."""
    real, simulated = json.loads(body(recording)), json.loads(send(recording).text)
    if isinstance(real, list) and real and recording["name"] not in {FULL_CONE, "sources_partial_nulls"}:
        assert [name for name in simulated[0] if name not in NEWER] == list(real[0])


def test_a_full_cone_has_columns_of_alerts_and_of_objects(send):
    recording = next(one for one in recordings() if one["name"] == FULL_CONE)
    real, simulated = json.loads(body(recording)), send(recording).json()
    always = {name for name in real[0] if name.partition(":")[0] in "rv" and "_psfFlux" not in name}
    assert always - simulated[0].keys() == set()


def test_schema(send):
    recording = next(one for one in recordings() if one["name"] == "schema_sources_v10")
    real, simulated = json.loads(body(recording)), send(recording).json()
    for group, fields in real.items():
        kinds = {name: field["type"] for name, field in simulated[group].items()}
        assert kinds == {name: field["type"] for name, field in fields.items()}
        assert {tuple(one) for one in simulated[group].values()} == {tuple(one) for one in fields.values()}


@of("application/json")
def test_lists(send, recording):
    """Names of tags and blocks, and which tags are served."""
    real, simulated = json.loads(body(recording)), json.loads(send(recording).text)
    if recording["name"] == "tags_list":
        served = {name: one["API support"] for name, one in real.items()}
        assert {name: simulated[name]["API support"] for name in served} == served


@of("parquet")
def test_parquet(send, recording):
    parquet = pytest.importorskip("pyarrow.parquet")
    real, simulated = (
        {field.name: str(field.type) for field in parquet.ParquetFile(io.BytesIO(content)).schema_arrow}
        for content in (body(recording), send(recording).content)
    )
    assert simulated == real


def fields(content):
    """Name, identifier and type of every field."""
    tables = list(parse(io.BytesIO(content)).iter_tables())
    return [(one.name, one.ID, one.datatype, one.arraysize) for table in tables for one in table.fields]


@of("text/xml")
def test_votable(send, recording):
    assert fields(send(recording).content) == fields(body(recording))


@of("application/csv")
def test_csv(send, recording):
    assert send(recording).text.splitlines()[0] == body(recording).decode().splitlines()[0]


@of("application/octet-stream")
def test_fits(send, recording):
    cards = []
    for content in (body(recording), send(recording).content):
        with fits.open(io.BytesIO(content)) as hdus:
            headers = [[(card.keyword, card.value) for card in hdu.header.cards] for hdu in hdus]
        names = [[name for name, _ in header] for header in headers]
        fixed = [
            (name, value)
            for header in headers
            for name, value in header
            if name not in CARDS_OF_VALUES and not name.startswith("PC")
        ]
        cards.append((names, fixed, len(content)))
    assert cards[0] == cards[1]


@of("image/png")
def test_png(send, recording):
    """The size and depth of grey pixels are the same, or both files are empty."""
    assert send(recording).content[:29] == body(recording)[:29]


def form(text):
    """Form of an error: a printed dict with one line, or a number of lines of plain text."""
    try:
        refusal = ast.literal_eval(text)
    except SyntaxError:
        return len(text.splitlines()), text[:9].isspace()
    return [*refusal, refusal["text"][-1]]


@of("text/html; charset=utf-8", 400)
def test_refusals(send, recording):
    assert form(send(recording).text) == form(body(recording).decode())


@of("application/json", 500)
def test_failures(send, recording):
    assert send(recording).content == body(recording)

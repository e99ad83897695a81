"""What a user of the sandbox relies on, tested over HTTP."""

import ast
import io
import json
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.io.votable import parse_single_table

from fink_sandbox import Sandbox, Sky
from fink_sandbox.ztf.survey import Survey

SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"
SHORT_STAR, EDGE = "ZTF99fewrrly", "ZTF99fewedge"
UNKNOWN = "ZTF99zzzzzzz"
IDS = "i:objectId,i:candid"


@pytest.fixture(scope="module")
def box():
    sky = Sky(seed=1)
    sky.add("rrlyrae", objectid=SHORT_STAR, alerts=40)
    sky.add("edge", objectid=EDGE, alerts=12)
    with Sandbox(sky=sky) as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    def post(endpoint="objects", **payload):
        payload = {name.replace("_", "-"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post


@pytest.fixture(scope="module")
def supernova(post):
    return post(objectId=SUPERNOVA).json()


def columns_of_parquet(response):
    return pytest.importorskip("pyarrow.parquet").ParquetFile(io.BytesIO(response.content)).read()


def test_it_records_all_requests(box, post):
    post(objectId=UNKNOWN)
    post("nowhere", a=1)
    assert box.requests[-2:] == [("objects", {"objectId": UNKNOWN}, 200), ("nowhere", {"a": 1}, 404)]


def test_it_counts_how_many_requests_were_open_at_once():
    with Sandbox(delay=0.3) as box:
        url = f"{box.url}/api/v1/objects?objectId={UNKNOWN}"
        threads = [threading.Thread(target=lambda: requests.get(url, timeout=5)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert box.peak_connections == 3


def test_a_taken_port_is_an_error(box):
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=int(box.url.rpartition(":")[2])).start()


def test_it_can_be_started_again():
    box = Sandbox()
    for _ in range(2):
        with box:
            assert requests.get(f"{box.url}/api/v1/classes", timeout=5).status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_ends_it(ending):
    code = "from fink_sandbox import Sandbox\nSandbox().serve_forever(lambda url: print(url, flush=True))\n"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        url = process.stdout.readline().decode().strip()
        assert requests.get(f"{url}/api/v1/classes", timeout=5).status_code == 200
        process.send_signal(ending)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM"])
def test_it_ends_in_order_if_a_signal_arrives_as_soon_as_it_listens(ending):
    code = (
        "import signal; from fink_sandbox import Sandbox\n"
        f"Sandbox().serve_forever(lambda url: signal.raise_signal(signal.{ending}))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_same_seed_makes_the_same_bytes_in_another_process(post):
    code = (
        "import sys, requests; from fink_sandbox import Sandbox\n"
        "with Sandbox(seed=1) as box:\n"
        f"    response = requests.get(box.url + '/api/v1/objects?objectId={SUPERNOVA}')\n"
        "sys.stdout.buffer.write(response.content)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert other.stdout == post(objectId=SUPERNOVA).content
    assert other.stderr == b""


def test_rows_come_newest_first_all_objects_mixed(post):
    rows = post(objectId=f"{SUPERNOVA},{STAR}", columns="i:objectId,i:jd").json()
    times = [row["i:jd"] for row in rows]
    assert times == sorted(times, reverse=True)
    changes = sum(
        one["i:objectId"] != other["i:objectId"] for one, other in zip(rows, rows[1:], strict=False)
    )
    assert changes > 10


def test_ids_are_prefixes_and_unknown_ones_are_left_out(post, box):
    rows = post(objectId=f"ZTF99sim, {UNKNOWN}", columns="i:objectId").json()
    assert {row["i:objectId"] for row in rows} == {one for one in box.sky.objects if "sim" in one}


def test_nothing_found(post):
    assert post(objectId=UNKNOWN).content == b"[]"
    assert post(objectId=UNKNOWN, output_format="csv").content == b"\n"
    assert b"FIELD" not in post(objectId=UNKNOWN, output_format="votable").content
    assert columns_of_parquet(post(objectId=UNKNOWN, output_format="parquet")).num_columns == 0


def test_unknown_and_computed_columns_are_ignored(post):
    assert post(objectId=SUPERNOVA, columns="i:jd, i:nope,v:lapse").json()[0].keys() == {"i:jd"}
    assert post(objectId=SUPERNOVA, columns="i:nope").json() == []


def test_upper_limits(post):
    rows = post(
        objectId=SUPERNOVA, withupperlim="True", columns="i:objectId,i:candid,i:jd,i:fid,i:magpsf"
    ).json()
    by_tag = {row["d:tag"]: row for row in rows}
    assert by_tag.keys() == {"valid", "upperlim", "badquality"}
    valid, limit, bad = (by_tag[tag] for tag in ("valid", "upperlim", "badquality"))
    assert limit["i:candid"] == bad["i:candid"] == -1
    assert isinstance(limit["i:fid"], str)
    assert isinstance(limit["i:diffmaglim"], str)
    assert isinstance(limit["i:jd"], float)
    assert limit["i:magpsf"] is None
    assert isinstance(bad["i:magpsf"], str)
    assert isinstance(valid["i:fid"], int)
    assert limit["i:jd"] < valid["i:jd"]


@pytest.mark.parametrize("no", ["true", False, 1, "yes"])
def test_other_words_for_yes_mean_no(post, no):
    assert "d:tag" not in post(objectId=SUPERNOVA, withupperlim=no, columns="i:jd").json()[0]


@pytest.mark.parametrize(
    "payload",
    [
        {"objectId": SUPERNOVA, "withupperlim": True, "output-format": "parquet"},
        {"objectId": SUPERNOVA, "withupperlim": True, "columns": "i:magpsf"},
        {"objectId": SUPERNOVA, "withcutouts": True, "columns": "i:jd"},
        {"objectId": UNKNOWN, "withcutouts": True},
    ],
)
def test_requests_that_break_the_server(post, payload):
    response = post(**payload)
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


def test_upper_limits_without_time_work_where_no_detection_is_bad(post):
    rows = post(objectId="ZTF99simastr", withupperlim=True, columns="i:magpsf").json()
    assert list(dict.fromkeys(row["d:tag"] for row in rows)) == ["upperlim", "valid"]
    assert rows[-1]["i:jd"] is None


def test_big_integers_are_exact_and_some_are_null(post):
    rows = post(objectId=STAR, columns="i:candid,i:objectidps1").json()
    numbers = [row["i:objectidps1"] for row in rows]
    assert None in numbers
    assert all(row["i:candid"] > 2**53 for row in rows)
    table = columns_of_parquet(post(objectId=STAR, columns="i:candid,i:objectidps1", output_format="parquet"))
    assert table["i:objectidps1"].to_pylist() == numbers
    assert str(table["i:objectidps1"].type) == "int64"


def test_all_formats_have_the_same_content(post, supernova):
    text = post(objectId=SUPERNOVA, output_format="csv").text
    votable = parse_single_table(io.BytesIO(post(objectId=SUPERNOVA, output_format="votable").content))
    table = columns_of_parquet(post(objectId=SUPERNOVA, output_format="parquet"))
    assert text.splitlines()[0] == ",".join(supernova[0])
    assert [field.name for field in votable.fields] == list(supernova[0])
    assert table.column_names == [*supernova[0], "__index_level_0__"]
    assert table["i:magpsf"].to_pylist() == [row["i:magpsf"] for row in supernova]
    assert votable.array["i_candid"].tolist() == [row["i:candid"] for row in supernova]


def test_parquet_carries_the_index_of_pandas(post):
    pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(io.BytesIO(post(objectId=SUPERNOVA, output_format="parquet").content))
    assert frame.index.is_monotonic_decreasing
    assert "__index_level_0__" not in frame.columns


def test_one_scan_gives_ten_thousand_rows_at_most():
    sky = Sky(seed=3)
    objectid = sky.add("rrlyrae", alerts=10_010)
    with Sandbox(sky=sky) as box:
        rows = requests.get(f"{box.url}/api/v1/objects?objectId={objectid}&columns=i:jd", timeout=60).json()
    assert len(rows) == 10_000


@pytest.mark.parametrize("kind", ["Science", "Template", "Difference"])
def test_cutouts_of_every_alert(post, supernova, kind):
    rows = post(objectId=SUPERNOVA, withcutouts=True, cutout_kind=kind, columns=IDS).json()
    images = np.array([row[f"b:cutout{kind}_stampData"] for row in rows])
    assert images.shape == (len(supernova), 63, 63)
    assert np.abs(images - images.astype(np.float32)).max() < 1e-9


def test_a_kind_in_the_wrong_case_gives_empty_lists(post):
    rows = post(objectId=SUPERNOVA, withcutouts=True, cutout_kind="science", columns=IDS).json()
    assert rows[0]["b:cutoutscience_stampData"] == []


def test_only_valid_rows_have_cutouts(post):
    columns = "i:objectId,i:candid,i:jd"
    rows = post(objectId="ZTF99simastr", withcutouts=True, withupperlim=True, columns=columns).json()
    assert {row["d:tag"] for row in rows if row["b:cutoutScience_stampData"]} == {"valid"}


def test_cutouts_at_an_edge_are_smaller_or_have_missing_pixels(post):
    rows = post(objectId=EDGE, withcutouts=True, cutout_kind="Science", columns=IDS).json()
    cutouts = [row["b:cutoutScience_stampData"] for row in rows]
    assert {len(cutout) for cutout in cutouts} == {63}
    assert min(len(cutout[0]) for cutout in cutouts) < 45
    whole = next(cutout for cutout in cutouts if len(cutout[0]) == 63)
    assert whole[0][0] is None
    response = post("cutouts", objectId=EDGE, kind="Science", output_format="array")
    newest = json.loads(response.text)["b:cutoutScience_stampData"]
    assert np.shape(newest) == np.shape(cutouts[-1])


def test_missing_pixels_are_nan_in_parquet_and_in_arrays(post):
    response = post(
        objectId=EDGE, withcutouts=True, cutout_kind="Template", columns=IDS, output_format="parquet"
    )
    table = columns_of_parquet(response)
    cutouts = dict(zip(table["i:candid"].to_pylist(), table["b:cutoutTemplate_stampData"], strict=True))
    candid = next(candid for candid, cutout in cutouts.items() if len(cutout[0]) == 63)
    assert np.isnan(cutouts[candid].as_py()[0][0])
    response = post("cutouts", objectId=EDGE, kind="Template", candid=candid, output_format="array")
    assert "NaN" in response.text


def test_the_difference_holds_the_flux_of_the_alert(post):
    """It is positive on the central pixel for both signs, and as bright as the row says."""
    columns = "i:objectId,i:candid,i:isdiffpos,i:magpsf,i:magzpsci"
    rows = post(objectId=SHORT_STAR, withcutouts=True, cutout_kind="Difference", columns=columns).json()
    offsets = []
    for row in rows:
        cutout = np.array(row["b:cutoutDifference_stampData"])
        counts = cutout[24:39, 24:39].sum()
        assert cutout[30:33, 30:33].mean() > 0
        offsets.append(row["i:magzpsci"] - 2.5 * np.log10(counts) - row["i:magpsf"])
    assert {row["i:isdiffpos"] for row in rows} == {"t", "f"}
    assert abs(np.median(offsets)) < 0.05


def test_right_ascension_and_declination_decrease_with_the_index(post, box):
    """The brightest field star of the template is at its position in the sky."""
    target = box.sky.target("ZTF99simastr")
    candid = Survey(box.sky).history("ZTF99simastr").valid["i:candid"][0]
    response = post("cutouts", objectId="ZTF99simastr", kind="Template", candid=candid, output_format="array")
    cutout = np.array(response.json()["b:cutoutTemplate_stampData"])
    scene = target.scene
    near = np.flatnonzero(np.maximum(np.abs(scene.east), np.abs(scene.north)) < 28)
    star = near[scene.magnitude["r"][near].argmin()]
    row, column = np.unravel_index(cutout.argmax(), cutout.shape)
    assert column - 31 == pytest.approx(-scene.east[star] / 1.012, abs=2.5)
    assert row - 31 == pytest.approx(-scene.north[star] / 1.012, abs=2.5)


def test_fits_cutouts_have_the_mandatory_cards_and_a_unit(post):
    response = post("cutouts", objectId=SUPERNOVA, kind="Science", output_format="FITS")
    with fits.open(io.BytesIO(response.content), ignore_missing_simple=True) as hdus:
        assert list(hdus[0].header) == ["SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "BUNIT"]
        assert hdus[0].data.shape == (63, 63)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({}, (63, 63)),
        ({"stretch": "log", "pmin": "1"}, (63, 63)),
        ({"convolution_kernel": "gauss"}, (63, 63)),
        ({"colormap": "viridis"}, (63, 63, 3)),
    ],
)
def test_png_cutouts(box, options, shape):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    payload = {"objectId": SUPERNOVA, "kind": "Science"} | options
    response = requests.post(f"{box.url}/api/v1/cutouts", json=payload, timeout=5)
    assert response.headers["Content-Type"] == "image/png"
    assert pyplot.imread(io.BytesIO(response.content)).shape == shape


@pytest.mark.parametrize(
    "payload",
    [
        {"objectId": UNKNOWN, "kind": "Science"},
        {"objectId": SUPERNOVA, "kind": "science"},
        {"objectId": SUPERNOVA, "kind": "Science", "candid": "1"},
    ],
)
def test_cutouts_that_do_not_exist(post, payload):
    assert post("cutouts", **payload, output_format="array").status_code == 500


def test_refusals_print_a_python_dict(post):
    for response in (
        post(),
        post(objectId=SUPERNOVA, output_format="xml"),
        post("cutouts", objectId=SUPERNOVA),
        post("cutouts", objectId=SUPERNOVA, kind="All", output_format="FITS"),
    ):
        assert response.status_code == 400
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert ast.literal_eval(response.text)["status"] == "error"


def test_get_means_the_same_as_post(box, post):
    response = requests.get(f"{box.url}/api/v1/objects?objectId={SUPERNOVA}&columns=i:jd", timeout=5)
    assert response.json() == post(objectId=SUPERNOVA, columns="i:jd").json()


def test_get_without_arguments_is_a_line_of_text(box):
    for endpoint in ("objects", "cutouts"):
        response = requests.get(f"{box.url}/api/v1/{endpoint}", timeout=5)
        assert (response.status_code, len(response.text.splitlines())) == (200, 1)


def test_bodies_that_are_not_json(box):
    url = f"{box.url}/api/v1/objects"
    broken = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=5)
    form = requests.post(url, data={"objectId": SUPERNOVA}, timeout=5)
    assert (broken.status_code, form.status_code) == (400, 415)
    assert broken.json().keys() == form.json().keys() == {"message"}


@pytest.mark.parametrize("path", ["/api/v1/columns", "/api/v1/nope", "/", "/api/v1/objects/x"])
def test_other_addresses_are_a_page(box, path):
    response = requests.get(box.url + path, timeout=5)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_schema_describes_every_column_that_is_served(box, supernova):
    schema = requests.get(f"{box.url}/api/v1/schema", timeout=5).json()
    families = {group[group.index("(") + 1 :][:2]: fields for group, fields in schema.items()}
    names = {family + name for family, fields in families.items() for name in fields}
    assert set(supernova[0]) <= names
    assert all(field["doc"] for fields in families.values() for field in fields.values())


def test_the_class_of_every_row_is_listed(box, post):
    classes = requests.get(f"{box.url}/api/v1/classes", timeout=5).json()
    known = {name.removeprefix("(SIMBAD) ") for names in classes.values() for name in names}
    assert {row["v:classification"] for row in post(objectId="ZTF99sim").json()} <= known


def test_nothing_can_be_mistaken_for_real(post, box):
    rows = post(objectId="").json()
    assert {row["i:publisher"] for row in rows} == {"Fink sandbox (simulated)"}
    assert all(one.startswith("ZTF99") for one in box.sky.objects)


@pytest.mark.parametrize("kind", ["snia", "rrlyrae", "agn", "dwarfnova", "edge"])
@pytest.mark.parametrize("alerts", [1, 2, 150])
def test_an_object_has_the_wanted_number_of_alerts(kind, alerts):
    sky = Sky(seed=2)
    assert len(Survey(sky).history(sky.add(kind, alerts=alerts)).valid["i:jd"]) == alerts


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "quasar"}, {"kind": "agn", "objectid": STAR}, {"kind": "asteroid", "alerts": 2000}],
)
def test_impossible_objects_are_refused(wrong):
    sky = Sky()
    before = sky.objects
    with pytest.raises(ValueError, match="|".join(wrong)):
        sky.add(**wrong)
    assert sky.objects == before


def test_thousands_of_objects_are_made_quickly():
    sky = Sky()
    ids = sky.populate(5000)
    assert len(set(ids)) == 5000
    assert len(Survey(sky).history(ids[-1]).valid["i:jd"]) == 40


def test_ids_of_an_alert_come_from_its_time_and_place(supernova):
    for row in supernova:
        assert row["i:candid"] // 10**15 == row["i:nid"] == int(row["i:jd"] - 2457754.5)
        assert row["i:candid"] // 10**8 % 100 == row["i:rcid"]
        assert row["i:pid"] == row["i:candid"] // 10**6


def test_the_supernova_rises_in_weeks_and_fades_in_months(supernova):
    red = [(row["i:jd"], row["i:magpsf"]) for row in reversed(supernova) if row["i:fid"] == 2]
    times, magnitudes = np.transpose(red)
    peak = times[magnitudes.argmin()]
    assert 17 < magnitudes.min() < 18
    assert magnitudes[0] > magnitudes.min() + 1
    assert peak - times[0] < 20
    assert 50 < times[-1] - peak < 150
    assert {row["i:isdiffpos"] for row in supernova} == {"t"}


def test_the_supernova_is_beside_its_galaxy(supernova):
    assert all(1.5 < row["i:distnr"] * 1.012 < 3.5 for row in supernova[-20:])
    assert np.ptp([row["i:ranr"] for row in supernova]) == 0


def test_history_counts_grow_with_time(supernova):
    oldest_first = supernova[::-1]
    counts = [row["i:ndethist"] for row in oldest_first]
    assert counts == sorted(set(counts))
    assert all(row["i:jdstarthist"] <= row["i:jd"] == row["i:jdendhist"] for row in supernova)
    assert all(row["v:lapse"] == pytest.approx(row["i:jd"] - row["i:jdstarthist"]) for row in supernova)

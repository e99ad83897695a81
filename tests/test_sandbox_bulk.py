"""The monthly tables of the sandbox: phase curves and light curves of all Solar System objects."""

import ast
import io
from datetime import UTC, datetime

import numpy as np
import pytest
import requests
from astropy.time import Time

from astroquery_fink import FinkClass
from fink_sandbox import Sandbox, Sky
from fink_sandbox.sky.moving_objects import asteroids

NUMBER, NAME, OTHER_NAME = "9900001", "Simulatedalpha", "2099SA1"
LAST = "2099 SM4"  # Rubin's designation of the asteroid without a number
NEWEST, LATER = "2026.10", "2026.11"
COUNTS = {"HG": 79, "HG1G2": 91, "SHG1G2": 105}
LISTS = [
    *("cra", "cdec", "cband", "cmidpointMjdTai", "cjdUtc", "cphaseAngle", "cephRa", "cephDec"),
    *("cephOffsetRa", "cephOffsetDec", "ctopoRange", "chelioRange", "chelioRa", "chelioDec"),
    *("cmagpsf", "csigmapsf"),
]
CURVE = ["cra", "cdec", "cmagpsf", "csigmapsf", "cfid", "cjd"]
EPHEMERIS = [
    *("Dobs", "Dhelio", "Phase", "Elong", "RA", "DEC", "RA_h", "DEC_h"),
    *("px_ec", "py_ec", "pz_ec", "px_h_ec", "py_h_ec", "pz_h_ec"),
]


@pytest.fixture(scope="module")
def sky():
    return Sky(seed=1)


@pytest.fixture(scope="module")
def boxes(sky):
    both = {survey: Sandbox(sky=sky, survey=survey, newest_table=NEWEST) for survey in ("ztf", "lsst")}
    with both["ztf"], both["lsst"]:
        yield both


@pytest.fixture(params=["ztf", "lsst"])
def any_box(request, boxes):
    return boxes[request.param]


@pytest.fixture
def ztf(boxes):
    return boxes["ztf"]


@pytest.fixture
def lsst(boxes):
    return boxes["lsst"]


def post(box, endpoint, **payload):
    """Request a table, by default that of the newest month; None: without a version."""
    payload = {"version": NEWEST} | {name.replace("_format", "-format"): one for name, one in payload.items()}
    body = {name: value for name, value in payload.items() if value is not None}
    return requests.post(f"{box.url}/api/v1/{endpoint}", json=body, timeout=20)


def read(content):
    return pytest.importorskip("pyarrow.parquet").ParquetFile(io.BytesIO(content)).read()


def streams(content):
    """The tables of Arrow streams that follow one another."""
    pa = pytest.importorskip("pyarrow")
    source, tables = pa.BufferReader(content), []
    while source.tell() < len(content):
        tables.append(pa.ipc.open_stream(source).read_all())
    return tables


def rows_of(table, key):
    """The rows of a table by name."""
    return {row[key]: row for row in table.to_pylist()}


# ------------------------------------------------------------------------------------- months, both endpoints


@pytest.mark.parametrize("endpoint", ["ssoft", "ssobulk"])
@pytest.mark.parametrize(
    ("version", "status"),
    [
        (202610, 500),
        (2026.10, 500),
        ("202610", 500),
        ("2026.1", 400),
        ("26.10", 400),
        ("2026.10.01", 400),
        ("2023.06", 400),
    ],
)
def test_a_version_is_text_with_year_and_month(any_box, endpoint, version, status):
    response = post(any_box, endpoint, version=version)
    assert response.status_code == status
    if status == 400:
        assert ast.literal_eval(response.text)["status"] == "error"


@pytest.mark.parametrize(
    ("survey", "endpoint", "first", "before"),
    [
        ("ztf", "ssoft", "2023.07", "2023.06"),
        ("ztf", "ssobulk", "2026.09", "2026.08"),
        ("lsst", "ssoft", "2026.08", "2026.07"),
        ("lsst", "ssobulk", "2026.08", "2026.07"),
    ],
)
def test_every_table_has_its_first_month(boxes, survey, endpoint, first, before):
    pytest.importorskip("pyarrow")
    assert post(boxes[survey], endpoint, version=first).status_code == 200
    response = post(boxes[survey], endpoint, version=before)
    assert response.status_code == 400
    assert first in ast.literal_eval(response.text)["text"]


@pytest.mark.parametrize("version", [LATER, "2027.01", "2026.13", "abcd.ef"])
def test_a_month_without_light_curves_is_a_missing_file(any_box, version):
    for payload in ({}, {"sso_name": NUMBER}):
        response = post(any_box, "ssobulk", version=version, **payload)
        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.json()["RemoteException"]["exception"] == "FileNotFoundException"


def test_the_whole_table_of_a_month_without_phase_curves_is_an_error_with_status_200(lsst):
    for payload in ({}, {"output_format": "parquet"}):
        response = post(lsst, "ssoft", version=LATER, **payload)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "application/parquet")
        assert response.json()["RemoteException"]["exception"] == "FileNotFoundException"


@pytest.mark.parametrize(
    "payload",
    [{"sso_name": NAME}, {"sso_number": 9900001}, {"columns": "sso_name"}, {"output_format": "json"}],
)
def test_any_other_request_for_a_month_without_phase_curves_breaks_the_server(lsst, ztf, payload):
    assert post(lsst, "ssoft", version=LATER, **payload).status_code == 500
    assert post(ztf, "ssoft", version=LATER, **payload).status_code == 500


def test_by_default_the_newest_table_is_that_of_the_current_month(sky):
    with Sandbox(sky=sky, survey="lsst") as box:
        start = datetime.now(UTC)
        (row,) = post(box, "ssoft", version=None, sso_name=NAME).json()
        assert row["version"] in {f"{one:%Y%m}" for one in (start, datetime.now(UTC))}
        next_year = f"{start.year + 1}.{start.month:02d}"
        assert post(box, "ssoft", version=next_year, sso_name=NAME).status_code == 500


def test_without_a_version_the_month_is_the_current_one_even_if_it_has_no_table(sky):
    for survey in ("ztf", "lsst"):
        with Sandbox(sky=sky, survey=survey, newest_table="2026.09") as box:
            assert post(box, "ssobulk", version=None).status_code == 404
            assert post(box, "ssoft", version=None, sso_name=NAME).status_code == 500


@pytest.mark.parametrize("month", ["2026", "2026.13", "2026-10", "202610", ""])
def test_the_newest_table_is_a_month(month):
    with pytest.raises(ValueError, match=f"newest_table='{month}' is not a month"):
        Sandbox(newest_table=month)


def test_an_unknown_format_of_the_whole_table_is_refused():
    with pytest.raises(ValueError, match="bulk_format='csv' is not one of arrow, parquet"):
        Sandbox(bulk_format="csv")


@pytest.mark.parametrize("endpoint", ["ssoft", "ssobulk"])
def test_without_arguments_a_line_tells_what_the_tables_are(any_box, endpoint):
    response = requests.get(f"{any_box.url}/api/v1/{endpoint}", timeout=5)
    assert (response.status_code, response.text.count("\n")) == (200, 0)
    assert "known Solar System objects" in response.text or "light curves" in response.text


def test_the_arguments_are_listed(boxes):
    common = {"sso_name", "version", "schema", "output-format"}
    of_one = {"ztf": {"sso_number", "flavor"}, "lsst": {"sso_number", "flavor", "columns"}}
    for survey, box in boxes.items():
        table = FinkClass(survey=survey, server=box.url).list_endpoints(cache=False)
        listed = {row["name"]: (row["methods"], set(row["arguments"].split(", "))) for row in table}
        assert listed["ssoft"] == ("GET, POST", common | of_one[survey])
        assert listed["ssobulk"] == ("GET, POST", common)


@pytest.mark.parametrize("endpoint", ["ssoft", "ssobulk"])
@pytest.mark.parametrize("value", [True, "True", "False", 1])
def test_any_value_of_schema_that_is_not_empty_asks_for_it(any_box, endpoint, value):
    schema = post(any_box, endpoint, schema=value).json()
    assert {frozenset(one) for one in schema.values()} == {frozenset(("type", "description"))}
    assert all(one["description"] for one in schema.values())


@pytest.mark.parametrize("value", [False, "", 0])
def test_an_empty_value_of_schema_asks_for_rows(lsst, value):
    assert isinstance(post(lsst, "ssoft", schema=value, output_format="json").json(), list)


# ------------------------------------------------------------------------------ Rubin's phase curves


@pytest.mark.parametrize("flavor", COUNTS)
def test_the_columns_are_those_of_the_schema(lsst, flavor):
    schema = post(lsst, "ssoft", flavor=flavor, schema=True).json()
    rows = post(lsst, "ssoft", flavor=flavor, output_format="json").json()
    assert len(schema) == COUNTS[flavor]
    assert [row.keys() for row in rows] == [schema.keys()] * 4
    (row,) = (row for row in rows if row["sso_name"] == NAME)
    types = {"str": str, "int": int, "double": float}
    assert {name: type(value) for name, value in row.items()} == {
        name: types[one["type"]] for name, one in schema.items()
    }


def test_the_default_flavor_is_hg_and_those_of_ztf_alone_are_refused(lsst):
    (row,) = post(lsst, "ssoft", sso_name=NAME).json()
    assert len(row) == COUNTS["HG"]
    for flavor in ("SOCCA", "hg", "sfHG1G2"):
        response = post(lsst, "ssoft", flavor=flavor)
        assert response.status_code == 400
        assert "HG1G2" in ast.literal_eval(response.text)["text"]


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        ({}, "application/parquet"),
        ({"output_format": "parquet"}, "application/parquet"),
        ({"output_format": "csv"}, "application/csv"),
        ({"output_format": "votable"}, "text/xml"),
        ({"sso_name": NAME}, "application/json"),
        ({"sso_number": 9900001}, "application/json"),
        ({"columns": "sso_name,H_r"}, "application/json"),
        ({"columns": "sso_name,H_r", "output_format": "parquet"}, "parquet"),
        ({"sso_name": NAME, "output_format": "parquet"}, "parquet"),
    ],
)
def test_the_default_format_depends_on_what_is_requested(lsst, payload, content_type):
    pytest.importorskip("pyarrow")
    response = post(lsst, "ssoft", **payload)
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)


def test_the_stored_file_has_no_index_but_tables_made_on_request_have(lsst):
    assert "__index_level_0__" not in read(post(lsst, "ssoft").content).column_names
    made = read(post(lsst, "ssoft", sso_name=NAME, output_format="parquet").content)
    assert "__index_level_0__" in made.column_names


def test_the_stored_file_and_json_have_the_same_rows(lsst):
    stored = read(post(lsst, "ssoft", flavor="SHG1G2").content).to_pylist()
    rows = post(lsst, "ssoft", flavor="SHG1G2", output_format="json").json()
    assert stored == [pytest.approx(row, abs=1e-9) for row in rows]


def test_the_version_of_a_row_has_no_dot(lsst):
    (row,) = post(lsst, "ssoft", sso_name=NAME, version="2026.09").json()
    assert row["version"] == "202609"


def test_a_phase_curve_is_that_of_the_detections(lsst):
    (row,) = post(lsst, "ssoft", sso_number="9900003", flavor="SHG1G2").json()
    alerts = post(lsst, "sso", n_or_d="9900003").json()
    jd = np.array([one["r:midpointMjdTai"] for one in alerts]) + 2400000.5 - 37 / 86400
    assert (row["n_obs"], row["n_days"]) == (len(alerts), int(np.ptp(jd)))
    assert row["last_jd"] == pytest.approx(jd.max(), abs=1e-6)
    phase = [one["r:phaseAngle"] for one in alerts if one["r:band"] == "r"]
    assert (row["min_phase_r"], row["max_phase_r"]) == pytest.approx((min(phase), max(phase)), abs=1e-4)
    assert row["n_obs_r"] == len(phase)
    assert row["H_r"] == pytest.approx(asteroids()[2].orbit.H - 0.17, abs=0.1)
    assert row["designation"] == "2099 SC3"


def test_what_is_fitted_in_a_band_without_detections_is_missing(lsst):
    (row,) = post(lsst, "ssoft", sso_name=LAST, flavor="HG1G2").json()
    assert "y" not in {one["r:band"] for one in post(lsst, "sso", n_or_d=LAST).json()}
    without = {name for name, value in row.items() if value is None}
    assert without == {"sso_number"} | {name for name in row if name.endswith("_y")}


@pytest.mark.parametrize("payload", [{"sso_name": NAME.lower()}, {"sso_name": NUMBER}, {"sso_number": 1}])
def test_names_are_exact_and_an_unknown_object_is_an_empty_table(lsst, payload):
    response = post(lsst, "ssoft", **payload)
    assert (response.status_code, response.json()) == (200, [])


def test_the_name_wins_and_a_number_is_an_integer(lsst):
    (row,) = post(lsst, "ssoft", sso_name=NAME, sso_number="x").json()
    assert row["sso_number"] == int(NUMBER)
    assert post(lsst, "ssoft", sso_number="x").status_code == 500


def test_columns_are_named_exactly_unknown_ones_are_dropped(lsst):
    def names(columns, **payload):
        return list(post(lsst, "ssoft", columns=columns, output_format="json", **payload).json()[0])

    assert names("H_r,sso_name") == ["H_r", "sso_name"]
    assert names("H_r, sso_name") == names("H_r,nope") == ["H_r"]
    assert len(names("nope")) == len(names("")) == COUNTS["HG"]


def test_columns_of_one_object_must_have_its_name(lsst):
    def ask(columns, **payload):
        return post(lsst, "ssoft", columns=columns, **payload)

    assert ask("sso_name,H_r", sso_name=NAME).json()[0].keys() == {"sso_name", "H_r"}
    assert ask("sso_number,H_r", sso_number=NUMBER).json()[0].keys() == {"sso_number", "H_r"}
    assert ask("sso_number,H_r", sso_name=NAME).status_code == 500
    assert ask("H_r, sso_name", sso_name=NAME).status_code == 500
    assert ask(["sso_name"]).status_code == 500


# ------------------------------------------------------------------------------ Rubin's light curves


@pytest.fixture(scope="module")
def light_curves(boxes):
    return rows_of(read(post(boxes["lsst"], "ssobulk").content), "designation")


def test_all_lists_of_a_row_have_the_same_length(lsst, light_curves):
    assert set(light_curves) == {"2099 SA1", "2099 SB2", "2099 SC3", LAST}
    schema = post(lsst, "ssobulk", schema=True).json()
    for row in light_curves.values():
        assert list(row) == list(schema) == ["designation", "version", *LISTS]
        assert row["version"] == NEWEST
        assert len({len(row[name]) for name in LISTS}) == 1


def test_the_light_curves_are_the_alerts_but_not_in_order_of_time(lsst, light_curves):
    row = light_curves["2099 SA1"]
    alerts = post(lsst, "sso", n_or_d=NUMBER, output_format="csv").text.splitlines()
    names = alerts[0].split(",")
    times = [float(line.split(",")[names.index("r:midpointMjdTai")]) for line in alerts[1:]]
    assert sorted(row["cmidpointMjdTai"], reverse=True) == times
    assert np.any(np.diff(row["cmidpointMjdTai"]) < 0)
    assert np.any(np.diff(row["cmidpointMjdTai"]) > 0)
    utc = Time(row["cmidpointMjdTai"], format="mjd", scale="tai").utc
    assert np.allclose(utc.jd, row["cjdUtc"], rtol=0, atol=1e-8)


def test_the_lists_of_a_row_belong_together(lsst, light_curves):
    row = light_curves["2099 SB2"]
    alerts = {round(one["r:midpointMjdTai"], 8): one for one in post(lsst, "sso", n_or_d="2099 SB2").json()}
    for index, time in enumerate(row["cmidpointMjdTai"]):
        alert = alerts[round(time, 8)]
        assert row["cband"][index] == alert["r:band"]
        assert row["cmagpsf"][index] == pytest.approx(31.4 - 2.5 * np.log10(alert["r:psfFlux"]))
        error = 2.5 / np.log(10) * alert["r:psfFluxErr"] / alert["r:psfFlux"]
        assert row["csigmapsf"][index] == pytest.approx(error)
        sun = np.radians([row["chelioRa"][index], row["chelioDec"][index]])
        vector = [np.cos(sun[1]) * np.cos(sun[0]), np.cos(sun[1]) * np.sin(sun[0]), np.sin(sun[1])]
        helio = [alert[f"r:helio_{axis}"] / alert["r:helioRange"] for axis in "xyz"]
        assert np.allclose(vector, helio, atol=1e-5)


def test_a_negative_flux_has_no_magnitude(lsst, light_curves):
    magnitudes, errors = light_curves[LAST]["cmagpsf"], light_curves[LAST]["csigmapsf"]
    assert [np.isnan(one) for one in magnitudes] == [np.isnan(one) for one in errors]
    negative = [one for one in post(lsst, "sso", n_or_d=LAST).json() if one["r:psfFlux"] < 0]
    assert sum(np.isnan(one) for one in magnitudes) == len(negative) == 1
    assert negative[0]["r:isNegative"] is True
    times = dict(zip(light_curves[LAST]["cmidpointMjdTai"], magnitudes, strict=True))
    (time,) = (time for time, magnitude in times.items() if np.isnan(magnitude))
    assert time == pytest.approx(negative[0]["r:midpointMjdTai"], abs=1e-8)
    (fit,) = post(lsst, "ssoft", sso_name=LAST).json()
    assert fit["n_obs"] == len(magnitudes) - 1


def test_one_light_curve_is_found_by_designation_alone(lsst, light_curves):
    response = post(lsst, "ssobulk", sso_name=LAST, output_format="json")
    assert response.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert response.headers["Content-Disposition"] == 'attachment; filename="data.parquet"'
    (row,) = read(response.content).to_pylist()
    assert str(row) == str(light_curves[LAST])
    for name in (NAME, NUMBER, int(NUMBER), "2099SA1", "2099 sa1"):
        table = read(post(lsst, "ssobulk", sso_name=name).content)
        assert (table.num_rows, table.column_names[:2]) == (0, ["designation", "version"])


# -------------------------------------------------------------------------------- ZTF's light curves


@pytest.fixture(scope="module")
def parts(boxes):
    pytest.importorskip("pyarrow")
    response = post(boxes["ztf"], "ssobulk")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.content.startswith(b"\xff\xff\xff\xff")
    return streams(response.content)


@pytest.fixture(scope="module")
def curves(parts):
    return {name: row for part in parts for name, row in rows_of(part, "ssnamenr").items()}


def test_the_whole_table_is_several_complete_streams(ztf, parts):
    assert [part.num_rows for part in parts] == [2, 2, 2]
    schema = post(ztf, "ssobulk", schema=True).json()
    for part in parts:
        assert part.column_names == list(schema) == ["ssnamenr", *CURVE, *EPHEMERIS]


def test_the_light_curves_are_those_of_the_alerts(ztf, curves):
    alerts = post(ztf, "sso", n_or_d=NUMBER, columns="i:jd,i:magpsf,i:fid").json()
    found = [curves[name] for name in (NUMBER, OTHER_NAME)]
    times = sorted((time for row in found for time in row["cjd"]), reverse=True)
    assert times == [alert["i:jd"] for alert in alerts]
    assert {fid for row in found for fid in row["cfid"]} == {1, 2}


def test_the_ephemerides_are_those_of_the_alerts(ztf, curves):
    row = curves["9900002"]
    seen = {one["i:jd"]: one for one in post(ztf, "sso", n_or_d="9900002", withEphem=True).json()}
    for index, time in enumerate(row["cjd"]):
        for name in ("Dobs", "Dhelio", "Phase", "RA", "DEC"):
            assert row[name][index] == pytest.approx(seen[time][name], abs=1e-9)
    for suffix, distance in (("ec", "Dobs"), ("h_ec", "Dhelio")):
        vectors = [row[f"p{axis}_{suffix}"] for axis in "xyz"]
        assert np.allclose(np.linalg.norm(vectors, axis=0), row[distance])
    inclination = asteroids()[1].orbit.i
    assert np.all(np.abs(row["pz_h_ec"]) <= np.array(row["Dhelio"]) * np.sin(np.radians(inclination + 0.1)))


def test_some_objects_have_no_ephemerides(curves):
    without = {name for name, row in curves.items() if row["RA"] is None}
    assert without == {"99SIM1", OTHER_NAME}
    assert all(curves[name][column] is None for name in without for column in EPHEMERIS)
    assert all(curves[name]["cjd"] for name in without)


def test_detections_and_ephemerides_of_an_object_may_differ_in_number(curves):
    row = curves["2099SM4"]
    assert {len(row[name]) for name in CURVE} == {24}
    assert {len(row[name]) for name in EPHEMERIS} == {22}


def test_one_light_curve_of_ztf_is_found_by_the_name_in_the_alerts(ztf, curves):
    response = post(ztf, "ssobulk", sso_name=NUMBER)
    assert response.headers["Content-Type"] == "application/parquet"
    assert read(response.content).to_pylist() == [curves[NUMBER]]
    for name in (NAME, int(NUMBER), "2099 SA1"):
        assert read(post(ztf, "ssobulk", sso_name=name).content).num_rows == 0


# -------------------------------------------------------------------------------- whole tables


def test_the_format_of_the_whole_table_can_be_chosen(sky, curves, light_curves):
    with Sandbox(sky=sky, newest_table=NEWEST, bulk_format="parquet") as box:
        response = post(box, "ssobulk")
        assert response.headers["Content-Type"] == "application/parquet"
        assert read(response.content).to_pylist() == list(curves.values())
    with Sandbox(sky=sky, survey="lsst", newest_table=NEWEST, bulk_format="arrow") as box:
        response = post(box, "ssobulk")
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert [row["designation"] for one in streams(response.content) for row in one.to_pylist()] == list(
            light_curves
        )


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_server_may_fail_to_find_single_objects(sky, survey):
    pytest.importorskip("pyarrow")
    with Sandbox(sky=sky, survey=survey, bulk_by_name=False) as box:
        for name in (NUMBER, LAST, "nobody"):
            assert post(box, "ssobulk", sso_name=name).status_code == 500
        assert post(box, "ssobulk").status_code == 200


@pytest.fixture
def whole(any_box):
    pytest.importorskip("pyarrow")
    url = f"{any_box.url}/api/v1/ssobulk?version={NEWEST}"
    return url, requests.get(url, timeout=20)


def test_the_whole_table_is_the_same_by_get_and_by_post(any_box, whole):
    posted = post(any_box, "ssobulk")
    assert posted.content == whole[1].content
    assert posted.headers["ETag"] == whole[1].headers["ETag"]


def test_the_whole_table_is_served_in_ranges(whole):
    url, bulk = whole
    middle = len(bulk.content) // 2
    assert bulk.headers["Accept-Ranges"] == "bytes"
    ranges = [f"bytes=0-{middle - 1}", f"bytes={middle}-"]
    parts = [requests.get(url, headers={"Range": one}, timeout=5) for one in ranges]
    assert [part.status_code for part in parts] == [206, 206]
    assert parts[1].headers["Content-Range"] == f"bytes {middle}-{len(bulk.content) - 1}/{len(bulk.content)}"
    assert parts[0].content + parts[1].content == bulk.content


def test_a_range_of_an_outdated_table_is_the_whole_table(whole):
    url, bulk = whole
    since = {"Range": "bytes=10-"}
    same = requests.get(url, headers=since | {"If-Range": bulk.headers["ETag"]}, timeout=5)
    other = requests.get(url, headers=since | {"If-Range": '"another"'}, timeout=5)
    assert (same.status_code, other.status_code) == (206, 200)
    assert other.content == bulk.content


def test_the_whole_table_has_its_size_and_refuses_ranges_beyond_it(whole):
    url, bulk = whole
    size = len(bulk.content)
    assert requests.head(url, timeout=5).headers["Content-Length"] == str(size)
    assert requests.get(url, headers={"Range": f"bytes={size}-"}, timeout=5).status_code == 416
    assert requests.put(url, timeout=5).status_code == 405

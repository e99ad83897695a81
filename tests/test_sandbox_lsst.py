"""What a user of the LSST service of the sandbox relies on, tested over HTTP."""

import ast
import io
import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import requests
from astropy.io.votable import parse_single_table
from astropy.time import Time
from poster import poster

from fink_sandbox import Sandbox, Sky
from fink_sandbox.lsst.ids import object_id
from fink_sandbox.lsst.visits import visits

SUPERNOVA, STAR, NUCLEUS, DWARF = (str(170_000_000_000_000_000 + one) for one in (1, 2, 3, 4))
UNKNOWN = "170000000000000999"
IDS = "r:diaObjectId,r:diaSourceId"
TIME = "r:midpointMjdTai"
UTC_LEAPS = 37.0 / 86400
BANDS = set("ugrizy")
needs_arrow = pytest.mark.skipif(not find_spec("pyarrow"), reason="pyarrow is missing")


@pytest.fixture(scope="module")
def box():
    sky = Sky(seed=1)
    sky.add("dwarfnova", objectid="ZTF99fewdwno", alerts=1)
    with Sandbox(sky=sky, survey="lsst") as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    return poster(box)


@pytest.fixture(scope="module")
def supernova(post):
    return post(diaObjectId=SUPERNOVA).json()


def get(box, path, **arguments):
    return requests.get(f"{box.url}/api/v1/{path}", params=arguments, timeout=20)


def columns_of_parquet(response):
    return pytest.importorskip("pyarrow.parquet").ParquetFile(io.BytesIO(response.content)).read()


# ------------------------------------------------------------------------------------- one sky, two surveys


def test_no_other_survey_is_served():
    with pytest.raises(ValueError, match="is not one of ztf, lsst"):
        Sandbox(survey="des")


def test_the_module_serves_either_survey():
    command = [sys.executable, "-m", "fink_sandbox", "--survey", "lsst"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().decode().strip()
        assert requests.get(f"{url}/api/v1/tags", timeout=5).json()["in_tns"]["API support"] is True
        process.terminate()
    assert process.returncode == 0


def test_the_same_seed_makes_the_same_bytes_in_another_process(post):
    code = (
        "import sys, requests; from fink_sandbox import Sandbox\n"
        "with Sandbox(seed=1, survey='lsst') as box:\n"
        f"    response = requests.get(box.url + '/api/v1/sources?diaObjectId={SUPERNOVA}')\n"
        "sys.stdout.buffer.write(response.content)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert other.stdout == post(diaObjectId=SUPERNOVA).content


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 7, 8])
def test_named_objects_have_many_alerts_in_many_bands(post, number):
    rows = post(diaObjectId=f"17000000000000000{number}").json()
    assert 30 <= len(rows) <= 200
    assert {row["r:band"] for row in rows} == BANDS


def test_ids_are_larger_than_a_double_can_hold(supernova):
    for name in ("r:diaObjectId", "r:diaSourceId"):
        values = {row[name] for row in supernova}
        assert all(isinstance(one, int) and 2**53 < one < 2**63 and len(str(one)) == 18 for one in values)
    assert int(float(SUPERNOVA)) != int(SUPERNOVA)
    assert len({row["r:diaSourceId"] for row in supernova}) == len(supernova)


@pytest.mark.parametrize("objectid", ["ZTF99simsnia", "ZTF99simrrly", "ZTF99simagnx"])
def test_the_light_is_that_of_the_other_survey_at_the_same_time(box, post, objectid):
    """The light that ZTF observes, at the times of these rows, converted from TAI."""
    target = box.sky.target(objectid)
    rows = post("fp", diaObjectId=str(object_id(1, objectid))).json()
    pull = []
    for row in rows:
        jd = np.array([row[TIME] + 2400000.5 - UTC_LEAPS])
        total = 10 ** (-0.4 * (target.light.magnitude(row["r:band"], jd) - 31.4))
        template = 10 ** (-0.4 * (target.light.reference[row["r:band"]] - 31.4))
        pull.append((row["r:psfFlux"] - (total[0] - template)) / row["r:psfFluxErr"])
    assert abs(np.mean(pull)) < 4 / np.sqrt(len(pull))
    assert 0.8 < np.std(pull) < 1.2


def test_times_are_those_of_the_middle_of_the_exposure_in_atomic_time(box):
    seen = visits(box.sky.target("ZTF99simrrly"))
    atomic = Time(seen.middle, format="jd", scale="utc").tai.mjd
    assert np.abs(seen.mjd - atomic).max() * 86400 < 0.001
    assert (seen.middle - seen.jd) * 86400 == pytest.approx(15, abs=0.001)


def test_fluxes_add_up_within_their_errors(post):
    for row in post(diaObjectId=NUCLEUS, output_format="json").json():
        together = row["r:psfFlux"] + row["r:templateFlux"]
        assert abs(row["r:scienceFlux"] - together) < 6 * np.hypot(
            row["r:templateFluxErr"], 0.2 * row["r:psfFluxErr"]
        )
        assert row["r:snr"] > 5
        assert row["r:isNegative"] == (row["r:psfFlux"] < 0)


def test_bright_stars_are_saturated_and_faint_supernovae_are_not(post, supernova):
    flagged = [row for row in post(diaObjectId=STAR).json() if row["r:pixelFlags_saturated"]]
    assert flagged
    assert min(row["r:scienceFlux"] for row in flagged) > 3e5
    assert not any(row["r:pixelFlags_saturated"] for row in supernova)


def test_objects_that_are_added_have_a_twin(box, post):
    twin = object_id(1, "ZTF99fewdwno")
    assert [row["r:diaObjectId"] for row in post(diaObjectId=str(twin)).json()] == [twin]


# -------------------------------------------------------------------------------------------------- sources


def test_full_rows_have_all_columns_in_alphabetical_order(post, supernova):
    assert len(supernova[0]) == 135
    assert list(supernova[0]) == sorted(supernova[0])
    assert supernova[0]["r:psfLnL"] is None


def test_rows_come_newest_first_all_objects_mixed(post):
    rows = post(diaObjectId=f"{SUPERNOVA},{STAR}", columns=f"r:diaObjectId,{TIME}").json()
    times = [row[TIME] for row in rows]
    assert times == sorted(times, reverse=True)
    changes = sum(a["r:diaObjectId"] != b["r:diaObjectId"] for a, b in zip(rows, rows[1:], strict=False))
    assert changes > 10


def test_rows_without_time_come_oldest_first(post, supernova):
    rows = post(diaObjectId=SUPERNOVA, columns="r:diaSourceId").json()
    assert [row["r:diaSourceId"] for row in rows] == [row["r:diaSourceId"] for row in supernova[::-1]]


@pytest.mark.parametrize("name", ["sources", "objects", "fp"])
def test_ids_are_text_and_whole(post, name):
    assert post(name, diaObjectId=int(SUPERNOVA)).status_code == 500
    assert post(name, diaObjectId=None).status_code == 500
    for nothing in ([SUPERNOVA], f" {SUPERNOVA}", f"{SUPERNOVA} ", SUPERNOVA[:-1], UNKNOWN, "", ",", "001"):
        response = post(name, diaObjectId=nothing)
        assert (response.status_code, response.content) == (200, b"[]")
    one, several = post(name, diaObjectId=STAR), post(name, diaObjectId=f" {STAR}, {UNKNOWN},,{STAR}")
    assert several.json() == one.json()


def test_time_is_matched_as_the_beginning_of_its_text(post, supernova):
    index = columns_of_times(post)
    text = index[0]
    rows = post(diaObjectId=SUPERNOVA, midpointMjdTai=text).json()
    assert rows == supernova[:1]
    night = [one for one in index if one.startswith(text[:5])]
    assert len(post(diaObjectId=SUPERNOVA, midpointMjdTai=int(text[:5])).json()) == len(night)
    assert post(diaObjectId=SUPERNOVA, midpointMjdTai="").json() == supernova
    both = post(diaObjectId=f"{SUPERNOVA},{UNKNOWN}", midpointMjdTai=text).json()
    assert both == supernova


def columns_of_times(post):
    """The unrounded text of every time, from CSV."""
    return post(diaObjectId=SUPERNOVA, columns=TIME, output_format="csv").text.split()[1:]


def test_the_time_in_json_is_not_always_the_beginning_of_the_whole(post, supernova):
    rounded = [repr(row[TIME]) for row in supernova]
    whole = columns_of_times(post)
    assert [one for one, other in zip(rounded, whole, strict=True) if not other.startswith(one)]


# -------------------------------------------------------------------------------------------------- columns


def test_columns_are_chosen_by_name(post, supernova):
    rows = post(diaObjectId=SUPERNOVA, columns=f"r:psfFlux, {TIME}, r:band,r:nope,psfFlux").json()
    names = ["r:band", TIME, "r:psfFlux"]
    assert rows == [{name: row[name] for name in names} for row in supernova]
    assert list(rows[0]) == names


@pytest.mark.parametrize(
    "columns", ["", "r:nope", "psfFlux", "r:psfFlux,i:jd", "r:psfFlux,v:separation_degree"]
)
def test_wrong_columns_empty_the_response(post, columns):
    assert post(diaObjectId=SUPERNOVA, columns=columns).content == b"[]"


def test_another_family_empties_the_response_of_forced_photometry(post):
    assert post("fp", diaObjectId=SUPERNOVA, columns="r:psfFlux,f:clf_cats_class").content == b"[]"
    assert post("fp", diaObjectId=SUPERNOVA, columns="r:psfFlux,r:diaSourceId").json()[0].keys() == {
        "r:psfFlux"
    }


def test_a_star_means_all_columns_and_other_types_break_the_server(post, supernova):
    for columns in ("*", "r:mid*"):
        assert post(diaObjectId=SUPERNOVA, columns=columns).json() == supernova
    for columns in (["r:band"], None):
        assert post(diaObjectId=SUPERNOVA, columns=columns).status_code == 500


def test_columns_and_rows_without_values_are_left_out(post, supernova):
    assert post(diaObjectId=SUPERNOVA, columns="r:psfLnL").content == b"[]"
    rows = post(diaObjectId=SUPERNOVA, columns=f"{IDS},r:psfLnL").json()
    assert rows[0].keys() == {"r:diaObjectId", "r:diaSourceId"}
    known = post(diaObjectId=SUPERNOVA, columns="f:xm_tns_fullname").json()
    assert 0 < len(known) < len(supernova)


def test_gaps_in_text_and_in_truth_values_are_the_word_nan(post):
    rows = post(diaObjectId=SUPERNOVA, columns=f"{IDS},f:xm_tns_fullname,f:xm_tns_redshift").json()
    assert {row["f:xm_tns_fullname"] for row in rows} == {"nan", "SN 2099sim"}
    assert {row["f:xm_tns_redshift"] for row in rows} == {None, 0.0245}
    assert {str(row["r:isNegative"]) for row in post(diaObjectId=DWARF).json()} >= {"False", "nan"}
    text = post(diaObjectId=DWARF, columns=f"{IDS},r:isNegative", output_format="csv").text
    assert {line.rpartition(",")[2] for line in text.split()[1:]} >= {"False", "nan"}


# -------------------------------------------------------------------------------------------------- formats


def test_json_has_ten_decimals_and_csv_has_all(post, supernova):
    assert all(row[TIME] == round(row[TIME], 10) for row in supernova)
    assert any(float(one) != round(float(one), 10) for one in columns_of_times(post))


def test_votable_breaks_where_text_is_missing_altogether(post):
    assert post(diaObjectId=SUPERNOVA, output_format="votable").status_code == 500
    assert post("objects", diaObjectId=SUPERNOVA, output_format="votable").status_code == 500
    response = post(diaObjectId=SUPERNOVA, columns=f"{IDS},r:isNegative", output_format="votable")
    table = parse_single_table(io.BytesIO(response.content))
    assert [field.name for field in table.fields] == ["r:diaObjectId", "r:diaSourceId", "r:isNegative"]
    assert table.to_table()["r_isNegative"].dtype.kind in "OU"
    assert post("fp", diaObjectId=SUPERNOVA, output_format="votable").status_code == 200


def test_parquet_has_keys_and_breaks_on_truth_values_with_gaps(post):
    table = columns_of_parquet(post(diaObjectId=SUPERNOVA, columns=f"{IDS},{TIME}", output_format="parquet"))
    row = table.to_pylist()[0]
    assert row["__index_level_0__"] == f"001_{SUPERNOVA}_{row[TIME]}"
    assert post(diaObjectId=DWARF, columns=f"{IDS},r:isNegative", output_format="parquet").status_code == 500
    assert post(diaObjectId=SUPERNOVA, output_format="parquet").status_code == 200


def test_nothing_found(post):
    assert post(diaObjectId=UNKNOWN, output_format="csv").content == b"\n"
    assert b"FIELD" not in post(diaObjectId=UNKNOWN, output_format="votable").content


@needs_arrow
def test_nothing_found_in_parquet(post):
    assert columns_of_parquet(post(diaObjectId=UNKNOWN, output_format="parquet")).num_columns == 0


# --------------------------------------------------------------------------------------------------- errors


def test_a_missing_argument_is_refused_with_the_address_of_the_other_survey(post):
    response = post("cutouts")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    refusal = ast.literal_eval(response.text)
    assert "`diaSourceId`" in refusal["text"]
    assert "kind" not in refusal["text"]
    assert "api.ztf.fink-portal.org" in refusal["text"]


def test_formats_are_refused_in_a_printed_dict(post):
    for name in ("xml", "JSON"):
        response = post(diaObjectId=SUPERNOVA, output_format=name)
        assert response.status_code == 400
        assert ast.literal_eval(response.text)["status"] == "error"


def test_invalid_bodies(box):
    url = f"{box.url}/api/v1/sources"
    assert requests.post(url, data={"diaObjectId": SUPERNOVA}, timeout=5).status_code == 415
    assert requests.post(url, timeout=5).status_code == 415
    broken = requests.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=5)
    assert (broken.status_code, list(broken.json())) == (400, ["message"])
    assert requests.put(url, json={}, timeout=5).status_code == 405
    assert requests.post(f"{box.url}/api/v1/blocks", json={}, timeout=5).status_code == 405
    for path in ("sources/", "latests", "metadata"):
        missing = get(box, path)
        assert (missing.status_code, missing.headers["Content-Type"].split(";")[0]) == (404, "text/html")


def test_arguments_in_the_address_hide_those_of_the_body(box):
    url = f"{box.url}/api/v1/sources?columns=r:band"
    assert requests.post(url, json={"diaObjectId": SUPERNOVA}, timeout=5).status_code == 400


def test_long_addresses_are_refused(box):
    assert get(box, "sources", diaObjectId=",".join([SUPERNOVA] * 180)).status_code == 200
    assert get(box, "sources", diaObjectId=",".join([SUPERNOVA] * 220)).status_code == 414


def test_a_request_without_arguments_describes_the_endpoint(box):
    response = get(box, "sources")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for name in ("tags", "blocks"):
        assert get(box, name).headers["Content-Type"] == "application/json"


def test_it_describes_itself(box):
    paths = requests.get(f"{box.url}/swagger.json", timeout=5).json()["paths"]
    assert paths.keys() == {
        f"/api/v1/{name}"
        for name in (
            "sources", "objects", "fp", "conesearch", "cutouts", "tags", "blocks", "sso", "ssoft", "ssobulk",
            "resolver", "statistics", "schema", "skymap",
        )
    }  # fmt: skip
    assert list(paths["/api/v1/blocks"]) == ["get"]


# ------------------------------------------------------------------------------- objects, forced photometry


def test_one_row_per_object_in_the_order_of_the_request(post, supernova):
    rows = post("objects", diaObjectId=f"{STAR},{SUPERNOVA}").json()
    assert [row["r:diaObjectId"] for row in rows] == [int(STAR), int(SUPERNOVA)]
    row = rows[1]
    assert len(row) == 91
    assert row["r:nDiaSources"] == len(supernova)
    assert row["f:firstDiaSourceMjdTaiFink"] == supernova[-1][TIME]
    assert row["r:firstDiaSourceMjdTai"] is None
    in_red = [one["r:psfFlux"] for one in supernova if one["r:band"] == "r"]
    assert (row["r:r_psfFluxNdata"], row["r:r_psfFluxMax"]) == (len(in_red), max(in_red))


def test_forced_photometry_begins_with_the_first_detection(post, supernova):
    rows = post("fp", diaObjectId=SUPERNOVA).json()
    times = [row[TIME] for row in rows]
    assert len(rows[0]) == 15
    assert times == sorted(times, reverse=True)
    assert times[-1] == supernova[-1][TIME]
    assert {row[TIME] for row in supernova} < set(times)
    assert min(abs(row["r:psfFlux"]) / row["r:psfFluxErr"] for row in rows) < 5


def test_no_forced_photometry_of_a_single_detection(post):
    assert post("fp", diaObjectId=str(object_id(1, "ZTF99fewdwno"))).content == b"[]"


# --------------------------------------------------------------------------------------------------- schema


def test_schema_depends_on_the_endpoint(post):
    groups = post("schema", endpoint="/api/v1/sources").json()
    original, added = groups["LSST original fields (r:)"], groups["Fink science module outputs (f:)"]
    assert original["psfFlux"]["type"] == ["null", "float"]
    assert added["clf_cats_class"].keys() == {"type", "doc", "fink_broker_version", "fink_science_version"}
    assert "salt" not in original
    assert {"clf_slsn_score", "xm_spicy_SPICY"} <= added.keys()
    assert "diaSourceId" in post("schema", endpoint="/api/v1/objects").json()["LSST original fields (r:)"]


def test_schema_of_versions_and_of_unknown_endpoints(post):
    response = post("schema", endpoint="/api/v1/resolver")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    known = post("schema", endpoint="/api/v1/fp", major_version=10, minor_version=0)
    assert json.loads(known.text) == post("schema", endpoint="/api/v1/fp").json()
    assert post("schema", endpoint="/api/v1/fp", major_version=9, minor_version=0).status_code == 500
    assert post("schema", endpoint="/api/v1/fp", major_version=10).status_code == 500

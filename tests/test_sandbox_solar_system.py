"""Solar System objects of the sandbox: alerts, ephemerides, candidates, phase curves of ZTF."""

import ast
import io
import subprocess
import sys

import numpy as np
import pytest
import requests
from astropy.time import Time

from fink_sandbox import Sandbox, Sky
from fink_sandbox.sky.moving_objects import asteroids
from fink_sandbox.sky.orbits import Orbit, ephemeris

NUMBER, NAME, OTHER_NAME = "9900001", "Simulatedalpha", "2099SA1"
UNNUMBERED = "2099 SM4"
CANDIDATE = "FF20990311simaaaa"
WITHOUT_ORBIT = "99SIM1"
IDS = "i:objectId,i:candid"


@pytest.fixture(scope="module")
def box():
    with Sandbox(seed=1) as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    def post(endpoint="sso", **payload):
        payload = {name.replace("output_", "output-"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post


def read(content):
    return pytest.importorskip("pyarrow.parquet").ParquetFile(io.BytesIO(content)).read()


@pytest.mark.parametrize("name", [NUMBER, int(NUMBER), NAME, NAME.lower(), OTHER_NAME, "2099 sa1"])
def test_an_asteroid_is_found_by_number_name_and_designation(post, name):
    rows = post(n_or_d=name).json()
    assert len(rows) == 60
    assert {(row["sso_name"], row["sso_number"]) for row in rows} == {(NAME, int(NUMBER))}
    assert {row["i:ssnamenr"] for row in rows} == {NUMBER, OTHER_NAME}
    assert np.all(np.diff([row["i:jd"] for row in rows]) <= 0)


def test_every_alert_of_an_asteroid_is_another_object(post):
    rows = post(n_or_d=NUMBER, columns=f"{IDS},i:ra,i:dec,d:roid,i:publisher").json()
    assert len({row["i:objectId"] for row in rows}) == len({row["i:candid"] for row in rows}) == len(rows)
    assert {(row["d:roid"], row["i:publisher"]) for row in rows} == {(3, "Fink sandbox (simulated)")}
    (alert,) = post("objects", objectId=rows[0]["i:objectId"], columns="i:candid").json()
    assert alert["i:candid"] == rows[0]["i:candid"]


def test_the_name_in_the_alerts_is_always_included(post):
    assert post(n_or_d=NUMBER, columns="i:jd").json()[0].keys() == {
        "i:jd",
        "i:ssnamenr",
        "sso_name",
        "sso_number",
    }


def test_numbers_are_floats_beside_an_asteroid_without_number(post):
    rows = post(n_or_d=f"{NUMBER},{UNNUMBERED}", columns="i:jd").json()
    assert {type(row["sso_number"]) for row in rows} == {float, type(None)}
    assert {row["sso_number"] for row in post(n_or_d=UNNUMBERED, columns="i:jd").json()} == {None}


def test_ephemerides_come_before_the_alerts(post):
    rows = post(n_or_d=NUMBER, withEphem=True).json()
    assert list(rows[0])[:3] == ["index", "Date", "LAST"]
    for row in rows:
        assert abs(row["RA"] - row["i:ra"]) * np.cos(np.radians(row["DEC"])) < 1 / 3600
        assert abs(row["DEC"] - row["i:dec"]) < 1 / 3600
        assert row["Date"] == pytest.approx(row["i:jd"] + 15 / 86400)
        reduced = row["i:magpsf"] - 5 * np.log10(row["Dobs"] * row["Dhelio"])
        assert row["i:magpsf_red"] == pytest.approx(reduced)
        assert row["H"] > 25


def test_asteroids_are_followed_by_their_names_one_after_the_other(post):
    rows = post(n_or_d=f"9900002,{NUMBER}", withEphem="True", columns="i:jd,i:magpsf").json()
    names = [row["i:ssnamenr"] for row in rows]
    assert list(dict.fromkeys(names)) == sorted({NUMBER, OTHER_NAME, "9900002"})
    assert rows[names.index("9900002")]["index"] == 0


def test_residuals_are_as_small_as_the_errors(post):
    rows = post(n_or_d="9900003", withResiduals=True).json()
    pulls = np.array([row["residuals_shg1g2"] / row["i:sigmapsf"] for row in rows])
    assert 0.6 < pulls.std() < 1.5
    assert abs(pulls.mean()) < 0.7


def test_cutouts_of_an_asteroid(post):
    payload = {"n_or_d": UNNUMBERED, "withcutouts": True, "columns": IDS}
    rows = post(**payload).json()
    assert np.shape(rows[0]["b:cutoutScience_stampData"]) == (63, 63)
    rows = post(**payload, **{"cutout-kind": "Difference"}).json()
    assert np.mean([np.array(row["b:cutoutDifference_stampData"])[30:33, 30:33].mean() for row in rows]) > 0


@pytest.mark.parametrize(
    "payload",
    [
        {"n_or_d": "Nowhere"},
        {"n_or_d": f"{NUMBER},Nowhere"},
        {"n_or_d": f"{NUMBER},{UNNUMBERED}", "withResiduals": True},
        {"n_or_d": NUMBER, "withcutouts": True, "columns": "i:jd"},
        {"n_or_d": NUMBER, "withcutouts": True, "cutout-kind": "science"},
        {"n_or_d": WITHOUT_ORBIT, "withEphem": True},
        {},
    ],
)
def test_requests_that_are_refused(post, payload):
    response = post(**payload)
    assert response.status_code == 400
    assert ast.literal_eval(response.text)["status"] == "error"


def test_ephemerides_need_time_and_magnitude(post):
    assert post(n_or_d=NUMBER, withEphem=True, columns="i:jd").status_code == 500


def test_a_comet_without_alerts_is_not_an_error(post):
    assert post(n_or_d="10P").json() == post(n_or_d="C/2099A1").json() == []


def test_orbits_of_candidates(post):
    orbits = post("ssocand", kind="orbParams").json()
    assert [one["d:ssoCandId"] for one in orbits][0] == CANDIDATE
    assert len(orbits) == 3
    (orbit,) = post("ssocand", kind="orbParams", ssoCandId=CANDIDATE).json()
    assert orbit == orbits[0]


def test_light_curves_of_candidates_follow_their_orbits(post):
    rows = post("ssocand", kind="lightcurves", ssoCandId=CANDIDATE).json()
    (orbit,) = post("ssocand", kind="orbParams", ssoCandId=CANDIDATE).json()
    names = ["a", "e", "i", "long_node", "arg_peric", "mean_anomaly", "ref_epoch"]
    seen = ephemeris(
        Orbit(*(orbit[f"d:{name}"] for name in names), H=15, G=0.15), [row["d:jd"] for row in rows]
    )
    assert np.allclose(seen.ra, [row["d:ra"] for row in rows], atol=1e-3)
    assert np.allclose(seen.dec, [row["d:dec"] for row in rows], atol=1e-3)


def test_light_curves_are_cut_by_date_and_number(post):
    rows = post("ssocand", kind="lightcurves").json()
    assert len(rows) == 24
    assert len(post("ssocand", kind="lightcurves", maxnumber=5).json()) == 5
    dates = {"start_date": "2024-12-20", "stop_date": "2025-01-31"}
    start, stop = Time(list(dates.values())).jd
    inside = [row for row in rows if start <= row["d:jd"] < stop]
    assert post("ssocand", kind="lightcurves", **dates).json() == inside != []
    assert post("ssocand", kind="orbits").status_code == 500


@pytest.mark.parametrize("flavor", ["SHG1G2", "HG1G2", "HG", "SOCCA"])
def test_the_table_of_phase_curves_is_as_its_schema_says(post, flavor):
    schema = post("ssoft", flavor=flavor, schema=True).json()
    (row,) = post("ssoft", flavor=flavor, sso_name=NAME).json()
    types = {"str": str, "int": int, "double": float}
    assert {name: type(value) for name, value in row.items()} == {
        name: types[one["type"]] for name, one in schema.items()
    }
    assert all(one["description"] for one in schema.values())


def test_a_phase_curve_is_that_of_the_alerts(post):
    (row,) = post("ssoft", sso_number="9900003", version="2024.05").json()
    alerts = post(n_or_d="9900003", withEphem=True).json()
    assert (row["n_obs"], row["last_jd"]) == (len(alerts), alerts[0]["i:jd"])
    assert row["min_phase"] == pytest.approx(min(one["Phase"] for one in alerts), abs=0.01)
    assert row["H_1"] == pytest.approx(asteroids()[2].orbit.H + 0.25, abs=0.1)
    assert row["version"] == "2024.05"


def test_the_whole_table_of_phase_curves_is_parquet_by_default(post):
    assert len(post("ssoft", output_format="json").json()) == 4
    pytest.importorskip("pyarrow")
    response = post("ssoft")
    assert response.headers["Content-Type"] == "application/parquet"
    assert read(response.content).num_rows == 4


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"flavor": "H"}, 400),
        ({"version": "2024.5"}, 400),
        ({"version": "2023.06"}, 400),
        ({"version": "2099.01"}, 500),
    ],
)
def test_missing_phase_curves(post, wrong, status):
    assert post("ssoft", **wrong).status_code == status


def test_names_of_asteroids_are_resolved(post):
    def resolve(name, **more):
        return post("resolver", resolver="ssodnet", name=name, **more).json()

    known = [{"i:ssnamenr": one, "i:name": NAME, "i:number": NUMBER} for one in (NUMBER, OTHER_NAME)]
    assert resolve(NUMBER) == resolve(NAME.upper()) == resolve(NAME, nmax=1) == known
    assert resolve("simulated", nmax=1) == []
    assert len(resolve("simulated", nmax=3)) == 3
    alert = post(n_or_d=UNNUMBERED, columns=IDS).json()[0]["i:objectId"]
    assert [row["i:name"] for row in resolve(alert, reverse=True)] == [UNNUMBERED]


@pytest.mark.parametrize("seed", [0, 2, 7, 12345])
def test_every_seed_has_its_asteroids(seed):
    sky = Sky(seed=seed)
    assert len(sky.beginning_with("ZTF99ast")) == sum(body.alerts for body in asteroids())
    assert len(sky.beginning_with("ZTF99trck")) == 23


def test_the_same_seed_makes_the_same_asteroids_in_another_process(post):
    code = (
        "import sys, requests; from fink_sandbox import Sandbox\n"
        "with Sandbox(seed=1) as box:\n"
        f"    response = requests.get(box.url + '/api/v1/sso?n_or_d={NUMBER}&withResiduals=True')\n"
        "sys.stdout.buffer.write(response.content)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert other.stdout == post(n_or_d=NUMBER, withResiduals=True).content
    assert other.stderr == b""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Solar System objects: Tables of the responses."""

import astropy.units as u
import numpy as np
import pytest
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning
from bodies import parquet_of
from replay import as_json

from astroquery_fink import FinkClass
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, UnknownObjectError
from astroquery_fink.tables.decode import has_parquet

pytestmark = pytest.mark.usefixtures("in_json")

ALERT = {
    "i:objectId": "ZTF21aaxtctv", "i:candid": 2**53 + 1, "i:jd": 2461000.5, "i:magpsf": 18.5,
    "i:ssnamenr": "8467", "sso_name": "Benoitcarry", "sso_number": 8467,
}  # fmt: skip
EPHEMERIS = {
    "index": 0, "Date": 2461000.5, "Dobs": 1.5, "Dhelio": 2.5, "VMag": 18.4, "SDSS:g": 18.6, "Phase": 12.0,
    "Elong.": 120.0, "dRAcosDEC": -0.5, "RV": 3.0, "i:magpsf_red": 15.6,
}  # fmt: skip
ORBIT = {
    "d:ssoCandId": "FF20230725aaaacgw",
    "d:ref_epoch": 2460150.5,
    "d:a": 2.4,
    "d:e": 0.1,
    "d:i": 5.0,
    "d:rms_a": -1.0,
}
FIT = {
    "sso_name": "Benoitcarry",
    "sso_number": 8467.0,
    "H_1": 12.5,
    "alpha0": 30.0,
    "n_obs": 55,
    "fit": 0,
    "period": None,
}


def in_format(rows, payload):
    """The rows as the server would send them."""
    if payload.get("output-format") != "parquet":
        return as_json(rows)
    return 200, "parquet", parquet_of({name: [row.get(name) for row in rows] for name in (rows or [{}])[0]})


@pytest.fixture
def serve(serve):
    """Start a server with these rows, or with this answer."""

    def start(rows=None, answer=None):
        return serve(answer or (lambda method, path, payload: in_format(rows, payload)))

    return start


def test_alerts_come_newest_first_with_their_names_and_units(serve, response_format):
    newer = ALERT | {"i:candid": 2**53 + 3, "i:jd": 2461007.5, "sso_name": "10P", "sso_number": None}
    client, server = serve([ALERT, newer])
    table = client.query_sso([8467, "10P"])
    assert server.requests[0][1] == "/api/v1/sso"
    assert table["i:candid"].tolist() == [2**53 + 3, 2**53 + 1]
    assert table["sso_name"].tolist() == ["10P", "Benoitcarry"]
    assert table["sso_number"].tolist() == [None, 8467]
    assert table["i:magpsf"].unit == u.mag
    assert table.meta["endpoint"] == "sso"
    assert not [name for name in table.colnames if name.startswith("v:")]


def test_only_the_columns_asked_for_come_in_their_order(serve, response_format):
    client, _ = serve([ALERT])
    names = ["sso_name", "i:magpsf"]
    assert client.query_sso(8467, columns=names).colnames == names


def test_ephemerides_are_numbers_with_units(serve, response_format):
    client, _ = serve([ALERT | EPHEMERIS])
    table = client.query_sso(8467, columns="jd", withephem=True)
    assert table.colnames == ["i:jd", *(name for name in EPHEMERIS if name != "index")]
    units = {"Dobs": u.au, "Phase": u.deg, "VMag": u.mag, "dRAcosDEC": u.arcsec / u.min, "RV": u.km / u.s}
    assert {name: table[name].unit for name in units} == units
    assert "index" not in client.query_sso(8467, withephem=True).colnames


def test_of_ephemerides_that_are_named_no_others_come(serve):
    client, _ = serve([ALERT | EPHEMERIS | {"residuals_shg1g2": 0.1}])
    names = ["Phase", "i:magpsf_red", "residuals_shg1g2"]
    assert client.query_sso(8467, columns=names, withresiduals=True).colnames == names


def test_stamps_are_arrays_and_the_ids_that_they_need_do_not_show(serve, response_format):
    pixels = [[float(row + column) for column in range(63)] for row in range(63)]
    client, server = serve([ALERT | {"b:cutoutScience_stampData": pixels}])
    table = client.query_sso(8467, columns="jd", withcutouts=True)
    assert table.colnames == ["i:jd", "b:cutoutScience_stampData"]
    assert table["b:cutoutScience_stampData"].shape == (1, 63, 63)
    assert {"i:objectId", "i:candid"} < set(server.requests[0][2]["columns"].split(","))


def test_an_object_without_alerts_is_an_empty_table_with_its_columns(serve, response_format):
    client, _ = serve([])
    with pytest.warns(NoResultsWarning, match="8467"):
        table = client.query_sso(8467, withresiduals=True, withcutouts=True)
    assert len(table) == 0
    assert {"i:jd", "sso_name", "Phase", "SDSS:g", "residuals_shg1g2", "b:cutoutScience_stampData"} < set(
        table.colnames
    )
    assert table["sso_number"].dtype == np.int64
    assert table["Phase"].unit == u.deg


def test_a_name_that_nobody_knows_is_told_from_other_refusals(serve):
    words = "{'status': 'error', 'text': 'kdflsjffld is not a valid name or number according to quaero.\\n'}"
    client, _ = serve(answer=lambda *_: (400, "text/html", words.encode()))
    with pytest.raises(UnknownObjectError, match="kdflsjffld is not a valid name") as caught:
        client.query_sso("kdflsjffld")
    assert (caught.value.status, caught.value.endpoint) == (400, "sso")
    client, _ = serve(answer=lambda *_: (400, "text/plain", b"Check Miriade availabilities."))
    with pytest.raises(FinkQueryError, match="Miriade") as caught:
        client.query_sso(8467)
    assert not isinstance(caught.value, UnknownObjectError)


def test_orbits_have_units_and_no_error_is_masked(serve, response_format):
    client, server = serve([ORBIT])
    table = client.query_sso_candidates("orbParams", n=2)
    assert server.requests[0][1] == "/api/v1/ssocand"
    assert [table[name].unit for name in ("d:a", "d:i", "d:ref_epoch")] == [u.au, u.deg, u.day]
    assert table["d:rms_a"].mask.tolist() == [True]
    assert table.meta["complete"] is True


@pytest.mark.parametrize("n", [1, 2])
def test_a_full_answer_is_perhaps_not_all(serve, n):
    client, _ = serve([ORBIT] * 2)
    with pytest.warns(MaxResultsWarning, match=f"n={n} rows"):
        table = client.query_sso_candidates("orbParams", n=n)
    assert len(table) == n
    assert table.meta["complete"] is False
    assert table.meta["endpoint"] == "ssocand"


def test_a_trajectory_is_not_every_other_that_begins_like_it(serve):
    client, _ = serve([ORBIT, ORBIT | {"d:ssoCandId": "FF20230725aaaacgw2"}])
    table = client.query_sso_candidates("orbParams", trajectory="FF20230725aaaacgw")
    assert table["d:ssoCandId"].tolist() == ["FF20230725aaaacgw"]


@pytest.mark.parametrize(("kind", "name"), [("orbParams", "d:a"), ("lightcurves", "d:magpsf")])
def test_no_candidates_are_an_empty_table_with_its_columns(serve, kind, name):
    client, _ = serve([])
    with pytest.warns(NoResultsWarning, match="candidate"):
        table = client.query_sso_candidates(kind)
    assert table[name].unit is not None
    assert table.meta["complete"] is True


def test_phase_curves_have_units_and_exact_numbers(serve, response_format):
    client, server = serve([FIT])
    table = client.query_ssoft(number=8467)
    assert server.requests[0][1] == "/api/v1/ssoft"
    assert table["sso_number"].tolist() == [8467]
    assert [table[name].unit for name in ("H_1", "alpha0", "period")] == [u.mag, u.deg, u.hour]
    assert table["fit"].dtype == np.int64


@pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
def test_the_whole_table_comes_as_parquet_whatever_is_configured(serve):
    client, _ = serve([FIT, FIT])
    assert len(client.query_ssoft()) == 2


@pytest.mark.parametrize(
    ("flavor", "has", "lacks"),
    [("SHG1G2", "R", "G_1"), ("HG", "G_2", "G1_1"), ("HG1G2", "err_G2_1", "R"), ("SOCCA", "a_b", "R")],
)
def test_an_object_that_was_not_fitted_is_an_empty_table_with_its_columns(serve, flavor, has, lacks):
    client, _ = serve([])
    with pytest.warns(NoResultsWarning, match="Fink has no phase curve of this object"):
        table = client.query_ssoft(number=1, flavor=flavor)
    assert {has, "H_1", "chi2red"} < set(table.colnames)
    assert lacks not in table.colnames
    assert table["H_1"].unit == u.mag


def test_answers_are_kept(serve):
    client, server = serve([ALERT])
    assert [client.query_sso(8467).meta["cached"] for _ in range(2)] == [False, True]
    assert len(server.requests) == 1
    assert client.query_sso_async(8467).json() == [ALERT]


def test_a_failure_of_the_server_is_one_of_ours(serve):
    client, _ = serve(answer=lambda *_: (503, "text/html", b"<h1>Maintenance</h1>"))
    with pytest.raises(FinkServiceError, match="Maintenance"):
        client.query_ssoft(number=1)


# Asked of the simulated sky


@pytest.fixture
def sky(box, tmp_path, response_format):
    client = FinkClass(server=box.url)
    client.cache_location = tmp_path / "cache"
    return client


def test_an_asteroid_is_found_by_number_name_and_designation(sky):
    tables = [sky.query_sso(name, columns="candid,jd") for name in (9900001, "simulatedalpha", "2099 SA1")]
    assert len(tables[0]) > 10
    assert np.all(np.diff(tables[0]["i:jd"]) <= 0)
    assert tables[0]["i:candid"].tolist() == tables[1]["i:candid"].tolist() == tables[2]["i:candid"].tolist()


def test_reduced_magnitudes_follow_from_the_ephemerides(sky):
    names = ["i:magpsf", "Dobs", "Dhelio", "i:magpsf_red", "sso_name"]
    table = sky.query_sso("9900001,9900002", columns=names, withephem=True)
    assert table.colnames == names
    assert set(table["sso_name"]) == {"Simulatedalpha", "Simulatedbeta"}
    distance = 5 * np.log10(table["Dobs"] * table["Dhelio"])
    np.testing.assert_allclose(table["i:magpsf_red"], table["i:magpsf"] - distance, atol=1e-8)


def test_few_columns_are_enough_for_residuals_and_for_stamps(sky):
    residuals = sky.query_sso(9900001, columns="residuals_shg1g2", withresiduals=True)
    assert np.all(np.abs(residuals["residuals_shg1g2"]) < 1)
    stamps = sky.query_sso(9900002, columns="jd", withcutouts=True, cutout_kind="Difference")
    assert stamps["b:cutoutDifference_stampData"].shape == (len(stamps), 63, 63)


def test_a_name_that_the_simulated_sky_does_not_have_is_unknown(sky):
    with pytest.raises(UnknownObjectError, match="nobody"):
        sky.query_sso("nobody")


def test_candidates_have_orbits_and_light_curves(sky):
    orbits = sky.query_sso_candidates("orbParams")
    one = orbits["d:ssoCandId"][0]
    curve = sky.query_sso_candidates("lightcurves", trajectory=one)
    assert set(curve["d:ssoCandId"]) == {one}
    middle = Time(np.median(curve["d:jd"]), format="jd")
    parts = [{"stop": middle}, {"start": middle}]
    assert sum(len(sky.query_sso_candidates("lightcurves", trajectory=one, **part)) for part in parts) == len(
        curve
    )


def test_phase_curves_have_their_facts(sky):
    table = sky.query_ssoft(number=9900001, flavor="SOCCA")
    assert table["sso_name"].tolist() == ["Simulatedalpha"]
    assert set(table.colnames) <= set(sky._survey.facts)


@pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
def test_all_light_curves_are_a_parquet_file(sky, tmp_path):
    from pyarrow.parquet import read_table

    table = read_table(sky.download_sso_bulk(tmp_path / "sso.parquet"))
    assert "9900001" in table["ssnamenr"].to_pylist()

"""Alerts of several versions of Rubin's schema in one response, and the endpoint that describes them."""

import io
from importlib.util import find_spec

import pytest
from astropy.time import Time
from poster import poster

NEW = {"r:exposureTime", "r:reliabilityVersion", "r:trailAlgorithm", "r:trail_flag"}
SUPERNOVAE = ["170000000000000001", "170000000000000008"]
OLDER_TOO = [f"17000000000000000{number}" for number in (2, 3, 4, 6, 7)]
NUCLEUS = OLDER_TOO[1]
TIME, VERSION = "r:midpointMjdTai", "f:lsst_schema_version"
needs_pixels = pytest.mark.skipif(not find_spec("astropy_healpix"), reason="astropy-healpix is missing")
needs_arrow = pytest.mark.skipif(not find_spec("pyarrow"), reason="pyarrow is missing")
ORIGINAL = "LSST original fields (r:)"


@pytest.fixture(scope="module")
def post(box_lsst):
    return poster(box_lsst)


@pytest.fixture(scope="module")
def nucleus(post):
    return post(diaObjectId=NUCLEUS).json()


@pytest.fixture(scope="module")
def fields(post):
    def fields(endpoint, *version):
        numbers = dict(zip(("major_version", "minor_version"), version, strict=False))
        return post("schema", endpoint=f"/api/v1/{endpoint}", **numbers).json()[ORIGINAL]

    return fields


# ----------------------------------------------------------------------------------------------------- rows


def test_one_response_has_rows_of_three_versions_by_the_date_of_the_observation(nucleus):
    versions = [row[VERSION] for row in sorted(nucleus, key=lambda row: row[TIME])]
    assert list(dict.fromkeys(versions)) == ["lsst.v10_0", "lsst.v11_0", "lsst.v11_1"]
    assert versions == sorted(versions)


def test_a_version_begins_at_the_date_that_the_documentation_gives(nucleus):
    first = {}
    for row in sorted(nucleus, key=lambda row: -row[TIME]):
        first[row[VERSION]] = row[TIME]
    assert first["lsst.v11_0"] >= Time("2024-09-01").mjd
    assert first["lsst.v11_1"] >= Time("2025-03-10").mjd


@pytest.mark.parametrize("number", SUPERNOVAE)
def test_supernovae_have_rows_of_the_newest_version_only(post, number):
    rows = post(diaObjectId=number).json()
    assert {row[VERSION] for row in rows} == {"lsst.v11_1"}
    assert {(row["r:trail_flag"], row["r:reliabilityVersion"]) for row in rows} == {(False, "0.3")}


def test_older_rows_lack_the_new_columns_and_have_the_word_nan_in_text_and_truth_values(nucleus):
    for row in nucleus:
        new = row["r:trailAlgorithm"], row["r:trail_flag"], row["r:reliabilityVersion"]
        assert new == ((2, False, "0.3") if row[VERSION] == "lsst.v11_1" else (None, "nan", "nan"))


def test_no_row_has_an_exposure_time(nucleus):
    assert {row["r:exposureTime"] for row in nucleus} == {None}


def test_the_new_columns_are_in_alerts_and_not_in_summaries_and_forced_photometry(post):
    counts = {}
    for name, count in (("sources", 135), ("objects", 91), ("fp", 15)):
        row = post(name, diaObjectId=NUCLEUS).json()[0]
        counts[name] = (len(row), len(NEW & row.keys()))
        assert counts[name] == (count, 4 if name == "sources" else 0)


@needs_pixels
def test_a_cone_has_the_new_columns_that_have_a_value(post):
    (row,) = post("conesearch", ra=186.7283, dec=15.2104, radius=5).json()
    assert NEW & row.keys() == NEW - {"r:exposureTime"}


def test_asteroids_have_the_new_columns(post):
    rows = post("sso", n_or_d="9900003").json()
    assert rows[0].keys() >= NEW
    assert {str(row["r:trail_flag"]) for row in rows} == {"False", "nan"}
    assert {str(row["r:trail_flag"]) for row in post("sso", n_or_d="9900001").json()} == {"False"}


@needs_arrow
@pytest.mark.parametrize("number", OLDER_TOO)
def test_parquet_of_all_columns_fails_for_objects_seen_before_and_after_the_change(post, number):
    assert post(diaObjectId=number, output_format="parquet").status_code == 500
    names = f"r:diaSourceId,{TIME},r:exposureTime,r:trailAlgorithm"
    assert post(diaObjectId=number, columns=names, output_format="parquet").status_code == 200
    assert post(diaObjectId=number, output_format="csv").status_code == 200


@needs_arrow
def test_whole_numbers_of_some_rows_are_still_whole_in_parquet(post):
    from pyarrow import parquet

    names = "r:diaSourceId,r:trailAlgorithm"
    response = post(diaObjectId=NUCLEUS, columns=names, output_format="parquet")
    column = parquet.ParquetFile(io.BytesIO(response.content)).read()["r:trailAlgorithm"]
    assert str(column.type) == "int64"
    assert 0 < column.null_count < len(column)


def test_nights_have_the_version_of_their_date(post):
    rows = post("statistics", date="").json()
    versions = [row[VERSION] for row in rows]
    assert set(versions) == {"lsst.v10_0", "lsst.v11_0", "lsst.v11_1"}
    assert versions == sorted(versions)


# --------------------------------------------------------------------------------------------------- schema


def test_the_schema_is_that_of_the_newest_version_by_default(fields):
    assert fields("sources") == fields("sources", 11, 1)
    new = {name.removeprefix("r:") for name in NEW}
    assert fields("sources").keys() - fields("sources", 11, 0).keys() == new
    assert fields("sources", 10, 0).keys() == fields("sources", 11, 0).keys()
    assert {tuple(fields("sources")[name]["type"]) for name in new} == {
        ("null", "float"), ("null", "int"), ("null", "boolean"), ("null", "string")
    }  # fmt: skip


def test_counts_cannot_be_null_from_11_0_on(fields):
    for endpoint, name in (("sources", "psfNdata"), ("objects", "g_psfFluxNdata"), ("sso", "bboxSize")):
        assert fields(endpoint, 10, 0)[name]["type"] == ["null", "int"]
        assert fields(endpoint, 11, 0)[name]["type"] == fields(endpoint)[name]["type"] == "int"


def test_units_are_corrected_in_the_text_of_11_1(fields):
    old, new = fields("sources", 11, 0), fields("sources", 11, 1)
    assert "nJy" in old["trailLengthErr"]["doc"]
    assert "arcsec" in new["trailLengthErr"]["doc"]
    assert "cos(r:dec)" in new["raErr"]["doc"]
    assert "nJy" in old["ixx"]["doc"]
    assert "nJy" not in new["ixx"]["doc"]


def test_errors_of_right_ascension_are_on_the_sky(nucleus):
    assert all(row["r:raErr"] == row["r:decErr"] for row in nucleus)


@pytest.mark.parametrize("version", [(9, 0), (10, 1), (11, 2), (11, None), ("x", 0), (11,)])
def test_other_versions_break_the_server(post, version):
    numbers = dict(zip(("major_version", "minor_version"), version, strict=False))
    assert post("schema", endpoint="/api/v1/sources", **numbers).status_code == 500

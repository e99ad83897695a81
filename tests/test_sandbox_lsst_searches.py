"""Searches of the LSST service of the sandbox: cones, tags, events, names, bodies, nights."""

import ast
import gzip
import io
import math
from importlib.util import find_spec

import numpy as np
import pytest
import requests
from astropy.time import Time
from poster import poster

from fink_sandbox import Sandbox
from fink_sandbox.sky.events import event_map

SUPERNOVA, STAR, NUCLEUS = (str(170_000_000_000_000_000 + one) for one in (1, 2, 3))
UNKNOWN = "170000000000000999"
PLACE = {"ra": 186.7283, "dec": 15.2104, "radius": 10}
TIME, FIRST = "r:midpointMjdTai", "f:firstDiaSourceMjdTaiFink"
TAGS = [
    "extragalactic_lt20mag_candidate", "extragalactic_new_candidate", "faint_trails", "hostless_candidate",
    "in_tns", "mdwarf_flare", "most_likely_sn", "sn_near_galaxy_candidate",
]  # fmt: skip
needs_pixels = pytest.mark.skipif(not find_spec("astropy_healpix"), reason="astropy-healpix is missing")


@pytest.fixture(scope="module")
def post(box_lsst):
    return poster(box_lsst)


@pytest.fixture(scope="module")
def supernova(post):
    return post("sources", diaObjectId=SUPERNOVA).json()


def iso(mjd):
    return Time(mjd, format="mjd").iso


# ---------------------------------------------------------------------------------------------------- cones


@needs_pixels
def test_a_cone_has_the_newest_alert_of_every_object(post, supernova):
    (row,) = post("conesearch", **PLACE).json()
    assert row["r:diaSourceId"] == supernova[0]["r:diaSourceId"]
    assert row["v:separation_degree"] < 1 / 3600
    assert row["r:nDiaSources"] == len(supernova)
    assert {"f:pixel1024", FIRST, "f:clf_cats_class"} <= row.keys()
    assert "r:psfLnL" not in row
    assert "r:salt" not in row


@needs_pixels
@pytest.mark.parametrize(
    ("ra", "dec"), [("186.7283", "15.2104"), ("12h26m54.8s", "15d12m37s"), ("12:26:54.8", "15:12:37")]
)
def test_coordinates_in_other_notations(post, ra, dec):
    assert len(post("conesearch", ra=ra, dec=dec, radius="10").json()) == 1


@needs_pixels
def test_three_columns_are_added_but_not_the_number(post, supernova):
    names = {"r:ra", "r:dec", TIME, "v:separation_degree"}
    (row,) = post("conesearch", **PLACE, columns="r:diaObjectId").json()
    assert row.keys() == names | {"r:diaObjectId"}
    rows = post("conesearch", **PLACE, columns="r:psfFlux").json()
    assert len(rows) == len(supernova)
    assert rows[0].keys() == names | {"r:psfFlux"}
    distance = [row["v:separation_degree"] for row in rows]
    assert distance == sorted(distance)


@needs_pixels
@pytest.mark.parametrize("name", ["r:raErr", "r:decErr", "r:ra_dec_Cov"])
def test_names_that_resemble_coordinates_break_the_server(post, name):
    assert post("conesearch", **PLACE, columns=f"r:diaObjectId,{name}").status_code == 500
    assert post("conesearch", **PLACE, columns=f"r:diaObjectId,{name},r:ra,r:dec").status_code == 200


@needs_pixels
def test_limit_of_a_pixel(post, supernova):
    (row,) = post("conesearch", **PLACE, n=1).json()
    assert row["r:diaSourceId"] == supernova[-1]["r:diaSourceId"]
    for n in (0, -1):
        assert post("conesearch", **PLACE, n=n).content == b"[]"
    assert post("conesearch", **PLACE, n="x").status_code == 500


def test_radius(post):
    position = {"ra": 186.7283, "dec": 15.2104}
    assert post("conesearch", **position, radius=18001).status_code == 400
    assert post("conesearch", **position, radius="x").status_code == 500
    for radius in (0, -5):
        assert post("conesearch", **position, radius=radius).content == b"[]"


def test_invalid_coordinates(post):
    response = post("conesearch", ra=10, dec=91, radius=5)
    assert response.status_code == 400
    with pytest.raises(ValueError, match="malformed"):
        ast.literal_eval(response.text)
    assert post("conesearch", ra=546.7283, dec=15.2104, radius=0).status_code == 200


@needs_pixels
def test_dates_are_of_the_first_and_of_the_newest_alert(post, supernova):
    first, last = supernova[-1][TIME], supernova[0][TIME]
    kept = {
        "startdate": [iso(first - 0.001), first - 0.001, first + 2400000.4],
        "stopdate": [iso(last + 0.001)],
    }
    lost = {"startdate": [iso(first + 0.001)], "stopdate": [iso(last - 0.001), iso(first + 1)]}
    for name, values in kept.items():
        assert [len(post("conesearch", **PLACE, **{name: value}).json()) for value in values] == [1] * len(
            values
        )
    for name, values in lost.items():
        assert [len(post("conesearch", **PLACE, **{name: value}).json()) for value in values] == [0] * len(
            values
        )
    assert post("conesearch", **PLACE, startdate="yesterday").status_code == 500


HOUR = 1 / 24
BOUNDS = {
    "around all alerts": ("first", -HOUR, "last", HOUR, ["within", "across"]),
    "exactly from the first alert to the last": ("first", 0, "last", 0, ["within", "across"]),
    "between the first alert and the last": ("first", HOUR, "last", -HOUR, ["across"]),
    "up to the first alert": ("first", -HOUR, "first", 0, ["across"]),
    "from the last alert on": ("last", 0, "last", HOUR, ["across"]),
    "before the first alert": ("first", -2 * HOUR, "first", -HOUR, []),
    "after the last alert": ("last", HOUR, "last", 2 * HOUR, []),
}


@pytest.fixture(scope="module")
def bounds(post):
    """Times of the first and of the last alert of the supernova, with all digits."""
    text = post("conesearch", **PLACE, columns=f"r:diaObjectId,{FIRST}", output_format="csv").text
    names, values = (line.split(",") for line in text.splitlines())
    row = dict(zip(names, map(float, values), strict=True))
    return {"first": row[FIRST], "last": row[TIME]}


@needs_pixels
@pytest.mark.parametrize("kind", ["within", "across"])
@pytest.mark.parametrize("span", BOUNDS)
def test_kind_says_whether_an_object_may_vary_outside_the_dates(post, bounds, kind, span):
    first, before, last, after, kinds = BOUNDS[span]
    start, stop = bounds[first] + before, bounds[last] + after
    for end in ({"stopdate": stop}, {"window": stop - start + 1e-9}):
        rows = post("conesearch", **PLACE, startdate=start, **end, kind=kind).json()
        assert len(rows) == (kind in kinds), end


@needs_pixels
@pytest.mark.parametrize(
    ("kind", "name", "bound", "shift", "count"),
    [
        ("within", "startdate", "first", 0, 1), ("within", "startdate", "first", HOUR, 0),
        ("across", "startdate", "last", 0, 1), ("across", "startdate", "last", HOUR, 0),
        ("within", "stopdate", "last", 0, 1), ("within", "stopdate", "last", -HOUR, 0),
        ("across", "stopdate", "first", 0, 1), ("across", "stopdate", "first", -HOUR, 0),
    ],
)  # fmt: skip
def test_one_date_bounds_the_first_or_the_last_alert(post, bounds, kind, name, bound, shift, count):
    rows = post("conesearch", **PLACE, **{name: bounds[bound] + shift}, kind=kind).json()
    assert len(rows) == count


@needs_pixels
def test_an_object_that_varied_across_the_dates_has_its_newest_row_though_it_is_later(
    post, bounds, supernova
):
    middle = bounds["first"] + 1
    (row,) = post("conesearch", **PLACE, stopdate=middle, kind="across").json()
    assert row["r:diaSourceId"] == supernova[0]["r:diaSourceId"]
    assert row[TIME] > middle


@needs_pixels
def test_kind_has_no_effect_without_dates_and_an_unknown_one_means_within(post, bounds):
    plain = post("conesearch", **PLACE).json()
    assert post("conesearch", **PLACE, kind="across").json() == plain
    for unknown in ("Across", "", None, 7, ["across"]):
        assert post("conesearch", **PLACE, startdate=bounds["first"], kind=unknown).json() == plain
        assert post("conesearch", **PLACE, startdate=bounds["first"] + HOUR, kind=unknown).json() == []


@needs_pixels
@pytest.mark.parametrize(
    ("version", "count"), [("3.5.0", 0), ("3.6.9", 0), ("3.7.0", 1), ("3.10.0", 1), ("4", 1)]
)
def test_servers_before_3_7_ignore_kind(version, count, bounds):
    with Sandbox(seed=1, survey="lsst", version=version) as box:
        rows = poster(box)("conesearch", **PLACE, startdate=bounds["first"] + HOUR, kind="across").json()
    assert len(rows) == count


@needs_pixels
def test_the_window_counts_beside_a_start_only(post, supernova):
    start = iso(supernova[-1][TIME] - 1)
    assert post("conesearch", **PLACE, startdate=start, window=2).json() == []
    assert len(post("conesearch", **PLACE, startdate=start, window=1000).json()) == 1
    assert len(post("conesearch", **PLACE, window=0.1).json()) == 1


@needs_pixels
def test_dates_are_compared_with_a_clock_that_is_37_seconds_ahead(post, supernova):
    """The UTC of the first alert is 37 s before the number that is compared."""
    shifted = supernova[-1][TIME] - 30 / 86400
    assert len(post("conesearch", **PLACE, startdate=iso(shifted)).json()) == 1


@needs_pixels
def test_dates_need_a_column_and_empty_rows_only(post):
    assert post("conesearch", **PLACE, startdate="2024-01-01", columns="r:psfFlux").status_code == 400
    response = post("conesearch", **PLACE, startdate="2027-01-01", columns=FIRST, output_format="csv")
    assert response.text == f"{FIRST},r:dec,{TIME},r:ra,v:separation_degree\n"


# ----------------------------------------------------------------------------------------------------- tags


@pytest.mark.parametrize("tag", TAGS)
def test_the_newest_alerts_of_a_tag(post, tag):
    rows = post("tags", tag=tag).json()
    times = [row[TIME] for row in rows]
    assert 0 < len(rows) <= 10
    assert times == sorted(times, reverse=True)
    assert len(rows[0]) == 135
    assert rows[0]["r:salt"] is None
    assert [row[TIME] for row in post("tags", tag=tag, n=2).json()] == times[:2]


def test_rows_of_a_tag_without_time_come_oldest_first(post):
    newest = [row["r:diaSourceId"] for row in post("tags", tag="in_tns", n=4).json()]
    assert [
        row["r:diaSourceId"] for row in post("tags", tag="in_tns", n=4, columns="r:diaSourceId").json()
    ] == (newest[::-1])


def test_dates_of_a_tag(post):
    span = {"startdate": "2025-01-01", "stopdate": "2025-02-01 12:00:00"}
    rows = post("tags", tag="in_tns", n=1000, **span).json()
    assert (
        rows == post("tags", tag="in_tns", n=1000, startdate=span["stopdate"], stopdate="2025-01-01").json()
    )
    assert all(60676 <= row[TIME] <= 60707.5 for row in rows)
    for wrong in (60676, "60676", 2460676.5):
        assert post("tags", tag="in_tns", startdate=wrong).status_code == 500
    assert post("tags", tag="in_tns", n=0).content == b"[]"
    assert post("tags", tag="in_tns", n="x").status_code == 500


@pytest.mark.parametrize("tag", ["cataloged", "uniform_sample", "is_solar_system"])
def test_tags_that_are_not_served(post, tag):
    response = post("tags", tag=tag)
    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert response.text.startswith(
        f"\n        {'There is no tag' if tag == 'cataloged' else 'The tag'} {tag}"
    )


def test_list_of_tags(box_lsst):
    listed = requests.get(f"{box_lsst.url}/api/v1/tags", timeout=5).json()
    assert [name for name, one in listed.items() if one["API support"]] == TAGS
    stream_only = {"fast_transient_gvom", "in_simbad", "is_solar_system"}
    stream_only |= {"extragalactic_svom", "remove_unlikely_transients", "uniform_sample"}
    assert listed.keys() - TAGS == stream_only
    blocks = requests.get(f"{box_lsst.url}/api/v1/blocks", timeout=5).json()
    assert len(blocks) == 16
    assert "b_mag_rate_mc_sampling" in blocks


def test_faint_trails_are_alerts_with_long_trails_between_two_magnitudes(post):
    rows = post("tags", tag="faint_trails", n=1000).json()
    assert len(rows) > 5
    for row in rows:
        assert 18 < 31.4 - 2.5 * math.log10(row["r:psfFlux"]) < 21
        assert row["r:trailLength"] > 2
        assert row["r:trailFlux"] > 0
        assert not row["r:pixelFlags_cr"]


def test_asteroids_among_faint_trails_have_no_object_but_an_alert_id_with_cutouts(post):
    rows = [row for row in post("tags", tag="faint_trails", n=1000).json() if row["r:diaObjectId"] == 0]
    assert rows
    assert not any(name.startswith(("r:eph", "r:topo", "r:helio")) for name in rows[0])
    asteroid = rows[0]
    assert asteroid["r:ssObjectId"] > 0
    assert post("sources", diaObjectId="0").json() == []
    found = post("cutouts", diaSourceId=str(asteroid["r:diaSourceId"]), kind="Science", output_format="FITS")
    assert found.content.startswith(b"SIMPLE")
    known = post("sso", n_or_d="2099 SM4").json()
    assert asteroid["r:diaSourceId"] in {row["r:diaSourceId"] for row in known}


@pytest.mark.skipif(not find_spec("pyarrow"), reason="pyarrow is missing")
def test_rows_of_tags_have_time_and_object_as_their_key(post):
    from pyarrow import parquet

    names = f"r:diaObjectId,r:diaSourceId,{TIME}"
    response = post("tags", tag="faint_trails", n=1000, columns=names, output_format="parquet")
    for row in parquet.ParquetFile(io.BytesIO(response.content)).read().to_pylist():
        assert row["__index_level_0__"] == f"{row[TIME]}_{row['r:diaObjectId']}"


def test_flares_of_red_dwarfs_are_sudden_and_blue(post):
    rows = sorted(post("tags", tag="mdwarf_flare", n=1000).json(), key=lambda row: row[TIME])
    assert len(rows) > 5
    for row in rows:
        assert row["r:band"] in ("u", "g")
        assert row["r:psfFlux"] >= 0.1 * row["r:templateFlux"]
        assert row["f:xm_gaiadr3_DR3Name"].startswith("Gaia")
    numbers = ",".join({str(row["r:diaObjectId"]) for row in rows})
    every = [row[TIME] for row in post("sources", diaObjectId=numbers).json()]
    assert not any(4 / 24 < row[TIME] - one < 2 for row in rows for one in every)


# --------------------------------------------------------------------------------------------------- bodies


def test_bodies_by_all_their_names(post):
    rows = post("sso", n_or_d="9900001").json()
    assert len(rows[0]) == 144
    times = [row[TIME] for row in rows]
    assert times == sorted(times, reverse=True)
    assert {row["r:diaObjectId"] for row in rows} == {0}
    assert {row["f:sso_name"] for row in rows} == {"Simulatedalpha"}
    for name in (9900001, "Simulatedalpha", "2099 SA1", "2099SA1", "K99S01A"):
        assert post("sso", n_or_d=name).json() == rows
    assert post("sources", diaObjectId="0").content == b"[]"


def test_lists_of_bodies(post):
    both = post("sso", n_or_d="9900001,9900002", columns="r:psfFlux").json()
    names = {"r:psfFlux", "r:packed_primary_provisional_designation", "f:sso_name"}
    assert both[0].keys() == names
    assert {row["f:sso_name"] for row in both} == {"Simulatedalpha", "Simulatedbeta"}
    assert post("sso", n_or_d="9900001,nobody").status_code == 400
    assert post("sso", n_or_d="nobody").status_code == 400
    assert post("sso", n_or_d="99SIM1").content == b"[]"
    assert post("sso", n_or_d="9900001", columns="r:psfFlux,f:clf_cats_class").content == b"[]"


def test_ephemerides(post):
    plain = post("sso", n_or_d="9900001").json()
    for yes in ({"withEphem": True}, {"withEphem": "True"}, {"withResiduals": True}):
        row = post("sso", n_or_d="9900001", **yes).json()[0]
        assert row.keys() - plain[0].keys() >= {"index", "Phase", "Dobs", "i:magpsf_red"}
        distance = row["Dobs"] * row["Dhelio"]
        magnitude = 31.4 - 2.5 * np.log10(row["r:psfFlux"])
        assert row["i:magpsf_red"] == pytest.approx(magnitude - 5 * np.log10(distance))
        assert row["Date"] == pytest.approx(row[TIME] + 2400000.5 - 37 / 86400, abs=1e-6)
    for no in ({"withEphem": "true"}, {"withEphem": 1}):
        assert post("sso", n_or_d="9900001", **no).json() == plain
    assert post("sso", n_or_d="9900001,9900002", withResiduals=True).status_code == 400
    assert post("sso", n_or_d="9900001", withEphem=True, columns="r:band").status_code == 500


# ---------------------------------------------------------------------------------------------------- names


def test_names_of_transients(post):
    rows = post("resolver", resolver="tns", name_or_id="sn 2099SIM").json()
    assert {row["f:internalname"] for row in rows} == {"ZTF99simsnia", "SIM99a"}
    assert all(isinstance(value, str) for row in rows for value in row.values())
    for nothing in ("2099sim", "SN 2099si", "ZTF99simsnia"):
        assert post("resolver", resolver="tns", name_or_id=nothing).content == b"[]"
    assert len(post("resolver", resolver="tns", name_or_id="").json()) == 6
    assert len(post("resolver", resolver="tns", name_or_id="", nmax=2).json()) == 2


def test_names_of_objects(post):
    (row,) = post("resolver", resolver="tns", name_or_id=SUPERNOVA, reverse=True).json()
    assert (row["r:diaObjectId"], row["f:xm_tns_fullname"]) == (SUPERNOVA, "SN 2099sim")
    (row,) = post("resolver", resolver="tns", name_or_id=STAR, reverse=True).json()
    assert row == {"r:diaObjectId": STAR}
    assert post("resolver", resolver="tns", name_or_id=UNKNOWN, reverse=True).content == b"[]"
    for no in ("True", 1):
        assert post("resolver", resolver="tns", name_or_id=SUPERNOVA, reverse=no).content == b"[]"


def test_simbad_both_ways(post):
    (row,) = post("resolver", resolver="simbad", name_or_id="Simulated AGN 99").json()
    assert (row["jradeg"], row["oname"]) == (139.0527, "Simulated AGN 99")
    assert post("resolver", resolver="simbad", name_or_id="nobody").content == b"[]"
    (row,) = post("resolver", resolver="simbad", name_or_id=NUCLEUS, reverse=True).json()
    assert row.keys() == {"r:diaObjectId", "f:main_label_crossmatch", "r:ra", "r:dec"}
    assert all(isinstance(value, str) for value in row.values())
    (row,) = post("resolver", resolver="simbad", name_or_id=SUPERNOVA, reverse=True).json()
    assert "f:main_label_crossmatch" not in row


def test_bodies_both_ways(post):
    alerts = post("sso", n_or_d="9900001").json()
    rows = post("resolver", resolver="ssodnet", name_or_id="Simulatedalpha", nmax=100).json()
    assert [row["r:diaSourceId"] for row in rows] == [row["r:diaSourceId"] for row in alerts]
    assert post("resolver", resolver="ssodnet", name_or_id="nobody").status_code == 500
    number = str(rows[0]["r:ssObjectId"])
    (row,) = post("resolver", resolver="ssodnet", name_or_id=number, reverse=True).json()
    assert row["r:unpacked_primary_provisional_designation"] == "2099 SA1"
    assert row["r:ssObjectId"] == number


def test_wrong_requests_about_names(box_lsst, post):
    assert post("resolver", resolver="ned", name_or_id="x").status_code == 500
    assert post("resolver", resolver="tns", name_or_id=7).status_code == 500
    assert post("resolver", resolver="tns", name_or_id="x", nmax="2").status_code == 500
    payload = {"resolver": "tns", "name_or_id": "SN 2099sim", "nmax": 2}
    assert requests.get(f"{box_lsst.url}/api/v1/resolver", payload, timeout=5).status_code == 500


# ------------------------------------------------------------------------------------------- nights, events


def test_numbers_of_nights_are_text(post):
    rows = post("statistics", date="2025").json()
    nights = [row["f:night"] for row in rows]
    assert nights == sorted(nights)
    assert len(rows[0]) == 22
    kinds = {name: {type(row[name]) for row in rows} for name in rows[0]}
    assert kinds.pop("f:in_tns") == {str, int}
    assert set(map(tuple, kinds.values())) == {(str,)}
    assert all(row["f:isDipole"] == row["f:alerts"] for row in rows)
    assert post("statistics", date="2025-03").content == b"[]"
    assert len(post("statistics", date="").json()) > len(rows)


def test_columns_of_nights(post):
    (row,) = post("statistics", date="2025", columns="f:alerts,f:visits").json()[:1]
    assert list(row) == ["f:alerts", "f:visits", "f:night"]
    assert post("statistics", date="2025", columns="f:alerts, f:visits").content == b"[]"
    assert post("statistics", date=2025).status_code == 500


@pytest.mark.skipif(not find_spec("pyarrow"), reason="pyarrow is missing")
def test_an_undecoded_number_breaks_parquet(post):
    assert post("statistics", date="2025", output_format="parquet").status_code == 500


@needs_pixels
def test_alerts_in_the_region_of_an_event(post, supernova):
    rows = post("skymap", credible_level=0.9, event_name="S990315sim").json()
    assert {row["r:diaSourceId"] for row in rows} == {row["r:diaSourceId"] for row in supernova}
    assert {row["v:startgwMjdTai"] for row in rows} == {60749.2083333335}
    again = post("skymap", credible_level=0.9, event_name="S990315sim", n_day_before=0.1, n_day_after=0.1)
    assert again.json() == rows
    sent = post("skymap", credible_level=0.9, bayestar=str(event_map("S990315sim")))
    assert sent.json() == rows
    assert post("skymap", credible_level=0.01, event_name="S990315sim").json() == []


def test_unknown_events(post):
    assert list(post("skymap", credible_level=0.9, event_name="S1").json()[0]) == ["status"]
    assert post("skymap", credible_level=0.9, file=str(gzip.compress(b""))).status_code == 500
    assert post("skymap", credible_level=0.9).status_code == 500

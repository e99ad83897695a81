# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables and cutouts made of responses of Rubin's real service.

The responses are not part of this repository: the environment variable FINK_RECORDINGS names their folder.
The expected values come from their bytes, read without the client.
"""

import csv
import io
import json
from contextlib import nullcontext
from functools import partial

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.io.votable import parse_single_table
from astropy.time import Time
from astropy.wcs import WCS
from astroquery.exceptions import NoResultsWarning
from readings import mask_of
from recordings import Recordings

from astroquery_fink.exceptions import FinkQueryError, FinkServiceError
from astroquery_fink.surveys import LSST
from astroquery_fink.tables.build import alerts, cutout_arrays, decode_cutouts
from astroquery_fink.tables.decode import read_rows

RECORDED = Recordings("lsst")
RECORDED.need()
recorded, body, rows_of = RECORDED.response, RECORDED.body, RECORDED.rows
by_endpoint, by_format = RECORDED.by_endpoint, RECORDED.by_format

pytestmark = pytest.mark.recorded

ID, OTHER, UNKNOWN = 313897383979122767, 170028485706776685, 313897383979122999
STAMPED = 170094456251351059
NAMES = RECORDED.entries["sources_columns"]["payload"]["columns"]
IDS = ("r:diaObjectId", "r:diaSourceId")
SINCE_11_1 = ["r:exposureTime", "r:trailAlgorithm", "r:trail_flag", "r:reliabilityVersion"]  # of the schema

run = set()


@pytest.fixture(autouse=True)
def _note(request):
    run.add(request.function.__name__)


@pytest.fixture
def serve(serve):
    """Start a server of Rubin's alerts."""
    return partial(serve, survey="lsst")


@pytest.fixture
def light_curve(serve, response_format):
    client, _ = serve(by_format(json="sources_columns", parquet="sources_parquet"))
    return client.query_object(ID, columns=NAMES)


def read(name, **options):
    return alerts(read_rows(body(name)), LSST, **options)


def is_nothing(value, facts):
    return value in (None, "", "nan") or value == facts.missing


def meant(value, facts):
    return {"int64": int, "float64": float, "bool": bool, "str": str}[facts.dtype](value)


def assert_told(table, rows, names=None):
    """Each cell is the value that the server sent, masked if it is a missing value."""
    assert len(table) == len(rows)
    for name in names or rows[0]:
        facts = LSST.facts[name]
        assert table[name].dtype.kind == {"int64": "i", "float64": "f", "bool": "b", "str": "U"}[facts.dtype]
        for cell, row in zip(table[name], rows, strict=True):
            value = row.get(name)
            wanted = np.ma.masked if is_nothing(value, facts) else meant(value, facts)
            assert cell is wanted or (cell is not np.ma.masked and cell == wanted), (name, cell, value)


# Light curves


def test_ids_are_exact_and_rows_are_newest_first(light_curve):
    rows = rows_of("sources_columns")
    for name in IDS:
        assert light_curve[name].dtype == np.int64
        assert light_curve[name].tolist() == [row[name] for row in rows]
    assert len(set(light_curve["r:diaSourceId"])) == len(rows) > 300
    assert np.all(np.diff(light_curve["r:midpointMjdTai"]) <= 0)


def test_both_formats_are_the_same_light_curve_but_for_the_decimals_of_json(light_curve, response_format):
    """The text of CSV has all decimals, and the standard library reads it."""
    exact = list(csv.DictReader(io.StringIO(body("sources_csv").decode())))
    names = RECORDED.entries["sources_csv"]["payload"]["columns"].split(",")
    assert light_curve.colnames == names
    for name in names:
        facts = LSST.facts[name]
        values = [meant(row[name], facts) for row in exact]
        if response_format == "json" and facts.dtype == "float64":
            values = [round(value, 10) for value in values]
        assert light_curve[name].tolist() == values, name


@pytest.mark.filterwarnings("ignore::astropy.io.votable.exceptions.VOWarning")
def test_parquet_has_what_votable_has():
    pytest.importorskip("pyarrow")
    other = parse_single_table(io.BytesIO(body("sources_votable"))).to_table()
    table = read("sources_parquet")
    for name in NAMES.split(","):
        assert table[name].tolist() == other[name.replace(":", "_")].tolist(), name


def test_columns_have_units_and_meta_tells_where_they_come_from(light_curve):
    assert light_curve["r:psfFlux"].unit == light_curve["r:scienceFluxErr"].unit == u.nJy
    assert light_curve["r:ra"].unit == u.deg
    assert light_curve["r:midpointMjdTai"].unit == u.d
    assert all(column.description for column in light_curve.itercols())
    assert light_curve.meta["survey"] == "lsst"
    assert light_curve.meta["missing"] == light_curve.meta["cut"] == []
    assert json.loads(light_curve.meta["payload"])["diaObjectId"] == str(ID)
    assert "__index_level_0__" not in light_curve.colnames


def test_a_full_row_has_every_column_with_its_dtype_also_where_all_is_null(serve):
    client, _ = serve(by_endpoint(sources="sources_one_full"))
    (row,) = rows_of("sources_one_full")
    table = client.query_object(ID)
    assert set(table.colnames) == {*row, *SINCE_11_1}
    assert_told(table, [row])
    empty = [name for name in row if row[name] is None]
    assert {LSST.facts[name].dtype for name in empty} >= {"float64", "str"}
    assert all(mask_of(table[name]).all() for name in empty)


def test_nan_in_text_is_no_value():
    """Where only some rows have a text or a truth value, the server writes "nan" in the others."""
    rows = rows_of("sources_partial_nulls")
    assert rows[1]["r:isNegative"] == rows[1]["r:band"] == "nan"
    table = read("sources_partial_nulls", names=list(rows[0]))
    assert_told(table, rows)
    assert table["r:isNegative"].tolist() == [False, None]
    assert table["r:psfNdata"].tolist() == [1681, None]


def test_two_objects_come_in_the_order_asked(serve):
    client, _ = serve(by_endpoint(sources="sources_two_ids"))
    rows = rows_of("sources_two_ids")
    for ids in ([OTHER, ID], [ID, OTHER]):
        table = client.query_objects(ids, columns="diaObjectId,midpointMjdTai,psfFlux,band", cache=False)
        assert list(dict.fromkeys(table["r:diaObjectId"].tolist())) == ids
        for objectid in ids:
            mine = [row for row in rows if row["r:diaObjectId"] == objectid]
            assert_told(table[table["r:diaObjectId"] == objectid], mine)


def test_an_unknown_object_is_an_empty_table_with_all_columns(serve):
    client, _ = serve(by_endpoint(sources="sources_unknown"))
    with pytest.warns(NoResultsWarning, match=str(UNKNOWN)):
        table = client.query_object(UNKNOWN)
    full = read("sources_one_full")
    assert len(table) == 0
    assert table.colnames == full.colnames
    assert [table[name].dtype.kind for name in table.colnames] == [
        full[name].dtype.kind for name in full.colnames
    ]
    assert table.meta["missing"] == [UNKNOWN]


@pytest.mark.parametrize("broken", ["sources_votable_all_500", "sources_int_id_500"])
def test_where_the_server_breaks_on_parquet_it_is_asked_for_json(serve, broken):
    pytest.importorskip("pyarrow")
    client, server = serve(by_format(parquet=broken, json="sources_columns"))
    assert_told(client.query_object(ID, columns=NAMES), rows_of("sources_columns"))
    assert [payload["output-format"] for _, _, payload in server.requests] == ["parquet", "json"]


def test_a_server_that_breaks_on_both_is_an_error_with_its_words(serve):
    client, _ = serve(by_endpoint(sources="sources_int_id_500"))
    with pytest.raises(FinkServiceError, match="Internal Server Error") as caught:
        client.query_object(ID)
    assert caught.value.status == 500


# Summaries, forced photometry, cones, tags, bodies


def test_a_summary_is_a_row_an_object(serve):
    client, _ = serve(by_endpoint(objects="objects_full"))
    table, (row,) = client.query_summary(ID), rows_of("objects_full")
    assert len(table.colnames) == len(row) == 91
    assert_told(table, [row])
    assert table["r:i_psfFluxMean"].unit == u.nJy
    assert mask_of(table["r:firstDiaSourceMjdTai"]).all()


def test_forced_photometry_has_its_own_columns(serve):
    client, _ = serve(by_endpoint(fp="fp_columns"))
    rows = rows_of("fp_columns")
    table = client.query_forced_photometry(ID, columns=list(rows[0]))
    assert table.colnames == list(rows[0])
    assert_told(table, rows)
    assert table["r:diaForcedSourceId"].dtype == np.int64
    assert len(client.query_forced_photometry(ID).colnames) == 15


def test_forced_photometry_and_alerts_of_a_real_object_are_one_light_curve(serve):
    client, _ = serve(by_endpoint(fp="fp_columns", sources="sources_columns"))
    table = client.query_object(ID, withforced=True, columns="midpointMjdTai,band,psfFlux,psfFluxErr")
    tags = table["tag"].tolist()
    assert tags.count("valid") == len(rows_of("sources_columns"))
    assert tags.count("forced") == len(rows_of("fp_columns"))
    assert np.all(np.diff(table["r:midpointMjdTai"]) <= 0)
    assert table.colnames == ["r:midpointMjdTai", "r:band", "r:psfFlux", "r:psfFluxErr", "tag"]


def test_a_cone_is_a_row_an_object_nearest_first(serve):
    client, _ = serve(by_endpoint(conesearch="conesearch_5deg_full"))
    table = client.query_region("61.8132 -47.58368", 5 * u.deg)
    rows = sorted(rows_of("conesearch_5deg_full"), key=lambda row: row["v:separation_degree"])
    assert len(set(table["r:diaObjectId"])) == len(table) == len(rows)
    assert_told(table, rows)
    assert set(LSST.cone.columns) <= set(table.colnames)
    assert table["v:separation_degree"].unit == u.deg


def test_columns_of_a_cone_are_those_asked_for(serve):
    client, _ = serve(by_endpoint(conesearch="conesearch_columns"))
    table = client.query_region("61.8132 -47.58368", "10 arcsec", columns="diaObjectId,psfFlux")
    assert table.colnames == ["r:diaObjectId", "r:psfFlux", "v:separation_degree"]
    assert_told(table, rows_of("conesearch_columns"), table.colnames)


@pytest.mark.parametrize("bound", ["r:midpointMjdTai", "f:firstDiaSourceMjdTaiFink"])
def test_a_cone_keeps_what_was_not_seen_after_the_end(serve, bound):
    """Also if the server sends the others."""
    client, _ = serve(by_endpoint(conesearch="conesearch_5deg_full"))
    rows = rows_of("conesearch_5deg_full")
    for end in {row[bound] for row in rows}:
        stop = Time(end, format="mjd", scale="tai")
        kept = {row["r:diaObjectId"] for row in rows if row["r:midpointMjdTai"] <= end}
        with nullcontext() if kept else pytest.warns(NoResultsWarning):
            table = client.query_region("61.8132 -47.58368", 5 * u.deg, stop=stop)
        assert set(table["r:diaObjectId"].tolist()) == kept


def test_alerts_of_a_tag_are_full_rows(serve):
    client, server = serve(
        lambda method, path, payload: recorded("tags_list" if method == "GET" else "tags_in_tns_3")
    )
    rows = rows_of("tags_in_tns_3")
    table = client.query_tag("IN_TNS", n=3)
    assert_told(table, rows)
    assert set(table.colnames) == {*rows[0], *SINCE_11_1}
    assert [method for method, _, _ in server.requests] == ["GET", "POST"]


def test_tags_and_blocks_are_lists(serve):
    client, _ = serve(by_endpoint(tags="tags_list", blocks="blocks"))
    tags, sent = client.list_tags(), rows_of("tags_list")
    assert tags["name"].tolist() == list(sent)
    assert tags["served"].tolist() == [about["API support"] for about in sent.values()]
    assert all(tags["description"])
    assert dict(client.list_blocks().iterrows()) == {
        name: " ".join(text.split()) for name, text in rows_of("blocks").items()
    }


def test_a_tag_that_cannot_be_asked_for_is_refused_after_a_look_at_the_list(serve):
    client, server = serve(by_endpoint(tags="tags_list"))
    with pytest.raises(FinkQueryError, match="in Fink's stream of alerts only; .*in_tns"):
        client.query_tag("uniform_sample", n=3)
    assert [method for method, _, _ in server.requests] == ["GET"]


def test_an_object_of_the_solar_system_has_its_names(serve):
    client, _ = serve(by_endpoint(sso="sso_full"))
    table, rows = client.query_sso("K04J12Q"), rows_of("sso_full")
    assert_told(table, rows)
    assert set(table.colnames) == {*rows[0], *SINCE_11_1}
    assert table["r:ssObjectId"].dtype == np.int64


# Stamps


def stamped_alert():
    """The alert of the recorded cutouts, and its row as a response of ``sources``."""
    (row,) = [row for row in rows_of("tags_in_tns_3") if row["r:diaSourceId"] == STAMPED]
    return row, (200, "application/json", json.dumps([row]).encode())


@pytest.fixture
def stamped(serve):
    """A client of a server with one alert and its recorded cutouts."""
    row, sources = stamped_alert()
    client, _ = serve(lambda _, path, __: sources if path.endswith("sources") else recorded("cutouts_fits"))
    return client, row


@pytest.fixture
def hdus(stamped):
    client, row = stamped
    return client.get_cutouts(row["r:diaObjectId"], candid=STAMPED)


def test_stamps_are_named_and_have_the_pixels_that_were_sent(hdus):
    parts = [
        f"{kind}{part}" for kind in ("SCIENCE", "TEMPLATE", "DIFFERENCE") for part in ("", "_VAR", "_PSF")
    ]
    assert [hdu.name for hdu in hdus] == ["PRIMARY", *parts]
    with fits.open(io.BytesIO(body("cutouts_fits"))) as sent:
        for hdu, raw in zip(hdus[1:4], sent, strict=True):
            np.testing.assert_array_equal(hdu.data, raw.data)
    pixels = cutout_arrays(rows_of("cutouts_array_all"), LSST)
    np.testing.assert_array_equal(hdus["SCIENCE"].data, pixels["Science"])
    assert set(pixels) == set(LSST.cutouts.kinds)
    assert [hdus[name].header["BUNIT"] for name in parts[:2]] == ["nJy", "nJy2"]
    assert hdus["SCIENCE_PSF"].data.sum() == pytest.approx(1, abs=1e-3)
    hdus.verify("exception")


def test_the_wcs_is_celestial_and_has_the_source_at_its_place(hdus, stamped):
    _, row = stamped
    place = SkyCoord(row["r:ra"], row["r:dec"], unit="deg")
    for name in ("SCIENCE", "SCIENCE_VAR"):
        header = hdus[name].header
        wcs = WCS(header)
        assert wcs.has_celestial
        x, y = wcs.world_to_pixel(place)
        assert np.hypot(x + 1 - header["CRPIX1"], y + 1 - header["CRPIX2"]) < 1e-3
        np.testing.assert_allclose(wcs.proj_plane_pixel_scales()[0].to_value(u.arcsec), 0.2, atol=0.001)
    assert not WCS(hdus["SCIENCE_PSF"].header).has_celestial


def test_the_primary_header_tells_the_alert(hdus, stamped):
    _, row = stamped
    header = hdus[0].header
    assert (header["SURVEY"], header["TIMESYS"], header["FILTER"]) == ("LSST", "TAI", row["r:band"])
    assert (header["OBJECT"], header["CANDID"]) == (row["r:diaObjectId"], STAMPED)
    assert header["MJD-OBS"] == pytest.approx(row["r:midpointMjdTai"], abs=1e-9)
    assert [one["kind"] for one in json.loads(header["QUERY"])] == list(LSST.cutouts.kinds)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("cutouts_unknown_empty_png", None), "no cutouts of this alert"),
        (("cutouts_png", None), "not a FITS file"),
        (("cutouts_fits", b"<!DOCTYPE html><html><title>500</title></html>"), "not a FITS file"),
        (("cutouts_fits", b"cut"), "broken FITS"),
    ],
    ids=["nothing", "a picture", "a page", "half a file"],
)
def test_what_is_no_stamp_is_an_error_and_is_not_kept(serve, answer, words):
    name, instead = answer
    row, sources = stamped_alert()

    def reply(method, path, payload):
        if path.endswith("sources"):
            return sources
        status, content_type, sent = recorded(name)
        half = sent[: len(sent) // 2 - 1]
        return status, content_type, {None: sent, b"cut": half}.get(instead, instead)

    client, server = serve(reply)
    for _ in range(2):
        before = len(server.requests)
        with pytest.raises(FinkServiceError, match=words):
            client.get_cutouts(row["r:diaObjectId"], candid=STAMPED, kind="Science")
        asked = [path for _, path, _ in server.requests[before:]]
        assert "/api/v1/cutouts" in asked


@pytest.mark.parametrize("end", [1, 79, 2879, 2880, 4000, 9000, 20000, -2881, -2880, -1])
def test_a_cut_file_is_no_stamp(end):
    with pytest.raises(ValueError, match="FITS"):
        decode_cutouts(body("cutouts_fits")[:end], "Science", LSST)


# Services


def test_the_schema_is_a_list_of_columns(serve):
    client, server = serve(by_endpoint(schema="schema_sources_v10"))
    table = client.list_columns()
    sent = rows_of("schema_sources_v10")
    families = {"LSST original fields (r:)": "r:", "Fink science module outputs (f:)": "f:"}
    names = [families[title] + name for title, fields in sent.items() for name in fields]
    assert sorted(table["name"]) == sorted(names)
    asked = [payload["endpoint"] for _, _, payload in server.requests]
    assert asked == [f"/api/v1/{endpoint}" for endpoint in LSST.service.schemas]
    units = dict(table["name", "unit"].iterrows())
    assert (units["r:psfFlux"], units["r:ra"]) == ("nJy", "deg")


def test_numbers_of_nights_are_numbers(serve):
    client, _ = serve(by_endpoint(statistics="statistics_month"))
    table, rows = client.query_statistics("2026-03"), rows_of("statistics_month")
    assert table["f:night"].value.tolist() == [
        f"{row['f:night'][:4]}-{row['f:night'][4:6]}-{row['f:night'][6:]}" for row in rows
    ]
    counts = [name for name in rows[0] if name[2:] in ("alerts", "objects", "visits", "in_tns", "is_sso")]
    for name in counts:
        assert table[name].dtype == np.int64
        assert table[name].tolist() == [int(row[name]) for row in rows], name
    assert {type(row["f:in_tns"]) for row in rows} == {str, int}
    assert set(table.colnames) == set(rows[0])


def test_a_name_of_tns_is_a_place_and_a_type(serve):
    client, _ = serve(by_endpoint(resolver="resolver_tns"))
    table, rows = client.resolve_name("SN 2022and", resolver="tns"), rows_of("resolver_tns")
    assert set(table["name"]) == {"SN 2022and"}
    assert table["ra"].tolist() == [float(row["f:ra"]) for row in rows]
    assert table["redshift"].tolist() == [float(row["f:redshift"]) for row in rows]
    assert table["f:internalname"].tolist() == [row["f:internalname"] for row in rows]
    assert mask_of(table["objectid"]).all()


def test_an_id_of_a_body_has_its_designation(serve):
    client, _ = serve(by_endpoint(resolver="resolver_ssodnet_reverse"))
    (row,) = rows_of("resolver_ssodnet_reverse")
    table = client.resolve_name(row["r:ssObjectId"], resolver="ssodnet", reverse=True)
    assert table["name"].tolist() == [row["r:unpacked_primary_provisional_designation"]]
    assert table["r:ssObjectId"].tolist() == [int(row["r:ssObjectId"])]
    assert table["r:diaSourceId"].tolist() == [int(row["r:diaSourceId"])]


# Refusals


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conesearch_radius_400", "`radius` cannot be bigger than 18,000 arcseconds (5 degrees)."),
        ("tags_unknown_400", "nope is not a valid tag. Here is the list of tags:"),
        ("sources_missing_arg_400", "A value for `diaObjectId` is required."),
    ],
)
def test_a_refusal_has_the_servers_words(serve, name, words):
    client, server = serve(by_endpoint(sources=name))
    with pytest.raises(FinkQueryError) as caught:
        client.query_object(ID)
    assert caught.value.reason.startswith(words)
    assert "\n" not in str(caught.value)
    assert (caught.value.status, caught.value.url) == (400, f"{server.url}/api/v1/sources")


def test_a_schema_that_is_not_there_is_an_error_with_the_servers_words(serve):
    client, _ = serve(by_endpoint(schema="schema_bad_404"))
    with pytest.raises(FinkServiceError, match="not a valid endpoint") as caught:
        client.list_columns()
    assert caught.value.status == 404


@pytest.mark.parametrize("name", ["sources_csv", "sources_votable"])
def test_formats_that_are_never_asked_for_are_errors(serve, name):
    client, _ = serve(by_endpoint(sources=name))
    with pytest.raises(FinkServiceError, match="broken JSON"):
        client.query_object(ID)


def test_every_recording_was_used():
    pytest.importorskip("pyarrow")
    if {name for name in globals() if name.startswith("test_")} - run - {"test_every_recording_was_used"}:
        pytest.skip("only a part of this file was run")
    assert set(RECORDED.entries) == RECORDED.used

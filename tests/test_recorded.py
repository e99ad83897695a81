# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables and cutouts made of responses of the real server.

The responses are not part of this repository: the environment variable FINK_RECORDINGS names their folder.
The expected values come from their bytes, read without the client.
"""

import io
import json

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astroquery.exceptions import NoResultsWarning
from readings import mask_of
from recordings import Recordings

from astroquery_fink import conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError, UnknownObjectError
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import alerts
from astroquery_fink.tables.decode import read_mapping, read_rows

RECORDED = Recordings("ztf")
RECORDED.need()
recorded, body, rows_of = RECORDED.response, RECORDED.body, RECORDED.rows
by_endpoint, same_request = RECORDED.by_endpoint, RECORDED.same_request

pytestmark = pytest.mark.recorded

TESTED_ELSEWHERE = {"conesearch", "latests", "anomaly", "tracklet", "statistics", "resolver"}
NAMES_NOT_SENT = ("i:objectId", "i:candid")

TRANSIENT = "ZTF25ackyyzk"
VARIABLE = "ZTF26aamcbly"
UNKNOWN = "ZTF99zzzzzzz"
SEVERAL = f"ZTF26aaavvtm,{TRANSIENT},ZTF26aamgikr,{UNKNOWN}"
STAMPS = "b:cutoutScience_stampData"
LIGHT_CURVE = "i:objectId,i:candid,i:jd,i:fid,i:magpsf,i:sigmapsf"

run = set()


@pytest.fixture(autouse=True)
def _note(request):
    run.add(request.function.__name__)


@pytest.fixture
def client(serve):
    return serve(same_request)[0]


def read(name, **options):
    return alerts(read_rows(body(name)), ZTF, **options)


def is_nothing(value, facts):
    return value in (None, "", "null", "nan", "NaN", "None") or value != value or value == facts.missing


def is_told(cell, value, facts):
    """Whether a cell is the value that the server sent, or is masked if that is a missing value."""
    if is_nothing(value, facts):
        return cell is np.ma.masked
    meant = {"int64": int, "float64": float, "bool": bool, "str": str}[facts.dtype](value)
    return cell is not np.ma.masked and cell == meant


def assert_told(table, rows, names):
    """Each cell is the value that the server sent."""
    assert len(table) == len(rows)
    for name in names:
        facts = ZTF.facts[name]
        wrong = [
            (str(cell), row[name])
            for cell, row in zip(table[name], rows, strict=True)
            if not is_told(cell, row[name], facts)
        ]
        assert not wrong, name


def masks(table, name):
    return mask_of(table[name]).tolist()


def kinds(table):
    """The kind of dtype of each column, because the length of text differs."""
    return [(column.name, column.dtype.kind) for column in table.itercols()]


def pixels_of(rows, name=STAMPS):
    return np.array([row[name] for row in rows], dtype=float).astype("float32")


# A full object


def test_every_cell_is_what_the_server_said_or_is_masked(client, response_format):
    table = client.query_object(TRANSIENT)
    rows = rows_of(f"objects_{response_format}")
    assert set(table.colnames) == set(rows[0])
    assert_told(table, rows, table.colnames)


@pytest.mark.parametrize("name", ["i:candid", "i:objectidps1", "i:objectidps2", "i:objectidps3"])
def test_ids_keep_their_last_digit(client, response_format, name):
    ids = [row[name] for row in rows_of("objects_json")]
    assert any(int(float(number)) != number for number in ids)
    column = client.query_object(TRANSIENT)[name]
    assert column.dtype == np.int64
    assert column.tolist() == ids


def test_each_column_has_the_dtype_that_is_documented(client, response_format):
    table = client.query_object(TRANSIENT)
    kinds = {"int64": "i", "float64": "f", "bool": "b", "str": "U"}
    wrong = [name for name in table.colnames if table[name].dtype.kind != kinds[ZTF.facts[name].dtype]]
    assert not wrong


@pytest.mark.parametrize("name", ["i:ssnamenr", "d:DR3Name", "d:Plx", "d:vsx", "d:tracklet", "i:simag1"])
def test_what_stands_for_no_value_is_masked(client, response_format, name):
    nothing = [is_nothing(row[name], ZTF.facts[name]) for row in rows_of("objects_json")]
    assert any(nothing)
    assert masks(client.query_object(TRANSIENT), name) == nothing


def test_a_number_that_the_server_sends_as_text_is_a_number(client, response_format):
    texts = [row["d:mangrove_lum_dist"] for row in rows_of("objects_json")]
    assert all(isinstance(text, str) for text in texts)
    assert client.query_object(TRANSIENT)["d:mangrove_lum_dist"].tolist() == [float(text) for text in texts]


def test_alerts_come_newest_first(client, response_format):
    times = client.query_object(TRANSIENT)["i:jd"].tolist()
    assert times == sorted(times, reverse=True)
    assert len(times) == len(rows_of("objects_json")) > 1


def test_columns_have_units_and_descriptions(client, response_format):
    table = client.query_object(TRANSIENT)
    units = {"i:jd": u.d, "i:magpsf": u.mag, "i:ra": u.deg, "i:neargaia": u.arcsec, "i:fid": None}
    assert {name: table[name].unit for name in units} == units
    assert all(column.description for column in table.itercols())


@pytest.mark.usefixtures("in_parquet")
def test_the_index_of_the_server_s_frame_is_no_column(client):
    assert b"__index_level_0__" in body("objects_parquet")
    assert not [name for name in client.query_object(TRANSIENT).colnames if "index" in name]


def test_values_that_the_server_computes_are_cut_from_the_full_row(client, response_format):
    table = client.query_object(TRANSIENT, columns="i:jd,v:classification")
    assert table.colnames == ["i:jd", "v:classification"]
    assert_told(table, rows_of(f"objects_{response_format}"), table.colnames)


def test_a_table_says_where_it_comes_from(serve, response_format):
    client, server = serve(same_request)
    meta = client.query_object(TRANSIENT).meta
    assert (meta["survey"], meta["server"], meta["endpoint"]) == ("ztf", server.url, "objects")
    assert json.loads(meta["payload"]) == server.requests[0][2]
    assert meta["missing"] == []


@pytest.mark.usefixtures("in_parquet")
def test_a_server_that_breaks_on_parquet_is_asked_once_more_for_json(serve):
    answers = {"parquet": "objects_upperlim_parquet_500", "json": "objects_json"}
    client, server = serve(lambda method, path, payload: recorded(answers[payload["output-format"]]))
    assert_told(client.query_object(TRANSIENT), rows_of("objects_json"), NAMES_NOT_SENT)
    assert [payload["output-format"] for _, _, payload in server.requests] == ["parquet", "json"]


def test_the_default_format_and_a_get_are_read_the_same_way():
    whole, names = rows_of("objects_default_format"), ["i:jd", "i:magpsf"]
    assert_told(read("objects_default_format"), whole, whole[0])
    assert_told(read("objects_get", names=names), rows_of("objects_get"), names)


# Some columns


def test_the_columns_asked_for_are_the_columns_of_the_table():
    names = ["i:sigmapsf", "i:jd", "i:magpsf"]
    table = read("objects_columns_json", names=names)
    assert table.colnames == names
    assert_told(table, rows_of("objects_columns_json"), names)


def test_a_column_that_the_server_leaves_out_is_masked():
    table = read("objects_columns_unknown_and_v", names=["i:jd", "v:classification"])
    assert table["v:classification"].dtype.kind == "U"
    assert all(masks(table, "v:classification"))
    assert not any(masks(table, "i:jd"))


def test_without_any_known_column_there_is_no_row_but_there_are_columns():
    table = read("objects_columns_all_unknown", names=["i:jd", "i:fid"])
    assert (len(table), table["i:jd"].dtype, table["i:fid"].dtype) == (0, np.float64, np.int64)


def test_an_unknown_column_is_refused_before_the_object_is_asked_for(serve):
    client, server = serve(same_request)
    with pytest.raises(FinkQueryError, match="i:nope"):
        client.query_object("ZTF26aaavvtm", columns="i:jd,i:nope")
    assert [path for _, path, _ in server.requests] == ["/api/v1/schema"]


def test_a_column_that_this_object_has_no_value_of_is_masked(client, response_format):
    left_out = "d:anomaly_score"
    assert left_out not in rows_of(f"objects_cutouts_science_{response_format}")[0]
    table = client.query_object(VARIABLE, withcutouts=True, cutout_kind="Science")
    assert table[left_out].dtype == np.float64
    assert all(masks(table, left_out))


# Several objects, and none


def test_objects_come_in_the_order_asked_and_the_unknown_one_is_named(client, response_format):
    with pytest.warns(NoResultsWarning, match=f"1 of 4 objects: {UNKNOWN}"):
        table = client.query_objects(SEVERAL, columns=LIGHT_CURVE)
    assert list(dict.fromkeys(table["i:objectId"].tolist())) == SEVERAL.split(",")[:3]
    assert table.meta["missing"] == [UNKNOWN]


def test_inside_each_object_the_newest_alert_is_first(client, response_format):
    with pytest.warns(NoResultsWarning):
        table = client.query_objects(SEVERAL, columns=LIGHT_CURVE)
    rows = rows_of(f"objects_many_{response_format}")
    for objectid in SEVERAL.split(","):
        own = sorted((row for row in rows if row["i:objectId"] == objectid), key=lambda row: -row["i:jd"])
        assert_told(table[table["i:objectId"] == objectid], own, LIGHT_CURVE.split(","))


def test_an_unknown_object_is_an_empty_table_and_a_warning(client, response_format):
    with pytest.warns(NoResultsWarning, match=UNKNOWN):
        empty = client.query_object(UNKNOWN)
    assert (len(empty), empty.meta["missing"]) == (0, [UNKNOWN])


def test_an_empty_table_has_the_columns_of_a_full_one(client, response_format):
    with pytest.warns(NoResultsWarning):
        empty = client.query_object(UNKNOWN)
    full = client.query_object(TRANSIENT)
    assert kinds(empty) == kinds(full)
    assert [column.unit for column in empty.itercols()] == [column.unit for column in full.itercols()]


# Both formats


@pytest.mark.parametrize(
    ("objectids", "options"),
    [
        (TRANSIENT, {}),
        (SEVERAL, {"columns": LIGHT_CURVE}),
        (VARIABLE, {"withcutouts": True, "cutout_kind": "Science"}),
        (TRANSIENT, {"withcutouts": True, "cutout_kind": "Science", "columns": "i:objectId,i:candid,i:jd"}),
    ],
)
@pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
def test_json_and_parquet_give_the_same_table(client, objectids, options):
    pytest.importorskip("pyarrow")
    tables = []
    for response_format in ("json", "parquet"):
        with conf.set_temp("response_format", response_format):
            tables.append(client.query_objects(objectids, **options))
    one, other = tables
    assert one.colnames == other.colnames
    for name in one.colnames:
        assert (one[name].dtype, one[name].unit) == (other[name].dtype, other[name].unit)
        assert masks(one, name) == masks(other, name)
        assert same_values(one[name], other[name]), name


def same_values(one, other):
    """JSON of the server is rounded to ten decimals."""
    one, other = (np.ma.getdata(column.data) for column in (one, other))
    if one.dtype.kind == "f":
        return np.allclose(one, other, rtol=1e-6 if one.dtype == np.float32 else 0, atol=1e-9, equal_nan=True)
    return np.array_equal(one, other)


# Upper limits


def test_upper_limits_are_told_by_their_tag(client):
    rows = rows_of("objects_upperlim_json")
    table = client.query_object(TRANSIENT, withupperlim=True)
    newest_first = sorted(rows, key=lambda row: -row["i:jd"])
    assert table["d:tag"].tolist() == [row["d:tag"] for row in newest_first]
    assert set(table["d:tag"]) == {"valid", "upperlim", "badquality"}


def test_an_upper_limit_has_no_alert_id(client):
    table = client.query_object(TRANSIENT, withupperlim=True)
    assert table["i:candid"].dtype == np.int64
    assert masks(table, "i:candid") == (table["d:tag"] != "valid").tolist()


def test_the_numbers_of_upper_limits_are_numbers_though_sent_as_text(client):
    rows = sorted(rows_of("objects_upperlim_json"), key=lambda row: -row["i:jd"])
    names = ["i:fid", "i:diffmaglim", "i:magpsf", "i:sigmapsf", "i:magnr", "i:distnr", "i:jd"]
    assert {type(row["i:diffmaglim"]) for row in rows} == {str, float}
    assert_told(client.query_object(TRANSIENT, withupperlim=True), rows, names)


@pytest.mark.usefixtures("in_json")
def test_upper_limits_change_no_dtype_and_no_detection(client):
    every = client.query_object(TRANSIENT, withupperlim=True)
    valid = every[every["d:tag"] == "valid"]
    plain = client.query_object(TRANSIENT)
    assert valid.colnames == [*plain.colnames, "d:tag"]
    assert kinds(valid[plain.colnames]) == kinds(plain)
    assert_told(valid, rows_of("objects_json"), plain.colnames)


def one_of(name):
    """Respond for one object with its rows in a recording of several."""

    def answer(method, path, payload):
        status, content_type, _ = recorded(name)
        rows = [row for row in rows_of(name) if row["i:objectId"] == payload["objectId"]]
        return status, content_type, json.dumps(rows).encode()

    return answer


def test_upper_limits_of_several_objects_keep_the_order_asked(serve):
    names = f"{LIGHT_CURVE},i:diffmaglim"
    client, _ = serve(one_of("objects_upperlim_many"))
    with pytest.warns(NoResultsWarning, match=UNKNOWN):
        table = client.query_objects(f"{TRANSIENT},ZTF26aamgikr,{UNKNOWN}", columns=names, withupperlim=True)
    assert table.colnames == [*names.split(","), "d:tag"]
    rows = rows_of("objects_upperlim_many")
    own = [[row for row in rows if row["i:objectId"] == objectid] for objectid in (TRANSIENT, "ZTF26aamgikr")]
    expected = [row for part in own for row in sorted(part, key=lambda row: -row["i:jd"])]
    assert_told(table, expected, [*names.split(","), "d:tag"])


@pytest.mark.parametrize("name", ["objects_upperlim_columns", "objects_upperlim_columns_without_jd"])
def test_a_float_minus_one_is_no_alert_id(name):
    assert -1.0 in {row["i:candid"] for row in rows_of(name)}
    table = read(name, names=["i:candid", "i:fid", "i:diffmaglim"], extra=["d:tag"])
    assert (table["i:candid"].dtype, table["i:fid"].dtype) == (np.int64, np.int64)
    assert all(masks(table, "i:candid"))


def test_a_server_that_ignores_the_argument_leaves_the_tag_masked():
    table = read("objects_upperlim_lowercase_true_is_ignored", extra=["d:tag"])
    assert len(table) == len(rows_of("objects_upperlim_lowercase_true_is_ignored"))
    assert all(masks(table, "d:tag"))


# Stamps in tables


def test_stamps_are_one_float32_array_with_nan_for_missing_pixels(client, response_format):
    names = "i:objectId,i:candid,i:jd"
    table = client.query_object(TRANSIENT, withcutouts=True, cutout_kind="Science", columns=names)
    expected = pixels_of(rows_of(f"objects_cutouts_nan_pixels_{response_format}"))
    assert (table[STAMPS].shape, table[STAMPS].dtype) == ((len(table), 63, 63), np.float32)
    assert np.isnan(expected).any()
    assert np.array_equal(table[STAMPS], expected, equal_nan=True)
    assert not np.any(masks(table, STAMPS))


def test_stamps_come_with_the_full_row(client, response_format):
    table = client.query_object(VARIABLE, withcutouts=True, cutout_kind="Science")
    rows = rows_of(f"objects_cutouts_science_{response_format}")
    assert_told(table, rows, set(rows[0]) - {STAMPS})
    assert np.array_equal(table[STAMPS], pixels_of(rows), equal_nan=True)
    assert table[STAMPS].unit == u.adu


@pytest.mark.usefixtures("in_parquet")
def test_without_a_kind_all_three_kinds_come(client):
    table = client.query_object(VARIABLE, withcutouts=True)
    rows = rows_of("objects_cutouts_all_parquet")
    for kind in ("Science", "Template", "Difference"):
        name = f"b:cutout{kind}_stampData"
        assert np.array_equal(table[name], pixels_of(rows, name), equal_nan=True)


def test_an_upper_limit_has_no_stamp(client):
    names = "i:objectId,i:candid,i:jd,i:fid,i:magpsf,i:diffmaglim"
    options = {"withcutouts": True, "cutout_kind": "Science", "withupperlim": True}
    table = client.query_object(VARIABLE, columns=names, **options)
    rows = sorted(rows_of("objects_cutouts_and_upperlim_json"), key=lambda row: -row["i:jd"])
    none = np.array([not row[STAMPS] for row in rows])
    assert table.colnames == [*names.split(","), "d:tag", STAMPS]
    assert none.tolist() == (table["d:tag"] != "valid").tolist()
    assert np.array_equal(np.all(masks(table, STAMPS), axis=(1, 2)), none)
    pixels = pixels_of([row for row in rows if row[STAMPS]])
    assert np.array_equal(np.ma.getdata(table[STAMPS])[~none], pixels)


def test_stamps_of_different_shapes_are_arrays_in_an_object_column():
    rows = rows_of("objects_cutouts_nan_pixels_json")
    rows[1][STAMPS] = [line[:50] for line in rows[1][STAMPS]]
    table = alerts(read_rows(json.dumps(rows).encode()), ZTF, names=["i:candid"], extra=[STAMPS])
    assert table[STAMPS].dtype == object
    assert [cell.shape for cell in table[STAMPS][:3]] == [(63, 63), (63, 50), (63, 63)]
    assert {cell.dtype for cell in table[STAMPS]} == {np.dtype("float32")}


def test_a_stamp_that_the_server_could_not_fetch_is_masked():
    content = body("objects_cutouts_lowercase_kind_gives_empty").replace(b"cutoutscience", b"cutoutScience")
    assert b"[]" in content
    table = alerts(read_rows(content), ZTF, names=["i:candid"], extra=[STAMPS])
    assert table[STAMPS].shape == (2, 63, 63)
    assert np.all(masks(table, STAMPS))


def test_a_column_that_nobody_knows_is_kept():
    table = read("objects_cutouts_lowercase_kind_gives_empty")
    assert table["b:cutoutscience_stampData"].tolist() == [[], []]


@pytest.mark.usefixtures("in_json")
def test_stamps_of_an_unknown_object_are_an_empty_table_though_the_server_breaks(serve):
    def answer(method, path, payload):
        if "withcutouts" in payload:
            return same_request(method, path, payload)
        return recorded("objects_unknown_json")

    client, _ = serve(answer)
    with pytest.warns(NoResultsWarning, match=UNKNOWN):
        table = client.query_object(UNKNOWN, withcutouts=True)
    assert (len(table), table[STAMPS].shape) == (0, (0, 63, 63))
    assert "objects_cutouts_unknown_object_500" in RECORDED.used


@pytest.mark.usefixtures("in_json")
def test_a_server_that_breaks_on_stamps_of_a_known_object_is_an_error(serve):
    def answer(method, path, payload):
        broken = "withcutouts" in payload
        return recorded("objects_cutouts_columns_without_ids_500" if broken else "objects_default_format")

    client, _ = serve(answer)
    with pytest.raises(FinkServiceError, match="500") as caught:
        client.query_object(VARIABLE, withcutouts=True, columns="i:jd")
    assert (caught.value.status, caught.value.reason) == (500, "Internal Server Error")


# Stamps as FITS


@pytest.fixture
def stamps(serve, in_json):
    """The cutouts of an alert without a missing pixel."""
    client, server = serve(by_endpoint(objects="objects_default_format", cutouts="cutouts_all_array"))
    return client.get_cutouts(VARIABLE), server


def test_stamps_are_three_images_of_the_newest_alert(stamps):
    hdus, server = stamps
    newest = max(rows_of("objects_default_format"), key=lambda row: row["i:jd"])
    assert [hdu.name for hdu in hdus[1:]] == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
    assert (hdus[0].header["OBJECT"], hdus[0].header["CANDID"]) == (VARIABLE, newest["i:candid"])
    assert server.requests[-1][2]["candid"] == str(newest["i:candid"])


def test_the_pixels_are_the_server_s(stamps):
    hdus, _ = stamps
    sent = json.loads(body("cutouts_all_array"))
    for kind in ("Science", "Template", "Difference"):
        expected = np.array(sent[f"b:cutout{kind}_stampData"], dtype="float32")
        assert (hdus[kind].data.dtype.kind, hdus[kind].data.dtype.itemsize) == ("f", 4)
        assert np.array_equal(hdus[kind].data, expected)


def test_the_pixels_are_those_of_the_server_s_own_fits(stamps):
    hdus, _ = stamps
    with fits.open(io.BytesIO(body("cutouts_science_fits")), ignore_missing_simple=True) as own:
        assert np.array_equal(hdus["SCIENCE"].data, own[0].data)


def test_the_file_is_valid_fits_and_reads_back(stamps):
    hdus, _ = stamps
    hdus.verify("exception")
    file = io.BytesIO()
    hdus.writeto(file)
    file.seek(0)
    with fits.open(file) as back:
        assert [hdu.name for hdu in back] == [hdu.name for hdu in hdus]
        assert np.array_equal(back["SCIENCE"].data, hdus["SCIENCE"].data)


@pytest.mark.parametrize("kind", ["SCIENCE", "TEMPLATE", "DIFFERENCE"])
def test_the_alert_is_at_the_central_pixel(stamps, kind):
    hdus, _ = stamps
    newest = max(rows_of("objects_default_format"), key=lambda row: row["i:jd"])
    wcs = WCS(hdus[kind].header)
    assert wcs.has_celestial
    alert = SkyCoord(newest["i:ra"], newest["i:dec"], unit="deg")
    assert wcs.pixel_to_world(31, 31).separation(alert) < 1e-3 * u.arcsec


@pytest.mark.usefixtures("in_json")
def test_the_bare_word_nan_is_a_missing_pixel(serve):
    content = body("cutouts_science_array_nan_tokens")
    assert b"NaN" in content
    answers = by_endpoint(objects="objects_json", cutouts="cutouts_science_array_nan_tokens")
    hdus = serve(answers)[0].get_cutouts(TRANSIENT, kind="science")
    assert [hdu.name for hdu in hdus[1:]] == ["SCIENCE"]
    assert np.isnan(hdus["SCIENCE"].data).sum() == content.count(b"NaN")


@pytest.mark.usefixtures("in_json")
def test_images_are_the_stamps_of_all_alerts_newest_first(serve):
    rows = sorted(rows_of("objects_cutouts_science_json"), key=lambda row: -row["i:jd"])
    stamp = "b:cutoutScience_stampData"

    def answer(method, path, payload):
        if path.endswith("objects"):
            return recorded("objects_cutouts_science_json")
        row = next(row for row in rows if str(row["i:candid"]) == payload["candid"])
        return 200, "application/json", json.dumps({stamp: row[stamp]}).encode()

    client, _ = serve(answer)
    images = client.get_images(VARIABLE, kind="Science")
    assert [hdus[0].header["CANDID"] for hdus in images] == [row["i:candid"] for row in rows]
    assert np.array_equal([hdus["SCIENCE"].data for hdus in images], pixels_of(rows))


@pytest.mark.usefixtures("in_json")
def test_stamps_of_an_unknown_object_are_refused(serve):
    client, _ = serve(by_endpoint(objects="objects_unknown_json", cutouts="cutouts_unknown_object_500"))
    with pytest.raises(UnknownObjectError, match=UNKNOWN):
        client.get_cutouts(UNKNOWN)


@pytest.mark.usefixtures("in_json")
def test_images_of_an_unknown_object_are_refused(serve):
    def answer(method, path, payload):
        broken = "withcutouts" in payload
        return recorded("objects_cutouts_unknown_object_500" if broken else "objects_unknown_json")

    client, _ = serve(answer)
    with pytest.raises(UnknownObjectError, match=UNKNOWN):
        client.get_images(UNKNOWN)


@pytest.mark.usefixtures("in_json")
def test_an_alert_of_another_object_is_refused(serve):
    client, server = serve(by_endpoint(objects="objects_default_format"))
    with pytest.raises(UnknownObjectError, match=f"candid=1 is not an alert of {VARIABLE}"):
        client.get_cutouts(VARIABLE, candid=1)
    assert [path for _, path, _ in server.requests] == ["/api/v1/objects"]


@pytest.mark.parametrize("name", ["cutouts_wrong_candid_500", "cutouts_unknown_object_500"])
@pytest.mark.usefixtures("in_json")
def test_a_server_that_breaks_on_a_stamp_is_an_error(serve, name):
    client, _ = serve(by_endpoint(objects="objects_default_format", cutouts=name))
    with pytest.raises(FinkServiceError, match="cutouts") as caught:
        client.get_cutouts(VARIABLE)
    assert (caught.value.status, caught.value.endpoint) == (500, "cutouts")


@pytest.mark.parametrize("name", ["cutouts_science_png", "cutouts_science_fits"])
@pytest.mark.usefixtures("in_json")
def test_a_picture_is_no_array_of_pixels(serve, name):
    client, _ = serve(by_endpoint(objects="objects_default_format", cutouts=name))
    with pytest.raises(FinkServiceError, match="broken JSON") as caught:
        client.get_cutouts(VARIABLE)
    assert (caught.value.status, caught.value.endpoint) == (200, "cutouts")


# Lists


def test_the_list_of_columns_has_each_name_with_its_family(client):
    table = client.list_columns()
    schema = json.loads(body("schema"))
    expected = [f"{title[-3:-1]}{name}" for title, fields in schema.items() for name in fields]
    assert {name[:2] for name in expected} == {"i:", "d:", "v:", "b:"}
    assert table["name"].tolist() == expected
    assert table.colnames == ["name", "type", "unit", "description", "ucd"]


def test_the_column_of_a_magnitude_is_listed_with_its_unit(client):
    table = client.list_columns()
    row = table[table["name"] == "i:magpsf"][0]
    assert (row["type"], row["unit"]) == ("float", "mag")
    assert all(table["description"])


def test_a_server_with_the_older_name_of_the_schema_is_asked_by_it(serve):
    client, server = serve(by_endpoint(schema="columns_404", columns="schema"))
    assert "i:magpsf" in client.list_columns()["name"]
    assert [path for _, path, _ in server.requests] == ["/api/v1/schema", "/api/v1/columns"]


def test_a_server_without_a_schema_is_an_error(serve):
    client, _ = serve(by_endpoint(schema="columns_404", columns="columns_404"))
    with pytest.raises(FinkServiceError, match="columns") as caught:
        client.list_columns()
    assert (caught.value.status, caught.value.reason[:9]) == (404, "404 Not F")


def test_classes_are_listed_with_their_origin(client):
    table = client.list_classes()
    classes = json.loads(body("classes"))
    assert table["name"].tolist() == [name for names in classes.values() for name in names]
    origins = [origin.partition(" (see")[0] for origin in classes]
    assert list(dict.fromkeys(table["origin"].tolist())) == origins


# Refusals, and answers that are none


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("objects_no_id_400", "A value for `objectId` is required."),
        ("objects_bad_format_400", "Output format `xml` is not supported."),
        ("cutouts_all_fits_400", "The option `kind=All` is only compatible"),
        ("conesearch_too_large_400", "`radius` cannot be bigger than 18,000 arcseconds (5 degrees)."),
        ("conesearch_bad_ra_400", "Invalid character at col 0 parsing angle 'abc'"),
        ("latests_bad_trend_400", "up is not a valid trend. Trend must be among"),
        ("statistics_schema", "A value for `date` is required."),
    ],
)
def test_a_refusal_has_the_server_s_words(serve, name, words):
    client, server = serve(by_endpoint(objects=name))
    with pytest.raises(FinkQueryError) as caught:
        client.query_object(TRANSIENT)
    assert caught.value.reason.startswith(words)
    assert words in str(caught.value)
    assert (caught.value.status, caught.value.url) == (400, f"{server.url}/api/v1/objects")


@pytest.mark.parametrize("name", ["not_an_endpoint_404", "columns_404"])
def test_a_page_for_people_is_an_error_in_one_line_of_text(serve, name):
    client, _ = serve(by_endpoint(objects=name))
    with pytest.raises(FinkServiceError) as caught:
        client.query_object(TRANSIENT)
    assert caught.value.status == 404
    assert "<" not in caught.value.reason
    assert "\n" not in str(caught.value)


def test_a_line_of_text_with_status_200_is_an_error_and_is_not_kept(serve):
    client, server = serve(by_endpoint(objects="objects_get_without_arguments"))
    for calls in (1, 2):
        with pytest.raises(FinkServiceError, match="Get object data based on ZTF ID") as caught:
            client.query_object(TRANSIENT)
        assert caught.value.status == 200
        assert len(server.requests) == 2 * calls


@pytest.mark.parametrize(
    "name",
    [
        "objects_csv",
        "objects_votable",
        "objects_upperlim_csv",
        "objects_upperlim_votable",
        "objects_unknown_csv",
        "objects_unknown_votable",
    ],
)
def test_formats_that_are_never_asked_for_are_errors(serve, name):
    with pytest.raises(ValueError, match="broken JSON"):
        read_rows(body(name))
    client, _ = serve(by_endpoint(objects=name))
    with pytest.raises(FinkServiceError, match="objects"):
        client.query_object(TRANSIENT)


@pytest.mark.parametrize("name", ["objects_json", "classes", "schema", "objects_cutouts_science_json"])
@pytest.mark.parametrize("read", [read_rows, read_mapping])
def test_a_cut_answer_is_no_answer(name, read):
    content = body(name)
    for length in (0, 1, len(content) // 2, len(content) - 1):
        with pytest.raises(ValueError, match="broken JSON|not a JSON object|not a list of rows"):
            read(content[:length])


def test_every_recording_of_these_endpoints_was_used():
    pytest.importorskip("pyarrow")
    tests = {name for name in globals() if name.startswith("test_")}
    if tests - run:
        pytest.skip("only a part of this file was run")
    asked = {
        name
        for name, entry in RECORDED.entries.items()
        if entry["status"] != 200 or entry["path"].rpartition("/")[2] not in TESTED_ELSEWHERE
    }
    assert asked - RECORDED.used == set()

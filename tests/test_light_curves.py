"""Light curves, asked of the simulated Fink over real HTTP."""

import io

import astropy.units as u
import numpy as np
import pytest
import requests
from astropy.table import QTable, Table
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning

from astroquery_fink import conf

SUPERNOVA, VARIABLE, ASTEROID, NOBODY = "ZTF99simsnia", "ZTF99simrrly", "ZTF99simastr", "ZTF98nobodyx"

pytestmark = pytest.mark.usefixtures("response_format")


def truth(box, **payload):
    """The rows that the server sends, read without the client."""
    return requests.post(
        f"{box.url}/api/v1/objects", json=payload | {"output-format": "json"}, timeout=20
    ).json()


def test_a_light_curve_has_every_alert_newest_first(fink, box):
    table = fink.query_object(SUPERNOVA)
    rows = truth(box, objectId=SUPERNOVA)
    assert table["i:candid"].tolist() == [row["i:candid"] for row in rows]
    assert np.all(np.diff(table["i:jd"]) <= 0)


def test_a_column_has_its_unit_its_description_and_its_dtype(fink):
    table = fink.query_object(SUPERNOVA)
    assert table["i:magpsf"].unit == u.mag
    assert "magnitude" in table["i:magpsf"].description
    names = ("i:candid", "i:jd", "i:fid", "d:from_upper", "d:tns")
    assert [table[name].dtype.kind for name in names] == ["i", "f", "i", "b", "U"]


def test_ids_beyond_two_to_the_53_are_exact(fink, box):
    table = fink.query_object(SUPERNOVA)
    for name in ("i:candid", "i:objectidps1"):
        assert table[name].dtype == np.int64
        expected = [row[name] for row in truth(box, objectId=SUPERNOVA)]
        assert [None if np.ma.is_masked(value) else int(value) for value in table[name]] == expected


def test_what_means_nothing_is_masked(fink):
    table = fink.query_object(SUPERNOVA)
    assert np.all(table["i:ssnamenr"].mask)
    assert np.all(table["i:ssdistnr"].mask)
    for name in table.colnames:
        assert not {"null", "nan", "None", "", -999.0} & set(np.ma.compressed(table[name]).tolist()), name


def test_columns_come_in_the_order_asked_and_no_others(fink):
    names = ["i:magpsf", "v:lapse", "i:jd"]
    assert fink.query_object(SUPERNOVA, columns=names).colnames == names


def test_computed_columns_have_values(fink, box):
    table = fink.query_object(SUPERNOVA, columns="lapse")
    np.testing.assert_allclose(
        table["v:lapse"], [row["v:lapse"] for row in truth(box, objectId=SUPERNOVA)], atol=1e-9
    )


def test_upper_limits_have_numbers_and_a_tag_and_no_alert_id(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    limits = table[table["d:tag"] == "upperlim"]
    assert len(limits) > 10
    assert limits["i:diffmaglim"].dtype == np.float64
    assert table["i:fid"].dtype == np.int64
    assert np.all((limits["i:diffmaglim"] > 17) & (limits["i:diffmaglim"] < 22))
    assert np.all(limits["i:magpsf"].mask)
    assert np.all(limits["i:candid"].mask)
    assert set(table["d:tag"]) == {"valid", "upperlim", "badquality"}
    assert np.all(np.diff(table["i:jd"]) <= 0)


def test_upper_limits_with_columns_have_these_and_the_tag(fink):
    table = fink.query_object(SUPERNOVA, columns="magpsf,diffmaglim", withupperlim=True)
    assert table.colnames == ["i:magpsf", "i:diffmaglim", "d:tag"]
    assert len(table) == len(fink.query_object(SUPERNOVA, withupperlim=True))


def test_stamps_are_arrays_of_pixels(fink):
    table = fink.query_object(ASTEROID, columns="jd", withcutouts=True)
    assert table.colnames == [
        "i:jd",
        *(f"b:cutout{kind}_stampData" for kind in ("Science", "Template", "Difference")),
    ]
    assert table["b:cutoutScience_stampData"].shape == (len(table), 63, 63)
    assert table["b:cutoutScience_stampData"].dtype == np.float32


def test_stamps_cut_at_the_edge_keep_their_shapes(fink_edge):
    stamps = fink_edge.query_object("ZTF99fewedge", columns="jd", withcutouts=True, cutout_kind="Science")
    cells = stamps["b:cutoutScience_stampData"]
    assert cells.dtype == object
    assert len({cell.shape for cell in cells}) > 1
    assert all(cell.ndim == 2 and cell.dtype == np.float32 for cell in cells)


def test_upper_limits_have_no_stamps(fink):
    table = fink.query_object(
        ASTEROID, columns="jd", withcutouts=True, cutout_kind="Science", withupperlim=True
    )
    limits = table["d:tag"] != "valid"
    cells = table["b:cutoutScience_stampData"]
    assert np.all(np.ma.getmaskarray(cells)[limits])
    assert np.all(np.isfinite(np.asarray(cells[~limits])))


def test_an_object_without_alerts_is_an_empty_table_and_a_warning(fink):
    with pytest.warns(NoResultsWarning, match=NOBODY):
        table = fink.query_object(NOBODY)
    full = fink.query_object(SUPERNOVA)
    assert len(table) == 0
    assert table.colnames == full.colnames
    assert [table[name].dtype.kind for name in table.colnames] == [
        full[name].dtype.kind for name in full.colnames
    ]
    assert table["i:magpsf"].unit == u.mag


def test_an_object_without_alerts_has_no_stamps_and_is_no_failure(fink):
    with pytest.warns(NoResultsWarning, match=NOBODY):
        table = fink.query_object(NOBODY, columns="jd", withcutouts=True)
    assert table["b:cutoutScience_stampData"].shape == (0, 63, 63)


def test_objects_come_in_the_order_asked_newest_first_inside_each(fink):
    with conf.set_temp("batch_size", 1):
        table = fink.query_objects([VARIABLE, SUPERNOVA, VARIABLE, ASTEROID], columns="objectId,jd")
    order = list(dict.fromkeys(table["i:objectId"].tolist()))
    assert order == [VARIABLE, SUPERNOVA, ASTEROID]
    for name in order:
        assert np.all(np.diff(table["i:jd"][table["i:objectId"] == name]) <= 0)


def test_the_result_does_not_depend_on_the_size_of_the_requests(fink):
    ids = [ASTEROID, SUPERNOVA, "ZTF99simdwno"]
    whole = fink.query_objects(ids, cache=False)
    with conf.set_temp("batch_size", 1):
        parts = fink.query_objects(ids, cache=False)
    assert whole.colnames == parts.colnames
    assert whole.pformat(max_lines=-1, max_width=-1) == parts.pformat(max_lines=-1, max_width=-1)


def test_one_object_alone_equals_the_same_object_among_others(fink):
    table = fink.query_objects([ASTEROID, SUPERNOVA], columns="objectId,candid,magpsf")
    alone = fink.query_object(SUPERNOVA, columns="objectId,candid,magpsf")
    among = table[table["i:objectId"] == SUPERNOVA]
    assert among["i:candid"].tolist() == alone["i:candid"].tolist()


def test_objects_without_alerts_are_named(fink):
    with pytest.warns(NoResultsWarning, match=f"1 of 2 objects: {NOBODY}"):
        table = fink.query_objects([NOBODY, ASTEROID])
    assert table.meta["missing"] == [NOBODY]
    assert set(table["i:objectId"]) == {ASTEROID}


def test_stamps_of_many_objects_may_have_different_shapes(fink_edge):
    table = fink_edge.query_objects(
        [ASTEROID, "ZTF99fewedge"], columns="objectId", withcutouts=True, cutout_kind="Science"
    )
    assert table["b:cutoutScience_stampData"].dtype == object
    assert table["b:cutoutScience_stampData"][0].shape == (63, 63)


def test_a_result_table_is_a_list_of_objects_for_the_next_question(fink):
    found = fink.query_object(SUPERNOVA, columns="objectId")
    assert len(fink.query_objects(found)) == len(found)


def test_the_table_tells_where_it_comes_from(fink, box):
    table = fink.query_object(ASTEROID, columns="jd")
    assert table.meta["server"] == box.url
    assert (table.meta["survey"], table.meta["endpoint"], table.meta["cached"]) == ("ztf", "objects", False)
    assert ASTEROID in table.meta["payload"]
    assert abs((Time(table.meta["queried"]) - Time.now()).to_value("s")) < 60
    assert fink.query_object(ASTEROID, columns="jd").meta["cached"] is True


def test_cache_false_asks_again(fink, box):
    fink.query_object(ASTEROID)
    before = len(box.requests)
    fink.query_object(ASTEROID)
    assert len(box.requests) == before
    fink.query_object(ASTEROID, cache=False)
    assert len(box.requests) == before + 1


def test_the_async_twins_return_the_reply_unread(fink, response_format):
    for response in (
        fink.query_object_async(ASTEROID),
        *fink.query_objects_async([ASTEROID]),
    ):
        assert isinstance(response, requests.Response)
        assert response.content.startswith(b"PAR1" if response_format == "parquet" else b"[")
    for response in (fink.get_cutouts_async(ASTEROID), *fink.get_images_async(ASTEROID)):
        assert set(response.json()) == {
            f"b:cutout{kind}_stampData" for kind in ("Science", "Template", "Difference")
        }
    assert fink.list_columns_async().json().keys()
    assert fink.list_classes_async().json().keys()


def test_a_table_survives_ecsv(fink):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    text = io.StringIO()
    table.write(text, format="ascii.ecsv")
    again = Table.read(text.getvalue(), format="ascii.ecsv")
    assert again["i:candid"].tolist() == table["i:candid"].tolist()
    assert again["i:magpsf"].unit == u.mag
    assert again.meta == table.meta


def test_a_table_survives_fits_without_a_word(fink, tmp_path):
    table = fink.query_object(SUPERNOVA, columns="candid,jd,magpsf,ssnamenr", withupperlim=True)
    table.write(tmp_path / "table.fits")
    again = Table.read(tmp_path / "table.fits")
    assert again["i:candid"].tolist() == table["i:candid"].tolist()
    assert again.meta["PAYLOAD"] == table.meta["payload"]


def test_a_table_becomes_quantities(fink):
    table = QTable(fink.query_object(SUPERNOVA, columns="ra,exptime"))
    assert table["i:exptime"].to("min")[0] == 0.5 * u.min


def test_a_table_can_be_changed_in_place(fink):
    table = fink.query_object(SUPERNOVA)
    for name in table.colnames:
        table[name][0] = table[name][1]


def test_the_progress_bar_is_asked_for_or_seen_on_a_terminal_only(fink, capsys):
    with conf.set_temp("batch_size", 1):
        fink.query_objects([ASTEROID, SUPERNOVA], columns="jd")
        assert capsys.readouterr() == ("", "")


def test_many_connections_are_never_more_than_allowed():
    from astroquery_fink import FinkClass
    from fink_sandbox import Sandbox, Sky

    sky = Sky(seed=2)
    ids = sky.populate(40, alerts=3)
    with Sandbox(sky=sky) as box, conf.set_temp("batch_size", 2), conf.set_temp("max_connections", 3):
        table = FinkClass(server=box.url).query_objects(ids, columns="objectId", cache=False)
        assert box.peak_connections <= 3
        assert len(box.requests) == 20
    assert list(dict.fromkeys(table["i:objectId"].tolist())) == ids


def test_columns_are_listed_with_types_units_and_words(fink):
    table = fink.list_columns()
    row = table[table["name"] == "i:magpsf"][0]
    assert (row["type"], row["unit"]) == ("float", "mag")
    assert {name[:2] for name in table["name"]} == {"i:", "d:", "v:", "b:"}


def test_classes_are_listed_with_their_origin(fink):
    table = fink.list_classes()
    origins = dict(zip(table["name"], table["origin"], strict=True))
    assert "TNS" in origins["(TNS) SN Ia"]
    assert origins["SN candidate"] == "Fink classifiers"

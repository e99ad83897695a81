# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of alerts in a Table, in a Row, or of an alert id alone; rows without an id."""

import re

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Column, MaskedColumn, QTable
from astropy.wcs import WCS
from astroquery.exceptions import InputWarning
from matplotlib.figure import Figure
from PIL import Image

from astroquery_fink.exceptions import FinkQueryError, UnknownObjectError
from astroquery_fink.plots import animate_cutouts, plot_cutouts

SUPERNOVA, ASTEROID = "ZTF99simsnia", 9900001
RUBIN_SUPERNOVA = 170000000000000001
SOURCE = "r:diaSourceId"
NO_ALERT = 171000000000000001


@pytest.fixture
def asteroid(fink_lsst):
    return fink_lsst.query_sso(ASTEROID)


def sent(box, run):
    """The endpoints of the requests that a call sends."""
    before = len(box.requests)
    run()
    return {endpoint for endpoint, _, _ in box.requests[before:]}


# Tables


def test_an_asteroid_of_rubin_has_cutouts_in_the_order_of_its_table(fink_lsst, asteroid):
    rows = asteroid[[4, 0, 2]]
    images = fink_lsst.get_images(rows, kind="Science")
    assert [hdus[0].header["CANDID"] for hdus in images] == rows[SOURCE].tolist()
    for hdus, row in zip(images, rows, strict=True):
        header = hdus[0].header
        assert (header["SSONAME"], header["OBJECT"]) == ("Simulatedalpha", None)
        assert (header["PSFFLUX"], header["FILTER"]) == (row["r:psfFlux"], row["r:band"])
        assert header["MJD-OBS"] == pytest.approx(row["r:midpointMjdTai"], abs=1e-9)
        place = SkyCoord(row["r:ra"], row["r:dec"], unit="deg")
        centre = WCS(hdus["SCIENCE"].header).pixel_to_world(14.5, 14.5)
        assert centre.separation(place).arcsec < 0.3


def test_the_alerts_of_a_table_are_not_requested_again(fink_lsst, box_lsst, asteroid):
    assert sent(box_lsst, lambda: fink_lsst.get_images(asteroid[:2])) == {"cutouts"}


def test_a_table_of_an_object_gives_the_images_of_the_object(fink, fink_lsst):
    for client, objectid in ((fink, SUPERNOVA), (fink_lsst, RUBIN_SUPERNOVA)):
        expected = client.get_images(objectid)[1:3]
        images = client.get_images(client.query_object(objectid)[1:3])
        for one, other in zip(images, expected, strict=True):
            assert one[0].header == other[0].header
            for hdu, same in zip(one[1:], other[1:], strict=True):
                assert repr(hdu.header) == repr(same.header)
                np.testing.assert_array_equal(hdu.data, same.data)


@pytest.mark.parametrize(
    ("search", "arguments"),
    [
        ("query_tag", {"tag": "faint_trails", "n": 4}),
        ("query_region", {"coordinates": "186.7283 15.2104", "radius": "5 arcsec"}),
        ("query_sso", {"name": ASTEROID}),
    ],
)
def test_the_tables_of_searches_have_cutouts(fink_lsst, search, arguments):
    table = getattr(fink_lsst, search)(**arguments)[:4]
    images = fink_lsst.get_images(table, kind="Difference")
    assert [hdus[0].header["CANDID"] for hdus in images] == table[SOURCE].tolist()


def test_a_cone_search_of_ztf_has_cutouts(fink):
    table = fink.query_region("186.7283 15.2104", "60 arcsec")
    images = fink.get_images(table, kind="Science")
    assert [hdus[0].header["OBJECT"] for hdus in images] == table["i:objectId"].tolist()


def test_a_header_has_the_cards_whose_columns_the_table_has(fink_lsst, asteroid):
    (hdus,) = fink_lsst.get_images(asteroid[SOURCE, "r:psfFlux"][:1])
    header = hdus[0].header
    assert {"CANDID", "PSFFLUX", "RA", "DEC"} < set(header)
    assert not {"OBJECT", "MJD-OBS", "DATE-OBS", "TIMESYS", "FILTER", "SNR"} & set(header)
    assert header["RA"] == pytest.approx(asteroid["r:ra"][0])


def test_without_a_position_images_of_ztf_have_offsets_from_the_centre(fink):
    table = fink.query_object(SUPERNOVA, columns="objectId,candid")
    (hdus,) = fink.get_images(table[:1], kind="Science")
    wcs = WCS(hdus["SCIENCE"].header)
    assert not wcs.has_celestial
    np.testing.assert_allclose(wcs.wcs_pix2world([[31, 31], [32, 31]], 0) * 3600, [[0, 0], [-1.012, 0]])
    assert "RA" not in hdus[0].header
    hdus.verify("exception")


def test_a_qtable_and_other_units_give_the_same_header(fink_lsst, asteroid):
    (expected,) = fink_lsst.get_images(asteroid[:1], kind="Science")
    table = QTable(asteroid[:1])
    table["r:psfFlux"] = table["r:psfFlux"].to("uJy")
    table["r:ra"] = table["r:ra"].to("hourangle")
    (hdus,) = fink_lsst.get_images(table, kind="Science")
    for card in ("PSFFLUX", "RA", "SNR", "CANDID"):
        assert hdus[0].header[card] == pytest.approx(expected[0].header[card], rel=1e-12)


def test_a_value_that_no_header_can_hold_is_left_blank(fink_lsst, asteroid):
    table = asteroid[:1]
    table["r:psfFlux"] = [np.nan]
    table["r:snr"] = ["much"]
    (hdus,) = fink_lsst.get_images(table, kind="Science")
    assert hdus[0].header["PSFFLUX"] is None
    assert "SNR" not in hdus[0].header


def test_rows_without_an_alert_id_are_left_out_with_a_warning(fink, fink_lsst):
    limits = fink.query_object(SUPERNOVA, withupperlim=True)
    limits = limits[np.argsort(limits["d:tag"] == "valid", kind="stable")]
    some = limits[[0, 1, -2, -1]]
    with pytest.warns(InputWarning, match="2 of 4 rows have no alert id"):
        images = fink.get_images(some, kind="Science")
    assert [hdus[0].header["CANDID"] for hdus in images] == some["i:candid"].tolist()[2:]
    forced = fink_lsst.query_object(RUBIN_SUPERNOVA, withforced=True)
    forced = forced[forced["tag"] == "forced"][:3]
    with pytest.raises(FinkQueryError, match="3 of 3 rows have no alert id"):
        fink_lsst.get_images(forced)


@pytest.mark.parametrize("name", ["get_images", "get_images_async"])
def test_a_table_without_ids_is_refused_with_the_column(fink, fink_lsst, asteroid, name):
    with pytest.raises(FinkQueryError, match="has no column 'r:diaSourceId'; it has r:ra, r:dec"):
        getattr(fink_lsst, name)(asteroid["r:ra", "r:dec"])
    with pytest.raises(FinkQueryError, match="has no column 'i:objectId'; it has i:candid"):
        getattr(fink, name)(fink.query_object(SUPERNOVA, columns="candid"))
    with pytest.raises(FinkQueryError, match="has no column 'i:objectId'"):
        getattr(fink, name)(asteroid)
    with pytest.raises(FinkQueryError, match="<Table of 0 rows> is empty"):
        getattr(fink_lsst, name)(asteroid[:0])


def test_rounded_alert_ids_are_refused(fink_lsst, asteroid):
    table = asteroid[:1]
    table[SOURCE] = table[SOURCE].astype(float)
    with pytest.raises(FinkQueryError, match="r:diaSourceId=.* is not a valid alert id"):
        fink_lsst.get_images(table)


def test_the_payload_and_the_responses_of_a_table_are_lists(fink, fink_lsst, asteroid):
    payload = fink_lsst.get_images(asteroid[:2], get_query_payload=True)
    kinds = ["Science", "Template", "Difference"]
    ids = [str(number) for number in asteroid[SOURCE][:2].tolist()]
    assert [(one["diaSourceId"], one["kind"]) for one in payload] == [
        (number, kind) for number in ids for kind in kinds
    ]
    responses = fink_lsst.get_images_async(asteroid[:2])
    assert all(response.content.startswith(b"SIMPLE") for response in responses)
    assert len(responses) == 6
    (one,) = fink.get_images(fink.query_object(SUPERNOVA)[:1], get_query_payload=True)
    assert (one["objectId"], one["kind"]) == (SUPERNOVA, "All")


# Rows and ids


def test_a_row_of_a_table_has_cutouts(fink, fink_lsst, asteroid):
    for client, row, kept in (
        (fink_lsst, asteroid[3], SOURCE),
        (fink, fink.query_object(SUPERNOVA)[2], "i:candid"),
    ):
        hdus = client.get_cutouts(row)
        assert hdus[0].header["CANDID"] == row[kept]
        (same,) = client.get_images(row)
        assert same[0].header == hdus[0].header
        with pytest.raises(FinkQueryError, match="the Row given as objectid has the alert id already"):
            client.get_cutouts(row, candid=1)


def test_an_alert_id_alone_has_cutouts_of_rubin(fink_lsst, box_lsst, asteroid):
    number = int(asteroid[SOURCE][1])
    found = []
    assert sent(box_lsst, lambda: found.append(fink_lsst.get_cutouts(candid=number))) == {"cutouts"}
    (hdus,) = found
    (expected,) = fink_lsst.get_images(asteroid[1:2])
    assert set(hdus[0].header) - {"SIMPLE", "BITPIX", "NAXIS", "EXTEND"} == {
        *("SURVEY", "CANDID", "RA", "DEC", "QUERY")
    }
    assert hdus[0].header["RA"] == pytest.approx(asteroid["r:ra"][1], abs=1e-9)
    for one, other in zip(hdus[1:], expected[1:], strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.data, other.data)
    responses = fink_lsst.get_cutouts_async(candid=str(number))
    assert [response.content[:6] for response in responses] == [b"SIMPLE"] * 3
    assert fink_lsst.get_cutouts(candid=number, kind="science", get_query_payload=True) == {
        "diaSourceId": str(number),
        "kind": "Science",
        "output-format": "FITS",
    }


def test_an_alert_that_does_not_exist_has_no_cutouts(fink_lsst):
    with pytest.raises(UnknownObjectError, match=f"no cutouts of an alert {NO_ALERT}: check the id"):
        fink_lsst.get_cutouts(candid=NO_ALERT)


def test_an_alert_id_alone_is_not_enough_for_ztf(fink, box):
    before = len(box.requests)
    with pytest.raises(FinkQueryError, match=r"candid=5: give an object id of ZTF"):
        fink.get_cutouts(candid=5)
    assert len(box.requests) == before


def test_neither_object_nor_alert(fink, fink_lsst):
    with pytest.raises(FinkQueryError, match=r"\), candid or a Row of a Table"):
        fink_lsst.get_cutouts()
    with pytest.raises(FinkQueryError, match=r"\) or a Row of a Table"):
        fink.get_cutouts()


# Figures


def test_images_without_time_and_band_are_drawn_with_the_ids_of_their_alerts(fink_lsst, asteroid, tmp_path):
    images = [fink_lsst.get_cutouts(candid=number) for number in asteroid[SOURCE][:3].tolist()]
    rows = plot_cutouts(images, figure=Figure())
    assert [ax.get_title() for ax in rows[0]] == [f"alert {hdus[0].header['CANDID']}" for hdus in images]
    assert len(plot_cutouts(images[0], figure=Figure())) == 3
    with Image.open(animate_cutouts(images, tmp_path / "film.gif", kind="Science")) as film:
        assert film.n_frames == 3


def test_images_without_a_position_are_drawn_as_those_with_one(fink, tmp_path):
    table = fink.query_object(SUPERNOVA)[:2]
    shown = []
    for alerts in (table, table["i:objectId", "i:candid"]):
        (ax, *_) = plot_cutouts(fink.get_images(alerts)[0], figure=Figure(figsize=(6, 2)))
        shown.append(ax.transData.inverted().transform(ax.images[0].get_transform().transform((50, 10))))
        assert [line.get_label() for line in ax.lines] == ["target", "scale bar"]
    np.testing.assert_allclose(*shown, atol=1e-6)
    images = fink.get_images(table["i:objectId", "i:candid"], kind="Science")
    with Image.open(animate_cutouts(images, tmp_path / "film.gif", kind="Science")) as film:
        assert film.n_frames == 2


# Object ids that a table does not have


@pytest.fixture
def trails(fink_lsst):
    """Alerts with a tag that asteroids have, too."""
    table = fink_lsst.query_tag("faint_trails", columns="diaObjectId,diaSourceId")
    assert 0 < table["r:diaObjectId"].mask.sum() < len(table)
    return table


@pytest.mark.parametrize("method", ["query_objects", "query_forced_photometry", "query_summary"])
def test_rows_of_asteroids_are_left_out_of_a_query_for_objects(fink_lsst, trails, method):
    without = int(trails["r:diaObjectId"].mask.sum())
    words = (
        rf"{without} of {len(trails)} rows have no object id \(masked or 0\). Alerts of Solar System objects"
    )
    with pytest.warns(InputWarning, match=words):
        payload = getattr(fink_lsst, method)(trails, get_query_payload=True)
    expected = list(dict.fromkeys(trails["r:diaObjectId"].compressed().tolist()))
    assert payload[0]["diaObjectId"] == ",".join(map(str, expected))


def test_zeros_and_blanks_in_a_column_are_no_ids(fink_lsst, fink):
    for column in (
        Column([0, RUBIN_SUPERNOVA]),
        MaskedColumn([RUBIN_SUPERNOVA, RUBIN_SUPERNOVA], mask=[True, False]),
        Column(["0", str(RUBIN_SUPERNOVA)]),
    ):
        with pytest.warns(InputWarning, match="1 of 2 rows have no object id"):
            (payload,) = fink_lsst.query_objects(column, get_query_payload=True)
        assert payload["diaObjectId"] == str(RUBIN_SUPERNOVA)
    with pytest.warns(InputWarning, match="1 of 2 rows have no object id"):
        (payload,) = fink.query_objects(Column(["", SUPERNOVA]), get_query_payload=True)
    assert payload["objectId"] == SUPERNOVA


def test_a_table_of_an_asteroid_alone_is_refused_with_the_remedy(fink_lsst, box_lsst, asteroid):
    for value in (asteroid, asteroid[0], asteroid["r:diaObjectId"]):
        with pytest.raises(FinkQueryError, match=re.escape("get_images(table) the cutouts of any alerts")):
            fink_lsst.query_objects(value)


@pytest.mark.parametrize("value", [0, "0", None])
def test_a_zero_or_none_in_a_list_is_a_mistake(fink_lsst, value):
    with pytest.raises(FinkQueryError, match="is not a valid LSST object id"):
        fink_lsst.query_objects([RUBIN_SUPERNOVA, value])

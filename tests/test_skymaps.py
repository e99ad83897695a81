"""Sky maps: their upload, and the alerts in their regions."""

import ast
import gzip
import io
import json
import sys

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError, NoResultsWarning
from replay import Replay, as_json, client_of, in_turn

from astroquery_fink import FinkClass, conf
from astroquery_fink.arguments.sky_map_cells import FINEST_FLAT
from astroquery_fink.arguments.sky_maps import event_name
from astroquery_fink.exceptions import FinkQueryError

pytestmark = pytest.mark.usefixtures("in_json")
DATE = "2023-07-09T12:28:50.000000"
FACTS = {"ORDERING": "NESTED", "COORDSYS": "C", "DATE-OBS": DATE}
EVENT = "S230709bi"


def hdus_of(columns, **facts):
    """A sky map as FITS; facts that are None are left out of its header."""
    table = Table(columns)
    header = {name: value for name, value in (FACTS | facts).items() if value is not None}
    hdu = fits.BinTableHDU(table)
    hdu.header.update(header)
    return fits.HDUList([fits.PrimaryHDU(), hdu])


def flat(order=2, **facts):
    chances = np.random.default_rng(1).random(12 * 4**order)
    return hdus_of({"PROB": chances / chances.sum()}, **facts)


def multi_order(*cells, **facts):
    """A multi-order sky map of cells (order, pixel, probability)."""
    uniq = [4 * 4**order + pixel for order, pixel, _ in cells]
    density = [chance / (4 * np.pi / (12 * 4**order)) for order, _, chance in cells]
    return hdus_of({"UNIQ": uniq, "PROBDENSITY": density}, ORDERING="NUNIQ", **facts)


def bytes_of(hdus):
    buffer = io.BytesIO()
    hdus.writeto(buffer)
    return buffer.getvalue()


def read_as_fink_does(text):
    """Data and header of an upload, read as the server does, without its eval."""
    with (
        gzip.open(io.BytesIO(ast.literal_eval(text)), "rb") as file,
        fits.open(io.BytesIO(file.read())) as hdus,
    ):
        return np.array(hdus[1].data["PROB"]), hdus[1].header


def upload_text(source, event_time=None):
    """The text that is sent for a map."""
    arguments = {"credible_level": 0.5, "event_time": event_time, "get_query_payload": True}
    return FinkClass().query_skymap(source, **arguments)["bayestar"]


# The map that is sent


@pytest.mark.parametrize("ordering", ["NESTED", "RING"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_flat_map_is_sent_as_it_is(ordering, dtype):
    hdus = flat(ORDERING=ordering)
    hdus[1].data = Table({"PROB": hdus[1].data["PROB"].astype(dtype)}).as_array()
    sent, header = read_as_fink_does(upload_text(hdus))
    assert np.array_equal(sent, hdus[1].data["PROB"])
    assert sent.dtype.itemsize == np.dtype(dtype).itemsize
    assert (header["ORDERING"], header["NSIDE"], header["DATE-OBS"][:19]) == (ordering, 4, DATE[:19])


def test_one_map_in_all_forms_gives_one_text(tmp_path):
    hdus = flat()
    whole = bytes_of(hdus)
    path = tmp_path / "bayestar.fits.gz"
    path.write_bytes(gzip.compress(whole))
    texts = {upload_text(form) for form in (hdus, whole, gzip.compress(whole), path, str(path))}
    assert len(texts) == 1
    assert event_name(str(path)) is event_name(path) is None


def test_rows_of_many_pixels_become_rows_of_one():
    hdus = flat(order=5)
    rows = hdus_of({"PROB": hdus[1].data["PROB"].reshape(-1, 1024)})
    assert upload_text(rows) == upload_text(hdus)


def test_cells_of_many_sizes_become_pixels_of_one():
    pytest.importorskip("astropy_healpix")
    cells = [(0, pixel, 0.05) for pixel in range(1, 12)] + [(1, 0, 0.2), (1, 1, 0.1), (1, 2, 0.05)]
    cells += [(2, 12 + pixel, chance) for pixel, chance in enumerate((0.04, 0.03, 0.02, 0.01))]
    sent, header = read_as_fink_does(upload_text(multi_order(*cells)))
    expected = np.zeros(192)
    for order, pixel, chance in cells:
        children = 4 ** (2 - order)
        expected[pixel * children : (pixel + 1) * children] += chance / children
    np.testing.assert_allclose(sent, expected)
    assert sent.sum() == pytest.approx(1)
    assert (header["ORDERING"], header["NSIDE"]) == ("NESTED", 4)


def test_cells_that_are_too_fine_are_added_up():
    pytest.importorskip("astropy_healpix")
    inner = 5 * 4 ** (11 - FINEST_FLAT)
    cells = [(11, inner, 0.25), (11, inner + 3, 0.25), (12, 4 * inner + 63, 0.125), (0, 11, 0.375)]
    sent, header = read_as_fink_does(upload_text(multi_order(*cells)))
    assert header["NSIDE"] == 2**FINEST_FLAT
    assert sent[5] == pytest.approx(0.625)
    assert sent.sum() == pytest.approx(1)


def test_the_frame_of_healpix_is_that_of_astropy_healpix():
    """A place in the densest cell is found in the densest pixel."""
    healpix = pytest.importorskip("astropy_healpix")
    import astropy.units as u

    place = 123.4 * u.deg, -56.7 * u.deg
    cell = healpix.lonlat_to_healpix(*place, 8, order="nested")
    cells = [(3, int(cell), 0.9), *((0, pixel, 0.1 / 12) for pixel in range(12))]
    sent, header = read_as_fink_does(upload_text(multi_order(*cells)))
    assert healpix.lonlat_to_healpix(*place, header["NSIDE"], order="nested") == sent.argmax()


@pytest.mark.parametrize(
    ("hdus", "words"),
    [
        (lambda: hdus_of({"RATE": [1.0]}), "has RATE, but needs the columns UNIQ and PROBDENSITY or PROB"),
        (lambda: fits.HDUList([fits.PrimaryHDU()]), "it has no table"),
        (lambda: hdus_of({"UNIQ": [4, 5]}), "looks like a MOC: give mocpy.MOC.from_fits"),
        (lambda: hdus_of({"PROB": [0.5, 0.5]}), "2 pixels"),
        (lambda: hdus_of({"PROB": np.full(108, 1 / 108)}), "108 pixels"),
        (lambda: hdus_of({"PROB": np.full(12, 1.0)}), "add up to 12, not 1"),
        (lambda: hdus_of({"PROB": [2.0, -1.0] + [0.0] * 10}), "the least is -1"),
        (lambda: hdus_of({"PROB": [np.nan] * 12}), "add up to nan"),
        (lambda: flat(ORDERING="SPIRAL"), "ORDERING='SPIRAL'"),
        (lambda: flat(COORDSYS="G"), "COORDSYS='G'"),
        (lambda: flat(**{"DATE-OBS": None}), "give event_time=, or set DATE-OBS"),
        (lambda: flat(**{"DATE-OBS": "yesterday"}), "DATE-OBS='yesterday' is not a valid time"),
        (lambda: hdus_of({"UNIQ": [1], "PROBDENSITY": [1.0]}), "UNIQ holds invalid cell numbers"),
        (lambda: b"no FITS", "source is not a FITS file"),
        (lambda: gzip.compress(b"no FITS")[:12], "source is not a FITS file"),
        (lambda: b"", "source is not a FITS file"),
        (lambda: 42, "source=42 is not a sky map"),
    ],
)
def test_what_is_no_map_of_an_event_is_refused(hdus, words):
    with pytest.raises(InvalidQueryError, match=words):
        upload_text(hdus())


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InvalidQueryError, match=r"missing\.fits' is not a FITS file"):
        upload_text(tmp_path / "missing.fits")
    with pytest.raises(InvalidQueryError, match=r"missing\.fits' is neither a file nor an event"):
        event_name("missing.fits")


def test_a_map_that_is_too_long_is_refused_before_it_is_sent():
    with conf.set_temp("max_upload_size", 1000), pytest.raises(InvalidQueryError, match="max_upload_size"):
        FinkClass().query_skymap(flat(), credible_level=0.5)


def test_without_astropy_healpix_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "astropy_healpix", None)
    for hdus in (flat(), multi_order((0, 0, 1.0))):
        with pytest.raises(
            InvalidQueryError, match=r"a sky map needs astropy-healpix.*astroquery_fink\[skymap\]"
        ):
            upload_text(hdus)
    assert asked()["event_name"] == EVENT


# The time of the event


def test_a_map_without_a_date_takes_the_time_of_the_event():
    sent, header = read_as_fink_does(upload_text(flat(**{"DATE-OBS": None}), event_time=Time(DATE)))
    assert header["DATE-OBS"][:23] == DATE[:23]
    assert upload_text(flat(**{"DATE-OBS": None}), event_time="2023-07-09 12:28:50") == upload_text(flat())


@pytest.mark.parametrize(
    ("source", "time", "words"),
    [
        (
            flat,
            DATE,
            "has the time of the event, DATE-OBS='2023-07-09T12:28:50.000000': leave event_time out",
        ),
        (lambda: EVENT, DATE, "the server gets the time of S230709bi from GraceDB: leave event_time out"),
        (lambda: flat(**{"DATE-OBS": None}), "soon", "event_time='soon' is not a valid time"),
        (lambda: flat(**{"DATE-OBS": None}), 59000.5, "event_time=59000.5 is not a valid time"),
    ],
)
def test_a_time_that_is_not_needed_or_not_valid_is_refused(source, time, words):
    with pytest.raises(InvalidQueryError, match=words):
        asked(source(), event_time=time)


# The question


def asked(source=EVENT, **arguments):
    return FinkClass().query_skymap(source, get_query_payload=True, **({"credible_level": 0.5} | arguments))


def test_an_event_is_asked_for_by_its_name():
    assert asked(days_before=0, days_after=2.5) == {
        "event_name": EVENT,
        "credible_level": 0.5,
        "n_day_before": 0,
        "n_day_after": 2.5,
        "output-format": "json",
    }
    assert asked(" MS230709bi ")["event_name"] == "MS230709bi"


def test_a_map_is_sent_as_text():
    sent = asked(flat())
    assert sent["bayestar"].startswith("b'\\x1f\\x8b")
    assert "event_name" not in sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"credible_level": 90}, "credible_level=90 is not between 0 and 1; 90 percent is 0.9"),
        ({"credible_level": 0}, "credible_level=0 is not between"),
        ({"credible_level": 1.0}, "credible_level=1.0"),
        ({"credible_level": None}, "credible_level is missing"),
        ({"credible_level": "0.5"}, "credible_level='0.5'"),
        ({"credible_level": np.nan}, "credible_level=nan"),
        ({"days_before": 8}, "days_before=8 is not a number of days from 0 to 7"),
        ({"days_after": 14.5}, "days_after=14.5 is not a number of days from 0 to 14"),
        ({"days_after": -1}, "days_after=-1"),
        ({"days_after": True}, "days_after=True"),
        ({"source": "GW170817"}, "nor an event of GraceDB such as 'S230709bi'"),
        ({"source": "../../etc"}, "nor an event of GraceDB"),
        ({"source": ""}, "nor an event of GraceDB"),
    ],
)
def test_what_means_nothing_is_refused(arguments, words):
    with pytest.raises(InvalidQueryError, match=words):
        asked(**arguments)


# The answer

ALERT = {"i:objectId": "ZTF23aaaaaaa", "i:candid": 2**53 + 1, "i:jd": 2460134.7, "v:jdstartgw": 2460135.02}
NEWER = ALERT | {"i:objectId": "ZTF23bbbbbbb", "i:jd": 2460136.7, "d:classification": "Unknown"}


@pytest.fixture
def search(serve):
    """Search a sky map on a server that responds with this content; return the Table and the server."""

    def ask(content, source=EVENT):
        client, server = serve(in_turn(as_json(content)))
        return client.query_skymap(source, credible_level=0.5), server

    return ask


def test_alerts_come_newest_first_and_typed(search):
    table, _ = search([ALERT, NEWER])
    assert table["i:objectId"].tolist() == ["ZTF23bbbbbbb", "ZTF23aaaaaaa"]
    assert table["i:candid"].tolist() == [2**53 + 1] * 2
    assert table["d:classification"].mask.tolist() == [False, True]
    assert (str(table["v:jdstartgw"].unit), table["i:magpsf"].dtype) == ("d", np.float64)
    assert table.meta["endpoint"] == "skymap"


def test_the_table_does_not_carry_the_map(search):
    hdus = flat(order=5)
    table, server = search([ALERT], source=hdus)
    assert server.requests[0][2]["bayestar"] == upload_text(hdus)
    payload = json.loads(table.meta["payload"])
    assert payload["bayestar"].startswith(f"{len(upload_text(hdus))} characters, sha256 ")
    assert len(table.meta["payload"]) < 300


def test_nothing_in_the_region(search):
    with pytest.warns(NoResultsWarning, match=EVENT):
        table, _ = search([])
    assert len(table) == 0
    assert table["i:candid"].dtype == np.int64
    assert "v:jdstartgw" in table.colnames


@pytest.mark.parametrize(
    "words", ["Not Found", '{"message": "Not Found"}', "<html><h1>Not Found</h1></html>"]
)
def test_the_failure_of_gracedb_is_an_error(search, words):
    with pytest.raises(FinkQueryError, match="GraceDB: Not Found") as caught:
        search([{"status": words}])
    assert (caught.value.endpoint, caught.value.reason) == ("skymap", "Not Found")


def test_the_failure_of_gracedb_in_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    buffer = io.BytesIO()
    write_table(pa.Table.from_pylist([{"status": b"Not Found"}]), buffer)
    with (
        Replay(lambda *_: (200, "parquet", buffer.getvalue())) as server,
        pytest.raises(FinkQueryError, match="GraceDB: Not Found"),
    ):
        client_of(server, tmp_path).query_skymap(EVENT, credible_level=0.5)


def test_the_failure_of_gracedb_is_not_kept(tmp_path):
    with Replay(in_turn(as_json([{"status": "Not Found"}]), as_json([ALERT]))) as server:
        client = client_of(server, tmp_path)
        with pytest.raises(FinkQueryError):
            client.query_skymap(EVENT, credible_level=0.5)
        assert len(client.query_skymap(EVENT, credible_level=0.5)) == 1
        assert client.query_skymap(EVENT, credible_level=0.5).meta["cached"]


def test_an_error_does_not_carry_the_map(tmp_path):
    with Replay(lambda *_: (400, "text/plain", b"no")) as server, pytest.raises(FinkQueryError) as caught:
        client_of(server, tmp_path).query_skymap(flat(order=5), credible_level=0.5)
    assert len(str(caught.value)) < 600


def test_async_returns_the_reply_unread(tmp_path):
    with Replay(lambda *_: (200, "application/json", b"[]")) as server:
        client = client_of(server, tmp_path)
        assert client.query_skymap_async(EVENT, credible_level=0.5).content == b"[]"
    assert client.query_skymap_async(EVENT, credible_level=0.5, get_query_payload=True) == asked()


def test_the_name_of_an_event_its_map_and_the_map_in_cells_find_the_same(box, tmp_path):
    pytest.importorskip("astropy_healpix")
    from fink_sandbox.sky.events import EVENTS, event_map

    (name,) = EVENTS
    body = event_map(name)
    with fits.open(io.BytesIO(gzip.decompress(body))) as hdus:
        chances, date = np.array(hdus[1].data["PROB"]), hdus[1].header["DATE-OBS"]
    order = (len(chances) // 12).bit_length() // 2
    cells = multi_order(
        *((order, pixel, chance) for pixel, chance in enumerate(chances)), **{"DATE-OBS": date}
    )
    client = client_of(box, tmp_path)
    by_name, by_map, by_cells = (
        client.query_skymap(source, credible_level=0.5) for source in (name, body, cells)
    )
    assert len(by_name)
    assert by_name["i:candid"].tolist() == by_map["i:candid"].tolist() == by_cells["i:candid"].tolist()
    assert len(client.query_skymap(name, credible_level=0.9)) >= len(by_name)

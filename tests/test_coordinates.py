"""Coordinates in the forms that people have them in: read right, or refused with what is understood."""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import FK5, ICRS, AltAz, Galactic, SkyCoord
from astropy.coordinates.name_resolve import sesame_url
from astropy.table import Column, MaskedColumn, QTable, Table
from astropy.utils.masked import Masked
from astroquery.exceptions import InputWarning
from hypothesis import given
from hypothesis import strategies as st

from astroquery_fink import Fink
from astroquery_fink.arguments.coordinates import positions
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError

A, D = 15 * (12 + 26 / 60 + 54.8 / 3600), 15 + 12 / 60 + 37 / 3600

SEXAGESIMAL = """
12 26 54.8 +15 12 37
12 26 54.8 15 12 37
12:26:54.8 +15:12:37
12:26:54.8 15:12:37
12:26:54.8+15:12:37
12:26:54.8,+15:12:37
12:26:54.8;15:12:37
12 26 54.8 / +15 12 37
12 : 26 : 54.8 +15 : 12 : 37
(12 26 54.8, +15 12 37)
[12:26:54.8, +15:12:37]
12h26m54.8s +15d12m37s
12h26m54.8s 15d12m37s
12h26m54.8s+15d12m37s
12h26m54.8 +15d12m37
12h 26m 54.8s, +15d 12m 37s
12h26m54.8s, +15°12′37″
12h26m54.8s +15°12'37"
12h26m54.8s +15°12'37''
12ʰ26ᵐ54ˢ.8 +15°12′37″
12h26m54s.8 +15d12m37s
12H26M54.8S +15D12M37S
12 hours 26 min 54.8 sec 15 deg 12 arcmin 37 arcsec
12h26m54.8s 15 12 37
12 26 54.8 +15d12m37s
12h26m54.8s 15.2102777777778d
186d43m42s +15d12m37s
RA=12:26:54.8 Dec=+15:12:37
RA = 12h26m54.8s, Dec = +15d12m37s
Dec=+15:12:37 RA=12:26:54.8
R.A. (J2000) 12 26 54.8 Decl. (J2000) +15 12 37
α=12 26 54.8 δ=+15 12 37
ICRS 12 26 54.8 +15 12 37
J2000.0 12 26 54.8 +15 12 37
12\u00a026\u00a054.8 +15 12 37
J122654.8+151237
J122654.80+151237.0
122654.8+151237
SDSS J122654.80+151237.0
SDSSJ122654.8+151237
WISEA J122654.8 +151237.0
2MASS J12265480+1512370
2MASXJ12265480+1512370
""".strip().splitlines()

DEGREES = """
186.728 15.21
186.728 +15.21
186.728, 15.21
186.728,15.21
186.728+15.21
(186.728 15.21)
(186.728, 15.21)
186.728; 15.21
186.728 | 15.21
186.728d +15.21d
186.728d 15.21
186.728 deg 15.21 deg
186.728° +15.21°
186.728degrees, 15.21degrees
1.86728e+02 15.21
RA=186.728 Dec=15.21
ra: 186.728, dec: 15.21
RA(J2000)=186.728 DEC(J2000)=15.21
ICRS: 186.728 +15.21
""".strip().splitlines()


def read(text):
    place = positions(text)
    return place.ra.deg, place.dec.deg


@pytest.mark.parametrize("text", [*SEXAGESIMAL, "12\t26\t54.8\n+15 12 37"])
def test_sexagesimal_text_is_in_hours_and_degrees(text):
    assert read(text) == pytest.approx((A, D), abs=1e-6)


@pytest.mark.parametrize("text", DEGREES)
def test_two_numbers_are_degrees(text):
    assert read(text) == pytest.approx((186.728, 15.21), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "ra", "dec"),
    [
        ("12h26m54.8s, −15°12′37″", A, -D),
        ("12:26:54.8 –15:12:37", A, -D),
        ("12 26 54.8 -00 12 37", A, -(D - 15)),
        ("12h26m54.8s -0d12m37s", A, -(D - 15)),
        ("J122654.8-001237", A, -(D - 15)),
        ("12 26.9 +15 12.6", 186.725, 15.21),
        ("12h26.9m -15d12.6m", 186.725, -15.21),
        ("12:26.9 15:12.6", 186.725, 15.21),
        ("10 20", 10, 20),
        ("0 0", 0, 0),
        ("24 00 00 -90 00 00", 0, -90),
        ("251.51, 32.36", 251.51, 32.36),
        ("16:46:02.4,+32:21:36", 251.51, 32.36),
    ],
)
def test_signs_and_minutes(text, ra, dec):
    assert read(text) == pytest.approx((ra, dec), abs=1e-9)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "two angles"),
        ("186.7", "two angles"),
        ("12 26 54.8", "two angles"),
        ("1 2 3 4 5", "two angles"),
        ("12,5 15,21", "two angles"),
        ("186 43 42 +15 12 37", "from 0 to 24 hours"),
        ("25:00:00 +15:12:37", "from 0 to 24 hours"),
        ("400 20", "from 0 to 360"),
        ("-10 20", "from 0 to 360"),
        ("186.7 95", "'95' is not from -90 to 90"),
        ("12 26 54.8 -95 12 37", "'-95 12 37' is not from -90"),
        ("12 26 60 +15 12 37", "60 is not below 60"),
        ("12 66 54 +15 12 37", "66 is not below 60"),
        ("SDSS J126654.8+151237", "66 is not below 60"),
        ("12.5 26 54 +15 12 37", "only the last"),
        ("12 26 54.8 15.21", "only the last"),
        ("12.4 +15 12 37", "different forms"),
        ("12.4 +15d12m37s", "in hours or in degrees"),
        ("12h26m54.8s +15h12m37s", "declination must be in degrees"),
        ("12m26h54s +15 12 37", "units of"),
        ("12:26:54.8:3 +15:12:37", "is not an angle"),
        ("12 26 54.8 - 15 12 37", "is not an angle"),
        ("12 26 54.8 +15 12 37 SN2020abc", "is not an angle"),
        ("SN2020abc 12:26:54.8 +15:12:37", "is not an angle"),
        ("FK5 12 26 54.8 +15 12 37", "is not an angle"),
        ("galactic 120.5 -3.2", "is not an angle"),
        ("l=120.5 b=-3.2", "is not an angle"),
        ("186.728 rad 15.21 rad", "is not an angle"),
        ("nan nan", "is not an angle"),
        ("٣٤.٥ ١٢.٣", "is not an angle"),
        ("RA=x Dec=15.2", "is not an angle"),
        ("+", "two angles"),
        ("12 " * 10**5, "too long"),
        ("J" + "1" * 10**6, "too long"),
    ],
)
def test_other_text_is_refused_with_the_forms_that_are_understood(box, fink, text, why):
    before = len(box.requests)
    with sesame_url.set(["http://127.0.0.1:9/"]), pytest.raises(FinkQueryError) as caught:
        fink.query_region(text, "5 arcsec")
    assert why in str(caught.value)
    assert "12h26m54.8s +15d12m37s" in str(caught.value)
    assert len(box.requests) == before


def test_a_designation_without_tenths_of_seconds_is_said_to_be_coarse():
    with pytest.warns(InputWarning, match="only to 15 arcsec"):
        assert read("NVSS J122654+151237") == pytest.approx((15 * (12 + 26 / 60 + 54 / 3600), D))


@given(st.floats(0, 359.9), st.floats(-89.9, 89.9), st.sampled_from([":", " ", None]))
def test_what_astropy_writes_is_read_back(ra, dec, separator):
    place = SkyCoord(ra, dec, unit="deg")
    written = place.to_string("hmsdms", precision=6, **({"sep": separator} if separator else {}))
    assert positions(written).separation(place) < 1e-4 * u.arcsec


@pytest.fixture
def sesame():
    """A name resolver on loopback that knows M 31."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = "M%2031" in self.path
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"%J 10.684708 +41.268750 = 00:42:44 +41:16:07\n" if found else b"#! nothing\n")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sesame_url.set([f"http://127.0.0.1:{server.server_port}/"]):
            yield asked
        server.shutdown()


def test_a_name_is_resolved(sesame):
    assert read("M 31") == pytest.approx((10.684708, 41.26875))
    assert len(sesame) == 1


@pytest.mark.parametrize("name", ["NGC 4321x", "3C 273", "47 Tuc", "PSR J0534+2200", "1E 0657-56"])
def test_a_name_that_nobody_knows_is_an_error_of_ours(sesame, name):
    with pytest.raises(FinkQueryError, match="not a name that Sesame knows: give '12 26"):
        positions(name)
    assert len(sesame) == 1


def test_a_resolver_that_fails_is_not_the_users_fault():
    nowhere = sesame_url.set(["http://127.0.0.1:9/"])
    with nowhere, pytest.raises(FinkServiceError, match="resolver Sesame failed .*give the coordinates"):
        positions("M 31")


@pytest.mark.parametrize(
    "text", ["12 26 54.8 +15 12 37", "251.51, 32.36", "J122654.8+151237", "12 99", "1 2 3"]
)
def test_coordinates_never_go_to_a_name_resolver(sesame, text):
    with suppress(FinkQueryError):
        positions(text)
    assert sesame == []


PLACES = SkyCoord([186.728, 10.0], [15.21, -20.0], unit="deg")


@pytest.mark.parametrize(
    "table",
    [
        Table({"ra": [186.728, 10], "dec": [15.21, -20]}),
        Table({"RA": [186.728, 10], "DEC": [15.21, -20]}),
        Table({"i:ra": [186.728, 10], "i:dec": [15.21, -20], "d:ra": [0.0, 0]}),
        Table({"r:dec": [15.21, -20], "r:ra": [186.728, 10]}),
        Table({"RAJ2000": [186.728, 10], "DEJ2000": [15.21, -20]}),
        Table({"ra_deg": [186.728, 10], "dec_deg": [15.21, -20]}),
        Table({"ra": Column([12.4485333333333, 10 / 15], unit="hourangle"), "dec": [15.21, -20]}),
        Table(
            {
                "ra": Column([12.4485333333333, 10 / 15], unit="h"),
                "dec": Column([912.6, -1200], unit="arcmin"),
            }
        ),
        Table({"RAJ2000": ["12 26 54.72", "00 40 00"], "DEJ2000": ["+15 12 36", "-20 00 00"]}),
        Table({"ra": [b"186.728", b"10"], "dec": [b"15.21", b"-20"]}),
        QTable({"ra": [186.728, 10] * u.deg, "dec": [15.21, -20] * u.deg}),
        QTable({"ra": np.radians([186.728, 10]) * u.rad, "dec": [15.21, -20] * u.deg}),
        QTable({"name": ["a", "b"], "where": PLACES}),
        Table({"where": PLACES.galactic, "ra": [0.0, 0], "dec": [0.0, 0]}),
        {"ra": [186.728, 10], "dec": [15.21, -20]},
        PLACES.galactic,
        PLACES.transform_to(FK5(equinox="J1975")),
        Galactic(PLACES.galactic.l, PLACES.galactic.b),
        [PLACES[0], PLACES[1]],
        [PLACES[0], PLACES[1].galactic],
        (PLACES[0], "10 -20"),
        ["186.728 15.21", "00 40 00 -20 00 00"],
        np.array(["186.728 15.21", "10 -20"]),
        Column(["186.728 15.21", "10 -20"]),
        list(Table({"ra": [186.728, 10], "dec": [15.21, -20]})),
    ],
    ids=lambda table: f"{type(table).__name__}-{'-'.join(getattr(table, 'colnames', []))}",
)
def test_tables_and_lists_are_positions(table):
    np.testing.assert_array_less(positions(table).separation(PLACES).arcsec, 1e-3)


def test_a_dataframe_is_taken_as_a_table_is():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"RA": [186.728, 10], "Dec": [15.21, -20]})
    assert np.all(positions(frame).separation(PLACES) < 1e-3 * u.arcsec)
    frame.loc[1, "RA"] = np.nan
    with pytest.raises(FinkQueryError, match="row 1 has no position"):
        positions(frame)


@pytest.mark.parametrize("unit", [None, "deg", "hourangle"])
def test_a_row_is_one_position_in_the_units_of_its_table(unit):
    ra = 186.728 if unit != "hourangle" else 186.728 / 15
    for kind in (Table, QTable):
        row = kind({"ra": Column([ra], unit=unit), "dec": [15.21]})[0]
        assert positions(row).isscalar
        assert read(row) == pytest.approx((186.728, 15.21))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (SkyCoord([1, np.nan, 3], [4, 5, np.nan], unit="deg"), "rows 1, 2 have no position"),
        (SkyCoord(np.nan, 3, unit="deg"), "the position has no value"),
        (SkyCoord(Masked([1.0, 2.0], mask=[False, True]) * u.deg, [3, 4] * u.deg), "row 1 has no position"),
        (Table({"ra": MaskedColumn([1.0, 2], mask=[True, False]), "dec": [1.0, 2]}), "row 0 has no position"),
        (Table({"ra": MaskedColumn([1, 2], mask=[True, False]), "dec": [1, 2]}), "row 0 has no position"),
        (Table({"ra": ["12 26 54", ""], "dec": ["15 12 37", "3"]}), "row 1 has no position"),
        (Table({"ra": [1.0, 2], "dec": [1.0, 95]}), "declination 95 of row 1 is not from -90 to 90"),
        (Table({"ra": ["12 26 54", "1 2"], "dec": ["15 12 37", "99 3"]}), "row 1: .*'99 3' is not from -90"),
        (Table({"a": [1], "b": [2]}), "has no columns ra and dec, .*it has a, b"),
        (Table({"ra": [1.0], "d:dec": [2.0]}), "has no columns ra and dec"),
        (Table({"a": PLACES, "b": PLACES}), r"give table\['a'\] or table\['b'\]"),
        (
            Table({"ra": Column([1.0], unit="mag"), "dec": [1.0]}),
            "right ascension column .unit mag. is not an angle",
        ),
        (AltAz(alt=10 * u.deg, az=3 * u.deg), "altaz cannot be transformed .*obstime and location"),
        (SkyCoord(AltAz(alt=[10, 20] * u.deg, az=[3, 4] * u.deg)), "obstime and location"),
        (ICRS(), "cannot be transformed"),
        ([186.7, 15.2], "item 0 of the list is not a valid position: give SkyCoord"),
        ([PLACES[0], PLACES], "item 1 of the list holds 2 positions"),
        ([PLACES[0], "12 99 1 2 3 4"], "item 1 of the list: .*99 is not below 60"),
        (5.0, "coordinates=5.0 is not a valid position: give '12 26"),
        (None, "coordinates=None is not a valid position"),
        (Table({"ra": [], "dec": []}), "coordinates is empty"),
        ([], "coordinates is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_positions_that_are_none_are_named_before_anything_is_sent(box, fink, value, words):
    before = len(box.requests)
    with pytest.raises(FinkQueryError, match=words) as caught:
        fink.query_region(value, "5 arcsec")
    assert len(box.requests) == before
    assert len(str(caught.value)) < 500


def test_an_error_in_a_large_table_stays_short():
    table = Table({"ra": np.full(5000, np.nan), "dec": np.zeros(5000)})
    with pytest.raises(FinkQueryError, match="and 4990 more") as caught:
        positions(table)
    assert len(str(caught.value)) < 300


def test_the_objects_around_what_a_search_found(fink):
    table = fink.query_object("ZTF99simsnia", columns="ra,dec")
    found = fink.query_region(table[:2], "5 arcsec", columns="objectId")
    assert found["i:objectId"].tolist() == ["ZTF99simsnia"] * 2
    assert found["index"].tolist() == [0, 1]


def test_positions_of_text_and_of_a_skycoord_send_the_same():
    sent = [
        Fink.query_region(value, "5 arcsec", get_query_payload=True)
        for value in ("186.728 15.21", PLACES[0], Table({"ra": [186.728], "dec": [15.21]})[0])
    ]
    assert sent[0] == sent[1] == sent[2]

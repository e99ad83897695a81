"""Other archives, simulated on loopback: neighbours of the simulated objects, and ephemerides."""

import io
import re
import threading
from contextlib import ExitStack
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from astropy.coordinates import Angle
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.io.votable.tree import Info
from astropy.table import Table
from astropy.time import Time
from astropy.wcs import WCS

from fink_sandbox.sky.moving_objects import asteroids
from fink_sandbox.sky.orbits import ephemeris
from fink_sandbox.sky.targets import NAMED

__all__ = ["Neighbours"]

ALERTS = 2024.5  # the year in which moving stars are at the positions of their alerts
MOTION = (40.0, -30.0)  # mas per year
GAIA = 2016.0
KINDS = {
    "snia": ("G", 0.0245),
    "rrlyrae": ("RR*", np.nan),
    "agn": ("AGN", 0.0812),
    "blazar": ("BLL", 0.31),
    "dwarfnova": ("CV*", np.nan),
}
STARS = {"RR*", "CV*"}
UNITS = {
    "ra": "deg", "dec": "deg", "coo_err_maj": "mas", "coo_err_min": "mas", "coo_err_angle": "deg",
    "pmra": "mas/yr", "pmdec": "mas/yr", "parallax": "mas", "ref_epoch": "yr", "phot_g_mean_mag": "mag",
    "pmRA": "mas/yr", "pmDE": "mas/yr", "RAdeg": "deg", "DEdeg": "deg", "Gmag": "mag", "angDist": "arcsec",
    "RA": "deg", "DEC": "deg", "Dec": "deg", "Separation": "arcmin", "epoch": "d", "distance": "au",
    "phase": "deg", "elongation": "deg", "date": "d", "dobs": "au", "elong": "deg",
}  # fmt: skip
TITLES = {"Object_Name": "Object Name", "Phys_Type": "Phys Type", "Redshift_z": "Redshift (z)"}


def _catalogue():
    """Two neighbours per object, 0.5 and 1.5 arcsec away; the star at the edge has none."""
    rows = []
    for objectid, one in NAMED.items():
        otype, redshift = KINDS.get(one["kind"], (None, None))
        if otype is None:
            continue
        name, number = f"Simulated {objectid[5:]}", 2**60 + 2 * len(rows) + 1
        moves = MOTION if otype in STARS else (0.0, 0.0)
        place = [*one["place"], *moves]
        rows.append((name, number, otype, redshift, 17.25, 0.3 * (otype not in STARS), 0.4, *place))
        rows.append((f"{name} b", number + 1, "*", np.nan, 20.5, 0.0, -1.5, *one["place"], 0.0, 0.0))
    names = ["main_id", "source_id", "otype", "redshift", "g", "east", "north", "ra", "dec", "pmra", "pmdec"]
    table = Table(rows=rows, names=names)
    table["north"][np.isin(table["otype"], list(STARS))] = 0.0
    return table


CATALOGUE = _catalogue()


def _at(year):
    """The catalogue with the positions of a year."""
    table = CATALOGUE.copy()
    years = year - ALERTS
    table["dec"] = CATALOGUE["dec"] + (table["north"] + table["pmdec"] / 1000 * years) / 3600
    east = (table["east"] + table["pmra"] / 1000 * years) / 3600
    table["ra"] = CATALOGUE["ra"] + east / np.cos(np.radians(CATALOGUE["dec"]))
    return table


def _apart(table, ra, dec):
    """Separations in arcsec."""
    east = (table["ra"] - ra) * np.cos(np.radians(dec))
    return np.hypot(east, table["dec"] - dec).data * 3600


def _around(query, table):
    """The rows in any of the circles of an ADQL query."""
    inside = np.zeros(len(table), bool)
    for circle in re.findall(r"CIRCLE\('ICRS',([^)]*)\)", query):
        ra, dec, radius = map(float, circle.split(","))
        inside |= _apart(table, ra, dec) <= radius * 3600
    return table[inside]


def _votable(table):
    """A VOTable; its texts may have any length, as in those of archives."""
    for name in table.colnames:
        if len(table) and table[name].dtype.kind == "U":
            table[name] = table[name].astype(object)
        table[name].unit = UNITS.get(name)
    document = from_table(Table(table, masked=True))
    for field in document.get_first_table().fields:
        field.name = TITLES.get(field.name, field.name)
    document.resources[0].type = "results"
    document.resources[0].infos.append(Info(name="QUERY_STATUS", value="OK"))
    file = io.BytesIO()
    document.to_xml(file)
    return "application/x-votable+xml", file.getvalue()


def _masked(table, *names):
    for name in names:
        table[name] = np.ma.masked_invalid(table[name])
    return table


LIMITS = """<?xml version="1.0"?>
<cap:capabilities xmlns:cap="http://www.ivoa.net/xml/VOSICapabilities/v1.0"
 xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
<language><name>ADQL</name><version>2.0</version></language>
<outputFormat><mime>application/x-votable+xml</mime></outputFormat>
<outputLimit><hard unit="row">2000000</hard></outputLimit>
<uploadLimit><hard unit="row">200000</hard></uploadLimit>
</capability></cap:capabilities>"""


def _simbad_limits(fields, files):
    return "text/xml", LIMITS.encode()


def _simbad(fields, files):
    """Places of J2000. The dwarf nova is not known there."""
    query = fields["QUERY"]
    table = _at(2000.0)
    table = table[["dwno" not in name for name in table["main_id"]]]
    for name in ("coo_err_maj", "coo_err_min", "coo_err_angle"):
        table[name] = np.float32(0.5)
    table["coo_wavelength"], table["coo_bibcode"] = "O", "2099simulated"
    table.rename_column("redshift", "rvz_redshift")
    if "TAP_SCHEMA.columns" in query:
        return _votable(_described("column_name", table.colnames))
    if "TAP_SCHEMA" in query or "FROM filter" in query:
        return _votable(_described("name", ["simulated"]))
    names = re.findall(r'basic\."(\w+)"', query.partition(" FROM ")[0])
    return _votable(_masked(_around(query, table), "rvz_redshift")[names])


def _described(key, names):
    return Table({key: names, "description": ["simulated"] * len(names)})


def _gaia(fields, files):
    """Places of 2016.0, nearest first."""
    query = fields["QUERY"]
    table = _at(GAIA)
    table["designation"] = [f"Simulated DR3 {number}" for number in table["source_id"]]
    table["ref_epoch"], table["phot_g_mean_mag"] = GAIA, table["g"]
    table["parallax"] = np.where(table["pmra"] != 0, 1.0, np.nan)
    ra, dec = map(float, re.search(r"POINT\('ICRS', ([\d.]+), ([-+\d.]+)\)", query).groups())
    table["dist"] = _apart(table, ra, dec) / 3600
    table = _masked(_around(query, table), "parallax")
    table.sort("dist")
    names = re.search(r"TOP \d+\s+(.*?),\s+DISTANCE", query, re.DOTALL).group(1).split(",")
    return _votable(table[[*names, "dist"]])


def _xmatch_tables(fields, files):
    return "text/plain", b"simbad\nI/355/gaiadr3\n"


def _xmatch(fields, files):
    """All pairs, in the order of what was sent."""
    mine = Table.read(files["cat1"].decode(), format="ascii.csv")
    catalogue = fields["cat2"].removeprefix("vizier:")
    theirs = XMATCH[catalogue]()
    pairs = []
    for row, (ra, dec) in enumerate(mine[fields["colRA1"], fields["colDec1"]].iterrows()):
        apart = _apart(theirs, ra, dec)
        near = np.flatnonzero(apart <= float(fields["distMaxArcsec"]))
        pairs += [(apart[one], row, one) for one in near]
    apart, first, second = map(list, zip(*pairs, strict=True)) if pairs else ([], [], [])
    table = Table({"angDist": np.array(apart, float)})
    for name in mine.colnames:
        table[name] = mine[name][np.array(first, int)]
    for name, column in _named(catalogue, theirs[np.array(second, int)]):
        table[name] = column
    return _votable(table)


def _named(catalogue, table):
    """(Name in XMatch, column) of each column of a catalogue."""
    if catalogue == "simbad":
        names = {"main_id": "main_id", "main_type": "otype", "redshift": "redshift"}
        _masked(table, "redshift")
    else:
        names = {"Source": "source_id", "Gmag": "g", "pmRA": "pmra", "pmDE": "pmdec"}
    return [(theirs, table[ours]) for theirs, ours in names.items()]


XMATCH = {"simbad": lambda: _at(2000.0), "I/355/gaiadr3": lambda: _at(GAIA)}


def _ned(fields, files):
    """Galaxies; the coordinates come in hours and degrees, the radius in arcmin."""
    found = _galaxies(15 * float(fields["lon"]), float(fields["lat"]), float(fields["radius"]))
    names = {"main_id": "Object_Name", "ra": "RA", "dec": "DEC", "otype": "Type", "redshift": "Redshift"}
    return _votable(_renamed(found, names))


def _ned_api(fields, files):
    """The same from the newer service: units beside the numbers, ``Redshift`` counts the measurements."""
    ra, dec = (float(Angle(fields[name]).deg) for name in ("LON", "LAT"))
    found = _galaxies(ra, dec, float(fields["RADIUS"]))
    names = {"main_id": "Object_Name", "ra": "RA", "dec": "Dec", "redshift": "Redshift_z"}
    found = _renamed(found, names | {"otype": "Phys_Type"})
    found["Redshift"] = 1
    return _votable(found)


def _galaxies(ra, dec, radius):
    """Objects with a redshift, and how far away they are in arcmin."""
    table = _at(2000.0)
    table["Separation"] = _apart(table, ra, dec) / 60
    return table[(table["Separation"] <= radius) & ~np.isnan(table["redshift"])]


def _renamed(table, names):
    table.rename_columns(list(names), list(names.values()))
    return table[[*names.values(), "Separation"]]


def _stamp(fields, files):
    """Round spots where the catalogue has something."""
    width, height = int(fields["width"]), int(fields["height"])
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [float(fields["ra"]), float(fields["dec"])]
    wcs.wcs.crpix = [(width + 1) / 2, (height + 1) / 2]
    scale = float(fields["fov"]) / max(width, height)
    wcs.wcs.cdelt = [-scale, scale]
    y, x = np.mgrid[:height, :width]
    image = np.zeros((height, width), np.float32)
    table = _at(ALERTS)
    for row in table[_apart(table, *wcs.wcs.crval) < float(fields["fov"]) * 1800]:
        px, py = wcs.all_world2pix(row["ra"], row["dec"], 0)
        image += 10 ** (-0.4 * (row["g"] - 25)) * np.exp(-((x - px) ** 2 + (y - py) ** 2) / 8)
    header = wcs.to_header()
    header["SURVEY"] = fields["hips"]
    file = io.BytesIO()
    fits.PrimaryHDU(image, header).writeto(file)
    return "image/fits", file.getvalue()


def _body(name):
    """An asteroid of the simulated sky, None for an unknown one."""
    wanted = name.strip("\"'; ").replace(" ", "").lower()
    return next((body for body in asteroids() if wanted in body.names), None)


def _horizons(fields, files):
    """Rows in the order of time, whatever the order of what was asked."""
    body = _body(fields["COMMAND"])
    if body is None:
        return "text/plain", b"Matching small-bodies:\nNo matches found.\n"
    seen = ephemeris(body.orbit, np.sort([float(jd) for jd in fields["TLIST"].split()]))
    numbers = {
        "1": {"R.A.___(ICRF)": seen.ra, "DEC____(ICRF)": seen.dec},
        "9": {"APmag": seen.v, "S-brt": None},
        "19": {"r": seen.r, "rdot": None},
        "20": {"delta": seen.delta, "deldot": None},
        "24": {"S-T-O": seen.phase},
    }
    columns = {}
    for number in fields["QUANTITIES"].strip("'").split(","):
        columns |= numbers[number]
    dates = Time(seen.jd, format="jd").strftime("%Y-%b-%d %H:%M:%S.%f")
    lines = ["Target body name: " + f"{body.number} {body.name}", "Center body name: Earth (399)"]
    lines += [", ".join([" Date__(UT)__HR:MN:SC.fff", "Date_________JDUT", "", "", *columns, ""]), "$$SOE"]
    for row, date in enumerate(dates):
        values = ["n.a." if one is None else f"{one[row]:.9f}" for one in columns.values()]
        lines.append(", ".join([date, f"{seen.jd[row]:.9f}", "", "", *values, ""]))
    return "text/plain", "\n".join([*lines, "$$EOE", ""]).encode()


def _miriade(fields, files):
    """Steps of whole days from a time on; the newer service is asked for ``--jd`` and has other names."""
    body = _body(fields["-name"])
    step = float(fields["-step"].removesuffix("d"))
    seen = ephemeris(body.orbit, float(fields["-ep"]) + step * np.arange(int(fields["-nbd"])))
    columns = [
        seen.jd,
        Angle(seen.ra, "deg").to_string("hourangle", sep=" ", precision=5),
        Angle(seen.dec, "deg").to_string("deg", sep=" ", precision=4, alwayssign=True),
        seen.delta,
        seen.v,
        seen.phase,
        seen.elongation,
    ]
    return _votable(Table(columns, names=MIRIADE[fields["-output"]]))


MIRIADE = {
    "--jul": ["epoch", "ra", "dec", "distance", "mv", "phase", "elongation"],
    "--jd": ["date", "RA", "DEC", "dobs", "vmag", "phase", "elong"],
}
ANSWERS = {
    "/simbad/capabilities": _simbad_limits,
    "/simbad/sync": _simbad,
    "/tap-server/tap/sync": _gaia,
    "/xmatch": _xmatch,
    "/xmatch/tables": _xmatch_tables,
    "/ned/objsearch": _ned,
    "/ned/ConeSearchByPosition": _ned_api,
    "/hips2fits": _stamp,
    "/horizons": _horizons,
    "/miriade": _miriade,
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer({}, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        if not kind.startswith("multipart/"):
            self._answer(dict(parse_qsl(body.decode())), {})
            return
        parts = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body).get_payload()
        named = {part.get_param("name", header="content-disposition"): part for part in parts}
        sent = {name: part.get_payload(decode=True) for name, part in named.items()}
        files = {name for name, part in named.items() if part.get_filename()}
        plain = {name: value.decode() for name, value in sent.items() if name not in files}
        self._answer(plain, {name: sent[name] for name in files})

    def _answer(self, fields, files):
        where = urlsplit(self.path)
        fields = dict(parse_qsl(where.query)) | fields
        self.server.requests.append((where.path, fields))
        kind, body = ANSWERS[where.path](fields, files)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Say nothing."""


class Neighbours:
    """Serves the archives; while it is open, the clients of astroquery use it and do not use their caches.

    Attributes
    ----------
    url : str
    requests : list of (str, dict of str to str)
        The path and the arguments of each request so far.
    """

    def __enter__(self):
        with ExitStack() as stack:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), _Handler))
            server.requests = self.requests = []
            self.url = "http://{}:{}".format(*server.server_address)
            _redirect_clients(self.url, stack.enter_context(pytest.MonkeyPatch.context()))
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()


def _redirect_clients(url, patch):
    """Let the clients of astroquery send their requests to this address."""
    from astroquery import cache_conf, imcce, jplhorizons, xmatch
    from astroquery.hips2fits import hips2fits
    from astroquery.ipac.ned import Ned
    from astroquery.simbad import Simbad, SimbadClass
    from pyvo.dal import TAPService

    gaia = _gaia_client()
    patch.setattr(cache_conf, "cache_active", False)
    patch.setattr(SimbadClass, "tap", TAPService(f"{url}/simbad"))
    patch.setattr(Simbad, "_hardlimit", None)
    patch.setattr(Simbad, "_uploadlimit", None)
    patch.setattr(gaia, "Gaia", gaia.GaiaClass(gaia_tap_server=f"{url}/", show_server_messages=False))
    patch.setattr(xmatch.XMatch, "URL", f"{url}/xmatch")
    patch.setattr(Ned, *ned_address(f"{url}/ned/"))
    patch.setattr(hips2fits, "server", f"{url}/hips2fits")
    patch.setattr(jplhorizons.Conf, "horizons_server", f"{url}/horizons")
    patch.setattr(imcce.Conf, "ephemcc_server", f"{url}/miriade")


def ned_address(url):
    """The attribute of the client and its value; astroquery 0.4.12 uses a new service."""
    from astroquery.ipac.ned import Ned

    return ("DBR_BASE_URL", url) if hasattr(Ned, "DBR_BASE_URL") else ("OBJ_SEARCH_URL", f"{url}objsearch")


def _gaia_client():
    """The Gaia module of astroquery; it is imported without its request for the messages of the archive."""
    from astroquery.utils.tap.conn.tapconn import TapConn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TapConn, "execute_tapget", lambda *_, **__: SimpleNamespace(status=503))
        from astroquery import gaia
    return gaia

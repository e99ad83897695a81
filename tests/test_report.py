"""Pages of objects: what they say, what they escape, and how they are written."""

import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from astroquery.exceptions import InputWarning, InvalidQueryError

pytest.importorskip("jinja2")
from astroquery_fink.formats import read, write  # noqa: E402
from astroquery_fink.plots import report  # noqa: E402
from astroquery_fink.tables.concat import merge  # noqa: E402

SUPERNOVA, STAR, DWARF_NOVA = "ZTF99simsnia", "ZTF99simrrly", "ZTF99simdwno"
RUBIN = 170000000000000001
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "javascript:alert(1)//",
    "' autofocus onfocus='alert(1)",
    "</style></script><b>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eevil\x00\x1b",
]


class Page(HTMLParser):
    """The elements of a page, and the text of each row of its table."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.rows, self._in_body = [], [], False
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._in_body = self._in_body or tag == "tbody"
        if tag == "tr" and self._in_body:
            self.rows.append("")

    def handle_data(self, data):
        if self.rows:
            self.rows[-1] += f"{data} "

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(tmp_path):
    """Write a page and read it back."""
    return lambda table, **keywords: Page(report(table, tmp_path / "page.html", **keywords))


@pytest.fixture
def table(fink):
    return fink.query_objects([SUPERNOVA, DWARF_NOVA], withupperlim=True)


def test_a_row_says_what_the_alerts_say(fink, table, page):
    found = page(table, images=[fink.get_cutouts(SUPERNOVA)])
    assert len(found.rows) == 2
    newest = table[(table["i:objectId"] == SUPERNOVA) & (table["d:tag"] == "valid")][0]
    first = " ".join(found.rows[0].split())
    assert first.startswith(f"{SUPERNOVA} {newest['v:classification']} 12:26:54")
    assert f"{newest['i:ra']:.5f} +{newest['i:dec']:.5f}" in first
    assert f"r {newest['i:magpsf']:.2f} ± {newest['i:sigmapsf']:.2f} mag" in first
    assert f"SN Ia (SNN) {newest['d:snn_snia_vs_nonia']:.2f}" in first
    assert "TNS SN Ia" in first


def test_every_point_is_drawn_and_says_its_date_and_brightness(table, page):
    found = page(table)
    drawn = np.isin(table["d:tag"], ["valid", "badquality", "upperlim"])
    in_rows = [use for use in found.all("use") if "x" in use]
    assert len(in_rows) == drawn.sum()
    tooltips = re.findall(r"<title>([^<]+UTC, [^<]+)</title></use>", found.source)
    assert len(tooltips) == len(in_rows)
    assert sum("upper limit" in text for text in tooltips) == np.sum(table["d:tag"] == "upperlim")


def test_three_cutouts_are_inside_the_file_and_have_a_text(fink, table, page):
    found = page(table, images=[fink.get_cutouts(DWARF_NOVA), fink.get_cutouts(SUPERNOVA)])
    images = found.all("img")
    assert [image["alt"].split()[0] for image in images] == ["Science", "Template", "Difference"] * 2
    assert [image["alt"].split()[3] for image in images] == [f"{SUPERNOVA},"] * 3 + [f"{DWARF_NOVA},"] * 3
    assert all(image["src"].startswith("data:image/png;base64,iVBOR") for image in images)


def test_an_object_shows_its_newest_cutouts(fink, page, tmp_path):
    alerts = fink.get_images(SUPERNOVA)
    table = fink.query_object(SUPERNOVA)
    newest = page(table, images=[alerts[0]]).all("img")
    assert page(table, images=alerts[::-1], overwrite=True).all("img") == newest


def test_cutouts_of_other_objects_are_left_out_with_a_warning(fink, page):
    with pytest.warns(InputWarning, match=f"1 alert of images.*{STAR}"):
        found = page(fink.query_object(SUPERNOVA), images=[fink.get_cutouts(STAR)])
    assert "no cutouts" in found.rows[0]


def test_links_lead_to_the_object_and_its_position(fink, fink_lsst, page):
    found = page(fink.query_object(SUPERNOVA))
    links = [link["href"] for link in found.all("a")]
    assert links[0] == f"https://ztf.fink-portal.org/{SUPERNOVA}"
    assert links[1].startswith("https://www.wis-tns.org/search?ra=186.7283")
    assert links[2].startswith("https://simbad.cds.unistra.fr/simbad/sim-coo?Coord=186.7283")
    assert re.fullmatch(
        r"https://www\.legacysurvey\.org/viewer\?ra=186\.\d+&dec=15\.\d+&layer=ls-dr10&zoom=16", links[3]
    )
    found = page(fink_lsst.query_object(RUBIN), overwrite=True)
    links = [link["href"] for link in found.all("a")]
    assert links[:2] == [
        f"https://lsst.fink-portal.org/{RUBIN}",
        "https://www.wis-tns.org/object/2099sim",
    ]


def test_rubin_has_fluxes_and_forced_photometry(fink_lsst, page):
    table = fink_lsst.query_object(RUBIN, withforced=True)
    found = page(table, images=[fink_lsst.get_cutouts(RUBIN)])
    assert len([use for use in found.all("use") if "x" in use]) == len(table)
    assert "Difference flux (µJy)" in found.source
    newest = table[table["tag"] == "valid"][0]
    assert f"{newest['r:psfFlux'] / 1e3:.1f} ± {newest['r:psfFluxErr'] / 1e3:.1f} µJy" in found.rows[0]
    assert len(found.all("img")) == 3


def test_a_page_names_its_request(fink, table, page):
    found = page(table)
    for text in (fink.server, "withupperlim", table.meta["queried"][:10], f"2, of {len(table)} rows"):
        assert text in found.source


def test_ages_are_counted_until_the_query(table, page):
    table.meta["queried"] = "2026-01-01T00:00:00.000"
    row = table[table["d:tag"] == "valid"][0]
    age = 2461041.5 - row["i:jdstarthist"]
    assert f" {age:,.0f} d " in " ".join(page(table).rows[0].split())


def test_rates_are_lines_through_the_last_ten_days_of_the_newest_band(page):
    jd = 2461041.5 - np.array([0.0, 2, 4, 6, 30])
    columns = {
        "i:objectId": ["ZTF99aaaaaaa"] * 5,
        "i:jd": jd,
        "i:fid": [2] * 5,
        "i:magpsf": [18.0, 18.2, 18.4, 18.6, 12.0],
        "i:sigmapsf": [0.02] * 5,
        "i:isdiffpos": ["t"] * 5,
    }
    assert "−0.100 ± 0.004 mag/d rising" in " ".join(page(Table(columns)).rows[0].split())
    columns["i:sigmapsf"] = [0.5] * 5
    assert "rising" not in page(Table(columns), overwrite=True).rows[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_the_server_becomes_a_part_of_the_page(fink, page, text):
    plain = page(fink.query_object(SUPERNOVA))
    table = fink.query_object(SUPERNOVA)
    for name in ("i:objectId", "v:classification", "d:cdsxmatch", "d:tns", "d:mangrove_HyperLEDA_name"):
        table[name] = [text] * len(table)
    table.meta |= {"server": text, "payload": text, "endpoint": text}
    found = page(table, title=text, overwrite=True)
    assert [tag for tag, _ in found.tags if tag in ("script", "style", "b", "img", "iframe")].count(
        "script"
    ) == 1
    assert [tag for tag, _ in found.tags if tag in ("style", "img")] == ["style"]
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert len(found.all("input")) == len(plain.all("input"))
    assert all(link["href"].startswith("https://") for link in found.all("a"))
    assert not set(found.source) & {"\u202e", "\x00", "\x1b"}
    visible = text.replace("\u202e", "\ufffd").replace("\x00", "\ufffd").replace("\x1b", "\ufffd")
    assert visible in found.rows[0]


def test_a_hostile_name_of_rubin_stays_inside_its_address(fink_lsst, page):
    table = fink_lsst.query_object(RUBIN)
    table["f:xm_tns_fullname"] = ['SN 2026a/../"><script>'] * len(table)
    links = [link["href"] for link in page(table).all("a")]
    assert links[1] == "https://www.wis-tns.org/object/2026a%2F..%2F%22%3E%3Cscript%3E"


def test_a_page_permits_its_own_style_and_script_and_nothing_else(table, page):
    found = page(table)
    policies = [meta["content"] for meta in found.all("meta") if "http-equiv" in meta]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policies[0]
    assert not any("style" in attributes for _, attributes in found.tags)
    assert not any(attributes.get("src", "data:")[:5] != "data:" for _, attributes in found.tags)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_missing_values_leave_gaps(fink, fink_lsst, page, survey):
    table = (
        fink.query_object(SUPERNOVA, withupperlim=True) if survey == "ztf" else fink_lsst.query_object(RUBIN)
    )
    keys = {"i:objectId", "r:diaObjectId", "d:tag"}
    for name in set(table.colnames) - keys:
        table[name] = MaskedColumn(table[name], mask=np.ones(len(table), bool))
    found = page(table)
    assert len(found.rows) == 1
    assert "no light curve" in found.rows[0]
    assert not re.search(r"\bnan\b|None|--", found.rows[0])


@pytest.mark.parametrize("name", ["i:magpsf", "i:sigmapsf", "i:ra", "i:jdstarthist", "d:snn_sn_vs_all"])
def test_nan_is_a_missing_value(fink, page, name):
    table = fink.query_object(SUPERNOVA)
    table[name] = np.full(len(table), np.nan)
    with warnings.catch_warnings(action="error"):
        found = page(table)
    assert "nan" not in found.rows[0].lower().replace("supernan", "")


def test_an_object_of_upper_limits_alone_has_a_row(fink, page):
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    found = page(table[table["d:tag"] == "upperlim"])
    assert len(found.rows) == 1
    assert "upper limits" in found.all("svg")[-1]["aria-label"]


def test_an_empty_table_makes_a_page_without_rows(table, page):
    found = page(table[:0])
    assert found.rows == []
    assert "The table has no objects" in found.source


def test_one_alert_is_enough(fink, page):
    assert len(page(fink.query_class("SN candidate", n=1)).rows) == 1


def test_chosen_columns_are_enough(fink, page):
    found = page(fink.query_object(SUPERNOVA, columns="objectId,jd,fid,magpsf,sigmapsf"))
    assert SUPERNOVA in found.rows[0]
    assert [link["href"] for link in found.all("a")] == [f"https://ztf.fink-portal.org/{SUPERNOVA}"]


def test_a_column_that_is_needed_is_named(fink, tmp_path):
    with pytest.raises(InvalidQueryError, match="i:sigmapsf"):
        report(fink.query_object(SUPERNOVA, columns="objectId,jd,fid,magpsf"), tmp_path / "page.html")


def test_rows_without_an_object_are_left_out_with_a_warning(fink_lsst, page):
    table = fink_lsst.query_object(RUBIN)
    table["r:diaObjectId"] = MaskedColumn(table["r:diaObjectId"], mask=np.arange(len(table)) < 3)
    with pytest.warns(InputWarning, match="3 rows without an object id"):
        found = page(table)
    assert f"1, of {len(table)} rows" in found.source


@pytest.mark.parametrize("suffix", [".ecsv", ".fits", ".vot"])
def test_a_table_from_a_file_makes_the_same_page(table, page, tmp_path, suffix):
    expected = page(table)
    with warnings.catch_warnings(action="ignore"):
        write(table, tmp_path / f"table{suffix}")
        back = read(tmp_path / f"table{suffix}")
    found = page(back, overwrite=True)
    assert [" ".join(row.split()) for row in found.rows] == [" ".join(row.split()) for row in expected.rows]


def test_a_page_is_a_file_that_is_not_replaced_by_accident(table, tmp_path):
    path = report(table, str(tmp_path / "page.html"))
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        report(table[:0], path)
    assert path.read_bytes() == before
    report(table[:0], path, overwrite=True)
    assert path.read_bytes() != before
    assert [one.name for one in tmp_path.iterdir() if "page" in one.name] == ["page.html"]


@pytest.mark.parametrize("path", ["page.txt", "page", "missing/page.html", 3])
def test_a_path_that_is_no_page_is_refused(table, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidQueryError, match=r"page|path=3"):
        report(table, path)


@pytest.mark.parametrize("images", [3, ["cutouts"], "text"])
def test_what_is_no_list_of_cutouts_is_refused(table, images, tmp_path):
    with pytest.raises(InvalidQueryError, match="get_images"):
        report(table, tmp_path / "page.html", images=images)


def test_an_object_takes_less_than_a_two_hundredth_of_fifteen_megabytes(fink, tmp_path):
    alerts, cutouts = fink.query_object(SUPERNOVA, withupperlim=True), fink.get_cutouts(SUPERNOVA)
    tables, images = [], []
    for number in range(20):
        one, copy = alerts.copy(), fits.HDUList([hdu.copy() for hdu in cutouts])
        one["i:objectId"] = [f"ZTF99aaa{number:04d}"] * len(one)
        one["i:candid"] = MaskedColumn(np.full(len(one), -1), mask=True)
        copy[0].header["OBJECT"] = f"ZTF99aaa{number:04d}"
        tables.append(one)
        images.append(copy)
    path = report(merge(tables), tmp_path / "page.html", images=images)
    assert len(Page(path).all("img")) == 60
    assert path.stat().st_size / 20 < 15e6 / 200

"""Thirty mistakes and more: each message names the argument, its value and the remedy."""

import json
import subprocess
import sys

import numpy as np
import pytest
from astropy.table import Table
from astroquery.exceptions import NoResultsWarning
from hypothesis import given
from hypothesis import strategies as st

from astroquery_fink import FinkClass, conf, formats, lightcurve, plots
from astroquery_fink.exceptions import FinkError, FinkServiceError
from astroquery_fink.messages import described, shown

pytest.importorskip("werkzeug")

ID = "ZTF99simsnia"
POSITION = "186.7283 15.2104"
MIXED = Table({"i:jd": [1.0], "i:fid": [1]})
# call -> argument, value and remedy, all of which the message has
MISTAKES = {
    "an id that is a float": (lambda f, r: f.query_object(1.5), "objectid", "1.5", "such as ZTF21aaxtctv"),
    "half an id": (lambda f, r: f.query_object("ZTF21"), "objectid", "'ZTF21'", "such as ZTF21aaxtctv"),
    "a name as id": (lambda f, r: f.query_object("SN 2024abtt"), "objectid", "SN 2024abtt", "resolve_name("),
    "an id of Rubin": (lambda f, r: f.query_object(17 * 10**16), "objectid", "17000", "use FinkLSST"),
    "an id of ZTF": (lambda f, r: r.query_object(ID), "objectid", ID, "use Fink"),
    "a rounded id": (lambda f, r: r.query_object(1.7e17), "objectid", "1.7e+17", "give text or an integer"),
    "no ids": (lambda f, r: f.query_objects([]), "objectids", "empty", "give at least one"),
    "a table without ids": (
        lambda f, r: f.query_objects(MIXED),
        "objectids",
        "<Table of 1 rows>",
        "i:objectId",
    ),
    "a misspelt column": (
        lambda f, r: f.query_object(ID, columns="magpfs"),
        "columns",
        "'magpfs'",
        "Did you mean i:magpsf",
    ),
    "a column of Rubin": (
        lambda f, r: f.query_object(ID, columns="r:psfFlux"),
        "columns",
        "'r:psfFlux'",
        "list_columns()",
    ),
    "no column": (lambda f, r: f.query_object(ID, columns=""), "columns", "empty", "leave columns out"),
    "text as a switch": (
        lambda f, r: f.query_object(ID, withupperlim="yes"),
        "withupperlim",
        "'yes'",
        "give True or False",
    ),
    "upper limits of Rubin": (
        lambda f, r: r.query_object(17 * 10**16, withupperlim=True),
        "withupperlim",
        "Fink/LSST",
        "withforced=True",
    ),
    "forced photometry of ZTF": (
        lambda f, r: f.query_object(ID, withforced=True),
        "withforced",
        "Fink/ZTF",
        "withupperlim=True",
    ),
    "no class": (lambda f, r: f.query_class(""), "class_name", "''", "list_classes()"),
    "an ambiguous class": (lambda f, r: f.query_class("agn"), "class_name", "'agn'", "give (SIMBAD) AGN or"),
    "a misspelt trend": (
        lambda f, r: f.query_class("SN candidate", trend="risng"),
        "trend",
        "'risng'",
        "Valid values: rising",
    ),
    "no alerts": (lambda f, r: f.query_class("SN candidate", n=0), "n=", "0", "give 1 or more"),
    "part of an alert": (lambda f, r: f.query_class("SN candidate", n=2.5), "n=", "2.5", "give 1 or more"),
    "times in words": (
        lambda f, r: f.query_class("SN candidate", start="last week"),
        "start",
        "'last week'",
        "such as '2026",
    ),
    "times exchanged": (
        lambda f, r: f.query_class("SN candidate", start="2025-05-01", stop="2025-04-01"),
        "start",
        "2025-05-01",
        "give an earlier start",
    ),
    "a method of ZTF": (lambda f, r: r.query_class("SN candidate"), "query_class", "Fink/LSST", "query_tag"),
    "a method of Rubin": (lambda f, r: f.query_tag("in_tns"), "query_tag", "Fink/ZTF", "query_class"),
    "a radius without unit": (lambda f, r: f.query_region(POSITION, 5), "radius", "5", "'5 arcsec'"),
    "a negative radius": (
        lambda f, r: f.query_region(POSITION, "-5 arcsec"),
        "radius",
        "'-5 arcsec'",
        "between 0 and 5 degrees",
    ),
    "a huge radius": (
        lambda f, r: f.query_region(POSITION, "50 deg"),
        "radius",
        "'50 deg'",
        "between 0 and 5 degrees",
    ),
    "a radius in magnitudes": (
        lambda f, r: f.query_region(POSITION, "5 mag"),
        "radius",
        "'5 mag'",
        "give one such as 5 * u.arcsec",
    ),
    "a declination of 95 degrees": (
        lambda f, r: f.query_region("10 95", "5 arcsec"),
        "coordinates",
        "'95'",
        "from -90 to 90 degrees",
    ),
    "half a position": (
        lambda f, r: f.query_region("10h", "5 arcsec"),
        "coordinates",
        "'10h'",
        "Give '12 26 54.8 +15 12 37'",
    ),
    "a window without start": (
        lambda f, r: f.query_region(POSITION, "5 arcsec", window=3),
        "window",
        "3",
        "give it with start",
    ),
    "an unknown kind of cutout": (
        lambda f, r: f.get_cutouts(ID, kind="image"),
        "kind",
        "'image'",
        "Valid values: Science",
    ),
    "an alert of another object": (
        lambda f, r: f.get_cutouts(ID, candid=5),
        "candid",
        "5",
        "query_object returns all",
    ),
    "cutouts of nothing": (lambda f, r: f.get_cutouts(None), "objectid", "None", "give an object id"),
    "an empty name": (lambda f, r: f.resolve_name("", resolver="tns"), "name", "''", "give a str"),
    "an unknown model": (lambda f, r: f.query_ssoft(flavor="XYZ"), "flavor", "'XYZ'", "Valid values: SHG1G2"),
    "a month that has no table": (
        lambda f, r: f.query_ssoft(version="2020-01"),
        "version",
        "'2020-01'",
        "give a str YYYY.MM from 2023.07",
    ),
    "a night in words": (
        lambda f, r: f.query_statistics("yesterday"),
        "date",
        "'yesterday'",
        "give 'YYYYMMDD'",
    ),
    "two ways or none": (lambda f, r: f.query_tracklets(), "date", "None", "give exactly one"),
    "a level in percent": (
        lambda f, r: f.query_skymap("S990220sim", credible_level=90),
        "credible_level",
        "90",
        "90 percent is 0.9",
    ),
    "a number as sky map": (
        lambda f, r: f.query_skymap(5, credible_level=0.9),
        "source",
        "5",
        "give the name of an event",
    ),
    "an unknown survey": (lambda f, r: FinkClass(survey="des"), "survey", "'des'", "Valid values: ztf, lsst"),
    "a server without https": (
        lambda f, r: FinkClass(server="fink"),
        "server",
        "'fink'",
        "such as https://api",
    ),
    "a negative timeout": (lambda f, r: FinkClass(timeout=-1), "timeout", "-1", "give seconds, more than 0"),
    "a search for a number": (lambda f, r: f.list_columns(5), "search", "5", "give text, such as"),
    "an unknown way with errors": (
        lambda f, r: f.query_objects([ID], on_error="ignore"),
        "on_error",
        "'ignore'",
        "give 'raise' or 'warn'",
    ),
    "a file in an unknown format": (
        lambda f, r: formats.write(MIXED, "a.txt"),
        "path",
        "'a.txt'",
        "must end in one of .ecsv",
    ),
    "a file that is not there": (
        lambda f, r: formats.read("no.fits"),
        "path",
        "'no.fits'",
        "give a file that write made",
    ),
    "text as light curve": (
        lambda f, r: plots.plot_lightcurve("a"),
        "table",
        "str",
        "give what query_object returns",
    ),
    "an unknown brightness": (
        lambda f, r: plots.plot_lightcurve(MIXED, brightness="mag"),
        "brightness",
        "'mag'",
        "'apparent'",
    ),
    "a negative period": (
        lambda f, r: plots.plot_lightcurve(f.query_object(ID), period=-1),
        "period",
        "-1",
        "give days",
    ),
    "no cutouts": (lambda f, r: plots.plot_cutouts([]), "hdus", "no cutouts", "give what get_cutouts"),
    "a page with the suffix .txt": (
        lambda f, r: plots.report(MIXED, "x.txt"),
        "path",
        "'x.txt'",
        "must end in .html",
    ),
    "a Table of few columns": (
        lambda f, r: lightcurve.to_sncosmo(f.query_object(ID, columns="jd")),
        "to_sncosmo",
        "i:magpsf",
        "request them",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_message_names_the_argument_the_value_and_the_remedy(
    mistake, fink, fink_lsst, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    call, argument, value, remedy = MISTAKES[mistake]
    with pytest.raises((FinkError, OSError)) as caught:
        call(fink, fink_lsst)
    message = str(caught.value)
    assert [words for words in (argument, value, remedy) if words not in message] == []
    assert "{" not in message
    assert len(message) < 450


def test_a_misspelt_argument_is_named_with_the_nearest_one(fink):
    with pytest.raises(
        TypeError, match=r"query_object\(\) has no argument 'withuperlim'. Did you mean withu"
    ):
        fink.query_object(ID, withuperlim=True)


def test_a_setting_out_of_range_is_named_with_its_range(fink):
    with (
        conf.set_temp("batch_size", 0),
        pytest.raises(FinkError, match="conf.batch_size=0 .* at least 1; its"),
    ):
        fink.query_objects([ID])


# Requests in words


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (
            lambda f: f.query_class("SN candidate", start="2020-01-01", stop="2020-01-02"),
            "class='SN candidate'",
        ),
        (lambda f: f.resolve_name("nothing like it", resolver="tns"), "name='nothing like it'"),
        (lambda f: f.query_tracklets(tracklet="TRCK_20230101_000000_00"), "id='TRCK_20230101_000000_00'"),
        (lambda f: f.query_metadata("ZTF21aaxtctv"), "objectId='ZTF21aaxtctv'"),
    ],
)
def test_a_search_without_results_is_described_in_words(fink, search, words):
    with pytest.warns(NoResultsWarning) as caught:
        search(fink)
    (message,) = {str(one.message) for one in caught}
    assert message.startswith("Fink found nothing for ")
    assert words in message
    assert "{" not in message


def test_an_error_keeps_the_payload_that_its_message_describes():
    nowhere = FinkClass(server="http://127.0.0.1:9")
    with conf.set_temp("attempts", 1), pytest.raises(FinkServiceError) as caught:
        nowhere.query_object(ID, columns="jd,magpsf", cache=False)
    assert caught.value.payload["objectId"] == ID
    assert "i:magpsf" in caught.value.payload["columns"]
    assert f"objectId='{ID}'" in str(caught.value)
    assert "i:magpsf" not in str(caught.value)
    assert "check the network" in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(min_size=1, max_size=20), JSON))
def test_no_payload_is_too_long_for_a_message(payload):
    text = described(payload)
    assert len(text) <= 200
    assert not payload or text != json.dumps(payload)


def test_a_list_of_ids_in_a_payload_is_counted():
    assert (
        described({"objectId": ",".join(["ZTF99simsnia"] * 5000)}) == "objectId=ZTF99simsnia and 4,999 more"
    )
    assert described({"columns": "i:jd", "output-format": "json", "n": None}) == ""


@pytest.mark.parametrize(
    "value", [Table({"a": np.arange(5000)}), np.arange(10**6), "x" * 10**6, ["y"] * 10**5]
)
def test_a_large_value_is_described_and_not_shown(value):
    assert len(shown(value)) <= 80


# Packages that are not installed

CALLS = {
    "plot_lightcurve": ("matplotlib", "plots.plot_lightcurve(table)", "plot"),
    "plot_cutouts": ("matplotlib", "plots.plot_cutouts([])", "plot"),
    "plot_phase_curve": ("matplotlib", "plots.plot_phase_curve(table)", "plot"),
    "animate_cutouts": ("matplotlib", "plots.animate_cutouts([], 'a.gif')", "plot"),
    "Thumbnails": ("matplotlib", "plots.Thumbnails([])", "plot"),
    "report": ("jinja2", "plots.report(table, 'a.html')", "report"),
    "The simulated Fink": ("werkzeug", "simulated.Fink", "sandbox"),
}
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == {module!r} else find(name)
from astropy.table import Table
from astroquery_fink import plots, simulated
from astroquery_fink.exceptions import FinkQueryError
table = Table({{"i:jd": [1.0]}})
try:
    {call}
except FinkQueryError as error:
    print(error)
"""


@pytest.mark.parametrize("name", CALLS)
def test_a_package_that_is_missing_is_named_with_its_pip_line(name):
    module, call, extra = CALLS[name]
    code = WITHOUT.format(module=module, call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == f'{name} needs {module}: pip install "astroquery_fink[{extra}]".\n', done.stderr


# Discovery


def test_completion_offers_the_methods_of_the_survey(fink, fink_lsst):
    assert "query_class" in dir(fink)
    assert {"query_tag", "query_tag_async", "query_summary"} <= set(dir(fink_lsst))
    assert not {"query_class", "query_class_async", "list_classes", "query_anomalies"} & set(dir(fink_lsst))
    assert not {"query_tag", "query_forced_photometry"} & set(dir(fink))


COMPLETE = """
from IPython.core.completer import IPCompleter, provisionalcompleter
from astroquery_fink import FinkLSST
with provisionalcompleter():
    found = IPCompleter(namespace={"FinkLSST": FinkLSST}, use_jedi=False).completions("FinkLSST.query_", 15)
    print(*(one.text for one in found))
"""


def test_ipython_completes_the_methods_of_the_survey():
    pytest.importorskip("IPython")
    code = [sys.executable, "-W", "ignore", "-c", COMPLETE]
    names = subprocess.run(code, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "query_tag" in names
    assert "query_class" not in names


@pytest.mark.parametrize(
    ("search", "first"),
    [("supernova", "d:rf_snia_vs_nonia"), ("LIMITING magnitude", "i:diffmaglim"), ("magpsf", "i:magpsf")],
)
def test_columns_are_found_by_words_of_their_names_and_descriptions(fink, search, first):
    found = fink.list_columns(search)
    assert found["name"][0] == first
    assert found.colnames == ["name", "type", "unit", "description", "ucd"]
    for row in found:
        assert all(word in " ".join(map(str, row)).lower() for word in search.lower().split())


def test_columns_of_rubin_are_found_too(fink_lsst):
    assert "f:clf_earlySNIa_score" in fink_lsst.list_columns("supernova")["name"]


def test_a_search_for_columns_without_results_says_so(fink):
    with pytest.warns(NoResultsWarning, match="search='nonsense': no column of Fink/ZTF has these words"):
        assert len(fink.list_columns("nonsense")) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda fink: fink.query_sso("Nosuchname"),
        lambda fink: fink.query_objects(["ZTF21aaxtctv", "ZTF99simsnia"], cache=False),
        lambda fink: fink.list_columns(cache=False),
    ],
)
def test_every_error_has_the_request_that_failed(fink, call):
    nowhere = FinkClass(server="http://127.0.0.1:9")
    with conf.set_temp("attempts", 1), pytest.raises(FinkError) as caught:
        call(nowhere)
    error = caught.value
    assert error.of_request() == {name: getattr(error, name) for name in error.of_request()}
    assert error.url.startswith("http://127.0.0.1:9/api/v1/")
    assert error.payload or error.endpoint == "schema"


def test_an_unknown_name_keeps_the_request(fink):
    with pytest.raises(FinkError) as caught:
        fink.query_sso("Nosuchname")
    assert (caught.value.status, caught.value.payload["n_or_d"]) == (400, "Nosuchname")

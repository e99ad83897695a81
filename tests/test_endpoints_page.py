"""Every endpoint of both surveys can be reached from Python and from the shell, as the documentation says."""

import inspect
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests
from command_lines import COMMANDS as COMMANDS_OF_ZTF
from command_lines import COMMANDS_OF_RUBIN, NEED_PYARROW, RUBIN

from astroquery_fink import FinkClass
from astroquery_fink.cli.commands import COMMANDS
from astroquery_fink.cli.parser import build_parser
from astroquery_fink.surveys import SURVEYS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "endpoints.rst"
SHELL = PAGE.parents[1] / "how_to" / "command_line.rst"
OBJECTS = {"ztf": "ZTF99simastr", "lsst": RUBIN}
EVENTS = {"ztf": "S990220sim", "lsst": "S990315sim"}
POSITION = "186.7283 15.2104"
CALLS = {
    "query_object": lambda fink: fink.query_object(OBJECTS[fink.survey]),
    "query_objects": lambda fink: fink.query_objects([OBJECTS[fink.survey]]),
    "query_forced_photometry": lambda fink: fink.query_forced_photometry(RUBIN),
    "query_summary": lambda fink: fink.query_summary(RUBIN),
    "get_cutouts": lambda fink: fink.get_cutouts(OBJECTS[fink.survey], kind="Science"),
    "get_images": lambda fink: fink.get_images(OBJECTS[fink.survey], kind="Science"),
    "query_region": lambda fink: fink.query_region(POSITION, "5 arcsec"),
    "query_class": lambda fink: fink.query_class("SN candidate", n=1),
    "query_tag": lambda fink: fink.query_tag("in_tns", n=1),
    "query_anomalies": lambda fink: fink.query_anomalies(n=1),
    "query_tracklets": lambda fink: fink.query_tracklets(date="2024-09-14"),
    "query_skymap": lambda fink: fink.query_skymap(EVENTS[fink.survey], credible_level=0.9),
    "query_sso": lambda fink: fink.query_sso(9900001),
    "query_sso_candidates": lambda fink: fink.query_sso_candidates("orbParams"),
    "query_ssoft": lambda fink: fink.query_ssoft(name="Simulatedalpha"),
    "query_sso_bulk": lambda fink: fink.query_sso_bulk("9900001" if fink.survey == "ztf" else "2099 SA1"),
    "download_sso_bulk": lambda fink: fink.download_sso_bulk(Path(fink.cache_location, "all.parquet")),
    "resolve_name": lambda fink: fink.resolve_name("SN 2099sim", resolver="tns"),
    "query_metadata": lambda fink: fink.query_metadata("ZTF99simsnia"),
    "query_statistics": lambda fink: fink.query_statistics("202602"),
}
COMMAND_LINES = {
    "ztf": COMMANDS_OF_ZTF | {"cutouts": ("cutouts", "ZTF99simastr", "-o", "one.fits")},
    "lsst": COMMANDS_OF_RUBIN | {"cutouts": ("cutouts", RUBIN, "-o", "one.fits")},
}
# Arguments of methods that no command has, since a shell has other means.
PYTHON_ONLY = {
    "cache": "--no-cache",
    "show_progress": "--quiet",
    "get_query_payload": "for Python",
    "on_error": "a failed command can be repeated: responses are cached",
    "outdir": "-o",
    "lists": "files have a row for each detection",
    "withcutouts": "the command cutouts",
    "cutout_kind": "the command cutouts",
}


def rows_of_tables(text):
    """The cells of each row of the simple tables in a page; a row with an empty first cell continues."""
    columns, rows = [], []
    for line in text.splitlines():
        if re.fullmatch(r"=+(  =+)+", line):
            columns = [match.span() for match in re.finditer("=+", line)]
        elif not line.strip():
            columns = []
        elif columns:
            cells = [line[begin:end].strip() for begin, end in columns]
            if cells[0]:
                rows.append(cells)
            else:
                rows[-1] = [f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)]
    return rows


def table_of(title):
    """Endpoint -> its methods and its commands, from the section with this title."""
    section = re.split(r"^(\w[^\n]*)\n-+$", PAGE.read_text(), flags=re.MULTILINE)
    _, *rows = rows_of_tables(section[section.index(title) + 1])
    return {names(row[0])[0]: (names(row[2]), names(row[3])) for row in rows}


def names(cell):
    return re.findall(r"``([\w.-]+)``", cell)


ENDPOINTS = {"ztf": table_of("ZTF"), "lsst": table_of("Rubin")}


def entries(number):
    """(survey, endpoint, name) for each method (0) or command (1) of the page."""
    return [
        (survey, endpoint, name)
        for survey, table in ENDPOINTS.items()
        for endpoint, both in table.items()
        for name in both[number]
    ]


@pytest.fixture
def server_of(box, box_lsst):
    return {"ztf": box, "lsst": box_lsst}


@pytest.fixture
def client_of(fink, fink_lsst):
    return {"ztf": fink, "lsst": fink_lsst}


def endpoint_of(box):
    """The endpoint of the last request."""
    return box.requests[-1][0].strip("/")


def skip_without_pyarrow(name, *need):
    if name in need and not find_spec("pyarrow"):
        pytest.skip("needs pyarrow")


@pytest.mark.parametrize("survey", ENDPOINTS)
def test_the_page_lists_the_endpoints_that_the_server_describes(survey, server_of):
    paths = requests.get(f"{server_of[survey].url}/swagger.json", timeout=20).json()["paths"]
    described = {path.removeprefix("/api/v1/") for path in paths}
    assert set(ENDPOINTS[survey]) == described | {"swagger.json"}


@pytest.mark.parametrize("survey", ENDPOINTS)
def test_the_page_lists_every_method_of_a_survey(survey):
    prefixes = ("query_", "get_", "list_", "resolve_", "download_", "server_version")
    public = {name for name in dir(FinkClass) if name.startswith(prefixes) and not name.endswith("_async")}
    methods = {name for _, both in ENDPOINTS.items() for methods, _ in both.values() for name in methods}
    assert methods == public
    listed = {name for methods, _ in ENDPOINTS[survey].values() for name in methods}
    assert listed == public - set(SURVEYS[survey].instead)


@pytest.mark.parametrize("survey", ENDPOINTS)
def test_the_page_lists_every_command_of_a_survey(survey):
    of_survey = {one.name for one in COMMANDS if one.method not in SURVEYS[survey].instead}
    assert {name for _, commands in ENDPOINTS[survey].values() for name in commands} == of_survey


@pytest.mark.parametrize(("survey", "endpoint", "method"), entries(0))
def test_each_method_sends_its_request_to_its_endpoint(survey, endpoint, method, client_of, server_of):
    skip_without_pyarrow(method, "query_sso_bulk", "download_sso_bulk")
    client = client_of[survey]
    assert CALLS[method](client) if method in CALLS else getattr(client, method)()
    assert endpoint_of(server_of[survey]) == endpoint


@pytest.mark.parametrize(("survey", "endpoint", "command"), entries(1))
def test_each_command_sends_its_request_to_its_endpoint(
    survey, endpoint, command, server_of, ask, ask_rubin, capsys
):
    skip_without_pyarrow(command, *NEED_PYARROW)
    line = COMMAND_LINES[survey].get(command, (command,))
    before = len(server_of[survey].requests)
    assert (ask if survey == "ztf" else ask_rubin)(*line) == 0
    assert len(server_of[survey].requests) > before
    assert endpoint_of(server_of[survey]) == endpoint
    assert capsys.readouterr().out or Path("one.fits").exists()


def test_the_page_of_the_shell_lists_every_command_with_its_method():
    _, *rows = rows_of_tables(SHELL.read_text().partition("\nOutput\n")[0])
    listed = {names(row[0])[0]: names(row[2]) for row in rows}
    assert set(listed) == set(build_parser()._subparsers._group_actions[0].choices)
    assert [one.name for one in COMMANDS if one.method not in listed[one.name]] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_has_the_arguments_of_its_method(command):
    methods = {command.method, "query_object"} if command.name == "lightcurve" else {command.method}
    of_methods = {name for one in methods for name in inspect.signature(getattr(FinkClass, one)).parameters}
    ids = {"self", "objectid", "objectids"}  # several, from the command line or from a file
    of_command = {argument.keyword for argument in command.arguments if argument.keyword}
    assert of_command - ids == of_methods - ids - set(PYTHON_ONLY)

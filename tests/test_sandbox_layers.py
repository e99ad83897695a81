"""The rooms of the simulated Fink: imports go down, never up; the surveys do not know each other."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_layers import imports, rooms_imported, rooms_of

PACKAGE = Path(__file__).parents[1] / "fink_sandbox"
BELOW = {
    "data": set(),
    "avro": set(),
    "sky": {"data"},
    "server": {"data", "sky"},
    "ztf": {"data", "sky", "server", "avro"},
    "lsst": {"data", "sky", "server", "avro"},
    "kafka": {"avro"},
    "sandbox": {"sky", "server", "ztf", "lsst", "kafka"},
    "__init__": {"sky", "sandbox"},
    "__main__": {"sandbox"},
}
FILES = [pytest.param(*one, id=str(one[0].relative_to(PACKAGE))) for one in rooms_of(PACKAGE)]
ALIKE = {"service", "survey", "columns", "alerts", "science", "images", "pixels", "packets"}


def test_every_room_has_its_floor():
    assert {room for _, room in rooms_of(PACKAGE)} == set(BELOW)


@pytest.mark.parametrize(("path", "room"), FILES)
def test_imports_go_down(path, room):
    assert rooms_imported(path, PACKAGE) - {room} <= BELOW[room]


@pytest.mark.parametrize(("path", "room"), FILES)
def test_nothing_is_imported_by_the_name_of_the_package(path, room):
    assert not any(level == 0 and name.split(".")[0] == "fink_sandbox" for level, name in imports(path))


@pytest.mark.parametrize(("path", "room"), FILES)
def test_no_import_leads_in_a_circle(path, room):
    assert path not in reached(path, set())


def reached(path, seen):
    """The files that importing a file imports, directly or not."""
    for level, module in imports(path):
        folder = path.parents[level - 1] if level else None
        file = folder and folder.joinpath(*module.split(".")).with_suffix(".py")
        if file and file.exists() and file not in seen:
            seen.add(file)
            reached(file, seen)
    return seen


def test_the_sky_knows_no_http():
    for path, room in rooms_of(PACKAGE):
        known = {name.partition(".")[0] for _, name in imports(path)}
        assert room not in ("data", "sky") or not known & {"werkzeug", "requests", "http"}, path


def test_the_sky_and_the_server_name_no_column_of_a_survey():
    """But for the time of an alert by which tables are sorted by default."""
    for path, room in rooms_of(PACKAGE):
        if room in ("data", "sky", "server"):
            text = path.read_text().replace('name: str = "i:jd"', "")
            assert not any(f'"{family}:' in text for family in "idrfvb"), path


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_surveys_are_alike(survey):
    names = {path.stem for path in (PACKAGE / survey).glob("*.py")}
    assert names >= ALIKE
    assert names >= {"objects", "conesearch", "cutouts", "sso", "resolver", "statistics", "skymap"}


def test_importing_the_sandbox_imports_no_kafka():
    code = "import sys, fink_sandbox; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"confluent_kafka", "fastavro", "pyarrow"}.isdisjoint(done.stdout.split())

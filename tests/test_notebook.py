"""The tutorials, run as in a notebook; and who sees a progress bar."""

import os
import re
import subprocess
import sys
from base64 import b64decode
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
TUTORIALS = ("supernova", "tonight", "variables")
RUN = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=100).execute()
print(nbformat.writes(notebook))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The outputs of the code cells of a tutorial, from a kernel whose home is an empty folder."""
    nbformat = pytest.importorskip("nbformat")
    home = str(tmp_path_factory.mktemp("home"))
    folders = (
        "HOME",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "MPLCONFIGDIR",
    )

    @cache
    def cells(name):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RUN, str(FOLDER / f"{name}.ipynb")],
            env=os.environ | dict.fromkeys(folders, home),
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return [cell.outputs for cell in nbformat.reads(done.stdout, 4).cells if cell.cell_type == "code"]

    return cells


def shown(outputs, kind):
    return [output.data[kind] for output in outputs if "data" in output and kind in output.data]


def printed(cells):
    return "".join(output.text for outputs in cells for output in outputs if output.output_type == "stream")


@pytest.mark.parametrize(("name", "figures"), [("supernova", 4), ("tonight", 1), ("variables", 4)])
def test_a_tutorial_runs_and_draws(run, name, figures):
    assert sum(len(shown(outputs, "image/png")) for outputs in run(name)) == figures


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_shows_no_warnings(run, name):
    assert "Warning" not in "".join(str(outputs) for outputs in run(name))


def test_the_name_of_the_supernova_leads_to_a_fit(run):
    """The rise of the model agrees with the time from the first detection to the peak."""
    text = printed(run("supernova"))
    found = {name: re.search(rf"^{name} +([\d.]+) \+/-", text, re.MULTILINE) for name in ("rise", "fall")}
    rise, fall = (float(match[1]) for match in found.values())
    assert "peak: 17.39 mag" in text
    assert 2 < rise < 6 < fall < 40


def test_the_candidates_of_the_week_are_in_the_report(run):
    text = printed(run("tonight"))
    assert re.search(r"tonight\.html 0\.\d MB", text)
    assert re.search(r"\d+ alerts, \d+ of them new", text)


def test_the_periods_are_the_true_ones(run):
    found = re.search(r"largest difference from the true period: (\d+) seconds", printed(run("variables")))
    assert int(found[1]) < 60


def test_a_table_shows_itself_as_astropys_do(run):
    tables = [html for outputs in run("supernova") for html in shown(outputs, "text/html")]
    assert tables[1].startswith("<div><i>Table length=119")
    assert "i:magpsf" in tables[1]


def test_thumbnails_are_shown_as_a_table_with_pictures(run):
    """One row of three pictures per alert; each is a PNG that a browser can show."""
    cells = run("tonight")
    (html,) = (html for outputs in cells for html in shown(outputs, "text/html") if "<img" in html)
    pngs = re.findall(r'<img src="data:image/png;base64,([^"]+)"', html)
    assert len(pngs) % 3 == 0
    assert {Image.open(BytesIO(b64decode(png))).size for png in pngs} == {(96, 96)}
    assert len(re.findall(r"ZTF99\w+<br>", html)) == len(pngs) // 3
    (text,) = (text for outputs in cells for text in shown(outputs, "text/plain") if "Thumbnails" in text)
    assert text == f"<Thumbnails of {len(pngs) // 3} alerts: a notebook shows the pictures>"


def test_a_notebook_has_a_progress_bar(run):
    cells = run("supernova")
    assert "70/70" in printed(cells) + str([shown(outputs, "text/plain") for outputs in cells])


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_is_kept_without_outputs(name):
    text = (FOLDER / f"{name}.ipynb").read_text()
    assert '"outputs": []' in text
    assert "image/png" not in text


def test_a_pipe_sees_no_progress_bar(fink, capsys):
    fink.query_objects(["ZTF99simsnia", "ZTF99simdwno"], columns="objectId")
    assert capsys.readouterr().err == ""
    fink.query_objects(["ZTF99simsnia", "ZTF99simdwno"], columns="objectId", show_progress=True, cache=False)
    assert "100%" in capsys.readouterr().err

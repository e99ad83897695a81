"""The tutorial, run as in a notebook; and who sees a progress bar."""

import os
import re
import subprocess
import sys
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorials" / "supernova.ipynb"
RUN = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=100).execute()
print(nbformat.writes(notebook))
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The outputs of the code cells, as text by kind, from a kernel whose home is an empty folder."""
    home = tmp_path_factory.mktemp("home")
    folders = (
        "HOME",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "MPLCONFIGDIR",
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(TUTORIAL)],
        env=os.environ | dict.fromkeys(folders, str(home)),
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    nbformat = pytest.importorskip("nbformat")
    return [cell.outputs for cell in nbformat.reads(done.stdout, 4).cells if cell.cell_type == "code"]


def shown(outputs, kind):
    return [output.data[kind] for output in outputs if "data" in output and kind in output.data]


def test_the_tutorial_runs_and_draws(cells):
    assert "ZTF99simsnia" in str(cells[1])
    assert sum(len(shown(outputs, "image/png")) for outputs in cells) == 3


def test_a_table_shows_itself_as_astropys_do(cells):
    (html,) = shown(cells[2], "text/html")
    assert html.startswith("<div><i>Table length=")
    assert "i:magpsf" in html


def test_thumbnails_are_shown_as_a_table_with_pictures(cells):
    """One row of three pictures per alert; each is a PNG that a browser can show."""
    (html,) = (html for outputs in cells for html in shown(outputs, "text/html") if "<img" in html)
    pngs = re.findall(r'<img src="data:image/png;base64,([^"]+)"', html)
    assert len(pngs) == 4 * 3
    assert {Image.open(BytesIO(b64decode(png))).size for png in pngs} == {(96, 96)}
    assert html.count("ZTF99simsnia<br>") == 4
    (text,) = (text for outputs in cells for text in shown(outputs, "text/plain") if "Thumbnails" in text)
    assert text == "<Thumbnails of 4 alerts: a notebook shows the pictures>"


def test_a_notebook_has_a_progress_bar_and_no_warnings(cells):
    told = "".join(output.text for output in cells[-1] if output.output_type == "stream")
    assert "4/4" in told + str(shown(cells[-1], "text/plain"))
    assert "Warning" not in "".join(str(outputs) for outputs in cells)


def test_the_tutorial_is_kept_without_outputs():
    assert '"outputs": []' in TUTORIAL.read_text()
    assert "image/png" not in TUTORIAL.read_text()


def test_a_pipe_sees_no_progress_bar(fink, capsys):
    fink.query_objects(["ZTF99simsnia", "ZTF99simdwno"], columns="objectId")
    assert capsys.readouterr().err == ""
    fink.query_objects(["ZTF99simsnia", "ZTF99simdwno"], columns="objectId", show_progress=True, cache=False)
    assert "100%" in capsys.readouterr().err

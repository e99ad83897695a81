"""The ``astroquery-fink`` command."""

import subprocess
import sys

import pytest
from astropy.io import fits
from astropy.table import Table

from astroquery_fink.cli import main


def test_the_demo_leaves_data_and_figures(tmp_path, capsys):
    assert main(["demo", "--folder", str(tmp_path / "demo")]) == 0
    written = {path.name: path for path in (tmp_path / "demo").iterdir()}
    assert set(written) == {"lightcurve.ecsv", "lightcurve.png", "cutouts.fits", "cutouts.png"}
    assert "upperlim" in Table.read(written["lightcurve.ecsv"])["d:tag"]
    with fits.open(written["cutouts.fits"]) as hdus:
        assert "simulated" in hdus[0].header["ORIGIN"]
    assert all(written[name].read_bytes().startswith(b"\x89PNG") for name in written if name.endswith("png"))
    printed = capsys.readouterr().out
    assert "i:magpsf" in printed
    assert str(written["cutouts.png"]) in printed


def test_the_demo_can_ask_another_server(tmp_path, box, capsys):
    assert main(["demo", "ZTF99simdwno", "--server", box.url, "--folder", str(tmp_path)]) == 0
    assert set(Table.read(tmp_path / "lightcurve.ecsv")["i:objectId"]) == {"ZTF99simdwno"}
    assert "ZTF99simdwno" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["demo", "ZTF99simsnia"], 2, "--server"),
        (["demo", "nope", "--server", "http://127.0.0.1:9"], 2, "ZTF21aaxtctv"),
        (["demo", "ZTF99simsnia", "--server", "http://127.0.0.1:9"], 1, "127.0.0.1:9"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_status(arguments, status, message, tmp_path, capsys):
    assert main([*arguments, "--folder", str(tmp_path)]) == status
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_sandbox_tells_its_address_and_ends_with_ctrl_c():
    import signal

    import requests

    command = [sys.executable, "-m", "astroquery_fink", "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http"))
        assert requests.get(f"{url}/api/v1/classes", timeout=20).ok
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, "")

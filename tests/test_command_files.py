"""Files that the command reads and writes: what they may be is known before anything is sent."""

import codecs
import os
import subprocess
import sys

import pytest
from astropy.table import Table
from command_lines import COMMANDS, COMMANDS_OF_RUBIN, NEED_PYARROW

from astroquery_fink.formats import read, write

NAMES = ["ZTF99simsnia", "ZTF99simdwno"]
SUFFIXES = [".ecsv", ".csv", ".fits", ".vot", ".xml", ".parquet", ".h5"]


def need(suffix, command=""):
    if command in NEED_PYARROW:
        pytest.importorskip("pyarrow")
    for package in {".parquet": ("pyarrow", "pandas"), ".h5": ("h5py",)}.get(suffix, ()):
        pytest.importorskip(package)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_writes_each_format(ask, command, suffix, capsys):
    need(suffix, command)
    assert ask(*COMMANDS[command], "-o", f"found{suffix}") == 0
    assert f"wrote found{suffix} ({len(read(f'found{suffix}'))} row" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("command", COMMANDS_OF_RUBIN)
def test_each_command_writes_each_format_of_rubin(ask_rubin, command, suffix, capsys):
    need(suffix, command)
    assert ask_rubin(*COMMANDS_OF_RUBIN[command], "-o", f"found{suffix}") == 0
    assert f"wrote found{suffix} ({len(read(f'found{suffix}'))} row" in capsys.readouterr().err


def test_what_a_format_loses_is_one_line(ask, capsys):
    assert ask(*COMMANDS["statistics"], "-o", "nights.vot") == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "writes times as text: key:key, basic:date" in line]
    assert ask("statistics", "202507", "-q", "-o", "quiet.vot") == 0
    assert capsys.readouterr().err == ""


def test_masked_truths_of_a_written_file_are_masked(ask_rubin):
    assert ask_rubin(*COMMANDS_OF_RUBIN["lightcurve"], "--forced", "-o", "lc.fits") == 0
    table = Table.read("lc.fits")
    forced = table["tag"] == "forced"
    assert forced.any()
    assert table["r:isDipole"].mask[forced].all()


ENCODINGS = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16 little-endian with a mark": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16 big-endian with a mark": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16 little-endian": lambda text: text.encode("utf-16-le"),
    "UTF-16 big-endian": lambda text: text.encode("utf-16-be"),
}
TEXTS = {
    "lines": "\n".join(NAMES),
    "lines of Windows": "\r\n".join(NAMES) + "\r\n",
    "a table": "objectId,z\n" + "\n".join(f"{name},1" for name in NAMES),
    "a table in quotes": '"i:objectId","z"\r\n' + "\r\n".join(f'"{name}","1"' for name in NAMES),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_ids_are_read_in_any_encoding(ask, tmp_path, encoding, text, capsys):
    (tmp_path / "ids.csv").write_bytes(ENCODINGS[encoding](TEXTS[text]))
    assert ask("lightcurve", "--ids", "ids.csv", "--columns", "objectId") == 0
    assert set(capsys.readouterr().out.split()[1:]) == set(NAMES)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_ids_are_read_in_any_encoding_from_standard_input(box, encoding):
    command = [sys.executable, "-m", "astroquery_fink", "lightcurve", "--ids", "-", "--columns", "objectId"]
    done = subprocess.run(
        [*command, "--server", box.url, "--no-cache"],
        input=ENCODINGS[encoding](TEXTS["lines of Windows"]),
        capture_output=True,
    )
    assert (done.returncode, set(done.stdout.decode().split()[1:])) == (0, set(NAMES))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_ids_are_read_from_a_table_in_any_format(ask, suffix, capsys):
    need(suffix)
    write(Table({"n": [1, 2, 3], "i:objectId": [*NAMES, NAMES[0]]}), f"ids{suffix}")
    assert ask("lightcurve", "--ids", f"ids{suffix}", "--columns", "objectId") == 0
    assert set(capsys.readouterr().out.split()[1:]) == set(NAMES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"ZTF\x80\x81", "not text in UTF-8 or UTF-16"),
        (codecs.BOM_UTF16_LE + b"Z", "not text in UTF-8 or UTF-16"),
        (b"", "the file has no ids"),
        (codecs.BOM_UTF8, "the file has no ids"),
        (b"objectId,z\n", "the file has no ids"),
    ],
)
def test_a_file_without_ids_is_one_line(ask, box, tmp_path, content, words, capsys):
    (tmp_path / "ids.txt").write_bytes(content)
    before = len(box.requests)
    assert ask("lightcurve", "--ids", "ids.txt") == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert len(box.requests) == before


def test_a_table_without_ids_is_named(ask, capsys):
    write(Table({"name": NAMES}), "ids.fits")
    assert ask("lightcurve", "--ids", "ids.fits") == 2
    assert "the table has no column i:objectId or objectId" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("lightcurve", "ZTF99simsnia"), ("cutouts", "ZTF99simastr")])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plot", "two.foo"), "--plot two.foo: the name must end in one of"),
        (("--plot", "two"), ".png"),
        (("--plot", "two.png.gz"), ".svg"),
        (("--plot", "folder.png"), "is a folder"),
        (("--plot", "nowhere/two.png"), "is not a folder"),
        (("-o", "folder.fits", "--overwrite"), "is a folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_sent(
    ask, box, tmp_path, command, options, words, capsys
):
    for name in ("folder.png", "folder.fits"):
        (tmp_path / name).mkdir()
    before = len(box.requests)
    assert ask(*command, *options) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert (printed.err.count("\n"), printed.out) == (1, "")
    assert len(box.requests) == before


def test_a_figure_does_not_replace_the_table(ask, box, capsys):
    before = len(box.requests)
    assert ask("cutouts", "ZTF99simastr", "-o", "a.fits", "--plot", "./a.fits") == 2
    assert ask("cutouts", "ZTF99simastr", "-o", "a.svg", "--plot", "./a.svg") == 2
    assert len(box.requests) == before


def test_cutouts_of_all_alerts_want_a_folder(ask, box, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    before = len(box.requests)
    assert ask("cutouts", "ZTF99simastr", "--all", "-o", "file") == 2
    assert "file is a file: give the name of a folder" in capsys.readouterr().err
    assert len(box.requests) == before


@pytest.mark.parametrize("suffix", ["svg", "pdf", "PNG"])
def test_a_figure_in_another_format(ask, tmp_path, suffix):
    assert ask("lightcurve", "ZTF99simsnia", "-o", "lc.ecsv", "--plot", f"lc.{suffix}") == 0
    assert (tmp_path / f"lc.{suffix}").stat().st_size > 1000


@pytest.mark.parametrize("streams", [">&-", ">&- 2>&-", "2>&-"])
@pytest.mark.parametrize("output", ["", "-o lc.ecsv"])
def test_closed_streams_are_quiet(box, tmp_path, streams, output):
    command = (
        f"{sys.executable} -m astroquery_fink columns magpsf --server {box.url} --no-cache {output} {streams}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    told = "wrote lc.ecsv (3 rows, 5 columns)" if output and "2>" not in streams else ""
    assert done.returncode == 0
    assert told in done.stderr
    assert done.stderr.count("\n") == bool(told)
    assert (done.stdout.startswith("name,type")) == (streams == "2>&-" and not output)
    assert (tmp_path / "lc.ecsv").exists() == bool(output)


def test_a_reader_that_has_enough_of_much_is_no_error(box):
    ask = f"{sys.executable} -m astroquery_fink lightcurve ZTF99simsnia ZTF99simrrly"
    command = f"{ask} --server {box.url} --no-cache"
    done = subprocess.run(
        ["bash", "-c", f"{command} -q | head -1; exit ${{PIPESTATUS[0]}}"], capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_standard_output_that_takes_nothing_is_one_line(box):
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    command = [sys.executable, "-m", "astroquery_fink", "columns", "--server", box.url, "--no-cache"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("astroquery-fink: ")
    assert done.stderr.count("\n") == 1

"""On a terminal, the output of each command fits, has colours, and says what it leaves out."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest

pty = pytest.importorskip("pty")

SIZES = [(24, 80), (20, 60), (12, 40), (50, 200)]
COMMANDS = [
    ("lightcurve", "ZTF99simsnia"),
    ("lightcurve", "ZTF99simsnia", "--upper-limits", "--columns", "jd,magpsf"),
    ("columns", "supernova"),
    ("columns",),
    ("anomalies", "-n", "1"),
    ("cone", "186.7283 15.2104", "5arcmin"),
    ("metadata", "ZTF99simsnia"),
    ("resolve", "SN 2099sim"),
    ("endpoints",),
    ("statistics",),
]
COLOUR = re.compile("\x1b\\[[0-9]*m")


@pytest.fixture
def terminal(box, tmp_path):
    """Run a command on a terminal of a size; return its exit status and what the terminal shows."""

    def run(*arguments, size=(24, 80), **environment):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        settings = {"TERM": "xterm", "FINK_SERVER": box.url, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "astroquery_fink", *arguments]
        done = subprocess.Popen(
            command, stdout=slave, stderr=slave, env=inherited | settings | environment, cwd=tmp_path
        )
        os.close(slave)
        shown = b""
        while piece := _read(master):
            shown += piece
        os.close(master)
        return done.wait(timeout=30), shown.decode().replace("\r\n", "\n")

    return run


def _read(master):
    """What the terminal shows next; nothing at the end."""
    try:
        return os.read(master, 4096)
    except OSError:  # the process has ended
        return b""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_table_fits_a_terminal_of_24_lines_of_80_characters(terminal, command):
    status, shown = terminal(*command)
    lines = COLOUR.sub("", shown).splitlines()
    assert status == 0
    assert max(map(len, lines)) <= 80
    assert len(lines) < 24


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_table_fits_any_terminal(terminal, size):
    _, shown = terminal("lightcurve", "ZTF99simsnia", size=size)
    lines = COLOUR.sub("", shown).splitlines()
    assert max(map(len, lines)) <= size[1]
    assert len(lines) < size[0]


def test_the_most_useful_columns_come_first(terminal):
    _, shown = terminal("lightcurve", "ZTF99simsnia")
    names = COLOUR.sub("", shown).splitlines()[0].split()
    assert names == ["i:objectId", "i:jd", "i:fid", "i:magpsf", "i:sigmapsf", "v:classification"]


def test_the_last_line_says_what_is_left_out(terminal):
    _, shown = terminal("lightcurve", "ZTF99simsnia")
    assert "19 of 70 rows, 6 of 164 columns; -o FILE writes all" in shown
    _, shown = terminal("cone", "186.7283 15.2104", "5arcmin", "--columns", "objectId")
    assert "1 row, 2 columns\n" in COLOUR.sub("", shown)


def test_there_are_colours_unless_the_user_or_the_terminal_has_none(terminal):
    command = ("lightcurve", "ZTF99simsnia")
    assert COLOUR.search(terminal(*command)[1])
    assert not COLOUR.search(terminal(*command, NO_COLOR="1")[1])
    assert not COLOUR.search(terminal(*command, TERM="dumb")[1])


def test_errors_and_warnings_have_colours_of_their_own(terminal):
    assert "\x1b[31mastroquery-fink:\x1b[0m" in terminal("lightcurve", "ZTF12")[1]
    assert "\x1b[33mastroquery-fink:\x1b[0m warning:" in terminal("lightcurve", "ZTF99nothing")[1]


def test_a_table_without_rows_says_so(terminal):
    status, shown = terminal("lightcurve", "ZTF99nothing")
    assert status == 3
    assert shown.endswith("0 rows\x1b[0m\n")

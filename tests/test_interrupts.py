# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ctrl-C while a server hangs: the process ends at once, and what came is kept."""

import json
import os
import signal
import subprocess
import sys
import threading
from time import monotonic

import pytest
from faults import Faults

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

LONG_BEFORE_A_TIMEOUT = 20  # seconds; the server hangs for 60
IDS = [f"ZTF21aaaaaa{letter}" for letter in "abcdef"]
HUNG = IDS[2:]
PRELUDE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from astroquery_fink import FinkClass, conf
conf.response_format, conf.batch_size = "json", 1
url, cache = sys.argv[1:]
client = FinkClass(server=url)
client.cache_location = cache
"""
CALLS = {
    "one object": f"client.query_object({HUNG[0]!r}, columns='jd')",
    "many objects": f"client.query_objects({HUNG}, columns='jd')",
    "responses of many objects": f"client.query_objects_async({HUNG}, columns='jd')",
    "many objects into a folder": f"client.query_objects({HUNG}, columns='jd', outdir=cache + '/out')",
    "cones": "import astropy.units as u; from astropy.coordinates import SkyCoord; "
    "client.query_region(SkyCoord([1, 2, 3], [4, 5, 6], unit='deg'), radius=1 * u.arcsec, columns='jd')",
    "images": f"client.get_images({HUNG[0]!r})",
    "a download": "client.download_sso_bulk(cache + '.parquet')",
    "solar system objects": "client.query_sso(['8467', '1922'])",
}


class Hanging(Faults):
    """Responds to requests for some objects, and hangs on others; `busy` is set when enough requests hang."""

    def __init__(self, hanging=1):
        super().__init__()
        self.plan = [("hanging", self._answer)]
        self.busy = threading.Event()
        self._left = threading.Semaphore(hanging - 1)

    def _answer(self, talk):
        objectid = (talk.request.payload or {}).get("objectId")
        if objectid in IDS and objectid not in HUNG:
            rows = [{"i:objectId": objectid, "i:candid": IDS.index(objectid), "i:jd": 2460000.5}]
            talk.reply(json.dumps(rows).encode())
            return
        if not self._left.acquire(blocking=False):
            self.busy.set()
        self.over.wait()


def interrupt(server, code, tmp_path, *arguments):
    """Status and error text of a process that is interrupted while it waits for the server."""
    environment = os.environ | {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert server.busy.wait(60)
        began = monotonic()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=LONG_BEFORE_A_TIMEOUT)
        return process.returncode, told, monotonic() - began
    finally:
        process.kill()


@pytest.mark.parametrize("call", CALLS)
def test_a_call_ends_at_ctrl_c_and_so_does_python(call, tmp_path):
    if "outdir" in CALLS[call]:
        pytest.importorskip("pyarrow")
    with Hanging() as server:
        status, told, seconds = interrupt(
            server, PRELUDE + CALLS[call], tmp_path, server.url, str(tmp_path / "cache")
        )
    assert status == -signal.SIGINT  # a shell tells it as 130
    assert told.rstrip().endswith("KeyboardInterrupt")
    assert seconds < LONG_BEFORE_A_TIMEOUT


def test_what_came_before_ctrl_c_is_not_asked_for_again(tmp_path):
    arguments = str(tmp_path / "cache")
    with Hanging(hanging=4) as server:
        ask = f"client.query_objects({IDS}, columns='objectId,jd')"
        status, _, _ = interrupt(server, PRELUDE + ask, tmp_path, server.url, arguments)
        assert status == -signal.SIGINT
        asked = sorted(request.payload["objectId"] for request in server.requests)
        assert asked == sorted(IDS)
        ask = f"print(client.query_objects({IDS[:2]}, columns='objectId,jd').meta['cached'])"
        again = subprocess.run(
            [sys.executable, "-c", PRELUDE + ask, server.url, arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"HOME": str(tmp_path)},
        )
        assert (again.stdout, again.stderr) == ("True\n", "")
        assert len(server.requests) == len(IDS)


@pytest.mark.parametrize(
    "arguments",
    [["lightcurve", *HUNG], ["lightcurve", HUNG[0]], ["cutouts", HUNG[0], "-o", "x.fits"], ["classes"]],
    ids=["many objects", "one object", "cutouts", "classes"],
)
def test_the_command_ends_at_ctrl_c_with_its_status(arguments, tmp_path):
    command = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from astroquery_fink.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    with Hanging() as server:
        name, *rest = arguments
        status, told, seconds = interrupt(server, command, tmp_path, name, "--server", server.url, *rest)
    assert status == 130
    assert told.startswith("astroquery-fink: interrupted")
    assert "Traceback" not in told
    assert seconds < LONG_BEFORE_A_TIMEOUT


def test_another_ctrl_c_does_not_wait_for_requests_under_way(tmp_path):
    """A second Ctrl-C may come in the half second that the threads have."""
    code = PRELUDE.replace("url, cache", "import threading, os\nurl, cache") + (
        "import astroquery_fink.batch as workers\n"
        "real = workers.wait\n"
        "def wait(futures, timeout=None):\n"
        "    if timeout is not None:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(futures, timeout=timeout)\n"
        "workers.wait = wait\n" + CALLS["many objects"]
    )
    with Hanging() as server:
        status, _, seconds = interrupt(server, code, tmp_path, server.url, str(tmp_path / "cache"))
    assert status == -signal.SIGINT
    assert seconds < LONG_BEFORE_A_TIMEOUT

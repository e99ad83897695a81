# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Recorded responses of the real servers; the environment variable FINK_RECORDINGS names their folder."""

import io
import json
import os
from pathlib import Path

import pytest

__all__ = ["Recordings", "name_of", "recording", "rows_in"]


class Recordings:
    """The recorded responses of one survey, by name.

    Parameters
    ----------
    survey : str
        ``"ztf"`` or ``"lsst"``.

    Attributes
    ----------
    entries : dict
        Name -> method, path, payload, status, content type and file of a recording; empty without a folder.
    used : set
        Names of the recordings that were read.
    """

    def __init__(self, survey):
        self.folder = Path(os.environ.get("FINK_RECORDINGS", "")) / survey
        index = self.folder / "index.json"
        found = json.loads(index.read_text()) if index.is_file() else []
        self.entries = {entry["name"]: entry for entry in found}
        self.used = set()

    def need(self):
        """Skip the module or the test that calls this if there are no recordings."""
        if not self.entries:
            pytest.skip("FINK_RECORDINGS names no folder of recorded responses", allow_module_level=True)

    def response(self, name):
        """Status, content type and body, as a `replay.Replay` answers them."""
        self.used.add(name)
        entry = self.entries[name]
        return entry["status"], entry["content_type"], (self.folder / entry["body"]).read_bytes()

    def body(self, name):
        """The bytes of a recording."""
        return self.response(name)[2]

    def rows(self, name):
        """The rows of a recording, read without the client."""
        return rows_in(self.body(name))

    def by_endpoint(self, **names):
        """Answer each endpoint with one recording, whatever the payload."""
        return lambda method, path, payload: self.response(names[path.rpartition("/")[2]])

    def by_format(self, **names):
        """Answer each output format with one recording."""
        return lambda method, path, payload: self.response(names[payload["output-format"]])

    def same_request(self, *request):
        """The recording of exactly this method, path and payload."""
        for name, entry in self.entries.items():
            if request == (entry["method"], entry["path"], entry["payload"]):
                return self.response(name)
        raise LookupError(f"no recording of {request}")


def rows_in(body):
    """The rows in JSON or Parquet, read without the client."""
    if not body.startswith(b"PAR1"):
        return json.loads(body)
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.ParquetFile(io.BytesIO(body)).read().to_pylist()
    return [{name: value for name, value in row.items() if name != "__index_level_0__"} for row in rows]


def recording(name):
    """The payload of a recorded request to ZTF's server, and the response."""
    recordings = Recordings("ztf")
    recordings.need()
    return recordings.entries[name]["payload"], recordings.response(name)


def name_of(entry):
    """The name of a recording, for the id of a test; without recordings, pytest 8.0 asks for an id, too."""
    return entry["name"] if isinstance(entry, dict) else "no recordings"

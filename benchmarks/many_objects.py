"""Time and memory of `query_objects` for more and more objects of 40 alerts, as a Table and as a folder.

Needs pyarrow beside the package: ``python benchmarks/many_objects.py``. All data are simulated. The server
and each measurement run in processes of their own; the cache is off.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from memory import peak, resident

ALERTS, NAMED = 40, 20
SIZES = [(1000, False), (2500, False), (5000, False), (10_000, False), (1000, True), (2500, True)]
HEAD = "objects  columns      to    time/s  ms/object  table/MB  peak/MB  (peak - batch)/table"


def ids_of(objects):
    """This number of different ids."""
    return ["ZTF21" + "".join(letters) for letters in islice(product(ascii_lowercase, repeat=7), objects)]


def names_of(full):
    """The columns of a full row, or 20 of them."""
    from astroquery_fink.surveys import ZTF

    names = [name for name, facts in ZTF.facts.items() if facts.full]
    return names if full else names[:NAMED]


class Server(BaseHTTPRequestHandler):
    """Respond to requests for any objects with Parquet."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = answer(payload["objectId"].split(","), full="columns" not in payload)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


def answer(ids, full):
    """The alerts of some objects, with random values."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    from astroquery_fink.surveys import ZTF

    rows, rng, columns = ALERTS * len(ids), np.random.default_rng(1), {}
    for name in names_of(full):
        dtype = ZTF.facts[name].dtype
        values = rng.random(rows).astype(dtype) if dtype.startswith("f") else rng.integers(0, 2, rows)
        columns[name] = pa.array(values.astype(str) if dtype == "str" else values, mask=values == 0)
    columns["i:objectId"] = pa.array(np.tile(ids, ALERTS))
    columns["i:jd"] = pa.array(np.repeat(2460000.0 - np.arange(ALERTS), len(ids)))
    columns["i:candid"] = pa.array(2**60 + np.arange(rows))
    file = io.BytesIO()
    write_table(pa.table(columns), file)
    return file.getvalue()


def serve():
    """Print the address, and serve until the input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


def measure(url, objects, full, outdir):
    """Print the line of one call; a call for one object before it does all imports."""
    from astroquery_fink import FinkClass, conf

    fink = FinkClass(server=url)
    options = {"columns": None if full else names_of(full), "cache": False, "show_progress": False}
    ids = ids_of(objects + 1)
    with tempfile.TemporaryDirectory() as folder:
        where = {"outdir": Path(folder, "first")} if outdir else {}
        fink.query_objects(ids[-1:], **options, **where)
        where = {"outdir": Path(folder, "all")} if outdir else {}
        before, start = resident(), time.perf_counter()
        found = fink.query_objects(ids[:-1], **options, **where)
        seconds, most = time.perf_counter() - start, peak() - before
        table = np.nan if outdir else size(found)
    batch = 4 * conf.batch_size * ALERTS * len(names_of(full)) * 9 / 1e6
    ratio = "" if outdir else f"{(most - batch) / table:.2f}"
    print(
        f"{objects:7} {'full row' if full else NAMED:>8} {'folder' if outdir else 'Table':>7} {seconds:9.2f}"
        f" {1e3 * seconds / objects:10.2f} {table:9.1f} {most:8.1f}  {ratio}"
    )


def size(table):
    """The memory of the arrays and masks of a Table, in MB."""
    columns = table.columns.values()
    return (
        sum(column.nbytes + getattr(getattr(column, "mask", None), "nbytes", 0) for column in columns) / 1e6
    )


def main():
    """Start one process per line of the output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
    elif options.measure:
        url, objects, full, outdir = options.measure
        measure(url, int(objects), full == "True", outdir == "True")
    else:
        print(HEAD, flush=True)
        command = [sys.executable, __file__]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen([*command, "--serve"], **pipes) as server:
            url = server.stdout.readline().strip()
            for outdir, (objects, full) in product((False, True), SIZES):
                measured = [url, str(objects), str(full), str(outdir)]
                subprocess.run([*command, "--measure", *measured], check=True)
            server.stdin.close()


if __name__ == "__main__":
    main()

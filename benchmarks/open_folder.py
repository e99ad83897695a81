"""Time and memory to open a transfer of many files, to read eight columns of it, and to read two objects.

Needs pyarrow beside the package: ``python benchmarks/open_folder.py``. All data are simulated. The files
are made first, in a folder that is removed afterwards; the measurement is a process of its own.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from memory import peak, resident

FILES, ALERTS, LEAVES, MONTHS = 2000, 100, 213, 12
COLUMNS = "objectId,candid,jd,magpsf,sigmapsf,fid,ra,dec"
HEAD = "what                      time/s  rows  memory/MB  peak/MB"


def folder_of(path, files):
    """Write files of alerts as Data Transfer does, with ``LEAVES`` leaf columns of random values."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    rng, columns = np.random.default_rng(1), {}
    packet = fields(rng)
    for number in range(files):
        columns["objectId"] = pa.array([name_of(number * ALERTS + row) for row in range(ALERTS)])
        columns["candid"] = pa.array(2**60 + number * ALERTS + np.arange(ALERTS))
        place = path / "year=2025" / f"month={number % MONTHS + 1:02}"
        place.mkdir(parents=True, exist_ok=True)
        write_table(pa.table(columns | packet), place / f"part-{number}.parquet")


def fields(rng):
    """The struct of a candidate, and the columns that Fink adds."""
    import pyarrow as pa

    from astroquery_fink.surveys import ZTF

    full = [(name, facts.dtype) for name, facts in ZTF.facts.items() if facts.full]
    full = [one for one in full if one[0] not in (ZTF.columns.object_id, ZTF.columns.alert_id)]
    candidate = {name[2:]: values_of(dtype, rng) for name, dtype in full if name.startswith("i:")}
    added = {name[2:]: values_of(dtype, rng) for name, dtype in full if name.startswith("d:")}
    more = LEAVES - 2 - len(candidate) - len(added)
    added |= {f"added_{number}": values_of("float64", rng) for number in range(more)}
    return {"candidate": pa.StructArray.from_arrays(list(candidate.values()), list(candidate))} | added


def values_of(dtype, rng):
    """The values of one column of a file."""
    import pyarrow as pa

    if dtype.startswith("float"):
        return pa.array(rng.random(ALERTS))
    values = rng.integers(0, 2, ALERTS)
    return pa.array(values.astype({"int64": "int64", "bool": "bool"}.get(dtype, "str")))


def name_of(number):
    """The id of the object with this number; each object has one alert."""
    letters = ""
    for _ in range(7):
        number, letter = divmod(number, 26)
        letters += chr(ord("a") + letter)
    return f"ZTF21{letters}"


def measure(path):
    """Print one line per call; a call before them does all imports."""
    from astroquery_fink import transfer
    from astroquery_fink.surveys import ZTF
    from astroquery_fink.transfer.folders.dataset import Dataset

    first = next(path.rglob("*.parquet"))
    transfer.read(first, columns=COLUMNS)
    calls = {
        "open": lambda: Dataset(path, ZTF),
        "read eight columns": lambda: transfer.read(path, columns=COLUMNS),
        "read two objects": lambda: transfer.read(path, [name_of(1), name_of(5000)], columns=COLUMNS),
    }
    for what, call in calls.items():
        before, start = resident(), time.perf_counter()
        found = call()
        seconds = time.perf_counter() - start
        rows = len(found) if what != "open" else 0
        print(f"{what:24} {seconds:7.2f} {rows:6} {resident() - before:9.1f} {peak() - before:8.1f}")


def main():
    """Write the folder, measure in another process, and remove the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        folder_of(Path(folder), options.files)
        print(f"{options.files} files of {ALERTS} alerts, {LEAVES} leaf columns\n{HEAD}", flush=True)
        subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    main()

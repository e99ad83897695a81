"""How long a body takes to become a Table, against `pandas.read_json` of the same rows, in one run.

Needs pandas and pyarrow beside the package: ``python benchmarks/body_to_table.py``.
"""

import io
import statistics
import time

import pandas as pd
import requests
from astropy.table import Table

from astroquery_fink.parse import alerts
from astroquery_fink.sandbox import Sandbox, Sky
from astroquery_fink.surveys import ZTF
from astroquery_fink.wire import read_rows

ROWS, REPEATS = 1575, 9


def bodies():
    """The same question's reply, in JSON and in Parquet."""
    sky = Sky(seed=1)
    payload = {"objectId": sky.add("agn", alerts=ROWS)}
    with Sandbox(sky=sky) as box:
        url = f"{box.url}/api/v1/objects"
        return [
            requests.post(url, json=payload | {"output-format": form}, timeout=120).content
            for form in ("json", "parquet")
        ]


def median_ms(function):
    """The median time of one call, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main():
    """Print one line for each way."""
    as_json, as_parquet = bodies()
    ways = {
        "pandas.read_json": lambda: pd.read_json(io.BytesIO(as_json)),
        "pandas.read_json, Table.from_pandas": lambda: Table.from_pandas(pd.read_json(io.BytesIO(as_json))),
        "astroquery_fink, JSON": lambda: alerts(read_rows(as_json), ZTF),
        "astroquery_fink, Parquet": lambda: alerts(read_rows(as_parquet), ZTF),
    }
    times = {name: median_ms(function) for name, function in ways.items()}
    reference = times["pandas.read_json"]
    for name, milliseconds in times.items():
        print(f"{name:36} {milliseconds:8.1f} ms   {reference / milliseconds:5.2f} x pandas.read_json")


if __name__ == "__main__":
    main()

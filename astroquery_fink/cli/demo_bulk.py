# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The demonstration of ``astroquery-fink demo --bulk``: a transfer, from the topic to a light curve."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from astropy.table import Table

from .. import transfer
from ..arguments.types import StrPath, SurveyName
from ..exceptions import FinkQueryError
from ..messages import counted
from ..plots import plot_lightcurve
from ..surveys import SURVEYS
from ..tables.optional import require
from .demo import SIMULATED, print_rows

__all__ = ["run_bulk_demo"]

_ALERTS = 4_000
_NEEDED = {
    "bulk": ("confluent_kafka", "fastavro", "filelock", "loky", "pyarrow"),
    "sandbox": ("werkzeug",),
    "plot": ("matplotlib",),
}
_FOLDERS = ("alerts", "compact", "curves")


def run_bulk_demo(folder: StrPath, *, survey: SurveyName = "ztf") -> list[Path]:
    """Download a simulated topic, sort it, collect light curves and draw one; return the files and folders.

    Each step is printed as a line of Python, with what it returned and its time.
    """
    for extra, modules in _NEEDED.items():
        require("--bulk", modules, extra)
    folder = Path(folder) / f"{survey}-bulk"
    alerts, compact, curves = paths = [folder / name for name in _FOLDERS]
    for path in paths:
        if path.exists():
            raise FinkQueryError(f"{path} exists: give another --folder, or remove {folder}.")
    _download(alerts, survey)
    print(_run("Sort the alerts by object", transfer.compact, str(alerts), str(compact)))
    print(_run("Collect light curves", transfer.light_curves, str(compact), str(curves)))
    table = _open(curves, SURVEYS[survey].columns.object_id, SIMULATED[survey])
    figure = _draw(table, folder / "lightcurve.png")
    print()
    for path in paths:
        print(f"wrote {path} ({_size(path)})")
    print(f"wrote {figure}")
    return [*paths, figure]


def _download(path: Path, survey: str) -> None:
    """Download a simulated topic."""
    from fink_sandbox import Sandbox

    print(f"Making a topic of {_ALERTS:,} simulated alerts on this machine, without a network")
    print("\n>>> from astroquery_fink import plots, transfer\n>>> import pyarrow.parquet")
    with Sandbox(survey=survey).transfer_topic(content="light", n=_ALERTS, partitions=4) as sent:
        report = _run("Download it", transfer.download, sent.topic, str(path), servers=sent.servers)
    print(report)


def _run(title: str, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Print a step as a line of Python, run it, and print its time."""
    given = [*map(repr, arguments), *(f"{name}={value!r}" for name, value in keywords.items())]
    print(f"\n{title}:\n\n>>> transfer.{function.__name__}({', '.join(given)})", flush=True)
    begin = perf_counter()
    result = function(*arguments, **keywords)
    print(f"# {perf_counter() - begin:.1f} s")
    return result


def _open(curves: Path, column: str, objectid: int | str) -> Table:
    """Open the light curve of one object."""
    from pyarrow.parquet import read_table

    wanted, folder = [(column, "==", objectid)], str(curves / "objects")
    print(f"\nOpen one:\n\n>>> rows = pyarrow.parquet.read_table({folder!r}, filters={wanted})")
    rows = read_table(folder, filters=wanted)
    print(">>> table = transfer.light_curve(rows.to_struct_array()[0])")
    table = transfer.light_curve(rows.to_struct_array()[0])
    print_rows(table)
    return table


def _draw(table: Table, path: Path) -> Path:
    """Draw a light curve in magnitudes."""
    from matplotlib.figure import Figure

    print('Draw it:\n\n>>> plots.plot_lightcurve(table, brightness="difference")')
    figure = Figure(figsize=(9, 5), layout="constrained")
    plot_lightcurve(table, brightness="difference", ax=figure.subplots())
    figure.savefig(path, dpi=150)
    return path


def _size(folder: Path) -> str:
    """Number and size of the Parquet files in a folder."""
    files = list(folder.rglob("*.parquet"))
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    return f"{counted(len(files), 'file')}, {megabytes:.1f} MB"

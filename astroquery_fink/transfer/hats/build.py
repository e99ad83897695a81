# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Run hats-import on the workers of Dask."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Any

from astroquery.exceptions import NoResultsWarning

from ...exceptions import FinkQueryError
from ...messages import shown, warn
from .input import DEC, RA, Curves, CurvesReader
from .output import Output
from .to_hats import HatsReport

__all__ = ["Options", "build"]

_PARTITION = 256e6  # bytes of memory
_MEMORY_OF_A_THREAD = 2e9  # bytes: a partition, its sorted copy, and what Parquet needs to write it
_FINE, _COARSE = 10, 4  # orders of HEALPix at which objects are counted; a map of order 10 takes seconds
_COMPRESSION = {"compression_level": 3}  # that of hats-import takes ten times as long for a few per cent
_LOOPBACK = "127.0.0.1:0"  # Dask always starts servers of its state, by default for the whole network


@dataclass(frozen=True)
class Options:
    """The Dask client, and what `to_hats` was given about partitions."""

    client: Any
    pixel_threshold: int | None
    margin_arcsec: float | None
    show_progress: bool


def build(curves: Curves, output: Output, options: Options) -> HatsReport:
    """Write the catalogue, continue an earlier run, and report."""
    _check_client(options.client)
    with output.reserved(_state(curves, output, options)):
        with _client_of(options.client) as client, _errors(output), _quiet():
            _run(curves, output, options, client)
        partitions = _partitions(output)
    left_out = curves.rows - curves.with_position
    if left_out:
        warn(f"{left_out:,} of {curves.rows:,} objects have no position and were left out", NoResultsWarning)
    return HatsReport(output.path, output.catalog_name, curves.with_position, left_out, partitions)


def _run(curves: Curves, output: Output, options: Options, client: Any) -> None:
    pipeline = import_module("hats_import.pipeline")
    pipeline.pipeline_with_client(_arguments(curves, output, options), client)


def _arguments(curves: Curves, output: Output, options: Options) -> Any:
    """What hats-import calls a collection: the catalogue, and its margin."""
    arguments = import_module("hats_import.collection.arguments")
    most = int(_PARTITION // curves.bytes_per_object) or 1
    threshold = options.pixel_threshold or most
    collection = arguments.CollectionArguments(
        output_path=output.built.parent,
        output_artifact_name=output.built.name,
        tmp_dir=output.intermediate,
        progress_bar=options.show_progress,
        simple_progress_bar=True,
    ).catalog(
        output_artifact_name=output.catalog_name,
        input_file_list=curves.files,
        file_reader=CurvesReader(rows=most),
        ra_column=RA,
        dec_column=DEC,
        sort_columns=curves.survey.columns.object_id,
        pixel_threshold=threshold,
        highest_healpix_order=_FINE if curves.with_position > threshold else _COARSE,
        expected_total_rows=curves.with_position,
        write_table_kwargs=dict(_COMPRESSION),
        addl_hats_properties={
            "obs_title": f"Light curves of Fink/{curves.survey.title}",
            "fink_survey": curves.survey.name,
        },
    )
    if options.margin_arcsec is not None:
        collection.add_margin(
            margin_threshold=options.margin_arcsec,
            is_default=True,
            write_table_kwargs=dict(_COMPRESSION),
            addl_hats_properties={"primary_catalog": output.catalog_name},
        )
    return collection


def _state(curves: Curves, output: Output, options: Options) -> dict[str, Any]:
    """What an earlier run must have had in common with this one to be continued."""
    found = [(str(file.absolute()), file.stat()) for file in curves.files]
    return {
        "output": str(output.path),
        "catalog_name": output.catalog_name,
        "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in found],
        "pixel_threshold": options.pixel_threshold,
        "margin_arcsec": options.margin_arcsec,
        "hats-import": version("hats-import"),
    }


def _check_client(client: Any) -> None:
    if client is not None and not isinstance(client, import_module("dask.distributed").Client):
        raise FinkQueryError(f"client={shown(client)} is not a dask.distributed.Client.")


@contextmanager
def _client_of(client: Any) -> Iterator[Any]:
    """The user's client, or one of threads in this process."""
    if client is not None:
        yield client
        return
    # threads: hats-import computes in Arrow and numpy, which leave the interpreter free
    distributed = import_module("dask.distributed")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Couldn't detect a suitable IP address", RuntimeWarning)  # offline
        cluster = distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=_threads(),
            processes=False,
            dashboard_address=_LOOPBACK,
            worker_dashboard_address=_LOOPBACK,
            memory_limit=0,
        )
    with cluster, distributed.Client(cluster) as own:
        yield own


def _threads() -> int:
    """One a core, if the memory allows."""
    cores = import_module("dask.system").CPU_COUNT
    memory = import_module("distributed.system").MEMORY_LIMIT
    return max(1, min(cores, int(memory // _MEMORY_OF_A_THREAD)))


@contextmanager
def _errors(output: Output) -> Iterator[None]:
    """Errors of hats-import, Dask and the disk, which are of nearly any kind."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise FinkQueryError(
            f"output={str(output.path)!r} could not be written ({reason}). The same call continues where it "
            f"stopped; to begin anew, remove {str(output.scratch)!r}."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what hats says of every catalogue, and what pandas says to the authors of hats."""
    root = logging.getLogger()

    def keep(record: logging.LogRecord) -> bool:
        return record.getMessage() != "Looking for catalog - found collection."

    root.addFilter(keep)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Computing partitions from catalog parquet files", UserWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        root.removeFilter(keep)


def _partitions(output: Output) -> int:
    hats = import_module("hats")
    return len(hats.read_hats(output.built / output.catalog_name).get_healpix_pixels())

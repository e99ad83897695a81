# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves as a HATS catalogue, the format of LSDB. hats-import and Dask are imported on first use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ...arguments.checks import count, path_of
from ...arguments.types import StrPath
from ...exceptions import FinkQueryError
from ...messages import counted, shown
from ...progress import is_shown
from .path import StoragePath, StrURL

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HatsReport", "to_hats"]
__doctest_requires__: dict[str, list[str]] = {"to_hats": ["hats_import"]}


@dataclass(frozen=True)
class HatsReport:
    """What `to_hats` has written.

    Parameters
    ----------
    path : `~pathlib.Path` or ``UPath``
        Path or address of the catalogue, for ``lsdb.open_catalog``.
    catalog_name : str
        The name of the catalogue.
    objects : int
        Number of objects in the catalogue.
    without_position : int
        Number of objects that were left out because they have no position.
    partitions : int
        Number of partitions, each a Parquet file of a HEALPix pixel.

    Examples
    --------
    >>> from astroquery_fink.transfer import HatsReport
    >>> print(HatsReport("catalog", "catalog", objects=125, without_position=0, partitions=3))
    Catalogue catalog of 125 objects in 3 partitions in ...catalog
    """

    path: Path | StoragePath
    catalog_name: str
    objects: int
    without_position: int
    partitions: int

    def __str__(self) -> str:
        text = f"Catalogue {self.catalog_name} of {counted(self.objects, 'object')}"
        text += f" in {counted(self.partitions, 'partition')} in {self.path}"
        return text + f"; {counted(self.without_position, 'object')} without a position" * bool(
            self.without_position
        )


def to_hats(
    path: StrPath,
    output: StrURL,
    *,
    client: Any = None,
    catalog_name: str | None = None,
    pixel_threshold: int | None = None,
    margin_arcsec: float | None = 10.0,
    show_progress: bool | None = None,
) -> HatsReport:
    """Write light curves as a HATS catalogue, which LSDB opens.

    The catalogue is made by hats-import on Dask. It has a row per object, sorted by position on the sky, and
    the nested column ``light_curve``. Units and descriptions are in the metadata of its Parquet fields, where
    `units` and `list_columns` read them. A run that was broken off continues when it is called again.

    Parameters
    ----------
    path : str or path-like
        The folder that ``transfer.light_curves`` wrote. Light curves of Solar System objects in it are left
        out, because these have no fixed position on the sky.
    output : str, path-like, or ``UPath``
        The folder to write. It appears when it is complete, and must not exist before, unless it is empty.
        Or an address in object storage, such as ``"s3://bucket/catalog"``, for which fsspec has a package
        (for S3: s3fs); it can be opened when it is complete. A ``UPath`` of universal_pathlib carries
        options of the storage: credentials, endpoint.
    client : ``dask.distributed.Client``, optional
        Whose workers do the work. They read ``path`` and write beside ``output``, thus need a folder that
        all of them share. None: threads of this process, which are stopped at the end; scripts need no
        ``if __name__ == "__main__"``.
    catalog_name : str, optional
        Letters, digits, ``.``, ``_`` and ``-``. None: the last part of ``output``.
    pixel_threshold : int, optional
        The largest number of objects in a partition. None: as many as take about 256 MB of memory.
    margin_arcsec : float, optional
        Each partition is accompanied by the objects up to this angular distance outside, in arcseconds, so
        that crossmatches with this catalogue are complete at its borders. None: no margin.
    show_progress : bool, optional
        Whether to show progress bars; None: on a terminal and in a notebook.

    Returns
    -------
    report : `HatsReport`
        Path, name, number of objects, of objects without a position, and of partitions.

    Raises
    ------
    FinkQueryError
        An argument is invalid; hats-import is not installed; ``path`` has no light curves, or only some
        without a position; ``output`` exists, or is being written by another process; hats-import or the
        disk failed, in which case the same call continues where it stopped.

    Warns
    -----
    NoResultsWarning
        Objects without a position were left out.

    Examples
    --------
    >>> from astroquery_fink import transfer
    >>> sent = Fink.query_objects("ZTF99simrrly,ZTF99simagnx", outdir="alerts")
    >>> alerts = transfer.compact("alerts", "compact")
    >>> curves = transfer.light_curves("compact", "curves")
    >>> report = transfer.to_hats("curves", "catalog")
    >>> report.objects
    2
    >>> transfer.units(report.path)["light_curve.i:magpsf"]
    Unit("mag")

    ``lsdb.open_catalog(report.path)`` opens it.
    """
    where = path_of(path, "path")
    require_hats("transfer.to_hats")
    from .build import Options, build
    from .input import curves_in
    from .output import output_of

    rows = None if pixel_threshold is None else count(pixel_threshold, "pixel_threshold")
    margin = _margin(margin_arcsec)
    curves = curves_in(where)
    target = output_of(output, catalog_name, beside=where)
    return build(curves, target, Options(client, rows, margin, is_shown(show_progress)))


def require_hats(what: str) -> None:
    """Raise `FinkQueryError` if hats-import is not installed."""
    if find_spec("hats_import") is None:
        raise FinkQueryError(f'{what} needs hats-import: pip install "astroquery_fink[hats]".')


def _margin(value: Any) -> float | None:
    if value is None:
        return None
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else -1
    if not 0 < number <= 3600:
        raise FinkQueryError(
            f"margin_arcsec={shown(value)} is not an angle in arcseconds, more than 0 and at most 3600; "
            "None: no margin."
        )
    return float(number)

"""The columns of alerts, and the argument ``columns``."""

from ..data import load
from ..server.arguments import Payload

__all__ = ["COLOURS", "COLUMNS", "STORED", "chosen", "requested"]

COLUMNS: list[str] = load("ztf_columns.json")
STORED = [name for name in COLUMNS if not name.startswith("v:")]
COLOURS = {"v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)", "v:sigma(rate(g-r))"}


def requested(payload: Payload) -> list[str] | None:
    """Names in ``columns``, None for all."""
    wanted = payload.get("columns", "*").replace(" ", "")
    return None if wanted == "*" else wanted.split(",")


def chosen(wanted: list[str] | None, without: set[str] = COLOURS) -> list[str]:
    """Columns of a response: the stored ones of the wanted names, or all but some."""
    if wanted is None:
        return [name for name in COLUMNS if name not in without]
    return [name for name in STORED if name in wanted]

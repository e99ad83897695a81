"""The columns of alerts, and the argument ``columns``."""

from ..data import load
from ..server.arguments import Payload
from ..server.tables import Columns, short_float

__all__ = ["COLOURS", "COLUMNS", "STORED", "TYPES", "chosen", "requested", "shortened"]

COLUMNS: list[str] = load("ztf_columns.json")
STORED = [name for name in COLUMNS if not name.startswith("v:")]
GROUPS = {"i:": "ZTF original fields (i:)", "d:": "Fink science module outputs (d:)"}
TYPES: dict[str, str] = {
    family + name: facts["type"][-1] if isinstance(facts["type"], list) else facts["type"]
    for family, group in GROUPS.items()
    for name, facts in load("ztf_schema.json")[group].items()
}
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


def shortened(columns: Columns) -> Columns:
    """The same columns with the decimals that numbers of four bytes have."""
    return {
        name: [short_float(value) for value in values] if TYPES.get(name) == "float" else values
        for name, values in columns.items()
    }

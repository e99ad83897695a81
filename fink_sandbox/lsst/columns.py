"""The columns of the tables, and what the argument ``columns`` makes of them."""

from werkzeug.exceptions import InternalServerError

from ..data import load

__all__ = ["EVERYWHERE", "KINDS", "TEXT", "asked", "chosen"]

# by table, the kind of every column, in alphabetical order
KINDS = {
    table: dict(sorted((name, kind) for kind, names in kinds.items() for name in names))
    for table, kinds in load("lsst_columns.json").items()
}
KINDS["pixels"] = dict(sorted((KINDS["objects"] | KINDS["sources"] | {"f:pixel1024": "int"}).items()))
TEXT = {name for kinds in KINDS.values() for name, kind in kinds.items() if kind == "str"}
EVERYWHERE = None


def asked(payload):
    """
    Names in ``columns``.

    Returns
    -------
    list of str or None
        None for all: a star anywhere in the text means that. What is no text breaks the server.
    """
    if "columns" not in payload:
        return EVERYWHERE
    if not isinstance(payload["columns"], str):
        raise InternalServerError
    wanted = payload["columns"].replace(" ", "")
    return EVERYWHERE if "*" in wanted else wanted.split(",")


def chosen(wanted, kinds):
    """
    Columns of a table that a request gets, in alphabetical order.

    A name without family or of a column that there is not is dropped; a family that the table has not
    empties the whole reply.

    Parameters
    ----------
    wanted : list of str or None
    kinds : dict of str to str
        The columns of the table.

    Returns
    -------
    list of str
    """
    if wanted is EVERYWHERE:
        return list(kinds)
    families = {name.partition(":")[0] for name in kinds}
    asked_for = {name.partition(":")[0] for name in wanted if ":" in name}
    return [name for name in kinds if name in wanted] if asked_for <= families else []

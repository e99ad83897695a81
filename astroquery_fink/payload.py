# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Arguments -> what is sent.

Whatever Fink would ignore in silence is refused here, with the nearest valid value.
"""

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
from astropy.table import Row, Table

from .config import conf
from .exceptions import FinkQueryError
from .wire import has_parquet

__all__ = [
    "alert_id",
    "column_names",
    "companions",
    "cutouts",
    "object_id",
    "object_ids",
    "objects",
    "stamp_kind",
    "wire_columns",
]


def object_id(value, survey):
    """One object id.

    Parameters
    ----------
    value : str
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    objectid : str

    Raises
    ------
    FinkQueryError
        It is no id of this survey.
    """
    text = _text(value)
    if not survey.id_pattern.fullmatch(text):
        several = " For several ids there is query_objects." if "," in text else ""
        raise FinkQueryError(
            f"objectid={text!r} is no object id of {survey.name.upper()}: {survey.id_words}.{several}"
        )
    return text


def object_ids(values, survey):
    """Many object ids, each once, in the order given.

    Parameters
    ----------
    values : str, iterable of str, or `~astropy.table.Table`
        Comma text, list, array, Column, or a Table with the survey's id column.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    objectids : list of str
    """
    if isinstance(values, (Table, Row)):
        values = _id_column(values, survey)
    found = [object_id(value, survey) for value in _items(values, "objectids")]
    if not found:
        raise FinkQueryError("objectids is empty: give at least one object id.")
    return list(dict.fromkeys(found))


def _id_column(table, survey):
    name = survey.object_id
    for candidate in (name, name.partition(":")[2]):
        if candidate in table.colnames:
            return table[candidate]
    raise FinkQueryError(
        f"objectids is a Table without the column {name!r}; it has {', '.join(table.colnames) or 'none'}."
    )


def _items(values, argument):
    """The members of comma text or of any iterable."""
    if isinstance(values, (str, bytes)):
        return [item for item in _text(values).split(",") if item.strip()]
    if not isinstance(values, Iterable):
        raise FinkQueryError(f"{argument}={values!r} is neither text nor a list of texts.")
    return np.ravel(values) if isinstance(values, np.ndarray) else values


def _text(value):
    """Text without the blanks around it; FITS tables hold bytes."""
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip() if isinstance(value, str) else str(value)


def alert_id(value):
    """The id of one alert.

    Parameters
    ----------
    value : int or str
        Never a float, which has already lost the last digits.

    Returns
    -------
    alert : int
    """
    text = _text(value)
    if isinstance(value, (bool, float)) or not text.isdecimal():
        raise FinkQueryError(f"candid={value!r} is no alert id: a positive integer, or its digits as text.")
    return int(text)


def stamp_kind(kind, survey, argument="kind"):
    """One kind of stamp in the server's spelling, which is the only one it knows.

    Parameters
    ----------
    kind : str or None
        In any case; None: all kinds.
    survey : `~astroquery_fink.surveys.Survey`
    argument : str
        Its name, for the message.

    Returns
    -------
    kind : str or None
    """
    if kind is None:
        return None
    for known in survey.kinds:
        if _text(kind).lower() == known.lower():
            return known
    raise FinkQueryError(
        f"{argument}={kind!r} is no kind of stamp: {', '.join(survey.kinds)}, or None for all."
    )


def column_names(columns, survey, *, live=tuple):
    """Full names of the columns asked for.

    Parameters
    ----------
    columns : None, str or iterable of str
        With or without family prefix; comma text or a list; None: all.
    survey : `~astroquery_fink.surveys.Survey`
    live : callable, optional
        Gives the names that the server itself lists; called only for a name that we do not know.

    Returns
    -------
    names : list of str, or None

    Raises
    ------
    FinkQueryError
        A name is unknown, ambiguous, or comes with another argument only.
    """
    if columns is None:
        return None
    asked = [_text(name) for name in _items(columns, "columns")]
    if not asked:
        raise FinkQueryError("columns is empty: name some, or leave it out for all.")
    known = [name for name, facts in survey.columns.items() if facts.full]
    if any(not _matches(name, known) for name in asked):
        known = list(dict.fromkeys([*known, *live()]))
    return list(dict.fromkeys(_full_name(name, known, survey) for name in asked))


def _matches(name, known):
    return [full for full in known if name in (full, full.partition(":")[2])]


def _full_name(name, known, survey):
    _refuse_companions(name, survey)
    matches = _matches(name, known)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise FinkQueryError(f"columns: {name!r} is ambiguous: {' or '.join(matches)}.")
    nearest = _nearest(name, known)
    raise FinkQueryError(
        f"columns: {name!r} is no column of an object in Fink/{survey.name.upper()}"
        + (f"; the nearest: {', '.join(nearest)}." if nearest else ".")
        + " list_columns() shows all."
    )


def _refuse_companions(name, survey):
    """Columns that come with another argument, never by name."""
    companions = {survey.tag: "withupperlim=True"} | dict.fromkeys(
        survey.stamp_columns.values(), "withcutouts=True"
    )
    for full in _matches(name, companions):
        raise FinkQueryError(f"columns: {full!r} comes with {companions[full]}, not by its name.")


def _nearest(name, known):
    """The closest names, whether the family prefix was written or not."""
    short = {full.partition(":")[2].lower(): full for full in known}
    close = get_close_matches(name.partition(":")[2].lower() or name.lower(), short, n=3, cutoff=0.5)
    return [short[match] for match in close]


def wire_columns(names, survey):
    """What ``columns`` says on the wire.

    Parameters
    ----------
    names : list of str, or None
        The columns that the user wants; None: all.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    columns : str or None
        With the key columns, without which rows can be neither told apart nor ordered. None where
        only the full row will do: ``v:`` columns are computed for full rows alone.
    """
    if names is None or any(name.startswith("v:") for name in names):
        return None
    return ",".join(dict.fromkeys([*names, *survey.key_columns]))


def objects(objectids, survey, *, columns=None, withupperlim=False, withcutouts=False, cutout_kind=None):
    """The question for all alerts of some objects.

    Parameters
    ----------
    objectids : list of str
        As `object_ids` gives them.
    survey : `~astroquery_fink.surveys.Survey`
    columns : list of str, or None
        As `column_names` gives them.
    withupperlim, withcutouts : bool
    cutout_kind : str or None

    Returns
    -------
    payload : dict
    """
    if cutout_kind is not None and not withcutouts:
        raise FinkQueryError(f"cutout_kind={cutout_kind!r} needs withcutouts=True.")
    asked = {
        "objectId": ",".join(objectids),
        "columns": wire_columns(columns, survey),
        "withupperlim": _truth(withupperlim, "withupperlim"),
        "withcutouts": _truth(withcutouts, "withcutouts"),
        "cutout-kind": stamp_kind(cutout_kind, survey, "cutout_kind"),
        "output-format": _table_format(parquet=not withupperlim),
    }
    return {name: value for name, value in asked.items() if value not in (None, False)}


def companions(payload, survey):
    """The columns that come with the arguments of a payload, never by name.

    Parameters
    ----------
    payload : dict
        As `objects` gives it.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    names : list of str
    """
    stamps = survey.stamp_columns
    kinds = [payload.get("cutout-kind")] if "cutout-kind" in payload else survey.kinds
    tag = [survey.tag] if "withupperlim" in payload else []
    return tag + ([stamps[kind] for kind in kinds] if "withcutouts" in payload else [])


def _truth(value, argument):
    """The server takes the text "true" for no; we take no text at all."""
    if not isinstance(value, (bool, np.bool_)):
        raise FinkQueryError(f"{argument}={value!r} is neither True nor False.")
    return bool(value)


def _table_format(*, parquet):
    """What to ask for, given whether the server can answer this question in Parquet."""
    wanted = conf.wire_format
    if wanted == "parquet" and not has_parquet():
        raise FinkQueryError("conf.wire_format='parquet' needs pyarrow: pip install 'astroquery_fink[fast]'.")
    return "parquet" if parquet and wanted != "json" and has_parquet() else "json"


def cutouts(objectid, survey, *, candid=None, kind=None):
    """The question for the stamps of one alert.

    Parameters
    ----------
    objectid : str
    survey : `~astroquery_fink.surveys.Survey`
    candid : int or None
        None: the newest alert.
    kind : str or None
        None: all kinds.

    Returns
    -------
    payload : dict
    """
    payload = {
        "objectId": objectid,
        "kind": stamp_kind(kind, survey) or "All",
        "output-format": "array",
    }
    return payload if candid is None else payload | {"candid": str(candid)}

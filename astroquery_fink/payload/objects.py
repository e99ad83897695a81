# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is sent to ``objects`` and ``cutouts``."""

from ..arguments import stamp_kind, truth
from ..exceptions import FinkQueryError
from .form import given, table_format, wire_columns

__all__ = ["companions", "cutouts", "objects"]


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
    return given(
        {
            "objectId": ",".join(objectids),
            "columns": wire_columns(columns, survey),
            "withupperlim": truth(withupperlim, "withupperlim"),
            "withcutouts": truth(withcutouts, "withcutouts"),
            "cutout-kind": stamp_kind(cutout_kind, survey, "cutout_kind"),
            "output-format": table_format(parquet=not withupperlim),
        }
    )


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

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is sent for the alerts of objects, and for stamps."""

from ..arguments import stamp_kind
from ..exceptions import FinkQueryError
from ..shown import shown
from .form import given, table_format, wanted, wire_columns

__all__ = ["companions", "cutouts", "joined", "objects", "rows_of"]


def objects(objectids, survey, *, columns=None, withupperlim=False, withcutouts=False, cutout_kind=None):
    """The question for all alerts of some objects.

    Parameters
    ----------
    objectids : list of str or int
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
        raise FinkQueryError(f"cutout_kind={shown(cutout_kind)} needs withcutouts=True.")
    return given(
        {
            survey.id_argument: joined(objectids),
            "columns": wire_columns(columns, survey),
            "withupperlim": wanted(withupperlim, "withupperlim", survey),
            "withcutouts": wanted(withcutouts, "withcutouts", survey),
            "cutout-kind": stamp_kind(cutout_kind, survey, "cutout_kind"),
            "output-format": table_format(parquet=not withupperlim),
        }
    )


def rows_of(objectids, survey, endpoint, *, columns=None):
    """The question for what else is known of objects: one argument, and columns of the endpoint's own.

    Parameters
    ----------
    objectids : list of str or int
        As `object_ids` gives them.
    survey : `~astroquery_fink.surveys.Survey`
    endpoint : str
    columns : list of str, or None
        As `column_names` gives them.

    Returns
    -------
    payload : dict
    """
    keys = [name for name in survey.key_columns if name in survey.table(endpoint)]
    sent = None if columns is None else ",".join(dict.fromkeys([*columns, *keys]))
    return given({survey.id_argument: joined(objectids), "columns": sent, "output-format": table_format()})


def joined(objectids):
    """Ids as the server takes them: text, with commas.

    Parameters
    ----------
    objectids : list of str or int

    Returns
    -------
    text : str
    """
    return ",".join(map(str, objectids))


def companions(survey, *, withupperlim=False, withcutouts=False, cutout_kind=None):
    """The columns that come with these arguments, never by name.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    withupperlim, withcutouts : bool
    cutout_kind : str or None

    Returns
    -------
    names : tuple of str
    """
    kinds = [stamp_kind(cutout_kind, survey, "cutout_kind")] if cutout_kind else survey.kinds
    tag = [survey.tag] if withupperlim else []
    return (*tag, *(survey.stamp_columns[kind] for kind in kinds if withcutouts))


def cutouts(objectid, survey, *, candid=None, kind=None):
    """The questions for the stamps of one alert.

    Parameters
    ----------
    objectid : str or int
    survey : `~astroquery_fink.surveys.Survey`
    candid : int or None
        None: the newest alert; a survey whose stamps are known by the alert alone looks it up first.
    kind : str or None
        None: all kinds.

    Returns
    -------
    payloads : list of dict
        One for each of the survey's ``stamp_questions``.
    """
    kind = stamp_kind(kind, survey)
    known = {survey.id_argument: objectid, survey.alert_argument: candid}
    ids = {key: str(known[key]) for key in survey.stamp_keys if known[key] is not None}
    return [
        ids | {"kind": one, "output-format": survey.stamp_format}
        for one in ([kind] if kind else survey.stamp_questions)
    ]

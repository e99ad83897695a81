# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is sent to ``resolver``, ``metadata``, ``statistics`` and ``skymap``."""

from datetime import date as calendar_date
from datetime import datetime
from numbers import Real

from astropy.time import Time

from ..arguments import column_names, count, items, listed_or_sent, object_id, text_of, truth
from ..exceptions import FinkQueryError
from ..shown import shown
from ..skymaps import event_name, upload_text
from ..times import iso_date, moment
from .form import given, table_format

__all__ = ["RESOLVERS", "metadata", "resolver", "skymap", "statistics", "statistics_columns"]

RESOLVERS = ("simbad", "ssodnet", "tns")

_FORMS = ("", "%Y", "%Y%m", "%Y-%m", "%Y%m%d", "%Y-%m-%d")
_MOST_DAYS = {"days_before": 7, "days_after": 14}


def resolver(name, survey, *, resolver, reverse=False, n=10):
    """The question for names known elsewhere.

    Parameters
    ----------
    name : str
        Of an object; with ``reverse`` an object id of the survey.
    survey : `~astroquery_fink.surveys.Survey`
    resolver : str
    reverse : bool
    n : int

    Returns
    -------
    payload : dict
    """
    reverse = truth(reverse, "reverse")
    name = object_id(name, survey) if reverse else _name(name, "name")
    return given(
        {
            "resolver": listed_or_sent(resolver, RESOLVERS, "resolver"),
            survey.resolver_argument: str(name),
            "reverse": reverse,
            "nmax": count(n, "n"),
            "output-format": table_format(),
        }
    )


def _name(value, argument):
    text = text_of(value)
    if not isinstance(value, (str, bytes)) or not text:
        raise FinkQueryError(f"{argument}={shown(value)} is no name: give some text.")
    return text


def metadata(objectid, survey, *, internal_name=None):
    """The question for the names that people gave to objects.

    Parameters
    ----------
    objectid : str or None
    survey : `~astroquery_fink.surveys.Survey`
    internal_name : str or None
        In place of ``objectid``.

    Returns
    -------
    payload : dict
        The server takes this one and no other argument.
    """
    if (objectid is None) == (internal_name is None):
        raise FinkQueryError(
            f"objectid={shown(objectid)}, internal_name={shown(internal_name)}: give one of them, not "
            "both or none."
        )
    if objectid is not None:
        return {survey.id_argument: object_id(objectid, survey)}
    return {"internal_name": _name(internal_name, "internal_name")}


def statistics(date, survey, *, columns=None):
    """The question for numbers of alerts by night.

    Parameters
    ----------
    date : str, `~astropy.time.Time`, `~datetime.datetime` or `~datetime.date`
        Text: ``YYYYMMDD``, ``YYYYMM``, ``YYYY``, the same with hyphens, or nothing for all nights.
    survey : `~astroquery_fink.surveys.Survey`
    columns : list of str, or None
        As `statistics_columns` gives them.

    Returns
    -------
    payload : dict
    """
    return given({"date": _nights(date), "columns": _sent(columns, survey), "output-format": table_format()})


def _sent(columns, survey):
    """What ``columns`` says on the wire, None where only full rows will do.

    A night without any of the columns asked for would be left out: one that each night has is added.
    A server may take blanks away, which are part of the names of classes: full rows have these.
    """
    if columns is None or any(" " in name for name in columns):
        return None
    wanted = [name for name in columns if name != survey.night]
    return ",".join(dict.fromkeys([*wanted, survey.each_night]))


def _nights(date):
    if isinstance(date, (Time, calendar_date)):
        return iso_date(moment(date, "date")).replace("-", "")
    text = date.strip() if isinstance(date, str) else None
    if text is None or not any(_has_form(text, form) for form in _FORMS):
        forms = "'YYYYMMDD', 'YYYYMM', 'YYYY', or '' for all nights; or a Time or a date for one night"
        raise FinkQueryError(f"date={shown(date)} names no nights: give {forms}.")
    return text.replace("-", "")


def _has_form(text, form):
    """Whether the text is a date of exactly this form."""
    try:
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def statistics_columns(columns, survey):
    """Full names of the columns asked for.

    Parameters
    ----------
    columns : None, str or iterable of str
        Those of classes are taken at their word, for each night has its own.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    names : list of str, or None
    """
    if columns is None:
        return None
    asked = [text_of(name) for name in items(columns, "columns")]
    each_night = survey.table("statistics")
    classes = [name for name in asked if name.startswith("class:")]
    return column_names(asked, survey, known=[*each_night, *classes])


def skymap(source, survey, *, credible_level, days_before=1, days_after=6):
    """The question for the alerts in the region of a gravitational-wave event.

    Parameters
    ----------
    source : str, `~pathlib.Path`, bytes, or `~astropy.io.fits.HDUList`
        The name of an event, or a sky map.
    survey : `~astroquery_fink.surveys.Survey`
    credible_level : float
    days_before, days_after : float

    Returns
    -------
    payload : dict
    """
    credible_level = _level(credible_level)
    days = {"n_day_before": _days(days_before, "days_before"), "n_day_after": _days(days_after, "days_after")}
    event = event_name(source)
    return given(
        {
            "event_name": event,
            "bayestar": upload_text(source) if event is None else None,
            "credible_level": credible_level,
            **(days if survey.heeds_days else {}),
            "output-format": table_format(),
        }
    )


def _level(value):
    number = _is_number(value)
    if not number or not 0 < value < 1:
        percent = f"; {value} percent is {value / 100:g}" if number and 1 <= value < 100 else ""
        raise FinkQueryError(f"credible_level={shown(value)} is not between 0 and 1{percent}.")
    return float(value)


def _days(value, argument):
    most = _MOST_DAYS[argument]
    if not _is_number(value) or not 0 <= value <= most:
        raise FinkQueryError(f"{argument}={shown(value)} is no number of days from 0 to {most}.")
    return value if isinstance(value, int) else float(value)


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)

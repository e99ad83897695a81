# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is sent to find alerts: in a region, of a class, anomalous, on a track."""

import re
from numbers import Real

import astropy.units as u
from astropy.time import Time

from ..arguments import choice, count, text_of, truth
from ..exceptions import FinkQueryError
from ..shown import shown
from ..times import iso, iso_date, moment, span
from .form import given, table_format, wire_columns

__all__ = ["MAX_RADIUS", "anomaly", "conesearch", "first_seen_before", "latests", "tags", "tracklet"]

MAX_RADIUS = 18000.0  # arcsec
_LOW_STATE = "(CTA) Blazar low state"
_LOW_STATE_TRENDS = ("low_state", "new_low_state")
_STATES = ("d:blazar_stats_m0", "d:blazar_stats_m1", "d:blazar_stats_m2")
# The columns that the server needs to tell a trend.
_TRENDS = {"rising": ("d:mag_rate",), "fading": ("d:mag_rate",)} | dict.fromkeys(_LOW_STATE_TRENDS, _STATES)
_LEADING_PART = re.compile(r"\d{4}(-\d\d(-\d\d( \d\d(:\d\d(:\d\d)?)?)?)?)?", re.ASCII)
_TRACKLET = re.compile(r"TRCK_\d{8}_\d{6}_\d\d", re.ASCII)


def conesearch(place, arcsec, survey, *, start=None, stop=None, window=None, columns=None):
    """The question for the objects around one position.

    Parameters
    ----------
    place : `~astropy.coordinates.SkyCoord`
        Scalar, ICRS.
    arcsec : float
        The radius.
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time`, datetime or str, optional
    window : float, optional
        Days after ``start``, in place of ``stop``.
    columns : list of str, or None

    Returns
    -------
    payload : dict
        With the highest limit that the server heeds: it counts the alerts, not the objects, of each
        pixel of its index, before it looks at the distance.
    """
    start, stop = span(start, stop)
    window = _window(window, start, stop)
    if survey.bounds_last:  # and not the first detection, which is looked at when the rows are here
        stop = window = None
    if start is None and stop is not None:
        start = Time(survey.begin)  # the server heeds an end only beside a beginning
    return given(
        {
            "ra": float(place.ra.deg),
            "dec": float(place.dec.deg),
            "radius": arcsec,
            "n": survey.scan_limit,
            "startdate": iso(start, survey.time_scale),
            "stopdate": iso(stop, survey.time_scale),
            "window": window,
            "columns": wire_columns(columns, survey, *survey.region_keys),
            "output-format": table_format(),
        }
    )


def _window(days, start, stop):
    if days is None:
        return None
    if start is None or stop is not None:
        raise FinkQueryError(f"window={shown(days)} goes with start, in place of stop.")
    if isinstance(days, bool) or not isinstance(days, Real) or not 0 < days < float("inf"):
        raise FinkQueryError(f"window={shown(days)} is no number of days.")
    return days if isinstance(days, int) else float(days)


def first_seen_before(survey, start, stop, window):
    """Until when an object of a cone may be first seen, where the server cannot be told.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    start, stop : `~astropy.time.Time`, datetime or str, or None
    window : float or None

    Returns
    -------
    moment : float, or None
        As the survey writes times; None: it may be at any time, or the server sees to it.
    """
    start, stop = span(start, stop)
    window = _window(window, start, stop)
    if not survey.bounds_last:
        return None
    end = stop if window is None else start + window * u.day
    return None if end is None else getattr(end, survey.time_scale).to_value(survey.time_format)


def latests(class_name, survey, *, n, start=None, stop=None, trend=None, color=False, columns=None):
    """The question for the newest alerts of a class.

    Parameters
    ----------
    class_name : str
        As the server spells it.
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
    trend : str, optional
    color : bool
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start, stop = span(start, stop)
    trend = _trend(trend, class_name)
    if columns is not None:
        columns = [*columns, *_TRENDS.get(trend, ())]
    return given(
        {
            "class": class_name,
            "n": count(n, "n"),
            "startdate": iso(start),
            "stopdate": iso(stop),
            "trend": trend,
            "color": truth(color, "color"),
            "columns": wire_columns(columns, survey),
            "output-format": table_format(),
        }
    )


def tags(tag, survey, *, n, start=None, stop=None, columns=None):
    """The question for the newest alerts of a tag.

    Parameters
    ----------
    tag : str
        As the server spells it.
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
        The server compares them, as they are written, with times of the survey's scale.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start, stop = span(start, stop)
    return given(
        {
            "tag": tag,
            "n": count(n, "n"),
            "startdate": iso(start, survey.time_scale),
            "stopdate": iso(stop, survey.time_scale),
            "columns": wire_columns(columns, survey),
            "output-format": table_format(),
        }
    )


def _trend(trend, class_name):
    if trend is None:
        return None
    trend = choice(trend, _TRENDS, "trend")
    if trend in _LOW_STATE_TRENDS and class_name != _LOW_STATE:
        raise FinkQueryError(
            f"trend={trend!r} is of the class {_LOW_STATE!r} only; {class_name!r} may be rising or fading."
        )
    return trend


def anomaly(survey, *, n=10, start=None, stop=None, columns=None):
    """The question for the newest anomalous alerts.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    n : int
    start, stop : `~astropy.time.Time`, datetime or str, optional
        Days; the last one counts.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    start = None if start is None else moment(start, "start")
    stop = None if stop is None else moment(stop, "stop")
    if start is not None and stop is not None and iso_date(start) > iso_date(stop):
        raise FinkQueryError(f"start={iso_date(start)} is after stop={iso_date(stop)}.")
    return given(
        {
            "n": count(n, "n"),
            "start_date": iso_date(start),
            "stop_date": iso_date(stop),
            "columns": wire_columns(columns, survey),
            "output-format": table_format(),
        }
    )


def tracklet(survey, *, date=None, name=None, columns=None):
    """The question for the alerts on tracks of satellites and debris.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`
    date : `~astropy.time.Time`, datetime or str, optional
        Text: any leading part of ``YYYY-MM-DD hh:mm:ss``.
    name : str, optional
        Of one track.
    columns : list of str, or None

    Returns
    -------
    payload : dict
    """
    if (date is None) == (name is None):
        raise FinkQueryError("give either date or tracklet.")
    return given(
        {
            "date": None if date is None else _leading_part(date),
            "id": None if name is None else _track(name),
            "columns": wire_columns(columns, survey),
            "output-format": table_format(),
        }
    )


def _leading_part(date):
    if isinstance(date, str) and _LEADING_PART.fullmatch(text_of(date)):
        return text_of(date)
    return iso(moment(date, "date"))[:19]


def _track(name):
    if not _TRACKLET.fullmatch(text_of(name)):
        raise FinkQueryError(f"tracklet={shown(name)} is no track, such as TRCK_20231213_133612_00.")
    return text_of(name)

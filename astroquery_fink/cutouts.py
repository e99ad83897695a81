# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of one alert -> HDUList with headers and a celestial WCS."""

import numpy as np
from astropy.io import fits
from astropy.time import Time

__all__ = ["hdulist", "header_columns"]

_ROTATION = (
    "The WCS is good to a pixel at the alert's position. The rotation of the detector, "
    "a few degrees at most, is not known and is left out."
)


def header_columns(survey):
    """The columns of an alert that its headers are made of.

    Parameters
    ----------
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    names : list of str
    """
    return list(dict.fromkeys([*survey.key_columns, survey.band, *(column for _, column, _ in survey.cards)]))


def hdulist(arrays, alert, survey, query=""):
    """The stamps of one alert.

    Parameters
    ----------
    arrays : dict of str to `~numpy.ndarray`
        Pixels by kind; 2-d, of any shape, missing pixels NaN.
    alert : `~astropy.table.Row`
        Has the columns of `header_columns`.
    survey : `~astroquery_fink.surveys.Survey`
    query : str, optional
        What was asked, for the header.

    Returns
    -------
    hdus : `~astropy.io.fits.HDUList`
        A primary HDU without data, then a float32 image extension for each kind, named in capitals.
    """
    images = [_image(kind, arrays[kind], alert, survey) for kind in survey.kinds if kind in arrays]
    return fits.HDUList([fits.PrimaryHDU(header=_primary_header(arrays, alert, survey, query)), *images])


def _primary_header(arrays, alert, survey, query):
    header = fits.Header()
    header["SURVEY"] = (survey.name.upper(), "survey that took the images")
    for keyword, column, comment in survey.cards:
        header[keyword] = (_card_value(alert[column]), comment)
    header["FILTER"] = (survey.bands.get(_card_value(alert[survey.band])), "band")
    header["TIMESYS"] = ("UTC", "time scale")
    time = _card_value(alert[survey.time])
    if time is not None:
        time = Time(time, format="jd", scale="utc", precision=3)
        header["DATE-OBS"] = (time.isot, "start of the exposure")
        header["MJD-OBS"] = (round(time.mjd, 9), "[d] start of the exposure")
    header["QUERY"] = (query, "what was asked")
    for kind in survey.kinds:
        if kind not in arrays:
            header["COMMENT"] = f"No {kind.upper()} stamp was asked for, or the server could not serve it."
    return header


def _card_value(value):
    """A Python value that FITS can hold; None makes a card without a value."""
    if np.ma.is_masked(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _image(kind, pixels, alert, survey):
    height, width = pixels.shape
    scale = -survey.pixel_scale / 3600
    unit = survey.columns[survey.stamp_columns[kind]].unit
    header = fits.Header()
    header["BUNIT"] = (unit.to_string("fits"), "unit of the pixels")
    header["WCSAXES"] = 2
    for axis, name, column, centre in (
        (1, "RA---TAN", survey.ra, width),
        (2, "DEC--TAN", survey.dec, height),
    ):
        header[f"CTYPE{axis}"] = name
        header[f"CUNIT{axis}"] = "deg"
        header[f"CRPIX{axis}"] = ((centre + 1) / 2, "central pixel: the alert's position")
        header[f"CRVAL{axis}"] = _card_value(alert[column])
        header[f"CDELT{axis}"] = (scale, "decreases with the pixel index")
    header["RADESYS"] = "ICRS"
    header["COMMENT"] = _ROTATION
    if pixels.shape != survey.stamp_shape:
        header["COMMENT"] = "The stamp is cut, as at the edge of a detector: the alert may be off its centre."
    return fits.ImageHDU(np.asarray(pixels, dtype=np.float32), header=header, name=kind.upper())

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
# Of the files that are sent: names of their parts, which of them lie on the sky, their units beside BUNIT.
_PARTS = {"UNCERT": "VAR", "PSFIMAGE": "PSF"}
_ON_THE_SKY = ("PRIMARY", "VAR")
_UNITS = {"VAR": "{}2", "PSF": ""}
_WCS_CARDS = (
    "WCSAXES", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2",
    "PC1_1", "PC1_2", "PC2_1", "PC2_2", "LONPOLE", "LATPOLE",
)  # fmt: skip
_CELESTIAL = {
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CUNIT1": "deg",
    "CUNIT2": "deg",
    "RADESYS": "ICRS",
}


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


def hdulist(stamps, alert, survey, query=""):
    """The stamps of one alert.

    Parameters
    ----------
    stamps : dict of str to `~numpy.ndarray` or `~astropy.io.fits.HDUList`
        By kind: pixels, 2-d, of any shape, missing ones NaN; or the file that the server sent.
    alert : `~astropy.table.Row`
        Has the columns of `header_columns`.
    survey : `~astroquery_fink.surveys.Survey`
    query : str, optional
        What was asked, for the header.

    Returns
    -------
    hdus : `~astropy.io.fits.HDUList`
        A primary HDU without data, then a float32 image extension for each kind, named in capitals; what
        a file has beside the image follows it: ``SCIENCE_VAR`` is its variance, ``SCIENCE_PSF`` its PSF.
    """
    images = [
        image
        for kind in survey.kinds
        if kind in stamps
        for image in _IMAGES[survey.stamp_format](kind, stamps[kind], alert, survey)
    ]
    return fits.HDUList([fits.PrimaryHDU(header=_primary_header(stamps, alert, survey, query)), *images])


def _primary_header(stamps, alert, survey, query):
    header = fits.Header()
    header["SURVEY"] = (survey.title, "survey that took the images")
    for keyword, column, comment in survey.cards:
        header[keyword] = (_card_value(alert[column]), comment)
    header["FILTER"] = (survey.bands.get(_card_value(alert[survey.band])), "band")
    header["TIMESYS"] = (survey.time_scale.upper(), "time scale")
    time = _card_value(alert[survey.time])
    if time is not None:
        when = "start of the exposure" if survey.exposure_time else "middle of the exposure"
        time = Time(time, format=survey.time_format, scale=survey.time_scale, precision=3)
        header["DATE-OBS"] = (time.isot, when)
        header["MJD-OBS"] = (round(time.mjd, 9), f"[d] {when}")
    header["QUERY"] = (query, "what was asked")
    for kind in survey.kinds:
        if kind not in stamps:
            header["COMMENT"] = f"No {kind.upper()} stamp was asked for, or the server could not serve it."
    return header


def _card_value(value):
    """A Python value that FITS can hold; None makes a card without a value."""
    if np.ma.is_masked(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _image(kind, pixels, alert, survey):
    """Pixels that come without a header."""
    height, width = pixels.shape
    scale = -survey.pixel_scale / 3600
    unit = survey.columns[survey.stamp_columns[kind]].unit
    header = fits.Header()
    header["BUNIT"] = (unit.to_string("fits"), "unit of the pixels")
    header["WCSAXES"] = 2
    header.update(_CELESTIAL)
    for axis, column, centre in ((1, survey.ra, width), (2, survey.dec, height)):
        header[f"CRPIX{axis}"] = ((centre + 1) / 2, "central pixel: the alert's position")
        header[f"CRVAL{axis}"] = _card_value(alert[column])
        header[f"CDELT{axis}"] = (scale, "decreases with the pixel index")
    header["COMMENT"] = _ROTATION
    if pixels.shape != survey.stamp_shape:
        header["COMMENT"] = "The stamp is cut, as at the edge of a detector: the alert may be off its centre."
    yield fits.ImageHDU(np.asarray(pixels, dtype=np.float32), header=header, name=kind.upper())


def _sent_images(kind, sent, alert, survey):
    """The images of a file, whose WCS lacks what makes it celestial."""
    wcs = {card: sent[0].header[card] for card in _WCS_CARDS if card in sent[0].header}
    unit = sent[0].header.get("BUNIT", "")
    for number, hdu in enumerate(sent):
        part = _PARTS.get(hdu.name, hdu.name)
        header = hdu.header.copy(strip=True)
        header["BUNIT"] = _UNITS.get(part, "{}").format(unit)
        if part in _ON_THE_SKY:
            header.update(wcs | _CELESTIAL)
        name = kind.upper() if number == 0 else f"{kind.upper()}_{part}"
        yield fits.ImageHDU(hdu.data.astype(hdu.data.dtype.newbyteorder("=")), header=header, name=name)


_IMAGES = {"array": _image, "FITS": _sent_images}

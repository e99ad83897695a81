# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Stamps of one alert -> HDUList with headers and a celestial WCS."""

import numpy as np
from astropy.io import fits
from astropy.time import Time

__all__ = ["hdulist", "header_columns", "images"]

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
_SAME_POSITION = 1 / 3600  # deg
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
    return list(
        dict.fromkeys(
            [*survey.columns.keys, survey.columns.band, *(column for _, column, _ in survey.cutouts.cards)]
        )
    )


def images(cutouts, alert, survey):
    """The images of one alert, with their headers.

    Parameters
    ----------
    stamps : dict of str to `~numpy.ndarray` or `~astropy.io.fits.HDUList`
        By kind: pixels, 2-d, of any shape, missing ones NaN; or the file that the server sent.
    alert : `~astropy.table.Row`
        Has the columns of `header_columns`.
    survey : `~astroquery_fink.surveys.Survey`

    Returns
    -------
    images : dict of str to list of `~astropy.io.fits.ImageHDU`
        By kind: float32 pixels, named in capitals; what a file has beside the image follows it:
        ``SCIENCE_VAR`` is its variance, ``SCIENCE_PSF`` its PSF.

    Raises
    ------
    ValueError
        A file is not that of this alert, or has headers that FITS does not allow.
    """
    make = _IMAGES[survey.cutouts.format]
    try:
        return {kind: list(make(kind, sent, alert, survey)) for kind, sent in cutouts.items()}
    except (fits.VerifyError, KeyError, TypeError) as error:
        raise ValueError(f"broken FITS headers ({error})") from error


def hdulist(images, alert, survey, query=""):
    """The cutouts of one alert.

    Parameters
    ----------
    images : dict of str to list of `~astropy.io.fits.ImageHDU`
        As `images` gives them.
    alert : `~astropy.table.Row`
        Has the columns of `header_columns`.
    survey : `~astroquery_fink.surveys.Survey`
    query : str, optional
        What was sent, for the header.

    Returns
    -------
    hdus : `~astropy.io.fits.HDUList`
        A primary HDU without data, then the images of each kind.
    """
    primary = fits.PrimaryHDU(header=_primary_header(images, alert, survey, query))
    return fits.HDUList(
        [primary, *(image for kind in survey.cutouts.kinds for image in images.get(kind, ()))]
    )


def _primary_header(cutouts, alert, survey, query):
    header = fits.Header()
    header["SURVEY"] = (survey.title, "survey that took the images")
    for keyword, column, comment in survey.cutouts.cards:
        header[keyword] = (_card_value(alert[column]), comment)
    header["FILTER"] = (survey.bands.get(_card_value(alert[survey.columns.band])), "band")
    header["TIMESYS"] = (survey.time_scale.upper(), "time scale")
    time = _card_value(alert[survey.columns.time])
    if time is not None:
        when = "start of the exposure" if survey.columns.exposure_time else "middle of the exposure"
        time = Time(time, format=survey.time_format, scale=survey.time_scale, precision=3)
        header["DATE-OBS"] = (time.isot, when)
        header["MJD-OBS"] = (round(time.mjd, 9), f"[d] {when}")
    header["QUERY"] = (query, "what was asked")
    for kind in survey.cutouts.kinds:
        if kind not in cutouts:
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
    scale = -survey.cutouts.pixel_scale / 3600
    unit = survey.facts[survey.cutouts.columns[kind]].unit
    header = fits.Header()
    header["BUNIT"] = (unit.to_string("fits"), "unit of the pixels")
    header["WCSAXES"] = 2
    header.update(_CELESTIAL)
    for axis, column, centre in ((1, survey.columns.ra, width), (2, survey.columns.dec, height)):
        header[f"CRPIX{axis}"] = ((centre + 1) / 2, "central pixel: the alert's position")
        header[f"CRVAL{axis}"] = _card_value(alert[column])
        header[f"CDELT{axis}"] = (scale, "decreases with the pixel index")
    header["COMMENT"] = _ROTATION
    if pixels.shape != survey.cutouts.shape:
        header["COMMENT"] = "The stamp is cut, as at the edge of a detector: the alert may be off its centre."
    yield fits.ImageHDU(np.asarray(pixels, dtype=np.float32), header=header, name=kind.upper())


def _sent_images(kind, sent, alert, survey):
    """The images of a file, whose WCS lacks what makes it celestial."""
    _refuse_another_alert(sent[0].header, alert, survey)
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


def _refuse_another_alert(header, alert, survey):
    """The reference position of a file is that of the alert."""
    here = [_card_value(alert[column]) for column in (survey.columns.ra, survey.columns.dec)]
    there = [header.get("CRVAL1"), header.get("CRVAL2")]
    if None not in (*here, *there) and not np.allclose(here, there, rtol=0, atol=_SAME_POSITION):
        raise ValueError(f"a cutout at RA, Dec {there}, not at {here} of the alert that was asked for")


_IMAGES = {"array": _image, "FITS": _sent_images}

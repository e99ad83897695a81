# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of one alert -> HDUList with headers and a celestial WCS."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.time import Time

from ..arguments.alerts import Alert
from ..surveys import Survey

__all__ = ["alert_columns", "has_position", "hdulist", "header_columns", "images"]

Images = dict[str, list[fits.ImageHDU]]  # by kind of cutout

_ROTATION = (
    "The WCS is good to a pixel at the alert's position. The rotation of the detector, "
    "a few degrees at most, is not known and is left out."
)
# FITS files from the server: new names of their HDUs; those with a WCS; units, with that of the image as {}.
_HDU_NAMES = {"UNCERT": "VAR", "PSFIMAGE": "PSF"}
_ON_THE_SKY = ("PRIMARY", "VAR")
_UNITS = {"VAR": "{}2", "PSF": ""}
_WCS_CARDS = (
    "WCSAXES", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2",
    "PC1_1", "PC1_2", "PC2_1", "PC2_2", "LONPOLE", "LATPOLE",
)  # fmt: skip
_NO_POSITION = (
    "The position of the alert is not known here: the coordinates of this image are offsets from its "
    "central pixel, in degrees."
)
_SAME_POSITION = 1 / 3600  # deg
_CELESTIAL = {
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CUNIT1": "deg",
    "CUNIT2": "deg",
    "RADESYS": "ICRS",
}
_OFFSETS = {"CUNIT1": "deg", "CUNIT2": "deg"}


def header_columns(survey: Survey) -> list[str]:
    """The columns of an object's alerts that the headers need."""
    return [name for name in alert_columns(survey) if survey.facts[name].full]


def alert_columns(survey: Survey) -> list[str]:
    """The columns that the headers need, also those that only some Tables of alerts have."""
    cards = [column for _, column, _ in survey.cutouts.cards]
    return list(dict.fromkeys([*survey.columns.keys, survey.columns.band, *cards]))


def has_position(alert: Alert, survey: Survey) -> bool:
    """Whether the right ascension and declination of an alert are known."""
    return None not in _position(alert, survey)


def _position(alert: Alert, survey: Survey) -> tuple[float | None, float | None]:
    return alert.get(survey.columns.ra), alert.get(survey.columns.dec)


def images(cutouts: Mapping[str, Any], alert: Alert, survey: Survey) -> Images:
    """Images of one alert with headers, from the result of ``decode_cutouts``.

    The images are named in capitals. The other HDUs of a file
    follow its image: ``SCIENCE_VAR`` is the variance, ``SCIENCE_PSF`` the PSF. Raises `ValueError` if a file
    belongs to another alert, or has invalid headers.
    """
    make = _IMAGES[survey.cutouts.format]
    try:
        return {kind: list(make(kind, received, alert, survey)) for kind, received in cutouts.items()}
    except (fits.VerifyError, KeyError, TypeError) as error:
        raise ValueError(f"broken FITS headers ({error})") from error


def hdulist(images: Images, alert: Alert, survey: Survey, query: str = "") -> fits.HDUList:
    """A primary HDU with what is known of the alert and with the ``query``, then its images."""
    if not has_position(alert, survey):
        alert = alert | _position_of_images(images, survey)
    primary = fits.PrimaryHDU(header=_primary_header(images, alert, survey, query))
    return fits.HDUList(
        [primary, *(image for kind in survey.cutouts.kinds for image in images.get(kind, ()))]
    )


def _position_of_images(images: Images, survey: Survey) -> Alert:
    """The position at which the images are, if their headers say so."""
    headers = (image.header for group in images.values() for image in group)
    header = next((header for header in headers if "CTYPE1" in header and "CRVAL1" in header), None)
    columns = survey.columns
    return {} if header is None else {columns.ra: header["CRVAL1"], columns.dec: header["CRVAL2"]}


def _primary_header(images: Images, alert: Alert, survey: Survey, query: str) -> fits.Header:
    """Cards for what is known of the alert; a missing value makes a card without a value."""
    header, columns = fits.Header(), survey.columns
    header["SURVEY"] = (survey.title, "survey that took the images")
    for keyword, column, comment in survey.cutouts.cards:
        if column in alert:
            header[keyword] = (alert[column], comment)
    if columns.band in alert:
        header["FILTER"] = (survey.bands.get(alert[columns.band]), "band")
    _add_time(header, alert.get(columns.time), survey)
    header["QUERY"] = (query, "request to the server")
    for kind in survey.cutouts.kinds:
        if kind not in images:
            header["COMMENT"] = (
                f"No {kind.upper()} cutout: it was not requested, or the server could not send it."
            )
    return header


def _add_time(header: fits.Header, value: float | None, survey: Survey) -> None:
    """Add the time of the exposure, if it is known."""
    if value is None:
        return
    when = "start of the exposure" if survey.columns.exposure_time else "middle of the exposure"
    time = Time(value, format=survey.time_format, scale=survey.time_scale, precision=3)
    header["TIMESYS"] = (survey.time_scale.upper(), "time scale")
    header["DATE-OBS"] = (time.isot, when)
    header["MJD-OBS"] = (round(time.mjd, 9), f"[d] {when}")


def _image_of_pixels(kind: str, pixels: np.ndarray, alert: Alert, survey: Survey) -> Iterator[fits.ImageHDU]:
    """One image from an array, which comes without a header."""
    height, width = pixels.shape
    position = has_position(alert, survey)
    scale = -survey.cutouts.pixel_scale / 3600
    unit = survey.facts[survey.cutouts.columns[kind]].unit
    header = fits.Header()
    header["BUNIT"] = (unit.to_string("fits") if unit else "", "unit of the pixels")
    header["WCSAXES"] = 2
    header.update(_CELESTIAL if position else _OFFSETS)
    for axis, column, length in ((1, survey.columns.ra, width), (2, survey.columns.dec, height)):
        header[f"CRPIX{axis}"] = ((length + 1) / 2, "central pixel: the alert's position")
        header[f"CRVAL{axis}"] = alert[column] if position else 0.0
        header[f"CDELT{axis}"] = (scale, "decreases with the pixel index")
    header["COMMENT"] = _ROTATION if position else _NO_POSITION
    if pixels.shape != survey.cutouts.shape:
        header["COMMENT"] = (
            "This cutout is cut off, as at the edge of a detector: the alert may be off its centre."
        )
    yield fits.ImageHDU(np.asarray(pixels, dtype=np.float32), header=header, name=kind.upper())


def _images_of_file(kind: str, file: fits.HDUList, alert: Alert, survey: Survey) -> Iterator[fits.ImageHDU]:
    """The images of a file; its WCS lacks the cards that make it celestial."""
    _refuse_another_alert(file[0].header, alert, survey)
    wcs = {card: file[0].header[card] for card in _WCS_CARDS if card in file[0].header}
    unit = file[0].header.get("BUNIT", "")
    for number, hdu in enumerate(file):
        hdu_name = _HDU_NAMES.get(hdu.name or "", hdu.name or "")
        header = hdu.header.copy(strip=True)
        header["BUNIT"] = _UNITS.get(hdu_name, "{}").format(unit)
        if hdu_name in _ON_THE_SKY:
            header.update(wcs | _CELESTIAL)
        name = kind.upper() if number == 0 else f"{kind.upper()}_{hdu_name}"
        yield fits.ImageHDU(hdu.data.astype(hdu.data.dtype.newbyteorder("=")), header=header, name=name)


def _refuse_another_alert(header: fits.Header, alert: Alert, survey: Survey) -> None:
    """The reference position of a file must be that of the alert."""
    expected: list[Any] = [*_position(alert, survey)]
    received: list[Any] = [header.get("CRVAL1"), header.get("CRVAL2")]
    if None not in (*expected, *received) and not np.allclose(
        expected, received, rtol=0, atol=_SAME_POSITION
    ):
        raise ValueError(f"a cutout at RA, Dec {received}, not at {expected} of the requested alert")


_IMAGES = {"array": _image_of_pixels, "FITS": _images_of_file}

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts as a table with pictures, as notebooks show it."""

from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Any

from astropy.io import fits

from ..arguments.checks import count
from ..tables.optional import require
from .alerts import epoch_of, kinds_of, list_of_alerts, name_of, survey_of
from .thumbnails import thumbnails

__all__ = ["Thumbnails"]

_OUTSIDE = "background: repeating-linear-gradient(135deg, #b4b4b4 0 1px, #dcdcdc 1px 6px)"


class Thumbnails:
    """Small pictures of the cutouts of alerts, a row per alert, which a notebook shows as a table.

    North is up, east is left. The cutouts of an alert have the same scale, and the stretch of one
    alert in `plot_cutouts`, which also compares alerts with one another.

    Parameters
    ----------
    images : `~astropy.io.fits.HDUList` or list of them
        From ``get_cutouts`` or ``get_images``.
    n : int, optional
        The largest number of alerts that are shown: the first ``n`` of the list.
    size : int, optional
        Width and height of each picture, in pixels of the screen.

    Raises
    ------
    FinkQueryError
        An argument is invalid.

    Examples
    --------
    >>> from astroquery_fink.plots import Thumbnails
    >>> Thumbnails(Fink.get_images("ZTF99simsnia"), n=3)
    <Thumbnails of 3 of 70 alerts: a notebook shows the pictures>
    """

    def __init__(self, images: fits.HDUList | Iterable[fits.HDUList], *, n: int = 20, size: int = 96) -> None:
        require("Thumbnails", ("matplotlib",), "plot")
        alerts = [images] if isinstance(images, fits.HDUList) else list_of_alerts(images)
        self._shown, self._total = alerts[: count(n, "n")], len(alerts)
        self._size = count(size, "size")

    def __repr__(self) -> str:
        return f"<Thumbnails of {self._number()}: a notebook shows the pictures>"

    def _number(self) -> str:
        shown = len(self._shown)
        some = "" if shown == self._total else f"{shown} of "
        return f"{some}{self._total} alert{'' if self._total == 1 else 's'}"

    def _repr_html_(self) -> str:
        """The table, as notebooks ask for it."""
        kinds = kinds_of(self._shown)
        heads = "".join(f"<th>{escape(text)}</th>" for text in ["Alert", *map(str.capitalize, kinds)])
        rows = "".join(self._row(alert, kinds) for alert in self._shown)
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return f'<div style="max-height: 40em; overflow: auto"><i>{self._number()}</i>{table}</div>'

    def _row(self, alert: fits.HDUList, kinds: list[str]) -> str:
        pngs = thumbnails(alert, self._size)
        cells = "".join(f"<td>{self._picture(alert, kind, pngs.get(kind))}</td>" for kind in kinds)
        facts = "<br>".join(map(escape, _facts(alert)))
        return f'<tr><td style="text-align: left; vertical-align: top">{facts}</td>{cells}</tr>'

    def _picture(self, alert: fits.HDUList, kind: str, png: bytes | None) -> str:
        if png is None:
            return ""
        source = b64encode(png).decode()
        style = f"display: block; {_OUTSIDE}; image-rendering: pixelated"
        return (
            f'<img src="data:image/png;base64,{source}" width="{self._size}" height="{self._size}"'
            f' alt="{kind.capitalize()} cutout of {escape(name_of(alert))}" style="{style}">'
        )


def _facts(alert: fits.HDUList) -> list[str]:
    """Name, time, band, position and brightness of an alert, as far as its header has them."""
    header: Any = alert[0].header
    position = f"{header['RA']:.5f} {header['DEC']:+.5f}" if _known(header, "RA", "DEC") else ""
    return [fact for fact in (name_of(alert), epoch_of(alert), position, _brightness(alert)) if fact]


def _brightness(alert: fits.HDUList) -> str:
    """The brightness in the difference image with its error."""
    survey, header = survey_of(alert), alert[0].header
    keywords = {column: keyword for keyword, column, _ in survey.cutouts.cards}
    value, error = (
        keywords[column] for column in (survey.columns.brightness, survey.columns.brightness_error)
    )
    if not _known(header, value, error):
        return ""
    name, unit = survey.columns.brightness, survey.facts[survey.columns.brightness].unit
    return f"{name.partition(':')[2]} {header[value]:.2f} ± {header[error]:.2f} {unit}"


def _known(header: Any, *keywords: str) -> bool:
    return all(isinstance(header.get(keyword), int | float) for keyword in keywords)

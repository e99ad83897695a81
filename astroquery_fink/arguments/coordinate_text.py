# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Coordinates as text, in the notations that astronomers paste, converted to degrees (ICRS)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from astroquery.exceptions import InputWarning

from ..exceptions import FinkQueryError
from ..messages import shown, warn

__all__ = ["FORMS", "degrees_of", "is_name", "read_pair", "unreadable"]

FORMS = (
    "'12 26 54.8 +15 12 37', '12:26:54.8 +15:12:37' or '12h26m54.8s +15d12m37s' (hours and degrees), "
    "'186.728 15.21' (degrees), a name such as 'M 31', a SkyCoord, or a Table with the columns ra and dec"
)

_CHARACTERS = str.maketrans(
    dict.fromkeys("−‐‑‒–—﹣－", "-")
    | dict.fromkeys("＋﹢", "+")
    | dict.fromkeys("°º˚ᵈ", "d")
    | dict.fromkeys("′’‘´'ᵐ", "m")
    | dict.fromkeys('″”“"ˢ', "s")
    | dict.fromkeys("ʰ", "h")
    | dict.fromkeys("()[]{}", " ")
    | dict.fromkeys("\u200b\ufeff", "")
)
_UNITS = {
    "h": "hours?|hrs?|h",
    "d": "degrees?|degs?|d",
    "m": "arcminutes?|arcmins?|minutes?|mins?|m",
    "s": "arcseconds?|arcsecs?|seconds?|secs?|s",
}
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]\d+)?"
_ANGLE = re.compile(rf"([+-]?)((?:{_NUMBER}[hdms:]? ?){{1,3}})", re.ASCII)
_PART = re.compile(rf"({_NUMBER})([hdms:]?)", re.ASCII)
_FRAME = re.compile(r"\b(?:icrs|j2000(?:\.0*)?)(?![\w+-])[ :=,]*")
_RA = re.compile(r"\b(?:r\.?a\.?|alpha|right ascension)(?![a-z])|α")
_DEC = re.compile(r"\b(?:decl?\.?|de|delta|declination)(?![a-z])|δ")
_DESIGNATION = re.compile(
    r"(?:|.*j)(\d{6}(?:\.\d+)?|\d{8})\s*([+-])\s*(\d{6}(?:\.\d+)?|\d{7})", re.ASCII | re.IGNORECASE
)
_SEXAGESIMAL = r"\d+[: ] ?\d+[: ] ?\d+\.?\d*[ ,;]*[+-]?\d+[: ] ?\d"
_TWO_DECIMALS = r"[+-]?\d+\.\d*d?[ ,;]+[+-]?\d*\.\d"
_POSITION = re.compile(rf"(?<![\w.])(?:{_SEXAGESIMAL}|{_TWO_DECIMALS})|\dh ?\d+\.?\d*m", re.ASCII)
_LONGEST = 200  # characters; no position is longer, and the patterns are slow on long text
_DEGREES = {"h": 15, "d": 1}
_NOT_NAMES = {"ra", "dec", "rad", "radian", "radians", "nan", "none"}


@dataclass(frozen=True)
class _Angle:
    """One angle as it is written: its size in its own unit, and the number of its parts."""

    text: str
    negative: bool
    size: float
    unit: str
    parts: int
    marked: bool  # with units or colons


def degrees_of(text: str) -> tuple[float, float]:
    """Right ascension and declination in one text."""
    if len(text) > _LONGEST:
        raise unreadable(text, "it is too long")
    designation = _designation(text)
    if designation:
        return _of_designation(text, *designation.groups())
    return read_pair(*_halves(text), text)


def read_pair(ra: str, dec: str, text: str | None = None) -> tuple[float, float]:
    """Right ascension and declination in two texts; ``text`` is the whole, for messages."""
    text = f"{ra} {dec}" if text is None else text
    if len(text) > _LONGEST:
        raise unreadable(text, "it is too long")
    longitude, latitude = _angle(ra, text), _angle(dec, text)
    unit = longitude.unit or _unit_of_bare(longitude, latitude, text)
    if latitude.unit == "h":
        raise unreadable(text, "a declination must be in degrees")
    whole, words = (24, "hours") if unit == "h" else (360, "degrees")
    if longitude.negative or longitude.size > whole:
        raise unreadable(text, f"the right ascension {longitude.text!r} is not from 0 to {whole} {words}")
    if latitude.size > 90:
        raise unreadable(text, f"the declination {latitude.text!r} is not from -90 to 90 degrees")
    return longitude.size * _DEGREES[unit], -latitude.size if latitude.negative else latitude.size


def is_name(text: str) -> bool:
    """Whether it has letters besides those of units, and no coordinates."""
    if len(text) > _LONGEST:
        return False
    plain = _plain(text)
    letters = re.sub(rf"(?<=[\d.])[hdms](?![a-z])|{_NUMBER}", "", plain)
    words = set(re.findall(r"[^\W\d_]+", letters)) - _NOT_NAMES
    return bool(words) and not ("=" in plain or _POSITION.search(plain) or _designation(text))


def unreadable(text: str, reason: str) -> FinkQueryError:
    """The error for coordinates that cannot be read."""
    return FinkQueryError(f"coordinates={shown(text)} cannot be read: {reason}. Give {FORMS}.")


def _plain(text: str) -> str:
    """Lower case, single blanks, units of one letter; without brackets and the name of the frame."""
    plain = " ".join(text.replace("''", '"').translate(_CHARACTERS).lower().split())
    for letter, words in _UNITS.items():
        plain = re.sub(rf"(?<=[\d.]) ?(?:{words})(?![a-z])", letter, plain, flags=re.ASCII)
    plain = re.sub(r"(\d)([hdms])(\.\d+)", r"\1\3\2", plain, flags=re.ASCII)  # 54s.8
    plain = re.sub(r"(?<=[\d.])([hdms])(?![a-z])", r"\1 ", plain, flags=re.ASCII)
    plain = _FRAME.sub("", re.sub(r" ?: ?(?=\d)", ": ", plain))
    return " ".join(plain.split()).strip(" ,;|/")


def _designation(text: str) -> re.Match | None:
    return _DESIGNATION.fullmatch(text.translate(_CHARACTERS).strip())


def _of_designation(text: str, ra: str, sign: str, dec: str) -> tuple[float, float]:
    """Read a name such as J122654.80+151237.0, or one of 2MASS without the decimal points."""
    ra, dec = (digits if "." in digits else f"{digits[:6]}.{digits[6:]}" for digits in (ra, dec))
    if ra.endswith("."):
        message = f"coordinates={shown(text)}: its digits give the right ascension only to 15 arcsec"
        warn(message, InputWarning)
    ra, dec = (f"{digits[:2]} {digits[2:4]} {digits[4:]}" for digits in (ra, dec))
    return read_pair(ra, sign + dec, text)


def _angle(half: str, whole: str) -> _Angle:
    found = _ANGLE.fullmatch(_plain(half))
    if not found:
        raise unreadable(whole, f"{half!r} is not an angle" if half else "it is not two angles")
    parts = _PART.findall(found[2])
    marks = [mark for _, mark in parts]
    unit = marks[0] if marks[0] in _DEGREES else ""
    if not _are_in_order(marks, unit):
        raise unreadable(whole, f"the units of {half!r} are not h, m, s or d, m, s")
    size = sum(_sixtieths([number for number, _ in parts], half, whole))
    return _Angle(half, found[1] == "-", size, unit, len(parts), any(marks))


def _are_in_order(marks: list[str], unit: str) -> bool:
    """Whether it has colons between the numbers, or units in order; m and s may be left out."""
    if ":" in marks:
        return marks == [":"] * (len(marks) - 1) + [""]
    following = ("m", "s") if unit else ("", "")
    return marks[0] == unit and all(
        mark in ("", other) for mark, other in zip(marks[1:], following, strict=False)
    )


def _sixtieths(numbers: list[str], half: str, whole: str) -> Iterator[float]:
    """The numbers in the unit of the first."""
    for index, number in enumerate(numbers):
        if index < len(numbers) - 1 and not number.isdecimal():
            raise unreadable(whole, f"in {half!r} only the last number may have decimals")
        if index and float(number) >= 60:
            raise unreadable(whole, f"in {half!r} the number {number} is not below 60")
        yield float(number) / 60**index


def _unit_of_bare(longitude: _Angle, latitude: _Angle, text: str) -> str:
    """The unit of a right ascension without one: two numbers are degrees, more are hours."""
    if not (longitude.marked or latitude.marked) and longitude.parts != latitude.parts:
        raise unreadable(text, "right ascension and declination have different forms")
    if longitude.parts == 1 and latitude.parts > 1:
        raise unreadable(text, "its right ascension could be in hours or in degrees")
    return "d" if longitude.parts == 1 else "h"


def _halves(text: str) -> tuple[str, str]:
    """The text of the right ascension, and the text of the declination."""
    plain = _plain(text)
    for split in (_at_labels, _at_separator, _at_sign, _at_units, _in_the_middle):
        halves = split(plain)
        if halves:
            return halves
    raise unreadable(text, "it is not two angles")


def _at_labels(text: str) -> tuple[str, str] | None:
    ra, dec = _RA.search(text), _DEC.search(text)
    if not ra or not dec:
        return None
    first, second = sorted((ra, dec), key=lambda label: label.start())
    between, after = (
        part.strip(" :=,;|/") for part in (text[first.end() : second.start()], text[second.end() :])
    )
    if text[: first.start()].strip():
        return None
    return (between, after) if first is ra else (after, between)


def _at_separator(text: str) -> tuple[str, str] | None:
    parts = [part.strip() for part in re.split("[,;|/]", text)]
    if len(parts) == 1:
        return None
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


def _at_sign(text: str) -> tuple[str, str] | None:
    signs = [sign.start() for sign in re.finditer(r"(?<!\de)[+-]", text) if sign.start()]
    return (text[: signs[0]].strip(), text[signs[0] :]) if len(signs) == 1 else None


def _at_units(text: str) -> tuple[str, str] | None:
    """Split before the number of the second h or d."""
    begins = [found.start() for found in re.finditer(rf"{_NUMBER}[hd]", text, re.ASCII)]
    return (text[: begins[1]].strip(), text[begins[1] :]) if len(begins) == 2 else None


def _in_the_middle(text: str) -> tuple[str, str] | None:
    numbers = text.split()
    if len(numbers) not in (2, 4, 6):
        return None
    half = len(numbers) // 2
    return " ".join(numbers[:half]), " ".join(numbers[half:])

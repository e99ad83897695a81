# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names of columns that other programs take without quotes."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from astropy.table import Table

__all__ = ["ids_of", "plain_names"]

_FAMILY = re.compile(r"[a-z]+:(?=.)")
_OTHER_CHARACTERS = re.compile(r"[^A-Za-z0-9_]+")
_WORDS_OF_ADQL = """
    abs acos all and any area as asc asin atan atan2 avg between boolean both box by case cast ceiling
    centroid char character circle class column constraint contains coord1 coord2 coordsys cos count cross
    current date day dec decimal default degrees delete desc distance distinct double drop else end exists
    exp false first float floor for from full group having hour ilike in in_unit inner insert int integer
    intersects interval into is join key language last left level like local log log10 lower max min minute
    mod month natural not null numeric offset on only or order outer partial pi point polygon position power
    precision prior public radians rand real region right round row rows second section select session set
    sign sin size smallint some space sqrt sum system_user table tan time timestamp to top true truncate type
    union unique update upper usage user value values varchar view when where with work year zone
"""  # they need quotes as names
_RESERVED = frozenset(_WORDS_OF_ADQL.split())


def plain_names(table: Table) -> Table:
    """Rename the columns of a Table for programs in which a colon needs quotes, such as TOPCAT.

    A plain name has letters, digits and underscores, and begins with a letter: ``magpsf`` for ``i:magpsf``.
    A column keeps its family, as in ``i_ra``, if its name alone would be that of another column of this
    Table, in whatever case, or a word of ADQL, as in ``key_time``. A word of ADQL without a family gets an
    underscore at its end (``Date_``).

    Parameters
    ----------
    table : `~astropy.table.Table`
        The result of any query. It keeps its names.

    Returns
    -------
    renamed : `~astropy.table.Table`
        The same columns, not copied, under plain names; units, UCDs, descriptions, masks and ``meta`` stay.

    Examples
    --------
    >>> from astroquery_fink.formats import plain_names
    >>> table = Fink.query_object("ZTF99simsnia", columns="i:ra, i:magpsf, v:sigma(rate)")
    >>> plain_names(table).colnames
    ['ra', 'magpsf', 'sigma_rate']
    """
    short = [_plain(_FAMILY.sub("", name, count=1)) for name in table.colnames]
    counts = Counter(name.lower() for name in short)
    chosen = [
        name if counts[name.lower()] == 1 and name.lower() not in _RESERVED else _with_family(whole)
        for whole, name in zip(table.colnames, short, strict=True)
    ]
    renamed = table.copy(copy_data=False)
    for column, name in zip(list(renamed.columns.values()), _numbered(chosen), strict=True):
        column.info.name = f"\0{name}"  # a name that no column has, since new and old names may overlap
    for column in list(renamed.columns.values()):
        column.info.name = column.info.name.removeprefix("\0")
    return renamed


def ids_of(names: Iterable[str]) -> list[str]:
    """An ID of a VOTable for each name: itself if it is plain, else with underscores, ``i_magpsf``."""
    return _numbered([_plain(name) for name in names])


def _with_family(name: str) -> str:
    plain = _plain(name)
    return f"{plain}_" if plain.lower() in _RESERVED else plain


def _plain(name: str) -> str:
    plain = _OTHER_CHARACTERS.sub("_", name)
    plain = plain if plain == name else plain.strip("_")
    return plain if plain[:1].isalpha() else f"column_{plain}".rstrip("_")


def _numbered(names: Sequence[str]) -> list[str]:
    """The same names, with numbers at the end of those that an earlier column has, in whatever case."""
    used: set[str] = set()
    result = []
    for name in names:
        number, unique = 1, name
        while unique.lower() in used:
            number += 1
            unique = f"{name}_{number}"
        used.add(unique.lower())
        result.append(unique)
    return result

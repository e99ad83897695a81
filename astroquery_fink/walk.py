# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""All rows of a span of time, from a server that gives so many at a time. Knows no HTTP."""

__all__ = ["walk"]

_NARROWEST = 1 / 86400  # day


def walk(ask, start, stop, *, enough=None, progress=None):
    """Ask for a span of time; where it comes back full, ask for its halves, newest first.

    Parameters
    ----------
    ask : callable
        Takes the two ends of a window; gives what came, with a length, and whether it was full.
    start, stop : `~astropy.time.Time`
    enough : int, optional
        Rows after which older windows are left alone.
    progress : callable, optional
        Takes the part of the span that is done, between 0 and 1.

    Returns
    -------
    parts : list
        What came of the windows that were not full, newest first.
    complete : bool
        False where a window of a second still was full.
    """
    windows, parts, complete, rows = [(start, stop)], [], True, 0
    while windows and not (enough and rows >= enough):
        begin, end = windows.pop()
        part, full = ask(begin, end)
        if full and (end - begin).jd > _NARROWEST:
            middle = begin + (end - begin) / 2
            windows += [(begin, middle), (middle, end)]
            continue
        complete = complete and not full
        parts.append(part)
        rows += len(part)
        if progress:
            progress(float((stop - begin) / (stop - start)))
    return parts, complete

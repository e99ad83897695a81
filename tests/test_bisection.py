"""A walk over a span of time finds everything, whatever the server leaves out of one answer."""

from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_fink.queries.time_range import bisect_time_range

START, STOP = Time("2025-01-01"), Time("2026-01-01")
SECOND = 1 / 86400


def server(times, page):
    """Respond with the newest ``page`` of the times in a window, which includes both ends."""

    def ask(begin, end):
        inside = sorted((time for time in times if begin.jd <= time <= end.jd), reverse=True)
        return inside[:page], len(inside) >= page

    return ask


moments = st.lists(st.floats(START.jd, STOP.jd), unique=True, max_size=60)


@settings(deadline=None, max_examples=60)
@given(moments, st.integers(2, 20))
def test_everything_is_found_newest_first(times, page):
    apart = [time for number, time in enumerate(sorted(times)) if number % 2]
    apart = [one for one, last in zip(apart, [-10, *apart], strict=False) if one - last > 3 * SECOND]
    parts, complete = bisect_time_range(server(apart, page), START, STOP)
    found = [time for part in parts for time in part]
    assert complete
    assert list(dict.fromkeys(found)) == sorted(apart, reverse=True)


def test_a_second_that_is_full_is_said_to_be_incomplete():
    crowd = [START.jd + 100 + number * 1e-7 for number in range(50)]
    parts, complete = bisect_time_range(server(crowd, 10), START, STOP)
    assert not complete
    assert sum(map(len, parts)) >= 10


def test_older_windows_are_left_alone_once_there_is_enough():
    times = [START.jd + day for day in range(365)]
    asked = []

    def ask(begin, end):
        asked.append(begin)
        return server(times, 20)(begin, end)

    parts, _ = bisect_time_range(ask, START, STOP, enough=30)
    newest = [time for part in parts for time in part]
    assert newest[:30] == sorted(times, reverse=True)[:30]
    assert min(asked[4:]).jd > START.jd


def test_progress_only_grows_and_ends_at_one():
    done = []
    bisect_time_range(server([START.jd + day for day in range(100)], 10), START, STOP, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 1

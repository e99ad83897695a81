# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Flip bits of bodies and read them: ``python tests/mutate.py SEED TIMES BODY...``; 0 times: without flips.

This is a program of its own because a body may abort the interpreter. The name of a body ends in its survey
and its reader: ``sources.lsst.rows``. The last line of the output is ``END`` and the number of each outcome.
"""

import faulthandler
import random
import sys
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path

from astroquery_fink.surveys import SURVEYS
from astroquery_fink.tables import decode as wire
from astroquery_fink.tables.build import (
    alerts,
    decode_cutouts,
    missing_ids,
    rows,
)

MEMORY = 6 * 10**9
LONGEST = 60  # seconds for one body


def read_rows(body, survey):
    columns = wire.read_rows(body)
    alerts(columns, survey)
    rows(columns, survey)
    missing_ids(columns, survey, ["ZTF21aaxtctv"])


def read_mapping(body, survey):
    wire.read_mapping(body, dict)


def read_stamps(body, survey):
    decode_cutouts(body, "Science", survey)


READERS = {"rows": read_rows, "mapping": read_mapping, "stamps": read_stamps}


def mutated(body, chance):
    """Flip one to eight bits, more often near the end, where Parquet has its footer; sometimes cut it."""
    changed = bytearray(body)
    for _ in range(chance.choice([1, 1, 1, 2, 8])):
        start = chance.choice([0, 0, max(len(body) - 50_000, 0), max(len(body) - 2000, 0)])
        changed[chance.randrange(start, len(body))] ^= 1 << chance.randrange(8)
    return bytes(changed[: chance.randrange(len(body))] if chance.random() < 0.02 else changed)


def main(seed, times, *paths):
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    count = Counter()
    for path in map(Path, paths):
        _, survey, kind = path.name.rsplit(".", 2)
        body = path.read_bytes()
        for number in range(int(times) or 1):
            which = f"{path.name} {seed} {number}"
            print(which, flush=True)
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            try:
                changed = mutated(body, random.Random(which)) if int(times) else body
                READERS[kind](changed, SURVEYS[survey])
                count["rows"] += 1
            except ValueError:
                count["ValueError"] += 1
    print("END", dict(count))


if __name__ == "__main__":
    main(*sys.argv[1:])

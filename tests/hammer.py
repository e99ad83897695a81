# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Processes that use one entry of a cache at once: ``hammer.py fight|kill FOLDER`` prints what they read."""

import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import warnings
from collections import Counter
from functools import partial
from pathlib import Path

from astroquery_fink.http.cache import Store

KEY = "0" * 64
TIMES = 300
KILLS = 60
LARGE = 1_000_000
LIFE = 0.02  # seconds


def put(store, body):
    store.write(KEY, "http://127.0.0.1/", body, status=200, content_type="text/plain", time=0.0)


def read(store, bodies):
    """Read the entry: the letter of its body, or "nothing", or "wrong"."""
    entry, body = store.read(KEY)
    if entry is None or store.entry(KEY) is None:
        return "nothing"
    return body[:1].decode() if body in bodies and entry.length == len(body) else "wrong"


def fight(folder):
    """Two processes write and two read, all at once."""
    context = multiprocessing.get_context("fork")
    start, tallies = context.Barrier(4), context.SimpleQueue()
    bodies = [b"a" * 200_000, b"b" * 300_000]
    store = Store(folder)
    put(store, bodies[0])

    def run(act):
        start.wait(10)
        try:
            tallies.put(Counter(act() for _ in range(TIMES)))
        except Exception as error:
            tallies.put({repr(error): 1})

    acts = [partial(put, store, body) for body in bodies] + [partial(read, store, bodies)] * 2
    fighters = [context.Process(target=run, args=[act], daemon=True) for act in acts]
    for fighter in fighters:
        fighter.start()
    total = sum((Counter(tallies.get()) for _ in fighters), Counter())
    for fighter in fighters:
        fighter.join()
    return {str(what): times for what, times in total.items()}


def kill(folder):
    """A process that writes is killed, again and again."""
    chance = random.Random(1)
    store = Store(folder)
    bodies = [b"a" * LARGE, b"b" * LARGE]
    put(store, bodies[0])
    seen = Counter()
    for number in range(KILLS):
        end, share = (ends_at_size, ends_at_time)[number % 2], chance.random()
        writer = multiprocessing.get_context("fork").Process(
            target=write_until_killed, args=[store, bodies[number // 2 % 2], partial(end, share)], daemon=True
        )
        writer.start()
        for _ in range(chance.randrange(4)):
            seen[read(store, bodies)] += 1
        writer.join()
        seen["killed"] += writer.exitcode in (-signal.SIGXFSZ, -signal.SIGALRM)
        seen[read(store, bodies)] += 1
    seen["orphans"] = len(list(Path(folder).glob("*.part")))
    store.clear()
    seen["left"] = len(os.listdir(folder))
    return seen


def ends_at_size(share):
    """Have this process killed when a file grows beyond a share of the entry."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(share * LARGE),) * 2)


def ends_at_time(share):
    """Have this process killed after some milliseconds."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.001 + share * LIFE)


def write_until_killed(store, body, end):
    end()
    while True:
        put(store, body)


if __name__ == "__main__":
    warnings.simplefilter("error")
    print(json.dumps({"fight": fight, "kill": kill}[sys.argv[1]](sys.argv[2])))

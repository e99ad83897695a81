# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A small body that claims much is refused within the memory of conf.max_body_size."""

import json
import subprocess
import sys

import numpy as np
import pytest
from bodies import parquet_of

from astroquery_fink import conf
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables import build as parse
from astroquery_fink.tables.decode import read_rows

CUTOUT = "b:cutoutScience_stampData"
SMALL = 20_000_000
READ = """
import resource, sys, pyarrow.parquet
from astroquery_fink import conf
from astroquery_fink.tables import build, decode
from astroquery_fink.surveys import ZTF
decode.read_rows(b"[]")
conf.max_body_size = int(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    columns = decode.read_rows(open(sys.argv[1], "rb").read())
    print("rows", len(build.alerts(columns, ZTF, extra=sys.argv[3:])))
except ValueError as error:
    print("ValueError", error)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


def repeated(word, times):
    """A dictionary of one word."""
    pa = pytest.importorskip("pyarrow")
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, np.int32)), pa.array([word]))


def listed(values):
    pa = pytest.importorskip("pyarrow")
    return pa.ListArray.from_arrays(pa.array(range(len(values) + 1), pa.int32()), values)


def structs(values):
    pa = pytest.importorskip("pyarrow")
    return pa.StructArray.from_arrays([values], ["a"])


def one_cutout(rows, size):
    return [np.zeros((size, size)).tolist(), *[None] * rows]


def of_fixed_length(words):
    pa = pytest.importorskip("pyarrow")
    return pa.array(words, pa.binary(len(words[0])))


def named(values, times):
    return {f"c{number}": values for number in range(times)}


WORD = "x" * 100_000
PLAIN, DELTA = {"use_dictionary": False}, {"column_encoding": "DELTA_BYTE_ARRAY"}
BOMBS = {
    "one long word in many lists": lambda: parquet_of(w=listed(repeated(WORD, 2000))),
    "one long word in many structs": lambda: parquet_of(w=structs(repeated(WORD, 2000))),
    "lists of lists of one long word": lambda: parquet_of(w=listed(listed(repeated(WORD, 2000)))),
    "words of a fixed length": lambda: parquet_of(w=of_fixed_length([WORD.encode()] * 500)),
    "dictionaries of many rows": lambda: parquet_of(**named(repeated("y" * 100, 300_000), 9)),
    "billions of numbers in one row": lambda: parquet_of(**named([np.zeros(1_000_000)], 5)),
    "text that unpacks to more": lambda: parquet_of(
        options=PLAIN | {"compression": "zstd"}, c=["z" * 1000] * 30_000
    ),
    "text of shared beginnings": lambda: parquet_of(options=PLAIN | DELTA, c=["z" * 1000] * 60_000),
    "cells that repeat one number": lambda: parquet_of(**named(np.zeros(300_000), 30)),
    "a large cutout beside none": lambda: parquet_of(**{CUTOUT: one_cutout(500, 300)}),
    "only cutouts that are missing": lambda: json.dumps([{CUTOUT: None}] * 10_000).encode(),
    "another name in each row": lambda: json.dumps([{f"k{n}": 0} for n in range(3000)]).encode(),
    "rows of nothing": lambda: b"[" + b",".join([b"{}"] * 100_000) + b"]",
    "lists of nothing": lambda: b'[{"a": [' + b",".join([b"[]"] * 1_000_000) + b"]}]",
    "one row of many names": lambda: json.dumps([{f"k{n}": 0 for n in range(20_000)}]).encode(),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts kilobytes as Linux does")
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_body_that_claims_more_than_the_memory_is_refused(tmp_path, bomb):
    pytest.importorskip("pyarrow")
    path = tmp_path / "body"
    path.write_bytes(BOMBS[bomb]())
    assert path.stat().st_size < SMALL
    command = [sys.executable, "-c", READ, str(path), str(SMALL), *([CUTOUT] if "cutout" in bomb else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    said, memory = done.stdout.strip().rsplit("\n", 1)
    assert said.startswith("ValueError")
    assert int(memory) < 3 * SMALL


def test_a_long_word_that_many_rows_share_is_in_memory_once():
    table = parse.rows(read_rows(parquet_of(w=repeated(WORD, 2000))), ZTF)
    assert table["w"].dtype == object
    assert table["w"][0] is table["w"][1999]


def test_text_that_would_not_fit_as_numpy_text_is_python_text():
    words = ["a" * 2000, *["b"] * 5000]
    body = json.dumps([{"d:new": word} for word in words]).encode()
    with conf.set_temp("max_body_size", SMALL):
        column = parse.rows(read_rows(body), ZTF)["d:new"]
    assert column.dtype == object
    assert column.tolist() == words


def test_what_is_small_is_read_however_short_the_longest_body_is():
    with conf.set_temp("max_body_size", 10):
        assert len(parse.alerts(read_rows(b'[{"i:jd": 1.0}, {"i:jd": 2.0}]'), ZTF)) == 2


def test_a_message_names_the_setting():
    body = BOMBS["another name in each row"]()
    with conf.set_temp("max_body_size", SMALL), pytest.raises(ValueError, match=r"conf\.max_body_size"):
        read_rows(body)


def test_a_table_of_lists_without_rows_is_no_broken_one():
    pa = pytest.importorskip("pyarrow")
    assert (
        len(read_rows(parquet_of(name=pa.array([], pa.string()), times=pa.array([], pa.list_(pa.float64())))))
        == 0
    )

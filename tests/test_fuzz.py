# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Whatever the bytes are, they are rows or a `ValueError`: never another error, an abort or no end.

``FINK_FUZZ_SECONDS=300 pytest -m fuzz`` looks for longer, with another seed each time.
"""

import json
import os
import random
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from astropy.table import Table
from astroquery.exceptions import CorruptDataWarning
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from poster import poster

from astroquery_fink.surveys import LSST, ZTF
from astroquery_fink.tables import build as parse
from astroquery_fink.tables.decode import Columns, read_rows

MUTATE = Path(__file__).with_name("mutate.py")
SECONDS = float(os.environ.get("FINK_FUZZ_SECONDS", "0"))
RECORDED = Path(os.environ.get("FINK_RECORDINGS", ""))
SUPERNOVA, RUBIN = "ZTF99simsnia", "170000000000000001"
CUTOUTS = list(ZTF.cutouts.columns.values())

quick = settings(
    deadline=None,
    max_examples=80,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


# Bits of whole bodies


def mutate(paths, seed, times):
    """The number of rows and errors after reading each body with different bits flipped."""
    command = [sys.executable, str(MUTATE), str(seed), str(times), *map(str, sorted(paths))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110 + SECONDS)
    last = done.stdout.strip().rsplit("\n", 1)[-1]
    assert done.returncode == 0, f"{last}: {done.stderr[-3000:]}"
    assert last.startswith("END ")
    return {name: int(count) for name, count in re.findall(r"'(\w+)': (\d+)", last)}


def kind_of(body, name):
    """The reader of a recorded body: rows, mapping or stamps; None for other bodies."""
    if body.startswith(b"PAR1"):
        return "rows"
    if body.startswith(b"SIMPLE"):
        return "stamps"
    try:
        value = json.loads(body)
    except ValueError:
        return None
    if isinstance(value, dict):
        return "stamps" if "array" in name else "mapping"
    return "rows" if value and isinstance(value, list) else None


@pytest.fixture
def recorded(tmp_path):
    """The recorded bodies, in files named as ``mutate.py`` needs."""
    if not (RECORDED / "ztf" / "index.json").is_file():
        pytest.skip("FINK_RECORDINGS names no folder of recorded answers")
    paths = []
    for survey in ("ztf", "lsst"):
        for source in sorted(path for path in (RECORDED / survey).iterdir() if path.name != "index.json"):
            body = source.read_bytes()
            if kind := kind_of(body, source.name):
                paths.append(tmp_path / f"{source.stem}.{survey}.{kind}")
                paths[-1].write_bytes(body)
    return paths


@pytest.fixture
def simulated(box, box_lsst, tmp_path):
    """Bodies of the simulated Fink: rows and cutouts, in each format that is read."""
    pytest.importorskip("pyarrow")
    ztf, lsst = poster(box), poster(box_lsst)
    few = {
        "objectId": SUPERNOVA,
        "columns": "i:objectId,i:candid,i:jd,i:fid,i:magpsf,d:lc_features_g,v:lastdate",
    }
    bodies = {
        "few.ztf.rows": ztf("objects", **few, output_format="parquet"),
        "limits.ztf.rows": ztf("objects", **few, withupperlim="True", output_format="json"),
        "full.ztf.rows": ztf("objects", objectId=SUPERNOVA, output_format="parquet"),
        "cutouts.ztf.rows": ztf(
            "objects", **few, withcutouts="True", cutout_kind="Science", output_format="parquet"
        ),
        "array.ztf.stamps": ztf("cutouts", objectId=SUPERNOVA, kind="Science", output_format="array"),
        "full.lsst.rows": lsst("sources", diaObjectId=RUBIN, output_format="parquet"),
        "json.lsst.rows": lsst("sources", diaObjectId=RUBIN, output_format="json"),
    }
    newest = bodies["json.lsst.rows"].json()[0]["r:diaSourceId"]
    bodies["fits.lsst.stamps"] = lsst(
        "cutouts", diaSourceId=str(newest), kind="Science", output_format="FITS"
    )
    for name, response in bodies.items():
        assert response.status_code == 200, response.text
        (tmp_path / name).write_bytes(response.content)
    return list(tmp_path.iterdir())


def test_flipped_bits_of_simulated_bodies_are_rows_or_a_value_error(simulated):
    pytest.importorskip("pyarrow")
    count = mutate(simulated, seed=1, times=30)
    assert set(count) == {"rows", "ValueError"}
    assert sum(count.values()) == 30 * len(simulated)


@pytest.mark.recorded
def test_flipped_bits_of_recorded_bodies_are_rows_or_a_value_error(recorded):
    pytest.importorskip("pyarrow")
    count = mutate(recorded, seed=1, times=10)
    assert set(count) == {"rows", "ValueError"}
    assert sum(count.values()) == 10 * len(recorded)


@pytest.mark.recorded
def test_the_bit_of_a_footer_that_aborted_the_interpreter(tmp_path):
    pytest.importorskip("pyarrow")
    path = RECORDED / "lsst" / "006_sources_parquet.body"
    if not path.is_file():
        pytest.skip("FINK_RECORDINGS names no folder of recorded answers")
    body = bytearray(path.read_bytes())
    body[27588] ^= 8
    (tmp_path / "footer.lsst.rows").write_bytes(body)
    assert sum(mutate([tmp_path / "footer.lsst.rows"], seed=0, times=0).values()) == 1


@pytest.mark.fuzz
@pytest.mark.skipif(not SECONDS, reason="FINK_FUZZ_SECONDS says for how long")
@pytest.mark.timeout(SECONDS + 900)
@pytest.mark.parametrize("bodies", ["simulated", "recorded"])
def test_flipped_bits_for_as_long_as_asked(bodies, request):
    paths = request.getfixturevalue(bodies)
    ends, seed = time.monotonic() + SECONDS, random.SystemRandom().randrange(10**6)
    while time.monotonic() < ends:
        mutate(paths, seed := seed + 1, times=10)


# Columns of any type


texts = st.sampled_from(
    ["", "nan", "1_0", "1.5", "-3", "t", "[]", "\0", "\u0663", "é", "Infinity"]
) | st.text(max_size=4)
numbers = st.integers() | st.floats() | st.sampled_from([10**30, -(2**63) - 1, 2**64, 2**53 + 1, -1, -999.0])
cells = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)
names = st.sampled_from(
    [
        "i:objectId",
        "i:candid",
        "i:jd",
        "i:fid",
        "i:magpsf",
        "d:is_transient",
        "d:new",
        "d:lc_features_g",
        *CUTOUTS,
    ]
) | st.text(max_size=3)
lsst_names = st.sampled_from(["r:diaObjectId", "r:midpointMjdTai", "r:psfFlux", "r:band", "f:is_sso"])


def outcome(columns, survey):
    """The Table of the columns, or None if they raise `ValueError`; warnings are ignored."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CorruptDataWarning)
        try:
            tables = [parse.rows(columns, survey), parse.alerts(columns, survey, extra=CUTOUTS[:1])]
        except ValueError:
            return None
    for table in tables:
        assert isinstance(table, Table)
        for column in table.itercols():
            if column.dtype.kind == "f" and hasattr(column, "mask"):
                assert (column.data.data[column.mask] != column.data.data[column.mask]).all()
    return tables[0]


@quick
@given(st.lists(st.dictionaries(names | lsst_names, cells, max_size=4), max_size=4))
@example([{"d:new": [1, 2]}, {"d:new": [3, 4]}])
@example([{"i:jd": 10**400}])
def test_json_of_any_values_is_a_table_or_a_value_error(rows):
    body = json.dumps(rows).encode()
    for survey in (ZTF, LSST):
        try:
            columns = read_rows(body)
        except ValueError:
            return
        outcome(columns, survey)


def arrow_types():
    pa = pytest.importorskip("pyarrow")
    units = st.sampled_from(["s", "ms", "us", "ns"])
    zones = st.sampled_from([None, "UTC", "Mars/Phobos", "+02:00", "Europe/Paris"])
    plain = [
        pa.null(), pa.bool_(), pa.int8(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(),
        pa.float64(), pa.string(), pa.large_string(), pa.binary(), pa.binary(2), pa.date32(), pa.date64(),
        pa.time32("s"), pa.time64("ns"), pa.decimal128(38, 0), pa.decimal128(10, 3), pa.decimal256(60, 2),
    ]  # fmt: skip
    single = (
        st.sampled_from(plain)
        | st.builds(pa.timestamp, units, zones)
        | st.builds(pa.duration, units)
        | st.sampled_from(plain[1:]).map(lambda kind: pa.dictionary(pa.int32(), kind))
    )
    return st.recursive(
        single,
        lambda inner: (
            inner.map(pa.list_)
            | inner.map(pa.large_list)
            | inner.map(lambda kind: pa.list_(kind, 2))
            | inner.map(lambda kind: pa.struct([("a", kind), ("b", pa.float64())]))
            | inner.map(lambda kind: pa.map_(pa.string(), kind))
        ),
        max_leaves=3,
    )


@st.composite
def arrow_arrays(draw, size, kind=None):
    """An array of any type with numbers of any bits and some nulls."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import types

    kind = draw(arrow_types()) if kind is None else kind
    gone = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    if types.is_dictionary(kind):
        words = draw(arrow_arrays(2, kind.value_type))
        which = draw(st.lists(st.sampled_from([0, 1, None]), min_size=size, max_size=size))
        return pa.DictionaryArray.from_arrays(pa.array(which, pa.int32()), words)
    if types.is_map(kind):
        items = draw(arrow_arrays(2 * size, kind.item_type))
        keys = pa.array([f"k{n}" for n in range(2 * size)], kind.key_type)
        return pa.MapArray.from_arrays(pa.array(range(0, 2 * size + 1, 2), pa.int32()), keys, items)
    if types.is_struct(kind):
        inner = [draw(arrow_arrays(size, kind.field(n).type)) for n in range(kind.num_fields)]
        return pa.StructArray.from_arrays(inner, fields=list(kind), mask=pa.array(gone, pa.bool_()))
    if types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(draw(arrow_arrays(2 * size, kind.value_type)), 2)
    if types.is_list(kind) or types.is_large_list(kind):
        lengths = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
        starts = [sum(lengths[:n]) for n in range(size + 1)]
        starts = [None if out else start for start, out in zip(starts, [*gone, False], strict=True)]
        make = pa.ListArray if types.is_list(kind) else pa.LargeListArray
        width = pa.int32() if types.is_list(kind) else pa.int64()
        return make.from_arrays(pa.array(starts, width), draw(arrow_arrays(sum(lengths), kind.value_type)))
    return draw(flat_arrays(size, kind, gone))


@st.composite
def flat_arrays(draw, size, kind, gone):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import types

    if types.is_null(kind):
        return pa.nulls(size)
    if types.is_boolean(kind):
        values = st.booleans()
    elif types.is_string(kind) or types.is_large_string(kind):
        values = texts.filter(lambda text: text.isprintable() or text == "\0")
    elif types.is_binary(kind):
        values = st.binary(max_size=3)
    elif types.is_decimal(kind):
        values = st.decimals(-(10**6), 10**6, places=kind.scale)
    else:
        bits = draw(st.binary(min_size=size * kind.bit_width // 8, max_size=size * kind.bit_width // 8))
        mask = pa.array([not out for out in gone]).buffers()[1] if size else None
        return pa.Array.from_buffers(kind, size, [mask, pa.py_buffer(bits)])
    present = draw(st.lists(values, min_size=size, max_size=size))
    return pa.array([None if out else value for value, out in zip(present, gone, strict=True)], kind)


@settings(quick, max_examples=60)
@given(st.data())
def test_arrow_arrays_of_any_type_are_a_table_or_a_value_error(data):
    size = data.draw(st.integers(0, 4))
    found = data.draw(st.lists(names | lsst_names, unique=True, max_size=3))
    columns = {name: data.draw(arrow_arrays(size)) for name in found}
    for survey in (ZTF, LSST):
        table = outcome(Columns(columns, size), survey)
        assert table is None or len(table) == (size if columns else 0)

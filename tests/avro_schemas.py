# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Random Avro schemas with values of them, and messages in every form that Avro allows."""

import io
import struct
from dataclasses import dataclass, field
from itertools import count

import fastavro
from hypothesis import strategies as st

__all__ = ["Kind", "encoded", "kinds", "record_kinds", "reference", "varint"]

FLOATS = st.floats(width=32)
TEXTS = st.text(max_size=5) | st.just("é" * 40)
INTS = st.integers(-(2**31), 2**31 - 1) | st.integers(-70, 70)
LONGS = st.integers(-(2**63), 2**63 - 1) | st.integers(-70, 70)

TIMES = st.sampled_from([1, 1, 1, 5])


@dataclass(frozen=True)
class Kind:
    """A schema, and a strategy for values that fastavro writes with it."""

    schema: object
    values: st.SearchStrategy = field(repr=False)


SIMPLE = [
    Kind("null", st.none()),
    Kind("boolean", st.booleans()),
    Kind("int", INTS),
    Kind("long", LONGS),
    Kind("float", FLOATS),
    Kind("double", st.floats()),
    Kind("bytes", st.binary(max_size=5)),
    Kind("string", TEXTS),
    Kind({"type": "enum", "symbols": ["A", "B", "long_word"]}, st.sampled_from(["A", "B", "long_word"])),
    Kind({"type": "fixed", "size": 3}, st.binary(min_size=3, max_size=3)),
    Kind({"type": "fixed", "size": 0}, st.just(b"")),
    Kind({"type": "fixed", "size": 1100}, st.just(b"0123456789a" * 100)),
]
WITHOUT_BYTES = [SIMPLE[0], SIMPLE[-2]]


def record_of(fields):
    """The kind of a record with these kinds of fields."""
    names = [f"f{number}" for number in range(len(fields))]
    values = st.fixed_dictionaries({name: kind.values for name, kind in zip(names, fields, strict=True)})
    listed = [{"name": name, "type": kind.schema} for name, kind in zip(names, fields, strict=True)]
    return Kind({"type": "record", "fields": listed}, values)


def nullable(kind, first):
    """The kind of a union with null, which is the first or the second type."""
    schema = ["null", kind.schema] if first else [kind.schema, "null"]
    return Kind(schema, st.none() | kind.values)


def array_of(kind):
    """The kind of lists; some are long, and read one by one."""
    values = st.builds(lambda items, times: items * times, st.lists(kind.values, max_size=3), TIMES)
    return Kind({"type": "array", "items": kind.schema}, values)


def map_of(kind):
    """The kind of maps; some are long."""
    values = st.builds(
        lambda items, times: {f"{key}{time}": items[key] for time in range(times) for key in items},
        st.dictionaries(TEXTS, kind.values, max_size=3),
        TIMES,
    )
    return Kind({"type": "map", "values": kind.schema}, values)


def kinds(sized):
    """Kinds of values, of any depth; unions have at most one type beside null."""
    return st.recursive(
        st.sampled_from([kind for kind in SIMPLE if not sized or kind not in WITHOUT_BYTES]),
        lambda inner: (
            st.builds(nullable, inner.filter(can_be_null), st.booleans())
            | inner.map(array_of)
            | inner.map(map_of)
            | st.lists(inner, min_size=int(sized), max_size=4).map(record_of)
        ),
        max_leaves=8,
    )


def can_be_null(kind):
    """Whether a kind can be in a union with null."""
    return kind.schema != "null" and not isinstance(kind.schema, list)


@st.composite
def record_kinds(draw, sized=False):
    """Kinds of whole messages, many of whose fields can be null; ``sized``: of values that take bytes."""
    fields = draw(st.lists(kinds(sized), max_size=6))
    for number, kind in enumerate(fields):
        choice = draw(st.integers(0, 2))
        if choice and can_be_null(kind):
            fields[number] = nullable(kind, first=choice == 1)
    kind = record_of(fields)
    return Kind(named(kind.schema, count()), kind.values)


def named(schema, numbers):
    """The schema with a name for each record, enum and fixed type."""
    if isinstance(schema, list):
        return [named(one, numbers) for one in schema]
    if not isinstance(schema, dict):
        return schema
    new = dict(schema)
    if schema["type"] in ("record", "enum", "fixed"):
        new["name"] = f"n{next(numbers)}"
    if schema["type"] == "record":
        new["fields"] = [field | {"type": named(field["type"], numbers)} for field in schema["fields"]]
    for inner in ("items", "values"):
        if inner in schema:
            new[inner] = named(schema[inner], numbers)
    return new


def varint(number):
    """The bytes of a zigzag number."""
    raw, out = (number << 1) ^ (number >> 63), bytearray()
    while raw > 127:
        out.append(raw & 127 | 128)
        raw >>= 7
    return bytes([*out, raw])


def encoded(schema, value, random=None):
    """The bytes of a value; with ``random``, lists in several blocks, with or without their size."""
    if isinstance(schema, list):
        other = next(number for number, one in enumerate(schema) if (one == "null") == (value is None))
        return varint(other) + encoded(schema[other], value, random)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "record":
        return b"".join(encoded(field["type"], value[field["name"]], random) for field in schema["fields"])
    if kind == "array":
        return blocks([encoded(schema["items"], one, random) for one in value], random)
    if kind == "map":
        pairs = value.items()
        return blocks(
            [encoded("string", key) + encoded(schema["values"], one, random) for key, one in pairs], random
        )
    return {
        "null": lambda: b"",
        "boolean": lambda: bytes([value]),
        "int": lambda: varint(value),
        "long": lambda: varint(value),
        "float": lambda: struct.pack("<f", value),
        "double": lambda: struct.pack("<d", value),
        "bytes": lambda: varint(len(value)) + value,
        "string": lambda: varint(len(value.encode())) + value.encode(),
        "enum": lambda: varint(schema["symbols"].index(value)),
        "fixed": lambda: value,
    }[kind]()


def blocks(items, random):
    """Items in one block, or in several."""
    out = b""
    while items:
        size = len(items) if random is None else random.randint(1, len(items))
        block, items = b"".join(items[:size]), items[size:]
        sized = random is not None and random.random() < 0.5
        out += (varint(-size) + varint(len(block)) if sized else varint(size)) + block
    return out + b"\0"


def reference(schema, message):
    """The value that fastavro reads from a message; ValueError unless it reads all bytes."""
    stream = io.BytesIO(message)
    try:
        value = fastavro.schemaless_reader(stream, schema)
    except Exception as error:
        raise ValueError(str(error)) from error
    if stream.read(1):
        raise ValueError("more bytes")
    return value

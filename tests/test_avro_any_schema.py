# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Messages of any schema are decoded as fastavro decodes them; any other bytes are broken messages."""

import io
import os
import random
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

fastavro = pytest.importorskip("fastavro")
pa = pytest.importorskip("pyarrow")

from avro_schemas import encoded, record_kinds, reference  # noqa: E402

from astroquery_fink.avro import Decoder  # noqa: E402

SECONDS = float(os.environ.get("FINK_FUZZ_SECONDS", "0"))

quick = settings(
    deadline=None,
    max_examples=40,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def rows_of(batch):
    """The rows as text, in which NaN equals NaN; of equal names in a map the last one counts."""
    return repr(plain(batch.to_pylist()))


def plain(value):
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        pairs = [(key, plain(one)) for key, one in value] if value and isinstance(value[0], tuple) else None
        return list(dict(pairs).items()) if pairs else [plain(one) for one in value]
    return value


def expected_of(schema, messages, decoder):
    """The rows that fastavro reads."""
    values = [reference(schema, message) for message in messages]
    return pa.RecordBatch.from_pylist(values, decoder.schema)


@quick
@given(st.data())
def test_messages_of_any_schema_are_decoded_as_fastavro_does(data):
    kind = data.draw(record_kinds())
    values = data.draw(st.lists(kind.values, max_size=6))
    schema, chance = fastavro.parse_schema(kind.schema), random.Random(data.draw(st.integers(0, 99)))
    messages = [encoded(kind.schema, value, chance) for value in values]
    decoder = Decoder(kind.schema)
    batch, decoded = decoder.decode(messages)
    batch.validate(full=True)
    assert decoded.all()
    assert batch.schema == decoder.schema
    assert batch.num_rows == len(messages)
    assert rows_of(batch) == rows_of(expected_of(schema, messages, decoder)) or not decoder.schema.names


@quick
@given(st.data())
def test_fields_that_are_left_out_are_the_only_ones_that_lack(data):
    kind = data.draw(record_kinds())
    messages = [encoded(kind.schema, value) for value in data.draw(st.lists(kind.values, max_size=4))]
    whole = Decoder(kind.schema).decode(messages)[0]
    left_out = data.draw(st.sets(st.sampled_from(["f0", "f1", "f2", "f3", "other"])))
    batch, decoded = Decoder(kind.schema, left_out).decode(messages)
    kept = [name for name in whole.schema.names if name not in left_out]
    assert decoded.all()
    assert batch.schema.names == kept
    assert rows_of(batch) == rows_of(whole.select(kept)) or not kept


def mutated(message, chance):
    """The message with some of its bytes changed, cut out or put in."""
    changed = bytearray(message)
    for _ in range(chance.choice([1, 1, 2, 5])):
        where = chance.randrange(len(changed) + 1)
        match chance.choice(["flip", "flip", "any", "insert", "cut", "end"]):
            case "flip" if changed[where:]:
                changed[where] ^= 1 << chance.randrange(8)
            case "any" if changed[where:]:
                changed[where] = chance.choice([0, 1, 2, 3, 127, 128, 255])
            case "insert":
                changed[where:where] = chance.choice(
                    [b"\0", b"\x80", b"\xff" * 9 + b"\1", b"\xfe" * 4 + b"\x0f"]
                )
            case "cut":
                del changed[where : where + chance.choice([1, 2, 8])]
            case "end":
                del changed[where:]
    return bytes(changed)


def check_any_bytes(schema, messages, decoder):
    """Each message is decoded as fastavro does, or is one that no writer writes."""
    batch, decoded = decoder.decode(messages)
    batch.validate(full=True)
    assert batch.num_rows == decoded.sum()
    rows = iter(batch.to_pylist() if decoder.schema.names else [{}] * batch.num_rows)
    for message, known in zip(messages, decoded, strict=True):
        alone, (known_alone,) = decoder.decode([message])
        assert known_alone == known
        if known:
            row = next(rows)
            assert repr(plain([row])) == rows_of(expected_of(schema, [message], decoder)) or not row
            assert alone.num_rows == 1
            assert repr(row) == repr(alone.to_pylist()[0]) or not row
        else:
            assert not is_as_written(schema, message)


def is_as_written(schema, message):
    """Whether fastavro reads a message, and writes the same bytes again."""
    try:
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, schema, reference(schema, message))
    except (ValueError, OverflowError, TypeError, IndexError):
        return False
    return stream.getvalue() == message


def check_mutated_messages(data):
    """Some messages of a schema, most of them changed."""
    kind = data.draw(record_kinds(sized=True))
    values = data.draw(st.lists(kind.values, min_size=1, max_size=5))
    schema, chance = fastavro.parse_schema(kind.schema), random.Random(data.draw(st.integers(0, 10**6)))
    messages = [encoded(kind.schema, value, chance) for value in values]
    messages = [mutated(message, chance) if chance.random() < 0.7 else message for message in messages]
    check_any_bytes(schema, messages, Decoder(kind.schema))


@quick
@given(st.data())
def test_any_other_bytes_are_broken_messages_and_change_no_other_row(data):
    check_mutated_messages(data)


@pytest.mark.fuzz
@pytest.mark.skipif(not SECONDS, reason="FINK_FUZZ_SECONDS says for how long")
@pytest.mark.timeout(SECONDS + 300)
def test_any_other_bytes_for_as_long_as_asked():
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        number = random.SystemRandom().randrange(10**9)
        print(f"seed {number}")
        seed(number)(settings(quick, max_examples=500)(given(st.data())(check_mutated_messages)))()


@quick
@given(record_kinds(sized=True), st.lists(st.binary(max_size=40), max_size=6))
def test_random_bytes_are_broken_messages_or_rows(kind, messages):
    check_any_bytes(fastavro.parse_schema(kind.schema), messages, Decoder(kind.schema))

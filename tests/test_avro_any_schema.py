# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Messages of any schema are decoded as fastavro decodes them; any other bytes are broken messages."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

fastavro = pytest.importorskip("fastavro")
pa = pytest.importorskip("pyarrow")

from avro_schemas import encoded, record_kinds, reference  # noqa: E402

from astroquery_fink.avro import Decoder  # noqa: E402

SECONDS = float(os.environ.get("FINK_FUZZ_SECONDS", "0"))

quick = settings(
    deadline=None,
    max_examples=150,
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


@quick
@given(st.data())
def test_messages_of_any_schema_are_decoded_as_fastavro_does(data):
    kind = data.draw(record_kinds())
    values = data.draw(st.lists(kind.values, max_size=8))
    schema, chance = fastavro.parse_schema(kind.schema), random.Random(data.draw(st.integers(0, 99)))
    messages = [encoded(kind.schema, value, chance) for value in values]
    decoder = Decoder(kind.schema)
    batch, decoded = decoder.decode(messages)
    expected = pa.RecordBatch.from_pylist(
        [reference(schema, message) for message in messages], decoder.schema
    )
    batch.validate(full=True)
    assert decoded.all()
    assert batch.schema == decoder.schema
    assert rows_of(batch) == rows_of(expected) if kind.schema["fields"] else batch.num_rows == len(values)

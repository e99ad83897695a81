# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Avro messages become Arrow columns: types, exact values, and bytes that are no message."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import pytest

fastavro = pytest.importorskip("fastavro")
pa = pytest.importorskip("pyarrow")

from avro_schemas import blocks, encoded, reference, varint  # noqa: E402

from astroquery_fink.avro import Decoder  # noqa: E402
from astroquery_fink.exceptions import FinkQueryError  # noqa: E402

TREE = {
    "type": "record",
    "name": "Tree",
    "fields": [
        {"name": "name", "type": "string"},
        {"name": "parts", "type": {"type": "array", "items": "Tree"}},
    ],
}


DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 0}


def schema_of(*kinds):
    """The schema of a record with these types of fields: a, b, c..."""
    fields = [{"name": name, "type": kind} for name, kind in zip("abcdef", kinds, strict=False)]
    return {"type": "record", "name": "alert", "fields": fields}


def record(*kinds, name="inner"):
    """A record in a record."""
    return schema_of(*kinds) | {"name": name}


def array(items):
    return {"type": "array", "items": items}


def values_of(kind, *messages):
    """The values of the only field of some messages, all of which can be decoded."""
    rows, decoded = Decoder(schema_of(kind)).decode(messages)
    rows.validate(full=True)
    assert decoded.all()
    return rows.column(0)


# Types


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("null", pa.null()),
        ("boolean", pa.bool_()),
        ("int", pa.int32()),
        ("long", pa.int64()),
        ("float", pa.float32()),
        ("double", pa.float64()),
        ("bytes", pa.binary()),
        ("string", pa.string()),
        (["null", "double"], pa.float64()),
        (["double", "null"], pa.float64()),
        (["double"], pa.float64()),
        (["null"], pa.null()),
        ({"type": "string"}, pa.string()),
        ({"type": "fixed", "name": "n", "size": 5}, pa.binary(5)),
        ({"type": "enum", "name": "n", "symbols": ["A"]}, pa.string()),
        (array("int"), pa.list_(pa.int32())),
        ({"type": "map", "values": "float"}, pa.map_(pa.string(), pa.float32())),
        (record("int", ["float", "null"]), pa.struct([("a", pa.int32()), ("b", pa.float32())])),
        ({"type": "int", "logicalType": "date"}, pa.date32()),
        ({"type": "int", "logicalType": "time-millis"}, pa.time32("ms")),
        ({"type": "long", "logicalType": "time-micros"}, pa.time64("us")),
        ({"type": "long", "logicalType": "timestamp-millis"}, pa.timestamp("ms", "UTC")),
        ({"type": "long", "logicalType": "timestamp-micros"}, pa.timestamp("us", "UTC")),
        ({"type": "long", "logicalType": "local-timestamp-micros"}, pa.timestamp("us")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}, pa.decimal128(5, 2)),
        ({"type": "bytes", "logicalType": "decimal", "precision": 50}, pa.decimal256(50, 0)),
        ({"type": "bytes", "logicalType": "decimal", "precision": 77}, pa.binary()),
        ({"type": "string", "logicalType": "uuid"}, pa.string()),
        ({"type": "long", "logicalType": "no-such-type"}, pa.int64()),
        (["null", "int", "string"], pa.struct([("member0", pa.int32()), ("member1", pa.string())])),
        (["null", TREE], pa.string()),
    ],
    ids=str,
)
def test_each_avro_type_has_an_arrow_type(kind, expected):
    assert Decoder(schema_of(kind)).schema == pa.schema([("a", expected)])
    assert Decoder(json.dumps(schema_of(kind))).schema == pa.schema([("a", expected)])


def test_fields_are_in_the_order_of_the_packet():
    names = ["z", "b", "a"]
    schema = {"type": "record", "name": "n", "fields": [{"name": name, "type": "int"} for name in names]}
    assert Decoder(schema).schema.names == names


def test_a_named_type_can_be_used_again():
    schema = schema_of(record(["float", "null"]), ["inner", "null"])
    rows, _ = Decoder(schema).decode([b"\2" + b"\0\2", b"\2\2"])
    assert rows.to_pylist() == [{"a": {"a": None}, "b": {"a": None}}, {"a": {"a": None}, "b": None}]


# Values


@pytest.mark.parametrize("order", [1, -1])
def test_long_integers_are_exact(order):
    numbers = [0, -1, 1, 63, 64, -64, -65, 2**53 + 1, 2**62, 2**63 - 1, -(2**63)]
    numbers += [
        number for bits in range(7, 63, 7) for number in (2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1)
    ]
    numbers = numbers[::order]
    assert values_of("long", *map(varint, numbers)).to_pylist() == numbers
    assert values_of(["long", "null"], *[b"\0" + varint(number) for number in numbers]).to_pylist() == numbers
    assert values_of(array("long"), blocks([*map(varint, numbers)], None)).to_pylist() == [numbers]


@pytest.mark.parametrize(("kind", "bits"), [("float", "<u4"), ("double", "<u8")])
def test_floats_keep_all_their_bits(kind, bits):
    words = np.array([0, 1, -1, 0x7FC00001, 0x7FA00001, 0x80000000, 0x7FF0000000000001, 12345], "i8").astype(
        bits
    )
    found = values_of(kind, *[word.tobytes() for word in words])
    assert found.to_numpy().view(bits).tolist() == words.tolist()
    found = values_of([kind, "null"], *[b"\0" + word.tobytes() for word in words])
    assert found.to_numpy().view(bits).tolist() == words.tolist()
    assert found.null_count == 0


def test_a_record_that_is_null_is_not_a_record_of_nulls():
    kind = [record(["float", "null"], ["string", "null"]), "null"]
    assert values_of(kind, b"\2", b"\0\2\2").to_pylist() == [None, {"a": None, "b": None}]
    assert values_of(kind, b"\2", b"\0\2\2").is_null().to_pylist() == [True, False]


def test_dates_and_times_are_those_of_fastavro():
    kinds = {
        "date": ("int", [0, 20_000, -1], date(2024, 10, 4)),
        "time-millis": ("int", [0, 3_600_001, 86_399_999], time(1, 0, 0, 1000)),
        "time-micros": ("long", [0, 3_600_000_001], time(1, 0, 0, 1)),
        "timestamp-millis": (
            "long",
            [0, 1_700_000_000_001, -1],
            datetime(2023, 11, 14, 22, 13, 20, 1000, UTC),
        ),
        "timestamp-micros": ("long", [0, 1_700_000_000_000_001], datetime(2023, 11, 14, 22, 13, 20, 1, UTC)),
        "local-timestamp-millis": ("long", [0, 1_700_000_000_001], datetime(2023, 11, 14, 22, 13, 20, 1000)),
        "local-timestamp-micros": ("long", [0, 1_700_000_000_000_001], datetime(2023, 11, 14, 22, 13, 20, 1)),
    }
    for name, (kind, numbers, second) in kinds.items():
        schema = schema_of({"type": kind, "logicalType": name})
        rows, _ = Decoder(schema).decode([varint(number) for number in numbers])
        parsed = fastavro.parse_schema(schema)
        assert rows.to_pylist() == [reference(parsed, varint(number)) for number in numbers]
        assert rows.column(0)[1].as_py() == second


def test_times_that_python_cannot_tell_are_kept():
    far = values_of({"type": "long", "logicalType": "timestamp-millis"}, varint(2**62))
    assert far.cast(pa.int64()).to_pylist() == [2**62]
    assert values_of({"type": "int", "logicalType": "date"}, varint(-(2**31))).cast(
        pa.int32()
    ).to_pylist() == [-(2**31)]


def test_decimals_are_exact():
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 3}
    most = 10**38 - 1
    messages = [varint(17) + number.to_bytes(17, "big", signed=True) for number in (most, -most, 1500)]
    nines = "9" * 35 + ".999"
    assert values_of(kind, *messages).to_pylist() == [Decimal(nines), Decimal(f"-{nines}"), Decimal("1.500")]
    fixed = {"type": "fixed", "name": "n", "size": 2, "logicalType": "decimal", "precision": 4, "scale": 2}
    assert values_of(["null", fixed], b"\2\xff\xfe", b"\0").to_pylist() == [Decimal("-0.02"), None]


def test_a_decimal_with_more_digits_than_its_precision_breaks_its_message():
    rows, decoded = Decoder(schema_of(DECIMAL)).decode([b"\2\x63", b"\2\x64", b"\2\x01"])
    assert rows.to_pylist() == [{"a": Decimal(99)}, {"a": Decimal(1)}]
    assert decoded.tolist() == [True, False, True]
    kind = DECIMAL | {"type": "fixed", "name": "n", "size": 1}
    rows, decoded = Decoder(schema_of(kind)).decode([b"\x63", b"\x64", b"\x01"])
    assert rows.to_pylist() == [{"a": Decimal(99)}, {"a": Decimal(1)}]
    assert decoded.tolist() == [True, False, True]


@pytest.mark.parametrize("times", [1, 30])
def test_blocks_of_lists_may_have_their_size_or_not(times):
    ones, two = [b"\2"] * 3 * times, [b"\4"]
    with_size = varint(-3 * times) + varint(3 * times) + b"".join(ones)
    several = with_size + varint(1) + two[0] + with_size + b"\0"
    whole = values_of(array("int"), several, b"\0", blocks(two, None))
    assert whole.to_pylist() == [[1] * 3 * times + [2] + [1] * 3 * times, [], [2]]


def test_long_lists_among_short_ones_are_as_fastavro_reads_them():
    kind = record(
        ["float", "null"], ["null", "string"], array(["null", "long"]), {"type": "map", "values": "int"}
    )
    item = {"a": 1.5, "b": "é", "c": [1, None, 2**60], "d": {"x": 1, "y": -1}}
    other = {"a": None, "b": None, "c": [], "d": {}}
    schema = schema_of([array(kind), "null"], "int")
    lists = [[item], [item, other] * 300, None, [], [other, item] * 4, [item] * 41, [other]] * 2
    messages = [encoded(schema, {"a": items, "b": 7}) for items in lists]
    rows, decoded = Decoder(schema).decode(messages)
    rows.validate(full=True)
    assert decoded.all()
    assert rows.equals(pa.RecordBatch.from_pylist([{"a": items, "b": 7} for items in lists], rows.schema))


def test_values_of_a_union_of_several_types_are_members_of_a_struct():
    kind = ["null", "int", "string", record("float")]
    messages = [b"\2\4", b"\0", b"\4\2x", b"\6\0\0\xc0\x3f"]
    none = {"member0": None, "member1": None, "member2": None}
    expected = [none | {"member0": 2}, None, none | {"member1": "x"}, none | {"member2": {"a": 1.5}}]
    assert values_of(kind, *messages).to_pylist() == expected
    assert values_of(array(kind), blocks(messages, None), b"\0").to_pylist() == [expected, []]
    assert values_of(array(kind), blocks(messages * 9, None)).to_pylist() == [expected * 9]


def test_recursive_records_are_texts_in_json():
    tree = {
        "name": "é",
        "parts": [{"name": "b", "parts": []}, {"name": "c", "parts": [{"name": "d", "parts": []}]}],
    }

    def bytes_of(tree):
        return encoded("string", tree["name"]) + blocks([bytes_of(part) for part in tree["parts"]], None)

    found = values_of(["null", TREE], b"\2" + bytes_of(tree), b"\0", b"\2" + bytes_of(tree))
    assert [None if text is None else json.loads(text) for text in found.to_pylist()] == [tree, None, tree]
    found, _ = Decoder(TREE).decode([bytes_of(tree)])
    assert [json.loads(text) for text in found.column("parts")[0].as_py()] == tree["parts"]


def test_json_has_bytes_as_characters_and_maps_as_objects():
    kind = record("bytes", DECIMAL, {"type": "map", "values": "inner"})
    value = b"\4\0\xff\2\x0f"
    expected = '{"a": "\\u0000ÿ", "b": "15", "c": {}}'
    assert values_of(kind, value + b"\0").to_pylist() == [expected]
    found = values_of(kind, value + b"\2\2x" + value + b"\0\0")
    assert found.to_pylist() == [expected.replace("{}", f'{{"x": {expected}}}')]


# Fields that are left out


def test_fields_of_inner_records_are_not_left_out():
    decoder = Decoder(schema_of("int", record("int", "float")), leave_out=["a", "missing"])
    rows, _ = decoder.decode([b"\2\4\0\0\0\0"])
    assert decoder.schema.names == ["b"]
    assert rows.to_pylist() == [{"b": {"a": 2, "b": 0.0}}]


def test_any_type_can_be_left_out():
    kinds = "bytes", ["null", TREE], array(["int", "string"])
    message = b"\6abc" + b"\2\2x\0" + b"\4\0\2\2\2y\0"
    rows, decoded = Decoder(schema_of(*kinds, "int"), leave_out=["a", "b", "c"]).decode(
        [message + b"\2", message]
    )
    assert rows.to_pylist() == [{"d": 1}]
    assert decoded.tolist() == [True, False]


def test_the_name_of_one_field_can_be_left_out():
    assert Decoder(schema_of("int", "int"), leave_out="ab").schema.names == ["a", "b"]
    assert Decoder(schema_of("int", "int"), leave_out="a").schema.names == ["b"]


@pytest.mark.parametrize("copies", [1, 20])
def test_text_that_is_left_out_need_not_be_valid(copies):
    kind = array({"type": "map", "values": ["string", DECIMAL]})
    message = b"\x28" + b"\4\2\xff\0\2\xff\2a\2\4\x7f\xff\0" * 20 + b"\0\2"
    decoder = Decoder(schema_of(kind, "int"), leave_out=["a"])
    assert decoder.decode([message] * copies)[0].to_pylist() == [{"b": 1}] * copies
    assert not Decoder(schema_of(kind, "int")).decode([message] * copies)[1].any()


def test_rows_without_columns_are_counted():
    rows, decoded = Decoder(schema_of("int"), leave_out=["a"]).decode([b"\2", b"", b"\4"])
    assert rows.num_rows == 2
    assert decoded.tolist() == [True, False, True]


# No messages, no bytes, no fields


def test_no_messages_are_no_rows():
    rows, decoded = Decoder(schema_of("int", array("string"))).decode([])
    assert rows.num_rows == 0
    assert rows.schema.names == ["a", "b"]
    assert decoded.tolist() == []
    assert decoded.dtype == bool


def test_messages_of_no_bytes_are_rows_of_a_record_without_fields():
    rows, decoded = Decoder(schema_of()).decode([b"", b"\0", b""])
    assert rows.num_rows == 2
    assert decoded.tolist() == [True, False, True]
    rows, decoded = Decoder(schema_of("null", record())).decode([b"", b"\0", b""])
    assert rows.to_pylist() == [{"a": None, "b": {}}] * 2
    assert decoded.tolist() == [True, False, True]


def test_messages_that_are_all_broken_are_no_rows():
    rows, decoded = Decoder(schema_of("int")).decode([b"", b"\x80", b"\0\0"])
    assert rows.num_rows == 0
    assert rows.schema.names == ["a"]
    assert not decoded.any()


def test_items_without_bytes_are_counted():
    assert values_of(array("null"), varint(1000) + b"\0", b"\0").to_pylist() == [[None] * 1000, []]
    assert values_of(array(array(record())), b"\4" + b"\6\0" + b"\0" + b"\0").to_pylist() == [[[{}] * 3, []]]


def test_nesting_may_be_deep():
    kind, value, message = "int", 1, b"\2"
    for level in range(30):
        kind = array(["null", record(kind, name=f"n{level}")])
        value, message = [{"a": value}, None], b"\4\2" + message + b"\0\0"
    assert values_of(kind, message, message).to_pylist() == [value, value]


# Bytes that are no message

INT, LONG, WORD, BYTES = ("int", b"\4"), ("long", b"\4"), ("string", b"\2a"), ("bytes", b"\2a")
TIME = {"type": "int", "logicalType": "time-millis"}, b"\2"
ENUM = {"type": "enum", "name": "n", "symbols": ["A", "B"]}, b"\2"
MAP = {"type": "map", "values": "int"}, b"\2\2a\2\0"
INTS, NULLS, LISTS = (array("int"), b"\2\2\0"), (array("null"), b"\2\0"), (array(array("null")), b"\2\0\0")
DOUBLES = record(*["double"] * 6), bytes(48)
BROKEN = {
    "nothing": (INT, b""),
    "a number that goes on": (INT, b"\x80"),
    "a number with a useless byte": (INT, b"\x82\0"),
    "a number with more useless bytes": (LONG, b"\x82" + b"\x80" * 8 + b"\0"),
    "a number of eleven bytes": (LONG, b"\xff" * 10 + b"\1"),
    "a number of 65 bits": (LONG, b"\xff" * 9 + b"\2"),
    "a number of ten bytes that goes on": (LONG, b"\xff" * 9 + b"\x81\0"),
    "an int of 33 bits": (INT, b"\x80\x80\x80\x80\x10"),
    "an int below the least": (INT, b"\x81\x80\x80\x80\x10"),
    "a time of the next day": (TIME, varint(86_400_000)),
    "a negative time": (TIME, varint(-1)),
    "a third boolean": (("boolean", b"\1"), b"\2"),
    "a third branch": ((["int", "null"], b"\2"), b"\4"),
    "a negative branch": ((["int", "null"], b"\2"), b"\1\2"),
    "a third branch for a double": ((["double", "null"], b"\2"), b"\4"),
    "another branch of one": ((["int"], b"\0\2"), b"\2\2"),
    "a fourth branch": ((["int", "string", "null"], b"\4"), b"\6"),
    "a negative branch of three": ((["int", "string", "null"], b"\4"), b"\1"),
    "an unknown word": (ENUM, b"\4"),
    "a negative word": (ENUM, b"\1"),
    "half a float": (("float", bytes(4)), b"\0\0"),
    "half a fixed": (({"type": "fixed", "name": "n", "size": 2000}, bytes(2000)), b"\0\0"),
    "half a record of doubles": (DOUBLES, b"\0" * 41),
    "a short text": (WORD, b"\6ab"),
    "a text of negative length": (WORD, b"\1a"),
    "a text of all that can be": (WORD, varint(2**63 - 1) + b"a"),
    "a text of the least length": (WORD, varint(-(2**63)) + b"a"),
    "bytes as long as the batch": (BYTES, varint(40)),
    "text in Latin-1": (WORD, b"\4\xe9a"),
    "half a surrogate": (WORD, b"\6\xed\xa0\x80"),
    "an overlong slash": (WORD, b"\4\xc0\xaf"),
    "a character beyond Unicode": (WORD, b"\x08\xf4\x90\x80\x80"),
    "a key in Latin-1": (MAP, b"\2\2\xff\2\0"),
    "a list without an end": (INTS, b"\2\2"),
    "a list of too many items": (INTS, b"\x14\2\2\0"),
    "2**60 items": (INTS, varint(2**60) + b"\2\0"),
    "2**60 nulls": (NULLS, varint(2**60) + b"\0"),
    "2**60 nulls in a list": (LISTS, b"\2" + varint(2**60) + b"\0\0"),
    "2**60 empty records": ((array(record()), b"\2\0"), varint(-(2**60)) + b"\0\0"),
    "2**60 pairs": (({"type": "map", "values": "null"}, b"\2\2a\0"), varint(2**60) + b"\2x\0"),
    "10,000 nulls": (NULLS, varint(10_000) + b"\0"),
    "10,000 nulls in blocks": (NULLS, varint(100) * 100 + b"\0"),
    "many nulls in many lists": (LISTS, varint(20) + (varint(100) + b"\0") * 20 + b"\0"),
    "the least number of items": (INTS, varint(-(2**63)) + b"\0\0"),
    "a block of negative size": (INTS, b"\1\1\2\0"),
    "a block without its size": (INTS, b"\1"),
    "blocks that go on": (INTS, b"\2\2" * 50),
    "a long list with a bad item": ((array("boolean"), b"\2\1\0"), varint(60) + b"\1" * 59 + b"\2\0"),
    "a long list of nulls at last": (LISTS, varint(60) + b"\0" * 59 + varint(2**60) + b"\0\0"),
    "a tree that goes on": ((TREE, b"\2a\0"), b"\2x\2" * 40),
    "a tree of 100,000 levels": ((TREE, b"\2a\0"), b"\0\2" * 100_000 + b"\0\0" * 100_001),
}


@pytest.mark.parametrize(("good", "broken"), BROKEN.values(), ids=BROKEN)
def test_a_broken_message_has_no_row_and_changes_no_other(good, broken):
    kind, value = good
    decoder = Decoder(schema_of("string", kind, "string"))
    usual, other = (b"\4ab" + one + b"\2c" for one in (value, broken))
    expected, decoded = decoder.decode([usual] * 2)
    assert decoded.all()
    for messages in ([usual, other, usual], [other], [other, usual, other, usual, other], [other] * 12):
        rows, decoded = decoder.decode(messages)
        rows.validate(full=True)
        assert decoded.tolist() == [one is usual for one in messages]
        assert rows.equals(expected.slice(0, rows.num_rows))


@pytest.mark.parametrize(("good", "broken"), BROKEN.values(), ids=BROKEN)
def test_items_that_are_read_one_by_one_are_broken_alike(good, broken):
    kind, value = good
    decoder = Decoder(schema_of(array(kind), "string"))
    usual, other = (varint(30) + value * 15 + one + value * 14 + b"\0\2c" for one in (value, broken))
    few, together = decoder.decode([usual, other]), decoder.decode([usual, other] * 20)
    assert few[1].tolist() == [True, False]
    assert together[1].tolist() == [True, False] * 20
    assert together[0].slice(7, 1).equals(few[0])


@pytest.mark.parametrize("size", [1, 20])
def test_a_batch_of_bytes_that_mean_nothing_ends_soon(size):
    kinds = (
        array(array(array(["null", "long"]))),
        {"type": "map", "values": array(DOUBLES[0])},
        array("string"),
    )
    decoder, chance = Decoder(schema_of(*kinds)), np.random.default_rng(1)
    for least, most in ((0, 256), (0, 3), (1, 8), (128, 256)):
        messages = [chance.integers(least, most, 20_000, dtype=np.uint8).tobytes() for _ in range(size)]
        assert not decoder.decode(messages)[1].any()


# Schemas


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("not JSON", "is not an Avro schema"),
        ('"string"', "is not the Avro schema of a record"),
        ({"type": "array", "items": "int"}, "is not the Avro schema of a record"),
        ([], "is not the Avro schema of a record"),
        (None, "is not an Avro schema"),
        ({"type": "record", "fields": []}, "is not an Avro schema"),
        (schema_of("no_such_type"), "is not an Avro schema .*no_such_type"),
        (schema_of([]), "a union of no types"),
        (schema_of({"type": "fixed", "name": "n", "size": -1}), "size -1"),
        (schema_of({"type": "fixed", "name": "n", "size": "x"}), "is not an Avro schema"),
        (schema_of({"type": "enum", "name": "n"}), "is not an Avro schema"),
        (schema_of({"type": "bytes", "logicalType": "decimal", "precision": "x"}), "is not an Avro schema"),
        (schema_of(["int", {"type": "array"}]), "is not an Avro schema"),
        (
            {"type": "record", "name": "n", "fields": [{"name": "a", "type": "int"}] * 2},
            "two fields 'a' in 'n'",
        ),
        ("[" * 100_000, "is not an Avro schema"),
    ],
    ids=str,
)
def test_what_is_no_schema_of_a_record_is_an_error(schema, message):
    with pytest.raises(FinkQueryError, match=message):
        Decoder(schema)


def test_default_values_do_not_matter():
    schema = {"type": "record", "name": "n", "fields": [{"name": "a", "type": "int", "default": None}]}
    assert Decoder(schema).decode([b"\2"])[0].to_pylist() == [{"a": 1}]


def test_a_schema_of_too_many_levels_or_values_is_an_error():
    kind = "int"
    for _ in range(120):
        kind = array(kind)
    with pytest.raises(FinkQueryError, match="more than 100 levels"):
        Decoder(schema_of(kind))
    kinds = [record(*["int"] * 6, name="n0")]
    kinds += [record(*[f"n{number}"] * 6, name=f"n{number + 1}") for number in range(20)]
    with pytest.raises(FinkQueryError, match="more than 20,000 values"):
        Decoder(schema_of(*kinds[:6]) | {"fields": [{"name": kind["name"], "type": kind} for kind in kinds]})


def test_too_many_bytes_for_one_batch_are_an_error():
    with pytest.raises(FinkQueryError, match="1,100 messages of 1,100,000,000 bytes: decode at most"):
        Decoder(schema_of("bytes")).decode([bytes(1_000_000)] * 1100)

"""Bytes of packets: bare Avro, without a container, a magic byte or the number of a schema."""

import io
from collections.abc import Callable
from typing import Any

import fastavro

__all__ = ["encoder", "long_bytes"]


def encoder(schema: dict[str, Any]) -> Callable[[Any], bytes]:
    """The function that encodes values of a schema."""
    parsed = fastavro.parse_schema(schema)

    def encode(packet: Any) -> bytes:
        content = io.BytesIO()
        fastavro.schemaless_writer(content, parsed, packet)
        return content.getvalue()

    return encode


def long_bytes(number: int) -> bytes:
    """An integer in Avro: seven bits a byte, the sign in the lowest bit."""
    content = io.BytesIO()
    fastavro.schemaless_writer(content, "long", number)
    return content.getvalue()

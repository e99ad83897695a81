"""Many alerts, fast: copies of encoded packets with other ids and positions, without encoding them again."""

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .encode import long_bytes
from .source import Identity

__all__ = ["Template", "copied"]

TURN = 137.50776405  # degrees by which each copy of the sky is turned about the pole
SHORTEST = 8  # bytes; shorter values may be anywhere in a packet


class Template:
    """An encoded packet, cut at the values in which copies differ."""

    def __init__(self, message: bytes, packet: Mapping[str, Any], identity: Identity):
        names = identity.object, identity.alert, identity.ra
        marks = {_encoded(value): (name, value) for name in names for value in _values(packet, name)}
        self.message = message
        self.objects = [value for name, value in marks.values() if name == identity.object]
        self._pieces = _cut(message, {mark: one for mark, one in marks.items() if len(mark) >= SHORTEST})

    def copy(self, new: Callable[[str, Any], str | int | float]) -> bytes:
        """The packet with new values, which `new` makes from the name and the value of a field."""
        pieces = (one if isinstance(one, bytes) else _encoded(new(*one)) for one in self._pieces)
        return b"".join(pieces)


def copied(templates: Sequence[Template], identity: Identity, times: int) -> Iterator[bytes]:
    """All packets, then copies of them: other alerts of other objects with the same times and brightness."""
    yield from (one.message for one in templates)
    known = dict.fromkeys(value for one in templates for value in one.objects)
    objects = {value: number for number, value in enumerate(known)}
    for turn in range(times):
        for number, template in enumerate(templates):
            alert = identity.first_alert + turn * len(templates) + number

            def new(name: str, value: Any, turn: int = turn, alert: int = alert) -> str | int | float:
                if name == identity.object:
                    return identity.new_object(turn * len(objects) + objects[value])
                return alert if name == identity.alert else (value + (turn + 1) * TURN) % 360

            yield template.copy(new)


def _values(packet: Mapping[str, Any], name: str) -> list[Any]:
    """Different values of the fields of a name, in the packet and in its records."""
    places = [packet, *(value for value in packet.values() if isinstance(value, dict))]
    found = [place[name] for place in places if place.get(name) is not None]
    return list(dict.fromkeys(found))


def _encoded(value: str | int | float) -> bytes:
    """A text without its length, an integer or a double in Avro."""
    if isinstance(value, str):
        return value.encode()
    return long_bytes(value) if isinstance(value, int) else struct.pack("<d", value)


def _cut(message: bytes, marks: Mapping[bytes, tuple[str, Any]]) -> list[bytes | tuple[str, Any]]:
    """Pieces of a message, and between them the names and values of what stands there."""
    if not marks:
        return [message]
    pattern = b"(" + b"|".join(re.escape(mark) for mark in marks) + b")"
    return [marks.get(piece, piece) for piece in re.split(pattern, message)]

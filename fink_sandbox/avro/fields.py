"""Fields of alert packets, and the Avro schema that Spark makes of them: every value may be null."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Array", "Content", "Fields", "Map", "Record", "chosen"]

ROOT = "topLevelRecord"


@dataclass(frozen=True)
class Record:
    """A record with named fields."""

    fields: "Fields"


@dataclass(frozen=True)
class Array:
    """Any number of items."""

    items: "Kind"


@dataclass(frozen=True)
class Map:
    """Values by name."""

    values: "Kind"


Kind = str | Record | Array | Map
Fields = dict[str, Kind]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """What a packet consists of: its fields, and where the full packet has the value of each."""

    fields: Fields
    paths: Mapping[str, Path]

    @property
    def roots(self) -> list[str]:
        """Fields of the full packet that are needed."""
        return list(dict.fromkeys(path[0] for path in self.paths.values()))

    @property
    def schema(self) -> dict[str, Any]:
        """Avro schema."""
        return _record(ROOT, "", self.fields)

    def pick(self, full: Mapping[str, Any]) -> dict[str, Any]:
        """The packet of an alert, from the needed fields of the full one."""
        return {
            name: full[path[0]] if len(path) == 1 else full[path[0]][path[1]]
            for name, path in self.paths.items()
        }


def chosen(full: Fields, words: Iterable[str]) -> Content:
    """
    Fields of the full packet by name; a member of a record (``"record.member"``) stands outside of it.

    `ValueError` if there is no such field, or if two have the same last name.
    """
    fields: Fields = {}
    paths: dict[str, Path] = {}
    for word in dict.fromkeys(words):
        path = tuple(word.split("."))
        if path[-1] in fields:
            raise ValueError(
                f"content: two fields are named {path[-1]!r}: {'.'.join(paths[path[-1]])}, {word}"
            )
        fields[path[-1]] = _kind(full, path, word)
        paths[path[-1]] = path
    return Content(fields, paths)


def _kind(full: Fields, path: Path, word: str) -> Kind:
    """The type of a field of the full packet."""
    found = full.get(path[0])
    if len(path) == 2 and isinstance(found, Record):
        found = found.fields.get(path[1])
    elif len(path) != 1:
        found = None
    if found is None:
        raise ValueError(f"content: the alerts have no field {word!r}; they have {', '.join(full)}")
    return found


def _record(name: str, namespace: str, fields: Fields) -> dict[str, Any]:
    inside = f"{namespace}.{name}" if namespace else name
    members = [{"name": one, "type": _nullable(kind, one, inside)} for one, kind in fields.items()]
    head = {"type": "record", "name": name} | ({"namespace": namespace} if namespace else {})
    return head | {"fields": members}


def _nullable(kind: Kind, name: str, namespace: str) -> list[Any]:
    return [_type(kind, name, namespace), "null"]


def _type(kind: Kind, name: str, namespace: str) -> Any:
    if isinstance(kind, Record):
        return _record(name, namespace, kind.fields)
    if isinstance(kind, Array):
        return {"type": "array", "items": _nullable(kind.items, name, namespace)}
    if isinstance(kind, Map):
        return {"type": "map", "values": _nullable(kind.values, name, namespace)}
    return kind

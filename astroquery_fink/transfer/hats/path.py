# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Local paths, and addresses of object storage."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from ...arguments.checks import path_of
from ...arguments.types import StrPath
from ...exceptions import FinkQueryError
from ...messages import shown

__all__ = ["StoragePath", "StrURL", "location"]


class StoragePath(Protocol):
    """A ``UPath`` of universal_pathlib: an address of fsspec with its options."""

    @property
    def protocol(self) -> str:
        """Such as ``"s3"``."""
        ...

    @property
    def storage_options(self) -> Mapping[str, Any]:
        """Such as key, secret and endpoint."""
        ...


StrURL: TypeAlias = StrPath | StoragePath


def location(value: Any, argument: str) -> Any:
    """An absolute `~pathlib.Path`, or a ``UPath`` of an address such as ``"s3://bucket/catalog"``."""
    is_address = isinstance(value, str) and "://" in value
    if not is_address and not hasattr(value, "storage_options"):
        return path_of(value, argument).absolute()
    try:
        path = import_module("upath").UPath(value)
    except (ImportError, ValueError) as error:
        raise FinkQueryError(f"{argument}={shown(value)} cannot be used: {error}.") from error
    return Path(path.path).absolute() if path.protocol in ("", "file", "local") else path

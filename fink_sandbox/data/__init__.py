"""Facts and constants of the sandbox, as JSON files in this folder."""

import json
from importlib.resources import files
from typing import Any

__all__ = ["load"]


def load(name: str) -> Any:
    """Read one of the JSON files, for example ``"ztf_schema.json"``."""
    return json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))

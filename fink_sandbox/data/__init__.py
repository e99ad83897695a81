"""Facts and constants of the sandbox, kept as JSON beside this file."""

import json
from importlib.resources import files

__all__ = ["load"]


def load(name):
    """
    Read one of the JSON files.

    Parameters
    ----------
    name : str
        File name, for example ``"ztf_schema.json"``.
    """
    return json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))

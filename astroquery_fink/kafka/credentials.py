# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Addresses of brokers, from arguments or from the file that fink-client wrote at registration."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arguments.text import text_of
from ..exceptions import FinkQueryError
from ..messages import shown
from ..tables.optional import require

__all__ = ["Credentials", "credentials_file", "find_credentials"]

_GROUP = "astroquery_fink"
_REGISTER = "finkctl register --help shows how fink-client writes it"


@dataclass(frozen=True)
class Credentials:
    """
    The address of a broker, and the name of the group of consumers that read it together.

    Fink's brokers ask for neither user name nor password. Those in the file are not read.

    Parameters
    ----------
    servers : str
        Addresses ``host:port``, separated by commas.
    group : str
    max_timeout : float
        Seconds to wait for the broker, ``maxtimeout`` in the file; 0 if unknown.
    """

    servers: str
    group: str = _GROUP
    max_timeout: float = 0.0


def credentials_file(survey: str) -> Path:
    """The file that fink-client writes at registration."""
    return Path.home() / ".finkclient" / f"{survey}_credentials.yml"


def find_credentials(survey: str, servers: str | None = None, group: str | None = None) -> Credentials:
    """Those of the file if there is one; arguments win."""
    given = {"servers": _text(servers, "servers="), "group": _text(group, "group=")}
    path = credentials_file(survey)
    found: dict[str, Any] = {}
    if given["servers"] is None or path.exists():
        found = _read(path, survey, required=given["servers"] is None)
    found |= {name: value for name, value in given.items() if value is not None}
    if "servers" not in found:
        raise FinkQueryError(f"{path} has no servers: write servers: host:port into it, or give servers=.")
    return Credentials(**found)


def _read(path: Path, survey: str, required: bool) -> dict[str, Any]:
    """The servers, the group and the timeout in a file; nothing if it is not required and broken."""
    try:
        return _checked(_load(path, survey), path)
    except FinkQueryError:
        if required:
            raise
        return {}


def _load(path: Path, survey: str) -> Any:
    require(f"{path}", ["yaml"], "bulk")
    import yaml

    try:
        return yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        raise FinkQueryError(
            f"The address of Fink's broker is unknown: give servers='host:port', as in the message of Fink "
            f"after your registration, or register with fink-client, which writes it to {path} "
            f"({_REGISTER})."
        ) from None
    except OSError as error:
        raise FinkQueryError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    except (yaml.YAMLError, UnicodeDecodeError):  # their messages quote the file, which may have a password
        raise FinkQueryError(f"{path} is not valid YAML: register again with fink-client.") from None


def _checked(content: Any, path: Path) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise FinkQueryError(f"{path} has no lines such as servers: host:port; register with fink-client.")
    found: dict[str, Any] = {}
    for name, keys in {"servers": ("servers",), "group": ("groupid", "group_id")}.items():
        value = next((content[key] for key in keys if content.get(key)), None)
        if value is not None:
            found[name] = _text(str(value) if isinstance(value, int) else value, f"{path}: {keys[0]}: ")
    seconds = content.get("maxtimeout")
    if isinstance(seconds, int | float) and 0 < seconds < 1e6:
        found["max_timeout"] = float(seconds)
    return found


def _text(value: Any, argument: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | bytes) or not text_of(value):
        raise FinkQueryError(f"{argument}{shown(value)} is not text.")
    return text_of(value)

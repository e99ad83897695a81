# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Send Tables and images to TOPCAT, Aladin, DS9 and other programs, by SAMP."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xmlrpc.client import Fault

from astropy.io.fits import HDUList
from astropy.table import Table

from ..exceptions import FinkError, FinkQueryError, FinkTimeoutError
from ..messages import first_few, shown
from .files import write

__all__ = ["send_to"]

_OURSELVES = {
    "samp.name": "astroquery_fink",
    "samp.description.text": "Alerts of ZTF and Rubin from the Fink broker",
}
_LOAD_TABLE, _LOAD_IMAGE = "table.load.votable", "image.load.fits"
_DONE = ("samp.ok", "samp.warning")


def send_to(
    data: Table | HDUList,
    client: str | None = None,
    *,
    name: str | None = None,
    plain_names: bool = False,
    pad: bool = False,
    timeout: float = 60,
) -> list[str]:
    """Send a Table, or the cutouts of an alert, to programs such as TOPCAT, by SAMP.

    The programs receive the file that `write` makes: a VOTable with units, UCDs and descriptions, or a FITS
    file. The call returns when they have loaded it. A SAMP hub must be running; TOPCAT and Aladin start one.

    Parameters
    ----------
    data : `~astropy.table.Table` or `~astropy.io.fits.HDUList`
        The result of any query.
    client : str, optional
        The name of the program, or the beginning of it, in any case: ``"topcat"``. None: all programs that
        load such data.
    name : str, optional
        What the program shall call the data. None: ``"Fink"`` and the survey, as far as it is known.
    plain_names : bool, optional
        Send column names without prefix, as `plain_names` makes them: ``magpsf`` for ``i:magpsf``.
    pad : bool, optional
        The same as in `write`.
    timeout : float, optional
        How long each program may take, in seconds, rounded up.

    Returns
    -------
    names : list of str
        The names of the programs that have loaded the data.

    Raises
    ------
    FinkQueryError
        No program has this name, or it does not load such data; ``data`` is of another type, or a VOTable
        cannot hold it; or ``timeout`` is not positive.
    FinkTimeoutError
        A program did not respond in time.
    FinkError
        No hub is running, or a program could not load the data.

    References
    ----------
    SAMP: https://www.ivoa.net/documents/SAMP/

    Examples
    --------
    >>> from astroquery_fink.formats import send_to
    >>> table = Fink.query_object("ZTF99simsnia")
    >>> send_to(table, "topcat", name="supernova", plain_names=True)  # doctest: +SKIP
    ['topcat']
    """
    _check(data, timeout)
    kind = _LOAD_TABLE if isinstance(data, Table) else _LOAD_IMAGE
    name = name or _name_of(data)
    with TemporaryDirectory(prefix="fink-") as folder, _connected() as (hub, key):
        recipients = _recipients(hub, key, kind, client)
        path = _written(data, Path(folder), plain_names, pad)
        parameters = {"url": path.as_uri(), "name": name}
        parameters |= {"table-id" if kind == _LOAD_TABLE else "image-id": f"{name} {Path(folder).name}"}
        for identity, program in recipients.items():
            message = {"samp.mtype": kind, "samp.params": parameters}
            _deliver(hub, (key, identity, message), program, timeout)
    return list(recipients.values())


def _check(data: Any, timeout: float) -> None:
    if not isinstance(data, Table | HDUList):
        raise FinkQueryError(f"data={shown(data)} is neither a Table nor an HDUList.")
    if not (isinstance(timeout, int | float) and 0 < timeout < float("inf")):
        raise FinkQueryError(f"timeout={shown(timeout)} is invalid: give a positive number of seconds.")


def _name_of(data: Table | HDUList) -> str:
    if isinstance(data, HDUList):
        return f"Fink {data[0].header.get('OBJECT', 'cutouts')}"
    return f"Fink {data.meta.get('survey', '')}".strip()


def _written(data: Table | HDUList, folder: Path, plain_names: bool, pad: bool) -> Path:
    if isinstance(data, HDUList):
        path = folder / "images.fits"
        data.writeto(path)
    else:
        path = folder / "table.vot"
        write(data, path, plain_names=plain_names, pad=pad)
    return path


def samp_package() -> Any:
    """The package of pyvo 1.9, or the same of astropy, which deprecates it in version 8."""
    spec = find_spec("pyvo.samp")  # a module of another content in older pyvo
    is_package = spec is not None and spec.submodule_search_locations is not None
    return import_module("pyvo.samp" if is_package else "astropy.samp")


@contextmanager
def _connected() -> Iterator[tuple[Any, str]]:
    """The hub that is running, and the key of our registration, which ends with the context."""
    samp = samp_package()
    hub = samp.SAMPHubProxy()
    try:
        hub.connect()
        key = hub.register(hub.lockfile["samp.secret"])["samp.private-key"]
    except (samp.SAMPHubError, samp.SAMPProxyError, KeyError, OSError) as error:
        raise FinkError("No SAMP hub is running: start TOPCAT or Aladin first, they start one.") from error
    try:
        hub.declare_metadata(key, _OURSELVES)
        yield hub, key
    finally:
        with suppress(samp.SAMPProxyError, OSError):
            hub.unregister(key)
        hub.disconnect()


def _recipients(hub: Any, key: str, kind: str, client: str | None) -> dict[str, str]:
    """Identity -> name of the programs to send to; an exact name goes before a beginning."""
    able = hub.get_subscribed_clients(key, kind)
    others = hub.get_registered_clients(key)
    names = {one: hub.get_metadata(key, one).get("samp.name", one) for one in others}
    loading = {one: name for one, name in names.items() if one in able}
    wanted = _named(names, client.lower()) if client else names
    found = {one: name for one, name in loading.items() if one in wanted}
    if not found:
        raise FinkQueryError(_not_found(client, list(wanted.values()), list(loading.values()), kind))
    return found


def _named(names: dict[str, str], client: str) -> dict[str, str]:
    """Those that have this name, or else those whose names begin with it."""
    exact = {one: name for one, name in names.items() if name.lower() == client}
    return exact or {one: name for one, name in names.items() if name.lower().startswith(client)}


def _not_found(client: str | None, unable: list[str], loading: list[str], kind: str) -> str:
    """The message that names the reason and the programs that can be chosen."""
    what = "tables" if kind == _LOAD_TABLE else "images"
    if client is None:
        return f"No program on the SAMP hub loads {what}: start TOPCAT or Aladin and try again."
    reason = f"does not load {what}" if unable else "is not on the SAMP hub"
    verb = "do" if unable else f"load {what}"
    others = f"Programs that {verb}: {first_few(sorted(loading))}" if loading else f"No program loads {what}"
    return f"client={client!r} {reason}. {others}."


def _deliver(hub: Any, call: tuple[str, str, Mapping[str, Any]], program: str, timeout: float) -> None:
    """Send a message and wait until the program has loaded the file."""
    try:
        response = hub.call_and_wait(*call, str(int(-(-timeout // 1))))
    except Fault as error:
        if "Timeout" in str(error):
            raise FinkTimeoutError(
                f"{program} did not respond in {timeout:g} s: give a larger timeout, or a smaller table."
            ) from error
        raise FinkError(f"{program} could not be reached by SAMP: {error.faultString}") from error
    except OSError as error:
        raise FinkError(f"the SAMP hub ended while {program} loaded the data: {error}") from error
    if response.get("samp.status") not in _DONE:
        reason = response.get("samp.error", {}).get("samp.errortxt", "no reason given")
        raise FinkError(f"{program} could not load the data: {reason}")

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Exceptions and warnings of this package, each also a subclass of one of astroquery.

::

    FinkError                            .endpoint  .url  .payload  .status  .reason  .failed  .table
    ├── FinkQueryError                   astroquery.exceptions.InvalidQueryError, ValueError
    │   └── UnknownObjectError           unknown object, or unknown alert of an object
    ├── FinkServiceError                 astroquery.exceptions.RemoteServiceError
    └── FinkTimeoutError                 astroquery.exceptions.TimeoutError

    FailedIdsWarning                     astroquery.exceptions.NoResultsWarning
    StaleResponseWarning                 astroquery.exceptions.CorruptDataWarning

Code written for any astroquery module can catch them under the names of astroquery.
"""

from collections.abc import Iterable
from typing import Any

from astropy.table import Table
from astroquery.exceptions import (
    CorruptDataWarning,
    InvalidQueryError,
    NoResultsWarning,
    RemoteServiceError,
    TimeoutError,
)

__all__ = [
    "FailedIdsWarning",
    "FinkError",
    "FinkQueryError",
    "FinkServiceError",
    "FinkTimeoutError",
    "StaleResponseWarning",
    "UnknownObjectError",
]


class FinkError(Exception):
    """The base class of all errors of this package.

    Parameters
    ----------
    message : str
        What happened, with which request, and the remedy.
    endpoint : str, optional
        The endpoint below ``/api/v1/``; None if nothing was sent.
    url : str, optional
        The address of the request.
    payload : dict, optional
        The arguments of the request as they were sent; None if it has none.
    status : int, optional
        The HTTP status of the response; None if there was no response.
    reason : str, optional
        The message of the server.
    failed : list, optional
        In a query for many objects: the ids for which the server failed.
    table : `~astropy.table.Table`, optional
        In a query for many objects: the rows of the other objects; None if there are none.

    Examples
    --------
    >>> from astroquery_fink.exceptions import FinkError
    >>> try:
    ...     Fink.query_sso("Nosuchname")
    ... except FinkError as error:
    ...     print(error.endpoint, error.status, error.payload["n_or_d"])
    sso 400 Nosuchname
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str | None = None,
        url: str | None = None,
        payload: dict[str, Any] | None = None,
        status: int | None = None,
        reason: str | None = None,
        failed: Iterable[Any] = (),
        table: Table | None = None,
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.url = url
        self.payload = payload
        self.status = status
        self.reason = reason
        self.failed: list[Any] = list(failed)
        self.table = table
        self._explained = False  # set once the client has looked for the reason in the server's description

    def of_request(self) -> dict[str, Any]:
        """Get the facts of the request and its response, as keywords for another error.

        Returns
        -------
        facts : dict
            ``endpoint``, ``url``, ``payload``, ``status`` and ``reason``.
        """
        return {name: getattr(self, name) for name in ("endpoint", "url", "payload", "status", "reason")}


class FinkQueryError(FinkError, InvalidQueryError, ValueError):
    """The query is invalid: an argument is wrong, or the server refused the request.

    Examples
    --------
    >>> from astroquery_fink.exceptions import FinkQueryError
    >>> try:
    ...     Fink.query_class("SN candidate", trend="risng")
    ... except FinkQueryError as error:
    ...     print(error)
    trend='risng' is unknown to Fink. Valid values: rising, fading, low_state, new_low_state.
    """


class UnknownObjectError(FinkQueryError):
    """Fink has no alert of this object, or the alert belongs to another object.

    Examples
    --------
    >>> from astroquery_fink.exceptions import UnknownObjectError
    >>> try:
    ...     Fink.get_cutouts("ZTF21aaxtctv")
    ... except UnknownObjectError as error:
    ...     print(error)
    Fink has no alert of ZTF21aaxtctv (server: http://127.0.0.1...).
    """


class FinkServiceError(FinkError, RemoteServiceError):
    """The server failed, could not be reached, or sent an invalid response."""


class FinkTimeoutError(FinkError, TimeoutError):
    """There was no complete response in the time allowed."""


class FailedIdsWarning(NoResultsWarning):
    """The server failed for some ids of a query; the message names them.

    Examples
    --------
    >>> import warnings
    >>> from astroquery_fink import FinkClass, conf
    >>> from astroquery_fink.exceptions import FailedIdsWarning
    >>> nowhere = FinkClass(server="http://127.0.0.1:9")
    >>> with warnings.catch_warnings(), conf.set_temp("attempts", 1):
    ...     warnings.simplefilter("ignore", FailedIdsWarning)
    ...     table = nowhere.query_objects("ZTF21aaxtctv, ZTF99simsnia", on_error="warn", cache=False)
    >>> table.meta["failed"]
    ['ZTF21aaxtctv', 'ZTF99simsnia']
    """


class StaleResponseWarning(CorruptDataWarning):
    """The server failed, and an expired response from the cache was used instead.

    Examples
    --------
    Allow expired responses, and show each warning:

    >>> import warnings
    >>> from astroquery_fink import conf
    >>> from astroquery_fink.exceptions import StaleResponseWarning
    >>> with warnings.catch_warnings(), conf.set_temp("stale_if_error", True):
    ...     warnings.simplefilter("always", StaleResponseWarning)
    ...     table = Fink.query_object("ZTF99simsnia", columns="jd,magpsf")
    """

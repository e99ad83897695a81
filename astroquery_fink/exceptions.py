# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Errors that mean something, each also an error of astroquery.

::

    FinkError                            .endpoint  .url  .status  .reason  .failed  .table
    ├── FinkQueryError                   astroquery.exceptions.InvalidQueryError, ValueError
    │   └── UnknownObjectError           no such object, or no such alert of it
    ├── FinkServiceError                 astroquery.exceptions.RemoteServiceError
    └── FinkTimeoutError                 astroquery.exceptions.TimeoutError

    FailedIdsWarning                     astroquery.exceptions.NoResultsWarning
    StaleResponseWarning                    astroquery.exceptions.CorruptDataWarning

Code written for any astroquery module catches them by astroquery's names.
"""

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
    """Anything that went wrong between the user and Fink.

    Parameters
    ----------
    message : str
        What happened, what was asked, and what to do about it.
    endpoint : str, optional
        The question's place below ``/api/v1/``; None where nothing was sent.
    url : str, optional
        The address that was asked.
    status : int, optional
        The HTTP status of the reply; None where there was no reply.
    reason : str, optional
        The server's own words.
    failed : list, optional
        Of a batch: the ids that the server could not be asked for.
    table : `~astropy.table.Table`, optional
        Of a batch: what came of the others; None where nothing did.

    Examples
    --------
    >>> from astroquery_fink.exceptions import FinkError
    >>> try:
    ...     fink.query_sso("Nosuchname")
    ... except FinkError as error:
    ...     print(error.endpoint, error.status)
    sso 400
    """

    def __init__(self, message, *, endpoint=None, url=None, status=None, reason=None, failed=(), table=None):
        super().__init__(message)
        self.endpoint = endpoint
        self.url = url
        self.status = status
        self.reason = reason
        self.failed = list(failed)
        self.table = table


class FinkQueryError(FinkError, InvalidQueryError, ValueError):
    """The question cannot be answered as it stands; nothing was sent, or the server said 4xx.

    Examples
    --------
    >>> from astroquery_fink.exceptions import FinkQueryError
    >>> try:
    ...     fink.query_class("SN candidate", trend="risng")
    ... except FinkQueryError as error:
    ...     print(error)
    trend='risng' is unknown to Fink; it may be rising, fading, low_state, new_low_state.
    """


class UnknownObjectError(FinkQueryError):
    """Fink has no alert of this object, or the alert belongs to another object.

    Examples
    --------
    >>> from astroquery_fink.exceptions import UnknownObjectError
    >>> try:
    ...     fink.get_cutouts("ZTF21aaxtctv")
    ... except UnknownObjectError as error:
    ...     print(error)
    Fink has no alert of ZTF21aaxtctv (server: http://127.0.0.1...).
    """


class FinkServiceError(FinkError, RemoteServiceError):
    """The server failed, or sent something that is no answer."""


class FinkTimeoutError(FinkError, TimeoutError):
    """No complete answer within the time allowed."""


class FailedIdsWarning(NoResultsWarning):
    """The server could not be asked for some ids of a batch, which the message names.

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
    """The server failed, and an older reply that had been kept was served in its place.

    Examples
    --------
    Old replies are good enough, but not without a word:

    >>> import warnings
    >>> from astroquery_fink import conf
    >>> from astroquery_fink.exceptions import StaleResponseWarning
    >>> with warnings.catch_warnings(), conf.set_temp("stale_if_error", True):
    ...     warnings.simplefilter("always", StaleResponseWarning)
    ...     table = fink.query_object("ZTF99simsnia", columns="jd,magpsf")
    """

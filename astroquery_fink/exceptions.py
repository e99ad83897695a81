# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Errors that mean something, each also an error of astroquery.

::

    FinkError                            .endpoint  .url  .status  .reason
    ├── FinkQueryError                   astroquery.exceptions.InvalidQueryError, ValueError
    │   └── UnknownObjectError           no such object, or no such alert of it
    ├── FinkServiceError                 astroquery.exceptions.RemoteServiceError
    └── FinkTimeoutError                 astroquery.exceptions.TimeoutError

Code written for any astroquery module catches them by astroquery's names.
"""

from astroquery.exceptions import InvalidQueryError, RemoteServiceError, TimeoutError

__all__ = ["FinkError", "FinkQueryError", "FinkServiceError", "FinkTimeoutError", "UnknownObjectError"]


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
    """

    def __init__(self, message, *, endpoint=None, url=None, status=None, reason=None):
        super().__init__(message)
        self.endpoint = endpoint
        self.url = url
        self.status = status
        self.reason = reason


class FinkQueryError(FinkError, InvalidQueryError, ValueError):
    """The question cannot be answered as it stands; nothing was sent, or the server said 4xx."""


class UnknownObjectError(FinkQueryError):
    """Fink has no alert of this object, or the alert belongs to another object."""


class FinkServiceError(FinkError, RemoteServiceError):
    """The server failed, or sent something that is no answer."""


class FinkTimeoutError(FinkError, TimeoutError):
    """No complete answer within the time allowed."""

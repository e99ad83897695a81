# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One HTTP exchange: what comes back is a good reply, or an error that says what went wrong."""

import json
from dataclasses import dataclass

import requests

from .exceptions import FinkQueryError, FinkServiceError, FinkTimeoutError
from .wire import server_words

__all__ = ["Question", "Reply", "exchange"]

_BAD_QUESTION = (400, 414, 415, 422)


class Question:
    """What is asked of one endpoint.

    Parameters
    ----------
    server : str
        Address without the path.
    endpoint : str
    payload : dict or None
        None: a GET without arguments.
    """

    def __init__(self, server, endpoint, payload=None):
        self.endpoint = endpoint
        self.payload = payload
        self.method = "GET" if payload is None else "POST"
        self.url = f"{server.rstrip('/')}/api/v1/{endpoint}"

    def __str__(self):
        text = json.dumps(self.payload) if self.payload else ""
        return f"{self.endpoint} {text if len(text) <= 200 else text[:199] + '…'}".strip()

    def error(self, kind, what, **about):
        """An error of this kind that says what was asked, where, and what happened."""
        return kind(f"{what} (asked {self.url} for {self})", endpoint=self.endpoint, url=self.url, **about)


@dataclass(frozen=True)
class Reply:
    """A good reply.

    Parameters
    ----------
    response : `requests.Response`
    content : object with a length
        What a reader of `astroquery_fink.wire` made of the body.
    time : float
        When the server sent it, in seconds since 1970.
    cached : bool
        Whether it was kept from an earlier call.
    """

    response: requests.Response
    content: object
    time: float
    cached: bool = False


def exchange(session, question, timeout):
    """Ask once.

    Parameters
    ----------
    session : `requests.Session`
    question : `Question`
    timeout : tuple of float
        Seconds for the connection, and for the next bytes of the reply.

    Returns
    -------
    response : `requests.Response`
        With status 200.

    Raises
    ------
    FinkQueryError
        The server says that the question is wrong.
    FinkServiceError
        It fails, or cannot be reached.
    FinkTimeoutError
        It does not answer in time.
    """
    try:
        response = session.request(question.method, question.url, json=question.payload, timeout=timeout)
    except requests.RequestException as error:
        if "timed out" in str(error):  # requests calls a reply that stops half-way a ConnectionError
            what = f"no answer within {timeout[1]:g} s; conf.timeout allows more"
            raise question.error(FinkTimeoutError, what, reason=str(error)) from error
        what = f"Fink could not be reached, or its reply was broken: {type(error).__name__}"
        raise question.error(FinkServiceError, what, reason=str(error)) from error
    if response.status_code != 200:
        raise _refusal(question, response)
    return response


def _refusal(question, response):
    status, words = response.status_code, server_words(response.content)
    kind = FinkQueryError if status in _BAD_QUESTION else FinkServiceError
    return question.error(kind, f"Fink answered {status}: {words}", status=status, reason=words)

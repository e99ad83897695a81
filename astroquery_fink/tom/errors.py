# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The error that every page and command of the TOM Toolkit shows as a message."""

from collections.abc import Iterator
from contextlib import contextmanager

from requests import HTTPError
from tom_dataservices.dataservices import QueryServiceError

from ..exceptions import FinkError

__all__ = ["FinkQueryServiceError", "explained"]


class FinkQueryServiceError(QueryServiceError, HTTPError):
    """A query failed.

    Pages of data services handle a ``QueryServiceError``, but ``manage.py updatereduceddata`` only an
    ``HTTPError``: with any other, one target would end the update of all.
    """


@contextmanager
def explained() -> Iterator[None]:
    """Raise the client's errors as `FinkQueryServiceError`."""
    try:
        yield
    except FinkError as error:
        raise FinkQueryServiceError(str(error)) from error

"""One survey's service: which endpoints it has and what answers them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from werkzeug.wrappers import Response

__all__ = ["AddressArguments", "Face", "as_json"]


def as_json(content):
    """Response with something as JSON."""
    return Response(json.dumps(content), content_type="application/json")


class AddressArguments(dict):
    """Arguments that came in the address of a request: all are text."""


@dataclass(frozen=True)
class Face:
    """
    What the application serves.

    Attributes
    ----------
    title : str
    sky : object
        What the answers are made from.
    endpoints : dict
        As `~fink_sandbox.server.openapi.read` makes it.
    answers : dict of str to callable
        By endpoint, ``answer(sky, payload)``.
    files : dict of str to callable
        By endpoint without arguments, ``answer(sky)``.
    without_post : set of str
        Endpoints that can only be read.
    needed : callable
        What is said where the argument of this name is missing.
    bare : dict of str to callable
        By endpoint, ``answer(sky)`` to a question without arguments; the others tell what they are about.
    longest_line : int or None
        The most bytes of the first line of a request.
    """

    title: str
    sky: object
    endpoints: dict
    answers: dict
    files: dict
    without_post: set
    needed: Callable
    bare: dict = field(default_factory=dict)
    longest_line: int | None = None

    def about(self, endpoint):
        """Reply to a question without arguments."""
        if endpoint in self.bare:
            return self.bare[endpoint](self.sky)
        return Response(self.endpoints[endpoint]["about"], content_type="text/html; charset=utf-8")

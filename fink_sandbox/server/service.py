"""Description of the service of one survey: its endpoints and the functions that answer them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from .openapi import Endpoint
from .response import HTML

__all__ = ["Handler", "Service"]

Handler = Callable[[Any, dict[str, Any]], Response]


@dataclass(frozen=True)
class Service:
    """Everything that the application needs to know of a survey."""

    title: str
    version: str
    survey: Any  # first argument of all handlers
    endpoints: Mapping[str, Endpoint]
    handlers: Mapping[str, Handler]  # by endpoint
    files: Mapping[str, Callable[[Any], Response]]  # by endpoint without arguments
    without_post: set[str]  # endpoints that GET alone can read
    missing: Callable[[str], str]  # message for a missing argument
    bare: Mapping[str, Callable[[Any], Response]] = field(default_factory=dict)  # response to no arguments
    longest_line: int | None = None  # limit of the first line of a request, bytes

    def about(self, endpoint: str) -> Response:
        """Response to a request without arguments: by default a line about the endpoint."""
        if endpoint in self.bare:
            return self.bare[endpoint](self.survey)
        return Response(self.endpoints[endpoint]["about"], content_type=HTML)

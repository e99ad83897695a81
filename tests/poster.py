"""Requests to a sandbox, as any client would send them."""

from collections.abc import Callable

import requests

from fink_sandbox import Sandbox

__all__ = ["poster"]


def poster(box: Sandbox) -> Callable[..., requests.Response]:
    """A function that posts to a sandbox: ``post("sources", diaObjectId="…", output_format="csv")``."""

    def post(endpoint="sources", /, **payload):
        payload = {name.replace("output_format", "output-format"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post

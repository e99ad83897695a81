"""Asks a sandbox, as anybody may: with requests."""

import requests

__all__ = ["asker"]


def asker(box):
    """What posts a question to a sandbox: ``ask("sources", diaObjectId="…", output_format="csv")``."""

    def post(endpoint="sources", /, **payload):
        payload = {name.replace("output_format", "output-format"): value for name, value in payload.items()}
        return requests.post(f"{box.url}/api/v1/{endpoint}", json=payload, timeout=20)

    return post

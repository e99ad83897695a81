"""The public methods of a client."""

from astroquery_fink import FinkClass

METHODS = [
    name
    for name in dir(FinkClass)
    if name.startswith(("query_", "get_", "list_", "resolve_", "download_", "server_"))
]
SYNC = [name for name in METHODS if not name.endswith("_async")]

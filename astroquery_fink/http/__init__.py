# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""HTTP requests: one request, retries, the cache, downloads."""

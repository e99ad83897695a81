# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""HTTP: one request, retries, the cache, downloads."""

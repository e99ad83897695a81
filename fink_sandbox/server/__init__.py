# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The HTTP server, the same for both surveys."""

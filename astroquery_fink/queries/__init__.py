# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The queries of the client, a topic a file."""

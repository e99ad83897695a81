# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The methods of the client, one topic per file."""

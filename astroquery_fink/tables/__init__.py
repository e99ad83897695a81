# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""From the bytes of a response to a Table or an HDUList."""

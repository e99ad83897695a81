# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``python -m astroquery_fink`` is the ``astroquery-fink`` command."""

import sys

from .cli import main

sys.exit(main())

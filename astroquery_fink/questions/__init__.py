# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked, a file for each kind of question."""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The sky as ZTF observes it, served as Fink/ZTF serves it."""

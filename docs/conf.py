"""Sphinx configuration; see sphinx-astropy for what it inherits."""

import os

from sphinx_astropy.conf.v2 import *  # noqa: F403

import astroquery_fink

project = "astroquery_fink"
author = "The astroquery_fink developers"
copyright = f"2026, {author}"  # noqa: A001
release = astroquery_fink.__version__
version = release.partition("+")[0]

html_theme = "pydata_sphinx_theme"
html_title = project
html_theme_options = {}
exclude_patterns = ["_build"]

# Links to other projects need their inventories from the network.
if not os.environ.get("DOCS_ONLINE"):
    intersphinx_mapping = {}

"""Sphinx configuration; see sphinx-astropy for what it inherits."""

import os
import sys
from pathlib import Path

from sphinx_astropy.conf.v2 import *  # noqa: F403

import astroquery_fink

project = "astroquery_fink"
author = "The astroquery_fink developers"
copyright = f"2026, {author}"  # noqa: A001
release = astroquery_fink.__version__
version = release.partition("+")[0]

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_theme_options = {"navbar_center": [], "secondary_sidebar_items": ["page-toc"], "show_toc_level": 1}
html_show_sourcelink = False
copybutton_only_copy_prompt_lines = True
html_sidebars = {"**": ["globaltoc.html"]}  # all pages, by caption
exclude_patterns = ["_build"]

# The build makes the pictures: they show the simulated Fink.
extensions += ["matplotlib.sphinxext.plot_directive", "sphinx_design", "myst_nb"]  # noqa: F405
extensions += ["column_table", "reference_entries"]  # noqa: F405
sys.path.insert(0, str(Path(__file__).parent))
plot_pre_code = "from astroquery_fink.simulated import Fink, FinkLSST"  # as at the top of each page
plot_formats = [("png", 120)]
plot_html_show_formats = False
plot_html_show_source_link = False

nb_execution_mode = "force"  # notebooks are kept without outputs
nb_execution_raise_on_error = True
nb_execution_timeout = 120

# Links to other projects need their inventories from the network.
if not os.environ.get("DOCS_ONLINE"):
    intersphinx_mapping = {}

# Every cross reference has its page, or is of a package that is named here.
nitpicky = True
_OTHERS = """
    astropy astroquery confluent_kafka contextlib datetime lightkurve matplotlib mocpy nested_pandas numpy
    pandas pathlib pyarrow requests sncosmo
"""
nitpick_ignore_regex = [("py:.*", rf"{package}\..*") for package in _OTHERS.split()]
autodoc_typehints = "none"

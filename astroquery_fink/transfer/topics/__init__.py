# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Topics of the Data Transfer service -> folders of Parquet files, and reports of what is in them."""

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Packages that are not always installed, and the extra that installs them."""

from collections.abc import Iterable
from importlib.util import find_spec

from ..exceptions import FinkQueryError

__all__ = ["require"]

_DISTRIBUTIONS = {
    "yaml": "PyYAML",
    "confluent_kafka": "confluent-kafka",
    "hats_import": "hats-import",
    "nested_pandas": "nested-pandas",
}


def require(what: str, modules: Iterable[str], extra: str) -> None:
    """Raise `FinkQueryError` if a package is not installed; nothing is imported."""
    missing = [_DISTRIBUTIONS.get(module, module) for module in modules if find_spec(module) is None]
    if missing:
        raise FinkQueryError(f'{what} needs {" and ".join(missing)}: pip install "astroquery_fink[{extra}]".')

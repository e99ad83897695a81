"""Directives of the reference pages, whose lists come from the package itself.

``api`` documents all public names of a module, ``api-methods`` methods of `FinkClass` with their ``_async``
twins, ``settings`` those of ``conf``. A table of the entries with links begins each list.
"""

import importlib
import inspect

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from astroquery_fink.config import Conf

_TWIN = """
.. py:method:: FinkClass.{name}_async

   The same query with the same arguments. Returns the unread response, see :doc:`/explanation/async`.
"""
_SETTING = """
.. py:attribute:: Conf.{name}
   :value: {value!r}

   {description}
"""


class Api(SphinxDirective):
    """``.. api:: astroquery_fink.plots``: all names of ``__all__``, or those in the content."""

    required_arguments = 1
    has_content = True
    option_spec = {"except": directives.unchanged}

    def run(self):
        module = importlib.import_module(self.arguments[0])
        omitted = self.options.get("except", "").split()
        names = list(self.content) or [name for name in module.__all__ if name not in omitted]
        entries = [_entry(getattr(module, name), name) for name in names]
        return self.parse_text_to_nodes(_list(module.__name__, names, entries))


class ApiMethods(SphinxDirective):
    """``.. api-methods::`` with names of methods of `FinkClass` as its content."""

    has_content = True

    def run(self):
        names = [f"FinkClass.{name}" for name in self.content]
        entries = [f".. automethod:: {name}\n" for name in names]
        twins = [_TWIN.format(name=name) for name in self.content]
        both = [entry + twin for entry, twin in zip(entries, twins, strict=True)]
        return self.parse_text_to_nodes(_list("astroquery_fink", names, both))


class Settings(SphinxDirective):
    """All settings of ``conf``: name, default and description."""

    def run(self):
        items = {name: getattr(Conf, name) for name in vars(Conf) if not name.startswith("_")}
        entries = [
            _SETTING.format(name=name, value=item.defaultvalue, description=item.description)
            for name, item in items.items()
        ]
        return self.parse_text_to_nodes(".. py:currentmodule:: astroquery_fink\n" + "".join(entries))


def _list(module, names, entries):
    """A table of names with their first lines, and the entries below it."""
    table = ".. autosummary::\n   :nosignatures:\n\n" + "".join(f"   {name}\n" for name in names)
    return "\n".join([f".. py:currentmodule:: {module}\n", table, *entries])


def _entry(documented, name):
    kind = "class" if inspect.isclass(documented) else "function" if callable(documented) else "data"
    if kind == "class" and issubclass(documented, BaseException):
        kind = "exception"
    members = "   :members:\n" if kind == "class" else ""
    return f".. auto{kind}:: {name}\n{members}"


def setup(app):
    app.add_directive("api", Api)
    app.add_directive("api-methods", ApiMethods)
    app.add_directive("settings", Settings)
    return {"parallel_read_safe": True}

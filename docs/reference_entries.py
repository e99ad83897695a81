"""Directives of the reference pages, whose lists come from the package itself.

``api`` documents all public names of a module, ``api-methods`` methods of `FinkClass` with their ``_async``
twins, ``settings`` all settings, and ``commands`` all commands. A table with links begins each list.
"""

import argparse
import importlib
import inspect
import textwrap

from sphinx.util.docutils import SphinxDirective

from astroquery_fink.cli.parser import build_parser
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


_COMMAND = """
{name}
{line}

{description}

.. code-block:: text

{usage}

{arguments}

.. code-block:: bash

{examples}
"""


class Api(SphinxDirective):
    """``.. api:: astroquery_fink.plots``: all names of ``__all__``, or those in the content."""

    required_arguments = 1
    has_content = True

    def run(self):
        module = importlib.import_module(self.arguments[0])
        names = list(self.content) or module.__all__
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


class Commands(SphinxDirective):
    """All commands, each with its usage, its options and its examples."""

    def run(self):
        text = "\n".join(_command(parser) for parser in _parsers(build_parser()))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def _parsers(parser):
    """The parsers of all commands and sub-commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield below
                yield from _parsers(below)


def _command(parser):
    """The section of a command."""
    name = parser.prog.removeprefix("astroquery-fink ")
    formatter = argparse.HelpFormatter(parser.prog, width=74)
    formatter.add_usage(parser.usage, parser._actions, parser._mutually_exclusive_groups, "")
    arguments = [_argument(one, formatter) for one in parser._actions if one.dest != "help" and one.help]
    return _COMMAND.format(
        name=name,
        line="-" * len(name),
        description=parser.description,
        usage=textwrap.indent(formatter.format_help().strip(), "   "),
        arguments="\n".join(arguments),
        examples=textwrap.indent((parser.epilog or "").removeprefix("examples:\n"), " "),
    )


def _argument(action, formatter):
    """A line on an argument or an option."""
    names = (
        ", ".join(f"``{name}``" for name in action.option_strings) or f"``{action.metavar or action.dest}``"
    )
    value = f" ``{action.metavar}``" if action.option_strings and isinstance(action.metavar, str) else ""
    return f"- {names}{value}: {formatter._expand_help(action)}".replace("*", r"\*")


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
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}

"""The directive ``column-table``: the columns of a survey, family by family, from the package's own facts."""

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from astroquery_fink.surveys.columns import column_facts

_ROW = "   * - ``{name}``\n     - {dtype}\n     - {unit}\n     - {description}"
_HEAD = """
.. list-table::
   :header-rows: 1
   :widths: 28 10 10 52

   * - column
     - type
     - unit
     - meaning
"""


class ColumnTable(SphinxDirective):
    """``.. column-table:: ztf`` with ``:family: i``, or ``:besides: i d b v`` for all of no such family."""

    required_arguments = 1
    option_spec = {"family": directives.unchanged, "besides": directives.unchanged}

    def run(self):
        rows = [_row(facts) for facts in column_facts(self.arguments[0]).values() if self._is_wanted(facts)]
        return self.parse_text_to_nodes(_HEAD + "\n".join(rows))

    def _is_wanted(self, facts):
        if "besides" in self.options:
            return _family(facts.name) not in self.options["besides"].split()
        return _family(facts.name) == self.options["family"]


def _family(name):
    return name.partition(":")[0] if ":" in name else ""


def _row(facts):
    words = facts.description.replace("*", r"\*").replace("|", r"\|").replace("`", r"\`").replace("_", r"\_")
    return _ROW.format(name=facts.name, dtype=facts.dtype or "", unit=facts.unit or "", description=words)


def setup(app):
    app.add_directive("column-table", ColumnTable)
    return {"parallel_read_safe": True}

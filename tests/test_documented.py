"""Every public name has a docstring with what a reader looks for, and every question has its twin."""

import doctest
import inspect
import re
from pathlib import Path

import pytest

import astroquery_fink
import fink_sandbox
from astroquery_fink import FinkClass, exceptions, formats, lightcurve, plots, transfer

PUBLIC = [astroquery_fink, formats, lightcurve, plots, exceptions, transfer, fink_sandbox]
QUESTIONS = [
    name for name in dir(FinkClass) if name.startswith(("query_", "get_", "list_", "resolve_", "download_"))
]
SYNC = [name for name in QUESTIONS if not name.endswith("_async")]


def sections(function):
    return inspect.getdoc(function) or ""


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_has_a_docstring(module):
    for name in module.__all__:
        documented = getattr(module, name)
        assert inspect.getdoc(documented), f"{module.__name__}.{name}"
        if inspect.isfunction(documented):
            parameters = inspect.signature(documented).parameters
            assert "Returns\n---" in sections(documented), f"{module.__name__}.{name}"
            assert not parameters or "Parameters\n---" in sections(documented), f"{module.__name__}.{name}"


@pytest.mark.parametrize("name", SYNC)
def test_every_question_tells_its_arguments_its_answer_and_an_example(name):
    method = getattr(FinkClass, name)
    text = sections(method)
    for heading in ("Parameters\n---", "Returns\n---", "Examples\n---"):
        assert heading in text, heading
    for argument in list(inspect.signature(method).parameters)[1:]:
        assert argument in text, argument


@pytest.mark.parametrize("name", SYNC)
def test_every_question_has_an_async_twin_with_the_same_signature(name):
    signature = inspect.signature(getattr(FinkClass, name))
    assert inspect.signature(getattr(FinkClass, f"{name}_async")) == signature


@pytest.mark.parametrize("name", QUESTIONS)
def test_after_the_first_argument_everything_is_by_keyword(name):
    parameters = list(inspect.signature(getattr(FinkClass, name)).parameters.values())[1:]
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 1 or positional == ["coordinates", "radius"]
    assert not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    assert name.startswith("download_") or "cache" in [parameter.name for parameter in parameters]


def _examples():
    """The source of every example of the documentation and of docstrings, all of which are run."""
    root = Path(astroquery_fink.__file__).parents[1]
    parser = doctest.DocTestParser()
    texts = [path.read_text() for path in [*root.glob("docs/*.rst"), root / "README.rst"]]
    texts += [path.read_text() for path in root.glob("astroquery_fink/**/*.py")]
    return "\n".join(
        example.source
        for text in texts
        for example in parser.get_examples(text)
        if "+SKIP" not in example.source
    )


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_is_used_in_an_example(module):
    run = _examples()
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", run)] == []

"""Every public name has a full docstring, and every method of a query has its twin."""

import doctest
import inspect
import re
from pathlib import Path

import pytest
from methods import METHODS, SYNC

import astroquery_fink
import fink_sandbox
from astroquery_fink import (
    FinkClass,
    exceptions,
    formats,
    lightcurve,
    plots,
    stream,
    transfer,
)

PUBLIC = [astroquery_fink, formats, lightcurve, plots, exceptions, transfer, stream, fink_sandbox]


def section(documented, heading):
    """The text below a heading of a docstring, None without that heading."""
    text = inspect.getdoc(documented) or ""
    found = re.search(rf"^{heading}\n-+\n(.*?)(?=^\w[\w ]*\n---|\Z)", text, re.DOTALL | re.MULTILINE)
    return found and found[1]


def names_in(parameters):
    """The names that a section of parameters describes, in its order; ``x, y : float`` describes two."""
    heads = [line.partition(":")[0] for line in parameters.splitlines() if line[:1].strip()]
    return [name.strip(" *") for head in heads for name in head.split(",")]


def assert_parameters_are_documented(documented):
    names = [name for name in inspect.signature(documented).parameters if name != "self"]
    assert names_in(section(documented, "Parameters") or "") == names


def has_parameters_of_its_own(documented):
    """Whether this is a function, or a class that does not inherit how it is made."""
    return inspect.isfunction(documented) or "__init__" in vars(documented)


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_has_a_full_docstring(module):
    for name in module.__all__:
        documented = getattr(module, name)
        assert inspect.getdoc(documented), name
        if inspect.isfunction(documented):
            assert section(documented, "Returns"), name
        if callable(documented) and has_parameters_of_its_own(documented):
            assert_parameters_are_documented(documented)


@pytest.mark.parametrize("name", SYNC)
def test_every_method_documents_its_arguments_its_result_and_an_example(name):
    method = getattr(FinkClass, name)
    assert section(method, "Returns")
    assert section(method, "Examples")
    assert_parameters_are_documented(method)


@pytest.mark.parametrize("name", SYNC)
def test_every_method_has_an_async_twin_with_the_same_signature_and_docstring(name):
    method, twin = getattr(FinkClass, name), getattr(FinkClass, f"{name}_async")
    assert inspect.signature(twin) == inspect.signature(method)
    assert inspect.getdoc(twin) == inspect.getdoc(method)
    assert (twin.__name__, twin.__module__) == (f"{name}_async", method.__module__)


@pytest.mark.parametrize("name", METHODS)
def test_after_the_first_argument_everything_is_by_keyword(name):
    parameters = list(inspect.signature(getattr(FinkClass, name)).parameters.values())[1:]
    positional = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 1 or positional == ["coordinates", "radius"]
    assert not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    assert name.startswith("download_") or "cache" in [parameter.name for parameter in parameters]


def examples():
    """The source of all examples that are run, in the documentation and in docstrings."""
    root = Path(astroquery_fink.__file__).parents[1]
    parser = doctest.DocTestParser()
    texts = [path.read_text() for path in [*root.glob("docs/**/*.rst"), root / "README.rst"]]
    texts += [path.read_text() for path in root.glob("astroquery_fink/**/*.py")]
    return "\n".join(
        example.source
        for text in texts
        for example in parser.get_examples(text)
        if "+SKIP" not in example.source
    )


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_name_is_used_in_an_example(module):
    run = examples()
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", run)] == []

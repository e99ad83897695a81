"""Write the project's metadata for other services, from setup.cfg and addresses.toml.

``python packaging/metadata.py`` writes codemeta.json and the conda recipe, and puts the addresses into
setup.cfg, CITATION.cff and the links of the README. It changes nothing if all of them agree already.
"""

import argparse
import json
import re
import tomllib
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {
    "confluent-kafka": "python-confluent-kafka",
    "duckdb": "python-duckdb",
    "matplotlib": "matplotlib-base",
}
RECIPE = """\
# Written by packaging/metadata.py from setup.cfg. Until there is a release, the source is the checkout.
schema_version: 1

package:
  name: {name}
  version: 0.1.dev0

source:
  path: ../..

build:
  number: 0
  noarch: python
  script:
    env:
      SETUPTOOLS_SCM_PRETEND_VERSION: 0.1.dev0
    content: python -m pip install . -vv --no-deps --no-build-isolation
  python:
    entry_points:
      - {entry_point}

requirements:
  host:
    - python {python_min}.*
    - pip
    - setuptools >=77
    - setuptools_scm >=8
  run:
    - python >={python_min}
{run}
  run_constraints:
{constraints}

tests:
  - python:
      imports:
        - astroquery_fink
        - fink_sandbox
      pip_check: true
      python_version: {python_min}.*
  - script:
      - astroquery-fink --help

about:
  summary: {description}
  license: {license}
  license_file: LICENSE.rst
{about}
extra:
  recipe-maintainers: []
"""


def read_setup(root):
    """setup.cfg as a parser."""
    setup = ConfigParser()
    setup.read(root / "setup.cfg")
    return setup


def read_addresses(root):
    """The addresses that are set."""
    given = tomllib.loads((root / "packaging" / "addresses.toml").read_text())
    return {name: address.rstrip("/") for name, address in given.items() if address}


def requirements(setup, extra=None):
    """The requirements of the package or of an extra, without the other extras that it names."""
    text = setup["options.extras_require"][extra] if extra else setup["options"]["install_requires"]
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "astroquery_fink["))]


def conda_requirement(requirement):
    """``numpy>=1.26`` as conda writes it: ``numpy >=1.26``."""
    name, version = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?(.*)", requirement).groups()
    return f"{CONDA_NAMES.get(name, name.lower())} {version}".strip()


def optional_requirements(setup):
    """The requirements of the extras of users, each once."""
    extras = re.findall(r"\[([\w,]+)\]", setup["options.extras_require"]["all"])[0].split(",")
    return sorted({conda_requirement(one) for extra in extras for one in requirements(setup, extra)})


def recipe(setup, addresses):
    """The text of the conda recipe."""
    about = {"homepage": "home", "repository": "home", "documentation": "documentation"}
    lines = [f"  {key}: {addresses[name]}" for key, name in about.items() if name in addresses]
    indented = "    - {}".format
    return RECIPE.format(
        name=setup["metadata"]["name"],
        description=setup["metadata"]["description"],
        license=setup["metadata"]["license"],
        entry_point=setup["options.entry_points"]["console_scripts"].strip(),
        python_min=setup["options"]["python_requires"].removeprefix(">="),
        run="\n".join(map(indented, map(conda_requirement, requirements(setup)))),
        constraints="\n".join(map(indented, optional_requirements(setup))),
        about="\n".join(lines + [""] * bool(lines)),
    )


def codemeta(setup, addresses):
    """The text of codemeta.json."""
    metadata = setup["metadata"]
    facts = {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "name": metadata["name"],
        "description": metadata["description"],
        "author": [{"@type": "Organization", "name": metadata["author"]}],
        "license": f"https://spdx.org/licenses/{metadata['license']}",
        "programmingLanguage": "Python",
        "runtimePlatform": f"Python {setup['options']['python_requires']}",
        "developmentStatus": "active",
        "keywords": [word.strip() for word in metadata["keywords"].split(",")],
        "softwareRequirements": requirements(setup),
        "referencePublication": "https://doi.org/10.1093/mnras/staa3602",
    }
    keys = {"codeRepository": "home", "softwareHelp": "documentation", "issueTracker": "issues"}
    facts |= {key: addresses[name] for key, name in keys.items() if name in addresses}
    return json.dumps(facts, indent=2) + "\n"


def with_project_urls(text, addresses):
    """setup.cfg with the addresses as ``project_urls``."""
    text = re.sub(r"^project_urls =\n(?:    .*\n)+", "", text, flags=re.MULTILINE)
    labels = {"home": "Source", "documentation": "Documentation", "issues": "Issues"}
    lines = [f"    {label} = {addresses[name]}\n" for name, label in labels.items() if name in addresses]
    urls = "project_urls =\n" + "".join(lines) if lines else ""
    return re.sub(r"^(license_files = .*\n)", rf"\g<1>{urls}", text, flags=re.MULTILINE)


def with_citation_urls(text, addresses):
    """CITATION.cff with the addresses."""
    text = re.sub(r"^(?:repository-code|url): .*\n", "", text, flags=re.MULTILINE)
    keys = {"repository-code": "home", "url": "documentation"}
    lines = [f"{key}: {addresses[name]}\n" for key, name in keys.items() if name in addresses]
    return re.sub(r"^(license: .*\n)", rf"\g<1>{''.join(lines)}", text, flags=re.MULTILINE)


def with_links(text, addresses):
    """The README, whose links lead to the documentation or else to files of the checkout."""
    documentation = addresses.get("documentation")
    page = r"((?:(?:tutorials|how_to|explanation|reference|project)/)?\w+)"
    target = re.compile(rf"^(\.\. _[^:]+: )(?:docs|https?://.*?)/{page}\.(?:rst|html)$", re.MULTILINE)
    base, suffix = (documentation, "html") if documentation else ("docs", "rst")
    return target.sub(rf"\g<1>{base}/\g<2>.{suffix}", text)


def write_all(root=ROOT):
    """Write all files; return those that changed."""
    setup, addresses = read_setup(root), read_addresses(root)
    texts = {
        "codemeta.json": codemeta(setup, addresses),
        "packaging/conda/recipe.yaml": recipe(setup, addresses),
        "setup.cfg": with_project_urls((root / "setup.cfg").read_text(), addresses),
        "CITATION.cff": with_citation_urls((root / "CITATION.cff").read_text(), addresses),
        "README.rst": with_links((root / "README.rst").read_text(), addresses),
    }
    changed = [name for name, text in texts.items() if not _has(root / name, text)]
    for name in changed:
        (root / name).write_text(texts[name])
    return changed


def _has(path, text):
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    print("\n".join(write_all()) or "nothing has changed")

"""Fixtures of tests and of the examples in docstrings; they use neither network nor home."""

import signal
import tempfile
from importlib.util import find_spec

import pytest

if find_spec("hypothesis"):
    from hypothesis import settings

    settings.register_profile("any machine", deadline=None, derandomize=True)
    settings.load_profile("any machine")

collect_ignore_glob = ["docs/*.py", "docs/*/*.py"]  # they build the documentation and need Sphinx
collect_ignore_glob += ["astroquery_fink/tom/*.py"]  # they are imported within a Django project only
NEEDED = {
    "fink_sandbox/avro/*.py": ("fastavro",),
    "fink_sandbox/kafka/*.py": ("confluent_kafka", "fastavro"),
    "astroquery_fink/avro/*.py": ("fastavro", "pyarrow"),
    "astroquery_fink/kafka/*.py": ("confluent_kafka",),
    "astroquery_fink/lightcurve/object_rows.py": ("pyarrow",),
    "astroquery_fink/stream/*.py": ("confluent_kafka", "pyarrow"),
    "astroquery_fink/transfer/*.py": ("pyarrow",),
    "astroquery_fink/transfer/hats/*.py": ("filelock",),
    "astroquery_fink/transfer/topics/*.py": ("confluent_kafka", "fastavro", "filelock", "loky"),
    "docs/how_to/other_packages.rst": (
        "iminuit",
        "light_curve",
        "lightkurve",
        "nested_pandas",
        "redback",
        "sncosmo",
    ),
    "tests/avro_schemas.py": ("fastavro",),
    "tests/tom/*.py": ("tom_dataservices",),
    "tests/live_topics.py": ("confluent_kafka", "fastavro"),
    "tests/supernova_model.py": ("sncosmo",),
}  # packages without which modules cannot be imported
collect_ignore_glob += [modules for modules, packages in NEEDED.items() if not all(map(find_spec, packages))]
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR")
SIMULATED = {
    "other_archives.rst": "neighbours",
    "other_packages.rst": "sncosmo_data",
    "virtual_observatory.rst": "desktop",
}  # fixtures of pages


def pytest_configure(config):
    """Give the run and its processes a home folder of their own, and Ctrl-C.

    A shell starts programs in the background without Ctrl-C, which the processes of tests would inherit.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist uses the home of the run
        return
    home = tempfile.TemporaryDirectory(prefix="home-")
    config.add_cleanup(home.cleanup)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    for name in ("HOME", "USERPROFILE"):
        patch.setenv(name, home.name)
    for name in (*_FOLDERS, "FINK_SERVER", "FINK_LSST_SERVER"):
        patch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _no_home(tmp_path_factory):
    """Keep settings and cached responses in a folder of the run."""
    from astropy.config import set_temp_cache, set_temp_config

    folder = tmp_path_factory.mktemp("astropy")
    with set_temp_cache(folder), set_temp_config(folder):
        yield


@pytest.fixture(scope="session")
def box():
    """A simulated Fink on loopback."""
    from fink_sandbox import Sandbox

    with Sandbox(seed=1) as box:
        yield box


@pytest.fixture(scope="session")
def box_lsst():
    """A simulated Fink/LSST of the same sky, on loopback."""
    from fink_sandbox import Sandbox

    with Sandbox(seed=1, survey="lsst") as box:
        yield box


@pytest.fixture
def fink(box, tmp_path):
    """A client of the simulated Fink, with a cache of its own."""
    return _client(box, tmp_path / "cache")


@pytest.fixture
def fink_lsst(box_lsst, tmp_path):
    """A client of the simulated Fink/LSST, with a cache of its own."""
    return _client(box_lsst, tmp_path / "cache_lsst", survey="lsst")


def _client(box, cache, **keywords):
    from astroquery_fink import FinkClass

    client = FinkClass(server=box.url, **keywords)
    client.cache_location = cache
    return client


@pytest.fixture(scope="session")
def _box_edge():
    """A simulated Fink with a star that has few alerts, at the edge of the detector."""
    from fink_sandbox import Sandbox, Sky

    sky = Sky(seed=1)
    sky.add("edge", objectid="ZTF99fewedge", alerts=12)
    with Sandbox(sky=sky) as box:
        yield box


@pytest.fixture
def fink_edge(_box_edge, tmp_path):
    """A client of a simulated Fink in which ``ZTF99fewedge`` has twelve alerts with incomplete cutouts."""
    return _client(_box_edge, tmp_path / "cache_edge")


@pytest.fixture
def neighbours(pytestconfig, monkeypatch):
    """Simulated other archives, to which the clients of astroquery send their requests during a test."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath / "tests")
    from neighbours import Neighbours

    with Neighbours() as neighbours:
        yield neighbours


@pytest.fixture
def sncosmo_data(pytestconfig, monkeypatch, box):
    """A template and bandpasses under names of sncosmo, which would download its own."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath / "tests")
    import sncosmo
    from supernova_model import register, source_of

    register()
    template = source_of(box.sky.target("ZTF99simsnia").light.magnitude, sncosmo.TimeSeriesSource)
    sncosmo.register(template, name="hsiao", force=True)


@pytest.fixture
def desktop(pytestconfig, monkeypatch, tmp_path):
    """A SAMP hub with programs that are called as TOPCAT and DS9 are."""
    monkeypatch.syspath_prepend(pytestconfig.rootpath / "tests")
    from samp_programs import IMAGES, programs, running_hub

    with running_hub(tmp_path, monkeypatch), programs() as start:
        start("topcat")
        start("ds9", IMAGES)
        yield


@pytest.fixture(autouse=True)
def _examples(request, doctest_namespace):
    """Run each docstring and page in an empty folder, with clients of the simulated Fink.

    A page imports them from `astroquery_fink.simulated`; docstrings have them as ``Fink`` and ``FinkLSST``.
    """
    if request.node.__class__.__name__ not in ("DoctestItem", "DocTestItem"):
        yield
        return
    from matplotlib import pyplot

    from astroquery_fink import simulated

    pyplot.switch_backend("agg")
    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.chdir(request.getfixturevalue("tmp_path"))
    for name, client in {"Fink": "fink", "FinkLSST": "fink_lsst"}.items():
        monkeypatch.setattr(simulated, name, request.getfixturevalue(client), raising=False)
        if request.node.path.suffix == ".py":
            doctest_namespace[name] = getattr(simulated, name)
    if request.node.path.name in SIMULATED:
        request.getfixturevalue(SIMULATED[request.node.path.name])
    yield
    pyplot.close("all")

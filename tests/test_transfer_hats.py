# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves become a HATS catalogue that LSDB opens, with the same values and units."""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astroquery.exceptions import NoResultsWarning

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError

if not (find_spec("lsdb") and find_spec("hats_import")):
    pytest.skip("needs the extra hats-test", allow_module_level=True)

import pyarrow as pa
from pyarrow import parquet as pq

pytestmark = [
    pytest.mark.hats,
    # pandas to the authors of lsdb and nested-pandas
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Computing partitions from catalog parquet files:UserWarning"),
    # dask, which may not look for its address in the network
    pytest.mark.filterwarnings("ignore:Couldn't detect a suitable IP address:RuntimeWarning"),
    # lsdb to its users, of a change to come
    pytest.mark.filterwarnings("ignore:The default suffix behavior will change:FutureWarning"),
]

OBJECTS, PARTITION = 20_000, 1_000
CONE = SkyCoord(150 * u.deg, 40 * u.deg)
UNITS = {"i:objectId": "", "ra": "deg", "dec": "deg", "n_alerts": "", "first": "d", "last": "d"}
MEMBERS = {
    "i:jd": ("float64", "d"),
    "i:fid": ("int32", ""),
    "i:magpsf": ("float32", "mag"),
    "d:class": ("string", ""),
}


LOCAL = "127.0.0.1:0"


def facts(unit, name):
    return {"unit": unit, "description": f"description of {name}"} if unit else {"description": name}


def curves_table(objects, seed):
    """Light curves of simulated objects, an Arrow Table in the format of ``transfer.light_curves``."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, 30, objects)
    begin = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    alerts, owner = begin[-1], np.repeat(np.arange(objects), counts)
    jd = 2461000.5 + random.uniform(0, 365, alerts)
    jd = jd[np.lexsort((-jd, owner))]
    magpsf = random.normal(18, 1, alerts).astype(np.float32)
    values = {
        "i:jd": pa.array(jd),
        "i:fid": pa.array(random.integers(1, 3, alerts).astype(np.int32)),
        "i:magpsf": pa.array(magpsf, mask=random.random(alerts) < 0.01),
        "d:class": pa.array(
            random.choice(["SN candidate", "RR Lyr"], alerts), mask=random.random(alerts) < 0.1
        ),
    }
    members = [
        pa.field(name, pa.list_(values[name].type), metadata=facts(unit, name))
        for name, (_, unit) in MEMBERS.items()
    ]
    columns = {
        "i:objectId": pa.array([f"ZTF26{number:07d}" for number in range(objects)]),
        "ra": random.uniform(0, 360, objects),
        "dec": np.degrees(np.arcsin(random.uniform(-0.5, 1, objects))),
        "n_alerts": counts.astype(np.int64),
        "first": np.minimum.reduceat(jd, begin[:-1]),
        "last": np.maximum.reduceat(jd, begin[:-1]),
        "light_curve": pa.StructArray.from_arrays(
            [pa.ListArray.from_arrays(begin, values[name]) for name in MEMBERS], fields=members
        ),
    }
    kinds = {
        name: values.type if isinstance(values, pa.Array) else pa.from_numpy_dtype(values.dtype)
        for name, values in columns.items()
    }
    schema = pa.schema(
        [pa.field(name, kind, metadata=facts(UNITS.get(name, ""), name)) for name, kind in kinds.items()],
        metadata={"astroquery_fink.survey": "ztf", "astroquery_fink.sorted_by": "i:objectId"},
    )
    return pa.Table.from_arrays([pa.array(values) for values in columns.values()], schema=schema)


def write(table, folder, files=1, kind="objects"):
    """A folder of light curves."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    rows = -(-len(table) // files)
    for number in range(files):
        pq.write_table(table.slice(number * rows, rows), folder / kind / f"part-{number:04d}.parquet")
    return folder


@pytest.fixture(scope="module")
def table():
    return curves_table(OBJECTS, seed=14)


@pytest.fixture(scope="module")
def few():
    return curves_table(40, seed=15)


@pytest.fixture(scope="module")
def built(table, tmp_path_factory):
    """The light curves of 20,000 objects and their catalogue."""
    folder = tmp_path_factory.mktemp("hats")
    write(table, folder / "curves", files=3)
    report = transfer.to_hats(folder / "curves", folder / "catalog", pixel_threshold=PARTITION)
    return SimpleNamespace(folder=folder, report=report)


@pytest.fixture
def catalog(built):
    import lsdb

    return lsdb.open_catalog(built.report.path)


@pytest.fixture(scope="module")
def positions(table):
    return SkyCoord(table["ra"].to_numpy() * u.deg, table["dec"].to_numpy() * u.deg)


def test_the_report_says_what_was_written(built):
    report = built.report
    assert (report.objects, report.without_position, report.catalog_name) == (OBJECTS, 0, "catalog")
    assert (
        report.partitions
        == len(list(built.folder.glob("catalog/catalog/dataset/Norder=*/**/Npix=*.parquet")))
        > 1
    )
    assert report.path == str(built.folder / "catalog")


def test_nothing_but_the_catalogue_is_left(built):
    assert sorted(os.listdir(built.folder)) == ["catalog", "curves"]


def test_the_catalogue_keeps_the_rules_of_hats(built):
    from hats.io.validation import is_valid_catalog

    assert is_valid_catalog(built.report.path, strict=True)


def test_each_partition_is_small(built):
    import hats

    catalog = hats.read_hats(built.report.path).main_catalog
    assert catalog.catalog_info.hats_max_rows == PARTITION
    files = list(built.folder.glob("catalog/catalog/dataset/Norder=*/**/Npix=*.parquet"))
    assert max(pq.read_metadata(file).num_rows for file in files) <= PARTITION


def test_lsdb_gives_every_value(catalog, table):
    """Ids, positions and light curves with their missing values, whatever partition they are in."""
    found = pa.table(catalog.compute().to_pandas().reset_index(drop=True)).sort_by("i:objectId")
    for name in table.column_names:
        assert (
            found[name]
            .cast(table.schema.field(name).type)
            .combine_chunks()
            .equals(table[name].combine_chunks())
        ), name


def test_a_cone_has_the_objects_that_numpy_finds(catalog, table, positions):
    found = catalog.cone_search(CONE.ra.deg, CONE.dec.deg, radius_arcsec=5 * 3600).compute()
    expected = table.filter(pa.array(positions.separation(CONE) < 5 * u.deg))
    assert len(expected) > 10
    assert sorted(found["i:objectId"]) == expected["i:objectId"].to_pylist()


@pytest.fixture
def neighbours(table, positions):
    """Another catalogue: half an arcsecond off every tenth object, and as many objects elsewhere."""
    import lsdb
    import pandas as pd

    near = positions[::10].directional_offset_by(30 * u.deg, 0.5 * u.arcsec)
    far = positions[::10].directional_offset_by(60 * u.deg, 60 * u.arcsec)
    frame = pd.DataFrame(
        {
            "name": [*table["i:objectId"].to_pylist()[::10], *["elsewhere"] * len(far)],
            "ra": np.concatenate([near.ra.deg, far.ra.deg]),
            "dec": np.concatenate([near.dec.deg, far.dec.deg]),
        }
    )
    return lsdb.from_dataframe(frame, margin_threshold=5, lowest_order=2, highest_order=2)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_crossmatch_finds_each_neighbour(catalog, neighbours, table, side):
    pair = (catalog, neighbours) if side == "left" else (neighbours, catalog)
    found = pair[0].crossmatch(pair[1], radius_arcsec=1, suffixes=("", "_other")).compute()
    ids = "i:objectId" if "i:objectId" in found else "i:objectId_other"
    names = "name" if "name" in found else "name_other"
    assert found[ids].tolist() == found[names].tolist()
    assert sorted(found[ids]) == table["i:objectId"].to_pylist()[::10]
    np.testing.assert_allclose(found.filter(like="_dist_arcsec").iloc[:, 0].astype(float), 0.5, atol=1e-6)


def features(row):
    """Amplitude, number of points, and days between the first and the last."""
    mags, days = row["light_curve.i:magpsf"], row["light_curve.i:jd"]
    return {
        "amplitude": np.ptp(mags[np.isfinite(mags)], initial=0),
        "points": len(days),
        "days": np.ptp(days),
    }


def test_features_of_all_light_curves_are_numpys(catalog, table):
    columns = ["light_curve.i:magpsf", "light_curve.i:jd"]
    found = catalog.map_rows(
        features,
        columns=columns,
        meta={"amplitude": float, "points": int, "days": float},
        append_columns=True,
    ).compute()
    expected = {}
    for row in table.select(["i:objectId", "light_curve"]).to_pylist():
        mags = np.array(row["light_curve"]["i:magpsf"], dtype=np.float32)
        expected[row["i:objectId"]] = features(
            {"light_curve.i:magpsf": mags, "light_curve.i:jd": np.array(row["light_curve"]["i:jd"])}
        )
    assert len(found) == OBJECTS
    for name in ("amplitude", "points", "days"):
        assert found[name].tolist() == [expected[one][name] for one in found["i:objectId"]]
    assert found["points"].tolist() == found["n_alerts"].tolist()


def test_units_and_descriptions_are_read_back(built, catalog, table):
    expected = {name: u.Unit(unit) if unit else None for name, unit in UNITS.items()} | {"light_curve": None}
    expected |= {f"light_curve.{name}": u.Unit(unit) if unit else None for name, (_, unit) in MEMBERS.items()}
    cone = catalog.cone_search(CONE.ra.deg, CONE.dec.deg, radius_arcsec=3600)
    for source in (
        catalog,
        cone,
        catalog[["ra"]],
        built.report.path,
        Path(built.report.path),
        built.folder / "curves",
        table.schema,
    ):
        assert transfer.units(source) == expected
    listed = transfer.list_columns(catalog)
    assert listed.colnames == ["name", "type", "unit", "description"]
    assert listed["name"].tolist() == list(expected)
    assert listed[-2].values() == ("light_curve.i:magpsf", "float", "mag", "description of i:magpsf")
    assert listed["type"][listed["name"] == "light_curve"] == ["light curve"]


def test_what_lsdb_computed_has_no_units(catalog, neighbours):
    with pytest.raises(FinkQueryError, match="give the catalogue of lsdb.open_catalog, of which it was made"):
        transfer.units(catalog.crossmatch(neighbours, radius_arcsec=1))


def test_what_is_no_catalogue_has_no_columns(tmp_path):
    with pytest.raises(FinkQueryError, match="has no columns: give a catalogue"):
        transfer.units(tmp_path)


def test_an_address_of_fsspec_is_as_good_as_a_folder(few, tmp_path):
    import lsdb

    write(few, tmp_path / "curves")
    report = transfer.to_hats(tmp_path / "curves", "memory://bucket/catalog", catalog_name="fink")
    assert report.path == "memory://bucket/catalog"
    assert len(lsdb.open_catalog(report.path).compute()) == report.objects == len(few)
    assert transfer.units(report.path)["light_curve.i:magpsf"] == u.mag
    assert os.listdir(tmp_path) == ["curves"]
    with pytest.raises(FinkQueryError, match="memory://bucket/catalog' exists"):
        transfer.to_hats(tmp_path / "curves", report.path)


def test_the_users_client_does_the_work(few, tmp_path):
    from dask.distributed import Client

    write(few, tmp_path / "curves")
    with Client(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=LOCAL,
        worker_dashboard_address=LOCAL,
    ) as client:
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog", client=client, margin_arcsec=None)
        tasks = client.run_on_scheduler(lambda dask_scheduler: set(dask_scheduler.task_prefixes))
        assert {"map_to_pixels", "split_pixels", "reduce_pixel_shards"} <= tasks
        assert client.status == "running"


def test_objects_without_a_position_are_left_out_with_a_warning(few, tmp_path):
    ra = few["ra"].to_pylist()
    ra[3], ra[5] = None, float("nan")
    table = few.set_column(1, few.schema.field("ra"), pa.array(ra, pa.float64()))
    write(table, tmp_path / "curves", files=2)
    with pytest.warns(NoResultsWarning, match="2 of 40 objects have no position and were left out"):
        report = transfer.to_hats(tmp_path / "curves", tmp_path / "catalog")
    assert (report.objects, report.without_position) == (38, 2)


KILLED = """
import os, signal, sys
from dask.distributed import Client
from astroquery_fink import transfer

class Killed(Client):
    def submit(self, function, *arguments, **keywords):
        if function.__name__ == "reduce_pixel_shards":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().submit(function, *arguments, **keywords)

with Killed(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as client:
    transfer.to_hats(*sys.argv[1:], client=client)
"""


def test_a_killed_run_is_continued(few, tmp_path):
    import lsdb

    write(few, tmp_path / "curves", files=2)
    paths = [tmp_path / "curves", tmp_path / "catalog"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *paths], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not paths[1].exists()
    shards = list(tmp_path.glob(".catalog.unfinished/**/shard_*.parquet"))
    assert sum(pq.read_metadata(file).num_rows for file in shards) == len(few)
    report = transfer.to_hats(*paths)
    assert len(lsdb.open_catalog(report.path).compute()) == report.objects == len(few)
    assert sorted(os.listdir(tmp_path)) == ["catalog", "curves"]


def test_a_run_of_other_light_curves_is_not_continued(few, tmp_path):
    """A run that failed at a broken file is begun anew when the file is another."""
    write(few, tmp_path / "curves", files=2)
    broken = tmp_path / "curves" / "objects" / "part-0001.parquet"
    content = bytearray(broken.read_bytes())
    content[4:400] = bytes(396)
    whole = tmp_path / "whole.parquet"
    shutil.copy(broken, whole)
    broken.write_bytes(content)
    with pytest.raises(FinkQueryError, match="part-0001.parquet is broken|The same call continues"):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog")
    whole.replace(broken)
    assert transfer.to_hats(tmp_path / "curves", tmp_path / "catalog").objects == len(few)


def test_one_process_at_a_time_writes_a_catalogue(few, tmp_path):
    from filelock import FileLock

    write(few, tmp_path / "curves")
    (tmp_path / ".catalog.unfinished").mkdir()
    with (
        FileLock(tmp_path / ".catalog.unfinished" / "lock"),
        pytest.raises(FinkQueryError, match="is being written by another process"),
    ):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog")


def test_what_exists_is_not_overwritten(few, tmp_path):
    write(few, tmp_path / "curves")
    (tmp_path / "catalog").mkdir()
    with pytest.raises(
        FinkQueryError, match="catalog' exists: remove it, or give a path that does not exist"
    ):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog")
    assert sorted(os.listdir(tmp_path)) == ["catalog", "curves"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder, table: None, "does not exist: give the folder that transfer.light_curves wrote"),
        (lambda folder, table: folder.write_text(""), "is not a folder"),
        (lambda folder, table: folder.mkdir(), "has no light curves in it"),
        (lambda folder, table: write(table.slice(0, 0), folder), "has no objects in it"),
        (lambda folder, table: write(table, folder, kind="solar_system"), "Solar System objects only"),
        (lambda folder, table: write(table.drop_columns(["ra"]), folder), "has no column ra in degrees"),
        (
            lambda folder, table: write(table.drop_columns(["light_curve"]), folder),
            "has no column light_curve",
        ),
        (
            lambda folder, table: write(table.drop_columns(["i:objectId"]), folder),
            "has no column of object ids",
        ),
        (
            lambda folder, table: write(
                table.set_column(1, table.schema.field("ra"), pa.nulls(len(table), pa.float64())), folder
            ),
            "has no object with a position",
        ),
        (
            lambda folder, table: pq.write_table(
                table.drop_columns(["first"]), write(table, folder) / "objects" / "part-0009.parquet"
            ),
            "part-0009.parquet has other columns or types than part-0000.parquet",
        ),
    ],
)
def test_a_folder_without_light_curves_is_refused(few, tmp_path, make, message):
    make(tmp_path / "curves", few)
    with pytest.raises(FinkQueryError, match=message):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog")
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"client": "10.0.0.1:8786"}, "client='10.0.0.1:8786' is not a dask.distributed.Client"),
        ({"catalog_name": "my catalogue"}, "catalog_name='my catalogue' is not a valid name: use letters"),
        ({"pixel_threshold": 0}, "pixel_threshold=0 is not a positive whole number"),
        ({"margin_arcsec": "5 arcsec"}, "margin_arcsec='5 arcsec' is not an angle in arcseconds"),
        ({"output": "nosuch://bucket/catalog"}, "output='nosuch://bucket/catalog' cannot be used"),
        ({"output": "memory://bucket/my catalogue"}, "its last part is not a valid name"),
        ({"output": 3}, "output=3 is not a valid path"),
    ],
)
def test_an_invalid_argument_is_named(few, tmp_path, arguments, message):
    write(few, tmp_path / "curves")
    with pytest.raises(FinkQueryError, match=message):
        transfer.to_hats(tmp_path / "curves", **{"output": tmp_path / "catalog"} | arguments)


def test_the_missing_extra_is_named(few, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "hats_import", None)
    with pytest.raises(FinkQueryError, match=r'pip install "astroquery_fink\[hats\]"'):
        transfer.to_hats(tmp_path, tmp_path / "catalog")

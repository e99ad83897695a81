# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves become a HATS catalogue that LSDB opens, with the same values and units."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astroquery.exceptions import NoResultsWarning

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import ZTF

if not (find_spec("lsdb") and find_spec("hats_import")):
    pytest.skip("needs the extra hats-test", allow_module_level=True)

import pyarrow as pa
from pyarrow import parquet as pq

pytestmark = [
    pytest.mark.hats,
    pytest.mark.timeout(300),
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
UNITS = {"i:objectId": None, "ra": u.deg, "dec": u.deg, "n_alerts": None, "first": u.d, "last": u.d}
UNITS |= {
    "light_curve": None,
    "light_curve.i:magpsf": u.mag,
    "light_curve.i:jd": u.d,
    "light_curve.i:fid": None,
}
LOCAL = "127.0.0.1:0"


def name_of(number):
    """The id of a simulated object: 26 letters are digits."""
    return "ZTF26" + "".join(chr(ord("a") + number // 26**power % 26) for power in range(6, -1, -1))


def simulated_alerts():
    """Alerts of 20,000 simulated objects within 0.1 arcsec of their places on the sky."""
    random = np.random.default_rng(14)
    number = np.repeat(np.arange(OBJECTS), random.integers(1, 20, OBJECTS))
    alerts = len(number)
    ra, dec = random.uniform(0, 360, OBJECTS), np.degrees(np.arcsin(random.uniform(-0.5, 1, OBJECTS)))
    return pa.table(
        {
            "i:objectId": pa.array([name_of(one) for one in number.tolist()]),
            "i:ssnamenr": pa.nulls(alerts, pa.string()),
            "d:roid": pa.array(np.zeros(alerts, np.int32)),
            "i:candid": pa.array(3_000_000_000_000_000_000 + random.permutation(alerts)),
            "i:jd": 2461000.5 + random.uniform(0, 365, alerts),
            "i:fid": pa.array(random.integers(1, 3, alerts).astype(np.int32)),
            "i:magpsf": pa.array(
                random.normal(18, 1, alerts).astype(np.float32), mask=random.random(alerts) < 0.01
            ),
            "i:ra": ra[number] + random.uniform(-0.1, 0.1, alerts) / 3600,
            "i:dec": np.clip(dec[number] + random.uniform(-0.1, 0.1, alerts) / 3600, -90, 90),
            "d:cdsxmatch": pa.array(
                random.choice(["Unknown", "RRLyr"], alerts), mask=random.random(alerts) < 0.1
            ),
        }
    )


def write(table, folder, files=1, kind="objects"):
    """A folder of light curves."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    rows = -(-len(table) // files)
    for number in range(files):
        pq.write_table(table.slice(number * rows, rows), folder / kind / f"part-{number:04d}.parquet")
    return folder


@pytest.fixture(scope="module")
def alerts():
    return simulated_alerts()


@pytest.fixture(scope="module")
def built(alerts, tmp_path_factory):
    """From alerts to a catalogue: the folder, in which they are, and the report."""
    folder = tmp_path_factory.mktemp("hats")
    pq.write_table(alerts, folder / "alerts.parquet")
    transfer.compact(folder / "alerts.parquet", folder / "compact")
    transfer.light_curves(folder / "compact", folder / "curves")
    report = transfer.to_hats(folder / "curves", folder / "catalog", pixel_threshold=PARTITION)
    return SimpleNamespace(folder=folder, report=report)


@pytest.fixture
def catalog(built):
    import lsdb

    return lsdb.open_catalog(built.report.path)


@pytest.fixture(scope="module")
def table(built):
    """The light curves, sorted by object."""
    return pq.read_table(built.folder / "curves" / "objects")


@pytest.fixture(scope="module")
def few(table):
    """The light curves of the first 40 objects."""
    return table.slice(0, 40)


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
    assert (
        str(report)
        == f"Catalogue catalog of 20,000 objects in {report.partitions} partitions in {report.path}"
    )
    assert report.path == built.folder / "catalog"


def test_nothing_but_the_catalogue_is_left(built):
    assert sorted(os.listdir(built.folder)) == ["alerts.parquet", "catalog", "compact", "curves"]


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


@pytest.fixture(scope="module")
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
    return lsdb.from_dataframe(frame, margin_threshold=5, lowest_order=1, highest_order=1)


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
    mags = mags[np.isfinite(mags)]
    return {"amplitude": np.ptp(mags) if len(mags) else np.nan, "points": len(days), "days": np.ptp(days)}


def test_features_of_all_light_curves_are_numpys(catalog, alerts):
    found = catalog.map_rows(
        features,
        columns=["light_curve.i:magpsf", "light_curve.i:jd"],
        meta={"amplitude": np.float32, "points": int, "days": float},
        append_columns=True,
    ).compute()
    found = found.sort_values("i:objectId")
    ids, mags, days = (alerts[name].to_numpy() for name in ("i:objectId", "i:magpsf", "i:jd"))
    order = np.argsort(ids, kind="stable")
    names, begin = np.unique(ids[order], return_index=True)
    assert found["i:objectId"].tolist() == names.tolist()
    assert found["points"].tolist() == found["n_alerts"].tolist() == np.diff([*begin, len(ids)]).tolist()
    for values, name in ((mags, "amplitude"), (days, "days")):
        values = values[order]
        ranges = np.fmax.reduceat(values, begin) - np.fmin.reduceat(values, begin)
        np.testing.assert_array_equal(found[name].to_numpy(dtype=float), ranges)


def points(row):
    """What a Table of the light curve tells."""
    table = transfer.light_curve(row)
    return {"unit": str(table["i:magpsf"].unit), "points": len(table)}


def test_a_light_curve_of_lsdb_becomes_the_table_that_read_gives(built, catalog):
    cone = catalog.cone_search(CONE.ra.deg, CONE.dec.deg, radius_arcsec=3 * 3600)
    for _, row in cone.compute().iterrows():
        found = transfer.light_curve(row)
        expected = transfer.read(built.folder / "compact", row["i:objectId"])
        for name in ("i:candid", "i:jd", "i:fid", "i:magpsf"):
            assert found[name].dtype == expected[name].dtype
            assert found[name].unit == expected[name].unit
            assert found[name].tolist() == expected[name].tolist()
    mapped = cone.map_rows(
        points, columns=["light_curve"], meta={"unit": str, "points": int}, append_columns=True
    )
    counted = mapped.compute()
    assert counted["points"].tolist() == counted["n_alerts"].tolist()
    assert set(counted["unit"]) == {"mag"}


def test_units_and_descriptions_are_read_back(built, catalog, table):
    cone = catalog.cone_search(CONE.ra.deg, CONE.dec.deg, radius_arcsec=3600)
    folder = built.folder
    sources = [
        catalog,
        cone,
        catalog[["ra"]],
        folder / "catalog",
        str(folder / "catalog"),
        folder / "curves",
        table.schema,
    ]
    for source in sources:
        units = transfer.units(source)
        assert {name: units[name] for name in UNITS} == UNITS
    listed = transfer.list_columns(catalog)
    assert listed.colnames == ["name", "type", "unit", "description"]
    assert listed["name"].tolist() == list(units)
    mag = listed[listed["name"] == "light_curve.i:magpsf"][0]
    assert (mag["type"], mag["unit"]) == ("float", "mag")
    assert mag["description"] == ZTF.facts["i:magpsf"].description
    assert all(listed["description"])


def test_units_of_alerts_are_read_back(built):
    assert transfer.units(built.folder / "compact")["i:magpsf"] == u.mag


def test_what_lsdb_computed_has_no_units(catalog, neighbours):
    with pytest.raises(FinkQueryError, match="give the catalogue of lsdb.open_catalog, of which it was made"):
        transfer.units(catalog.crossmatch(neighbours, radius_arcsec=1))


def test_what_is_no_catalogue_has_no_columns(tmp_path):
    with pytest.raises(FinkQueryError, match="cannot be opened .*: give a catalogue"):
        transfer.units(tmp_path)


def test_an_address_of_fsspec_is_as_good_as_a_folder(few, tmp_path):
    import lsdb

    write(few, tmp_path / "curves")
    report = transfer.to_hats(
        tmp_path / "curves", "memory://bucket/catalog", catalog_name="fink", margin_arcsec=None
    )
    assert str(report.path) == "memory://bucket/catalog"
    assert len(lsdb.open_catalog(report.path).compute()) == report.objects == len(few)
    for address in (report.path, str(report.path)):
        assert transfer.units(address)["light_curve.i:magpsf"] == u.mag
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
        report = transfer.to_hats(tmp_path / "curves", tmp_path / "catalog", margin_arcsec=None)
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
    last = tmp_path / "curves" / "objects" / "part-0001.parquet"
    content = last.read_bytes()
    with pq.ParquetFile(last) as file:
        begin = file.metadata.row_group(0).column(few.schema.names.index("first")).dictionary_page_offset
    last.write_bytes(content[:begin] + bytes(100) + content[begin + 100 :])
    arguments = {"path": tmp_path / "curves", "output": tmp_path / "catalog", "margin_arcsec": None}
    with pytest.raises(
        FinkQueryError, match="The same call continues where it stopped; to begin anew, remove"
    ):
        transfer.to_hats(**arguments)
    last.write_bytes(content)
    assert transfer.to_hats(**arguments).objects == len(few)


def test_one_process_at_a_time_writes_a_catalogue(few, tmp_path):
    from filelock import FileLock

    write(few, tmp_path / "curves")
    (tmp_path / ".catalog.unfinished").mkdir()
    with (
        FileLock(tmp_path / ".catalog.unfinished" / "lock"),
        pytest.raises(FinkQueryError, match="is being written by another process"),
    ):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog", margin_arcsec=None)


def test_what_exists_is_not_overwritten(few, tmp_path):
    write(few, tmp_path / "curves")
    (tmp_path / "catalog" / "properties").mkdir(parents=True)
    with pytest.raises(FinkQueryError, match="catalog' exists: remove it, or give another path"):
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog", margin_arcsec=None)
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
        transfer.to_hats(tmp_path / "curves", tmp_path / "catalog", margin_arcsec=None)
    assert not (tmp_path / "catalog").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"client": "10.0.0.1:8786"}, "client='10.0.0.1:8786' is not a dask.distributed.Client"),
        ({"catalog_name": "my catalogue"}, "catalog_name='my catalogue' is not a valid name: use letters"),
        ({"pixel_threshold": 0}, "pixel_threshold=0 is not a valid number"),
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

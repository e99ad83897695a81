# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves hold every alert once, by object, and each of them is the Table of the REST service."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astroquery.exceptions import CorruptDataWarning, InputWarning, NoResultsWarning
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import assert_equal, quick

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import LSST, SURVEYS, ZTF

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ONE, OTHER, THIRD = "ZTF21aaaaaaa", "ZTF21aaaaaab", "ZTF21aaaaaac"
LONG_ID = 313897383979122767
KINDS = {
    "i:objectId": pa.string(),
    "r:diaObjectId": pa.int64(),
    "i:candid": pa.int64(),
    "r:diaSourceId": pa.int64(),
    "i:fid": pa.int64(),
    "i:magpsf": pa.float32(),
    "r:psfFlux": pa.float32(),
    "i:ssnamenr": pa.string(),
    "r:band": pa.string(),
    "d:cdsxmatch": pa.string(),
    "d:tag": pa.string(),
    "r:isNegative": pa.bool_(),
}


def alerts_of(survey=ZTF, **columns):
    """Alerts as `transfer.compact` writes them; ``i_jd`` is the column ``i:jd``."""
    columns = {name.replace("_", ":", 1): values for name, values in columns.items()}
    fields = [_field(name, survey) for name in columns]
    arrays = [pa.array(values, field.type) for values, field in zip(columns.values(), fields, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def _field(name, survey):
    facts = survey.facts[name]
    unit = {"unit": facts.unit.to_string()} if facts.unit else {}
    metadata = unit | {"description": facts.description}
    return pa.field(name, KINDS.get(name, pa.float64()), metadata=metadata)


def three_objects(**columns):
    """Alerts of three objects, two of each, newest first."""
    return alerts_of(
        **{
            "i_objectId": [ONE, ONE, OTHER, OTHER, THIRD, THIRD],
            "i_candid": [6, 5, 4, 3, 2, 1],
            "i_jd": [2460002.5, 2460001.5] * 3,
            "i_magpsf": [18.1, 18.2, None, 19.3, 20.4, float("nan")],
            "i_ra": [359.9, 0.1, 10.0, 10.0, 20.0, None],
            "i_dec": [0.0, 0.0, 89.0, 89.0, -30.0, None],
            "d_cdsxmatch": ["Star", None, "", "QSO", "RRLyr", "RRLyr"],
        }
        | columns
    )


def written(path, alerts, survey=ZTF, *, dataset="objects", key=None, files=1, group=3):
    """A folder as `transfer.compact` writes it."""
    (path / dataset).mkdir(parents=True)
    key = key or survey.columns.object_id
    facts = {"astroquery_fink.survey": survey.name, "astroquery_fink.sorted_by": key}
    borders = np.linspace(0, len(alerts), files + 1).astype(int).tolist()
    for number, (begin, end) in enumerate(zip(borders, borders[1:], strict=False)):
        part = alerts.slice(begin, end - begin).replace_schema_metadata(facts)
        pq.write_table(part, path / dataset / f"part-{number:04}.parquet", row_group_size=group)
    return path


@pytest.fixture
def compact(tmp_path):
    """A folder of three objects."""
    return written(tmp_path / "compact", three_objects())


@pytest.fixture
def curves(compact, tmp_path):
    """The light curves of three objects."""
    transfer.light_curves(compact, tmp_path / "curves")
    return pq.read_table(tmp_path / "curves" / "objects")


def light_curves_of(alerts, tmp_path, **options):
    """The light curves of these alerts, as a list of dicts."""
    path = written(tmp_path / "compact", alerts)
    transfer.light_curves(path, tmp_path / "curves", **options)
    return pq.read_table(tmp_path / "curves" / "objects").to_pylist()


# The rows of objects


def test_there_is_one_row_per_object_with_all_its_alerts(compact, tmp_path):
    report = transfer.light_curves(compact, tmp_path / "curves")
    rows = pq.read_table(tmp_path / "curves" / "objects").to_pylist()
    assert [row["i:objectId"] for row in rows] == [ONE, OTHER, THIRD]
    assert [row["n_alerts"] for row in rows] == [2, 2, 2]
    assert [row["light_curve"]["i:candid"] for row in rows] == [[6, 5], [4, 3], [2, 1]]
    assert (report.objects, report.solar_system_objects, report.rows, report.files) == (3, 0, 6, 1)


def test_first_and_last_are_the_times_of_the_first_and_last_alert(curves):
    assert set(curves["first"].to_pylist()) == {2460001.5}
    assert set(curves["last"].to_pylist()) == {2460002.5}
    assert "JD UTC" in curves.schema.field("first").metadata[b"description"].decode()


def test_floats_of_32_bits_stay_so(curves):
    lists = curves.schema.field("light_curve").type
    assert lists.field("i:magpsf").type.value_type == pa.float32()
    assert lists.field("i:jd").type.value_type == pa.float64()


def test_units_and_descriptions_are_in_the_files(curves):
    for name, unit in (("ra", "deg"), ("dec", "deg"), ("first", "d"), ("last", "d")):
        assert u.Unit(curves.schema.field(name).metadata[b"unit"].decode()) == u.Unit(unit)
    for field in curves.schema.field("light_curve").type:
        facts = ZTF.facts[field.name]
        assert field.metadata[b"description"].decode() == facts.description
        assert u.Unit(field.metadata.get(b"unit", b"").decode()) == (facts.unit or u.dimensionless_unscaled)


def test_the_files_say_what_ids_their_row_groups_have(compact, tmp_path):
    transfer.light_curves(compact, tmp_path / "curves")
    metadata = pq.ParquetFile(tmp_path / "curves" / "objects" / "part-0000.parquet").metadata.metadata
    assert metadata[b"astroquery_fink.survey"] == b"ztf"
    assert metadata[b"astroquery_fink.sorted_by"] == b"i:objectId"


@pytest.mark.parametrize("files", [1, 2, 4, 6])
@pytest.mark.parametrize("group", [1, 4])
def test_an_object_in_several_files_and_row_groups_is_one_row(tmp_path, files, group):
    path = written(tmp_path / "compact", three_objects(), files=files, group=group)
    report = transfer.light_curves(path, tmp_path / "curves")
    assert report.objects == 3
    rows = pq.read_table(tmp_path / "curves" / "objects").to_pylist()
    assert [row["light_curve"]["i:candid"] for row in rows] == [[6, 5], [4, 3], [2, 1]]


@quick
@given(st.data())
def test_objects_are_whole_however_their_alerts_arrive(data):
    from astroquery_fink.transfer.curves.alerts import whole_objects

    ids = sorted(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=30)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(ids)), max_size=8)))
    table = pa.record_batch({"id": pa.array(ids), "row": pa.array(range(len(ids)))})
    pairs = zip([0, *cuts], [*cuts, len(ids)], strict=True)
    found = list(whole_objects((table.slice(begin, end - begin) for begin, end in pairs), "id"))
    assert pa.Table.from_batches(found).to_pydict() == table.to_pydict()
    objects = [set(batch["id"].to_pylist()) for batch in found]
    assert sum(map(len, objects)) == len(set(ids))


def test_columns_are_chosen_and_the_time_stays(tmp_path):
    (row, *_) = light_curves_of(three_objects(), tmp_path, columns="magpsf")
    assert list(row["light_curve"]) == ["i:jd", "i:magpsf"]


def test_columns_that_the_folder_lacks_are_named(compact, tmp_path):
    with pytest.warns(NoResultsWarning, match="no column i:fid"):
        transfer.light_curves(compact, tmp_path / "curves", columns="magpsf,fid")


def test_rubin_ids_are_exact(tmp_path):
    alerts = alerts_of(
        LSST,
        r_diaObjectId=[LONG_ID, LONG_ID, LONG_ID + 1],
        r_diaSourceId=[LONG_ID + 4, LONG_ID + 3, LONG_ID + 2],
        r_midpointMjdTai=[60002.0, 60001.0, 60001.0],
        r_ra=[1.0, 1.0, 2.0],
        r_dec=[1.0, 1.0, 2.0],
    )
    transfer.light_curves(written(tmp_path / "compact", alerts, LSST), tmp_path / "curves")
    table = pq.read_table(tmp_path / "curves" / "objects")
    assert table["r:diaObjectId"].to_pylist() == [LONG_ID, LONG_ID + 1]
    assert "MJD TAI" in table.schema.field("last").metadata[b"description"].decode()


def test_upper_limits_are_in_the_light_curve_but_not_counted(tmp_path):
    alerts = three_objects(
        i_candid=[6, -1, None, 3, 2, 1], d_tag=["valid", "upperlim", "badquality"] + ["valid"] * 3
    )
    rows = light_curves_of(alerts, tmp_path, columns="magpsf")
    assert [row["n_alerts"] for row in rows] == [1, 1, 2]
    assert (rows[0]["first"], rows[1]["last"]) == (2460002.5, 2460001.5)
    assert rows[0]["light_curve"]["d:tag"] == ["valid", "upperlim"]


def test_alerts_without_an_object_are_left_out_and_counted(tmp_path):
    path = written(tmp_path / "compact", three_objects(i_objectId=[ONE, ONE, OTHER, OTHER, None, None]))
    written(path, three_objects().slice(0, 3), dataset="without_object")
    with pytest.warns(InputWarning, match=r"left out 5 alert\(s\) that name no object"):
        report = transfer.light_curves(path, tmp_path / "curves")
    assert (report.objects, report.rows, report.without_object) == (2, 4, 5)


def test_alerts_without_a_time_stay(tmp_path):
    rows = light_curves_of(
        three_objects(i_jd=[2460002.5, None, None, None, float("nan"), 2460001.5]), tmp_path
    )
    assert [(row["n_alerts"], row["first"], row["last"]) for row in rows] == [
        (2, 2460002.5, 2460002.5),
        (2, None, None),
        (2, 2460001.5, 2460001.5),
    ]


# Positions


def test_the_position_is_the_mean_on_the_sphere(curves):
    assert np.allclose(curves["ra"].to_numpy(), [0, 10, 20])
    assert np.allclose(curves["dec"].to_numpy(), [0, 89, -30])


def test_objects_at_a_pole_have_a_position(tmp_path):
    alerts = three_objects(i_ra=[0, 180, 0, 120, 240, 0], i_dec=[89.9, 89.9, -90, -90, None, 90])
    rows = light_curves_of(alerts, tmp_path)
    assert np.allclose([row["dec"] for row in rows], [90, -90, 90])
    assert all(0 <= row["ra"] < 360 for row in rows)


def test_invalid_positions_are_ignored(tmp_path):
    nan = float("nan")
    alerts = three_objects(i_ra=[nan, 5, 7, 7, None, nan], i_dec=[3, 4, 91, 8, 9, 9])
    rows = light_curves_of(alerts, tmp_path)
    positions = [(row["ra"], row["dec"]) for row in rows]
    assert np.allclose(positions[:2], [(5, 4), (7, 8)])
    assert positions[2] == (None, None)


def test_objects_without_coordinates_have_no_position(tmp_path):
    alerts = three_objects().drop_columns(["i:ra", "i:dec"])
    with pytest.warns(NoResultsWarning, match="no column i:ra, i:dec. The objects have no mean position"):
        rows = light_curves_of(alerts, tmp_path)
    assert {row["ra"] for row in rows} == {None}


positions = st.tuples(st.floats(0, 360), st.floats(-90, 90))


@quick
@given(st.lists(st.lists(positions, min_size=1, max_size=4), min_size=1, max_size=4))
def test_mean_positions_are_those_of_astropy(groups):
    from astroquery_fink.tables.curves import mean_positions

    begins = np.cumsum([0, *map(len, groups)])[:-1]
    ra, dec = np.array([position for group in groups for position in group]).T
    found_ra, found_dec = mean_positions(ra, dec, begins)
    for group, one_ra, one_dec in zip(groups, found_ra, found_dec, strict=True):
        vector = SkyCoord(group, unit="deg").cartesian.mean()
        if vector.norm() < 1e-3:
            continue
        mean = SkyCoord(vector)
        assert 0 <= one_ra < 360
        assert mean.separation(SkyCoord(one_ra, one_dec, unit="deg")) < 1e-9 * u.deg


# Solar System objects


def test_solar_system_objects_are_apart_and_have_no_position(tmp_path):
    path = written(tmp_path / "compact", three_objects())
    alerts = three_objects(
        i_candid=range(16, 10, -1), i_ssnamenr=["10", "10", "2002AW46", "2002AW46", "33", "33"]
    )
    written(path, alerts, dataset="solar_system", key="i:ssnamenr")
    report = transfer.light_curves(path, tmp_path / "curves")
    assert (report.objects, report.solar_system_objects, report.rows, report.files) == (3, 3, 12, 2)
    table = pq.read_table(tmp_path / "curves" / "solar_system")
    assert table.column_names == ["i:ssnamenr", "n_alerts", "first", "last", "light_curve"]
    one = transfer.light_curve(table.to_struct_array()[1])
    assert one["i:ssnamenr"].tolist() == ["2002AW46"] * 2
    assert one["i:objectId"].tolist() == [OTHER] * 2


@pytest.mark.parametrize("columns", [None, "jd,magpsf"])
def test_an_object_is_found_beside_solar_system_objects(tmp_path, columns):
    path = written(tmp_path / "compact", three_objects())
    alerts = three_objects(
        i_candid=range(16, 10, -1), i_ssnamenr=["10", "10", "2002AW46", "2002AW46", "33", "33"]
    )
    written(path, alerts, dataset="solar_system", key="i:ssnamenr")
    transfer.light_curves(path, tmp_path / "curves", columns=columns)
    found = transfer.read(tmp_path / "curves", OTHER, columns="magpsf")
    assert found["i:magpsf"].tolist() == transfer.read(path, OTHER, columns="magpsf")["i:magpsf"].tolist()


def test_a_folder_of_solar_system_objects_alone_has_light_curves(tmp_path):
    alerts = three_objects(i_ssnamenr=["1", "1", "2", "2", "3", "3"])
    path = written(tmp_path / "compact", alerts, dataset="solar_system", key="i:ssnamenr")
    report = transfer.light_curves(path, tmp_path / "curves")
    assert (report.objects, report.solar_system_objects) == (0, 3)
    assert [one.name for one in (tmp_path / "curves").iterdir()] == ["solar_system"]


# What is refused


def refused(path, tmp_path, **options):
    """The message with which a folder is refused; nothing is left behind."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FinkQueryError) as caught:
        transfer.light_curves(path, tmp_path / "curves", **options)
    assert sorted(tmp_path.iterdir()) == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"i_objectId": [ONE, ONE, THIRD, THIRD, OTHER, OTHER]}, f"{OTHER} comes after {THIRD}"),
        ({"i_objectId": [ONE, OTHER, ONE, ONE, THIRD, THIRD]}, f"{ONE} comes after {OTHER}"),
        ({"i_jd": [1.0, 2.0, 4.0, 3.0, 2.0, 1.0]}, f"not have the newest alert of {ONE} first"),
        ({"i_candid": [6, 5, 4, 4, 2, 1]}, "alert i:candid = 4 twice"),
    ],
)
@pytest.mark.parametrize("files", [1, 6])
def test_alerts_that_are_not_sorted_or_repeated_are_refused(tmp_path, columns, fault, files):
    path = written(tmp_path / "compact", three_objects(**columns), files=files)
    message = refused(path, tmp_path)
    assert fault in message
    assert "transfer.compact" in message


def test_a_folder_that_is_not_compact_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    pq.write_table(three_objects(), tmp_path / "folder" / "part-0.parquet")
    assert "transfer.compact" in refused(tmp_path / "folder", tmp_path)
    (tmp_path / "folder" / "objects").mkdir()
    (tmp_path / "folder" / "part-0.parquet").rename(tmp_path / "folder" / "objects" / "part-0.parquet")
    assert "transfer.compact" in refused(tmp_path / "folder", tmp_path)
    assert "does not exist" in refused(tmp_path / "nothing", tmp_path)


def test_files_with_different_columns_are_refused(compact, tmp_path):
    file = compact / "objects" / "part-0000.parquet"
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["i:magpsf"]), file.with_name("part-0001.parquet"))
    assert "different columns" in refused(compact, tmp_path)


def test_alerts_without_times_are_refused(tmp_path):
    path = written(tmp_path / "compact", three_objects().drop_columns(["i:jd"]))
    assert "no column 'i:jd'" in refused(path, tmp_path)


def test_ids_that_are_rounded_are_refused(tmp_path):
    alerts = three_objects()
    alerts = alerts.set_column(0, "i:objectId", pa.array([1.0, 1, 2, 2, 3, 3]))
    assert "'i:objectId' of text or 64-bit integers" in refused(
        written(tmp_path / "compact", alerts), tmp_path
    )


def test_another_survey_is_refused(compact, tmp_path):
    assert "alerts of 'ztf'" in refused(compact, tmp_path, survey="lsst")


def test_an_output_that_exists_is_refused(compact, tmp_path):
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "mine.txt").write_text("mine")
    assert "exists" in refused(compact, tmp_path)
    assert (tmp_path / "curves" / "mine.txt").read_text() == "mine"


def test_an_empty_output_is_used(compact, tmp_path):
    (tmp_path / "curves").mkdir()
    assert transfer.light_curves(compact, tmp_path / "curves").objects == 3


def test_an_output_inside_the_input_is_refused(compact):
    with pytest.raises(FinkQueryError, match="is inside"):
        transfer.light_curves(compact, compact / "curves")


def test_a_broken_file_is_named(compact, tmp_path):
    file = compact / "objects" / "part-0000.parquet"
    content = bytearray(file.read_bytes())
    content[4:40] = bytes(36)
    file.write_bytes(content)
    assert "part-0000.parquet is broken Parquet" in refused(compact, tmp_path)


def test_no_alerts_give_no_light_curves(tmp_path):
    path = written(tmp_path / "compact", three_objects().slice(0, 0))
    report = transfer.light_curves(path, tmp_path / "curves")
    assert (report.objects, report.rows) == (0, 0)
    assert "light_curve" in pq.read_table(tmp_path / "curves" / "objects").column_names


# One light curve


def rows_of(path):
    """The first row, as each library reads it."""
    files = path / "objects" / "part-0000.parquet"
    table = pq.read_table(files)
    yield table.to_struct_array()[0]
    yield table.to_pylist()[0]
    yield Table(rows=table.to_pylist())[0]
    if find_spec("pandas"):
        import pandas as pd

        yield pd.read_parquet(files).iloc[0]
        yield pd.read_parquet(files, dtype_backend="pyarrow").iloc[0]
        yield next(iter(pd.read_parquet(files).to_dict("index").values()))
    if find_spec("duckdb"):
        import duckdb

        with duckdb.connect() as connection:
            query = f"select * from '{files}' limit 1"
            names = [column[0] for column in connection.execute(query).description]
            yield dict(zip(names, connection.execute(query).fetchone(), strict=True))
            yield connection.execute(query).df().iloc[0]
    if find_spec("nested_pandas"):
        import nested_pandas

        frame = nested_pandas.read_parquet(files)
        yield frame.iloc[0]
        seen = []
        frame.map_rows(lambda row: seen.append(row) or {"done": True})
        yield seen[0]


def test_a_light_curve_is_the_same_however_the_row_was_read(compact, tmp_path):
    transfer.light_curves(compact, tmp_path / "curves")
    expected = transfer.read(compact / "objects", ONE)
    for row in rows_of(tmp_path / "curves"):
        table = transfer.light_curve(row)
        assert_equal(table, expected)
        assert table["i:magpsf"].tolist() == [18.1, 18.2]
        assert table["i:magpsf"].unit == u.mag
        assert table.meta["survey"] == "ztf"


def test_integers_that_pandas_rounded_are_masked(tmp_path):
    pd = pytest.importorskip("pandas")
    alerts = three_objects(i_candid=[2**60 + 1, None, 4, 3, 2, 1])
    transfer.light_curves(written(tmp_path / "compact", alerts), tmp_path / "curves")
    row = pd.read_parquet(tmp_path / "curves" / "objects" / "part-0000.parquet").iloc[0]
    with pytest.warns(CorruptDataWarning, match="i:candid: masked 1 value"):
        assert transfer.light_curve(row)["i:candid"].mask.all()


def test_a_light_curve_without_an_id_has_no_column_of_ids(curves):
    row = {"light_curve": curves["light_curve"][0]}
    assert "i:objectId" not in transfer.light_curve(row).colnames


@pytest.mark.parametrize("number", [2459000.75, 16777216.5, 134217728.0, 0.1])
def test_doubles_without_a_type_stay_as_they_are(number):
    row = {"light_curve": {"i:jd": [number], "i:ranr": [number]}}
    assert transfer.light_curve(row)["i:ranr"].tolist() == [number]


def test_times_and_positions_without_a_type_stay_as_they_are():
    number = 60000.12109375  # exact in 32 bits
    row = {"light_curve": {"r:midpointMjdTai": [number], "r:ra": [number / 512], "r:psfFlux": [number]}}
    table = transfer.light_curve(row)
    assert [table[name][0] for name in table.colnames] == [number, 60000.12, number / 512]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (None, "row=None is not a row"),
        (["light_curve"], "is not a row with named columns"),
        ({"i:objectId": ONE}, "no light curve in a column 'light_curve'"),
        ({"light_curve": None}, "no light curve in a column 'light_curve'"),
        ({"light_curve": [1, 2]}, "no light curve in a column 'light_curve'"),
        ({"light_curve": {"i:magpsf": [18.1]}}, "has no times .i:jd or r:midpointMjdTai"),
        ({"light_curve": {"i:jd": [1.0], "i:magpsf": [1.0, 2.0]}}, "different lengths"),
        ({"light_curve": {"i:jd": [1.0], "i:magpsf": None}}, "'i:magpsf' of light_curve has no list"),
        ({"light_curve": {"i:jd": 1.0}}, "'i:jd' of light_curve has no list"),
        ({"light_curve": {"i:jd": ["yesterday", 1.0]}}, "'i:jd' of light_curve has no list"),
        (Table({"light_curve": [1]}), "is not one row"),
    ],
)
def test_what_is_not_a_row_is_refused(row, fault):
    with pytest.raises(FinkQueryError, match=fault):
        transfer.light_curve(row)


def test_several_rows_are_refused(curves):
    with pytest.raises(FinkQueryError, match="is not one row"):
        transfer.light_curve(curves)


def test_a_survey_without_such_columns_is_refused(curves):
    with pytest.raises(FinkQueryError, match="has no times .r:midpointMjdTai"):
        transfer.light_curve(curves.to_pylist()[0], survey="lsst")


# From transfers

OBJECTS = {"ztf": ["ZTF99simsnia", "ZTF99simagnx"], "lsst": ["170000000000000004", "170000000000000008"]}


@pytest.mark.parametrize(
    ("survey", "fixtures"), [("ztf", ("box", "fink")), ("lsst", ("box_lsst", "fink_lsst"))]
)
def test_light_curves_of_a_transfer_are_those_of_the_service(survey, fixtures, request, tmp_path):
    pytest.importorskip("confluent_kafka")
    box, client = map(request.getfixturevalue, fixtures)
    with box.transfer_topic(OBJECTS[survey], content="light") as topic:
        transfer.download(topic.topic, tmp_path / "alerts", servers=topic.servers, survey=survey)
    transfer.compact(tmp_path / "alerts", tmp_path / "compact")
    report = transfer.light_curves(tmp_path / "compact", tmp_path / "curves")
    assert report.rows == topic.alerts
    for row in pq.read_table(tmp_path / "curves" / "objects").to_struct_array():
        table = transfer.light_curve(row)
        expected = client.query_object(row[0].as_py())
        names = [name for name in table.colnames if name in expected.colnames]
        assert len(names) > 10
        assert_nearly_equal(table[names], expected[names], 1e-10)  # the service sends ten decimals


def test_transfers_of_solar_system_objects_alone_have_light_curves(box_lsst, fink_lsst, tmp_path):
    pytest.importorskip("confluent_kafka")
    with box_lsst.transfer_topic(content="light SSO") as topic:
        transfer.download(topic.topic, tmp_path / "alerts", servers=topic.servers, survey="lsst")
    transfer.compact(tmp_path / "alerts", tmp_path / "compact")
    report = transfer.light_curves(tmp_path / "compact", tmp_path / "curves")
    assert (report.objects, report.rows) == (0, topic.alerts)
    curves = pq.read_table(tmp_path / "curves" / "solar_system")
    assert len(curves) == report.solar_system_objects > 0
    table = transfer.light_curve(curves.to_struct_array()[0])
    assert set(table["r:ssObjectId"]) == {curves["r:ssObjectId"][0].as_py()}


# From alerts in any order to light curves and back

floats = st.floats(allow_nan=True, allow_infinity=False)
singles = st.floats(width=32, allow_nan=True, allow_infinity=False)
doubles = st.sampled_from([2459000.75, 134217728.0, 0.1]) | floats
texts = st.sampled_from(["Star", "", "QSO", "nan", "\u00e9"]) | st.text("abc", max_size=3)
VALUES = {
    "ztf": {
        "i:objectId": st.sampled_from([ONE, OTHER, THIRD]),
        "i:jd": st.sampled_from([2460001.5, 2460002.5]) | st.floats(2.4e6, 2.5e6),
        "i:ra": st.none() | st.floats(0, 360),
        "i:dec": st.none() | st.floats(-90, 90),
        "i:magpsf": st.none() | singles,
        "i:distpsnr1": st.sampled_from([-999.0, 0.1]) | floats,
        "i:fid": st.none() | st.sampled_from([1, 2]),
        "d:roid": st.none() | st.sampled_from([0, 1, 2]),
        "i:ssnamenr": st.none() | st.just("null"),
        "d:cdsxmatch": st.none() | texts,
        "d:new_double": st.none() | doubles,
        "d:new_text": st.none() | texts,
        "d:new_integer": st.none() | st.integers(-(2**63), 2**63 - 1),
    },
    "lsst": {
        "r:diaObjectId": st.integers(LONG_ID, LONG_ID + 2),
        "r:midpointMjdTai": st.sampled_from([60000.25]) | st.floats(6e4, 7e4),
        "r:ra": st.none() | st.floats(0, 360),
        "r:dec": st.none() | st.floats(-90, 90),
        "r:psfFlux": st.none() | singles,
        "r:isNegative": st.none() | st.booleans(),
        "r:band": st.none() | st.sampled_from("ugr"),
        "r:new_single": st.none() | singles,
        "r:new_double": st.none() | doubles,
        "f:new_bool": st.none() | st.booleans(),
    },
}
TYPES = KINDS | {
    "d:roid": pa.int64(),
    "d:new_text": pa.string(),
    "d:new_integer": pa.int64(),
    "r:new_single": pa.float32(),
    "f:new_bool": pa.bool_(),
}


@st.composite
def folders(draw, survey):
    """Alerts of some objects in the files of a folder, some of them twice."""
    size = draw(st.integers(1, 12))
    columns = {
        name: pa.array(draw(st.lists(values, min_size=size, max_size=size)), TYPES.get(name, pa.float64()))
        for name, values in VALUES[survey.name].items()
    }
    columns[survey.columns.alert_id] = pa.array(draw(st.permutations(range(2**60, 2**60 + size))))
    alerts = pa.table(columns)
    cut = draw(st.integers(0, size - 1))
    repeated = draw(st.integers(0, size - cut))
    return [alerts.slice(0, cut + repeated), alerts.slice(cut)]


@pytest.mark.parametrize("name", SURVEYS)
@given(data=st.data())
@settings(quick, max_examples=20)
def test_each_light_curve_is_the_table_of_its_object(name, data):
    survey = SURVEYS[name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "folder")
        folder.mkdir()
        for number, alerts in enumerate(data.draw(folders(survey))):
            pq.write_table(alerts, folder / f"part-{number}.parquet")
        transfer.compact(folder, Path(place, "compact"))
        transfer.light_curves(Path(place, "compact"), Path(place, "curves"))
        curves = pq.read_table(Path(place, "curves", "objects"))
        for row in curves.to_struct_array():
            objectid = row[survey.columns.object_id].as_py()
            expected = transfer.read(folder, objectid)
            table = transfer.light_curve(row)
            assert_equal(table, expected)
            assert row["n_alerts"].as_py() == len(table)
            assert_nearly_equal(transfer.light_curve(row.as_py()), expected)  # Python numbers have no type


def assert_nearly_equal(table, expected, most=1e-7):
    """Floats may differ by ``most``, also relative to them; all else is the same."""
    assert table.colnames == expected.colnames
    for name in table.colnames:
        one, other = (np.ma.asarray(column) for column in (table[name], expected[name]))
        assert np.array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other)), name
        assert one.dtype == other.dtype or one.mask.all(), name  # the type of no values is unknown
        values, others = one.compressed(), other.compressed()
        if other.dtype.kind == "f":
            assert np.allclose(values.astype(float), others, most, most), name
        else:
            assert values.tolist() == others.tolist(), name

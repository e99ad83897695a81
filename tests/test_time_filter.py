"""Light curves of a time range: which rows are selected, what is requested, and what the user is told."""

import warnings
from datetime import UTC, datetime

import astropy.units as u
import numpy as np
import pytest
from astropy.table import vstack
from astropy.time import Time
from astroquery.exceptions import NoResultsWarning
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_fink import FinkClass, conf, formats
from astroquery_fink.cli import main
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.tables.decode import has_parquet

needs_pyarrow = pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"
RUBIN = 170000000000000001
SPRING = {"start": "2025-04-01", "stop": "2025-05-01"}
MILLISECOND = 1 / 86_400_000


def jd(text):
    return Time(text).jd


def equal(one, other):
    """Whether two Tables have the same columns with the same values and masks."""
    return one.colnames == other.colnames and all(
        np.array_equal(np.ma.getmaskarray(one[name]), np.ma.getmaskarray(other[name]))
        and np.array_equal(np.ma.filled(one[name]), np.ma.filled(other[name]), equal_nan=kind(one[name]))
        for name in one.colnames
    )


def kind(column):
    return column.dtype.kind == "f"


# Which rows


def test_the_rows_are_those_of_the_whole_light_curve_in_the_range(fink):
    whole = fink.query_object(SUPERNOVA)
    table = fink.query_object(SUPERNOVA, **SPRING)
    inside = (whole["i:jd"] >= jd("2025-04-01")) & (whole["i:jd"] <= jd("2025-05-01"))
    assert 0 < len(table) < len(whole)
    assert equal(table, whole[inside])


@pytest.mark.parametrize(
    ("survey", "objectid", "scale", "form"),
    [("fink", SUPERNOVA, "utc", "jd"), ("fink_lsst", RUBIN, "tai", "mjd")],
)
def test_both_ends_are_included(request, survey, objectid, scale, form):
    fink = request.getfixturevalue(survey)
    time = {"fink": "i:jd", "fink_lsst": "r:midpointMjdTai"}[survey]
    times = fink.query_object(objectid, columns=[time])[time]
    newest, oldest = (Time(times[row], format=form, scale=scale) for row in (2, 8))
    table = fink.query_object(objectid, columns=[time], start=oldest, stop=newest)
    assert table[time].tolist() == times[2:9].tolist()
    one_second = 1 * u.s
    table = fink.query_object(objectid, columns=[time], start=oldest + one_second, stop=newest - one_second)
    assert table[time].tolist() == times[3:8].tolist()


def test_times_of_rubin_are_tai_and_those_of_the_user_utc(fink_lsst):
    time = "r:midpointMjdTai"
    first = fink_lsst.query_object(RUBIN, columns=[time])[time][-1]
    utc = Time(first, format="mjd", scale="tai").utc.iso
    assert len(fink_lsst.query_object(RUBIN, columns=[time], start="2020-01-01", stop=utc)) == 1
    as_if_utc = Time(first, format="mjd", scale="utc").iso
    later = fink_lsst.query_object(RUBIN, columns=[time], start=as_if_utc)
    assert first not in later[time].tolist()


def test_a_time_with_a_time_zone_is_converted(fink):
    aware = datetime(2025, 4, 1, tzinfo=UTC)
    assert len(fink.query_object(SUPERNOVA, start=aware)) == len(
        fink.query_object(SUPERNOVA, start="2025-04-01")
    )


def test_upper_limits_are_selected_like_alerts(fink):
    whole = fink.query_object(SUPERNOVA, withupperlim=True)
    stop = jd("2025-03-25")
    table = fink.query_object(SUPERNOVA, withupperlim=True, stop="2025-03-25")
    assert set(table["d:tag"].tolist()) >= {"upperlim", "valid"}
    assert len(table) == np.sum(whole["i:jd"] <= stop)


def test_forced_photometry_is_selected_like_alerts(fink_lsst):
    time = "r:midpointMjdTai"
    whole = fink_lsst.query_object(RUBIN, withforced=True, columns="psfFlux")
    middle = Time(np.median(whole[time]), format="mjd", scale="tai")
    table = fink_lsst.query_object(RUBIN, withforced=True, columns="psfFlux", start=middle)
    assert set(table["tag"].tolist()) == {"valid", "forced"}
    assert table[time].tolist() == whole[time][whole[time] >= middle.mjd - MILLISECOND].tolist()


def test_cutouts_stay_with_their_alerts(fink):
    whole = fink.query_object(SUPERNOVA, withcutouts=True, cutout_kind="Science", columns="candid")
    table = fink.query_object(SUPERNOVA, withcutouts=True, cutout_kind="Science", columns="candid", **SPRING)
    rows = np.isin(whole["i:candid"], table["i:candid"])
    name = "b:cutoutScience_stampData"
    assert len(table) > 0
    assert np.array_equal(table[name], whole[name][rows], equal_nan=True)


@pytest.mark.parametrize("objectids", [SUPERNOVA, f"{SUPERNOVA},{STAR}"])
def test_the_column_of_times_is_there_only_if_it_was_requested(fink, objectids):
    table = fink.query_objects(objectids, columns="magpsf,fid", **SPRING)
    assert table.colnames == ["i:magpsf", "i:fid"]
    assert len(table) == len(fink.query_objects(objectids, columns="magpsf,jd", **SPRING))
    assert fink.query_object(SUPERNOVA, columns="magpsf,fid", **SPRING).colnames == table.colnames


@settings(max_examples=40)
@given(
    ends=st.tuples(st.floats(2460750, 2460900), st.floats(2460750, 2460900)).map(sorted),
    size=st.sampled_from([1, 25]),
)
def test_any_range_of_many_objects_is_the_rows_in_it(box, ends, size):
    client, ids = FinkClass(server=box.url), [SUPERNOVA, STAR, "ZTF99simagnx"]
    first, last = (Time(end, format="jd") for end in ends)
    if not first < last:
        return
    with warnings.catch_warnings(), conf.set_temp("batch_size", size):
        warnings.simplefilter("ignore", NoResultsWarning)
        whole = client.query_objects(ids, columns="objectId,candid,jd", cache=True)
        table = client.query_objects(ids, columns="objectId,candid,jd", start=first, stop=last, cache=True)
    inside = (whole["i:jd"] >= ends[0] - MILLISECOND) & (whole["i:jd"] <= ends[1] + MILLISECOND)
    assert table["i:candid"].tolist() == whole["i:candid"][inside].tolist()


# What is requested


def test_the_payload_is_that_of_the_whole_light_curve(fink):
    for query, ids in ((fink.query_object, SUPERNOVA), (fink.query_objects, [SUPERNOVA, STAR])):
        for columns in (None, "magpsf"):
            arguments = {"columns": columns, "get_query_payload": True}
            assert query(ids, **SPRING, **arguments) == query(ids, **arguments)


def test_a_cached_light_curve_serves_any_range(fink):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not fink.query_object(SUPERNOVA).meta["cached"]
        assert fink.query_object(SUPERNOVA, **SPRING).meta["cached"]
        assert len(fink.query_object(SUPERNOVA)) > len(fink.query_object(SUPERNOVA, **SPRING))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"start": "2025-05-01", "stop": "2025-04-01"}, "start=2025-05-01 .* is not before stop"),
        ({"start": 2460000.5}, "start=2460000.5 is not a valid time"),
        ({"stop": "soon"}, "stop='soon' is not a valid time"),
    ],
)
def test_an_invalid_range_is_refused_before_anything_is_sent(times, words):
    for query in (FinkClass().query_object, FinkClass().query_objects):
        with pytest.raises(FinkQueryError, match=words):
            query(SUPERNOVA, **times)


# What the user is told


def test_the_range_is_in_meta_in_utc(fink, fink_lsst):
    meta = {"start": "2025-04-01 00:00:00.000", "stop": "2025-05-01 00:00:00.000"}
    for table in (
        fink.query_object(SUPERNOVA, **SPRING),
        fink.query_objects([SUPERNOVA, STAR], **SPRING),
        fink_lsst.query_object(RUBIN, withforced=True, **SPRING),
    ):
        assert {name: table.meta[name] for name in meta} == meta
    assert fink.query_object(SUPERNOVA).meta.keys().isdisjoint(meta)
    assert "stop" not in fink.query_object(SUPERNOVA, start="2025-04-01").meta


def test_no_alert_in_the_range_is_an_empty_table_with_its_columns_and_a_warning(fink):
    words = rf"start=2000-01-01 .*stop=2000-01-02 .*others of {SUPERNOVA}"
    with pytest.warns(NoResultsWarning, match=words):
        table = fink.query_object(SUPERNOVA, start="2000-01-01", stop="2000-01-02")
    assert len(table) == 0
    assert table.meta["missing"] == []
    assert table.colnames == fink.query_object(SUPERNOVA).colnames
    with pytest.warns(NoResultsWarning, match=words + f", {STAR}"):
        fink.query_objects([SUPERNOVA, STAR], start="2000-01-01", stop="2000-01-02")


def test_an_object_without_alerts_in_the_range_is_not_missing_among_others(fink):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = fink.query_objects([SUPERNOVA, STAR], columns="objectId", stop="2024-06-01")
    assert set(table["i:objectId"].tolist()) == {STAR}
    assert table.meta["missing"] == []


def test_an_object_without_any_alert_is_missing_and_nothing_is_said_of_the_range(fink):
    with pytest.warns(NoResultsWarning) as caught:
        table = fink.query_object("ZTF21aaaaaaa", **SPRING)
    assert table.meta["missing"] == ["ZTF21aaaaaaa"]
    assert ["time range" in str(one.message) for one in caught] == [False]


# Folders


@needs_pyarrow
def test_a_folder_has_the_rows_of_its_range_and_refuses_another(fink, tmp_path):
    from pyarrow import parquet

    ids, folder = [SUPERNOVA, STAR], tmp_path / "spring"
    table = fink.query_objects(ids, columns="objectId,magpsf", **SPRING)
    fink.query_objects(ids, columns="objectId,magpsf", outdir=folder, **SPRING)
    written = parquet.read_table(folder)
    assert written["i:magpsf"].to_pylist() == table["i:magpsf"].tolist()
    assert "i:jd" not in written.column_names
    for other in ({}, {"start": "2025-04-02", "stop": "2025-05-01"}):
        with pytest.raises(FinkQueryError, match=r"another query, .*time range"):
            fink.query_objects(ids, columns="objectId,magpsf", outdir=folder, **other)
    again = fink.query_objects(ids, columns="objectId,magpsf", outdir=folder, **SPRING)
    assert again == folder


# The command


@pytest.mark.parametrize("ids", [[SUPERNOVA], [SUPERNOVA, STAR]])
def test_the_command_selects_the_same_rows(box, fink, ids, tmp_path, capsys):
    output = tmp_path / "spring.ecsv"
    options = ["--start", "2025-04-01", "--stop", "2025-05-01", "--server", box.url, "-o", str(output)]
    assert main(["lightcurve", *ids, *options]) == 0
    capsys.readouterr()
    expected = fink.query_objects(ids, **SPRING)
    assert formats.read(output)["i:candid"].tolist() == expected["i:candid"].tolist()


def test_the_command_names_its_own_options(box, capsys):
    times = ["--start", "2025-05-01", "--stop", "2025-04-01"]
    assert main(["lightcurve", SUPERNOVA, *times, "--server", box.url]) == 2
    assert "--start 2025-05-01" in capsys.readouterr().err


# New since


@pytest.mark.parametrize(("survey", "key"), [("fink", "i:candid"), ("fink_lsst", "r:diaSourceId")])
def test_overlapping_ranges_give_every_alert_once_although_some_are_late(request, survey, key, tmp_path):
    """Each night asks for three days; what it has seen is in a file."""
    fink, objectid = request.getfixturevalue(survey), {"fink": SUPERNOVA, "fink_lsst": RUBIN}[survey]
    whole = fink.query_object(objectid, **SPRING)
    path, received = tmp_path / "seen.ecsv", []
    formats.write(whole[[key]][:0], path)
    for night in Time("2025-04-01") + np.arange(0, 31) * u.day:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoResultsWarning)
            alerts = fink.query_object(objectid, start=night - 3 * u.day, stop=night)
        seen = formats.read(path)
        new = alerts[~np.isin(alerts[key], seen[key])]
        formats.write(vstack([seen, new[[key]]], metadata_conflicts="silent"), path, overwrite=True)
        received += new[key].tolist()
    assert len(received) == len(set(received))
    assert set(received) >= set(whole[key].tolist())

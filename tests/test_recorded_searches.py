"""Tables made of recorded responses to searches; FINK_RECORDINGS names the folder of the recordings."""

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import InputWarning, NoResultsWarning
from recordings import Recordings

from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.build import alerts
from astroquery_fink.tables.decode import Columns, has_parquet

pytestmark = pytest.mark.recorded
RECORDED = Recordings("ztf")
RECORDED.need()
rows_of = RECORDED.rows
CLASSES = "classes"
PLACE = "246.1921288 1.9805383"


@pytest.fixture
def replay(serve):
    """A client whose searches are answered with one recording, whatever the request."""

    def start(name):
        return serve(lambda _, path, __: RECORDED.response(CLASSES if path.endswith("classes") else name))[0]

    return start


def test_a_cone_is_one_row_an_object_with_units(replay):
    table = replay("conesearch_json").query_region(PLACE, "5 arcsec")
    (row,) = rows_of("conesearch_json")
    assert table.colnames == list(ZTF.cone.columns)
    assert set(table.colnames) == set(row)
    assert table["i:candid"].tolist() == [row["i:candid"]]
    assert table["v:separation_degree"].unit == u.deg


@pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
def test_a_wide_cone_in_parquet_is_nearest_first(replay):
    table = replay("conesearch_parquet").query_region(PLACE, 5 * u.deg)
    assert len(table) == 2
    assert np.all(np.diff(table["v:separation_degree"]) > 0)
    assert "__index_level_0__" not in table.colnames


def test_columns_of_a_cone_are_those_asked_for(replay):
    table = replay("conesearch_columns").query_region(PLACE, "5 arcsec", columns="objectId")
    assert table.colnames == ["i:objectId", "v:separation_degree"]
    assert len(table) == len(rows_of("conesearch_columns"))


def test_an_empty_cone_has_columns(replay):
    with pytest.warns(NoResultsWarning, match="nothing"):
        table = replay("conesearch_empty").query_region("10 -30", "5 arcsec")
    assert table.colnames == list(ZTF.cone.columns)


def test_a_cone_bounded_in_time(replay):
    table = replay("conesearch_startdate_window").query_region(
        PLACE, 5 * u.deg, start="2026-01-01", window=200
    )
    assert set(table["i:objectId"]) == {row["i:objectId"] for row in rows_of("conesearch_startdate_window")}


@pytest.mark.parametrize(
    ("name", "words"), [("conesearch_too_large_400", "18,000"), ("conesearch_bad_ra_400", "parsing angle")]
)
def test_the_words_of_a_refused_cone_reach_the_user(replay, name, words):
    with pytest.raises(FinkQueryError, match=words):
        replay(name).query_region(PLACE, "5 arcsec")


@pytest.mark.parametrize("name", ["latests_json", "latests_window", "latests_rising"])
def test_the_newest_of_a_class_have_exact_ids_newest_first(replay, name):
    columns = list(RECORDED.entries[name]["payload"]["columns"].split(","))
    table = replay(name).query_class("SN candidate", n=50, columns=columns)
    rows = rows_of(name)
    assert table.colnames == columns
    assert table["i:objectId"].tolist() == [row["i:objectId"] for row in rows]
    assert np.all(np.diff(table["i:jd"]) <= 0)
    if "i:candid" in columns:
        assert table["i:candid"].tolist() == [row["i:candid"] for row in rows]


@pytest.mark.skipif(not has_parquet(), reason="needs pyarrow")
def test_full_rows_of_a_class_have_the_columns_of_an_object(replay):
    table = replay("latests_parquet").query_class("SN candidate", n=5)
    empty = alerts(Columns({}, 0), ZTF)
    assert len(table) == 5
    assert table.colnames == empty.colnames
    assert table["i:candid"].dtype == np.int64


def test_a_class_without_alerts_is_an_empty_table(replay):
    with pytest.warns(NoResultsWarning, match="nothing"):
        assert len(replay("latests_unknown_class_is_empty").query_class("Ambiguous", n=5)) == 0


def test_the_words_of_a_refused_trend_reach_the_user(replay):
    with pytest.raises(FinkQueryError, match="up is not a valid trend"):
        replay("latests_bad_trend_400").query_class("SN candidate", n=5, trend="rising")


def test_a_class_is_checked_against_the_servers_list(replay):
    client = replay("latests_json")
    assert "Early SN Ia candidate" in client.list_classes()["name"]
    with pytest.warns(
        InputWarning, match="'SN candidates' is not in Fink's list .* Did you mean SN candidate"
    ):
        client.query_class("SN candidates", n=5)


def test_anomalies_have_scores(replay):
    table = replay("anomaly_json").query_anomalies(n=3, columns="objectId,jd,anomaly_score")
    assert table["d:anomaly_score"].tolist() == [row["d:anomaly_score"] for row in rows_of("anomaly_json")]


def test_alerts_of_tracks_have_names(replay):
    table = replay("tracklet_json").query_tracklets(date="2026-03-22", columns="objectId,jd,tracklet")
    assert set(table["d:tracklet"]) == {row["d:tracklet"] for row in rows_of("tracklet_json")}

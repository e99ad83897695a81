"""What a search would send, for every way of asking."""

from datetime import UTC, date, datetime, timedelta, timezone

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

from astroquery_fink import Fink
from astroquery_fink.queries import cone_times

PLACE = SkyCoord(246.25, 1.75, unit="deg")


pytestmark = pytest.mark.usefixtures("in_json")


def cone(coordinates=PLACE, radius="5 arcsec", **arguments):
    return Fink.query_region(coordinates, radius, get_query_payload=True, **arguments)


def of_class(class_name="SN candidate", **arguments):
    return Fink.query_class(class_name, get_query_payload=True, **arguments)


@pytest.mark.parametrize(
    "spelling",
    [PLACE, PLACE.frame, PLACE.galactic, "246.25 1.75", "16:25:00 +01:45:00", "16h25m00s +01d45m00s"],
)
def test_a_position_has_many_spellings(spelling):
    sent = cone(spelling)
    assert (sent["ra"], sent["dec"]) == (pytest.approx(246.25), pytest.approx(1.75))


@pytest.mark.parametrize(
    "radius", [5 * u.arcsec, "5 arcsec", '5"', 5 / 3600 * u.deg, u.Quantity(5000, u.mas)]
)
def test_a_radius_has_a_unit(radius):
    assert cone(radius=radius)["radius"] == pytest.approx(5)


@pytest.mark.parametrize("radius", [5, "5", -5 * u.arcsec, 0 * u.deg, "5.1 deg", 3 * u.s, "wide", None])
def test_a_radius_without_a_unit_or_out_of_range_is_refused(radius):
    with pytest.raises(InvalidQueryError, match="radius"):
        cone(radius=radius)


@pytest.mark.parametrize("coordinates", [5, None, (246.25, 1.75), SkyCoord([], [], unit="deg")])
def test_what_is_no_position_is_refused(coordinates):
    with pytest.raises(InvalidQueryError, match="coordinates"):
        cone(coordinates)


def test_the_limit_on_alerts_is_the_highest_that_the_server_knows():
    assert cone()["n"] == 10_000


def test_rows_are_grouped_by_object_whatever_columns_are_asked_for():
    assert cone(columns="magpsf")["columns"] == "i:magpsf,i:objectId,i:candid,i:jd"


def test_computed_columns_cannot_be_asked_for_in_a_region():
    with pytest.raises(InvalidQueryError, match="v:lapse"):
        cone(columns="v:lapse")


def test_many_positions_are_many_questions():
    assert [sent["ra"] for sent in cone(SkyCoord([10, 20, 30], [0, 0, 0], unit="deg"))] == pytest.approx(
        [10, 20, 30]
    )


def test_the_time_range_of_many_positions_is_parsed_once(monkeypatch):
    parse, parsed = cone_times.time_range, []
    monkeypatch.setattr(cone_times, "time_range", lambda *bounds: parsed.append(bounds) or parse(*bounds))
    sent = cone(SkyCoord([10, 20, 30], [0, 0, 0], unit="deg"), start="2026-03-20", window=3)
    assert [one["startdate"] for one in sent] == ["2026-03-20 00:00:00.000"] * 3
    assert [one["window"] for one in sent] == [3] * 3
    assert parsed == [("2026-03-20", None)]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-20",
        "2026-03-20 00:00:00",
        "2026-03-20T00:00:00",
        Time("2026-03-20"),
        Time("2026-03-20").tai,
        Time(61119, format="mjd"),
        date(2026, 3, 20),
        datetime(2026, 3, 20),
        datetime(2026, 3, 20, tzinfo=UTC),
        datetime(2026, 3, 20, 2, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_moment_has_many_spellings(moment):
    assert cone(start=moment)["startdate"] == "2026-03-20 00:00:00.000"
    assert of_class(start=moment)["startdate"] == "2026-03-20 00:00:00.000"


@pytest.mark.parametrize("moment", [61119, 2461119.5, "yesterday", "20/03/2026", Time(["2026-03-20"])])
def test_what_is_no_moment_is_refused(moment):
    with pytest.raises(InvalidQueryError, match="start"):
        cone(start=moment)


def test_the_start_is_before_the_stop():
    with pytest.raises(InvalidQueryError, match="not before"):
        of_class(start="2026-03-21", stop="2026-03-20")


@pytest.mark.parametrize(
    "bounds",
    [
        {"window": 3},
        {"start": "2026-01-01", "stop": "2026-02-01", "window": 3},
        {"start": "2026-01-01", "window": -3},
        {"start": "2026-01-01", "window": "3"},
        {"start": "2026-01-01", "window": 36_526},
        {"start": "2026-01-01", "window": float("nan")},
    ],
)
def test_a_window_is_days_after_the_start(bounds):
    assert cone(start="2026-01-01", window=3)["window"] == 3
    with pytest.raises(InvalidQueryError, match="window"):
        cone(**bounds)


@pytest.mark.parametrize("kind", ["within", "across", "nearby", 7])
def test_a_cone_of_ztf_has_one_kind_of_time_range(kind):
    for bounds in ({}, {"start": "2026-01-01"}):
        with pytest.raises(InvalidQueryError, match="Fink/ZTF has no kind; leave it out: .* first detection"):
            cone(kind=kind, **bounds)


def test_an_end_without_a_beginning_is_sent_with_the_beginning_of_the_survey():
    """The server of ZTF ignores it otherwise."""
    sent = cone(stop="2026-01-01")
    assert (sent["startdate"], sent["stopdate"]) == ("2019-11-01 00:00:00.000", "2026-01-01 00:00:00.000")


def test_a_trend_is_checked_against_those_of_the_class():
    assert of_class(trend="Rising")["trend"] == "rising"
    assert of_class("(CTA) Blazar low state", trend="low_state")["trend"] == "low_state"
    with pytest.raises(InvalidQueryError, match="rising or fading"):
        of_class(trend="low_state")
    with pytest.raises(InvalidQueryError, match="rising, fading"):
        of_class(trend="up")


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", True])
def test_a_number_of_alerts_is_positive_and_whole(n):
    with pytest.raises(InvalidQueryError, match="n="):
        of_class(n=n)
    with pytest.raises(InvalidQueryError, match="n="):
        Fink.query_anomalies(n=n, get_query_payload=True)


def test_anomalies_are_bounded_by_days():
    sent = Fink.query_anomalies(
        n=3, start="2026-03-20 11:00", stop=Time("2026-03-20"), get_query_payload=True
    )
    assert sent == {"n": 3, "start_date": "2026-03-20", "stop_date": "2026-03-20", "output-format": "json"}
    with pytest.raises(InvalidQueryError, match="after"):
        Fink.query_anomalies(start="2026-03-21", stop="2026-03-20", get_query_payload=True)


@pytest.mark.parametrize(
    "part", ["2026", "2026-03", "2026-03-22", "2026-03-22 11", "2026-03-22 11:06", "2026-03-22 11:06:35"]
)
def test_any_leading_part_of_a_date_names_tracks(part):
    assert Fink.query_tracklets(date=part, get_query_payload=True)["date"] == part


def test_a_time_names_tracks_to_the_second():
    sent = Fink.query_tracklets(date=Time("2026-03-22 11:06:35"), get_query_payload=True)
    assert sent["date"] == "2026-03-22 11:06:35"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"date": "2026", "tracklet": "TRCK_20260322_110635_00"},
        {"tracklet": "TRCK_1"},
        {"date": "soon"},
        {"date": "2023-13"},
        {"date": "2023-02-30"},
        {"date": "2023-12-13 24"},
        {"date": "2023-12-13 13:60"},
    ],
)
def test_tracks_have_one_date_or_one_name(wrong):
    with pytest.raises(InvalidQueryError, match="date|tracklet"):
        Fink.query_tracklets(get_query_payload=True, **wrong)


def test_what_a_trend_needs_is_asked_for_too():
    assert of_class(trend="fading", columns="jd")["columns"] == "i:jd,d:mag_rate,i:objectId,i:candid"


def test_an_end_has_a_beginning_beside_which_the_server_heeds_it():
    assert cone(stop="2026-03-20")["startdate"] == "2019-11-01 00:00:00.000"

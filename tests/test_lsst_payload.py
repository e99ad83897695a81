# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What would be sent to Rubin's service, and what is refused before anything is."""

from datetime import UTC, datetime

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Column, Table
from astropy.time import Time
from astroquery.exceptions import InvalidQueryError

from astroquery_fink import FinkClass, conf
from astroquery_fink.surveys import LSST

NOWHERE = "http://127.0.0.1:9"  # where nobody listens: what needs an answer fails
RUBIN, ZTF = FinkClass(survey="lsst", server=NOWHERE), FinkClass(server=NOWHERE)
ID, OTHER, ALERT = 313897383979122767, 170028485706776685, 170094456251351059
ZTF_ID = "ZTF21aaxtctv"
JSON = {"output-format": "json"}
KEYS = "r:diaObjectId,r:diaSourceId,r:midpointMjdTai"
UTC_NOON, TAI_NOON = "2026-03-05 12:00:00", "2026-03-05 12:00:37.000"


pytestmark = pytest.mark.usefixtures("in_json")


def sent(method, *positional, client=RUBIN, **arguments):
    return getattr(client, method)(*positional, get_query_payload=True, **arguments)


# What is sent


ID_ONLY = {"diaObjectId": str(ID)} | JSON
CONE = {"ra": 61.5, "dec": -47.5, "radius": 5.0, "n": 10_000} | JSON
STAMPS = [
    {"diaSourceId": str(ALERT), "kind": kind, "output-format": "FITS"}
    for kind in ("Science", "Template", "Difference")
]
SENT = {
    "query_object": ((ID,), {}, ID_ONLY),
    "query_objects": ((f"{ID},{OTHER}",), {}, [{"diaObjectId": f"{ID},{OTHER}"} | JSON]),
    "query_forced_photometry": ((ID,), {}, [ID_ONLY]),
    "query_summary": ((ID,), {}, [ID_ONLY]),
    "get_cutouts": ((ID,), {"candid": ALERT}, STAMPS),
    "get_images": (
        (ID,),
        {"kind": "science"},
        {"kind": "Science", "output-format": "FITS"},
    ),
    "query_region": (("61.5 -47.5", "5 arcsec"), {}, CONE),
    "query_tag": (("in_tns",), {"n": 3}, {"tag": "in_tns", "n": 3} | JSON),
    "query_sso": (("2004 JQ12",), {}, {"n_or_d": "2004 JQ12"} | JSON),
    "resolve_name": (
        ("SN 2022and",),
        {"resolver": "tns"},
        {"resolver": "tns", "name_or_id": "SN 2022and", "nmax": 10} | JSON,
    ),
    "query_statistics": (("2026-03",), {}, {"date": "202603"} | JSON),
    "query_skymap": (
        ("S230518h",),
        {"credible_level": 0.2},
        {"event_name": "S230518h", "credible_level": 0.2} | JSON,
    ),
}


@pytest.mark.parametrize("method", SENT)
def test_each_question_is_sent_in_the_words_of_rubins_service(method):
    positional, arguments, expected = SENT[method]
    assert sent(method, *positional, **arguments) == expected


@pytest.mark.parametrize("method", SENT)
def test_the_twin_that_reads_nothing_sends_the_same(method):
    positional, arguments, expected = SENT[method]
    assert sent(f"{method}_async", *positional, **arguments) == expected


@pytest.mark.parametrize(
    "kind", [int, str, np.int64, lambda value: f" {value}\n", lambda value: b"%d" % value]
)
def test_an_id_travels_as_its_digits_in_text(kind):
    assert sent("query_object", kind(ID)) == ID_ONLY
    assert sent("query_summary", kind(ID)) == [ID_ONLY]
    assert sent("get_cutouts", kind(ID), candid=kind(ALERT)) == STAMPS


@pytest.mark.parametrize(
    "ids",
    [
        f"{ID}, {OTHER},{ID}",
        [ID, OTHER],
        [str(ID), OTHER],
        np.array([ID, OTHER]),
        np.array([str(ID), str(OTHER)]),
        Column([ID, OTHER]),
        Table({"r:diaObjectId": [ID, OTHER, OTHER]}),
        Table({"diaObjectId": [ID, OTHER]}),
        iter([ID, OTHER]),
    ],
)
@pytest.mark.parametrize("method", ["query_objects", "query_forced_photometry", "query_summary"])
def test_many_ids_have_many_spellings_and_one_payload(method, ids):
    ids = iter([ID, OTHER]) if hasattr(ids, "__next__") else ids
    assert sent(method, ids) == [{"diaObjectId": f"{ID},{OTHER}"} | JSON]


def test_columns_have_what_tells_a_row_from_another_beside_them():
    assert sent("query_object", ID, columns="psfFlux,r:band")["columns"] == f"r:psfFlux,r:band,{KEYS}"
    assert (
        sent("query_tag", "in_tns", n=1, columns="f:clf_cats_class")["columns"] == f"f:clf_cats_class,{KEYS}"
    )


def test_forced_photometry_and_summaries_have_the_keys_of_their_own_tables():
    assert sent("query_forced_photometry", ID, columns="scienceFlux")[0]["columns"] == (
        "r:scienceFlux,r:diaObjectId,r:midpointMjdTai"
    )
    assert sent("query_summary", ID, columns=["g_psfFluxMean"])[0]["columns"] == (
        "r:g_psfFluxMean,r:diaObjectId"
    )


def test_forced_photometry_beside_the_alerts_is_a_second_question():
    both = sent("query_object", ID, withforced=True, columns="psfFlux,reliability")
    assert both == [
        {"diaObjectId": str(ID), "columns": f"r:psfFlux,r:reliability,{KEYS}"} | JSON,
        {"diaObjectId": str(ID), "columns": "r:psfFlux,r:diaObjectId,r:midpointMjdTai"} | JSON,
    ]
    assert sent("query_object", ID, withforced=True) == [ID_ONLY, ID_ONLY]


@pytest.mark.parametrize("name", ["raErr", "decErr", "ra_dec_Cov", "diaObjectId", "snr"])
def test_a_cone_has_the_columns_that_the_server_breaks_without(name):
    columns = sent("query_region", "61.5 -47.5", "5 arcsec", columns=name)["columns"].split(",")
    assert {f"r:{name}", "r:ra", "r:dec", "f:firstDiaSourceMjdTaiFink", *KEYS.split(",")} == set(columns)
    assert len(columns) == len(set(columns))


MOMENTS = [UTC_NOON, datetime(2026, 3, 5, 12, tzinfo=UTC), Time(UTC_NOON), Time(UTC_NOON).tai]


@pytest.mark.parametrize("moment", MOMENTS, ids=["text", "datetime", "utc", "tai"])
def test_dates_are_sent_in_atomic_time(moment):
    """The server compares them, as they are written, with times in TAI."""
    tag = sent("query_tag", "in_tns", start="2026-01-01", stop=moment)
    assert tag["startdate"] == "2026-01-01 00:00:37.000"
    assert tag["stopdate"] == TAI_NOON
    cone = sent("query_region", "61.5 -47.5", "5 arcsec", start=moment)
    assert cone["startdate"] == TAI_NOON


NEXT_NOON = "2026-03-06 12:00:37.000"


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, {}),
        ({"start": UTC_NOON}, {"startdate": TAI_NOON, "kind": "within"}),
        ({"stop": UTC_NOON}, {"stopdate": TAI_NOON, "kind": "within"}),
        ({"stop": UTC_NOON, "kind": "within"}, {"stopdate": TAI_NOON, "kind": "within"}),
        (
            {"start": UTC_NOON, "window": 1, "kind": "Across"},
            {"startdate": TAI_NOON, "stopdate": NEXT_NOON, "kind": "across"},
        ),
    ],
)
def test_a_cone_has_the_servers_own_time_range(bounds, expected):
    assert sent("query_region", "61.5 -47.5", "5 arcsec", **bounds) == CONE | expected


def test_a_time_range_is_rounded_outwards():
    """The server reads milliseconds; a detection at the very start or stop is included."""
    between = Time(UTC_NOON, precision=9) + 0.25 * u.ms
    cone = sent("query_region", "61.5 -47.5", "5 arcsec", start=between, stop=between + 1 * u.s)
    assert (cone["startdate"], cone["stopdate"]) == (TAI_NOON, TAI_NOON.replace("37.000", "38.001"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "within"}, "kind='within' says how a time range is meant: give start"),
        ({"kind": "across"}, "kind='across' says how a time range is meant: give start"),
        (
            {"kind": "acros", "start": UTC_NOON},
            "kind='acros' is unknown to Fink. Valid values: within, across",
        ),
        ({"kind": 1, "start": UTC_NOON}, "kind=1 is unknown"),
        ({"start": UTC_NOON, "window": 1e12}, "window=1000000000000.0 is not a valid number of days"),
    ],
)
def test_a_time_range_that_means_nothing_is_refused(arguments, words):
    with pytest.raises(InvalidQueryError, match=words):
        sent("query_region", "61.5 -47.5", "5 arcsec", **arguments)


def test_many_positions_are_many_payloads():
    places = SkyCoord([10, 20], [-30, -40], unit="deg")
    assert [(one["ra"], one["dec"]) for one in sent("query_region", places, 1 * u.arcmin)] == [
        (pytest.approx(10), pytest.approx(-30)),
        (pytest.approx(20), pytest.approx(-40)),
    ]


def test_an_object_of_the_solar_system_is_asked_for_with_its_ephemerides():
    asked = sent("query_sso", [8467, "2004 JQ12"], withephem=True, columns="psfFluxErr,Phase")
    assert asked["n_or_d"] == "8467,2004 JQ12"
    assert asked["withEphem"] is True
    assert asked["columns"] == f"r:psfFluxErr,r:psfFlux,{KEYS}"


@pytest.mark.parametrize("number", [21163624394469969, "21163624394469969"])
def test_an_id_is_resolved_as_text(number):
    asked = sent("resolve_name", number, resolver="ssodnet", reverse=True)
    assert asked["name_or_id"] == "21163624394469969"
    assert asked["reverse"] is True


def test_columns_of_nights_have_one_that_each_night_has():
    assert sent("query_statistics", "2026", columns="visits")["columns"] == "f:visits,f:alerts"


def test_days_around_an_event_are_not_sent_to_a_server_that_does_not_heed_them():
    asked = sent("query_skymap", "S230518h", credible_level=0.2, days_before=2, days_after=3)
    assert not {"n_day_before", "n_day_after"} & set(asked)


def test_long_lists_are_split():
    ids = [ID + number for number in range(60)]
    for method in ("query_objects", "query_forced_photometry", "query_summary"):
        assert [len(one["diaObjectId"].split(",")) for one in sent(method, ids)] == [25, 25, 10]


def test_parquet_is_asked_for_where_it_can_be_read():
    pytest.importorskip("pyarrow")
    with conf.set_temp("response_format", "auto"):
        asked = [sent(method, *SENT[method][0], **SENT[method][1]) for method in SENT if "get_" not in method]
    flat = [one for payload in asked for one in (payload if isinstance(payload, list) else [payload])]
    assert {one["output-format"] for one in flat} == {"parquet"}


def test_a_tag_is_taken_at_its_word_where_nothing_may_be_sent():
    assert sent("query_tag", " no_such_tag ", n=1)["tag"] == "no_such_tag"


# What is refused


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (float(ID), "A float loses digits"),
        (np.float64(ID), "A float loses digits"),
        (767, "15 to 19 digits, such as 313897383979122767"),
        ("31389738397912", "15 to 19 digits"),
        (-ID, "15 to 19 digits"),
        (True, "15 to 19 digits"),
        (None, "15 to 19 digits"),
        ("", "15 to 19 digits"),
        ("３１３８９７３８３９７９１２２７６７", "15 to 19 digits"),
        (ZTF_ID, r"an object id of ZTF: use Fink, or FinkClass\(survey='ztf'\)"),
        ("SN 2022and", r"resolve_name\('SN 2022and', resolver=\"tns\"\)"),
    ],
)
def test_what_is_no_id_of_rubin_is_refused_with_a_remedy(wrong, words):
    for method in ("query_object", "query_objects", "query_forced_photometry", "query_summary"):
        value = [wrong] if method != "query_object" else wrong
        with pytest.raises(InvalidQueryError, match=words):
            sent(method, value)
    for method in ("get_cutouts", "get_images"):
        with pytest.raises(InvalidQueryError, match=words):
            sent(method, wrong)


@pytest.mark.parametrize("objectid", [ID, str(ID)])
@pytest.mark.parametrize("method", ["query_object", "query_objects", "get_cutouts", "get_images"])
def test_an_id_of_rubin_is_refused_by_the_client_of_ztf_which_names_the_other(method, objectid):
    with pytest.raises(
        InvalidQueryError, match=r"an object id of LSST: use FinkLSST, or FinkClass\(survey='lsst'\)"
    ):
        sent(method, objectid, client=ZTF)


def test_several_ids_are_sent_to_query_objects():
    with pytest.raises(InvalidQueryError, match="query_objects"):
        sent("query_object", f"{ID},{OTHER}")


def test_a_table_whose_ids_became_floats_is_refused():
    with pytest.raises(InvalidQueryError, match="A float loses digits"):
        sent("query_objects", Table({"r:diaObjectId": [float(ID)]}))
    with pytest.raises(InvalidQueryError, match="has no column 'r:diaObjectId'; it has i:objectId"):
        sent("query_objects", Table({"i:objectId": [ZTF_ID]}))


@pytest.mark.parametrize("candid", [float(ALERT), "1.7e17", True, -1])
def test_an_alert_id_that_was_a_float_is_refused(candid):
    with pytest.raises(InvalidQueryError, match="candid"):
        sent("get_cutouts", ID, candid=candid)


CLASS = ("SN candidate",)
ONLY_ZTF = {
    "query_class": (CLASS, "query_tag searches by Fink's tags, which list_tags lists"),
    "list_classes": ((), "query_tag"),
    "query_anomalies": ((), "query_tag"),
    "query_tracklets": ((), "query_sso returns the alerts"),
    "query_sso_candidates": (("orbParams",), "query_sso returns the alerts"),
    "query_metadata": ((ZTF_ID,), r"resolve_name\(..., reverse=True\)"),
}
ONLY_LSST = {
    "query_forced_photometry": ((ID,), r"query_object\(..., withupperlim=True\)"),
    "query_summary": ((ID,), "query_region"),
    "query_tag": (("in_tns",), "query_class"),
    "list_tags": ((), "list_classes"),
    "list_blocks": ((), "list_classes"),
}
REFUSED = [(RUBIN, "LSST", method, *about) for method, about in ONLY_ZTF.items()]
REFUSED += [(ZTF, "ZTF", method, *about) for method, about in ONLY_LSST.items()]


@pytest.mark.parametrize(
    ("client", "title", "method", "positional", "words"), REFUSED, ids=[one[2] for one in REFUSED]
)
def test_a_question_of_the_other_survey_is_refused_with_what_to_ask_instead(
    client, title, method, positional, words
):
    for name in (method, f"{method}_async"):
        with pytest.raises(InvalidQueryError, match=f"Fink/{title} has no {method}; .*{words}"):
            getattr(client, name)(*positional)


@pytest.mark.parametrize(
    ("client", "method", "positional", "argument", "words"),
    [
        (RUBIN, "query_object", (ID,), "withupperlim", "withforced=True"),
        (RUBIN, "query_objects", ([ID],), "withupperlim", "query_forced_photometry"),
        (RUBIN, "query_object", (ID,), "withcutouts", "get_cutouts and get_images"),
        (RUBIN, "query_objects", ([ID],), "withcutouts", "get_cutouts and get_images"),
        (RUBIN, "query_sso", (8467,), "withcutouts", "get_cutouts and get_images"),
        (RUBIN, "query_sso", (8467,), "withresiduals", "withephem=True"),
        (ZTF, "query_object", (ZTF_ID,), "withforced", "withupperlim=True"),
    ],
)
def test_an_argument_of_the_other_survey_is_refused_with_what_to_give_instead(
    client, method, positional, argument, words
):
    with pytest.raises(InvalidQueryError, match=f"Fink/.* has no {argument}; .*{words}"):
        sent(method, *positional, client=client, **{argument: True})


def test_what_the_client_says_to_take_instead_is_there():
    for method in (*ONLY_ZTF, *ONLY_LSST):
        assert callable(getattr(RUBIN, method))
    arguments = {"withupperlim", "withcutouts", "withresiduals"}
    assert set(LSST.instead) == set(ONLY_ZTF) | arguments


@pytest.mark.parametrize("value", ["true", 1, None])
def test_text_and_numbers_are_neither_true_nor_false(value):
    with pytest.raises(InvalidQueryError, match="withforced="):
        sent("query_object", ID, withforced=value)


@pytest.mark.parametrize(
    ("method", "positional", "columns", "words"),
    [
        ("query_object", (ID,), "i:magpsf", "i:magpsf"),
        ("query_object", (ID,), "psfFlx", "Did you mean .*r:psfFlux"),
        ("query_object", (ID,), "g_psfFluxMean", "not a valid column here .Fink/LSST"),
        ("query_object", (ID,), "tag", "withforced=True adds it"),
        ("query_object", (ID,), "b:cutoutScience", "get_cutouts and get_images return the cutouts"),
        ("query_forced_photometry", (ID,), "diaSourceId", "Did you mean .*r:diaForcedSourceId"),
        ("query_forced_photometry", (ID,), "f:clf_cats_class", "f:clf_cats_class"),
        ("query_forced_photometry", (ID,), "snr", "'snr' is not a valid column"),
        ("query_summary", (ID,), "psfFlux", "Did you mean .*psfFlux"),
        ("query_summary", (ID,), "midpointMjdTai", "'midpointMjdTai' is not a valid column"),
        ("query_tag", ("in_tns",), "nDiaSourcs", "is not a valid column"),
        ("query_region", ("61.5 -47.5", "5 arcsec"), "jd", "'jd' is not a valid column"),
        ("query_statistics", ("2026",), "raw", "'raw' is not a valid column"),
    ],
)
def test_a_column_of_another_table_is_refused(method, positional, columns, words):
    with pytest.raises(InvalidQueryError, match=words):
        sent(method, *positional, columns=columns)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 0}, "n=0"),
        ({"n": "3"}, "n='3'"),
        ({"start": 61105.0}, "start=61105.0 is not a valid time"),
        ({"start": "2026-03-02", "stop": "2026-03-01"}, "is not before"),
    ],
)
def test_a_span_or_a_number_of_a_tag_that_is_none_is_refused(arguments, words):
    """The server answers 500, or swaps the two in silence."""
    with pytest.raises(InvalidQueryError, match=words):
        sent("query_tag", "in_tns", **arguments)


@pytest.mark.parametrize("radius", ["18001 arcsec", "0 arcsec", "-1 deg", 5])
def test_a_radius_that_the_server_cannot_take_is_refused(radius):
    with pytest.raises(InvalidQueryError, match="radius"):
        sent("query_region", "61.5 -47.5", radius)

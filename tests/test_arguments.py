"""What users give for arguments: taken where it can be meant, else refused with the remedy, shortly."""

import json
import logging
import sys

import numpy as np
import pytest
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import InputWarning, NoResultsWarning
from replay import Replay, client_of

from astroquery_fink import Fink, FinkClass, FinkLSST
from astroquery_fink.arguments.choices import listed_class
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError
from astroquery_fink.progress import is_shown
from astroquery_fink.surveys import ZTF
from astroquery_fink.tables.lists import checked_schema, class_list, column_list

OBJECT, OTHER = "ZTF99simsnia", "ZTF99simrrly"
SIMBAD = [
    f"(SIMBAD) {name}" for name in ("Blue", "blue", "BrownD*", "brownD*", "Low-Mass*", "low-mass*", "AGN")
]
CLASSES = [
    *SIMBAD,
    "(TNS) AGN",
    "(TNS) SN Ia",
    "SN candidate",
    "LongPeriodV*",
]


def refused(method, *given, **keywords):
    """The message of a refusal; nothing is sent."""
    with pytest.raises(FinkQueryError) as caught:
        method(*given, get_query_payload=True, **keywords)
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Classes, tags, resolvers


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("(SIMBAD) Blue", "(SIMBAD) Blue"),
        ("(SIMBAD) blue", "(SIMBAD) blue"),
        ("Blue", "(SIMBAD) Blue"),
        ("BrownD*", "(SIMBAD) BrownD*"),
        ("brownD*", "(SIMBAD) brownD*"),
        ("Low-Mass*", "(SIMBAD) Low-Mass*"),
        (" low-mass* ", "(SIMBAD) low-mass*"),
        ("sn ia", "(TNS) SN Ia"),
        ("(tns) agn", "(TNS) AGN"),
        ("SN CANDIDATE", "SN candidate"),
        ("unknown", "Unknown"),
    ],
)
def test_an_exact_spelling_of_a_class_wins_over_other_capitals(given, name):
    assert listed_class(given, CLASSES, ("Unknown",)) == name


@pytest.mark.parametrize("given", ["agn", "AGN", "BLUE", "(simbad) BLUE", "browND*"])
def test_a_class_that_may_be_two_is_refused_with_both(given):
    with pytest.raises(FinkQueryError, match=r"ambiguous: give \(SIMBAD\) \S+ or \(\w+\) "):
        listed_class(given, CLASSES)


def test_alerts_without_a_class_are_a_class(fink):
    with pytest.warns(NoResultsWarning, match="for class='Unknown'"):
        fink.query_class("Unknown", n=3, stop="2019-12-01")


@pytest.mark.parametrize("given", ["LongPeriodV*_Candidate", "SN canditate", "No such class"])
def test_a_class_that_no_list_has_is_sent_with_a_warning_that_names_the_nearest(fink, given):
    with (
        pytest.warns(NoResultsWarning),
        pytest.warns(InputWarning, match=r"not in Fink's list.*\. (Did you mean|Valid values)"),
    ):
        table = fink.query_class(given, n=3, columns="objectId")
    assert json.loads(table.meta["payload"])["class"] == given
    assert (len(table), table.colnames) == (0, ["i:objectId"])


@pytest.mark.parametrize("given", [None, "", 5, ["SN candidate"]])
def test_what_is_no_text_is_no_class(fink, given):
    with pytest.raises(FinkQueryError, match="class_name="):
        fink.query_class(given, n=3)


def test_a_tag_that_no_list_has_is_refused_by_the_server_alone(fink_lsst, box_lsst):
    with (
        pytest.warns(InputWarning, match="tag='in_tsn' is not in Fink's list.*in_tns"),
        pytest.raises(FinkQueryError) as caught,
    ):
        fink_lsst.query_tag("in_tsn", n=3)
    assert caught.value.status == 400
    assert len(fink_lsst.query_tag("IN_TNS", n=3)) == 3


def test_a_resolver_that_we_do_not_know_is_sent_with_a_warning():
    with pytest.warns(InputWarning, match="resolver='ned' is not in Fink's list"):
        assert Fink.resolve_name("M 31", resolver="ned", get_query_payload=True)["resolver"] == "ned"
    assert Fink.resolve_name("M 31", resolver="SIMBAD", get_query_payload=True)["resolver"] == "simbad"


# Ids


@pytest.mark.parametrize(
    "value", [[OBJECT], (OBJECT, OTHER), np.array([OBJECT]), {OBJECT}, Table({"i:objectId": [OBJECT]})]
)
def test_several_ids_for_one_are_sent_to_query_objects(value):
    message = refused(Fink.query_object, value)
    assert "query_objects takes lists and Tables" in message
    assert "resolve_name" not in message


@pytest.mark.parametrize(
    "value", [[OBJECT], (OBJECT, OTHER), np.array([OBJECT]), {OBJECT}, {"i:candid": [1]}]
)
@pytest.mark.parametrize("method", ["get_cutouts", "get_images"])
def test_cutouts_are_those_of_one_object_or_of_a_table_of_alerts(method, value):
    assert "get_images takes one object or an astropy Table of alerts" in refused(
        getattr(Fink, method), value
    )


@pytest.mark.parametrize("value", [None, np.nan, np.ma.masked])
def test_an_id_that_is_missing_is_said_to_be_missing(value):
    assert "missing or masked" in refused(Fink.query_object, value)
    assert "missing or masked" in refused(Fink.query_objects, [OBJECT, value])


def test_no_ids():
    assert "objectids=None is neither text nor a list" in refused(Fink.query_objects, None)
    assert "has no column 'i:objectId'; it has a" in refused(Fink.query_objects, {"a": [1]})
    assert "<Table of 3 rows> has no column" in refused(Fink.query_objects, Table({"a": [1, 2, 3]}))


def test_a_dataframe_a_series_or_a_dict_of_ids_is_taken_as_a_table_is():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"i:objectId": [OBJECT, OTHER, OBJECT], "i:jd": [1.0, 2, 3]})
    expected = Fink.query_objects([OBJECT, OTHER], get_query_payload=True)
    for value in (
        frame,
        frame["i:objectId"],
        {"i:objectId": [OBJECT, OTHER]},
        frame.rename(columns={"i:objectId": "objectId"}),
    ):
        assert Fink.query_objects(value, get_query_payload=True) == expected
    assert "<DataFrame of 3 rows> has no column" in refused(Fink.query_objects, frame[["i:jd"]])
    assert "query_objects takes lists and Tables" in refused(Fink.query_object, frame)
    wide = pandas.DataFrame({"r:diaObjectId": [170000000000000001, None]})
    assert "A float loses digits" in refused(FinkLSST.query_objects, wide)


@pytest.mark.parametrize(
    "value", [list(range(10**5)), "x" * 10**5, Table({"a": np.arange(1000)}), np.arange(10**5)]
)
def test_a_long_value_is_cut_in_a_message(value):
    pytest.importorskip("matplotlib")
    from astroquery_fink.plots import plot_cutouts

    refused(Fink.query_object, value)
    refused(Fink.query_region, "10 10", value)
    refused(Fink.query_region, "10 10", "5 arcsec", start=value)
    refused(Fink.query_class, "SN candidate", n=value)
    refused(Fink.query_class, "SN candidate", trend=value)
    refused(Fink.query_sso, "8467", cutout_kind=value)
    refused(Fink.query_statistics, value)
    with pytest.raises(FinkQueryError) as caught:
        plot_cutouts(value)
    assert len(str(caught.value)) < 500


# Keywords


@pytest.mark.parametrize(
    ("method", "keyword", "nearest"),
    [
        ("query_object", "column", "columns"),
        ("query_object", "with_upperlim", "withupperlim"),
        ("query_class_async", "colour", "color"),
        ("query_region", "start_date", "start"),
        ("list_classes", "cached", "cache"),
    ],
)
def test_a_misspelled_keyword_is_answered_with_the_nearest(method, keyword, nearest):
    words = rf"^{method.removesuffix('_async')}\(\) has no argument '{keyword}'\. Did you mean {nearest}\?$"
    with pytest.raises(TypeError, match=words):
        getattr(Fink, method)(**{keyword: 1})


def test_pythons_own_messages_name_no_private_class():
    with pytest.raises(TypeError, match=r"^query_object\(\) missing 1 required positional argument"):
        Fink.query_object()
    with pytest.raises(TypeError, match=r"^FinkClass\.__init__\(\) got an unexpected keyword"):
        FinkClass(sever="x")


def test_the_survey_may_be_the_first_argument():
    assert FinkClass("lsst").survey == "lsst"
    with pytest.raises(FinkQueryError, match="survey='rubin' is unknown. Valid values: ztf, lsst"):
        FinkClass("rubin")


# Times and files


@pytest.mark.parametrize(
    "value",
    [
        Time("2026-01-01", scale="local"),
        Time(1e300, format="jd"),
        Time(1e9, format="jd"),
        "99999-01-01",
        "0000-01-01",
        "0001-01-01",
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore:.*dubious year")
def test_a_time_that_cannot_be_sent_is_refused(value):
    for method in (Fink.query_class, FinkLSST.query_tag):
        assert "start=" in refused(method, "SN candidate", start=value)


@pytest.mark.parametrize("location", ["a\0b", "~nobody-of-this-name/x", "\ud800", 5, ["x"]])
def test_a_folder_that_cannot_be_is_no_place_for_the_cache(location):
    with pytest.raises(FinkQueryError, match="cache_location=.* is not a valid path"):
        FinkClass().cache_location = location


# What the server lists

FINE = [{}, {"doc": 5}, {"type": []}, {"type": {"type": "array", "items": "float"}}]
ODD = [None, 5, "x", [], ["x"], {"type": 5}, {"type": [5]}, {"type": None}, {"type": {"type": []}}]


def listed(field):
    schema = {"ZTF (i:)": {"x": field, "y": {"type": ["int", "null"], "doc": "[mag] depth"}}}
    return column_list(checked_schema(schema), ZTF)


@pytest.mark.parametrize("field", FINE, ids=repr)
def test_a_description_of_a_column_may_lack_parts(field):
    table = listed(field)
    assert table["name"].tolist() == ["i:x", "i:y"]
    assert (table["type"][1], table["unit"][1]) == ("int", "mag")


@pytest.mark.parametrize("field", ODD, ids=repr)
def test_an_odd_description_of_a_column_is_no_list_of_columns(field):
    with pytest.raises(ValueError, match="not a list of columns"):
        listed(field)


@pytest.mark.parametrize("name", [None, 5, ["x"], {"a": 1}], ids=repr)
def test_any_list_of_classes_is_a_table_or_an_error(name):
    with pytest.raises(ValueError, match="not a list of classes"):
        class_list({"Fink": ["AGN", name]})


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("list_columns", {"ZTF (i:)": {"i:x": None}}),
        ("list_columns", {"ZTF (i:)": {"i:x": {"type": 7}}}),
        ("list_classes", {"Fink": ["AGN", {}]}),
    ],
)
def test_odd_lists_of_the_server_are_its_failure(tmp_path, method, body):
    with Replay(lambda *_: (200, "application/json", json.dumps(body).encode())) as server:
        client = client_of(server, tmp_path)
        with pytest.raises(FinkServiceError, match="not a list of"):
            getattr(client, method)(cache=False)


# What a survey does not reach


@pytest.mark.parametrize(("client", "dec"), [("fink", -40), ("fink_lsst", 75)])
def test_a_position_that_a_survey_never_sees_is_said(request, client, dec):
    with (
        pytest.warns(NoResultsWarning, match="found nothing"),
        pytest.warns(NoResultsWarning, match=f"observes .*outside: {dec} degrees"),
    ):
        table = request.getfixturevalue(client).query_region(f"10 {dec}", "5 arcsec")
    assert len(table) == 0


def test_of_many_positions_those_that_a_survey_never_sees_are_counted(fink):
    places = Table({"ra": [186.7283, 10, 20], "dec": [15.2104, -40, -31.5]})
    with pytest.warns(NoResultsWarning, match="2 of 3 outside: -40, -31.5 degrees"):
        table = fink.query_region(places, "5 arcsec", columns="objectId")
    assert table["index"].tolist() == [0]


def test_a_cone_that_reaches_into_the_survey_is_no_mistake(fink):
    with pytest.warns(NoResultsWarning) as caught:
        fink.query_region("10 -31.5", "1 deg")
    assert [str(one.message)[:18] for one in caught] == ["Fink found nothing"]


@pytest.mark.parametrize(
    "search",
    [
        lambda fink: fink.query_class("SN candidate", n=3, stop="2018-01-01"),
        lambda fink: fink.query_region("10 10", "5 arcsec", stop="2018-01-01"),
        lambda fink: fink.query_anomalies(stop="2018-01-01"),
        lambda fink: fink.query_statistics("2018"),
    ],
    ids=["class", "region", "anomalies", "statistics"],
)
def test_a_search_before_the_first_alert_says_when_that_was(fink, search):
    with pytest.warns(NoResultsWarning, match="the alerts of ZTF begin on 2019-11-01"):
        assert len(search(fink)) == 0


# Columns of statistics, the progress bar


def test_the_numbers_of_a_class_say_what_they_count(fink):
    table = fink.query_statistics("2025-03")
    classes = [name for name in table.colnames if name.startswith("class:")]
    assert len(classes) > 1
    assert all(table[name].description == f"Alerts of the class {name[6:]}" for name in classes)
    assert [name for name in table.colnames if not table[name].info.description] == []


@pytest.mark.parametrize(
    ("level", "shown"), [("WARNING", False), ("ERROR", False), ("INFO", True), ("DEBUG", True)]
)
def test_the_progress_bar_heeds_the_log_level_of_astroquery(monkeypatch, level, shown):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    log = logging.getLogger("astroquery")
    before = log.level
    try:
        log.setLevel(level)
        assert is_shown(None) is shown
        assert is_shown(True) is True
        assert is_shown(False) is False
    finally:
        log.setLevel(before)

"""What would be sent, for every way of asking."""

import numpy as np
import pytest
from astropy.table import Column, Table
from astroquery.exceptions import InvalidQueryError

from astroquery_fink import Fink, conf

ID, OTHER = "ZTF21aaxtctv", "ZTF19abcdefg"


pytestmark = pytest.mark.usefixtures("in_json")


def sent(objectid=ID, **arguments):
    return Fink.query_object(objectid, get_query_payload=True, **arguments)


def sent_for_many(objectids, **arguments):
    return Fink.query_objects(objectids, get_query_payload=True, **arguments)


def test_an_id_is_all_that_is_needed():
    assert sent() == {"objectId": ID, "output-format": "json"}


@pytest.mark.parametrize("spelling", [ID, f" {ID}\n", np.str_(ID), ID.encode()])
def test_an_id_may_come_from_anywhere(spelling):
    assert sent(spelling)["objectId"] == ID


@pytest.mark.parametrize(
    "wrong", ["", "ZTF26", "ZTF21AAXTCTV", "ZTF21aaxtct", "ZTF21aaxtctvv", "SN 2024abtt"]
)
@pytest.mark.parametrize("disguise", ["{}", "../{}", "{}\r\nX: y", "{}?#", "ZTF２１aaxtctv{}"])
def test_what_is_no_id_is_refused_with_the_form_of_an_id(wrong, disguise):
    with pytest.raises(InvalidQueryError, match="ZTF21aaxtctv"):
        sent(disguise.format(wrong))


@pytest.mark.parametrize("wrong", [12, None, 1.5, ["ZTF21aaxtctv"]])
def test_what_is_no_text_is_no_id(wrong):
    with pytest.raises(InvalidQueryError, match="ZTF21aaxtctv"):
        sent(wrong)


def test_several_ids_are_sent_to_query_objects():
    with pytest.raises(InvalidQueryError, match="query_objects"):
        sent(f"{ID},{OTHER}")


@pytest.mark.parametrize(
    "spelling",
    [
        "i:jd,i:magpsf",
        " jd , magpsf ",
        ["i:jd", "magpsf"],
        ("jd", "i:magpsf", "jd"),
        np.array(["jd", "magpsf"]),
        Column(["jd", "magpsf"]),
    ],
)
def test_columns_have_many_spellings_and_one_payload(spelling):
    assert sent(columns=spelling)["columns"] == "i:jd,i:magpsf,i:objectId,i:candid"


def test_a_computed_column_needs_the_full_row():
    assert "columns" not in sent(columns="jd,v:lapse")
    assert "columns" not in sent(columns="classification")


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("magpfs", "i:magpsf"),
        ("i:magpfs", "i:magpsf"),
        ("x:magpsf", "i:magpsf"),
        ("d:tag", "withupperlim=True"),
        ("tag", "withupperlim=True"),
        ("b:cutoutScience_stampData", "withcutouts=True"),
        ("", "columns is empty"),
        ([], "columns is empty"),
        (7, "columns=7"),
    ],
)
def test_a_column_that_is_none_is_refused_with_a_remedy(wrong, remedy):
    with pytest.raises(InvalidQueryError, match=remedy):
        sent(columns=wrong)


def test_upper_limits_are_asked_for_in_the_only_word_that_fink_understands():
    assert sent(withupperlim=True)["withupperlim"] is True
    assert sent(withupperlim=np.True_)["withupperlim"] is True
    assert "withupperlim" not in sent(withupperlim=False)


@pytest.mark.parametrize("argument", ["withupperlim", "withcutouts"])
def test_text_is_neither_true_nor_false(argument):
    with pytest.raises(InvalidQueryError, match=f"{argument}='true'"):
        sent(**{argument: "true"})


@pytest.mark.parametrize("kind", ["Science", "science", "SCIENCE"])
def test_a_kind_of_stamp_has_the_servers_spelling(kind):
    assert sent(withcutouts=True, cutout_kind=kind)["cutout-kind"] == "Science"
    assert Fink.get_cutouts(ID, kind=kind, get_query_payload=True)["kind"] == "Science"
    assert Fink.get_images(ID, kind=kind, get_query_payload=True)["kind"] == "Science"


@pytest.mark.parametrize("ask", [Fink.get_cutouts, Fink.get_images])
def test_a_wrong_kind_of_stamp_is_refused_with_the_kinds(ask):
    with pytest.raises(InvalidQueryError, match="Science, Template, Difference"):
        ask(ID, kind="Sience", get_query_payload=True)


def test_a_kind_without_stamps_is_refused():
    with pytest.raises(InvalidQueryError, match="withcutouts=True"):
        sent(cutout_kind="Science")


@pytest.mark.parametrize("spelling", [int, str, np.int64])
def test_an_alert_id_travels_as_its_digits(spelling):
    candid = spelling(3367463101415010117)
    assert Fink.get_cutouts(ID, candid=candid, get_query_payload=True) == {
        "objectId": ID,
        "kind": "All",
        "output-format": "array",
        "candid": "3367463101415010117",
    }


@pytest.mark.parametrize("candid", [3.36e18, "3.3e18", -1, True, "x"])
def test_an_alert_id_that_was_a_float_is_refused(candid):
    with pytest.raises(InvalidQueryError, match="candid"):
        Fink.get_cutouts(ID, candid=candid, get_query_payload=True)


@pytest.mark.parametrize(
    "ids",
    [
        f"{ID},{OTHER}",
        f"{ID}, {OTHER}, {ID},",
        [ID, OTHER, ID],
        np.array([ID, OTHER]),
        np.array([ID, OTHER], dtype="S12"),
        Column([ID, OTHER]),
        Table({"i:objectId": [ID, OTHER, OTHER]}),
        Table({"objectId": [ID, OTHER]}),
        Table({"d:objectId": [ID, OTHER]}),
        iter([ID, OTHER]),
    ],
)
def test_many_ids_have_many_spellings_and_one_payload(ids):
    assert [payload["objectId"] for payload in sent_for_many(ids)] == [f"{ID},{OTHER}"]


@pytest.mark.parametrize("none", ["", [], ",", Table({"i:objectId": []})])
def test_no_ids_at_all_is_an_error(none):
    with pytest.raises(InvalidQueryError, match="objectids is empty"):
        sent_for_many(none)


def test_a_table_without_ids_names_the_column_that_it_lacks():
    with pytest.raises(InvalidQueryError, match="'i:objectId'; it has ra"):
        sent_for_many(Table({"ra": [1.0]}))


def test_a_wrong_id_among_many_is_named():
    with pytest.raises(InvalidQueryError, match="'nope'"):
        sent_for_many([ID, "nope"])


def test_long_lists_are_split_and_stamps_are_asked_for_one_object_at_a_time():
    ids = [f"ZTF20aaaaa{a}{b}" for a in "abc" for b in "abcdefghijklmnopqrstuvwxyz"]
    assert [len(payload["objectId"].split(",")) for payload in sent_for_many(ids)] == [25, 25, 25, 3]
    assert len(sent_for_many(ids, withcutouts=True)) == 78
    with conf.set_temp("batch_size", 40):
        assert len(sent_for_many(ids)) == 2


def test_parquet_is_asked_for_where_the_server_can_and_pyarrow_is_there():
    pytest.importorskip("pyarrow")
    with conf.set_temp("response_format", "auto"):
        assert sent()["output-format"] == "parquet"
        assert sent(withupperlim=True)["output-format"] == "json"


def test_every_question_can_be_looked_at_before_it_is_sent():
    nowhere = Fink(server="http://127.0.0.1:9")
    assert nowhere.query_object_async(ID, get_query_payload=True) == sent()
    assert nowhere.query_objects_async([ID], get_query_payload=True) == [sent()]
    assert nowhere.get_cutouts_async(ID, get_query_payload=True)["kind"] == "All"
    assert nowhere.get_images_async(ID, get_query_payload=True)["kind"] == "All"

"""Objects that share their exposures, and rows of the same time."""

from collections import Counter
from itertools import chain

import pytest
from poster import poster

from fink_sandbox import Sandbox, Sky
from fink_sandbox.ztf.survey import Survey

STAR, NUCLEUS, OTHER = "ZTF99simrrly", "ZTF99samagnx", "ZTF99samsnia"


@pytest.fixture(scope="module")
def box():
    sky = Sky(seed=1)
    sky.add("agn", objectid=NUCLEUS, beside=STAR)
    sky.add("snia", objectid=OTHER, beside=NUCLEUS)
    with Sandbox(sky=sky) as running:
        yield running


@pytest.fixture(scope="module")
def post(box):
    return poster(box)


@pytest.fixture
def rows_of(post):
    def rows(*ids, **payload):
        return post("objects", objectId=",".join(ids), withupperlim=True, **payload).json()

    return rows


def tags(rows):
    return Counter((row["i:objectId"], row["d:tag"]) for row in rows)


@pytest.mark.parametrize("ids", [(STAR, NUCLEUS), (NUCLEUS, STAR), (STAR, NUCLEUS, OTHER)])
def test_rows_of_bad_quality_are_lost_at_the_time_of_any_valid_row_of_the_request(rows_of, ids):
    together, alone = rows_of(*ids), list(chain.from_iterable(rows_of(one) for one in ids))
    valid = {row["i:jd"] for row in alone if row["d:tag"] == "valid"}
    lost = tags(row for row in alone if row["d:tag"] == "badquality" and row["i:jd"] in valid)
    assert {objectid for objectid, _ in lost} == set(ids)
    assert tags(alone) - tags(together) == lost
    assert not tags(together) - tags(alone)


def test_one_object_alone_loses_nothing(box, rows_of):
    history = Survey(box.sky).history(STAR)
    found = tags(rows_of(STAR))
    assert found[STAR, "badquality"] == len(history.badquality["i:jd"])
    assert found[STAR, "valid"] == len(history.valid["i:jd"])


def test_rows_of_bad_quality_are_lost_with_few_columns_too(rows_of):
    narrow = rows_of(STAR, NUCLEUS, columns="i:objectId,i:candid,i:jd")
    assert tags(narrow) == tags(rows_of(STAR, NUCLEUS))


def test_objects_of_the_same_exposures_are_on_different_quadrants(box):
    survey = Survey(box.sky)
    found = [survey.history(one).valid for one in (STAR, NUCLEUS, OTHER)]
    assert len({one["i:rcid"][0] for one in found}) == 3
    assert len({one["i:field"][0] for one in found}) == 1
    assert not set(found[0]["i:candid"]) & set(found[1]["i:candid"])
    assert len(set(found[0]["i:jd"]) & set(found[1]["i:jd"])) > 100


@pytest.mark.parametrize("other", ["ZTF99zzzzzzz", "ZTF99trckaaa"])
def test_nothing_is_put_beside_unknown_and_moving_objects(other):
    with pytest.raises(ValueError, match=f"beside='{other}' is not an object"):
        Sky(seed=1).add("agn", beside=other)


def test_an_alert_is_repeated_on_demand(post):
    sky = Sky(seed=1)
    times = [sky.repeat(STAR), sky.repeat("ZTF99simastr", alert=0)]
    survey = Survey(sky)
    star, asteroid = (survey.history(one).valid for one in (STAR, "ZTF99simastr"))
    candids = [star["i:candid"][-1], asteroid["i:candid"][0]]
    assert times == [star["i:jd"][-1], asteroid["i:jd"][0]]
    with Sandbox(sky=sky) as box:
        rows = poster(box)("objects", objectId=f"{STAR},ZTF99simastr", columns="i:candid,i:jd").json()
        only = poster(box)("objects", objectId=STAR, columns="i:magpsf").json()
        others = poster(box)("objects", objectId="ZTF99simsnia", columns="i:candid").json()
    counts = Counter(row["i:candid"] for row in rows)
    assert {candid for candid, times in counts.items() if times == 2} == set(candids)
    assert len(only) == len(star["i:jd"]) + 1
    assert len(others) == len(survey.history("ZTF99simsnia").valid["i:jd"])


def test_a_repeated_alert_has_its_cutout_twice():
    sky = Sky(seed=1)
    jd = sky.repeat("ZTF99simastr")
    payload = {"objectId": "ZTF99simastr", "withcutouts": True, "cutout-kind": "Science"}
    with Sandbox(sky=sky) as box:
        rows = poster(box)("objects", columns="i:objectId,i:candid,i:jd", **payload).json()
    first, second = (row for row in rows if row["i:jd"] == pytest.approx(jd, abs=1e-9))
    assert first == second
    assert first["b:cutoutScience_stampData"]

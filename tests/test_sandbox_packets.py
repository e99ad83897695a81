# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The simulated alert packets have Fink's layouts and the values of the simulated REST service."""

import gzip
import io
import json
import math

import numpy as np
import pytest
import requests
from astropy.io import fits

fastavro = pytest.importorskip("fastavro")

from fink_sandbox import Sandbox, Sky  # noqa: E402
from fink_sandbox.avro.copies import Template, copied  # noqa: E402
from fink_sandbox.avro.encode import encoder  # noqa: E402
from fink_sandbox.lsst import packets as lsst  # noqa: E402
from fink_sandbox.lsst.survey import Survey as LsstSurvey  # noqa: E402
from fink_sandbox.ztf import packets as ztf  # noqa: E402
from fink_sandbox.ztf.survey import Survey as ZtfSurvey  # noqa: E402

SUPERNOVA = {"ztf": "ZTF99simsnia", "lsst": "170000000000000001"}
BLAZAR, ASTEROID = "ZTF99simblzr", "Simulatedalpha"
CUTOUTS = ["cutoutScience", "cutoutTemplate", "cutoutDifference"]
CONTENTS = [("ztf", one) for one in ("full", "medium", "light")]
CONTENTS += [("lsst", one) for one in ("full", "medium", "light", "light SSO")]


@pytest.fixture(scope="module")
def sources():
    """The packets of the same sky, by survey."""
    return {"ztf": ztf.source(ZtfSurvey(Sky(seed=1))), "lsst": lsst.source(LsstSurvey(Sky(seed=1)))}


@pytest.fixture(scope="module")
def decoded(sources):
    """Encode the packets of an object and decode them with fastavro; of full packets only some."""

    def decode(survey, objectid, content, n=None):
        source = sources[survey]
        wanted = source.content_of(content, False)
        encode, schema = encoder(wanted.schema), fastavro.parse_schema(wanted.schema)
        packets = source.packets([objectid], content, wanted, n, 1)
        return [fastavro.schemaless_reader(io.BytesIO(encode(one)), schema) for one in packets]

    return decode


def rest(survey, endpoint, **payload):
    """Rows of the simulated REST service, oldest first."""
    with Sandbox(seed=1, survey=survey) as box:
        rows = requests.post(f"{box.url}/api/v1/{endpoint}", json=payload).json()
    return rows[::-1]


def assert_same(value, cell):
    """A value of a packet is the cell of the REST service: ten decimals, for some gaps the text "nan"."""
    if value is None and cell == "nan":
        return
    if isinstance(value, float) and not math.isnan(value):
        assert cell in (pytest.approx(value, rel=1e-15, abs=6e-11), float(str(np.float32(value))))
    else:
        assert cell == (None if value != value else value)


# Layouts


@pytest.mark.parametrize(("survey", "content"), CONTENTS)
def test_every_value_may_be_null_and_null_is_the_second_type(sources, survey, content):
    def check(kind):
        for member in kind.get("fields", []):
            check_union(member["type"])
        for name in ("items", "values"):
            if name in kind:
                check_union(kind[name])

    def check_union(union):
        assert union[1] == "null"
        if isinstance(union[0], dict):
            check(union[0])

    check(sources[survey].content_of(content, False).schema)


def names(sources, survey, content, live=False):
    return list(sources[survey].content_of(content, live).fields)


def members(sources, survey, field):
    """Names of the members of a record, or of the records of an array."""
    kind = sources[survey].content_of("full", False).fields[field]
    return list(getattr(kind, "items", kind).fields)


def test_a_full_ztf_packet_has_its_sections(sources):
    full = names(sources, "ztf", "full")
    assert full[:4] == ["candid", "schemavsn", "publisher", "objectId"]
    assert {"candidate", "prv_candidates", *CUTOUTS, "mangrove", "blazar_stats", "cdsxmatch"} <= set(full)
    assert {"lc_features_g", "lc_features_r", "finkclass", "tnsclass", "year", "month", "day"} <= set(full)
    assert len(members(sources, "ztf", "candidate")) == 103
    assert {"finkclass", "tnsclass"}.isdisjoint(names(sources, "ztf", "full", live=True))


def test_a_full_lsst_packet_has_its_sections(sources):
    full = names(sources, "lsst", "full")
    assert full[:3] == ["diaSourceId", "observation_reason", "target_name"]
    assert {"mpc_orbits", "clf", "xm", "pred", "misc", "lc_features", *CUTOUTS} <= set(full)
    assert {"brokerIngestMjd", "publisher", "year", "month", "day", "tns_type_recomputed"} <= set(full)
    counts = {
        "diaSource": 102,
        "prvDiaSources": 102,
        "diaObject": 82,
        "prvDiaForcedSources": 14,
        "ssSource": 39,
    }
    assert {name: len(members(sources, "lsst", name)) for name in counts} == counts
    assert "tns_type_recomputed" not in names(sources, "lsst", "full", live=True)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_medium_packet_lacks_the_cutouts_only(sources, survey):
    full = names(sources, survey, "full")
    assert names(sources, survey, "medium") == [name for name in full if name not in CUTOUTS]


def test_a_light_ztf_packet_is_flat(sources):
    light = names(sources, "ztf", "light")
    assert light[-7:] == ["magpsf", "sigmapsf", "fid", "jd", "ra", "dec", "ssnamenr"]
    assert {"objectId", "candid", "cdsxmatch", "lc_features_g", "mangrove", "finkclass"} <= set(light)
    assert {"candidate", "prv_candidates", *CUTOUTS, "year", "month", "day"}.isdisjoint(light)


def test_a_light_lsst_packet_has_photometry_and_the_values_of_fink(sources):
    light = names(sources, "lsst", "light")
    assert light[:4] == ["diaObjectId", "snr", "psfFlux", "psfFluxErr"]
    assert {"band", "midpointMjdTai", "ra", "dec", "reliability", "diaSourceId", "clf", "xm", "pred"} <= set(
        light
    )
    assert {"diaSource", "diaObject", "ssSource", "mpc_orbits", "prvDiaSources", "year"}.isdisjoint(light)


def test_a_light_packet_of_an_asteroid_has_no_value_of_fink(sources):
    light = names(sources, "lsst", "light SSO")
    assert light[:4] == ["diaSourceId", "ssObjectId", "phaseAngle", "diaDistanceRank"]
    assert {"packed_primary_provisional_designation", "unpacked_primary_provisional_designation"} <= set(
        light
    )
    assert {"clf", "xm", "pred", "misc", "diaObjectId"}.isdisjoint(light)


def test_chosen_fields_stand_outside_of_their_records(sources):
    assert names(sources, "ztf", ["objectId", "candidate.magpsf", "mangrove"]) == [
        *("objectId", "magpsf", "mangrove"),
        "jd",
    ]
    assert names(sources, "lsst", ["diaSource.psfFlux", "pred"]) == ["psfFlux", "pred"]


@pytest.mark.parametrize(
    ("survey", "content", "message"),
    [
        ("ztf", "light SSO", "content='light SSO' is not 'full', 'medium', 'light' or a list of fields"),
        ("ztf", ["candidate.mag"], "the alerts have no field 'candidate.mag'"),
        ("lsst", ["diaSource.ra.x"], "the alerts have no field 'diaSource.ra.x'"),
        ("lsst", ["diaSource.ra", "diaObject.ra"], "two fields are named 'ra': diaSource.ra, diaObject.ra"),
    ],
)
def test_what_no_packet_has_is_refused(sources, survey, content, message):
    with pytest.raises(ValueError, match=message):
        sources[survey].content_of(content, False)


def test_an_object_that_is_not_in_the_sky_is_refused(sources):
    for source, objectid in ((sources["ztf"], "ZTF99simsni"), (sources["lsst"], "17")):
        with pytest.raises(ValueError, match=repr(objectid)):
            list(source.packets([objectid], "light", source.content_of("light", False), None, 1))


# Values


@pytest.mark.parametrize("objectid", [SUPERNOVA["ztf"], BLAZAR])
def test_the_values_of_ztf_are_those_of_the_rest_service(decoded, objectid):
    rows = rest("ztf", "objects", objectId=objectid)
    for packet, row in zip(decoded("ztf", objectid, "medium"), rows, strict=True):
        for name, value in packet["candidate"].items():
            assert_same(value, row[f"i:{name}"])
        for name in ("objectId", "candid", "schemavsn", "publisher", "fink_broker_version"):
            assert packet[name] == row[f"i:{name}"]
        for name in (
            "cdsxmatch",
            "roid",
            "Plx",
            "anomaly_score",
            "mag_rate",
            "from_upper",
            "spicy_id",
            "tns",
        ):
            assert_same(packet[name], row.get(f"d:{name}"))
        for name, value in [(name, packet[name]) for name in ("mangrove", "blazar_stats")]:
            for key, cell in value.items():
                assert_same(cell, row[f"d:{name}_{key}"])
        assert (packet["finkclass"], packet["tnsclass"]) == (row["v:classification"], row["d:tns"])
        date = "-".join(packet[name] for name in ("year", "month", "day"))
        assert date == row["v:lastdate"][:10]


def test_the_features_of_ztf_are_the_text_of_the_rest_service(decoded):
    rows = rest("ztf", "objects", objectId=SUPERNOVA["ztf"])
    for packet, row in zip(decoded("ztf", SUPERNOVA["ztf"], "light"), rows, strict=True):
        text = str(list(packet["lc_features_g"].values())).replace("nan", "NaN")
        assert text == row["d:lc_features_g"]


@pytest.mark.parametrize("content", ["medium", "light"])
def test_the_values_of_lsst_are_those_of_the_rest_service(decoded, content):
    rows = rest("lsst", "sources", diaObjectId=SUPERNOVA["lsst"])
    for packet, row in zip(decoded("lsst", SUPERNOVA["lsst"], content), rows, strict=True):
        source = packet.get("diaSource") or {name: packet[name] for name in ("psfFlux", "ra", "band", "snr")}
        source |= {"diaSourceId": packet["diaSourceId"], "observation_reason": packet["observation_reason"]}
        for name, value in source.items():
            assert_same(value, row[f"r:{name}"])
        for section in ("clf", "xm"):
            for name, value in packet[section].items():
                assert_same(value, row[f"f:{section}_{name}"])
        assert packet["lsst_schema_version"] == row["f:lsst_schema_version"]


def test_the_values_of_an_asteroid_are_those_of_the_rest_service(decoded):
    rows = rest("lsst", "sso", n_or_d=ASTEROID)
    for packet, row in zip(decoded("lsst", ASTEROID, "medium"), rows, strict=True):
        for name, value in (packet["diaSource"] | packet["ssSource"]).items():
            assert_same(value, row[f"r:{name}"])
        packed = packet["mpc_orbits"]["packed_primary_provisional_designation"]
        assert packed == row["r:packed_primary_provisional_designation"]


def test_an_object_in_its_last_packet_is_the_row_of_the_rest_service(decoded):
    (row,) = rest("lsst", "objects", diaObjectId=SUPERNOVA["lsst"])
    packets = decoded("lsst", SUPERNOVA["lsst"], "medium")
    for name, value in packets[-1]["diaObject"].items():
        assert_same(value, row[f"r:{name}"])
    assert packets[-1]["misc"]["firstDiaSourceMjdTaiFink"] == pytest.approx(row["f:firstDiaSourceMjdTaiFink"])
    assert [one["diaObject"]["nDiaSources"] for one in packets] == list(range(1, len(packets) + 1))
    assert [one["pred"]["is_first"] for one in packets] == [True] + [False] * (len(packets) - 1)


def test_sections_without_values_are_records_of_nulls(decoded):
    static = decoded("lsst", SUPERNOVA["lsst"], "medium", n=1)[0]
    moving = decoded("lsst", ASTEROID, "medium", n=1)[0]
    assert set(static["ssSource"].values()) == set(static["mpc_orbits"].values()) == {None}
    assert set(moving["diaObject"].values()) == {None}
    assert moving["diaSource"]["diaObjectId"] == 0
    assert moving["prvDiaSources"] is moving["prvDiaForcedSources"] is moving["lc_features"] is None
    assert moving["pred"]["is_sso"]
    assert moving["mpc_orbits"]["a"] > 1


# History and cutouts


def test_the_history_of_ztf_is_that_of_the_thirty_days_before(decoded):
    rows = rest("ztf", "objects", objectId=SUPERNOVA["ztf"], withupperlim=True)
    for packet in decoded("ztf", SUPERNOVA["ztf"], "medium"):
        jd = packet["candidate"]["jd"]
        recent = [row for row in rows if jd - 30 < row["i:jd"] < jd]
        history = packet["prv_candidates"] or []
        assert sorted(one["jd"] for one in history) == sorted(row["i:jd"] for row in recent)
        limits = {row["i:jd"]: row["i:diffmaglim"] for row in recent if row["d:tag"] == "upperlim"}
        found = {one["jd"]: one["diffmaglim"] for one in history if one["magpsf"] is None}
        assert found == {time: pytest.approx(float(limit)) for time, limit in limits.items()}
        tags = [row["i:candid"] for row in recent if row["d:tag"] == "valid"]
        assert sorted(tags) == sorted(one["candid"] for one in history if one["candid"] is not None)


def test_the_history_of_lsst_grows_with_every_source(decoded):
    packets = decoded("lsst", SUPERNOVA["lsst"], "medium")
    assert packets[0]["prvDiaSources"] is None
    for number, packet in enumerate(packets[1:], start=1):
        ids = [one["diaSourceId"] for one in packet["prvDiaSources"]]
        assert ids == [one["diaSourceId"] for one in packets[number - len(ids) : number]]
        forced = packet["prvDiaForcedSources"]
        assert all(one["midpointMjdTai"] < packet["diaSource"]["midpointMjdTai"] for one in forced)


def test_cutouts_are_the_files_of_the_rest_service(decoded):
    (packet,) = decoded("ztf", SUPERNOVA["ztf"], "full", n=1)
    with Sandbox(seed=1) as box:
        asked = {"objectId": packet["objectId"], "candid": packet["candid"], "output-format": "FITS"}
        for name in CUTOUTS:
            payload = asked | {"kind": name.removeprefix("cutout")}
            expected = requests.post(f"{box.url}/api/v1/cutouts", json=payload).content
            assert gzip.decompress(packet[name]["stampData"]) == expected
            assert packet[name]["fileName"].endswith(".fits.gz")
    (packet,) = decoded("lsst", SUPERNOVA["lsst"], "full", n=1)
    assert len(packet["cutoutScience"]) == len(packet["cutoutDifference"]) == 34560
    with fits.open(io.BytesIO(packet["cutoutScience"])) as file:
        assert [one.data.shape for one in file[:2]] == [(30, 30), (30, 30)]


# Many alerts


@pytest.mark.parametrize(("survey", "content"), CONTENTS)
def test_copies_differ_in_ids_and_right_ascension_only(sources, survey, content):
    source = sources[survey]
    wanted = source.content_of(content, False)
    encode, schema = encoder(wanted.schema), fastavro.parse_schema(wanted.schema)
    objectid = ASTEROID if content == "light SSO" else SUPERNOVA[survey]
    packets = list(source.packets([objectid], content, wanted, 3, 1))
    templates = [Template(encode(one), one, source.identity) for one in packets]
    messages = list(copied(templates, source.identity, 2))
    found = [fastavro.schemaless_reader(io.BytesIO(one), schema) for one in messages]
    assert len(found) == 9
    for packet, copy in zip(found[:3] * 2, found[3:], strict=True):
        different = {name for name in packet if text(packet[name]) != text(copy[name])}
        sections = {"candidate", "diaSource", "diaObject", "prvDiaSources", "prvDiaForcedSources", "ssSource"}
        assert different <= {"objectId", "candid", "ra", "diaObjectId", "diaSourceId"} | sections
        for name in different & sections - {"prvDiaSources", "prvDiaForcedSources"}:
            changed = {one for one in packet[name] if text(packet[name][one]) != text(copy[name][one])}
            assert changed <= {"candid", "ra", "diaObjectId", "diaSourceId", "trailRa"}
    ids = [one.get(source.identity.alert) for one in found]
    assert len(set(ids)) == 9


def text(value):
    """A value as text, in which NaN equals NaN."""
    return json.dumps(value, default=bytes.hex)

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every warning names the line of the user's code, in worker threads too."""

import json
import threading
import warnings

import pytest
from replay import Replay, client_of

from astroquery_fink import FinkClass, conf

ZTF = {
    "query_object": ["ZTF21aaxtctv"],
    "query_objects": [["ZTF21aaxtctv", "ZTF99simsnia"]],
    "query_region": ["186.7 15.2", "5 arcsec"],
    "query_class": ["SN candidate"],
    "query_anomalies": [],
    "query_tracklets": {"date": "2024-09-14"},
    "query_sso": [8467],
    "query_sso_candidates": ["orbParams"],
    "query_ssoft": {"number": 8467},
    "query_sso_bulk": [8467],
    "query_skymap": {"source": "S230709bi", "credible_level": 0.5},
    "query_statistics": ["2025-03"],
    "query_metadata": ["ZTF21aaxtctv"],
    "resolve_name": {"name": "SN 2099sim", "resolver": "tns"},
}
RUBIN = {
    "query_object": [170000000000000001],
    "query_objects": [[170000000000000001, 170000000000000002]],
    "query_region": ["186.7 15.2", "5 arcsec"],
    "query_sso": [8467],
    "query_ssoft": {"number": 8467},
    "query_sso_bulk": ["1998 TT26"],
    "query_skymap": {"source": "S230709bi", "credible_level": 0.5},
    "query_statistics": ["2025-03"],
    "resolve_name": {"name": "SN 2099sim", "resolver": "tns"},
    "query_forced_photometry": [170000000000000001],
    "query_summary": [170000000000000001],
    "query_tag": ["in_tns"],
}
SILENT = {"get_cutouts", "get_images"}
SILENT |= {f"list_{name}" for name in ("columns", "classes", "tags", "blocks", "endpoints")}
LISTS = {"classes": {"Fink": ["SN candidate"]}, "tags": {"in_tns": {"API support": True}}}


def nothing(method, path, payload):
    """Respond with lists of known names, and otherwise with no rows."""
    listed = LISTS.get(path.rpartition("/")[2], []) if method == "GET" else []
    return 200, "application/json", json.dumps(listed).encode()


def call(client, name, arguments):
    if "sso_bulk" in name:
        pytest.importorskip("pyarrow")
    method = getattr(client, name)
    return method(**arguments) if isinstance(arguments, dict) else method(*arguments)


def places_of(run):
    """The files that the warnings of a call point to."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    return [one.filename for one in caught]


def test_every_query_that_can_be_empty_is_tried_here():
    named = {name for name in dir(FinkClass) if name.startswith(("query_", "get_", "list_", "resolve_"))}
    assert {name for name in named if not name.endswith("_async")} == {*ZTF, *RUBIN, *SILENT}


@pytest.mark.parametrize(
    ("survey", "name"), [*(("ztf", name) for name in ZTF), *(("lsst", name) for name in RUBIN)]
)
def test_the_warning_of_an_empty_answer_names_this_file(tmp_path, survey, name):
    with Replay(nothing) as server:
        client = client_of(server, tmp_path, survey=survey)
        arguments = {"ztf": ZTF, "lsst": RUBIN}[survey][name]
        places = places_of(lambda: call(client, name, arguments))
    assert places
    assert set(places) == {__file__}


def test_a_warning_from_a_worker_thread_names_the_line_of_the_call(tmp_path):
    """Two batches are read in threads of their own; each has a value that cannot be read."""

    def answer(method, path, payload):
        row = {"i:objectId": payload["objectId"], "i:candid": 1, "i:jd": 2460000.5, "i:magpsf": "bright"}
        return 200, "application/json", json.dumps([row]).encode()

    with Replay(answer) as server, conf.set_temp("batch_size", 1):
        client = client_of(server, tmp_path)
        query = lambda: client.query_objects(["ZTF21aaxtctv", "ZTF99simsnia"], columns="magpsf")  # noqa: E731
        places = places_of(query)
    assert places == [__file__, __file__]


def test_a_warning_in_a_thread_of_the_user_names_the_line_there(tmp_path):
    with Replay(nothing) as server:
        client = client_of(server, tmp_path)

        def run():
            thread = threading.Thread(target=lambda: client.query_anomalies(cache=False))
            thread.start()
            thread.join()

        assert places_of(run) == [__file__]


def test_a_response_that_cannot_be_cached_names_this_file(tmp_path):
    row = {"i:objectId": "ZTF21aaxtctv", "i:candid": 1, "i:jd": 2460000.5}
    (tmp_path / "cache").write_text("a file where the folder should be")
    with Replay(lambda *_: (200, "application/json", json.dumps([row]).encode())) as server:
        client = client_of(server, tmp_path)
        places = places_of(lambda: client.query_object("ZTF21aaxtctv", columns="jd"))
    assert places == [__file__]


def test_a_filter_for_a_module_of_the_user_works(tmp_path):
    with Replay(nothing) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=__name__)
        client_of(server, tmp_path).query_anomalies(cache=False)
    assert caught == []

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many objects in one call have exactly the rows that they have one by one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astroquery_fink import FinkClass, conf
from astroquery_fink.tables.concat import merge
from fink_sandbox import Sandbox

RUBIN = [170000000000000001, 170000000000000002, 170000000000000004, 170000000000000099]
quick = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def crowded():
    """A server whose objects share exposures, and their ids with an unknown one."""
    with Sandbox(seed=1) as server:
        star = "ZTF99simrrly"
        beside = [server.sky.add(kind, beside=star) for kind in ("agn", "agn")]
        yield FinkClass(server=server.url), [star, *beside, "ZTF99simsnia", "ZTF18zzzzzzz"]


def one_by_one(client, ids, **flags):
    return merge([client.query_object(one, cache=False, **flags) for one in ids])


def cells(table):
    """The values of each row, None if masked, sorted."""
    columns = [np.ma.asarray(table[name]).tolist() for name in table.colnames]
    return sorted(map(repr, zip(*columns, strict=True)))


FLAGS = st.sampled_from(
    [
        {"columns": "objectId,jd,magpsf"},
        {"columns": "objectId,d:tns,d:gaiaClass,d:vsx"},
        {"withupperlim": True},
        {"withupperlim": True, "columns": "objectId,jd,magpsf,diffmaglim"},
    ]
)


@pytest.mark.filterwarnings("ignore:Fink has no alert of")
@quick
@given(data=st.data(), flags=FLAGS, size=st.integers(1, 7))
def test_a_batch_has_the_rows_of_single_calls(crowded, data, flags, size):
    fink, named = crowded
    ids = data.draw(st.lists(st.sampled_from(named), min_size=2, max_size=4, unique=True))
    with conf.set_temp("batch_size", size):
        together = fink.query_objects(ids, cache=False, **flags)
    apart = one_by_one(fink, ids, **flags)
    assert sorted(together.colnames) == sorted(apart.colnames)
    assert {name: together[name].dtype.kind for name in together.colnames} == {
        name: apart[name].dtype.kind for name in together.colnames
    }
    assert cells(together) == cells(apart[together.colnames])


@pytest.mark.filterwarnings("ignore:Fink has no")
@quick
@given(
    ids=st.lists(st.sampled_from(RUBIN), min_size=2, max_size=4, unique=True),
    columns=st.sampled_from([None, "diaObjectId,psfFlux", "diaObjectId,f:xm_tns_fullname,isNegative"]),
)
def test_a_batch_of_rubin_has_the_rows_of_single_calls(fink_lsst, ids, columns):
    with conf.set_temp("response_format", "json"):  # Parquet of several objects may fail, and JSON is rounded
        together = fink_lsst.query_objects(ids, cache=False, columns=columns)
        apart = one_by_one(fink_lsst, ids, columns=columns)
    assert cells(together) == cells(apart[together.colnames])


def test_upper_limits_are_asked_for_object_by_object(fink):
    """The server drops rows of bad quality where another object of the request has a valid one."""
    payloads = fink.query_objects(
        "ZTF99simsnia,ZTF99simrrly", withupperlim=True, columns="jd", get_query_payload=True
    )
    assert [payload["objectId"] for payload in payloads] == ["ZTF99simsnia", "ZTF99simrrly"]

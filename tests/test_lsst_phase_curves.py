# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Phase curves of asteroids in Rubin's alerts."""

import pytest
from astroquery.exceptions import NoResultsWarning
from clock import FakeClock
from replay import Replay, as_json, client_of

from astroquery_fink import FinkClass
from astroquery_fink.exceptions import FinkQueryError
from astroquery_fink.surveys import LSST

OCTOBER = 1792670400.0  # 2026-10-22
FIT = {
    "sso_name": "1998 TT26",
    "sso_number": 44530,
    "H_r": 14.25,
    "err_H_r": 0.02,
    "G1_r": 0.4,
    "n_obs_r": 12.0,
}
FIT |= {"H_u": None, "R": 0.8, "alpha0": 123.5, "n_obs": 31, "fit": 0, "version": "2026.10"}


@pytest.fixture
def offline():
    return FinkClass(survey="lsst", server="http://127.0.0.1:9", clock=FakeClock(OCTOBER))


def test_phase_curves_have_units_and_exact_numbers(tmp_path):
    with Replay(lambda *_: as_json([FIT])) as server:
        table = client_of(server, tmp_path, survey="lsst").query_ssoft(name="1998 TT26")
    assert (table["H_r"].unit, table["alpha0"].unit) == ("mag", "deg")
    assert table["sso_number"].tolist() == [44530]
    assert table["H_u"].mask.tolist() == [True]
    assert table["version"].tolist() == ["2026.10"]


def test_a_table_without_rows_has_the_columns_of_the_model(tmp_path):
    with Replay(lambda *_: as_json([])) as server:
        client = client_of(server, tmp_path, survey="lsst")
        with pytest.warns(NoResultsWarning, match="Fink has no phase curve of this object"):
            table = client.query_ssoft(name="Autonoma", flavor="HG")
    assert {"H_u", "G_y", "err_G_y", "chi2red"} < set(table.colnames)
    assert "G1_r" not in table.colnames


def test_the_format_and_the_model_are_always_sent(offline):
    payload = offline.query_ssoft(number=8467, version="2026.09", get_query_payload=True)
    assert payload.pop("output-format") in ("json", "parquet")
    assert payload == {"sso_number": 8467, "flavor": "SHG1G2", "version": "2026.09"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flavor": "SOCCA"}, "flavor='SOCCA' is unknown to Fink.*SHG1G2, HG1G2, HG"),
        ({"version": "2026.07"}, "version='2026.07' .* from 2026.08 to 2026.10"),
        ({"version": "2026.11"}, "version='2026.11' .* from 2026.08 to 2026.10"),
    ],
)
def test_what_rubin_does_not_have_is_refused(offline, arguments, message):
    with pytest.raises(FinkQueryError, match=message):
        offline.query_ssoft(number=8467, get_query_payload=True, **arguments)


def test_every_column_of_every_model_has_a_description():
    facts, names = LSST.phase_curves, LSST.table("ssoft")
    for model, (in_bands, of_object) in facts.models.items():
        fitted = {f"{name}_{band}" for name in ("H", *in_bands) for band in facts.bands} | {*of_object}
        assert fitted <= set(names), model
    assert all(LSST.facts[name].description for name in names)

"""Light curves for other packages, made of responses of the real servers.

The responses are not part of this repository: the environment variable FINK_RECORDINGS names their folder.
"""

import numpy as np
import pytest
from recordings import Recordings

from astroquery_fink.lightcurve import add_difference_flux, to_redback, to_sncosmo

ZTF, LSST = Recordings("ztf"), Recordings("lsst")
ZTF.need()
LSST.need()

pytestmark = pytest.mark.recorded

TRANSIENT, RUBIN = "ZTF25ackyyzk", 313897383979122767


@pytest.fixture
def transient(serve):
    """A transient of ZTF with upper limits and detections of bad quality."""
    return serve(ZTF.same_request)[0].query_object(TRANSIENT, withupperlim=True)


@pytest.fixture
def visits(serve):
    """Alerts of Rubin and forced photometry."""
    answers = LSST.by_endpoint(fp="fp_columns", sources="sources_columns")
    client, _ = serve(answers, survey="lsst")
    return client.query_object(RUBIN, withforced=True, columns="midpointMjdTai,band,psfFlux,psfFluxErr")


def test_every_detection_has_the_flux_of_its_magnitude_and_sign(transient):
    rows = sorted(ZTF.rows("objects_upperlim_json"), key=lambda row: -row["i:jd"])
    fluxes = add_difference_flux(transient)["difference_flux"]
    assert len(fluxes) == len(rows)
    for row, flux in zip(rows, fluxes, strict=True):
        if row["d:tag"] == "upperlim":
            assert flux is np.ma.masked
        else:
            sign = 1 if row["i:isdiffpos"] in ("t", "1") else -1
            assert flux == pytest.approx(sign * 10 ** (-0.4 * (float(row["i:magpsf"]) - 23.9)), rel=1e-6)


def test_upper_limits_become_zero_with_a_fifth_of_the_limit_as_error(transient):
    rows = [row for row in ZTF.rows("objects_upperlim_json") if row["d:tag"] == "upperlim"]
    photometry = to_sncosmo(transient, withupperlim=True)
    limits = photometry[photometry["flux"] == 0]
    expected = [10 ** (-0.4 * (float(row["i:diffmaglim"]) - 23.9)) / 5 for row in rows]
    np.testing.assert_allclose(sorted(limits["fluxerr"]), sorted(expected), rtol=1e-6)
    valid = [row for row in ZTF.rows("objects_upperlim_json") if row["d:tag"] == "valid"]
    assert len(photometry) == len(rows) + len(valid)


def test_times_are_those_of_the_alerts_half_an_exposure_later(transient):
    valid = [row for row in ZTF.rows("objects_upperlim_json") if row["d:tag"] == "valid"]
    middle = sorted(row["i:jd"] - 2400000.5 + row["i:exptime"] / 2 / 86400 for row in valid)
    np.testing.assert_allclose(to_sncosmo(transient)["time"], middle, atol=1e-8)


def test_rubin_has_one_flux_of_a_visit_the_forced_one_where_there_is_one(visits):
    fluxes = {}
    for name in ("sources_columns", "fp_columns"):
        fluxes |= {
            (round(row["r:midpointMjdTai"], 6), row["r:band"]): row["r:psfFlux"] for row in LSST.rows(name)
        }
    arguments = to_redback(visits, scale="tai")
    assert len(visits) > len(arguments["time"]) == len(fluxes)
    moments = zip(arguments["time_mjd"], arguments["bands"], arguments["flux_density"], strict=True)
    for mjd, band, flux in moments:
        assert flux * 1e6 == pytest.approx(fluxes[round(mjd, 6), band.removeprefix("lsst")])
    utc = to_redback(visits)["time_mjd"]
    np.testing.assert_allclose(arguments["time_mjd"] - utc, 37 / 86400, atol=1e-9)

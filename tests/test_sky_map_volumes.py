"""What a sky map says of each row: the credible level of its position, and the distance in its direction."""

import gzip
import io
import math
from dataclasses import replace

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from astroquery.exceptions import NoResultsWarning
from hypothesis import given
from hypothesis import strategies as st

from astroquery_fink import formats
from astroquery_fink.arguments.sky_map_values import distance_moments
from astroquery_fink.arguments.sky_maps import read_sky_map
from astroquery_fink.exceptions import FinkQueryError
from fink_sandbox.sky.events import event_map

healpix = pytest.importorskip("astropy_healpix")

EVENTS = {"ztf": "S990220sim", "lsst": "S990315sim"}
ORDER = 6  # of the simulated maps
POSITIONS = {"ztf": ("i:ra", "i:dec"), "lsst": ("r:ra", "r:dec")}


@pytest.fixture(params=["ztf", "lsst"])
def client(request):
    return request.getfixturevalue({"ztf": "fink", "lsst": "fink_lsst"}[request.param])


def simulated(client):
    """The sky map of an event: probabilities, and the header."""
    with fits.open(io.BytesIO(gzip.decompress(event_map(EVENTS[client.survey])))) as hdus:
        return np.array(hdus[1].data["PROB"], dtype=float), hdus[1].header["DATE-OBS"]


def hdus_of(columns, date, **facts):
    hdu = fits.BinTableHDU(Table(columns))
    hdu.header.update({"ORDERING": "NESTED", "COORDSYS": "C", "DATE-OBS": date} | facts)
    return fits.HDUList([fits.PrimaryHDU(), hdu])


def volume(chance, date, **units):
    """A multi-order map with a distance in each cell that differs from cell to cell."""
    cells = np.arange(len(chance))
    area = 4 * np.pi / len(chance)
    columns = {"UNIQ": 4 * 4**ORDER + cells, "PROBDENSITY": chance / area}
    columns |= {
        "DISTMU": 100.0 + cells % 97,
        "DISTSIGMA": 10.0 + cells % 7,
        "DISTNORM": np.full(len(cells), 1e-4),
    }
    hdus = hdus_of(columns, date)
    for name, unit in units.items():
        hdus[1].columns[name].unit = unit
    return hdus


def cells_of(table, survey):
    """The cell of each row, by another way: the scheme of astropy-healpix with coordinates."""
    ra, dec = (np.asarray(table[name]) * u.deg for name in POSITIONS[survey])
    return healpix.HEALPix(nside=2**ORDER, order="nested").lonlat_to_healpix(ra, dec)


def rows_at_all_cells(sky_map):
    """The row of a map at the middle of each cell of the simulated maps."""
    cells = np.arange(12 * 4**ORDER)
    ra, dec = (angle.deg for angle in healpix.healpix_to_lonlat(cells, 2**ORDER, order="nested"))
    return sky_map.cells.rows_at(ra, dec)


# The distance along a line of sight


def integrated(mu, sigma):
    """Mean and standard deviation by a plain sum over a fine grid."""
    mode = (
        (mu + math.sqrt(mu**2 + 8 * sigma**2)) / 2
        if mu > 0
        else 4 * sigma**2 / (math.hypot(mu, math.sqrt(8) * sigma) - mu)
    )
    r = np.linspace(0, mode + 60 * min(sigma, mode), 400_001)
    density = r**2 * np.exp(-((r - mu) ** 2 - (mode - mu) ** 2) / (2 * sigma**2))
    mean = np.sum(r * density) / np.sum(density)
    return mean, math.sqrt(np.sum((r - mean) ** 2 * density) / np.sum(density))


def in_closed_form(mu, sigma):
    """The same from the moments of a normal distribution that is cut at 0; exact unless mu is far below 0."""
    moments = [math.erfc(-mu / sigma / math.sqrt(2)) / 2]
    moments.append(mu * moments[0] + sigma * math.exp(-((mu / sigma) ** 2) / 2) / math.sqrt(2 * math.pi))
    for power in (2, 3, 4):
        moments.append(mu * moments[-1] + (power - 1) * sigma**2 * moments[-2])
    mean = moments[3] / moments[2]
    return mean, math.sqrt(moments[4] / moments[2] - mean**2)


@given(mu=st.floats(-3, 30), scale=st.floats(0.1, 1000))
def test_moments_are_those_of_the_closed_form(mu, scale):
    found = distance_moments(np.array([mu * scale]), np.array([scale]))
    np.testing.assert_allclose(np.ravel(found), in_closed_form(mu * scale, scale), rtol=1e-7)


@pytest.mark.parametrize("mu", [-3000.0, -50.0, -5.0, 0.0, 0.5, 40.0])
def test_moments_are_right_however_far_the_parameter_is_below_zero(mu):
    found = distance_moments(np.array([mu]), np.array([1.0]))
    np.testing.assert_allclose(np.ravel(found), integrated(mu, 1.0), rtol=1e-6)


def test_a_well_known_distance_is_its_parameters():
    mean, std = distance_moments(np.array([1000.0]), np.array([1.0]))
    assert mean[0] == pytest.approx(1000, rel=1e-5)
    assert std[0] == pytest.approx(1, rel=1e-5)


def test_parameters_of_directions_without_distance_give_nan_beside_others():
    mean, std = distance_moments(np.array([np.inf, 100.0, np.nan, 100.0]), np.array([1.0, 10.0, 1.0, 0.0]))
    assert np.isfinite(mean).tolist() == np.isfinite(std).tolist() == [False, True, False, False]


# The columns


def test_each_row_has_the_credible_level_of_its_cell(client):
    chance, date = simulated(client)
    table = client.query_skymap(hdus_of({"PROB": chance}, date), credible_level=0.9)
    assert len(table) > 0
    for level, cell in zip(table["credible_level"], cells_of(table, client.survey), strict=True):
        above, at_least = chance[chance > chance[cell]].sum(), chance[chance >= chance[cell]].sum()
        assert above < level <= at_least * (1 + 1e-12)
    assert np.all(table["credible_level"] <= 0.9)


def test_flat_and_multi_order_maps_in_any_ordering_say_the_same(client):
    chance, date = simulated(client)
    ring = healpix.HEALPix(2**ORDER, order="nested").ring_to_nested(np.arange(len(chance)))
    sources = [
        hdus_of({"PROB": chance}, date),
        hdus_of({"PROB": chance.reshape(-1, 64)}, date),
        hdus_of({"PROB": chance[ring]}, date, ORDERING="RING"),
        volume(chance, date),
    ]
    levels = [client.query_skymap(one, credible_level=0.8)["credible_level"] for one in sources]
    assert len(levels[0]) > 0
    for other in levels[1:]:
        np.testing.assert_allclose(other, levels[0], rtol=1e-9, atol=1e-6)


def test_cells_of_many_sizes_have_the_level_of_their_density(client):
    """Four cells are joined into one: its positions have one level, the others keep theirs."""
    chance, date = simulated(client)
    whole = client.query_skymap(hdus_of({"PROB": chance}, date), credible_level=0.9)
    parent = int(cells_of(whole, client.survey)[0]) >> 2
    cells = np.arange(len(chance))
    others = cells[cells >> 2 != parent]
    area = 4 * np.pi / len(chance)
    joined = chance[cells >> 2 == parent].sum()
    columns = {
        "UNIQ": [*(4 * 4**ORDER + others), 4**ORDER + parent],
        "PROBDENSITY": [*(chance[others] / area), joined / (4 * area)],
    }
    hdus = hdus_of(columns, date)
    rows = rows_at_all_cells(read_sky_map(hdus, None))
    assert np.all(rows[cells >> 2 == parent] == len(others))
    assert np.array_equal(rows[others], np.arange(len(others)))
    table = client.query_skymap(hdus, credible_level=0.9)
    assert set(cells_of(table, client.survey) >> 2) >= {parent}


def test_each_row_has_the_distance_of_its_cell(client):
    chance, date = simulated(client)
    table = client.query_skymap(volume(chance, date), credible_level=0.9)
    cells = cells_of(table, client.survey)
    mean, std = distance_moments(100.0 + cells % 97, 10.0 + cells % 7)
    np.testing.assert_allclose(table["distance_mean"], mean)
    np.testing.assert_allclose(table["distance_std"], std)
    assert table["distance_mean"].unit == table["distance_std"].unit == u.Mpc
    assert "mean distance" in table["distance_mean"].description


def test_distances_in_other_units_are_converted(fink):
    chance, date = simulated(fink)
    plain = fink.query_skymap(volume(chance, date), credible_level=0.9)
    hdus = volume(chance, date, DISTMU="kpc", DISTSIGMA="kpc")
    table = fink.query_skymap(hdus, credible_level=0.9)
    np.testing.assert_allclose(table["distance_mean"] * 1000, plain["distance_mean"])
    with pytest.raises(FinkQueryError, match="DISTMU has the unit 'furlong'"):
        fink.query_skymap(volume(chance, date, DISTMU="furlong"), credible_level=0.9)


def test_a_flat_map_may_have_distances(client):
    chance, date = simulated(client)
    cells = np.arange(len(chance))
    columns = {"PROB": chance, "DISTMU": 100.0 + cells % 97, "DISTSIGMA": 10.0 + cells % 7}
    flat = client.query_skymap(hdus_of(columns, date), credible_level=0.9)
    mixed = client.query_skymap(volume(chance, date), credible_level=0.9)
    np.testing.assert_allclose(flat["distance_mean"], mixed["distance_mean"])


def test_a_direction_without_distance_is_masked(fink):
    chance, date = simulated(fink)
    hdus = volume(chance, date)
    hdus[1].data["DISTMU"] = np.inf
    table = fink.query_skymap(hdus, credible_level=0.9)
    assert len(table) > 0
    assert table["distance_mean"].mask.all()
    assert table["distance_std"].mask.all()
    assert not np.ma.is_masked(table["credible_level"])


def test_a_position_outside_the_cells_of_a_map_is_masked(fink):
    chance, date = simulated(fink)
    hdus = hdus_of({"PROB": chance}, date)
    cells = np.arange(len(chance))
    found = cells_of(fink.query_skymap(hdus, credible_level=0.9), "ztf")
    half = read_sky_map(volume(chance, date), None)
    kept = ~np.isin(cells, found)
    partial = type(half.cells)(half.cells.orders[kept], half.cells.indices[kept])
    assert np.array_equal(rows_at_all_cells(replace(half, cells=partial)) == -1, ~kept)


def test_only_maps_that_were_given_add_columns(client):
    table = client.query_skymap(EVENTS[client.survey], credible_level=0.9)
    by_map = client.query_skymap(event_map(EVENTS[client.survey]), credible_level=0.9)
    assert by_map.colnames == [*table.colnames, "credible_level"]


def test_an_empty_table_has_the_columns(fink):
    chance, date = simulated(fink)
    with pytest.warns(NoResultsWarning):
        table = fink.query_skymap(volume(chance, date), credible_level=0.01, days_before=0, days_after=0)
    assert len(table) == 0
    assert table.colnames[-3:] == ["credible_level", "distance_mean", "distance_std"]


@pytest.mark.parametrize("name", ["table.ecsv", "table.fits", "table.vot"])
def test_the_columns_come_back_from_files(fink, tmp_path, name):
    chance, date = simulated(fink)
    table = fink.query_skymap(volume(chance, date), credible_level=0.9)
    formats.write(table, tmp_path / name)
    again = formats.read(tmp_path / name)
    assert again["distance_mean"].tolist() == table["distance_mean"].tolist()
    assert again["distance_mean"].unit == u.Mpc

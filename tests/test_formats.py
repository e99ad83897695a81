"""A light curve goes through astropy's tables and files as it is."""

import astropy.units as u
import numpy as np
import pytest
from astropy.table import QTable, Table, join, vstack

SUPERNOVA, STAR = "ZTF99simsnia", "ZTF99simrrly"
READ = {
    "ecsv": {"format": "ascii.ecsv"},
    "fits": {"format": "fits"},
    "vot": {"format": "votable", "use_names_over_ids": True},
    "parquet": {"format": "parquet"},
}


@pytest.fixture
def table(fink):
    return fink.query_object(SUPERNOVA, withupperlim=True)


@pytest.mark.parametrize("suffix", READ)
@pytest.mark.filterwarnings("ignore::astropy.io.votable.exceptions.VOWarning")
@pytest.mark.filterwarnings("ignore:Attribute .* of type:astropy.utils.exceptions.AstropyUserWarning")
@pytest.mark.filterwarnings(
    "ignore:.*cannot be added to FITS Header:astropy.utils.exceptions.AstropyUserWarning"
)
def test_a_file_keeps_ids_units_and_masks(table, tmp_path, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"table.{suffix}"
    options = READ[suffix]
    table.write(path, format=options["format"])
    back = Table.read(path, **options)
    assert back.colnames == table.colnames
    for name in table.colnames:
        mine, read = np.ma.asarray(table[name]), np.ma.asarray(back[name])
        if mine.dtype.kind in "iufb":
            mask = np.ma.getmaskarray(mine)
            assert (np.ma.getmaskarray(read) == mask).all() or mine.dtype.kind == "b", name
            assert read.dtype.kind == mine.dtype.kind, name
            np.testing.assert_array_equal(read[~mask], mine[~mask], err_msg=name)
        assert back[name].unit == table[name].unit, name


@pytest.mark.parametrize("suffix", ["ecsv", "parquet"])
def test_all_that_meta_says_and_descriptions_are_kept(table, tmp_path, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    table.write(tmp_path / f"table.{suffix}")
    back = Table.read(tmp_path / f"table.{suffix}")
    assert back.meta == table.meta
    assert back["i:magpsf"].description == table["i:magpsf"].description


@pytest.mark.filterwarnings("ignore:.*FITS Header:astropy.utils.exceptions.AstropyUserWarning")
def test_fits_keeps_what_was_asked(table, tmp_path):
    table.write(tmp_path / "table.fits")
    assert Table.read(tmp_path / "table.fits").meta["PAYLOAD"] == table.meta["payload"]


def test_a_qtable_has_quantities(fink):
    quantities = QTable(fink.query_object(STAR, columns="candid,jd,magpsf,ra"))
    assert quantities["i:ra"].to_value(u.hourangle)[0] == pytest.approx(quantities["i:ra"].value[0] / 15)
    assert quantities["i:candid"].dtype == np.int64


def test_units_are_converted(fink):
    table = fink.query_object(STAR, columns="ra")
    table["i:ra"].convert_unit_to("arcsec")
    assert table["i:ra"].unit == u.arcsec


def test_stacked_tables_keep_ids_units_and_masks(fink, table):
    star = fink.query_object(STAR, withupperlim=True)
    both = vstack([table, star], metadata_conflicts="silent")
    assert len(both) == len(table) + len(star)
    assert both["i:candid"].dtype == np.int64
    assert both["i:magpsf"].unit == u.mag
    assert both["i:magpsf"].mask.sum() == table["i:magpsf"].mask.sum() + star["i:magpsf"].mask.sum()


def test_alerts_are_joined_on_their_exact_ids(fink):
    brightness = fink.query_object(STAR, columns="candid,magpsf")
    places = fink.query_object(STAR, columns="candid,ra,dec")
    together = join(brightness, places, keys="i:candid", metadata_conflicts="silent")
    assert sorted(together["i:candid"].tolist()) == sorted(brightness["i:candid"].tolist())
    assert together["i:ra"].unit == u.deg


def test_stamps_go_through_fits(fink, tmp_path):
    table = fink.query_object(STAR, columns="objectId,candid", withcutouts=True, cutout_kind="Science")[:3]
    table.meta.clear()
    table.write(tmp_path / "stamps.fits")
    back = Table.read(tmp_path / "stamps.fits")
    np.testing.assert_array_equal(back["b:cutoutScience_stampData"], table["b:cutoutScience_stampData"])

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves and cutouts are stored in a TOM: right times, magnitudes, limits and files, each once."""

from datetime import UTC

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st
from pages import configured
from tom_project import MARKS

pytestmark = MARKS

SUPERNOVA = "ZTF99simsnia"
STAR = "ZTF99simrrly"
RUBIN_SUPERNOVA = "170000000000000008"


def stored(target, **conditions):
    from tom_dataproducts.models import PhotometryReducedDatum

    found = PhotometryReducedDatum.objects.filter(target=target, **conditions)
    return list(found.order_by("timestamp"))


def by_alert(target):
    return {datum.value["alert"]: datum for datum in stored(target) if datum.value["alert"]}


def seconds_between(datum, time):
    return abs((Time(datum.timestamp.astimezone(UTC).replace(tzinfo=None), scale="utc") - time).to_value(u.s))


def test_detections_of_ztf_have_magnitude_error_band_and_the_middle_of_the_exposure(tom, fink):
    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    datums = by_alert(target)
    table = fink.query_object(SUPERNOVA)
    assert len(datums) == len(table)
    for row in table:
        datum = datums[str(row["i:candid"])]
        assert datum.brightness == pytest.approx(row["i:magpsf"], abs=6e-5)
        assert datum.brightness_error == pytest.approx(row["i:sigmapsf"], abs=6e-5)
        assert datum.limit is None
        assert datum.bandpass == {1: "ZTF g", 2: "ZTF r", 3: "ZTF i"}[row["i:fid"]]
        middle = Time(row["i:jd"], format="jd", scale="utc") + row["i:exptime"] / 2 * u.s
        assert seconds_between(datum, middle) < 1e-3
        assert (datum.unit, datum.exposure_time) == ("mag", 30)
        assert (datum.telescope, datum.instrument, datum.source_name) == ("Palomar 48-inch", "ZTF", "FinkZTF")
        assert datum.source_location == f"https://ztf.fink-portal.org/{SUPERNOVA}"


def test_exposures_of_ztf_without_a_detection_are_upper_limits(tom, fink):
    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    limits = table[table["d:tag"] == "upperlim"]
    found = stored(target, limit__isnull=False)
    assert all(datum.brightness is None for datum in found)
    assert [datum.limit for datum in found] == pytest.approx(sorted_by_time(limits)["i:diffmaglim"], abs=6e-5)


def sorted_by_time(table):
    ordered = table.copy()
    ordered.sort("i:jd")
    return ordered


def test_detections_of_bad_quality_are_left_out(tom, fink):
    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    table = fink.query_object(SUPERNOVA, withupperlim=True)
    assert (table["d:tag"] == "badquality").sum() > 0
    assert len(stored(target)) == (table["d:tag"] != "badquality").sum()


def test_times_of_rubin_are_converted_from_tai_to_utc(tom, fink_lsst):
    target = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    datums = by_alert(target)
    table = fink_lsst.query_object(RUBIN_SUPERNOVA)
    assert len(datums) == len(table)
    for row in table:
        datum = datums[str(row["r:diaSourceId"])]
        assert seconds_between(datum, Time(row["r:midpointMjdTai"], format="mjd", scale="tai")) < 1e-3
        number = Time(datum.timestamp.replace(tzinfo=None)).mjd
        assert (row["r:midpointMjdTai"] - number) * 86400 == pytest.approx(37, abs=1e-3)


def test_fluxes_of_rubin_are_ab_magnitudes(tom, fink_lsst):
    target = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    datums = by_alert(target)
    for row in fink_lsst.query_object(RUBIN_SUPERNOVA):
        datum = datums[str(row["r:diaSourceId"])]
        assert datum.brightness == pytest.approx((row["r:psfFlux"] * u.nJy).to_value(u.ABmag), abs=6e-5)
        assert datum.value["difference_flux_uJy"] == pytest.approx(row["r:psfFlux"] / 1000, abs=6e-5)
        assert datum.bandpass == f"LSST {row['r:band']}"


def test_forced_photometry_adds_exposures_without_an_alert_and_no_others(tom, fink_lsst):
    target = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    exposures = [(datum.timestamp, datum.bandpass) for datum in stored(target)]
    assert len(set(exposures)) == len(exposures)
    alerts = len(fink_lsst.query_object(RUBIN_SUPERNOVA))
    forced = len(fink_lsst.query_forced_photometry(RUBIN_SUPERNOVA))
    assert alerts < len(exposures) <= alerts + forced
    kinds = {datum.value["kind"] for datum in stored(target)}
    assert kinds == {"valid", "forced"}


def test_a_faint_forced_flux_is_an_upper_limit_of_three_times_its_error(tom, fink_lsst):
    target = tom.make_target("FinkLSST", objectid=RUBIN_SUPERNOVA)
    table = fink_lsst.query_forced_photometry(RUBIN_SUPERNOVA)
    faint = stored(target, value__kind="forced", limit__isnull=False)
    assert faint
    for datum in faint:
        row = table[np.argmin([seconds_between(datum, time) for time in times_of(table)])]
        assert row["r:psfFlux"] < 3 * row["r:psfFluxErr"]
        assert datum.limit == pytest.approx((3 * row["r:psfFluxErr"] * u.nJy).to_value(u.ABmag), abs=6e-5)


def times_of(table):
    return Time(table["r:midpointMjdTai"], format="mjd", scale="tai")


def test_a_source_fainter_than_the_reference_is_not_shown_as_a_brightening(tom, fink):
    target = tom.make_target("FinkZTF", objectid=STAR)
    datums = by_alert(target)
    table = fink.query_object(STAR)
    negative = np.isin(table["i:isdiffpos"], ["f", "0"])
    assert negative.any()
    assert not negative.all()
    for row, fainter in zip(table, negative, strict=True):
        datum = datums[str(row["i:candid"])]
        assert datum.value["fainter_than_reference"] == fainter
        assert (datum.value["difference_flux_uJy"] < 0) == fainter
        assert (datum.brightness is None) == fainter
        assert datum.limit == (pytest.approx(row["i:diffmaglim"], abs=6e-5) if fainter else None)


@pytest.mark.usefixtures("_site")
@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(-1e6, -1e-6), st.floats(1e-6, 1e6), st.sampled_from([0, np.nan])),
            st.one_of(st.floats(0.1, 1e5), st.just(np.nan)),
            st.sampled_from([*"ugrizy", "x"]),
            st.sampled_from(["valid", "forced"]),
        ),
        max_size=6,
    )
)
def test_each_row_is_a_detection_or_a_limit_whatever_its_flux(rows):
    from astropy.table import MaskedColumn, Table

    from astroquery_fink.tom.photometry import datums
    from astroquery_fink.tom.telescopes import RUBIN

    fluxes, errors, bands, tags = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = Table({"r:diaObjectId": np.full(len(rows), 7), "r:diaSourceId": np.arange(len(rows)) + 1})
    table["r:midpointMjdTai"] = 61000.0 + np.arange(len(rows))
    table["r:band"], table["tag"] = np.array(bands, dtype="U1"), np.array(tags, dtype="U6")
    table["r:psfFlux"] = MaskedColumn(np.array(fluxes, dtype=float), mask=np.isnan(fluxes))
    table["r:psfFluxErr"] = MaskedColumn(np.array(errors, dtype=float), mask=np.isnan(errors))
    table["r:exposureTime"] = MaskedColumn(np.zeros(len(rows)), mask=True)
    table.meta["survey"] = "lsst"
    known = {band: band for band in "ugrizy"}
    found = {datum["value"]["alert"]: datum for datum in datums(table, RUBIN, known)}
    usable = {
        str(number + 1): flux >= 3 * error
        for number, (flux, error, band, _) in enumerate(rows)
        if band in known and np.isfinite(error)
    }
    assert {alert: "brightness" in datum for alert, datum in found.items()} == usable
    assert all(("brightness" in datum) != ("limit" in datum) for datum in found.values())


@pytest.mark.parametrize(("service", "objectid"), [("FinkZTF", SUPERNOVA), ("FinkLSST", RUBIN_SUPERNOVA)])
def test_an_update_adds_only_what_is_new(tom, service, objectid):
    from tom_dataproducts.models import DataProduct

    target = tom.make_target(service, objectid=objectid)
    before = stored(target)
    before[3].delete()
    tom.check_for_new_data(target)
    after = stored(target)
    assert len(after) == len(before)
    assert {datum.pk for datum in before[:3] + before[4:]} < {datum.pk for datum in after}
    tom.update(service, target)
    assert [datum.pk for datum in stored(target)] == [datum.pk for datum in after]
    assert DataProduct.objects.filter(target=target).count() == 3


@pytest.mark.parametrize(
    ("service", "objectid", "band"),
    [("FinkZTF", SUPERNOVA, "ZTF r"), ("FinkLSST", RUBIN_SUPERNOVA, "LSST r")],
)
def test_the_page_of_a_target_plots_bands_and_limits_by_name(tom, service, objectid, band):
    target = tom.make_target(service, objectid=objectid)
    page = tom.photometry(target)
    assert f'"name":"{band}"' in page
    assert f'"name":"{band} non-detection"' in page


def test_bands_are_named_as_the_settings_say(tom):
    with configured("FinkZTF", bandpass="{band}"):
        target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    assert {datum.bandpass for datum in stored(target)} == {"g", "r", "i"}


def test_other_names_of_bands_do_not_store_photometry_twice(tom):
    target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    before = stored(target)
    with configured("FinkZTF", bandpass="{band}"):
        tom.update("FinkZTF", target)
    assert stored(target) == before


@pytest.mark.parametrize(("service", "objectid"), [("FinkZTF", SUPERNOVA), ("FinkLSST", RUBIN_SUPERNOVA)])
def test_cutouts_of_the_newest_alert_are_fits_files_with_thumbnails(tom, fink, fink_lsst, service, objectid):
    from PIL import Image
    from tom_dataproducts.models import DataProduct, is_fits_image_file

    target = tom.make_target(service, objectid=objectid)
    hdus = {"FinkZTF": fink, "FinkLSST": fink_lsst}[service].get_cutouts(objectid)
    products = DataProduct.objects.filter(target=target)
    assert products.count() == 3
    for product in products:
        assert product.data_product_type == "fits_file"
        assert is_fits_image_file(product.data)
        with fits.open(product.data.path) as stored_hdus:
            kind = stored_hdus[0].header["KIND"].upper()
            np.testing.assert_array_equal(stored_hdus["SCI"].data, hdus[kind].data)
            assert stored_hdus["SCI"].header["CTYPE1"] == "RA---TAN"
            assert stored_hdus[0].header["CANDID"] == hdus[0].header["CANDID"]
            assert len(stored_hdus) == 1 + sum(hdu.name.startswith(kind) for hdu in hdus)
        with product.thumbnail, Image.open(product.thumbnail.path) as picture:
            assert picture.size == (200, 200)
            assert product.get_preview() == product.thumbnail.url


@pytest.mark.usefixtures("_site")
def test_a_thumbnail_shows_the_first_row_at_the_bottom_and_missing_pixels_in_black():
    from io import BytesIO

    from PIL import Image

    from astroquery_fink.tom.thumbnails import thumbnail

    pixels = np.zeros((10, 10))
    pixels[0] = 1
    pixels[9] = np.nan
    picture = np.asarray(Image.open(BytesIO(thumbnail(pixels, (100, 100)))))
    assert picture[-5].mean() > 240
    assert picture[5].mean() < 10
    assert np.asarray(Image.open(BytesIO(thumbnail(np.full((3, 3), np.nan), (30, 30))))).max() == 0


def test_no_cutouts_are_stored_if_the_settings_say_so(tom):
    from tom_dataproducts.models import DataProduct

    with configured("FinkZTF", cutouts=False):
        target = tom.make_target("FinkZTF", objectid=SUPERNOVA)
    assert stored(target)
    assert not DataProduct.objects.filter(target=target).exists()

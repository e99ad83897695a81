"""Cutouts of the LSST service: three images, rotated by visit, in three formats."""

import io

import numpy as np
import pytest
import requests
from astropy.io import fits
from astropy.wcs import WCS
from poster import poster

SUPERNOVA, EDGE, UNKNOWN = "170000000000000001", "170000000000000006", "170000000000000999"


@pytest.fixture(scope="module")
def post(box_lsst):
    return poster(box_lsst)


@pytest.fixture(scope="module")
def supernova(post):
    return post("sources", diaObjectId=SUPERNOVA).json()


@pytest.fixture(scope="module")
def cutout(post, supernova):
    """Cutouts of the brightest alert, as FITS files."""
    brightest = max(supernova, key=lambda row: row["r:psfFlux"])

    def read(kind):
        number = str(brightest["r:diaSourceId"])
        return fits.open(
            io.BytesIO(post("cutouts", diaSourceId=number, kind=kind, output_format="FITS").content)
        )

    return brightest, read


@pytest.mark.parametrize(("kind", "size"), [("Science", 41), ("Template", 51), ("Difference", 41)])
def test_a_cutout_has_three_images(cutout, kind, size):
    with cutout[1](kind) as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "UNCERT", "PSFIMAGE"]
        assert [hdu.data.shape for hdu in hdus] == [(30, 30), (30, 30), (size, size)]
        assert [hdu.header["BITPIX"] for hdu in hdus] == [-32, -32, -64]
        assert hdus[2].data.sum() == pytest.approx(1)
        assert hdus[0].header["BUNIT"] == "nJy"
        assert hdus[1].header["UTYPE"] == "VarianceUncertainty"
        assert not any(name.startswith(("CTYPE", "CUNIT", "RADESYS")) for name in hdus[0].header)


def test_axes_of_a_cutout_have_numbers_but_no_names(cutout):
    row, read = cutout
    with read("Science") as hdus:
        header = hdus[0].header
        assert not WCS(header).has_celestial
        header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
        wcs = WCS(header)
    assert wcs.wcs_pix2world(header["CRPIX1"], header["CRPIX2"], 1) == pytest.approx(
        [row["r:ra"], row["r:dec"]]
    )
    scale = 3600 * np.sqrt(abs(np.linalg.det(wcs.pixel_scale_matrix)))
    assert scale == pytest.approx(0.2, abs=0.0005)


def test_the_source_is_at_its_pixel_with_its_flux(cutout):
    row, read = cutout
    with read("Difference") as hdus:
        image, header, star = hdus[0].data.astype(float), hdus[0].header, hdus[2].data
    y, x = np.mgrid[1:31, 1:31]
    near = np.hypot(x - header["CRPIX1"], y - header["CRPIX2"]) < 6
    total = image[near].sum()
    assert (image * x)[near].sum() / total == pytest.approx(header["CRPIX1"], abs=0.1)
    assert (image * y)[near].sum() / total == pytest.approx(header["CRPIX2"], abs=0.1)
    assert image.sum() == pytest.approx(row["r:psfFlux"], rel=0.05)
    assert np.unravel_index(star.argmax(), star.shape) == (20, 20)


def test_variance_is_that_of_the_noise(post, supernova):
    """Measured away from the centre, long after the explosion."""
    number = str(supernova[0]["r:diaSourceId"])
    response = post("cutouts", diaSourceId=number, kind="Difference", output_format="FITS")
    with fits.open(io.BytesIO(response.content)) as hdus:
        pull = hdus[0].data[:9] / np.sqrt(hdus[1].data[:9])
    assert pull.std() == pytest.approx(1, abs=0.15)


def test_every_visit_turns_the_cutout(post, supernova):
    angles = set()
    for row in supernova[:4]:
        response = post(
            "cutouts", diaSourceId=str(row["r:diaSourceId"]), kind="Science", output_format="FITS"
        )
        angles.add(fits.getheader(io.BytesIO(response.content))["ROTPA"])
    assert len(angles) == len({row["r:visit"] for row in supernova[:4]})


def test_cutouts_as_arrays(post, supernova):
    number = str(supernova[0]["r:diaSourceId"])
    one = post("cutouts", diaSourceId=number, kind="Science", output_format="array").json()
    every = post("cutouts", diaSourceId=number, kind="All", output_format="array").json()
    assert list(one) == ["b:cutoutScience"]
    assert list(every) == ["b:cutoutDifference", "b:cutoutScience", "b:cutoutTemplate"]
    assert np.shape(one["b:cutoutScience"]) == (30, 30)
    assert every["b:cutoutScience"] == one["b:cutoutScience"]


def test_missing_pixels_are_a_bare_word(post):
    (row,) = post("sources", diaObjectId=EDGE).json()[:1]
    response = post("cutouts", diaSourceId=str(row["r:diaSourceId"]), kind="Science", output_format="array")
    assert "NaN" in response.text
    assert row["r:pixelFlags_edge"] is True


def test_all_kinds_together_need_a_format(box_lsst, post, supernova):
    number = str(supernova[0]["r:diaSourceId"])
    assert post("cutouts", diaSourceId=number, kind="All", output_format="FITS").status_code == 400
    assert post("cutouts", diaSourceId=number, kind="All").status_code == 500
    response = requests.get(
        f"{box_lsst.url}/api/v1/cutouts", {"diaSourceId": number, "kind": "All"}, timeout=5
    )
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/json")


def test_pictures(post, supernova):
    number = str(supernova[0]["r:diaSourceId"])
    grey = post("cutouts", diaSourceId=number, kind="Science")
    assert grey.content[16:26] == bytes([0, 0, 0, 30, 0, 0, 0, 30, 8, 0])
    assert grey.headers["Content-Disposition"] == f"attachment; filename={number}_Science.png"
    ranged = post("cutouts", diaSourceId=number, kind="Science", pmin=20, pmax=60)
    assert ranged.content == grey.content
    smooth = post("cutouts", diaSourceId=number, kind="Science", convolution_kernel="gauss")
    assert smooth.content != grey.content
    for wrong in ({"stretch": "linear"}, {"convolution_kernel": "none"}, {"colormap": "nope"}):
        assert post("cutouts", diaSourceId=number, kind="Science", **wrong).status_code == 500


def test_coloured_pictures_have_four_channels(post, supernova):
    pytest.importorskip("matplotlib")
    number = str(supernova[0]["r:diaSourceId"])
    coloured = post("cutouts", diaSourceId=number, kind="Science", colormap="viridis")
    assert coloured.content[24:26] == bytes([8, 6])


def test_wrong_requests_about_cutouts(post, supernova):
    number = str(supernova[0]["r:diaSourceId"])
    assert post("cutouts", diaSourceId=number, kind="science").status_code == 500
    assert post("cutouts", diaSourceId=int(number), kind="Science").status_code == 500
    assert post("cutouts", diaSourceId=number, kind="Science", output_format="fits").status_code == 400
    both = f"{number},{number}"
    assert post("cutouts", diaSourceId=both, kind="Science", output_format="array").status_code == 500


@pytest.mark.parametrize("output", ["PNG", "FITS", "array"])
@pytest.mark.parametrize("number", ["", "171645754277981", UNKNOWN])
def test_unknown_alerts_have_an_empty_picture(post, number, output):
    response = post("cutouts", diaSourceId=number, kind="Science", output_format=output)
    assert (response.status_code, response.headers["Content-Type"], response.content) == (
        200,
        "image/png",
        b"",
    )


def test_bodies_have_cutouts(post):
    (row,) = post("sso", n_or_d="9900001").json()[:1]
    response = post(
        "cutouts", diaSourceId=str(row["r:diaSourceId"]), kind="Difference", output_format="array"
    )
    assert np.sum(response.json()["b:cutoutDifference"]) == pytest.approx(row["r:psfFlux"], rel=0.05)

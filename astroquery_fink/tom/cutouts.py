# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of an alert -> FITS files of a target in a TOM."""

from io import BytesIO
from typing import Any

from astropy.io import fits
from astropy.table import Row
from django.core.files.base import ContentFile
from tom_dataproducts.models import DATA_TYPE_CHOICES, THUMBNAIL_DEFAULT_SIZE, DataProduct

from ..core import FinkClass
from .telescopes import Telescope
from .thumbnails import thumbnail

__all__ = ["files_of", "product_ids", "save_cutouts", "stored"]

_IMAGE = "SCI"  # the name by which the TOM Toolkit knows the HDU of an image


def product_ids(target: Any, alert: Any, telescope: Telescope) -> dict[str, str]:
    """Kind of cutout -> id of its data product."""
    survey = telescope.survey
    return {kind: f"{survey.title}-{alert}-{kind}-target{target.pk}" for kind in survey.cutouts.kinds}


def stored(ids: dict[str, str]) -> bool:
    """Whether the TOM has all these data products."""
    return DataProduct.objects.filter(product_id__in=ids.values()).count() == len(ids)


def files_of(client: FinkClass, row: Row, telescope: Telescope) -> dict[str, bytes]:
    """Kind of cutout -> its FITS file, of one alert."""
    hdus = client.get_cutouts(row)
    return {kind: _file(hdus, kind) for kind in telescope.survey.cutouts.kinds if kind.upper() in hdus}


def save_cutouts(target: Any, alert: Any, files: dict[str, bytes], telescope: Telescope) -> list[Any]:
    """Store the files that the TOM does not have yet, as data products of the target."""
    ids = product_ids(target, alert, telescope)
    known = set(DataProduct.objects.filter(product_id__in=ids.values()).values_list("product_id", flat=True))
    return [
        _save(target, ids[kind], f"{telescope.survey.title}_{alert}_{kind.lower()}.fits", content)
        for kind, content in files.items()
        if ids[kind] not in known
    ]


def _save(target: Any, product_id: str, filename: str, content: bytes) -> Any:
    types = {name for name, _ in DATA_TYPE_CHOICES}
    product = DataProduct(
        product_id=product_id,
        target=target,
        data_product_type="fits_file" if "fits_file" in types else "",
    )
    product.data.save(filename, ContentFile(content))  # saves the product, too
    with fits.open(BytesIO(content)) as hdus:
        picture = thumbnail(hdus[_IMAGE].data, THUMBNAIL_DEFAULT_SIZE)
    product.thumbnail.save(filename.replace(".fits", ".jpg"), ContentFile(picture))
    return product


def _file(hdus: fits.HDUList, kind: str) -> bytes:
    """One kind of cutout, with its variance and its PSF if there are any."""
    extensions = [hdu.copy() for hdu in hdus if hdu.name.partition("_")[0] == kind.upper()]
    for hdu in extensions:
        hdu.name = hdu.name.replace(kind.upper(), _IMAGE, 1)
    content = BytesIO()
    primary = fits.PrimaryHDU(header=hdus[0].header)
    primary.header["KIND"] = (kind, "kind of cutout")
    fits.HDUList([primary, *extensions]).writeto(content)
    return content.getvalue()

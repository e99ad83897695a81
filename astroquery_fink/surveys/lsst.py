# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin's Legacy Survey of Space and Time, as Fink serves it."""

import re

import astropy.units as u

from .phase_curves import PhaseColumns, PhaseCurves
from .photometry import Fluxes
from .report import ReportFacts
from .survey import (
    BulkCurves,
    ColumnNames,
    ConeSearch,
    Cutouts,
    Ids,
    Packet,
    Service,
    SolarSystem,
    Statistics,
    Survey,
    TimeRange,
)

__all__ = ["LSST"]

_TAGS = "query_tag searches by Fink's tags, which list_tags lists"
_SSO = "query_sso returns the alerts of known Solar System objects"

_DESIGNATIONS = {
    f"{form}_primary_provisional_designation": f"r:{form}_primary_provisional_designation"
    for form in ("packed", "unpacked")
}

LSST = Survey(
    name="lsst",
    client="FinkLSST",
    instead={
        "query_class": _TAGS,
        "list_classes": _TAGS,
        "query_anomalies": _TAGS,
        "query_tracklets": _SSO,
        "query_sso_candidates": _SSO,
        "query_metadata": "resolve_name(..., reverse=True) returns the names in other catalogues",
        "withupperlim": "query_forced_photometry, or withforced=True, returns the flux at every visit",
        "withcutouts": "get_cutouts and get_images return the cutouts",
        "withresiduals": "withephem=True adds reduced magnitudes, to fit phase curves",
    },
    ids=Ids(
        pattern=re.compile(r"[1-9]\d{14,18}", re.ASCII),
        description="15 to 19 digits, such as 313897383979122767",
        type=int,
        absent=(
            "Alerts of Solar System objects belong to no object: query_sso returns all alerts of one, "
            "and get_images(table) the cutouts of any alerts."
        ),
    ),
    service=Service(
        setting="lsst_server",
        endpoint="sources",
        schemas=("sources", "objects", "fp", "sso"),
        id_argument="diaObjectId",
        alert_argument="diaSourceId",
        resolver_argument="name_or_id",
        row_names={"fp": "forced photometry", "objects": "summary"},
        lifetimes={
            "cutouts": "cutouts",
            "schema": "day",
            "blocks": "day",
            "ssoft": "day",
            "ssobulk": "day",
            "swagger.json": "day",
        },
        unlisted_classes=(),
        grouped_classes=(),
        scan_limit=10_000,
        applies_days=False,
    ),
    columns=ColumnNames(
        object_id="r:diaObjectId",
        alert_id="r:diaSourceId",
        time="r:midpointMjdTai",
        band="r:band",
        ra="r:ra",
        dec="r:dec",
        brightness="r:psfFlux",
        brightness_error="r:psfFluxErr",
        tag="tag",
        first_seen="f:firstDiaSourceMjdTaiFink",
        event_time="v:startgwMjdTai",
        limit=None,
        exposure_time=None,
    ),
    measured=("valid", "forced"),
    time_format="mjd",
    time_scale="tai",
    photometry=Fluxes(
        difference="r:psfFlux",
        difference_error="r:psfFluxErr",
        source="r:scienceFlux",
        source_error="r:scienceFluxErr",
        unit=u.nJy,
    ),
    default_brightness="difference flux",
    bands={band: band for band in "ugrizy"},
    cutouts=Cutouts(
        kinds=("Science", "Template", "Difference"),
        column="b:cutout{kind}",
        format="FITS",
        keys={"diaSourceId": "r:diaSourceId"},
        requests=("Science", "Template", "Difference"),
        shape=(30, 30),
        pixel_scale=0.2,
        scale_bar=2.0,
        cards=(
            ("OBJECT", "r:diaObjectId", "object id"),
            ("CANDID", "r:diaSourceId", "alert id"),
            ("SSONAME", "f:sso_name", "name of the Solar System object"),
            ("RA", "r:ra", "[deg] ICRS right ascension of the alert"),
            ("DEC", "r:dec", "[deg] ICRS declination of the alert"),
            ("PSFFLUX", "r:psfFlux", "[nJy] PSF flux, difference image"),
            ("PSFFLERR", "r:psfFluxErr", "[nJy] its 1-sigma uncertainty"),
            ("SNR", "r:snr", "signal-to-noise ratio of the detection"),
            ("RELIABLE", "r:reliability", "0 bogus to 1 real"),
            ("VISIT", "r:visit", "visit id"),
            ("DETECTOR", "r:detector", "detector id"),
        ),
    ),
    cone=ConeSearch(
        columns=(
            "r:diaObjectId",
            "r:diaSourceId",
            "r:midpointMjdTai",
            "r:band",
            "r:psfFlux",
            "r:psfFluxErr",
            "r:scienceFlux",
            "r:scienceFluxErr",
            "r:ra",
            "r:dec",
            "r:snr",
            "r:reliability",
            "r:nDiaSources",
            "f:firstDiaSourceMjdTaiFink",
            "f:main_label_crossmatch",
            "f:main_label_classifier",
            "v:separation_degree",
        ),
        required=("r:ra", "r:dec", "f:firstDiaSourceMjdTaiFink"),
        kinds={
            "within": TimeRange("f:firstDiaSourceMjdTaiFink", "r:midpointMjdTai", version=""),
            "across": TimeRange("r:midpointMjdTai", "f:firstDiaSourceMjdTaiFink", version="3.7.0"),
        },
        stop_alone=True,
        separation="v:separation_degree",
    ),
    solar_system=SolarSystem(
        added=("f:sso_name", "r:packed_primary_provisional_designation"),
        needed={"withephem": ("r:psfFlux",)},
        id="r:ssObjectId",
        name="r:ssObjectId",
        known=None,
    ),
    phase_curves=PhaseCurves(
        models={
            "SHG1G2": (("G1", "G2"), ("R", "alpha0", "delta0")),
            "HG1G2": (("G1", "G2"), ()),
            "HG": (("G",), ()),
        },
        bands=tuple("ugrizy"),
        first_version="2026.08",
        sources=(
            PhaseColumns(
                name="f:sso_name",
                phase="Phase",
                band="r:band",
                magnitude="i:magpsf_red",
                error="",
                ra="r:ra",
                dec="r:dec",
            ),
            PhaseColumns(
                name="designation",
                phase="cphaseAngle",
                band="cband",
                magnitude="cmagpsf",
                error="csigmapsf",
                ra="cra",
                dec="cdec",
                distances=("chelioRange", "ctopoRange"),
            ),
        ),
    ),
    bulk=BulkCurves(
        name="designation",
        time="cmidpointMjdTai",
        single=("designation", "version"),
        first_version="2026.08",
        example="1998 TT26",
    ),
    resolver_columns={
        "name": (
            "f:fullname",
            "oname",
            "f:sso_name",
            "f:xm_tns_fullname",
            "r:unpacked_primary_provisional_designation",
        ),
        "objectid": ("r:diaObjectId",),
        "type": ("f:type", "otype", "f:xm_tns_type", "f:main_label_crossmatch"),
        "redshift": ("f:redshift", "z", "f:xm_tns_redshift"),
        "ra": ("f:ra", "jradeg", "r:ra"),
        "dec": ("f:declination", "jdedeg", "r:dec"),
    },
    statistics=Statistics(
        night="f:night",
        every_night="f:alerts",
    ),
    begin="2025-06-01",
    declinations=(-90.0, 60.0),
    column_rules={},
    packet=Packet(
        fields={
            "diaSource": "r:",
            "diaObject": "r:",
            "ssSource": "r:",
            "mpc_orbits": _DESIGNATIONS,
            **_DESIGNATIONS,
            "prvDiaSources": None,
            "prvDiaForcedSources": None,
            "cutoutScience": None,
            "cutoutTemplate": None,
            "cutoutDifference": None,
            "misc": "f:",
            "year": None,
            "month": None,
            "day": None,
            "xm": "f:xm_",
            "clf": "f:clf_",
            "pred": "f:",
            "": "f:",
        },
        short_floats=("r:", "f:"),
        cutouts=("cutoutScience", "cutoutTemplate", "cutoutDifference"),
        history=("prvDiaSources", "prvDiaForcedSources"),
    ),
    report=ReportFacts(
        portal="https://lsst.fink-portal.org/{}",
        classes=("f:main_label_classifier", "f:clf_cats_class"),
        scores={
            "real": "r:reliability",
            "SN (SNN)": "f:clf_snnSnVsOthers_score",
            "early SN Ia": "f:clf_earlySNIa_score",
            "CATS class": "f:clf_cats_score",
        },
        crossmatches={
            "TNS": "f:xm_tns_fullname",
            "TNS type": "f:xm_tns_type",
            "TNS redshift": "f:xm_tns_redshift",
            "SIMBAD": "f:xm_simbad_otype",
            "Gaia DR3": "f:xm_gaiadr3_DR3Name",
            "VSX": "f:xm_vsx_Type",
            "GCVS": "f:xm_gcvs_type",
            "SPICY": "f:xm_spicy_class",
            "3HSP": "f:xm_x3hsp_type",
            "4LAC": "f:xm_x4lac_type",
            "HyperLEDA": "f:xm_mangrove_HyperLEDA_name",
            "2MASS": "f:xm_mangrove_2MASS_name",
            "photo-z": "f:xm_legacydr8_zphot",
        },
        tns_name="f:xm_tns_fullname",
        class_names={11: "SN-like", 12: "fast", 13: "long", 21: "periodic", 22: "not periodic"},
    ),
)

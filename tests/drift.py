# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Columns, endpoints and arguments that a server has and the client does not know, and those it lacks."""

from astroquery_fink.surveys import SURVEYS

__all__ = ["KNOWN", "changes"]

LISTED_ONLY = {"f:clf_slsn_score", "f:xm_spicy_SPICY"}  # in the schema of Fink/LSST, but in none of its rows
NEVER_LISTED = {"r:salt"}  # in rows of Fink/LSST, but not in its schema
FORMAT = {"output-format"}
TABLE = {"columns"} | FORMAT
DATES = {"startdate", "stopdate"}
PICTURES = {"kind", "stretch", "colormap", "pmin", "pmax", "convolution_kernel"} | FORMAT
CONE = {"ra", "dec", "radius", "n", "window"} | DATES | TABLE
RESOLVER = {"resolver", "reverse", "nmax"} | FORMAT
PHASE_CURVES = {"sso_name", "sso_number", "flavor", "version", "schema"} | FORMAT
BULK = {"sso_name", "version", "schema"} | FORMAT
REGION = {"event_name", "bayestar", "credible_level", "n_day_before", "n_day_after"} | FORMAT
ZTF = {
    "objects": {"objectId", "withupperlim", "withcutouts", "cutout-kind"} | TABLE,
    "cutouts": {"objectId", "candid"} | PICTURES,
    "conesearch": CONE,
    "latests": {"class", "n", "trend", "color"} | DATES | TABLE,
    "anomaly": {"n", "start_date", "stop_date"} | TABLE,
    "tracklet": {"date", "id"} | TABLE,
    "sso": {"n_or_d", "withEphem", "withResiduals", "withcutouts", "cutout-kind"} | TABLE,
    "ssocand": {"kind", "ssoCandId", "start_date", "stop_date", "maxnumber"} | FORMAT,
    "ssoft": PHASE_CURVES,
    "ssobulk": BULK,
    "resolver": {"name"} | RESOLVER,
    "statistics": {"date", "schema"} | TABLE,
    "skymap": REGION,
    "metadata": {"objectId", "internal_name", "internal_name_encoded"},
    "schema": set(),
    "classes": set(),
}
LSST = {
    "sources": {"diaObjectId", "midpointMjdTai"} | TABLE,
    "objects": {"diaObjectId"} | TABLE,
    "fp": {"diaObjectId"} | TABLE,
    "conesearch": {"kind"} | CONE,
    "cutouts": {"diaSourceId"} | PICTURES,
    "tags": {"tag", "n"} | DATES | TABLE,
    "blocks": set(),
    "sso": {"n_or_d", "withEphem", "withResiduals"} | TABLE,
    "ssoft": {"columns"} | PHASE_CURVES,
    "ssobulk": BULK,
    "resolver": {"name_or_id"} | RESOLVER,
    "statistics": {"date"} | TABLE,
    "schema": {"endpoint", "major_version", "minor_version"},
    "skymap": REGION,
}
KNOWN = {"ztf": ZTF, "lsst": LSST}


def changes(client):
    """What is new and what is missing on a server, as a sorted list of sentences."""
    known, offered = KNOWN[client.survey], endpoints_of(client)
    found = compared("column", known_columns(client), listed_columns(client), LISTED_ONLY, NEVER_LISTED)
    found += compared("endpoint", known, offered)
    for endpoint in known.keys() & offered.keys():
        found += compared(f"argument of {endpoint}", known[endpoint], offered[endpoint])
    return sorted(found)


def compared(what, known, offered, expected_new=(), expected_missing=()):
    new = set(offered) - set(known) - set(expected_new)
    missing = set(known) - set(offered) - set(expected_missing)
    return [f"new {what}: {name}" for name in new] + [f"missing {what}: {name}" for name in missing]


def endpoints_of(client):
    """Endpoint -> its arguments, as the server lists them."""
    table = client.list_endpoints(cache=False)
    return {row["name"]: set(row["arguments"].split(", ")) - {""} for row in table}


def listed_columns(client):
    return set(client.list_columns(cache=False)["name"].tolist()) - optional(client)


def known_columns(client):
    """The columns of alerts, and of other tables whose schema the server has."""
    survey = SURVEYS[client.survey]
    schemas = set(survey.service.schemas)
    return {name for name, facts in survey.facts.items() if facts.full or schemas & set(facts.tables)}


def optional(client):
    """Known columns that only some rows have, and that a server may list."""
    return set(SURVEYS[client.survey].facts) - known_columns(client)

"""A line of each command that has a Table as its result, for both surveys."""

RUBIN = "170000000000000001"

COMMANDS = {
    "lightcurve": ("lightcurve", "ZTF99simsnia", "--upper-limits"),
    "cone": ("cone", "186.7283 15.2104", "1arcmin"),
    "class": ("class", "Early SN Ia candidate", "-n", "3"),
    "classes": ("classes",),
    "anomalies": ("anomalies", "-n", "3"),
    "tracklets": ("tracklets", "2024-09-14"),
    "skymap": ("skymap", "S990220sim", "--level", "0.5"),
    "sso": ("sso", "9900001", "--ephem"),
    "sso-candidates": ("sso-candidates", "--kind", "lightcurves", "-n", "30"),
    "ssoft": ("ssoft", "--number", "9900001", "--flavor", "HG"),
    "sso-bulk": ("sso-bulk", "9900001", "9900002"),
    "resolve": ("resolve", "ZTF99simsntw", "--resolver", "tns", "--reverse"),
    "metadata": ("metadata", "ZTF99simsnia"),
    "statistics": ("statistics", "202507"),
    "columns": ("columns",),
    "endpoints": ("endpoints",),
}
COMMANDS_OF_RUBIN = {
    "lightcurve": ("lightcurve", RUBIN),
    "forced": ("forced", RUBIN),
    "summary": ("summary", RUBIN),
    "cone": ("cone", "186.7283 15.2104", "5arcsec", "--start", "2025-07-01", "--kind", "across"),
    "tag": ("tag", "in_tns", "-n", "3"),
    "tags": ("tags",),
    "blocks": ("blocks",),
    "skymap": ("skymap", "S990315sim", "--level", "0.9", "--days-after", "6"),
    "sso": ("sso", "9900001", "--ephem"),
    "ssoft": ("ssoft", "--name", "Simulatedalpha"),
    "sso-bulk": ("sso-bulk", "2099 SA1"),
    "resolve": ("resolve", RUBIN, "--resolver", "tns", "--reverse"),
    "statistics": ("statistics", "202602"),
    "columns": ("columns",),
    "endpoints": ("endpoints",),
}
NEED_PYARROW = ("sso-bulk",)

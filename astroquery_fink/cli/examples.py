# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Examples of each command, for its help."""

from .simple import SIMPLE

__all__ = ["EXAMPLES", "examples_of"]

EXAMPLES = {
    "lightcurve": """\
astroquery-fink lightcurve ZTF21aaxtctv --upper-limits -o ZTF21aaxtctv.csv --plot lc.png
astroquery-fink lightcurve ZTF21aaxtctv ZTF25abcdefg --columns jd,fid,magpsf
astroquery-fink lightcurve 313897383979122767 --survey lsst --forced --plot lc.png
cut -d, -f1 sample.csv | astroquery-fink lightcurve --ids - -o sample.parquet""",
    "forced": """\
astroquery-fink forced 313897383979122767 -o forced.ecsv
astroquery-fink forced --ids sample.csv --columns diaObjectId,midpointMjdTai,band,psfFlux,psfFluxErr""",
    "summary": """\
astroquery-fink summary 313897383979122767
astroquery-fink summary --ids sample.csv --columns diaObjectId,nDiaSources,g_psfFluxMean""",
    "cutouts": """\
astroquery-fink cutouts ZTF21aaxtctv -o cutouts.fits --plot cutouts.png
astroquery-fink cutouts ZTF21aaxtctv --all -o folder
astroquery-fink cutouts 313897383979122767 --survey lsst -o cutouts.fits""",
    "cone": """\
astroquery-fink cone "186.7283 -15.2104" 5arcsec
astroquery-fink cone "12:26:54.8 +15:12:37" 1arcmin --start 2025-07-01 -o near.ecsv
astroquery-fink cone "186.7283 -15.2104" 5arcsec --survey lsst""",
    "class": """\
astroquery-fink class "Early SN Ia candidate" --start 2025-07-28 --stop 2025-07-29 --trend rising
astroquery-fink class "SN candidate" -n 10""",
    "tag": """\
astroquery-fink tag in_tns -n 10
astroquery-fink tag extragalactic_new_candidate --start 2026-07-01 --stop 2026-07-02 -o new.ecsv""",
    "sso": """\
astroquery-fink sso 8467 --ephem -o 8467.ecsv
astroquery-fink sso 8467 --survey lsst --columns midpointMjdTai,band,psfFlux""",
    "resolve": """\
astroquery-fink resolve "SN 2024abtt" --resolver tns
astroquery-fink resolve 313897383979122767 --resolver tns --reverse --survey lsst""",
    "columns": """\
astroquery-fink columns magpsf
astroquery-fink columns --survey lsst -o columns.csv""",
    "demo": """\
astroquery-fink demo
astroquery-fink demo --survey lsst
astroquery-fink demo --server https://api.ztf.fink-portal.org ZTF21aaxtctv
astroquery-fink demo --survey lsst --server https://api.lsst.fink-portal.org 313897383979122767""",
    "sandbox": """\
astroquery-fink sandbox
astroquery-fink sandbox --survey lsst --port 8000""",
    "cache": """\
astroquery-fink cache size
astroquery-fink cache clear""",
}
EXAMPLES |= {one.command: f"astroquery-fink {one.command} {one.example}".strip() for one in SIMPLE}


def examples_of(command: str) -> str:
    """The end of the help of a command."""
    return "\n  ".join(["examples:", *EXAMPLES[command].splitlines()])

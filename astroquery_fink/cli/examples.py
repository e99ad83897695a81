# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Examples of each command, for its help."""

__all__ = ["EXAMPLES", "examples_of"]

EXAMPLES = {
    "lightcurve": """\
astroquery-fink lightcurve ZTF21aaxtctv --upper-limits -o ZTF21aaxtctv.csv --plot lc.png
astroquery-fink lightcurve ZTF21aaxtctv ZTF25abcdefg --columns jd,fid,magpsf
astroquery-fink lightcurve ZTF21aaxtctv --start 2025-07-01 --stop 2025-08-01
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
astroquery-fink cutouts 313897383979122767 --survey lsst -o cutouts.fits
astroquery-fink cutouts --candid 169342392297914372 --survey lsst -o cutouts.fits""",
    "cone": """\
astroquery-fink cone "186.7283 -15.2104" 5arcsec
astroquery-fink cone "12:26:54.8 +15:12:37" 1arcmin --start 2025-07-01 -o near.ecsv
astroquery-fink cone "186.7283 -15.2104" 5arcsec --start 2025-07-01 --window 30
astroquery-fink cone "186.7283 -15.2104" 5arcsec --survey lsst --start 2026-08-01 --kind across""",
    "class": """\
astroquery-fink class "Early SN Ia candidate" --start 2025-07-28 --stop 2025-07-29 --trend rising
astroquery-fink class "SN candidate" -n 10""",
    "classes": """\
astroquery-fink classes""",
    "tag": """\
astroquery-fink tag in_tns -n 10
astroquery-fink tag extragalactic_new_candidate --start 2026-07-01 --stop 2026-07-02 -o new.ecsv""",
    "tags": """\
astroquery-fink tags""",
    "blocks": """\
astroquery-fink blocks -o blocks.csv""",
    "anomalies": """\
astroquery-fink anomalies -n 20
astroquery-fink anomalies --start 2025-07-01 --stop 2025-07-07 --columns objectId,jd,anomaly_score""",
    "tracklets": """\
astroquery-fink tracklets 2023-12-13
astroquery-fink tracklets "2023-12-13 13:36" --columns jd,ra,dec,tracklet
astroquery-fink tracklets --tracklet TRCK_20231213_133612_00""",
    "skymap": """\
astroquery-fink skymap S230709bi --level 0.5
astroquery-fink skymap bayestar.fits.gz --level 0.9 --days-before 0 --days-after 3 -o around.ecsv
astroquery-fink skymap map.fits --level 0.9 --event-time "2023-07-09 12:28:50"
astroquery-fink skymap S230709bi --level 0.5 --survey lsst""",
    "sso": """\
astroquery-fink sso 8467 --ephem -o 8467.ecsv --plot 8467.png
astroquery-fink sso "2010 JO69"
astroquery-fink sso 8467 --survey lsst --columns midpointMjdTai,band,psfFlux""",
    "sso-candidates": """\
astroquery-fink sso-candidates -o orbits.ecsv
astroquery-fink sso-candidates --kind lightcurves --trajectory FF20230725aaaacgw
astroquery-fink sso-candidates --kind lightcurves --start 2023-07-01 --stop 2023-08-01 -n 1000""",
    "ssoft": """\
astroquery-fink ssoft --name Benoitcarry
astroquery-fink ssoft --number 33803 --flavor HG
astroquery-fink ssoft --table 2026.08 -o ssoft.parquet""",
    "sso-bulk": """\
astroquery-fink sso-bulk 8467 33803 -o two.ecsv
astroquery-fink sso-bulk "1998 TT26" --survey lsst --table 2026.08
astroquery-fink sso-bulk -o all.parquet
astroquery-fink sso-bulk 8467 --file all.parquet""",
    "resolve": """\
astroquery-fink resolve "SN 2024abtt" --resolver tns
astroquery-fink resolve 313897383979122767 --resolver tns --reverse --survey lsst""",
    "metadata": """\
astroquery-fink metadata ZTF21aaxtctv
astroquery-fink metadata --internal-name 'my supernova'""",
    "statistics": """\
astroquery-fink statistics 202507
astroquery-fink statistics 20250714 --columns basic:raw,basic:sci
astroquery-fink statistics 202608 --survey lsst""",
    "columns": """\
astroquery-fink columns magpsf
astroquery-fink columns --survey lsst -o columns.csv""",
    "endpoints": """\
astroquery-fink endpoints --survey lsst""",
    "version": """\
astroquery-fink version
astroquery-fink version --survey lsst""",
    "report": """\
astroquery-fink report --class "SN candidate" --since 1d -o tonight.html
astroquery-fink report --tag extragalactic_new_candidate --since 12h -n 50 -o new.html
astroquery-fink report ZTF21aaxtctv ZTF25abcdefg -o two.html
astroquery-fink cone "186.7283 15.2104" 1arcmin | astroquery-fink report --ids - -o around.html""",
    "transfer": """\
astroquery-fink transfer ftransfer_ztf_2026-03-01_123456 -o alerts
astroquery-fink transfer status alerts
astroquery-fink transfer compact alerts -o compact
astroquery-fink transfer light-curves compact -o curves
astroquery-fink transfer hats curves -o catalog""",
    "transfer download": """\
astroquery-fink transfer ftransfer_ztf_2026-03-01_123456 -o alerts
astroquery-fink transfer ftransfer_ztf_2026-03-01_12 -o alerts --content light
astroquery-fink transfer ftransfer_lsst_2026-03-01_12 -o alerts --follow""",
    "transfer status": """\
astroquery-fink transfer status alerts""",
    "transfer compact": """\
astroquery-fink transfer compact alerts -o compact
astroquery-fink transfer compact alerts -o compact --columns fid,magpsf,ra,dec""",
    "transfer light-curves": """\
astroquery-fink transfer light-curves compact -o curves
astroquery-fink transfer light-curves compact -o curves --columns fid,magpsf""",
    "transfer hats": """\
astroquery-fink transfer hats curves -o catalog
astroquery-fink transfer hats curves -o catalog --scheduler tcp://host:8786""",
    "stream": """\
astroquery-fink stream fink_sn_candidates_ztf
astroquery-fink stream fink_in_tns_lsst --where "psfFlux > 5000"
astroquery-fink stream fink_early_sn_candidates_ztf --json --columns jd,magpsf
astroquery-fink stream --list --survey lsst""",
    "demo": """\
astroquery-fink demo
astroquery-fink demo --bulk
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


def examples_of(command: str) -> str:
    """The end of the help of a command."""
    return "\n  ".join(["examples:", *EXAMPLES[command].splitlines()])

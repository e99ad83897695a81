"""The ``astroquery-fink`` command."""

import gzip
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from astropy.io import fits
from astropy.table import Table

from astroquery_fink.cli import main
from astroquery_fink.cli.examples import EXAMPLES
from astroquery_fink.cli.parser import build_parser
from astroquery_fink.cli.wording import in_command_words


def test_the_demo_leaves_data_and_figures(tmp_path, capsys):
    assert main(["demo", "--folder", str(tmp_path / "demo")]) == 0
    written = {path.name: path for path in (tmp_path / "demo" / "ztf").iterdir()}
    assert set(written) == {"lightcurve.ecsv", "lightcurve.png", "cutouts.fits", "cutouts.png"}
    assert "upperlim" in Table.read(written["lightcurve.ecsv"])["d:tag"]
    with fits.open(written["cutouts.fits"]) as hdus:
        assert "simulated" in hdus[0].header["ORIGIN"]
    assert all(written[name].read_bytes().startswith(b"\x89PNG") for name in written if name.endswith("png"))
    printed = capsys.readouterr().out
    assert "i:magpsf" in printed
    assert str(written["cutouts.png"]) in printed


def test_the_demo_can_ask_another_server(tmp_path, box, capsys):
    assert main(["demo", "ZTF99simdwno", "--server", box.url, "--folder", str(tmp_path)]) == 0
    assert set(Table.read(tmp_path / "ztf" / "lightcurve.ecsv")["i:objectId"]) == {"ZTF99simdwno"}
    assert "ZTF99simdwno" in capsys.readouterr().out


def test_the_demo_has_rubins_side_too(tmp_path, capsys):
    assert main(["demo", "--survey", "lsst", "--folder", str(tmp_path)]) == 0
    table = Table.read(tmp_path / "lsst" / "lightcurve.ecsv")
    assert set(table["tag"]) == {"valid", "forced"}
    assert str(table["r:psfFlux"].unit) == "nJy"
    with fits.open(tmp_path / "lsst" / "cutouts.fits") as hdus:
        detections = table[table["tag"] == "valid"]
        assert hdus[0].header["CANDID"] == detections["r:diaSourceId"][detections["r:psfFlux"].argmax()]
        assert "SCIENCE_VAR" in hdus
    assert all(
        (tmp_path / "lsst" / name).read_bytes().startswith(b"\x89PNG")
        for name in ("lightcurve.png", "cutouts.png")
    )
    printed = capsys.readouterr().out
    assert "r:psfFlux" in printed
    assert "forced" in printed


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["demo", "ZTF99simsnia"], 2, "--server"),
        (["demo", "ZTF99simsnia", "--survey", "lsst", "--server", "http://127.0.0.1:9"], 2, "--survey ztf"),
        (["demo", "nope", "--server", "http://127.0.0.1:9"], 2, "ZTF21aaxtctv"),
        (["demo", "ZTF99simsnia", "--server", "http://127.0.0.1:9"], 1, "127.0.0.1:9"),
    ],
)
def test_what_goes_wrong_is_one_line_and_a_status(arguments, status, message, tmp_path, capsys):
    assert main([*arguments, "--folder", str(tmp_path)]) == status
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("survey", "list_of_searches"), [("ztf", "classes"), ("lsst", "tags")])
def test_the_sandbox_tells_its_address_and_ends_with_ctrl_c(survey, list_of_searches):
    import signal

    import requests

    command = [sys.executable, "-m", "astroquery_fink", "sandbox", "--survey", survey]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http"))
        assert f"FinkClass(survey='{survey}', server='{url}')" in line
        assert requests.get(f"{url}/api/v1/{list_of_searches}", timeout=20).ok
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (0, "")


CURVE = ("lightcurve", "ZTF99simsnia", "--upper-limits")


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot", ".parquet"])
def test_a_light_curve_in_a_file_is_that_of_python(ask, fink, tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    assert ask(*CURVE, "-o", f"lc{suffix}") == 0
    names = {"use_names_over_ids": True} if suffix == ".vot" else {}
    written = Table.read(tmp_path / f"lc{suffix}", **names)
    expected = fink.query_object("ZTF99simsnia", withupperlim=True)
    valid = expected["d:tag"] == "valid"
    assert len(written) == len(expected)
    assert list(map(int, written["i:candid"][valid])) == expected["i:candid"][valid].tolist()


def test_a_light_curve_and_its_figure_in_one_line(ask, tmp_path, capsys):
    assert ask(*CURVE, "-o", "lc.csv", "--plot", "lc.png") == 0
    assert (tmp_path / "lc.png").read_bytes().startswith(b"\x89PNG")
    assert "wrote lc.csv (119 rows, " in capsys.readouterr().err


def test_a_pipe_gets_csv(ask, capsys):
    assert ask("cone", "186.7283 15.2104", "30arcsec", "--columns", "objectId,magpsf") == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("ZTF99simsnia,")
    assert ask("resolve", "ZTF99simsntw", "--resolver", "tns", "--reverse") == 0
    assert "SN 2099sin" in capsys.readouterr().out


def test_a_position_south_of_the_equator_is_no_option(ask, capsys):
    assert ask("cone", "10.3 -8.5", "5arcsec") == 3
    assert capsys.readouterr().err.startswith("astroquery-fink: warning: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("class", "Early SN Ia candidate", "-n", "2"), "ZTF99"),
        (("sso", "9900001", "--columns", "jd,magpsf"), "i:magpsf"),
        (("columns", "magpsf"), "i:sigmapsf"),
        (("class", "SN candidate", "-n", "2", "--color"), "v:rate"),
        (("classes",), "SN candidate"),
        (("anomalies", "-n", "2", "--columns", "objectId,anomaly_score"), "d:anomaly_score"),
        (("anomalies", "--start", "2025-03-01", "--stop", "2025-03-01", "--columns", "jd"), "24607"),
        (("tracklets", "2024-09-14", "--columns", "tracklet"), "TRCK_20240914_051241_00"),
        (("tracklets", "--tracklet", "TRCK_20240914_051241_00", "--columns", "jd"), "2460567.7"),
        (("skymap", "S990220sim", "--level", "0.5"), "v:jdstartgw"),
        (("sso-candidates",), "d:ref_epoch"),
        (("sso-candidates", "--kind", "lightcurves", "--trajectory", "FF20990311simaaaa"), "ZTF99ffcaaaa"),
        (("ssoft", "--number", "9900001", "--flavor", "HG", "--table", "2023.07"), "G_1"),
        (("metadata", "--internal-name", "Simulated supernova"), "ZTF99simsnia"),
        (("statistics", "202507"), "basic:"),
        (("statistics", "202507", "--columns", "basic:sci"), "key:key,basic:sci"),
        (("endpoints",), '"GET, POST"'),
        (("version",), "3.7.0"),
    ],
)
def test_each_question_has_a_command(ask, arguments, words, capsys):
    assert ask(*arguments) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["# mine\n\nZTF99simsnia\nZTF99simdwno\n", "objectId,z\nZTF99simsnia,1\nZTF99simdwno,2\n"]
)
def test_ids_come_from_a_file(ask, tmp_path, text, capsys):
    (tmp_path / "ids.txt").write_text(text)
    assert ask("lightcurve", "--ids", "ids.txt", "--columns", "objectId") == 0
    assert set(capsys.readouterr().out.split()[1:]) == {"ZTF99simsnia", "ZTF99simdwno"}


def test_stamps_of_one_alert_and_of_all(ask, tmp_path):
    assert ask("cutouts", "ZTF99simastr", "-o", "one.fits", "--plot", "one.png") == 0
    assert ask("cutouts", "ZTF99simastr", "--all", "--kind", "Science", "-o", "all", "--plot", "all.png") == 0
    with fits.open(tmp_path / "one.fits") as hdus:
        assert [hdu.name for hdu in hdus[1:]] == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
        assert (tmp_path / "all" / f"{hdus[0].header['CANDID']}.fits").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lightcurve",), "--ids FILE"),
        ((*CURVE, "-o", "lc.txt"), ".ecsv, .csv"),
        ((*CURVE, "-o", "there.csv"), "--overwrite"),
        ((*CURVE, "-o", "nowhere/lc.csv"), "is not a folder"),
        (("cutouts", "ZTF99simsnia", "-o", "s.csv"), "must end in .fits"),
        (("cutouts", "ZTF99simsnia"), "-o FILE.fits"),
        (("cone", "10 -8", "5"), "radius"),
        (("cone", "10 -8", "5arcsec", "--window", "3"), "--window 3 is days after start"),
        (("cone", "10 -8", "5arcsec", "--kind", "across"), "Fink/ZTF has no --kind"),
        (("sso-bulk",), "-o FILE.parquet for the whole table"),
        (("sso-bulk", "-o", "all.csv"), "must end in .parquet"),
        (("sso-bulk", "-o", "there.parquet"), "--overwrite"),
        (("sso-bulk", "-o", "all.parquet", "--file", "some.parquet"), "--file: give the names"),
        (("ssoft", "--name", "Lucretia", "--number", "281"), "--name 'Lucretia' and --number 281 exclude"),
        (("sso", "8467", "--plot", "lc.txt"), "--plot lc.txt"),
        (("sso-candidates", "--start", "2024-01-01"), "start and stop need --kind 'lightcurves'"),
        (("skymap", "S990220sim", "--level", "90"), "--level 90 is not between 0 and 1"),
        (("skymap", "gone.fits", "--level", "0.9"), "event 'gone.fits' is neither a file"),
        (("skymap", "S990220sim", "--level", "0.9", "--days-after", "20"), "--days-after 20 is not"),
        (("tracklets",), "no date, no --tracklet: give exactly one of them"),
        (("tracklets", "December"), "date 'December' is not a valid time"),
        (("metadata",), "no objectid, no --internal-name"),
        (("anomalies", "-n", "0"), "-n 0 is not"),
        (("cutouts", "--all", "-o", "folder"), "--all: give an object id"),
        (("cutouts", "--candid", "12", "-o", "one.fits"), "give an object id"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(ask, box, tmp_path, arguments, words, capsys):
    for name in ("there.csv", "there.parquet"):
        (tmp_path / name).write_text("mine")
    before = len(box.requests)
    assert ask(*arguments) == 2
    assert words in capsys.readouterr().err
    assert len(box.requests) == before
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}


SUPERNOVA, STAR = "170000000000000001", "170000000000000002"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lightcurve", SUPERNOVA, STAR, "--columns", "diaObjectId,psfFlux"), STAR),
        (("forced", SUPERNOVA, STAR), "r:diaForcedSourceId"),
        (("summary", SUPERNOVA, "--columns", "diaObjectId,nDiaSources"), f"{SUPERNOVA},58"),
        (("cone", "186.7283 15.2104", "5arcsec", "--columns", "diaObjectId"), SUPERNOVA),
        (("tag", "in_tns", "-n", "2", "--columns", "diaObjectId,psfFlux"), "r:psfFlux"),
        (("tag", "in_tns", "--start", "2026-01-01", "--stop", "2026-01-10", "--columns", "band"), "r:band"),
        (("tags",), "in_tns"),
        (("blocks",), "b_good_quality"),
        (("ssoft", "--name", "Simulatedalpha"), "H_u"),
        (("skymap", "S990315sim", "--level", "0.9"), SUPERNOVA),
        (("sso", "9900001", "--ephem", "--columns", "midpointMjdTai,psfFlux"), "Phase"),
        (("resolve", SUPERNOVA, "--resolver", "tns", "--reverse"), "SN 2099sim"),
        (("columns", "psfFlux"), "nJy"),
        (("statistics", "202602"), "f:alerts"),
    ],
)
def test_each_question_can_be_asked_of_rubin(ask_rubin, arguments, words, capsys):
    assert ask_rubin(*arguments) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot", ".parquet"])
def test_detections_and_forced_photometry_in_a_file_and_a_figure(ask_rubin, fink_lsst, tmp_path, suffix):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    assert ask_rubin("lightcurve", SUPERNOVA, "--forced", "-o", f"lc{suffix}", "--plot", "lc.png") == 0
    names = {"use_names_over_ids": True} if suffix == ".vot" else {}
    written = Table.read(tmp_path / f"lc{suffix}", **names)
    expected = fink_lsst.query_object(SUPERNOVA, withforced=True)
    assert list(written["tag"]) == expected["tag"].tolist()
    valid = expected["tag"] == "valid"
    assert list(map(int, written["r:diaSourceId"][valid])) == expected["r:diaSourceId"][valid].tolist()
    assert (tmp_path / "lc.png").read_bytes().startswith(b"\x89PNG")


def test_days_around_an_event_are_chosen(ask, box):
    assert ask("skymap", "S990220sim", "--level", "0.5", "--days-before", "0", "--days-after", "0.5") == 0
    sent = box.requests[-1][1]
    assert (sent["n_day_before"], sent["n_day_after"], sent["credible_level"]) == (0, 0.5, 0.5)


def test_a_sky_map_in_a_file(ask, capsys):
    from fink_sandbox.sky.events import event_map

    Path("bayestar.fits.gz").write_bytes(event_map("S990220sim"))
    assert ask("skymap", "bayestar.fits.gz", "--level", "0.5") == 0
    of_file = Table.read(capsys.readouterr().out, format="ascii.csv")
    assert ask("skymap", "S990220sim", "--level", "0.5") == 0
    of_event = Table.read(capsys.readouterr().out, format="ascii.csv")
    assert of_file.colnames == [*of_event.colnames, "credible_level"]
    assert of_file["i:candid"].tolist() == of_event["i:candid"].tolist()


def test_a_sky_map_without_a_date_takes_the_time_of_the_event(ask, capsys):
    from fink_sandbox.sky.events import event_map

    with fits.open(io.BytesIO(gzip.decompress(event_map("S990220sim")))) as hdus:
        date = hdus[1].header.pop("DATE-OBS")
        hdus.writeto("map.fits")
    assert ask("skymap", "map.fits", "--level", "0.5") == 2
    assert "give --event-time, or set DATE-OBS" in capsys.readouterr().err
    assert ask("skymap", "map.fits", "--level", "0.5", "--event-time", date) == 0
    assert capsys.readouterr().out.count("\n") > 1
    assert ask("skymap", "S990220sim", "--level", "0.5", "--event-time", date) == 2
    assert f"--event-time '{date}': the server" in capsys.readouterr().err


def test_the_light_curve_of_an_asteroid_is_one_figure(ask, ask_rubin):
    assert ask("sso", "9900001,Simulatedbeta", "-o", "two.ecsv", "--plot", "two.svg") == 0
    assert len(set(Table.read("two.ecsv")["i:objectId"])) > 100
    two = Path("two.svg").read_text()
    assert "Simulatedalpha" in two
    assert "Simulatedbeta" in two
    assert two.count('id="axes_') == 2 * 2  # each has a second axis of dates
    assert ask_rubin("sso", "9900001", "-o", "rubin.ecsv", "--plot", "rubin.png") == 0
    assert Path("rubin.png").read_bytes().startswith(b"\x89PNG")


def test_cones_of_rubin_have_a_kind_and_a_window(ask_rubin, box_lsst):
    cone = ("cone", "186.7283 15.2104", "5arcsec", "--start", "2026-01-01", "--window", "3")
    assert ask_rubin(*cone) == 3
    assert ask_rubin(*cone, "--kind", "across") == 0
    assert box_lsst.requests[-1][1]["kind"] == "across"


def test_cutouts_of_an_alert_of_rubin_need_no_object(ask_rubin, fink_lsst):
    candid = fink_lsst.query_sso(9900001, columns="diaSourceId")["r:diaSourceId"][0]
    assert ask_rubin("cutouts", "--candid", str(candid), "-o", "one.fits") == 0
    with fits.open("one.fits") as hdus:
        assert hdus[0].header["CANDID"] == candid


def test_the_table_of_all_asteroids_is_a_file_from_which_some_are_taken(ask, box, capsys):
    pytest.importorskip("pyarrow")
    assert ask("sso-bulk", "-o", "all.parquet") == 0
    assert f"wrote all.parquet ({Path('all.parquet').stat().st_size:,} bytes)" in capsys.readouterr().err
    before = len(box.requests)
    assert ask("sso-bulk", "9900002", "9900001", "--file", "all.parquet") == 0
    assert len(box.requests) == before
    of_file = capsys.readouterr().out
    assert ask("sso-bulk", "9900002", "9900001", "--table", "2026.10") == 0
    assert capsys.readouterr().out == of_file


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--file", "gone.parquet"), "--file 'gone.parquet' is not an existing file"),
        (("--table", "2020.01"), "--table '2020.01' is not a valid version: give text YYYY.MM"),
    ],
)
def test_a_table_of_asteroids_that_cannot_be_used_is_named(ask, arguments, words, capsys):
    pytest.importorskip("pyarrow")
    assert ask("sso-bulk", "8467", *arguments) == 2
    assert words in capsys.readouterr().err


def test_what_a_search_of_rubin_found_leads_to_the_rest(ask_rubin, tmp_path, capsys):
    assert ask_rubin("tag", "in_tns", "-n", "3", "--columns", "diaObjectId", "-o", "found.csv") == 0
    assert ask_rubin("summary", "--ids", "found.csv", "--columns", "diaObjectId") == 0
    assert capsys.readouterr().out.split() == ["r:diaObjectId", "170000000000000008"]


def test_stamps_of_rubin(ask_rubin, tmp_path):
    assert ask_rubin("cutouts", SUPERNOVA, "-o", "one.fits", "--plot", "one.png") == 0
    with fits.open(tmp_path / "one.fits") as hdus:
        assert [hdu.name for hdu in hdus[1:4]] == ["SCIENCE", "SCIENCE_VAR", "SCIENCE_PSF"]
        candid = str(hdus[0].header["CANDID"])
    assert ask_rubin("cutouts", SUPERNOVA, "--candid", candid, "--kind", "Difference", "-o", "kind.fits") == 0
    with fits.open(tmp_path / "kind.fits") as hdus:
        assert hdus[1].name == "DIFFERENCE"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("class", "SN candidate"), "`astroquery-fink tags`"),
        (("classes",), "`astroquery-fink tags`"),
        (("anomalies",), "`astroquery-fink tags`"),
        (("tracklets", "2023-12-13"), "`astroquery-fink sso`"),
        (("sso-candidates",), "`astroquery-fink sso`"),
        (("metadata", SUPERNOVA), "`astroquery-fink resolve ... --reverse`"),
        (("blocks", "--survey", "ztf"), "`astroquery-fink classes`"),
        (("lightcurve", SUPERNOVA, "--upper-limits"), "or --forced,"),
        (("lightcurve", SUPERNOVA, STAR, "--forced"), "give one object, not 2"),
        (("lightcurve", "ZTF99simsnia"), "use --survey ztf"),
        (("sso", "9900001", "--residuals"), "--ephem adds"),
        (("tag", "uniform_sample"), "stream of alerts only"),
        (("forced",), "--ids FILE"),
        (("tag", "in_tns", "--survey", "ztf"), "`astroquery-fink class`"),
        (("tags", "--survey", "ztf"), "`astroquery-fink classes`"),
        (("forced", "ZTF99simsnia", "--survey", "ztf"), "--upper-limits"),
        (("summary", "ZTF99simsnia", "--survey", "ztf"), "`astroquery-fink cone`"),
        (("lightcurve", "ZTF99simsnia", "--forced", "--survey", "ztf"), "--upper-limits"),
    ],
)
def test_what_a_survey_lacks_is_one_line_that_says_what_to_take(box_lsst, arguments, words, capsys):
    survey = () if "--survey" in arguments else ("--survey", "lsst")
    assert main([*arguments, *survey, "--server", box_lsst.url, "--no-cache"]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", ["tag", "tags", "blocks", "forced", "summary"])
def test_what_only_rubin_has_is_asked_of_rubin(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "default: lsst" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("lightcurve", "ZTF21aaaaaaa"),
        ("anomalies", "--start", "2020-01-01", "--stop", "2020-01-02"),
        ("tracklets", "2020-01"),
        ("skymap", "S990220sim", "--level", "0.01", "--days-before", "0", "--days-after", "0"),
        ("sso-candidates", "--kind", "lightcurves", "--start", "2020-01-01", "--stop", "2020-01-02"),
        ("ssoft", "--name", "Nobody"),
        ("metadata", "ZTF99simrrly"),
        ("columns", "nosuchcolumn"),
    ],
)
def test_nothing_found_has_its_own_status(ask, arguments, capsys):
    assert ask(*arguments) == 3
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_file_of_ids_that_is_not_there_is_one_line(ask, capsys):
    assert ask("lightcurve", "--ids", "gone.txt") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_reader_that_has_enough_is_no_error(box):
    command = f"{sys.executable} -m astroquery_fink columns --server {box.url} --no-cache | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("name,type,unit,description,ucd\n", "")


def test_the_cache_can_be_found_measured_and_cleared(capsys):
    assert [main(["cache", action]) for action in ("where", "size", "clear")] == [0, 0, 0]
    assert "MB" in capsys.readouterr().out


def test_tab_completes_commands_and_options(offered):
    assert offered("astroquery-fink lightcurve --upp") == "--upper-limits"


def test_the_help_of_each_command_has_examples_that_it_understands(capsys):
    parser = build_parser()
    for command, examples in EXAMPLES.items():
        with pytest.raises(SystemExit):
            main([*command.split(), "--help"])
        shown = capsys.readouterr().out
        for example in examples.splitlines():
            assert f"  {example}" in shown
            options = parser.parse_args(shlex.split(example.rpartition("astroquery-fink ")[2]))
            assert callable(options.run)
    commands = parser._subparsers._group_actions[0].choices
    below = commands["transfer"]._subparsers._group_actions[0].choices
    assert set(EXAMPLES) == {*commands, *(f"transfer {name}" for name in below)}


NEED_AN_EXTRA = {
    "transfer ftransfer_ztf_2026-03-01_1 -o a --servers host:1": "bulk",
    "transfer status a": "bulk",
    "transfer compact a -o b": "(fast|bulk)",
    "transfer light-curves a -o b": "bulk",
    "transfer hats a -o b": "hats",
    "transfer hats a -o b --scheduler host:1": "hats",
    "stream fink_a_ztf --servers host:1 --group b": "bulk",
    "stream --list --servers host:1": "bulk",
    "demo --bulk": "bulk",
}


def test_commands_without_their_packages_name_the_extra(tmp_path):
    missing = ("confluent_kafka", "duckdb", "fastavro", "filelock", "hats_import", "loky", "pyarrow")
    code = (
        f"import sys; sys.modules |= dict.fromkeys({missing}); from astroquery_fink.cli import main\n"
        f"for line in {list(NEED_AN_EXTRA)}: print(main(line.split()))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2"] * len(NEED_AN_EXTRA)
    for error, (line, extra) in zip(done.stderr.splitlines(), NEED_AN_EXTRA.items(), strict=True):
        assert re.search(rf"pip install .astroquery_fink\[{extra}\]", error), line


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_told(port, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["sandbox", "--port", port])
    assert caught.value.code == 2
    assert port in capsys.readouterr().err


def test_a_tag_that_no_list_has_is_sent_and_the_nearest_is_named(box_lsst, capsys):
    assert main(["tag", "in_tnss", "--server", box_lsst.url, "--no-cache"]) == 2
    warning, error = capsys.readouterr().err.splitlines()
    assert "Did you mean in_tns" in warning
    assert "Fink responded with 400" in error


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "use resolve_name('SN 1', resolver=\"tns\")",
            "use `astroquery-fink resolve 'SN 1' --resolver \"tns\"`",
        ),
        ("query_sso(..., withephem=True) returns", "`astroquery-fink sso ... --ephem` returns"),
        ("list_columns() lists", "`astroquery-fink columns` lists"),
        ("use Fink, or FinkClass(survey='ztf')", "use --survey ztf"),
        ("columns: 'x'; withupperlim=True adds it", "--columns: 'x'; --upper-limits adds it"),
        ("n=0 is not; start='x' is not", "-n 0 is not; --start 'x' is not"),
        ("a.csv exists: --overwrite", "a.csv exists: --overwrite"),
        ("name='x' and date=None are not", "name='x' and date=None are not"),
        (
            "download it with download_sso_bulk(path), and give file=path",
            "download it with `astroquery-fink sso-bulk -o path`, and give --file path",
        ),
        ("https://fink.example/api?n=10&start=2026", "https://fink.example/api?n=10&start=2026"),
    ],
)
def test_messages_name_commands_and_options(message, words):
    assert in_command_words(message) == words


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sso", "name 'x' is not valid"),
        ("ssoft", "--name 'x' is not valid"),
        ("cone", "name='x' is not valid"),
    ],
)
def test_an_argument_is_called_as_the_command_that_was_run_calls_it(command, words):
    assert in_command_words("name='x' is not valid", command) == words


# What a shell user meets


def test_resolve_tries_all_resolvers_and_names_the_one_that_found_it(ask, capsys):
    assert ask("resolve", "SN 2099sim") == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.startswith("resolver,name,objectid")
    assert row.startswith("tns,SN 2099sim,ZTF99simsnia")


def test_a_name_that_no_resolver_knows_is_one_warning(ask, capsys):
    assert ask("resolve", "nothing like it") == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "unknown to simbad, ssodnet, tns" in told.err


def test_a_resolver_that_fails_does_not_hide_the_others(ask_rubin, capsys):
    """Rubin's service fails for names that SsODNet does not know."""
    assert ask_rubin("resolve", "SN 2099sim") == 0
    told = capsys.readouterr()
    assert "tns,SN 2099sim" in told.out
    assert "ssodnet did not respond" in told.err


def test_a_resolver_may_be_chosen(ask, capsys):
    assert ask("resolve", "SN 2099sim", "--resolver", "simbad") == 3
    assert "for --resolver 'simbad'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        ("cone", "10 20", "5"),
        ("cone", "10 20", "5 mag"),
        ("cone", "10h", "5arcsec"),
        ("cone", "10 95", "5arcsec"),
        ("class", "SN candidate", "--start", "last week"),
        ("class", "SN candidate", "-n", "0"),
        ("statistics", "yesterday"),
        ("skymap", "S990220sim", "--level", "90"),
        ("lightcurve", "ZTF99simsnia", "--columns", "magpfs"),
        ("tracklets",),
        ("ssoft", "--flavor", "XYZ"),
        ("resolve", ""),
    ],
    ids=" ".join,
)
def test_messages_speak_of_options_and_not_of_python(line, ask, box, capsys):
    before = len(box.requests)
    assert ask(*line) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert [words for words in PYTHON if words in message] == []
    assert {request for request, *_ in box.requests[before:]} <= {"schema", "classes"}


def test_demos_of_both_surveys_are_kept_beside_each_other(tmp_path):
    for survey in ("ztf", "lsst"):
        assert main(["demo", "--survey", survey, "--folder", str(tmp_path)]) == 0
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
    assert written == {
        f"{survey}/{name}.png" for survey in ("ztf", "lsst") for name in ("lightcurve", "cutouts")
    }


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("cutouts", "ends in .fits; with --all, a folder"),
        ("sso-bulk", "for the whole table .parquet"),
        ("lightcurve", ".ecsv, .csv, .fits"),
        ("report", "ends in .html"),
    ],
)
def test_the_help_says_which_files_a_command_writes(command, words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert words in " ".join(text.split())
    options = text.partition("examples:")[0].splitlines()
    assert max(map(len, options)) <= 92


PYTHON = ("u.arcsec", "Quantity", "SkyCoord", "datetime", " str ", "Table", "None", "True", "()", "n=", "_")


WITHOUT_MATPLOTLIB = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name == "matplotlib" else find(name)
from astroquery_fink.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", ["lightcurve", "cutouts", "sso"])
def test_a_figure_without_matplotlib_is_refused_with_the_pip_line(command, box):
    before = len(box.requests)
    line = [sys.executable, "-c", WITHOUT_MATPLOTLIB, command, "ZTF99simsnia", "--plot", "a.png"]
    done = subprocess.run([*line, "--server", box.url], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.endswith('--plot needs matplotlib: pip install "astroquery_fink[plot]".\n')
    assert len(box.requests) == before

"""The command ``report``: which objects are on the page, and what it says if something is missing."""

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
import requests
from replay import Replay

from astroquery_fink.cli import main

pytest.importorskip("jinja2")
SUPERNOVA, TWIN, STAR = "ZTF99simsnia", "ZTF99simsntw", "ZTF99simrrly"
RUBIN = ("170000000000000001", "170000000000000002")
CLASS = ("report", "--class", "SN candidate", "--since", "2025-01-01")


def ids_of(path):
    """The object ids of the rows, in their order."""
    rows = Path(path).read_text(encoding="utf-8").split('<th scope="row" class="id"><strong>')[1:]
    return [row.partition("</strong>")[0] for row in rows]


def images_of(path):
    return Path(path).read_text(encoding="utf-8").count("<img ")


def endpoints(box, before):
    return [request[0].strip("/") for request in box.requests[before:]]


def test_the_objects_of_a_class_since_a_time_newest_first(ask, fink, capsys):
    assert ask(*CLASS, "-o", "page.html") == 0
    found = fink.query_class("SN candidate", start="2025-01-01")
    assert ids_of("page.html") == list(dict.fromkeys(found["i:objectId"].tolist()))
    assert images_of("page.html") == 3 * len(ids_of("page.html"))
    assert "<title>SN candidate: alerts since 2025-01-01 00:00 UTC</title>" in Path("page.html").read_text()
    assert f"wrote page.html ({len(ids_of('page.html'))} object" in capsys.readouterr().err


def test_a_tag_chooses_rubin_and_adds_forced_photometry(box_lsst, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = len(box_lsst.requests)
    arguments = ("--tag", "in_tns", "--since", "2025-01-01", "-n", "2", "-o", "page.html")
    assert main(["report", *arguments, "--server", box_lsst.url, "--no-cache"]) == 0
    assert len(ids_of("page.html")) == 2
    assert "fp" in endpoints(box_lsst, before)
    assert 'class="band-r forced"' in Path("page.html").read_text(encoding="utf-8")


def test_ids_make_a_page_in_their_order(ask, ask_rubin):
    assert ask("report", STAR, SUPERNOVA, "-o", "ztf.html") == 0
    assert ids_of("ztf.html") == [STAR, SUPERNOVA]
    assert ask_rubin("report", *RUBIN, "-o", "lsst.html") == 0
    assert ids_of("lsst.html") == list(RUBIN)


def test_ids_come_from_a_file_or_a_pipe(ask, monkeypatch):
    Path("ids.csv").write_text(f"i:objectId,note\n{SUPERNOVA},a\n{STAR},b\n")
    assert ask("report", "--ids", "ids.csv", "-o", "file.html", "--no-cutouts") == 0
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(f"{SUPERNOVA}\n{STAR}\n".encode())))
    assert ask("report", "--ids", "-", "-o", "pipe.html", "--no-cutouts") == 0
    assert ids_of("file.html") == ids_of("pipe.html") == [SUPERNOVA, STAR]
    assert images_of("file.html") == 0


def test_at_most_n_objects_are_on_the_page_and_a_warning_says_so(ask, capsys):
    assert ask(*CLASS, "-n", "1", "-o", "page.html") == 0
    assert len(ids_of("page.html")) == 1
    assert "the newest 1 of" in capsys.readouterr().err


@pytest.mark.parametrize("since", ["1d", "12h", "1.5w"])
def test_a_night_without_objects_has_a_page_that_says_so(ask, since):
    assert ask("report", "--class", "SN candidate", "--since", since, "-q", "-o", "page.html") == 3
    assert "The table has no objects" in Path("page.html").read_text(encoding="utf-8")


def test_objects_without_cutouts_are_on_the_page_with_a_warning(box, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def without_cutouts_of_a_star(method, path, payload):
        if path.endswith("cutouts") and payload["objectId"] == STAR:
            return 500, "text/plain", b"no cutouts tonight"
        sent = {"json": payload} if method == "POST" else {"params": payload}
        response = requests.request(method, box.url + path, timeout=20, **sent)
        return response.status_code, response.headers["Content-Type"], response.content

    with Replay(without_cutouts_of_a_star) as server:
        line = ["report", SUPERNOVA, STAR, "-o", "page.html", "--server", server.url, "--no-cache"]
        assert main(line) == 0
    assert ids_of("page.html") == [SUPERNOVA, STAR]
    assert images_of("page.html") == 3
    assert "the server failed for 1 of 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--class, --tag, or object ids"),
        (("--class", "SN candidate", SUPERNOVA), "--class, --tag, or object ids"),
        ((SUPERNOVA, "--since", "1d"), "--since, -n: leave them out"),
        (("--class", "SN candidate", "--since", "soon"), "--since soon: give a time before now, such as 1d"),
        (("--class", "SN candidate", "--since", "9000-01-01"), "in the future"),
        (("--class", "SN candidate", "-n", "0"), "-n 0: give a positive number"),
        (("--tag", "in_tns", "--survey", "ztf"), "Fink/ZTF has no"),
        (("nope",), "ZTF21aaxtctv"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_it_is_sent(box, ask, arguments, message, capsys):
    before = len(box.requests)
    assert ask("report", *arguments, "-o", "page.html") == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert len(box.requests) == before
    assert not Path("page.html").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [("page.txt", ".html"), ("there.html", "--overwrite"), ("missing/page.html", "not a folder")],
)
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_sent(box, ask, name, message, capsys):
    Path("there.html").touch()
    before = len(box.requests)
    assert ask(*CLASS, "-o", name) == 2
    assert message in capsys.readouterr().err
    assert len(box.requests) == before
    assert ask("report", SUPERNOVA, "-o", "there.html", "--overwrite", "--no-cutouts") == 0

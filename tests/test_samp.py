"""Tables and cutouts arrive in other programs, over a real SAMP hub on loopback."""

from pathlib import Path

import pytest
from astropy.table import Table
from samp_programs import programs, running_hub

from astroquery_fink.exceptions import FinkError, FinkQueryError, FinkTimeoutError
from astroquery_fink.formats import send_to

SUPERNOVA, RUBIN = "ZTF99simsnia", 170000000000000001


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with running_hub(tmp_path, monkeypatch) as hub:
        yield hub


@pytest.fixture
def program(hub):
    with programs() as start:
        yield start


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_program_receives_ids_masks_units_and_ucds(request, program, survey):
    if survey == "ztf":
        table = request.getfixturevalue("fink").query_object(SUPERNOVA, withupperlim=True)
    else:
        table = request.getfixturevalue("fink_lsst").query_object(RUBIN, withforced=True)
    topcat = program("topcat")
    assert send_to(table, "TOPCAT") == ["topcat"]
    [(parameters, loaded, _)] = topcat.received
    assert parameters["name"] == f"Fink {survey}"
    assert loaded.colnames == table.colnames
    for name in table.colnames:
        assert (loaded[name].unit, loaded[name].meta) == (table[name].unit, table[name].meta)
        assert loaded[name].tolist() == table[name].tolist() or table[name].dtype.kind == "f"


def test_names_are_plain_and_the_table_is_called_as_wished(fink, program):
    topcat = program("topcat")
    send_to(fink.query_object(SUPERNOVA, columns="magpsf,jd"), "topcat", name="my star", plain_names=True)
    [(parameters, loaded, _)] = topcat.received
    assert parameters["name"] == "my star"
    assert {"jd", "magpsf"} <= set(loaded.colnames)


def test_all_programs_that_load_tables_receive_it_and_the_file_is_removed(program, tmp_path):
    programs = [program("topcat"), program("Aladin"), program("ds9", "image.load.fits")]
    assert sorted(send_to(Table({"x": [1]}))) == ["Aladin", "topcat"]
    assert [len(one.received) for one in programs] == [1, 1, 0]
    for one in programs[:2]:
        assert not Path(one.received[0][2]).exists()


def test_cutouts_are_sent_as_fits(fink, program):
    ds9 = program("ds9", "image.load.fits")
    cutouts = fink.get_cutouts(SUPERNOVA)
    assert send_to(cutouts, "ds9") == ["ds9"]
    [(parameters, loaded, _)] = ds9.received
    assert parameters["name"] == f"Fink {SUPERNOVA}"
    assert loaded == [(hdu.name, hdu.shape) for hdu in cutouts]


def test_no_hub_is_said_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:{tmp_path / 'none'}")
    with pytest.raises(FinkError, match="No SAMP hub is running: start TOPCAT or Aladin"):
        send_to(Table({"x": [1]}))


def test_a_name_that_no_program_has_is_said_with_those_there_are(program):
    program("topcat")
    with pytest.raises(FinkQueryError, match="client='aladin' is not on the SAMP hub.*load tables: topcat"):
        send_to(Table({"x": [1]}), "aladin")


def test_a_program_that_loads_no_tables_is_said_to(program):
    program("topcat")
    program("ds9", "image.load.fits")
    with pytest.raises(FinkQueryError, match="client='ds9' does not load tables. Programs that do: topcat"):
        send_to(Table({"x": [1]}), "ds9")


def test_a_hub_without_programs_is_said_to_have_none(hub):
    with pytest.raises(FinkQueryError, match="No program on the SAMP hub loads tables"):
        send_to(Table({"x": [1]}))


def test_the_reason_why_a_program_failed_is_told(program):
    failure = {"samp.status": "samp.error", "samp.error": {"samp.errortxt": "out of memory"}}
    program("topcat", respond=lambda: failure)
    with pytest.raises(FinkError, match="topcat could not load the data: out of memory"):
        send_to(Table({"x": [1]}), "topcat")


def test_a_program_that_does_not_respond_is_given_up(program):
    program("topcat", respond=lambda: None)
    with pytest.raises(FinkTimeoutError, match="topcat did not respond in 0.5 s: give a larger timeout"):
        send_to(Table({"x": [1]}), "topcat", timeout=0.5)


def test_the_hub_is_left_after_success_and_after_errors(program):
    topcat = program("topcat")
    send_to(Table({"x": [1]}), "topcat")
    with pytest.raises(FinkQueryError):
        send_to(Table({"x": [1]}), "aladin")
    names = [
        topcat.client.get_metadata(one).get("samp.name") for one in topcat.client.get_registered_clients()
    ]
    assert "astroquery_fink" not in names


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ([1, 2], {}, r"data=\[1, 2\] is neither a Table nor an HDUList"),
        (Table({"x": [1]}), {"timeout": 0}, "timeout=0 is invalid: give a positive number"),
    ],
)
def test_invalid_arguments_are_refused_before_a_hub_is_sought(data, options, message):
    with pytest.raises(FinkQueryError, match=message):
        send_to(data, **options)

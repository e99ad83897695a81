"""Where the client asks, and how it is told."""

import astropy.units as u
import pytest
from astroquery.exceptions import InvalidQueryError

from astroquery_fink import Fink, FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError


def test_the_real_service_is_asked_unless_told_otherwise():
    assert Fink.server == "https://api.ztf.fink-portal.org"


def test_settings_are_read_when_they_are_needed():
    with conf.set_temp("server", "https://fink-portal.org"):
        assert Fink.server == "https://fink-portal.org"
    assert Fink.server == conf.server


def test_a_client_may_have_its_own_server():
    client = FinkClass(server="https://fink-portal.org")
    with conf.set_temp("server", "https://elsewhere.example"):
        assert client.server == "https://fink-portal.org"


def test_calling_a_client_makes_another_one():
    assert Fink(server="https://fink-portal.org").server == "https://fink-portal.org"


def test_settings_can_live_in_a_file(tmp_path):
    from astropy.config import set_temp_config
    from astropy.config.configuration import _cfgobjs

    (tmp_path / "astropy").mkdir()
    (tmp_path / "astropy" / "astroquery_fink.cfg").write_text(
        "server = https://fink-portal.org\nbatch_size = 7\n"
    )
    with set_temp_config(tmp_path):
        _cfgobjs.clear()
        conf.reload()
        assert (conf.server, conf.batch_size) == ("https://fink-portal.org", 7)
    _cfgobjs.clear()
    conf.reload()
    assert conf.batch_size == 25


def test_every_setting_says_what_it_is():
    for item in conf.values():
        assert len(item.description) > 20, item.name


@pytest.mark.parametrize("timeout", [7, 7.0, 7 * u.s, 7000 * u.ms])
def test_a_timeout_may_have_a_unit(timeout):
    assert FinkClass(timeout=timeout)._limits().read == pytest.approx(7)


@pytest.mark.parametrize("timeout", [0, -1, "x", 3 * u.m, [1, 2]])
def test_a_timeout_that_is_no_time_is_refused(timeout):
    with pytest.raises(InvalidQueryError, match="timeout="):
        FinkClass(timeout=timeout)


def test_an_unknown_survey_is_refused_with_the_known_ones():
    with pytest.raises(InvalidQueryError, match="ztf"):
        FinkClass(survey="sdss")


def test_the_older_address_has_the_same_paths(box):
    """Whatever the server, only what stands before /api/v1 changes; a trailing slash does no harm."""
    assert len(FinkClass(server=box.url + "/").list_classes(cache=False))


# The address of the server


@pytest.mark.parametrize(("survey", "variable"), [("ztf", "FINK_SERVER"), ("lsst", "FINK_LSST_SERVER")])
def test_a_variable_of_the_environment_sets_the_server(survey, variable, monkeypatch):
    monkeypatch.setenv(variable, "http://fink.example.org:8000/")
    assert FinkClass(survey=survey).server == "http://fink.example.org:8000"
    assert FinkClass(survey=survey, server="https://other.example.org").server == "https://other.example.org"


def test_the_variable_comes_before_the_setting_and_is_read_at_each_call(monkeypatch):
    client = FinkClass()
    with conf.set_temp("server", "https://setting.example.org"):
        assert client.server == "https://setting.example.org"
        monkeypatch.setenv("FINK_SERVER", "https://variable.example.org")
        assert client.server == "https://variable.example.org"


@pytest.mark.parametrize(
    "address", ["fink", "ftp://fink.example.org", "https://user:secret@fink.example.org"]
)
def test_an_invalid_variable_is_named(address, monkeypatch):
    monkeypatch.setenv("FINK_SERVER", address)
    with pytest.raises(FinkQueryError, match="FINK_SERVER"):
        FinkClass().query_object("ZTF21aaxtctv")

"""Where the client asks, and how it is told."""

import astropy.units as u
import pytest
from astroquery.exceptions import InvalidQueryError

from astroquery_fink import Fink, FinkClass, conf


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

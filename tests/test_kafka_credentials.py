"""The address of a broker: from arguments, else from the file of fink-client. Passwords are never shown."""

import json

import pytest

pytest.importorskip("yaml")
pytest.importorskip("confluent_kafka")

from astroquery_fink.exceptions import FinkQueryError, FinkServiceError  # noqa: E402
from astroquery_fink.kafka.consumer import Connection, connected, settings_of  # noqa: E402
from astroquery_fink.kafka.credentials import Credentials, find_credentials  # noqa: E402
from astroquery_fink.kafka.reading import READING, READING_DEFAULTS  # noqa: E402

PASSWORD = "s3cr3t"
FILE = {
    "survey": "ztf",
    "username": "kepler",
    "groupid": "kepler_group",
    "servers": "kafka-ztf.fink-broker.org:24499",
    "maxtimeout": 90,
    "topics": {"fink_kn_candidates_ztf": {}},
    "password": PASSWORD,
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write the credentials file of ZTF."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    def write(content, survey="ztf"):
        file = tmp_path / ".finkclient" / f"{survey}_credentials.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))  # JSON is YAML
        return file

    return write


def test_the_file_has_servers_group_and_timeout(write):
    write(FILE)
    assert find_credentials("ztf") == Credentials("kafka-ztf.fink-broker.org:24499", "kepler_group", 90.0)


def test_each_survey_has_a_file_of_its_own(write):
    write(FILE)
    write(FILE | {"servers": "kafka-lsst.fink-broker.org:24499"}, "lsst")
    assert find_credentials("lsst").servers == "kafka-lsst.fink-broker.org:24499"


def test_files_of_older_versions_have_a_group_id(write):
    write({"servers": "localhost:9", "group_id": 1234})
    assert find_credentials("ztf").group == "1234"


def test_arguments_win(write):
    write(FILE)
    assert find_credentials("ztf", "localhost:9", "mine") == Credentials("localhost:9", "mine", 90.0)


def test_no_file_is_needed_with_servers(write):
    assert find_credentials("ztf", "localhost:9") == Credentials("localhost:9")


def test_a_broken_file_is_not_needed_with_servers(write):
    write("{")
    assert find_credentials("ztf", "localhost:9") == Credentials("localhost:9")


def test_without_file_and_servers_both_ways_are_named(write):
    with pytest.raises(FinkQueryError, match=r"give servers='host:port'.*ztf_credentials.yml"):
        find_credentials("ztf")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (f"password: {PASSWORD}: [", "is not valid YAML: register again"),
        (f"- {PASSWORD}", "has no lines such as servers: host:port"),
        ({"password": PASSWORD}, "has no servers: write servers: host:port into it, or give servers="),
        ({"servers": [PASSWORD]}, "servers: .* is not text"),
    ],
)
def test_a_file_that_is_of_no_use_is_named(write, content, message):
    file = write(content)
    with pytest.raises(FinkQueryError, match=message) as caught:
        find_credentials("ztf")
    assert str(file) in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(write):
    file = write(FILE)
    file.unlink()
    file.mkdir()
    with pytest.raises(FinkQueryError, match="cannot be read"):
        find_credentials("ztf")


@pytest.mark.parametrize("servers", ["", 9092, ["localhost:9"]])
def test_servers_are_text(servers):
    with pytest.raises(FinkQueryError, match=r"servers=.* is not text"):
        find_credentials("ztf", servers)


def test_neither_user_nor_password_is_read(write):
    write(FILE)
    assert not {"kepler", PASSWORD} & set(vars(find_credentials("ztf")).values())


# Settings of consumers


def test_settings_of_the_user_win():
    settings = settings_of(
        Credentials("localhost:9"), READING, {"fetch.wait.max.ms": 7, "check.crcs": False}, READING_DEFAULTS
    )
    assert (settings["fetch.wait.max.ms"], settings["check.crcs"]) == (7, False)
    assert settings_of(Credentials("localhost:9"), READING)["check.crcs"]


@pytest.mark.parametrize("name", READING)
def test_settings_that_could_lose_alerts_are_refused(name):
    with pytest.raises(FinkQueryError, match=f"config has '{name}', which must stay"):
        settings_of(Credentials("localhost:9"), READING, {name: "true"})


@pytest.mark.parametrize(("name", "argument"), [("bootstrap.servers", "servers="), ("group.id", "group=")])
def test_settings_that_are_arguments_are_refused(name, argument):
    with pytest.raises(FinkQueryError, match=f"give it as {argument}"):
        settings_of(Credentials("localhost:9"), READING, {name: "x"})


@pytest.mark.parametrize("config", [PASSWORD, [PASSWORD], {"error_cb": print}, {1: PASSWORD}])
def test_settings_are_a_dict_of_text_and_numbers(config):
    with pytest.raises(FinkQueryError, match="^config") as caught:
        settings_of(Credentials("localhost:9"), READING, config)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("config", [{"sasl.pasword": PASSWORD}, {"session.timeout.ms": PASSWORD}])
def test_settings_that_librdkafka_refuses_are_named_without_their_values(config):
    settings = settings_of(Credentials("localhost:9"), READING, config)
    message = f'config is invalid: .*"{next(iter(config))}"'
    with pytest.raises(FinkQueryError, match=message) as caught, connected(settings):
        pass
    assert PASSWORD not in str(caught.value)


# Errors of brokers


def failure(code, reasons=(), text="why"):
    from confluent_kafka import KafkaError

    error = None if code is None else KafkaError(getattr(KafkaError, code), text)
    known = {getattr(KafkaError, name): said for name, said in reasons}
    return Connection(None, "localhost:9", known).failure(error, "failed")


@pytest.mark.parametrize(
    "code", ["TOPIC_AUTHORIZATION_FAILED", "SASL_AUTHENTICATION_FAILED", "_AUTHENTICATION"]
)
def test_missing_rights_are_an_error_of_the_query(code):
    error = failure(code)
    assert isinstance(error, FinkQueryError)
    assert str(error) == "The broker at localhost:9 refuses access (why)."


def test_a_refused_login_is_said_even_if_it_was_noticed_in_the_background():
    error = failure("_TRANSPORT", [("_AUTHENTICATION", "wrong password")])
    assert isinstance(error, FinkQueryError)
    assert "wrong password" in str(error)


def test_the_reason_of_a_lost_connection_is_said():
    error = failure(
        "_TRANSPORT", [("_RESOLVE", "name unknown"), ("_ALL_BROKERS_DOWN", "1/1 brokers are down")]
    )
    assert isinstance(error, FinkServiceError)
    assert str(error).startswith("The broker at localhost:9 failed (name unknown). Check servers=")


def test_silence_has_no_reason():
    assert str(failure(None)).startswith("The broker at localhost:9 failed. Check servers=")

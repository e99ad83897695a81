# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Certificates of the environment are trusted; an error names the reason why a certificate is not."""

import datetime
import socket
import ssl
import subprocess
import threading

import pytest
import trustme
from faults import OBJECT, Faults

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkQueryError, FinkServiceError

OF_REQUESTS = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
BUNDLES = [*OF_REQUESTS, "SSL_CERT_FILE"]
NO_CERTIFICATES = [None, b"", b"no certificate\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n"]
pytestmark = pytest.mark.usefixtures("plain_environment", "in_json")


@pytest.fixture
def bundle(authority, tmp_path):
    """A file with the certificate of the authority."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    return tmp_path / "authority.pem"


@pytest.fixture
def hashed(bundle, tmp_path):
    """A folder of certificates for OpenSSL, named by their hashes."""
    command = ["openssl", "x509", "-noout", "-hash", "-in", str(bundle)]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("needs openssl")
    (tmp_path / "hashed").mkdir()
    (tmp_path / "hashed" / f"{shown.stdout.strip()}.0").write_bytes(bundle.read_bytes())
    return tmp_path / "hashed"


@pytest.fixture
def serve(serve, authority):
    """Start a server with a certificate of the authority, for these names."""

    def start(*names, **validity):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names or ["127.0.0.1"], **validity).configure_cert(context)
        return serve(Faults(tls=context))

    return start


def ask(client):
    return client.query_object(OBJECT, columns="jd", cache=False)


def refusal(client, kind=FinkServiceError):
    with pytest.raises(kind) as caught:
        ask(client)
    assert "tried" not in str(caught.value)
    assert caught.value.status is None
    return str(caught.value)


@pytest.mark.parametrize("name", BUNDLES)
def test_a_file_of_the_environment_is_trusted(name, serve, bundle, monkeypatch):
    client, server = serve()
    monkeypatch.setenv(name, str(bundle))
    assert len(ask(client)) == 1
    assert server.hits == ["good"]


@pytest.mark.parametrize("name", [*OF_REQUESTS, "SSL_CERT_DIR"])
def test_a_folder_of_the_environment_is_trusted(name, serve, hashed, monkeypatch):
    client, _ = serve()
    monkeypatch.setenv(name, str(hashed))
    assert len(ask(client)) == 1


def test_openssl_takes_file_and_folder_together(serve, hashed, tmp_path, monkeypatch):
    client, _ = serve()
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'nowhere'}:{hashed}")
    assert len(ask(client)) == 1


def test_the_variable_of_requests_comes_first(serve, bundle, tmp_path, monkeypatch):
    client, _ = serve()
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "other.pem"))
    told = refusal(client)
    assert f"CURL_CA_BUNDLE={tmp_path / 'other.pem'}" in told
    assert "SSL_CERT_FILE=" not in told


def test_a_change_of_the_environment_counts_at_the_next_request(serve, bundle, monkeypatch):
    client, _ = serve()
    refusal(client)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert len(ask(client)) == 1


def test_an_unknown_authority_is_told_once_with_the_remedy(serve):
    client, server = serve()
    told = refusal(client)
    for words in ("the certificate of 127.0.0.1 is not trusted", "certifi", "SSL_CERT_FILE", "issuer"):
        assert words in told
    assert server.hits == []


def test_a_certificate_of_another_host_is_told(serve, bundle, monkeypatch):
    client, _ = serve("elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert "IP address mismatch" in refusal(client)


def test_a_certificate_that_has_expired_is_told(serve, bundle, monkeypatch):
    client, _ = serve(not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    told = refusal(client)
    assert "expired" in told
    assert "clock" in told


@pytest.mark.parametrize("name", BUNDLES)
@pytest.mark.parametrize("content", [None, b"", b"no certificate\n", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_holds_no_certificates_is_named_with_its_variable(
    name, content, serve, tmp_path, monkeypatch
):
    client, server = serve()
    path = tmp_path / "wrong.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(name, str(path))
    told = refusal(client, FinkQueryError)
    assert f"no certificates can be read from {name}={str(path)!r}" in told
    assert "unset it" in told
    assert server.hits == []


def test_a_folder_that_is_not_there_is_named(serve, tmp_path, monkeypatch):
    client, _ = serve()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere"))
    assert "REQUESTS_CA_BUNDLE=" in refusal(client, FinkQueryError)


def test_the_certificate_of_a_proxy_is_told_as_such(serve, monkeypatch):
    _, proxy = serve()
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert "the certificate of the proxy is not trusted" in refusal(FinkClass(server="https://fink.example"))


def test_without_https_no_certificate_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere"))
    with Faults() as server:
        assert len(ask(FinkClass(server=server.url))) == 1


def test_a_server_that_speaks_no_tls_is_not_called_distrusted():
    with socket.create_server(("127.0.0.1", 0)) as listener, conf.set_temp("attempts", 1):

        def refuse():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                connection.recv(10_000)

        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(FinkServiceError, match="(?i)wrong.version.number"):
            ask(FinkClass(server=f"https://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join()

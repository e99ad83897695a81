# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Trusted certificates of the environment, and error messages about certificates."""

import os
import ssl

from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["trusted_certificates", "unreadable_bundle", "untrusted_certificate"]

_OF_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that is set replaces all others
_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # both are used together


def trusted_certificates() -> dict[str, str | None]:
    """File and folder of trusted certificates, as keyword arguments of urllib3."""
    paths = _environment()
    for name in _OF_REQUESTS:
        if name in paths:
            return {"ca_cert_dir" if os.path.isdir(paths[name]) else "ca_certs": paths[name]}
    file, folder = (paths.get(name) for name in _OF_OPENSSL)
    return {"ca_certs": file or DEFAULT_CA_BUNDLE_PATH, "ca_cert_dir": folder}


def unreadable_bundle() -> str | None:
    """Message about a certificate file of the environment that cannot be read, or None."""
    for name, path in _environment().items():
        folders = [folder for folder in path.split(os.pathsep) if os.path.isdir(folder)]
        if folders and name != "SSL_CERT_FILE":
            continue
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except OSError as error:
            return (
                f"no certificates can be read from {name}={path!r} ({error.strerror or error}): "
                f"correct the environment variable {name}, or unset it"
            )
    return None


def untrusted_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Message about a certificate that is not trusted: the reason and the remedy."""
    source = " and ".join(f"{name}={path}" for name, path in _environment().items()) or "the certifi package"
    return (
        f"the certificate of {host} is not trusted: {error.verify_message} (checked against {source}). "
        "If your network or institute has a certificate authority of its own, name its file in the "
        "environment variable SSL_CERT_FILE or REQUESTS_CA_BUNDLE; a wrong clock on this computer is "
        "another possible cause"
    )


def _environment() -> dict[str, str]:
    """The environment variables that name certificates: one of requests, else those of OpenSSL."""
    for name in _OF_REQUESTS:
        if os.environ.get(name):
            return {name: os.environ[name]}
    return {name: os.environ[name] for name in _OF_OPENSSL if os.environ.get(name)}

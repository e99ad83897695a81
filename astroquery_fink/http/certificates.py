# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Whose certificates are trusted, and what to do about one that is not."""

import os
import ssl

from requests.utils import DEFAULT_CA_BUNDLE_PATH

__all__ = ["trusted_certificates", "unreadable_bundle", "untrusted_certificate"]

_OF_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # each stands for all certificates
_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # each stands beside the other


def trusted_certificates() -> dict[str, str | None]:
    """File and folder, as urllib3 takes them: those of the environment, else the file of certifi."""
    named = _named()
    for name in _OF_REQUESTS:
        if name in named:
            return {"ca_cert_dir" if os.path.isdir(named[name]) else "ca_certs": named[name]}
    file, folder = (named.get(name) for name in _OF_OPENSSL)
    return {"ca_certs": file or DEFAULT_CA_BUNDLE_PATH, "ca_cert_dir": folder}


def unreadable_bundle() -> str | None:
    """What is wrong with the certificates that the environment names, or None."""
    for name, path in _named().items():
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


def untrusted_certificate(error: ssl.SSLCertVerificationError, whose: str) -> str:
    """What a certificate is not trusted for, and the remedy."""
    source = " and ".join(f"{name}={path}" for name, path in _named().items()) or "the certifi package"
    return (
        f"the certificate of {whose} is not trusted: {error.verify_message} (checked against {source}). "
        "If your network or institute has a certificate authority of its own, name its file in the "
        "environment variable SSL_CERT_FILE or REQUESTS_CA_BUNDLE; a wrong clock on this computer is "
        "another cause"
    )


def _named() -> dict[str, str]:
    """The environment variables that are heeded, the first of requests' alone."""
    for name in _OF_REQUESTS:
        if os.environ.get(name):
            return {name: os.environ[name]}
    return {name: os.environ[name] for name in _OF_OPENSSL if os.environ.get(name)}

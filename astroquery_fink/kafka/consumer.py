# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Configuration of Kafka consumers, and their errors in the words of this package.

The consumer itself is that of confluent_kafka.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from ..exceptions import FinkError, FinkQueryError, FinkServiceError
from ..messages import shown
from .credentials import Credentials

__all__ = ["Connection", "connected", "connection_to", "settings_of"]

T = TypeVar("T")
_DEFAULTS = {
    "client.id": "astroquery_fink",
    "check.crcs": True,
    "log_level": 0,  # errors arrive in error_cb
    "queued.max.messages.kbytes": 32_768,
    "fetch.message.max.bytes": 4_000_000,
    "reconnect.backoff.max.ms": 2_000,
    "socket.keepalive.enable": True,
}
_ARGUMENTS = {
    "bootstrap.servers": "servers=",
    "metadata.broker.list": "servers=",
    "group.id": "group=",
}
_PAUSE = 0.2  # seconds between two attempts
_NO_RIGHTS = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
}
_NEEDS_REASON = {
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TIMED_OUT,
    KafkaError._UNKNOWN_PARTITION,  # the broker did not say which there are
}


def settings_of(
    credentials: Credentials,
    fixed: Mapping[str, Any],
    config: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The settings of a consumer: the user's ``config`` wins, but those in ``fixed`` are refused in it."""
    given = _checked(config)
    for name in given:
        if name in _ARGUMENTS:
            raise FinkQueryError(f"config has {name!r}: give it as {_ARGUMENTS[name]}.")
        if name in fixed:
            raise FinkQueryError(
                f"config has {name!r}, which must stay {fixed[name]!r}, or alerts may be lost: leave it out."
            )
    own = {"bootstrap.servers": credentials.servers, "group.id": credentials.group}
    return {**_DEFAULTS, **(defaults or {}), **given, **fixed, **own}


def _checked(config: Any) -> dict[str, Any]:
    """Settings by name; values are not shown, since one may be a password."""
    if config is None:
        return {}
    if not isinstance(config, Mapping):
        raise FinkQueryError(
            f"config={shown(type(config))} is not a dict of settings of librdkafka, such as "
            "{'fetch.wait.max.ms': 100}."
        )
    for name, value in config.items():
        if not isinstance(name, str) or not isinstance(value, str | int | float):
            raise FinkQueryError(f"config: the value of {shown(name)} is neither text nor a number.")
    return dict(config)


@dataclass(frozen=True)
class Connection:
    """
    A consumer of confluent_kafka, and the errors that it noticed in the background.

    Parameters
    ----------
    consumer : `confluent_kafka.Consumer`
    servers : str
        The addresses, for messages.
    reasons : dict
        Code of an error -> its newest text.
    """

    consumer: Consumer
    servers: str
    reasons: dict[int, str] = field(default_factory=dict)

    def retried(self, call: Callable[[float], T], timeout: float) -> T:
        """The result of a call with its timeout, which is repeated after transient errors until then."""
        stop = monotonic() + timeout
        while True:
            try:
                return call(max(0.01, min(stop - monotonic(), 5)))
            except KafkaException as error:
                failure = error.args[0]
                self.consumer.poll(_PAUSE)  # notes the reasons
                if failure.code() in _NO_RIGHTS or monotonic() > stop:
                    raise self.failure(failure, f"did not respond within {timeout:g} s") from None

    def received(self, most: int, timeout: float) -> list[Message]:
        """Messages that come in a time; Ctrl-C is `KeyboardInterrupt`."""
        try:
            return self.consumer.consume(most, timeout=timeout)
        except SystemError as error:  # what confluent_kafka raises if Ctrl-C comes at an odd moment
            raise KeyboardInterrupt from error

    def failure(self, error: KafkaError | None, what: str) -> FinkError:
        """The error of this package for an error of Kafka."""
        known = {*self.reasons, *([] if error is None else [error.code()])}
        text = "" if error is None or error.code() in _NEEDS_REASON else error.str()
        if not text:
            causes = [said for code, said in self.reasons.items() if code != KafkaError._ALL_BROKERS_DOWN]
            text = causes[-1] if causes else ""
        reason = f" ({text})" if text else ""
        if known & _NO_RIGHTS:
            return FinkQueryError(f"The broker at {self.servers} refuses access{reason}.", reason=text)
        return FinkServiceError(
            f"The broker at {self.servers} {what}{reason}. Check servers= and the network, or raise timeout=",
            reason=text,
        )


def connection_to(settings: Mapping[str, Any]) -> Connection:
    """A consumer with these settings, which the caller closes."""
    reasons: dict[int, str] = {}

    def note(error: KafkaError) -> None:
        reasons.pop(error.code(), None)
        reasons[error.code()] = error.str()

    try:
        consumer = Consumer({**settings, "error_cb": note})
    except KafkaException as error:  # names the setting, not its value
        raise FinkQueryError(f"config is invalid: {error.args[0].str()}.") from None
    return Connection(consumer, str(settings["bootstrap.servers"]), reasons)


@contextmanager
def connected(settings: Mapping[str, Any]) -> Iterator[Connection]:
    """A consumer with these settings, closed at the end."""
    connection = connection_to(settings)
    try:
        yield connection
    finally:
        connection.consumer.close()

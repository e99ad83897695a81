"""The sandbox: an HTTP server on this machine that plays Fink for one of the surveys."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .lsst import packets as lsst_packets
from .lsst.service import lsst_service
from .server.app import App
from .server.monthly import MonthlyTables
from .server.openapi import release
from .sky.sky import Sky
from .ztf import packets as ztf_packets
from .ztf.service import ztf_service

if TYPE_CHECKING:
    from .kafka import Broker, Topic

__all__ = ["SURVEYS", "Sandbox"]

__doctest_requires__: dict[tuple[str, ...], list[str]] = {
    ("Sandbox.transfer_topic", "Sandbox.stream_topic"): ["confluent_kafka", "fastavro"]
}

HOST = "127.0.0.1"
BACKLOG = 128
VERSION = "3.7.0"
SURVEYS = {"ztf": ztf_service, "lsst": lsst_service}
PACKETS = {"ztf": ztf_packets.source, "lsst": lsst_packets.source}


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class Sandbox:
    """
    A small Fink on this machine, with a simulated sky.

    Parameters
    ----------
    seed : int, optional
        The same seed makes the same sky.
    port : int, optional
        0 takes any free port.
    sky : Sky, optional
        By default a sky of the seed, with its named objects.
    delay : float, optional
        Seconds before every response with data.
    limit : int, optional
        The most rows of a response of ``latests``, whatever number is requested.
    survey : str, optional
        Survey that observes the sky: ``"ztf"`` or ``"lsst"``.
    version : str, optional
        Version of the server, by default ``"3.7.0"``: numbers with dots, which ``/swagger.json`` gives as
        ``info.version``. Rubin's cone search before 3.7 ignores ``kind``.
    newest_table : str, optional
        Month of the newest table of ``ssoft`` and ``ssobulk``, such as ``"2026.10"``; None: the current month
        in UTC. The server fails for later months, as the real one does.
    bulk_format : str, optional
        Format of a whole table of ``ssobulk``: ``"arrow"`` (several Arrow streams, one after the other) or
        ``"parquet"``. None: Arrow for ZTF, Parquet for LSST.
    bulk_by_name : bool, optional
        False: ``ssobulk`` fails for a single object (status 500), as some versions of the real server do.

    Raises
    ------
    ValueError
        If the survey or the format is unknown, the version is not numbers with dots, or the newest table is
        not a month.

    Examples
    --------
    >>> import requests
    >>> from fink_sandbox import Sandbox
    >>> with Sandbox() as box:
    ...     response = requests.post(f"{box.url}/api/v1/objects", json={"objectId": "ZTF99simastr"})
    >>> response.json()[0]["v:classification"]
    'Solar System MPC'
    >>> box.requests
    [('objects', {'objectId': 'ZTF99simastr'}, 200)]
    >>> with Sandbox(survey="lsst") as box:
    ...     response = requests.post(f"{box.url}/api/v1/objects", json={"diaObjectId": "170000000000000001"})
    >>> response.json()[0]["r:nDiaSources"]
    58
    """

    def __init__(
        self,
        seed: int = 1,
        port: int = 0,
        sky: Sky | None = None,
        delay: float = 0.0,
        limit: int = 1000,
        survey: str = "ztf",
        *,
        version: str | None = None,
        newest_table: str | None = None,
        bulk_format: str | None = None,
        bulk_by_name: bool = True,
    ):
        if survey not in SURVEYS:
            raise ValueError(f"survey={survey!r} is not one of {', '.join(SURVEYS)}")
        self.sky = Sky(seed) if sky is None else sky
        tables = MonthlyTables(newest_table, bulk_format, bulk_by_name)
        service = SURVEYS[survey](self.sky, limit, _checked(version), tables)
        self._packets = PACKETS[survey](service.survey)
        self._seed = seed
        self._app = App(service, self._note, delay)
        self._port = port
        self._lock = threading.Lock()
        self._requests: list[tuple[str, Any, int]] = []
        self._open = 0
        self._peak = 0
        self._server: ThreadedWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """
        Address of the sandbox, for example ``"http://127.0.0.1:43211"``.

        With ``port=0`` the port is known once the sandbox is started.

        Examples
        --------
        >>> from fink_sandbox import Sandbox
        >>> with Sandbox() as box:
        ...     print(box.url)  # doctest: +ELLIPSIS
        http://127.0.0.1:...
        """
        return f"http://{HOST}:{self._port}"

    @property
    def requests(self) -> list[tuple[str, Any, int]]:
        """
        All requests as (endpoint, payload, status), in the order of the responses.

        The payload is None if the body of the request is not JSON.
        """
        with self._lock:
            return list(self._requests)

    @property
    def peak_connections(self) -> int:
        """The largest number of requests that were open at the same time."""
        return self._peak

    def start(self) -> Self:
        """
        Start to listen, in a thread of its own.

        Returns
        -------
        Sandbox
            Itself.

        Raises
        ------
        OSError
            If the port is taken.

        Examples
        --------
        >>> from fink_sandbox import Sandbox
        >>> box = Sandbox().start()
        >>> box.stop()
        """
        with socket.create_server((HOST, self._port), backlog=BACKLOG) as listener:
            self._port = listener.getsockname()[1]
            self._server = ThreadedWSGIServer(HOST, self._port, self._counted, _Handler, fd=listener.fileno())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """
        Finish the open requests and stop listening.

        The sandbox can be started again, at the same address.

        Raises
        ------
        RuntimeError
            If the sandbox was not started.
        """
        if self._server is None or self._thread is None:
            raise RuntimeError("the sandbox is not running: call start() first")
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def serve_forever(self, ready: Callable[[str], object] | None = None) -> None:
        """
        Listen until Ctrl-C or SIGTERM, and end in order; for the main thread only.

        Parameters
        ----------
        ready : callable, optional
            Called with the address once the server listens and both signals are handled.

        Examples
        --------
        >>> import signal
        >>> from fink_sandbox import Sandbox
        >>> Sandbox().serve_forever(ready=lambda url: signal.raise_signal(signal.SIGTERM))  # doctest: +SKIP
        """
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            if self._server is None:
                self.start()
            if ready:
                ready(self.url)
            if self._thread:
                self._thread.join()
        if self._server:
            self.stop()

    def transfer_topic(
        self,
        objects: str | Iterable[str] | None = None,
        content: str | list[str] = "full",
        n: int | None = None,
        *,
        partitions: int | None = None,
        topic: str | None = None,
        broker: "Broker | None" = None,
    ) -> "Topic":
        """
        Write a topic of the Data Transfer service, and the topic with its schema, into a Kafka broker.

        The sandbox itself need not be started. The alerts are those that the REST service returns, with equal
        values. They are spread at random over the partitions.

        Parameters
        ----------
        objects : str or iterable of str, optional
            Ids of the objects whose alerts are written; LSST: their numbers as text, or names of asteroids.
            By default all that such packets are about.
        content : str or list of str, optional
            ``"full"``; ``"medium"``, without cutouts; ``"light"``, without cutouts and history, most fields
            outside of records; LSST: ``"light SSO"``, for asteroids; or the fields of the user's choice, such
            as ``["objectId", "candidate.magpsf"]``. A full packet takes about 5 ms (ZTF) or 40 ms (LSST).
        n : int, optional
            Number of alerts, drawn at random; by default all. Of more alerts than there are, the rest are
            copies with ids of their own: the sky, turned about the pole. Only the id of the object, the id of
            the alert and the right ascension differ, so that a million takes seconds.
        partitions : int, optional
            Number of partitions. By default 10, or as many as the alerts need.
        topic : str, optional
            Name of the topic, to which alerts are added if it exists. By default the next free
            ``"ftransfer_<survey>_<date>_<number>"`` with the current date in UTC.
        broker : `~fink_sandbox.kafka.Broker`, optional
            Broker into which the topic is written. By default one that is closed with the topic.

        Returns
        -------
        `~fink_sandbox.kafka.Topic`
            With ``topic``, ``servers`` and ``alerts``; a context manager.

        Raises
        ------
        ValueError
            If the content or a field is unknown, the sky has no such object, or the partitions have no room
            for the alerts.
        ImportError
            If the extra ``bulk`` is not installed.

        Examples
        --------
        >>> from fink_sandbox import Sandbox
        >>> with Sandbox(seed=1).transfer_topic(["ZTF99simsnia"], content="light") as topic:
        ...     print(topic.topic, topic.alerts)
        ftransfer_ztf_... 70
        """
        selection = _topics().Selection(self._packets, objects, content, n, self._seed)
        return _topics().transfer_topic(selection, topic, broker, partitions)

    def stream_topic(
        self,
        objects: str | Iterable[str] | None = None,
        content: str | list[str] = "full",
        n: int | None = 100,
        *,
        partitions: int | None = None,
        topic: str | None = None,
        broker: "Broker | None" = None,
    ) -> "Topic":
        """
        Write alerts of the live stream into a Kafka broker; the key of each message is its schema.

        Parameters
        ----------
        objects : str or iterable of str, optional
            As for `transfer_topic`.
        content : str or list of str, optional
            As for `transfer_topic`; the live stream of Fink has full packets.
        n : int, optional
            Number of alerts, drawn at random, by default 100; None: all.
        partitions : int, optional
            Number of partitions. By default 10, or as many as the alerts need.
        topic : str, optional
            Name of the topic, to which the alerts are added if it exists. By default
            ``"fink_early_sn_candidates_ztf"`` or ``"fink_extragalactic_new_candidate_lsst"``.
        broker : `~fink_sandbox.kafka.Broker`, optional
            Broker into which the topic is written. By default one that is closed with the topic.

        Returns
        -------
        `~fink_sandbox.kafka.Topic`
            With ``topic``, ``servers`` and ``alerts``; a context manager.

        Raises
        ------
        ValueError
            As for `transfer_topic`.
        ImportError
            If the extra ``bulk`` is not installed.

        Examples
        --------
        >>> from fink_sandbox import Sandbox
        >>> with Sandbox(seed=1).stream_topic(n=5) as topic:
        ...     print(topic)
        Topic(topic='fink_early_sn_candidates_ztf', alerts=5)
        """
        selection = _topics().Selection(self._packets, objects, content, n, self._seed)
        name = topic or self._packets.live_topic
        return _topics().live_topic(selection, name, broker, partitions)

    def _counted(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        with self._lock:
            self._open += 1
            self._peak = max(self._peak, self._open)
        try:
            return self._app(environ, start_response)
        finally:
            with self._lock:
                self._open -= 1

    def _note(self, endpoint: str, payload: Any, status: int) -> None:
        with self._lock:
            self._requests.append((endpoint, payload, status))


def _topics() -> Any:
    """The module that writes topics; `ImportError` if the extra is not installed."""
    try:
        from .kafka import topics
    except ImportError as missing:
        raise ImportError('Kafka topics need an extra: pip install "astroquery_fink[bulk]"') from missing
    return topics


def _checked(version: str | None) -> str:
    """A version of the server, by default the newest that is simulated."""
    version = VERSION if version is None else version
    try:
        release(version)
    except (AttributeError, ValueError) as unreadable:
        advice = f"is not text of numbers with dots, for example {VERSION!r}"
        raise ValueError(f"version={version!r} {advice}") from unreadable
    return version

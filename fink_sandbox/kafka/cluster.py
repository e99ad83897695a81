"""The mock cluster of librdkafka, through its C functions, which the Python package does not wrap."""

import ctypes
from functools import cache
from typing import Any

from confluent_kafka import KafkaError, cimpl

__all__ = ["Cluster"]

ALL_BROKERS = -1
PRODUCER = 0
REBALANCE_DELAY = 50  # milliseconds; 3 s by default
INT, TEXT, POINTER = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
FUNCTIONS = {
    "rd_kafka_conf_new": (POINTER, []),
    "rd_kafka_conf_set": (INT, [POINTER, TEXT, TEXT, TEXT, ctypes.c_size_t]),
    "rd_kafka_new": (POINTER, [INT, POINTER, TEXT, ctypes.c_size_t]),
    "rd_kafka_destroy": (None, [POINTER]),
    "rd_kafka_mock_cluster_new": (POINTER, [POINTER, INT]),
    "rd_kafka_mock_cluster_destroy": (None, [POINTER]),
    "rd_kafka_mock_cluster_bootstraps": (TEXT, [POINTER]),
    "rd_kafka_mock_topic_create": (INT, [POINTER, TEXT, INT, INT]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_down": (INT, [POINTER, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (INT, [POINTER, ctypes.c_int32]),
}


@cache
def _library() -> ctypes.CDLL:
    """The librdkafka that confluent_kafka is linked with."""
    library = ctypes.CDLL(cimpl.__file__)
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Cluster:
    """A cluster of one broker on a free port of this machine."""

    def __init__(self) -> None:
        self._library = _library()
        settings = self._library.rd_kafka_conf_new()
        self._library.rd_kafka_conf_set(settings, b"log_level", b"0", None, 0)
        self._client: Any = self._library.rd_kafka_new(PRODUCER, settings, None, 0)
        self._cluster: Any = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, REBALANCE_DELAY)

    @property
    def servers(self) -> str:
        """Address of the broker, ``host:port``."""
        return self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def create_topic(self, topic: str, partitions: int) -> None:
        """Create a topic; `ValueError` if it exists."""
        code = self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1)
        if code:
            raise ValueError(f"topic={topic!r}, partitions={partitions}: {KafkaError(code).str()}")

    def set_down(self) -> None:
        """Break all connections and refuse new ones."""
        self._library.rd_kafka_mock_broker_set_down(self._cluster, ALL_BROKERS)

    def set_up(self) -> None:
        """Accept connections again."""
        self._library.rd_kafka_mock_broker_set_up(self._cluster, ALL_BROKERS)

    def destroy(self) -> None:
        """Close the port and forget all messages."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

"""A simulated Kafka broker and the topics that Fink writes; needs the extra ``bulk``."""

from .broker import Broker
from .topics import Topic

__all__ = ["Broker", "Topic"]

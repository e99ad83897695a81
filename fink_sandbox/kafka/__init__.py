"""A simulated Kafka broker and the topics that Fink writes; needs the extra ``bulk``."""

from .broker import Broker

__all__ = ["Broker"]

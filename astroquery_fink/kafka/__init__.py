# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Read topics of Kafka: credentials, consumers, schemas and errors."""

"""The endpoint ``ssobulk``: the light curves of all Solar System objects, a row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from werkzeug.exceptions import InternalServerError
from werkzeug.wrappers import Response

from .arguments import Payload
from .arrow import Description, arrow_streams, arrow_table, parquet_file
from .monthly import NO_FILE, MonthlyTables, early_response, version_of
from .response import HTML
from .tables import Columns, picked

__all__ = ["BulkFacts", "bulk"]

ROWS = 2  # of a row group
STREAMS = "application/octet-stream"


@dataclass(frozen=True)
class BulkFacts:
    """What differs between the tables of the surveys."""

    columns: Description
    key: str  # column with which `sso_name` is compared
    first: str  # month of the first table
    format: str  # of a whole table
    content_type: str  # of Parquet
    headers: Mapping[str, str] = field(default_factory=dict)


def bulk(
    payload: Payload, tables: MonthlyTables, facts: BulkFacts, read: Callable[[str], Columns]
) -> Response:
    """Return the table of a month, or its row about one object; `read` makes the table."""
    early = early_response(payload, facts.columns, facts.first)
    if early is not None:
        return early
    version = version_of(payload)
    if not tables.has(version):
        return Response(NO_FILE, status=404, content_type=HTML)
    columns = read(version)
    if "sso_name" not in payload:
        return _whole(columns, tables.bulk_format or facts.format, facts)
    if not tables.bulk_by_name:
        raise InternalServerError
    rows = [row for row, name in enumerate(columns[facts.key]) if name == payload["sso_name"]]
    return _parquet(picked(columns, rows), facts)


def _whole(columns: Columns, output: str, facts: BulkFacts) -> Response:
    """The whole table, with an ``ETag``, so that a download can be resumed."""
    if output == "parquet":
        response = _parquet(columns, facts)
    else:
        content = arrow_streams(arrow_table(columns, facts.columns), ROWS)
        response = Response(content, content_type=STREAMS)
    response.add_etag()
    return response


def _parquet(columns: Columns, facts: BulkFacts) -> Response:
    content = parquet_file(arrow_table(columns, facts.columns), ROWS)
    return Response(content, headers=dict(facts.headers), content_type=facts.content_type)

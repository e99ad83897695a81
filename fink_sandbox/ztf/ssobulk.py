"""The file ``ssobulk``: the light curves of all known Solar System objects."""

import io

from werkzeug.wrappers import Response

from ..sky.moving_objects import asteroids
from .survey import Survey

__all__ = ["ssobulk"]

CURVE = ["ra", "dec", "magpsf", "sigmapsf", "fid", "jd"]


def ssobulk(survey: Survey) -> Response:
    """A Parquet file with one light curve per name in the alerts, and an ``ETag``."""
    import pyarrow as pa
    from pyarrow import parquet

    names = [ssnamenr for body in asteroids() for ssnamenr in body.ssnamenr]
    curves = [survey.alerts_of([name]) for name in names]
    columns = {"ssnamenr": names} | {f"c{name}": [curve[f"i:{name}"] for curve in curves] for name in CURVE}
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    response = Response(content.getvalue(), content_type="application/parquet")
    response.add_etag()
    return response

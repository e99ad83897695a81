"""The file ``ssobulk``: the light curves of all known Solar System objects."""

import io

from werkzeug.wrappers import Response

from ..sky.moving_objects import asteroids

__all__ = ["ssobulk"]

CURVE = ["ra", "dec", "magpsf", "sigmapsf", "fid", "jd"]


def ssobulk(sky):
    """
    One Parquet file, a row for every name by which the survey calls an object, a light curve in its cells.

    Parameters
    ----------
    sky : `~fink_sandbox.Sky`

    Returns
    -------
    `werkzeug.wrappers.Response`
        With an ``ETag``, by which a client tells whether the file is still the same.
    """
    import pyarrow as pa
    from pyarrow import parquet

    names = [ssnamenr for body in asteroids() for ssnamenr in body.ssnamenr]
    curves = [sky.alerts_of([name]) for name in names]
    columns = {"ssnamenr": names} | {f"c{name}": [curve[f"i:{name}"] for curve in curves] for name in CURVE}
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    response = Response(content.getvalue(), content_type="application/parquet")
    response.add_etag()
    return response

"""Light curves of any values: every point that can be drawn is drawn, and nothing raises."""

import matplotlib as mpl
import numpy as np
import pytest

pytest.importorskip("hypothesis")
mpl.use("agg")
from astropy.table import MaskedColumn, Table  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from readings import drawn  # noqa: E402

from astroquery_fink.plots import plot_lightcurve

ODD = st.sampled_from([np.nan, np.inf, -np.inf])
FLUX = st.sampled_from([-1, 0, 1]).flatmap(lambda sign: st.floats(1e-3, 1e6).map(lambda size: sign * size))
ROWS = st.lists(
    st.tuples(
        st.floats(58_000, 62_000) | st.just(np.nan),
        st.sampled_from("ugrizyx"),
        FLUX | ODD,
        st.floats(0, 1e9) | ODD | st.just(-1.0),
        st.sampled_from(["valid", "forced", ""]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=30)
@given(
    rows=ROWS,
    brightness=st.sampled_from(["difference", "difference flux"]),
    period=st.none() | st.floats(0.01, 1000),
    asinh=st.booleans(),
)
def test_every_point_that_can_be_drawn_is_drawn(rows, brightness, period, asinh):
    times, bands, fluxes, errors, tags, masked = zip(*rows, strict=True) if rows else [()] * 6
    table = Table(
        {
            "r:midpointMjdTai": np.array(times, dtype=float),
            "r:band": np.array(bands, dtype="U1"),
            "r:psfFlux": MaskedColumn(np.array(fluxes, dtype=float), mask=np.array(masked, dtype=bool)),
            "r:psfFluxErr": np.array(errors, dtype=float),
            "tag": np.array(tags, dtype="U6"),
        },
        meta={"survey": "lsst"},
    )
    is_flux = brightness == "difference flux"
    ax = plot_lightcurve(
        table,
        ax=Figure().subplots(),
        brightness=brightness,
        period=period,
        yscale="asinh" if asinh and is_flux else None,
    )
    ax.figure.canvas.draw()
    wanted = sum(
        np.isfinite([time, flux]).all()
        and band != "x"
        and tag != ""
        and not hidden
        and (is_flux or (flux > 0 and np.isfinite(error) and flux >= error))
        for time, band, flux, error, tag, hidden in rows
    )
    assert sum(drawn(ax).values()) == wanted * (1 if period is None else 2)
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
    assert ax.yaxis_inverted() == (not is_flux and wanted > 0)

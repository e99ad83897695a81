# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What several files of tests read from tables and figures."""

import astropy.units as u
import numpy as np
import pytest
from astropy.time import Time
from astropy.timeseries import LombScargle

__all__ = ["assert_north_is_up", "cells_of", "drawn", "mask_of", "middles", "period_of", "phase_curves_of"]


def mask_of(column):
    """Which values of a column are masked."""
    return np.ma.getmaskarray(np.ma.asanyarray(column))


def phase_curves_of(fink):
    """The whole table of phase curves, which only pyarrow can read."""
    pytest.importorskip("pyarrow")
    return fink.query_ssoft()


def assert_north_is_up(axes):
    """North is up and east is left in each of these Axes, whose figure is drawn."""
    for ax in axes:
        ax.figure.canvas.draw()
        x, y = ax.transAxes.transform((0.5, 0.5))
        pixels = ax.transData.inverted().transform([(x, y), (x, y + 5), (x - 5, y)])
        here, above, left = (ax.wcs.pixel_to_world(*pixel) for pixel in pixels)
        assert here.position_angle(above).wrap_at(180 * u.deg).deg == pytest.approx(0, abs=0.5)
        assert here.position_angle(left).deg == pytest.approx(90, abs=0.5)


def cells_of(table, names):
    """The values of some columns, a tuple per row."""
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def middles(alerts):
    """The times in the middle of the exposures of ZTF alerts."""
    return Time(alerts["i:jd"], format="jd") + alerts["i:exptime"].quantity / 2


def period_of(series):
    """The period of the magnitudes of a `~astropy.timeseries.TimeSeries`, in days."""
    periodogram = LombScargle.from_timeseries(series, "magnitude", "magnitude_error")
    frequency, power = periodogram.autopower(maximum_frequency=5 / u.day)
    return (1 / frequency[power.argmax()]).to_value(u.day)


def drawn(ax):
    """The number of points that are drawn, by label."""
    return {container.get_label(): len(container[0].get_xdata()) for container in ax.containers}

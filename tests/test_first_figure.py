"""The figure of the README is the one that its code draws."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
pytest.importorskip("werkzeug")


def pixels(file):
    return np.asarray(Image.open(file).convert("RGB"), dtype=float)


def test_the_figure_of_the_readme_is_up_to_date(monkeypatch):
    """Other versions of matplotlib and of fonts move some pixels; a changed plot changes many."""
    monkeypatch.syspath_prepend(DOCS)
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    from figures import first_figure

    drawn = BytesIO()
    with pyplot.rc_context():
        pyplot.rcdefaults()
        figure = first_figure()
        figure.savefig(drawn, dpi=90)
        pyplot.close(figure)
    monkeypatch.delitem(sys.modules, "figures")
    kept, new = pixels(DOCS / "first_figure.png"), pixels(drawn)
    assert kept.shape == new.shape
    assert np.mean(np.abs(kept - new) > 64) < 0.05


def test_the_figure_is_small_enough_for_a_first_page():
    assert (DOCS / "first_figure.png").stat().st_size < 100_000

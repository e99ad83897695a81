"""The figure of the first page: the light curve and cutouts of a simulated supernova.

The documentation draws it when it is built; ``python docs/figures.py`` draws it for the README.
"""

from pathlib import Path

from matplotlib import pyplot

from astroquery_fink.plots import plot_cutouts, plot_lightcurve
from astroquery_fink.simulated import Fink


def first_figure():
    """The light curve with upper limits, above the cutouts of the brightest alert."""
    figure = pyplot.figure(figsize=(9, 5.8), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=[1.1, 1])
    table = Fink.query_object("ZTF99simsnia", withupperlim=True)
    ax = plot_lightcurve(table, ax=above.subplots())
    ax.set_xlim(60690, 60860)
    detections = table[table["d:tag"] == "valid"]
    brightest = detections[detections["i:magpsf"].argmin()]
    plot_cutouts(Fink.get_cutouts(brightest), figure=below)
    return figure


if __name__ == "__main__":
    first_figure().savefig(Path(__file__).with_name("first_figure.png"), dpi=90)

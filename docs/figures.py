"""Draw the figure of the first page: the light curve and cutouts of a simulated supernova.

``python docs/figures.py`` draws it anew for the README; the documentation draws its own when it is built.
"""

from pathlib import Path

from matplotlib.figure import Figure

from astroquery_fink.plots import plot_cutouts, plot_lightcurve
from astroquery_fink.simulated import Fink

PATH = Path(__file__).with_name("first_figure.png")


def first_figure():
    """The light curve with upper limits, above the cutouts of its brightest alert."""
    figure = Figure(figsize=(9, 5.8), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=[1.1, 1])
    table = Fink.query_object("ZTF99simsnia", withupperlim=True)
    ax = above.subplots()
    plot_lightcurve(table, ax=ax)
    ax.set_xlim(60690, 60860)
    detections = table[table["d:tag"] == "valid"]
    brightest = detections[detections["i:magpsf"].argmin()]
    plot_cutouts(Fink.get_cutouts(brightest), figure=below)
    return figure


if __name__ == "__main__":
    first_figure().savefig(PATH, dpi=90)

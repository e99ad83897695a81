# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The progress bar: on a terminal, and in a notebook."""

import logging
import sys
import warnings

__all__ = ["Bar", "is_shown"]


def is_shown(show_progress):
    """Whether there is to be a progress bar.

    Parameters
    ----------
    show_progress : bool or None
        None: where somebody looks, on a terminal or in a notebook, unless astroquery's log level is above
        INFO.

    Returns
    -------
    shown : bool
    """
    if show_progress is not None:
        return show_progress
    informed = logging.getLogger("astroquery").isEnabledFor(logging.INFO)
    return informed and (sys.stderr.isatty() or _in_notebook())


def _in_notebook():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


class Bar:
    """A bar on standard error; a widget in a notebook that has ipywidgets.

    Parameters
    ----------
    total : int
        Where it ends.
    shown : bool, optional
        False: it does nothing.
    unit : str, optional
        What is counted.
    """

    def __init__(self, total, shown=True, unit="it"):
        self._bar = (
            _tqdm()(total=total, unit=unit, unit_scale=unit == "B", file=sys.stderr) if shown else None
        )

    def reach(self, done):
        """Go on to here.

        Parameters
        ----------
        done : float
        """
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self):
        """Leave it as it is."""
        if self._bar is not None:
            self._bar.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _tqdm():
    with warnings.catch_warnings(action="ignore"):  # that ipywidgets would be prettier
        from tqdm.auto import tqdm
    return tqdm

# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The progress bar, on a terminal or in a notebook."""

import logging
import sys
import warnings
from typing import Any

__all__ = ["Bar", "Progress", "is_shown"]


def is_shown(show_progress: bool | None) -> bool:
    """Whether to show a progress bar; by default on a terminal and in a notebook.

    By default there is none if the level of astroquery's log is above INFO.
    """
    if show_progress is not None:
        return show_progress
    informed = logging.getLogger("astroquery").isEnabledFor(logging.INFO)
    return informed and (sys.stderr.isatty() or _in_notebook())


def _in_notebook() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


class Bar:
    """A progress bar on standard error or in a notebook; may be switched off."""

    def __init__(self, total: float, shown: bool = True, unit: str = "it") -> None:
        self._bar = (
            _tqdm()(total=total, unit=unit, unit_scale=unit == "B", file=sys.stderr) if shown else None
        )

    def reach(self, done: float) -> None:
        """Advance the bar to this value."""
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is, and end its line."""
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Progress:
    """A bar whose total grows, and which begins when something is expected."""

    def __init__(self, shown: bool, unit: str) -> None:
        self._shown, self._unit = shown, unit
        self._bar: Any = None

    def expect(self, more: float) -> None:
        """Add to the total."""
        if self._bar is None and self._shown:
            self._bar = _tqdm()(total=0, unit=self._unit, unit_scale=True, file=sys.stderr)
        if self._bar is not None:
            self._bar.total += more
            self._bar.refresh()

    def advance(self, more: float) -> None:
        """Add to what is done."""
        if self._bar is not None:
            self._bar.update(more)

    def complete(self) -> None:
        """Advance to the total."""
        if self._bar is not None:
            self._bar.update(self._bar.total - self._bar.n)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _tqdm() -> Any:
    with warnings.catch_warnings(action="ignore"):  # tqdm recommends ipywidgets
        from tqdm.auto import tqdm
    return tqdm

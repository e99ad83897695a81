"""Run the sandbox: ``python -m fink_sandbox --survey lsst``."""

import argparse
from functools import partial

from .sandbox import SURVEYS, Sandbox


def main() -> None:
    """Listen until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m fink_sandbox", description=__doc__)
    parser.add_argument("--survey", choices=SURVEYS, default="ztf")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    arguments = parser.parse_args()
    box = Sandbox(seed=arguments.seed, port=arguments.port, survey=arguments.survey)
    box.serve_forever(ready=partial(print, flush=True))


if __name__ == "__main__":
    main()

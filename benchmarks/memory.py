"""The memory of this process, on Linux."""

import resource
from pathlib import Path

__all__ = ["peak", "resident"]


def resident():
    """Memory in use now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def peak():
    """The most memory in use so far, in MB; that of the process that started this one does not count."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6

"""Running the tests does not use the user's home folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def account_home():
    """The home folder of the user's account, whatever the environment."""
    pwd = pytest.importorskip("pwd")
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_the_run_has_a_home_of_its_own():
    assert Path.home() != account_home()
    assert Path.home().is_dir()


@pytest.mark.parametrize("folder", ["astropy.config.get_config_dir", "matplotlib.get_cachedir"])
def test_its_processes_have_that_home_too(folder):
    module, _, function = folder.rpartition(".")
    pytest.importorskip(module)
    code = f"import {module}; print({module}.{function}())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path.home() in Path(done.stdout.strip()).parents

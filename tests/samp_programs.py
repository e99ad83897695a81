"""A SAMP hub on loopback, and programs that load what they are sent."""

import gc
import warnings
from contextlib import contextmanager
from urllib.parse import urlparse
from urllib.request import url2pathname

from astropy.io import fits

from astroquery_fink.formats import read
from astroquery_fink.formats.samp import samp_package

TABLES, IMAGES = "table.load.votable", "image.load.fits"
OK = {"samp.status": "samp.ok", "samp.result": {}}


@contextmanager
def running_hub(folder, monkeypatch):
    """A hub that is found by its lock file."""
    samp, lockfile = samp_package(), folder / "samp"
    monkeypatch.setattr(samp.conf, "use_internet", False)
    hub = samp.SAMPHubServer(web_profile=False, lockfile=str(lockfile), addr="127.0.0.1")
    hub.start()
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:{lockfile}")  # a hub itself takes only URLs
    yield hub
    hub.stop()
    with warnings.catch_warnings():  # connections of the hub and its clients, which nobody closes
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


class Program:
    """A program that loads what it is sent, or does what the test wants instead."""

    def __init__(self, name, kind=TABLES, respond=lambda: OK):
        self.received, self._respond = [], respond
        self.client = samp_package().SAMPIntegratedClient(name=name, addr="127.0.0.1")
        self.client.connect()
        self.client.bind_receive_call(kind, self._load)

    def _load(self, key, sender, identity, kind, parameters, extra):
        path = url2pathname(urlparse(parameters["url"]).path)
        loaded = _images(path) if kind == IMAGES else read(path)
        self.received.append((parameters, loaded, path))
        reply = self._respond()
        if reply:
            self.client.reply(identity, reply)


@contextmanager
def programs():
    """A function that starts programs, which end with the context."""
    started = []

    def start(*args, **options):
        started.append(Program(*args, **options))
        return started[-1]

    yield start
    for one in started:
        one.client.disconnect()


def _images(path):
    with fits.open(path) as hdus:
        return [(hdu.name, hdu.shape) for hdu in hdus]

"""The folder of the cache: it stays within its size, and nothing of the user's is touched."""

import hashlib
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from astropy.utils.exceptions import AstropyUserWarning
from replay import Replay, client_of
from test_cache import BODY_DAMAGE, ask, entries, healthy, the_entry

from astroquery_fink import FinkClass, conf
from astroquery_fink.cli import main
from astroquery_fink.exceptions import FinkError
from astroquery_fink.http.cache import Store

SIZE = 160_000
BODY = b"x" * 2000
HOUR = 3600.0


def key(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def put(store, number, body=BODY):
    store.write(key(number), "http://127.0.0.1/", body, status=200, content_type="text/plain", time=0.0)


def on_disk(folder):
    return sum(path.stat().st_size for path in folder.glob("*.response"))


def looks(monkeypatch):
    """Note each listing of a folder."""
    seen, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: seen.append(folder) or scandir(folder))
    return seen


# Size: what a write costs, and what the sum is


@pytest.mark.parametrize("others", [10, 100, 1000])
def test_a_write_looks_at_no_other_response_until_a_16th_of_the_size_was_written(
    tmp_path, others, monkeypatch
):
    store = Store(tmp_path, 10**9)
    for number in range(others):
        put(store, number, b"x")
    seen = looks(monkeypatch)
    for number in range(others, others + 100):
        put(store, number, b"x")
    assert not seen


def test_a_folder_at_its_size_is_looked_through_once_in_a_16th_of_it(tmp_path, monkeypatch):
    store = Store(tmp_path, SIZE)
    for number in range(100):
        put(store, number)
    seen = looks(monkeypatch)
    for number in range(100, 300):
        put(store, number)
    assert 200 * 2000 / SIZE * 16 * 0.8 < len(seen) < 200 * 3072 / SIZE * 16 * 1.2


@pytest.mark.parametrize("length", [1, 700, 2000, 9000, 140_000])
def test_the_sum_never_goes_beyond_the_size(tmp_path, length):
    store = Store(tmp_path, SIZE)
    for number in range(300):
        put(store, number, b"x" * length)
        assert on_disk(tmp_path) <= SIZE
    assert on_disk(tmp_path) > min(SIZE * 7 / 8, 300 * length) - length - 300
    assert store.entry(key(299))


def test_the_oldest_go_first(tmp_path):
    store = Store(tmp_path, SIZE)
    for number in range(60):
        put(store, number)
        os.utime(tmp_path / f"{key(number)}.response", (1e9 - number, 1e9 - number))
    for number in range(60, 90):
        put(store, number)
    left = [number for number in range(60) if store.entry(key(number))]
    assert left
    assert left == list(range(len(left)))
    assert all(store.entry(key(number)) for number in range(60, 90))


@pytest.mark.parametrize("size", [0, 1, 500, 1000])
def test_what_is_larger_than_the_cache_is_not_kept(tmp_path, size):
    put(Store(tmp_path, size), 1)
    assert not entries(tmp_path)


def test_a_folder_that_was_filled_without_a_limit_is_brought_within_it_at_the_next_write(tmp_path):
    for number in range(200):
        put(Store(tmp_path), number)
    put(Store(tmp_path, SIZE), 200)
    assert SIZE * 7 / 8 < on_disk(tmp_path) <= SIZE


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"")], ids=["gone", "empty"])
def test_a_tally_that_is_lost_is_made_anew(tmp_path, damage):
    store = Store(tmp_path, SIZE)
    for number in range(100):
        put(store, number)
        damage(tmp_path / ".astroquery_fink.written")
        put(store, number + 1000)
        assert on_disk(tmp_path) <= SIZE


def test_files_removed_by_hand_make_room(tmp_path):
    store = Store(tmp_path, SIZE)
    for number in range(100):
        put(store, number)
    for path in entries(tmp_path):
        path.unlink()
    for number in range(40):
        put(store, number)
    assert sorted(entries(tmp_path)) == sorted(tmp_path / f"{key(number)}.response" for number in range(40))


def run_python(code, *arguments, **options):
    """Run another process, and return its output."""
    options = {"timeout": 120, "capture_output": True, "text": True} | options
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], **options)


FORKED = """
import os, sys
from astroquery_fink.http import cache_folder
from astroquery_fink.http.cache import Store, key_of
folder, first, many, size = sys.argv[1], *map(int, sys.argv[2:5])
def write(number):
    name = key_of("GET", str(number), None)
    Store(folder, size).write(name, "", b"x" * 2000, status=200, content_type="", time=0.0)
def fork(act, *arguments):
    child = os.fork()
    if not child:
        act(*arguments)
        os._exit(0)
    return child
def total():
    names = [name for name in os.listdir(folder) if not name.endswith("written")]
    return sum(os.stat(f"{folder}/{name}").st_size for name in names)
"""
LITTLE = """
for number in range(first, first + many):
    os.waitpid(fork(write, number), 0)
    print(total())
"""
TOGETHER = """
def writes(start):
    for number in range(start, start + many):
        write(number)
children = [fork(writes, start) for start in (0, 1000, 2000)]
print(*[os.waitpid(child, 0)[1] for child in children], total())
"""
KILLED = """
module, name = sys.argv[5:]
def die(*_):
    os.kill(os.getpid(), 9)
def writes(start):
    setattr(sys.modules[module], name, die)
    for number in range(start, start + many):
        write(number)
for start in range(0, 12 * many, many):
    print(os.waitpid(fork(writes, start), 0)[1], total())
"""
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def forked(code, folder, *arguments):
    """The output of a process that forks, as numbers."""
    done = run_python(FORKED + code, folder, *arguments)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


@needs_fork
def test_processes_that_write_one_response_each_stay_within_the_size_together(tmp_path):
    sums = forked(LITTLE, tmp_path, 0, 120, SIZE)
    assert SIZE * 3 / 4 < sums[-1] <= max(sums) <= SIZE


@needs_fork
def test_processes_at_the_same_time_stay_within_the_size(tmp_path):
    *statuses, total = forked(TOGETHER, tmp_path, 0, 200, SIZE)
    assert (statuses, SIZE * 3 / 4 < total <= SIZE + 3 * 2300) == ([0, 0, 0], True)


def test_threads_stay_within_the_size(tmp_path):
    def write(first):
        for number in range(first, first + 100):
            put(Store(tmp_path, SIZE), number)

    threads = [threading.Thread(target=write, args=[first]) for first in (0, 1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert SIZE * 3 / 4 < on_disk(tmp_path) <= SIZE + 4 * 2300


@needs_fork
@pytest.mark.parametrize(
    ("module", "name"), [("astroquery_fink.http.cache_folder", "_remove"), ("os", "replace")]
)
def test_processes_that_are_killed_while_they_trim_or_write_stay_within_the_size(tmp_path, module, name):
    printed = forked(KILLED, tmp_path, 0, 1000, SIZE, module, name)
    assert set(printed[::2]) == {9}
    store = Store(tmp_path, SIZE)
    for number in range(20):
        put(store, number)
        assert max(*printed[1::2], on_disk(tmp_path)) <= SIZE + 12 * 2300


@pytest.mark.parametrize(("age", "left"), [(2 * HOUR, 0), (60.0, 1), (-2 * HOUR, 0)])
def test_what_killed_processes_left_behind_is_swept_when_it_is_old(tmp_path, age, left):
    store = Store(tmp_path, SIZE)
    orphan = tmp_path / f".{key(1)}.abcd0123.part"
    orphan.write_bytes(b"x")
    time = orphan.stat().st_mtime - age
    os.utime(orphan, (time, time))
    put(store, 2)
    assert (orphan.exists(), len(entries(tmp_path))) == (left, 1)


# Names: what is not ours is not touched

THEIRS = [
    "Thesis.pdf.part",
    "mail.response",
    "notes.txt",
    "a" * 63 + ".response",
    "a" * 65 + ".response",
    "A" * 64 + ".response",
    "g" * 64 + ".response",
    "a" * 64 + ".response.txt",
    "a" * 64 + ".response\n",
    "a" * 64,
    "a" * 64 + ".part",
    "." + "a" * 64 + ".abc.part",
    "." + "a" * 16 + ".abcd0123.part",
    "a" * 64 + ".abcd0123.part",
    f"x{'a' * 64}.response",
    ".response",
    ".part",
]


@pytest.fixture
def shared(tmp_path):
    """A folder with files of the user that is used as the cache."""
    folder = tmp_path / "shared"
    for name in THEIRS:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"theirs" * 1000)
        os.utime(path, (1e9, 1e9))
    (folder / f"{'b' * 64}.response").mkdir()
    (folder / f"{'b' * 64}.response" / f"{'c' * 64}.response").write_bytes(b"theirs")
    outside = tmp_path / "outside"
    outside.write_bytes(b"theirs")
    for name in (f"{'d' * 64}.response", f".{'d' * 64}.abcd0123.part", "link"):
        (folder / name).symlink_to(outside)
    (folder / f"{'e' * 64}.response").symlink_to(tmp_path / "nowhere")
    return folder


def everything(folder):
    found = [folder.parent / "outside", *folder.rglob("*")]
    return {
        path: path.lstat().st_mode if path.is_dir() else path.is_file() and path.read_bytes()
        for path in found
    }


def test_clear_cache_touches_only_names_that_we_make(shared):
    before = everything(shared)
    with Replay(healthy) as server:
        client = client_of(server, shared.parent)
        client.cache_location = shared
        ask(client)
        assert len(everything(shared)) == len(before) + 2
        client.clear_cache()
    assert everything(shared) == before


def test_trimming_touches_only_names_that_we_make(shared):
    before = everything(shared)
    store = Store(shared, 5000)
    for number in range(10):
        put(store, number)
    assert before.items() < everything(shared).items()
    store.clear()
    assert everything(shared) == before


def test_a_link_is_neither_read_nor_written_through(tmp_path):
    secret, store = tmp_path / "secret", Store(tmp_path / "cache", SIZE)
    put(store, 1)
    ours = tmp_path / "cache" / f"{key(1)}.response"
    ours.rename(secret)
    kept = secret.read_bytes()
    ours.symlink_to(secret)
    assert (store.entry(key(1)), store.read(key(1))) == (None, (None, None))
    put(store, 1, b"other")
    assert (secret.read_bytes(), ours.is_symlink(), store.read(key(1))[1]) == (kept, False, b"other")


def test_a_tally_that_is_a_link_is_not_written_through(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"theirs")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / ".astroquery_fink.written").symlink_to(other)
    with pytest.warns(AstropyUserWarning, match="not cached"):
        put(Store(tmp_path / "cache", SIZE), 1)
    Store(tmp_path / "cache").clear()
    assert (other.read_bytes(), entries(tmp_path / "cache")) == (b"theirs", set())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_place_of_a_response_is_a_miss(tmp_path):
    os.mkfifo(tmp_path / f"{key(1)}.response")
    store = Store(tmp_path, SIZE)
    assert (store.entry(key(1)), store.read(key(1))) == (None, (None, None))


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "large disk").mkdir()
    (tmp_path / "cache").symlink_to(tmp_path / "large disk")
    store = Store(tmp_path / "cache", SIZE)
    put(store, 1)
    assert (store.read(key(1))[1], store.measure()[0]) == (BODY, 1)
    store.clear()
    assert (tmp_path / "cache").is_symlink()
    assert not list((tmp_path / "large disk").iterdir())


def test_the_command_counts_only_what_is_ours(shared, monkeypatch, capsys):
    monkeypatch.setattr("astroquery_fink.core.Fink._cache_location", shared)
    for number in range(3):
        put(Store(shared, SIZE), number, b"x" * 1_000)
    assert main(["cache", "size"]) == 0
    assert capsys.readouterr().out == "3 files, 0.0 MB\n"
    assert Store(shared).measure() == (3, on_disk_of(shared, range(3)))


def on_disk_of(folder, numbers):
    return sum((folder / f"{key(number)}.response").stat().st_size for number in numbers)


# Looking first


def test_a_look_reads_no_body(tmp_path, monkeypatch):
    store = Store(tmp_path)
    put(store, 1, b"x" * 10**7)
    name = key(1)
    monkeypatch.setattr(hashlib, "sha256", None)
    entry = store.entry(name)
    assert (entry.length, entry.status, entry.content_type) == (10**7, 200, "text/plain")


@pytest.mark.parametrize("damage", [name for name in BODY_DAMAGE if not name.startswith("one ")])
def test_a_look_sees_a_response_that_is_cut(tmp_path, damage):
    store = Store(tmp_path)
    put(store, 1)
    path = the_entry(tmp_path)
    path.write_bytes(BODY_DAMAGE[damage](path.read_bytes()))
    assert store.entry(key(1)) is None


# Passwords


@pytest.mark.parametrize("user", ["user:word", "user", ":word", "a:b@c", "us%40er:wo%2Frd"])
def test_no_password_of_an_address_is_on_the_disk(tmp_path, user):
    """The client refuses these addresses; even without the check, they would not be written."""
    store = Store(tmp_path)
    store.write(key(1), f"http://{user}@fink:80/api/v1/objects", b"x", status=200, content_type="", time=0.0)
    assert store.entry(key(1)).url == "http://fink:80/api/v1/objects"
    assert f"{user}@".encode() not in the_entry(tmp_path).read_bytes()


@pytest.mark.parametrize("url", ["http://fink/a?b=c@d", "http://fink/a@b", "http://fink#a@b"])
def test_what_is_no_password_stays(tmp_path, url):
    store = Store(tmp_path)
    store.write(key(1), url, b"x", status=200, content_type="", time=0.0)
    assert store.entry(key(1)).url == url


# Folders that cannot be


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300, "file/below", "file"], ids=ascii)
def test_a_store_in_a_folder_that_cannot_be_warns_once_and_raises_nothing(tmp_path, name):
    (tmp_path / "file").write_bytes(b"theirs")
    store = Store(f"{tmp_path}/{name}", SIZE)
    with pytest.warns(AstropyUserWarning, match="not cached") as told:
        put(store, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        put(store, 2)
    assert len(told) == 1
    assert (store.entry(key(1)), store.read(key(1))) == (None, (None, None))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_works_again_and_fails_again_is_told_again(tmp_path):
    folder = tmp_path / "cache"
    for _ in range(2):
        folder.touch()
        with pytest.warns(AstropyUserWarning, match="not cached"):
            put(Store(folder), 1)
        folder.unlink()
        put(Store(folder), 1)
        Store(folder).clear()
        folder.rmdir()


@pytest.mark.parametrize("below", ["file/below", "file"])
def test_a_cache_location_inside_a_file_is_an_error_of_ours_where_a_folder_is_wanted(tmp_path, below):
    (tmp_path / "file").write_bytes(b"theirs")
    client = FinkClass()
    client.cache_location = tmp_path / below
    with pytest.raises(FinkError, match="cache_location=.*file.*: set cache_location to a writable folder"):
        _ = client.cache_location
    client.clear_cache()
    assert (tmp_path / "file").read_bytes() == b"theirs"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="all is allowed to root")
def test_a_cache_that_cannot_be_cleared_is_an_error_of_ours(tmp_path):
    store = Store(tmp_path / "cache")
    put(store, 1)
    for mode in (0o500, 0o000):
        store.folder.chmod(mode)
        with pytest.raises(FinkError, match="cannot be"):
            store.clear()
    store.folder.chmod(0o700)
    assert store.entry(key(1))


HOMELESS = """
import os, sys
from astroquery_fink import Fink, FinkClass
from astroquery_fink.cli import main
from astroquery_fink.exceptions import FinkError
client = FinkClass(server=sys.argv[1])
names = "ZTF99simsnia", "ZTF99simsnia", "ZTF99simdwno"
print(*[len(client.query_object(name, columns="jd")) for name in names])
print(len(client.query_objects(["ZTF99simsnia", "ZTF99simdwno"], columns="jd", show_progress=False)))
client.clear_cache()
try:
    client.cache_location
except FinkError as error:
    print("error of ours")
print([main(["cache", action]) for action in ("where", "size", "clear")])
"""


def homeless(box, home):
    """Run a program without a home folder; return its output and warnings."""
    environment = {name: value for name, value in os.environ.items() if "CACHE" not in name}
    done = run_python(HOMELESS, box.url, env=environment | {"HOME": home})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), [line for line in done.stderr.splitlines() if "cached" in line]


def assert_rows_and_one_warning(printed, said):
    rows, together, ours, statuses = printed
    assert len(set(rows.split())) == 2
    assert (ours, statuses) == ("error of ours", "[1, 1, 0]")
    assert int(together) == sum(map(int, rows.split()[1:]))
    assert sum("WARNING" in line for line in said) == 1


@pytest.mark.parametrize("home", ["a file", "/dev/null/x", "/proc/1/nothing"])
def test_without_a_home_folder_rows_come_with_one_warning(box, tmp_path, home):
    (tmp_path / "file").touch()
    assert_rows_and_one_warning(*homeless(box, str(tmp_path / "file") if home == "a file" else home))
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.parametrize("kind", [FileNotFoundError, PermissionError, RuntimeError, NotADirectoryError])
def test_without_a_folder_for_caches_a_batch_comes_with_one_warning(box, monkeypatch, kind):
    def fail(*_, **__):
        raise kind(f"no folder, says {kind.__name__}")

    monkeypatch.setattr("astropy.config.paths.get_cache_dir", fail)
    client = FinkClass(server=box.url)
    with pytest.warns(AstropyUserWarning, match="set cache_location") as told, conf.set_temp("batch_size", 1):
        table = client.query_objects(["ZTF99simsnia", "ZTF99simdwno", "ZTF99simastr"], columns="objectId")
    assert (len(told), len(set(table["i:objectId"]))) == (1, 3)
    client.clear_cache()
    with pytest.raises(FinkError, match="no folder, says"):
        _ = client.cache_location


@pytest.mark.parametrize(
    ("variable", "value"),
    [("XDG_CACHE_HOME", "/nowhere/at/all"), ("XDG_CACHE_HOME", "a file"), ("ASTROPY_CACHE_DIR", "relative")],
)
def test_a_variable_that_names_no_folder_is_told_at_most_once(box, tmp_path, variable, value):
    (tmp_path / "file").touch()
    value = str(tmp_path / "file") if value == "a file" else value
    done = run_python(
        "import sys; from astroquery_fink import FinkClass\n"
        "fink = FinkClass(server=sys.argv[1])\n"
        "for name in ['ZTF99simsnia'] * 2 + ['ZTF99simdwno']: print(fink.query_object(name).meta['cached'])",
        box.url,
        env=os.environ | {variable: value, "HOME": str(tmp_path), "PYTHONWARNINGS": "always"},
    )
    ignored, without_cache = map(
        done.stderr.count, (f"{variable} is set to", "no folder for cached responses")
    )
    assert (done.returncode, done.stdout.split()) == (0, ["False", str(not without_cache), "False"])
    assert ignored + without_cache <= 1  # a file in the place of the folder is an error in older astropy


def test_the_size_is_read_at_each_request(tmp_path):
    with Replay(healthy) as server:
        client = client_of(server, tmp_path)
        with conf.set_temp("cache_size", 10):
            ask(client)
        assert not client.cache_location.joinpath(".astroquery_fink.written").exists()
        ask(client)
    assert len(entries(client.cache_location)) == 1

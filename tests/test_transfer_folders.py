# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Folders are read as Spark and Hive read them; what cannot be read is named; many files open at once."""

import os
import subprocess
import sys

import numpy as np
import pytest

from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

OBJECT = "ZTF99simrrly"


def alerts(*numbers):
    """One alert for each number, newest last."""
    candidate = [{"jd": 2460000.0 + number, "magpsf": 18.0 + number} for number in numbers]
    return pa.table({"objectId": [OBJECT] * len(numbers), "candid": numbers, "candidate": candidate})


def write(table, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)
    return path


def numbers_in(folder, **options):
    return sorted(transfer.read(folder, columns="candid", **options)["i:candid"].tolist())


# What is data


@pytest.mark.parametrize(
    "name",
    [
        "_temporary/0/task_1/part-7.parquet",
        "year=2025/_temporary/part-7.parquet",
        ".hidden.parquet",
        "._part-0.parquet",
        "_metadata",
        "_common_metadata",
        ".staging/part-7.parquet",
        "part-7.parquet._COPYING_",
    ],
)
def test_half_written_and_hidden_files_are_no_data(tmp_path, name):
    write(alerts(1, 2), tmp_path / "year=2025" / "part-0.parquet")
    write(alerts(7), tmp_path / name)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part-0.parquet.crc").write_bytes(b"crc")
    assert numbers_in(tmp_path) == [1, 2]


@pytest.mark.parametrize("torn", [b"", b"PAR1", b"PAR1 torn"])
def test_half_written_files_are_not_even_looked_at(tmp_path, torn):
    write(alerts(1), tmp_path / "part-0.parquet")
    for name in ("_part-1.parquet", ".part-1.parquet", "._part-1.parquet"):
        (tmp_path / name).write_bytes(torn)
    assert numbers_in(tmp_path) == [1]


@pytest.mark.parametrize(
    "name",
    [
        "x.parquet/part-0",
        "x.parquet/part-00000-8f1c-c000.snappy.parquet",
        "part-00000-8f1c.c000",
        "000000_0",
        "_band=g/part-0.parquet",
        "night.PARQUET",
        "alerts",
    ],
)
def test_data_is_what_spark_and_hive_write_whatever_its_suffix(tmp_path, name):
    write(alerts(1), tmp_path / "plain" / "part-0.parquet")
    write(alerts(2), tmp_path / name)
    assert numbers_in(tmp_path) == [1, 2]


def test_a_folder_whose_name_ends_in_parquet_is_a_folder(tmp_path):
    folder = tmp_path / "x.parquet"
    write(alerts(1), folder / "part-0")
    write(alerts(2), folder / "part-1.parquet")
    assert numbers_in(folder) == [1, 2]
    assert numbers_in(folder / "part-1.parquet") == [2]


def test_what_the_user_names_is_read_whatever_its_name(tmp_path):
    file = write(alerts(1), tmp_path / "_hidden" / ".part-0.parquet")
    assert numbers_in(file) == [1]
    write(alerts(2), tmp_path / "_hidden" / "part-1.parquet")
    assert numbers_in(tmp_path / "_hidden") == [2]


def test_other_files_beside_the_alerts_are_left_alone(tmp_path):
    write(alerts(1), tmp_path / "part-0.parquet")
    (tmp_path / "README.txt").write_text("notes")
    (tmp_path / "part-0.avro").write_bytes(b"Obj\x01")
    os.symlink(tmp_path / "nowhere", tmp_path / "notes")
    os.mkfifo(tmp_path / "pipe")
    assert numbers_in(tmp_path) == [1]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path):
    write(alerts(1), tmp_path / "disk" / "part-0.parquet")
    folder = tmp_path / "transfer"
    write(alerts(2), folder / "part-0.parquet")
    os.symlink(tmp_path / "disk", folder / "year=2024")
    os.symlink(folder, folder / "again")
    assert numbers_in(folder) == [1, 2]


# What its folders say


@pytest.mark.parametrize(
    ("quoted", "name"),
    [
        ("SN%20candidate", "SN candidate"),
        ("RRLyr%2FAB", "RRLyr/AB"),
        ("%C3%A9toile", "étoile"),
        ("%FF", "ÿ"),
        ("100%", "100%"),
        ("a=b", "a=b"),
        ("étoile", "étoile"),
        ("__HIVE_DEFAULT_PARTITION__", None),
        ("", None),
    ],
)
def test_a_class_in_the_name_of_a_folder_is_unescaped(tmp_path, quoted, name):
    write(alerts(1), tmp_path / f"finkclass={quoted}" / "part-0.parquet")
    write(alerts(2), tmp_path / "finkclass=Unknown" / "part-0.parquet")
    table = transfer.read(tmp_path)
    assert table["v:classification"].tolist() == ["Unknown", name]
    inside = transfer.read(tmp_path / f"finkclass={quoted}" / "part-0.parquet")
    assert inside["v:classification"].tolist() == [name]


# What cannot be read


@pytest.mark.parametrize("content", [b"", b"P", b"PAR1", b"PAR1PAR1", b"a,b\n1,2\n", b"\0" * 5000])
@pytest.mark.parametrize("name", ["part-1.parquet", "x.parquet/part-1"])
def test_a_file_that_is_no_parquet_is_named(tmp_path, content, name):
    write(alerts(1), tmp_path / "part-0.parquet")
    (tmp_path / "x.parquet").mkdir()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FinkQueryError, match=f"{name} is broken Parquet .*remove it, or transfer again"):
        transfer.read(tmp_path)


def test_a_footer_that_claims_more_bytes_than_there_are_is_named(tmp_path):
    (tmp_path / "part-0.parquet").write_bytes(b"PAR1" + b"\0" * 100 + b"\xff\xff\xff\x7fPAR1")
    with pytest.raises(FinkQueryError, match=r"part-0\.parquet is broken Parquet .its 112 bytes cannot hold"):
        transfer.read(tmp_path)


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    write(alerts(1), tmp_path / "part-0.parquet")
    os.symlink(tmp_path / "gone", tmp_path / "part-1.parquet")
    os.symlink(tmp_path / "loop.parquet", tmp_path / "loop.parquet")
    with pytest.raises(FinkQueryError, match=r"loop\.parquet cannot be read .*link"):
        transfer.read(tmp_path)
    (tmp_path / "loop.parquet").unlink()
    with pytest.raises(FinkQueryError, match=r"part-1\.parquet cannot be read .*a broken link"):
        transfer.read(tmp_path)


def test_a_page_that_does_not_match_its_checksum_is_named(tmp_path):
    path = write(
        alerts(*range(50)), tmp_path / "part-0.parquet", write_page_checksum=True, compression="none"
    )
    content = path.read_bytes()
    place = content.index(np.float64(2460007.0).tobytes())
    path.write_bytes(content[:place] + b"\x01" + content[place + 1 :])
    with pytest.raises(FinkQueryError, match=r"part-0\.parquet is broken Parquet"):
        transfer.read(tmp_path)


def test_text_that_is_no_text_is_named_by_its_column(tmp_path):
    broken = pa.array([b"\xff\xfe"]).view(pa.string())
    write(alerts(1).append_column("cdsxmatch", broken), tmp_path / "part-0.parquet")
    with pytest.raises(FinkQueryError, match=r"part-0\.parquet is broken Parquet .column d:cdsxmatch"):
        transfer.read(tmp_path)
    assert numbers_in(tmp_path) == [1]


@pytest.mark.parametrize(
    ("microseconds", "zone", "message"),
    [(9 * 10**18, None, "times out of range"), (0, "Mars/Phobos", "Mars/Phobos")],
)
def test_times_that_cannot_be_are_named_by_their_column(tmp_path, microseconds, zone, message):
    times = pa.array([microseconds]).cast(pa.timestamp("us", zone))
    write(alerts(1).append_column("when", times), tmp_path / "part-0.parquet")
    with pytest.raises(FinkQueryError, match=f"column d:when: .*{message}"):
        transfer.read(tmp_path)


def test_times_are_text(tmp_path):
    times = pa.array([0, None]).cast(pa.timestamp("us"))
    write(alerts(1, 2).append_column("when", times), tmp_path / "part-0.parquet")
    assert transfer.read(tmp_path)["d:when"].tolist() == [None, "1970-01-01 00:00:00.000000"]


_FLIP = """
import sys
from pathlib import Path
from astroquery_fink import transfer
from astroquery_fink.exceptions import FinkQueryError
folder, begin, length, step = Path(sys.argv[1]), *map(int, sys.argv[2:5])
content = (folder / "part-0.parquet").read_bytes()
for bit in range(8 * begin, 8 * (begin + length), step):
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    (folder / "part-0.parquet").write_bytes(flipped)
    try:
        transfer.read(folder, *sys.argv[5:])
    except FinkQueryError as error:
        assert str(folder) in str(error), error
print("all read")
"""


@pytest.mark.parametrize("asked", [[], [OBJECT]], ids=["all", "one object"])
def test_a_flipped_bit_in_a_footer_never_ends_the_interpreter(tmp_path, asked):
    """pyarrow 26 calls abort() where it makes Python objects of broken metadata of columns."""
    path = write(alerts(1, 2, 3), tmp_path / "part-0.parquet", row_group_size=2, store_schema=False)
    length = int.from_bytes(path.read_bytes()[-8:-4], "little") + 8
    where = [str(tmp_path), str(path.stat().st_size - length), str(length), "7"]
    command = [sys.executable, "-W", "ignore", "-c", _FLIP, *where, *asked]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, "all read"), run.stderr[-2000:]


# Many files


def test_the_schema_of_files_that_share_it_is_read_once(tmp_path):
    from astroquery_fink.transfer.folders.schemas import Schemas

    files = [write(alerts(number), tmp_path / f"part-{number}.parquet") for number in range(20)]
    other = alerts(20).append_column("rb", pa.array([0.5]))
    files += [write(table, tmp_path / f"{number}.parquet") for number, table in enumerate([other] * 5)]
    read = []
    schemas = Schemas(lambda schema: read.append(schema) or schema.names)
    found = [schemas.of(file) for file in files]
    assert len(read) == 2
    assert found == [["objectId", "candid", "candidate"]] * 20 + [[*alerts(0).column_names, "rb"]] * 5


@pytest.mark.parametrize("footer", [0, 5, 70_000])
def test_files_are_told_apart_whatever_else_their_footers_say(tmp_path, footer):
    """What the user writes beside the schema, however long, changes nothing."""
    for number in range(3):
        table = alerts(number).replace_schema_metadata({"note": str(number) * footer})
        write(table.rename_columns(["objectId", "candid", "candidate"]), tmp_path / f"{number}.parquet")
    other = pa.table({"candid": [3], "objectId": [OBJECT], "jd": [1.0], "magpsf": [np.float32(0.1)]})
    write(other, tmp_path / "3.parquet")
    table = transfer.read(tmp_path)
    assert table["i:candid"].tolist() == [2, 1, 0, 3]
    assert table["i:magpsf"].tolist() == [20.0, 19.0, 18.0, 0.1]


def test_only_the_groups_of_rows_that_have_an_object_are_read(tmp_path):
    """However many files there are, and whatever statistics they have."""
    for number in range(3):
        table = alerts(*range(10 * number, 10 * number + 10))
        ids = ["ZTF99simagnx"] * 9 + [OBJECT if number == 1 else "ZTF99simagnx"]
        table = table.set_column(0, "objectId", pa.array(ids))
        write(table, tmp_path / f"{number}.parquet", row_group_size=3, write_statistics=False)
    assert numbers_in(tmp_path, objectids=OBJECT) == [19]

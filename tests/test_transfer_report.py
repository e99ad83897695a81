"""A report compares the files of a folder with the offsets of the topic."""

import subprocess
import sys

import pytest

pa = pytest.importorskip("pyarrow")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from pyarrow.parquet import write_table  # noqa: E402

from astroquery_fink import transfer  # noqa: E402
from astroquery_fink.exceptions import FinkQueryError  # noqa: E402
from astroquery_fink.transfer.topics.names import survey_of, topic_name, unknown_topic  # noqa: E402
from astroquery_fink.transfer.topics.offsets import Part, count, gaps, merged  # noqa: E402
from astroquery_fink.transfer.topics.state import State, check_folder, read_state, write_state  # noqa: E402

TOPIC = "ftransfer_ztf_2026-03-01_7"
LOOKED = "2026-03-01 12:00:00"
ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)))


# Offsets


def offsets(ranges):
    return {offset for begin, end in ranges for offset in range(begin, end)}


@given(ranges, st.integers(0, 40), st.integers(0, 40))
def test_gaps_are_the_offsets_that_no_range_has(some, low, high):
    found = gaps(some, low, high)
    assert offsets(found) == set(range(low, high)) - offsets(some)
    assert count(found) == len(offsets(found))


@given(ranges)
def test_merged_ranges_have_the_same_offsets_and_do_not_touch(some):
    found = merged(some)
    assert offsets(found) == offsets(some)
    assert all(one[1] < other[0] for one, other in zip(found, found[1:], strict=False))


@given(st.integers(0, 10**6), st.integers(0, 10**15), st.integers(1, 10**9))
def test_a_file_name_says_which_offsets_it_has(partition, begin, length):
    part = Part(partition, begin, begin + length)
    assert Part.named(part.name) == part


@pytest.mark.parametrize(
    "name",
    [
        "part-0-0-9.parquet",
        "part-00-000000000009-000000000000.parquet",
        "part-001-000000000000-000000000009.parquet",
        "part-00-000000000000-000000000009 (1).parquet",
        "._part-00-000000000000-000000000009.parquet",
    ],
)
def test_other_file_names_are_of_other_files(name):
    assert Part.named(name) is None


# Reports


@pytest.fixture
def write(tmp_path):
    """Write a folder: files by partition, begin and end, and watermarks by partition."""

    def write(files, watermarks, rows=None):
        for partition, begin, end in files:
            table = pa.table({"candid": pa.array(range(begin, end if rows is None else begin + rows))})
            write_table(table, tmp_path / Part(partition, begin, end).name)
        write_state(tmp_path, State(TOPIC, "ztf", "full", LOOKED, watermarks))
        return tmp_path

    return write


def test_files_that_tile_all_partitions_are_complete(write):
    report = transfer.status(write([(0, 0, 5), (0, 5, 9), (1, 0, 3)], {0: (0, 9), 1: (0, 3), 2: (0, 0)}))
    assert (report.rows, report.expected, report.is_complete) == (12, 12, True)
    assert str(report) == f"12 of 12 alerts in 3 files (topic {TOPIC} as of {LOOKED} UTC)."


def test_missing_alerts_and_their_partitions_are_said(write):
    report = transfer.status(write([(0, 0, 5), (0, 7, 9)], {0: (0, 9), 1: (0, 3), 2: (0, 1000)}))
    assert (report.rows, report.expected, report.missing, report.is_complete) == (7, 1012, 1005, False)
    assert str(report).splitlines() == [
        f"7 of 1,012 alerts in 2 files (topic {TOPIC} as of {LOOKED} UTC).",
        "1,005 alerts are missing in partitions 0, 1, 2: call download again.",
    ]


def test_lost_alerts_are_not_missing(write):
    report = transfer.status(write([(0, 2, 4), (0, 6, 9)], {0: (6, 9)}))
    assert (report.rows, report.lost, report.missing, report.is_complete) == (5, 4, 0, False)
    assert str(report).splitlines()[1] == "4 alerts in partition 0 expired before they were downloaded."


def test_alerts_of_copied_files_are_counted_once(write):
    report = transfer.status(write([(0, 0, 9), (0, 3, 5), (0, 7, 12)], {0: (0, 12)}))
    assert (report.rows, report.expected, report.is_complete) == (12, 12, True)
    assert str(report).splitlines()[1].startswith("Alerts of these files are in others, too: part-00-")


def test_messages_that_could_not_be_decoded_are_counted(write):
    folder = write([(0, 0, 5)], {0: (0, 9)}, rows=3)
    (folder / "_undecoded").mkdir()
    for offset in (2, 4, 7):  # the last is of a file that is not there
        (folder / "_undecoded" / f"00-{offset:012d}.avro").touch()
    report = transfer.status(folder)
    assert (report.rows, report.undecoded, report.missing, report.expected) == (3, 2, 4, 9)
    assert "2 could not be decoded and are in" in str(report)


def test_offsets_without_alerts_are_not_expected(write):
    report = transfer.status(write([(0, 0, 9)], {0: (0, 9)}, rows=7))
    assert (report.rows, report.expected, report.is_complete) == (7, 7, True)


def test_an_empty_topic_is_not_complete(write):
    assert not transfer.status(write([], {0: (0, 0)})).is_complete


def test_a_broken_file_is_named(write):
    folder = write([(0, 0, 9)], {0: (0, 9)})
    (folder / Part(0, 0, 9).name).write_bytes(b"PAR1")
    with pytest.raises(FinkQueryError, match=r"000000000008.parquet cannot be read .*: remove it and call"):
        transfer.status(folder)


def test_a_file_with_more_rows_than_offsets_is_not_of_a_download(write):
    with pytest.raises(FinkQueryError, match="has 9 rows, more than the offsets in its name"):
        transfer.status(write([(0, 0, 5)], {0: (0, 9)}, rows=9))


def test_a_folder_of_something_else_has_no_status(tmp_path):
    with pytest.raises(FinkQueryError, match=r"has no _transfer.json: give the folder that"):
        transfer.status(tmp_path)
    with pytest.raises(FinkQueryError, match=r"has no _transfer.json"):
        transfer.status(tmp_path / "nowhere")


# The state of a folder


@given(st.dictionaries(st.integers(0, 99), st.tuples(st.integers(0, 99), st.integers(99, 999))))
def test_a_state_is_read_as_it_was_written(tmp_path_factory, watermarks):
    folder = tmp_path_factory.mktemp("state")
    state = State(TOPIC, "ztf", "full", LOOKED, watermarks)
    write_state(folder, state)
    assert read_state(folder) == state


def test_offsets_never_go_back():
    one = State(TOPIC, "ztf", "full", LOOKED, {0: (3, 9), 1: (0, 4)})
    other = State(TOPIC, "ztf", "full", "2026-03-02 12:00:00", {0: (1, 12), 2: (0, 1)})
    assert one.later(other) == other.later(one)
    assert one.later(other).watermarks == {0: (3, 12), 1: (0, 4), 2: (0, 1)}


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"format": 2}', '{"format": 1, "partitions": {"0": [9, 1]}}'],
)
def test_a_broken_state_is_an_error(tmp_path, content):
    (tmp_path / "_transfer.json").write_text(content)
    with pytest.raises(FinkQueryError, match=r"_transfer.json is broken .*: download the topic into a new"):
        transfer.status(tmp_path)


@pytest.mark.parametrize(("name", "value"), [("topic", "other"), ("survey", "lsst"), ("content", "light")])
def test_a_folder_of_another_download_is_refused(write, name, value):
    folder = write([], {0: (0, 0)})
    wanted = State(
        **{"topic": TOPIC, "survey": "ztf", "content": "full", "looked": "", "watermarks": {}, name: value}
    )
    with pytest.raises(
        FinkQueryError, match=f"holds a download with {name}='.*', not '{value}': give another"
    ):
        check_folder(folder, wanted)


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / ".hidden").touch()
    wanted = State(TOPIC, "ztf", "full", "", {})
    assert check_folder(tmp_path, wanted) is None
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FinkQueryError, match=r"\(thesis.tex\): give an empty folder"):
        check_folder(tmp_path, wanted)


# Names of topics


def test_the_survey_is_in_the_name_of_the_topic():
    assert survey_of(TOPIC, None).name == "ztf"
    assert survey_of("ftransfer_lsst_2026-03-01_7", None).name == "lsst"
    assert survey_of("fxmatch_ztf_2026-03-01_7", None).name == "ztf"
    assert survey_of("mine", "lsst").name == "lsst"


def test_a_survey_other_than_that_in_the_name_is_refused():
    assert survey_of(TOPIC, "ztf").name == "ztf"
    with pytest.raises(FinkQueryError, match="survey='lsst' contradicts topic='ftransfer_ztf"):
        survey_of(TOPIC, "lsst")


def test_a_name_without_survey_needs_one():
    with pytest.raises(FinkQueryError, match="does not name its survey: give survey="):
        survey_of("mine", None)
    with pytest.raises(FinkQueryError, match="survey 'elasticc_v1', which is not supported"):
        survey_of("ftransfer_elasticc_v1_2022-03-01_7", None)


@pytest.mark.parametrize("value", ["", "two words", None, 7, "x" * 250, "a/b"])
def test_invalid_names_are_refused(value):
    with pytest.raises(FinkQueryError, match=r"topic=.* is not the name of a topic"):
        topic_name(value)


def test_why_a_topic_is_unknown():
    from datetime import date

    assert "There is a and b. Check the name." in str(unknown_topic(TOPIC, "x", ["a", "b"], date(2026, 3, 2)))
    assert "It is of 2026-03-01 and has expired" in str(unknown_topic(TOPIC, "x", [], date(2026, 3, 9)))
    assert "wait with follow=True" in str(unknown_topic(TOPIC, "x", [], date(2026, 3, 8)))
    assert "wait with follow=True" in str(unknown_topic("ftransfer_ztf_2026-13-01_7", "x", []))


# Arguments


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("content", "everything"),
        ("processes", 0),
        ("timeout", -1),
        ("timeout", "soon"),
        ("max_wait", float("inf")),
        ("follow", "yes"),
        ("servers", 7),
        ("config", "fast"),
    ],
)
def test_an_invalid_argument_is_named(tmp_path, keyword, value):
    pytest.importorskip("confluent_kafka")
    keywords = {"servers": "127.0.0.1:9", "timeout": 0.1, keyword: value}
    with pytest.raises(FinkQueryError, match=f"^{keyword}"):
        transfer.download(TOPIC, tmp_path, **keywords)


def test_packages_of_the_extra_are_imported_when_needed():
    code = "import sys; from astroquery_fink import transfer, stream; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"pyarrow", "confluent_kafka", "fastavro", "filelock", "loky", "duckdb", "dask"}


def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path):
    from astroquery_fink.tables import optional

    monkeypatch.setattr(optional, "find_spec", lambda name: None if name == "confluent_kafka" else name)
    with pytest.raises(FinkQueryError, match=r'needs confluent-kafka: pip install "astroquery_fink\[bulk\]"'):
        transfer.download(TOPIC, tmp_path, servers="127.0.0.1:9")

"""The commands of bulk data and live alerts, against a simulated broker."""

import inspect
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from astroquery_fink import stream, transfer
from astroquery_fink.cli import main
from astroquery_fink.cli.bulk_commands import STREAM, TRANSFER
from astroquery_fink.cli.where import Where
from astroquery_fink.cli.wording import in_command_words
from fink_sandbox import Sandbox

for package in ("confluent_kafka", "fastavro", "filelock", "loky", "pyarrow", "yaml"):
    pytest.importorskip(package)

OBJECTS = {"ztf": ["ZTF99simsnia", "ZTF99simrrly"], "lsst": ["170000000000000001"]}
LIVE = {"ztf": "fink_sn_candidates_ztf", "lsst": "fink_in_tns_lsst"}
WITHOUT_BROKER = [[], ["status"], ["compact"], ["light-curves"], ["hats"]]
PYTHON_NAME = re.compile(r"\b[a-z]\w+=|\b(?:transfer|stream)\.\w")


@pytest.fixture(scope="module")
def broker():
    from fink_sandbox.kafka import Broker

    with Broker() as opened:
        yield opened


@pytest.fixture(scope="module")
def topics(broker):
    """A topic of a transfer of each survey."""
    return {
        survey: Sandbox(survey=survey).transfer_topic(objects, content="light", partitions=3, broker=broker)
        for survey, objects in OBJECTS.items()
    }


@pytest.fixture(scope="module")
def live(broker):
    """A live topic of each survey, and one that is of no use but to be the second."""
    of = {survey: Sandbox(survey=survey) for survey in OBJECTS}
    for survey, box in of.items():
        box.stream_topic(
            OBJECTS[survey], content="light", n=20, partitions=3, topic=LIVE[survey], broker=broker
        )
    of["ztf"].stream_topic(
        OBJECTS["ztf"], content="light", n=3, partitions=3, topic="fink_second_ztf", broker=broker
    )
    return LIVE


@pytest.fixture
def run(broker, tmp_path, monkeypatch):
    """Run a command in an empty folder, with the address of the broker if it has one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def run(line):
        words = shlex.split(line)
        has_broker = words[0] == "stream" or words[1:2] not in WITHOUT_BROKER
        servers = ["--servers", broker.servers] if has_broker and "--servers" not in words else []
        return main([*words, *servers])

    return run


@pytest.fixture
def group(request):
    """A group of consumers that only this test has."""
    return re.sub(r"\W+", "_", request.node.name)


def in_shell(command, broker):
    """Run a command line in bash; SERVERS is the address of the broker, FINK the command."""
    words = {"FINK": f"{sys.executable} -m astroquery_fink", "SERVERS": broker.servers}
    for name, word in words.items():
        command = command.replace(name, word)
    line = f"set -o pipefail; {command}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)


def committed(broker, topic, group):
    """How many alerts of a topic the broker takes for received by a group."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": broker.servers, "group.id": group, "log_level": 0})
    partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
    found = consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=20)
    consumer.close()
    return sum(max(0, one.offset) for one in found)


@pytest.mark.parametrize("survey", OBJECTS)
def test_a_transfer_is_downloaded_and_becomes_light_curves(run, topics, survey, capsys):
    sent = topics[survey]
    assert run(f"transfer {sent.topic} -o alerts") == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{sent.alerts:,} of {sent.alerts:,} alerts in ")
    assert printed.err == ""
    assert run("transfer status alerts") == 0
    *partitions, _, report = capsys.readouterr().out.splitlines()
    assert report == printed.out.strip()
    assert partitions[0].split()[:4] == ["partition", "low", "high", "rows"]
    assert sum(int(line.split()[3]) for line in partitions[2:]) == sent.alerts
    assert run("transfer compact alerts -o compact") == 0
    assert run("transfer light-curves compact -o curves") == 0
    compact, curves = capsys.readouterr().out.splitlines()
    number = len(OBJECTS[survey])
    objects = f"{number} object{'s' * (number > 1)} and 0 Solar System objects"
    assert compact.startswith(f"{sent.alerts} alerts of {objects} in ")
    assert curves.startswith(f"Light curves of {objects} from {sent.alerts} alerts in ")
    assert len(transfer.read("compact")) == sent.alerts


def test_the_name_of_the_sub_command_download_may_be_left_out(run, topics, capsys):
    sent = topics["lsst"]
    assert run(f"transfer download {sent.topic} -o long") == 0
    assert run(f"transfer --output short {sent.topic}") == 0
    with pytest.raises(SystemExit):
        run("transfer")
    assert "required: TOPIC|SUB-COMMAND" in capsys.readouterr().err
    names = [sorted(path.name for path in Path(folder).glob("part-*")) for folder in ("long", "short")]
    assert names[0] == names[1] != []


def test_what_is_missing_is_counted_and_the_same_command_gets_it(run, topics, capsys):
    sent = topics["ztf"]
    line = f"transfer {sent.topic} -o alerts"
    assert run(f"{line} -q") == 0
    assert capsys.readouterr().out == ""
    lost = min(Path("alerts").glob("part-*.parquet"))
    expected = int(lost.stem.split("-")[3]) - int(lost.stem.split("-")[2]) + 1
    lost.unlink()
    assert run("transfer status alerts") == 4
    assert f"\n{expected} alerts are missing in partition 0: run `astroquery-fink transfer` again." in (
        capsys.readouterr().out
    )
    assert run("transfer status alerts -q") == 4
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert run(line) == 0
    assert capsys.readouterr().out.startswith(f"{sent.alerts} of {sent.alerts} alerts")


def test_alerts_that_expired_make_a_transfer_incomplete_and_are_told_once(run, broker, capsys):
    topic = "ftransfer_ztf_2099-01-01_1"
    box = Sandbox()
    box.transfer_topic(["ZTF99simsnia"], content="light", topic=topic, partitions=3, broker=broker, n=30)
    broker.expire(topic)
    assert run(f"transfer {topic} -o alerts") == 4
    printed = capsys.readouterr()
    assert "expired before they were downloaded" in printed.out
    assert printed.err == ""


def test_an_empty_topic_has_nothing(run, broker, capsys):
    broker.create_topic("ftransfer_ztf_2099-01-01_2", 2)
    broker.create_topic("ftransfer_ztf_2099-01-01_2_schema", 2)
    assert run("transfer ftransfer_ztf_2099-01-01_2 -o alerts") == 3
    assert capsys.readouterr().out.startswith("0 of 0 alerts")


def test_ctrl_c_leaves_what_was_received_and_the_same_command_continues(run, broker, capsys):
    topic = "ftransfer_ztf_2099-01-01_3"
    box = Sandbox()
    sent = box.transfer_topic(["ZTF99simsnia"], content="light", topic=topic, partitions=3, broker=broker)
    words = ["transfer", topic, "-o", "alerts", "--servers", broker.servers]
    command = [sys.executable, "-m", "astroquery_fink", *words, "--follow"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while len(list(Path("alerts").glob("part-*.parquet"))) < 3:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert error == (
        "astroquery-fink: interrupted; what was received stays in the folder, and the same command continues "
        "from there\n"
    )
    assert run("transfer status alerts") == 0
    assert main(words) == 0
    assert f"{sent.alerts} of {sent.alerts} alerts in 3 files" in capsys.readouterr().out


TRANSFERS = [
    ("transfer nothing -o alerts", "topic 'nothing' does not name its survey: give --survey"),
    ("transfer ftransfer_ztf_2026-01-01_7 -o alerts", "has no topic ftransfer_ztf_2026-01-01_7"),
    ("transfer TOPIC -o alerts --processes 0", "--processes 0 is not"),
    ("transfer TOPIC -o alerts --follow --max-wait -1", "--max-wait -1.0 is not"),
    ("transfer TOPIC -o alerts --timeout nan", "--timeout nan is not"),
    ("transfer TOPIC -o other", "-o 'other' has files that are not of a download"),
    (
        "transfer TOPIC -o alerts --servers 127.0.0.1:9 --timeout 0.2",
        "Check --servers and the network, or raise",
    ),
    ("transfer status other", "folder 'other' has no _transfer.json"),
    ("transfer compact nowhere -o compact", "folder 'nowhere' does not exist"),
    ("transfer compact other -o compact", "folder 'other' has no Parquet files"),
    ("transfer compact other -o other", "-o 'other' exists and is not an empty folder"),
    ("transfer compact other -o compact --memory 0", "--memory 0 is not"),
    ("transfer light-curves other -o curves", "`astroquery-fink transfer compact ... -o compact`"),
]
STREAMS = [
    ("stream", "give at least one topic, or --list"),
    ("stream --list fink_second_ztf", "--list: leave out the topics"),
    ("stream fink_second --group GROUP", "give --survey 'ztf' or --survey 'lsst'"),
    ("stream fink_secnd_ztf --group GROUP", "Did you mean fink_second_ztf"),
    ("stream ftransfer_ztf_2026-01-01_7 --group GROUP", "`astroquery-fink transfer` reads it"),
    ("stream fink_second_ztf", "give --group 'a name of your own'"),
    ("stream fink_second_ztf --group GROUP --columns magspf", "Did you mean i:magpsf"),
    ("stream fink_second_ztf --group GROUP --max-wait 0", "--max-wait 0.0 is not"),
    ("stream fink_second_ztf --group GROUP --start noon", "--start 'noon'"),
    ("stream fink_second_ztf --group GROUP --where magpsf", "--where 'magpsf' is not a column, one of"),
    ("stream fink_second_ztf --group GROUP --where 'magpsf < x'", "'x', which is not a number"),
    ("stream fink_second_ztf --group GROUP --where 'magspf < 1'", "the alerts have no column 'magspf'"),
]


@pytest.mark.parametrize(("line", "words"), [*TRANSFERS, *STREAMS])
def test_what_is_wrong_is_one_line_in_the_words_of_the_command(run, topics, live, group, line, words, capsys):
    Path("other").mkdir()
    Path("other", "notes.txt").write_text("mine")
    assert run(line.replace("TOPIC", topics["ztf"].topic).replace("GROUP", group)) == (
        1 if "127.0.0.1:9" in line else 2
    )
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not PYTHON_NAME.search(error)
    assert [path.name for path in Path("other").iterdir()] == ["notes.txt"]


@pytest.mark.hats
def test_a_catalogue_is_written(run, topics, capsys):
    pytest.importorskip("hats_import")
    assert run(f"transfer {topics['ztf'].topic} -o alerts") == 0
    assert run("transfer compact alerts -o compact") == 0
    assert run("transfer light-curves compact -o curves --columns magpsf") == 0
    capsys.readouterr()
    assert run("transfer hats curves -o catalog --no-margin --margin 5") == 2
    assert "--margin and --no-margin exclude each other" in capsys.readouterr().err
    assert run("transfer hats curves -o catalog --scheduler nowhere://") == 2
    assert "--scheduler 'nowhere://' is not an address" in capsys.readouterr().err
    assert run("transfer hats curves -o catalog --no-margin --name pair") == 0
    assert capsys.readouterr().out.startswith("Catalogue pair: 2 objects in ")


@pytest.mark.parametrize("survey", OBJECTS)
def test_a_line_is_an_alert(run, live, survey, group, capsys):
    assert run(f"stream {live[survey]} --group {group} --max-wait 0.3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 20
    unit = {"ztf": "mag", "lsst": "nJy"}[survey]
    assert all(
        re.match(rf"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  \w+ +[ugrizy] +[\d.]+ \+/- [\d.]+ {unit}", one)
        for one in lines
    )
    assert {line.split()[2] for line in lines} <= set(OBJECTS[survey])


def test_a_line_on_a_terminal_is_not_wider_than_the_terminal(run, live, group, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    master, terminal = pytest.importorskip("pty").openpty()
    with os.fdopen(terminal, "w") as out, redirect_stdout(out):
        assert run(f"stream {live['ztf']} --group {group} --max-wait 0.3") == 0
        lines = os.read(master, 4096).decode().splitlines()
    os.close(master)
    assert [len(line) for line in lines] == [40] * 20
    assert all(line.endswith("…") for line in lines)


@pytest.mark.parametrize("columns", [None, "candid,jd,magpsf,ssnamenr,cdsxmatch"])
def test_lines_of_json_are_the_rows_of_the_table(run, broker, live, group, columns, capsys):
    chosen = f"--columns {columns}" if columns else ""
    assert run(f"stream {live['ztf']} --json --group {group} --max-wait 0.3 {chosen}") == 0
    printed = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    tables = stream.alerts(
        live["ztf"], columns=columns, servers=broker.servers, group=f"{group}_again", max_wait=0.3
    )
    rows = [
        {"topic": live["ztf"]} | {name: plain(row[name]) for name in table.colnames}
        for table in tables
        for row in table
    ]
    key = "i:candid"
    assert len(printed) == 20
    assert sorted(printed, key=lambda row: row[key]) == sorted(rows, key=lambda row: row[key])
    assert all(type(row[key]) is int and row[key] > 2**53 for row in printed)


def plain(value):
    return None if value is np.ma.masked else value.item()


def test_alerts_of_several_topics_and_conditions_on_them(run, live, group, capsys):
    line = f"stream {live['ztf']} fink_second_ztf --group {group} --max-wait 0.3"
    assert run(f"{line} --columns fid --where 'magpsf < 19' --where 'fid != 2'") == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split("  ")[0] for line in lines} <= {live["ztf"], "fink_second_ztf"}
    assert {line.split("  ")[1] for line in lines} <= {"i:fid=1", "i:fid=3"}
    assert max(float(re.search(r"i:magpsf=([\d.]+) mag", line)[1]) for line in lines) < 19
    assert run("stream --list") == 0
    assert {live["ztf"], "fink_second_ztf"} <= set(capsys.readouterr().out.split())


def test_a_group_may_begin_anew(run, live, group, capsys):
    assert run(f"stream fink_second_ztf --group {group} --max-wait 0.3 --rewind --start newest") == 3
    assert "has 0 alerts for this group" in capsys.readouterr().err


def test_head_ends_a_stream_even_if_no_alert_comes_any_more(broker, live, group):
    command = f"FINK stream {live['ztf']} --servers SERVERS --group {group}"
    done = in_shell(f"{command} | head -2", broker)
    assert (len(done.stdout.splitlines()), done.stderr, done.returncode) == (2, "", 0)


def test_alerts_that_nobody_reads_come_again(broker, live, group):
    command = f"FINK stream {live['ztf']} --servers SERVERS --group {group}"
    done = in_shell(f"{command} | true", broker)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert committed(broker, live["ztf"], group) == 0


def test_ctrl_c_ends_a_stream_after_what_was_printed(broker, live, group):
    words = ["stream", live["ztf"], "--group", group, "--servers", broker.servers]
    command = [sys.executable, "-m", "astroquery_fink", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(20)]
        while committed(broker, live["ztf"], group) < 20:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=20)
    assert (process.returncode, rest) == (130, "")
    assert all(line.startswith("20") for line in lines)
    assert error.startswith("astroquery-fink: interrupted; the same command continues where it stopped")
    assert error.count("\n") == 1


@pytest.mark.parametrize("survey", OBJECTS)
def test_the_demo_of_bulk_data_leaves_folders_and_a_figure(tmp_path, survey, capsys):
    demo, folder = str(tmp_path), tmp_path / f"{survey}-bulk"
    assert main(["demo", "--bulk", "--survey", survey, "--folder", demo]) == 0
    printed = capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == {"alerts", "compact", "curves", "lightcurve.png"}
    assert (folder / "lightcurve.png").read_bytes().startswith(b"\x89PNG")
    assert "4,000 of 4,000 alerts" in printed
    lines = [line.removeprefix(">>> ") for line in printed.splitlines() if line.startswith(">>> ")]
    names = {}
    exec("\n".join(line for line in lines if "import" in line or "table" in line), names)
    assert len(names["table"]) > 50
    assert main(["demo", "--bulk", "--survey", survey, "--folder", demo]) == 2
    assert "give another --folder" in capsys.readouterr().err


def test_the_demo_of_bulk_data_has_a_broker_of_its_own(capsys):
    assert main(["demo", "--bulk", "ZTF99simsnia", "--server", "http://127.0.0.1:9"]) == 2
    assert "--bulk: leave out --server" in capsys.readouterr().err


@pytest.mark.parametrize("command", [one.name for one in (*TRANSFER, STREAM)] + ["transfer", "demo"])
def test_the_help_fits_80_columns(command, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*command.split(), "--help"])
    lines = capsys.readouterr().out.splitlines()
    too_long = [line for line in lines if len(line) > 80 and not line.startswith("  astroquery-fink demo ")]
    assert too_long == []


def test_the_help_names_the_status_of_an_incomplete_transfer(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "4    alerts of a transfer are missing in its folder" in capsys.readouterr().out


PYTHON_ONLY = {"config", "show_progress", "client", "where", "max_rows", "withcutouts"}


@pytest.mark.parametrize("command", [*TRANSFER, STREAM], ids=lambda command: command.name)
def test_a_command_has_the_arguments_of_its_function(command):
    room, function = command.method.split(".")
    signature = inspect.signature(getattr({"transfer": transfer, "stream": stream}[room], function))
    keywords = {one.keyword for one in command.arguments if one.keyword}
    assert keywords == set(signature.parameters) - PYTHON_ONLY


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("transfer ftransfer_ztf_2026-03-01_1 --fol", "--follow"),
        ("stream --jso", "--json"),
    ],
)
def test_tab_completes_sub_commands_and_their_options(offered, line, options):
    assert offered(f"astroquery-fink {line}") == options


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("5 are missing: call download again.", "5 are missing: run `astroquery-fink transfer` again."),
        (
            "Check servers= and the network, or raise timeout=",
            "Check --servers and the network, or raise --timeout",
        ),
        (
            "path='a' is no folder of transfer.download",
            "folder 'a' is no folder of `astroquery-fink transfer`",
        ),
        ("output='b' exists", "-o 'b' exists"),
        ("wait with follow=True.", "wait with --follow."),
        ("stream.topics() lists them", "`astroquery-fink stream --list` lists them"),
        ("https://fink.example/api?timeout=", "https://fink.example/api?timeout="),
    ],
)
def test_messages_name_commands_and_options_of_bulk_data(message, words):
    assert in_command_words(message, "transfer compact") == words


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("mag < 18", [True, False, False]),
        ("i:mag>=18", [False, True, False]),
        ("id = 1152921504606846977", [False, True, False]),
        ("id != 1152921504606846977", [True, False, True]),
        ("name == 'a b'", [True, False, False]),
        ("flag = TRUE", [False, True, False]),
    ],
)
def test_conditions_are_exact_and_missing_values_fail_them(condition, kept):
    table = Table(
        {
            "i:mag": MaskedColumn([17.5, 18, np.nan], mask=[False, False, True]),
            "i:id": [2**60, 2**60 + 1, 2**60 + 2],
            "d:name": MaskedColumn(["a b", "c", ""], mask=[False, False, True]),
            "d:flag": MaskedColumn([False, True, True], mask=[False, False, True]),
        }
    )
    assert Where([condition])(table).tolist() == kept

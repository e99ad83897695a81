# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text of a server in messages: a few kB are looked at, and nothing in it moves the cursor of a terminal."""

import json
import tracemalloc

import pytest
from clock import FakeClock
from faults import OBJECT, Faults
from hypothesis import given
from hypothesis import strategies as st
from replay import client_of

from astroquery_fink import FinkClass, conf
from astroquery_fink.exceptions import FinkError, FinkQueryError, FinkServiceError
from astroquery_fink.http.server_messages import printable, server_message

MANY = 100_000


pytestmark = pytest.mark.usefixtures("in_json")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{'status': 'error', 'text': 'No such id.\\n'}", "No such id."),
        (b"{'text': \"It's wrong\"}", "It's wrong"),
        (b"{'status': 'error', 'text': ValueError('bad \\'x\\' here')}\n", "bad \\'x\\' here"),
        (b"{'text': 'first'} {'text': 'second'}", "first'} {'text': 'second"),
        (b"{'text': 5}", "5}"),
        (b"{'text': 'cut off", "cut off"),
        (b"{'text': ", ""),
        (b'{"message": "Oops"}', "Oops"),
        (b'{"message": null}', "None"),
        (b'["message"]', '["message"]'),
        (b"<html><h1>Bad</h1> <p class='x'>Gateway &amp; more", "Bad Gateway & more"),
        (b"1 < 2 and 3 > 2", "1 2"),
        (b"plain\n\ttext", "plain text"),
        (b"", ""),
    ],
)
def test_what_the_server_says_is_found_in_any_form(body, words):
    assert server_message(body) == words


@pytest.mark.parametrize(
    "body",
    [b"<" * MANY, b"<a" * MANY, b"'text': '" * MANY, b"'text': \"x(" * MANY, b"\x1b[" * MANY, b"\x1b]" * MANY]
    + [b"&#" + b"9" * MANY + b";", b"[" * MANY, b'{"message": "' + b"x" * MANY, b" " * MANY, b"&" * MANY]
    + [b'{"message": ' + b"9" * MANY + b"}", b"{'text': x(" * MANY, "\u202e".encode() * MANY],
    ids=lambda body: repr(body[:12]),
)
def test_a_long_body_costs_no_more_than_its_beginning(body):
    """Count the text that is made, because time varies: a few kB are enough."""
    tracemalloc.start()
    words = server_message(body)
    made = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(words) <= 300
    assert made < 1_000_000
    assert words == server_message(body[:4096])


def test_a_long_error_is_not_read_to_its_end(tmp_path):
    """The message would not fit into memory; the error has a part of it."""
    with Faults("a long failure") as server, conf.set_temp("max_body_size", 100):
        with pytest.raises(FinkQueryError, match="Fink responded with 400: xxx"):
            client_of(server, tmp_path).query_object(OBJECT, columns="jd")
        assert server.hits == ["a long failure"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jclear", "clear"),
        ("a\x1bPq#0\x1b\\b", "ab"),
        ("back\b\b\bspace\x7f\x00", "backspace"),
        ("line\r\nline\u2028line\x0cline", "line line line line"),
        ("left \u202eright\u202c \u200bzero", "left right zero"),
        ("Ärger: α Cen — 5″ ☄", "Ärger: α Cen — 5″ ☄"),
        ("\x1b", ""),
        ("cannot parse http://user:pass@word@proxy:1/x@y", "cannot parse http://…@proxy:1/x@y"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(text, shown):
    assert printable(text) == shown
    assert server_message(json.dumps({"message": text}).encode()) == shown


@given(st.text(alphabet=st.sampled_from("\x1b[]0;mP\\\x07\x9b\x9c\x90 aä\u202e\n\t\ud800")))
def test_whatever_is_shown_can_be_printed(text):
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


ESCAPE = b"\x1b[31mred\x1b]0;title\x07"
PLACES = {
    "the body of a refusal": lambda talk: talk.reply(b"wrong: " + ESCAPE, 400),
    "a printed dict": lambda talk: talk.reply(b"{'text': 'wrong: " + ESCAPE + b"'}", 400),
    "HTML": lambda talk: talk.reply(b"<html>" + ESCAPE + b"</html>", 502),
    "a page in place of rows": lambda talk: talk.reply(b"wrong: " + ESCAPE),
    "a status line": lambda talk: talk.send(b"HTTP/1.1 \x1b[31mred\x1b]0;title\x07 no\r\n\r\n"),
    "a redirect": lambda talk: talk.reply(b"", 302, Location="http://elsewhere/\x1b[31mred\x1b]0;title\x07"),
    "nonsense of a redirect": lambda talk: talk.reply(b"", 302, Location="http://[\x1b[31mred"),
    "the packing": lambda talk: talk.reply(talk.good, Content_Encoding="\x1b[31mred"),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_message_log_or_attribute_holds_an_escape(place, tmp_path, caplog):
    with Faults() as server, caplog.at_level("DEBUG", logger="astroquery"):
        server.plan = [(place, PLACES[place])]
        client = client_of(server, tmp_path)
        with pytest.raises(FinkError) as caught:
            client.query_object(OBJECT, columns="jd")
    shown = f"{caught.value}{caught.value.reason}{caplog.text}"
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_a_proxy_that_refuses_is_told_without_escapes(monkeypatch):
    with Faults() as proxy:
        proxy.plan = [("refuse", lambda talk: talk.send(b"HTTP/1.1 407 \x1b[31mWho are you?\r\n\r\n"))]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = FinkClass(server="https://fink.example", clock=FakeClock())
        with pytest.raises(FinkServiceError, match=r"407 Who are you\?") as caught:
            client.query_object(OBJECT, columns="jd", cache=False)
    assert "\x1b" not in f"{caught.value}{caught.value.reason}"

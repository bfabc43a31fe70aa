"""Whatever a server does, no vector is taken for that of another text, and nothing paid for is lost."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders import CachedEncoder, VectorStore
from evenband.encoders.remote.remote_encoder import RemoteEncoder
from evenband.errors import ModelError
from evenband.types import Role, Vectors
from fake_server import FAULTS, QUICK, FakeServer, Fault, be_quick, healthy, serve

pytest.importorskip("httpx")

TEXTS = [f"text number {number}, of the king" for number in range(23)]
TOLERATED = ("reordered",)
PASSING = [name for name in FAULTS if name not in TOLERATED and "tomorrow" not in name]
ABOUT_FAULTS = {
    "500": "HTTP 500",
    "page": "a web page that begins '<!DOCTYPE html>",
    "page 502": "HTTP 502 '<!DOCTYPE html>",
    "truncated": "JSON that ends after",
    "empty": "an empty answer",
    "half sent": "a broken connection",
    "closed": "a broken connection",
    "other json": "an answer that is of type list",
    "error in 200": "an answer without a list 'data': .*overloaded",
    "too few": "4 vectors for 5 texts",
    "too many": "6 vectors for 5 texts",
    "duplicate": "two vectors of index 1",
    "negative": "a vector of index -1",
    "out of range": "a vector of index 1000000, expected 0 <= index < 5",
    "no index": "index is null",
    "index is text": "index is of type str",
    "index is true": "index is of type bool",
    "short": "a vector of 63 numbers, expected 64",
    "all short": "a vector of 63 numbers, expected 64",
    "nan": "NaN or infinity",
    "huge": "NaN or infinity",
    "null": "a vector that is null",
    "words": "expected a list of numbers",
    "nested": "expected a list of numbers",
    "bad base64": "no base64 of float32",
    "short base64": "no base64 of float32",
    "no vector": "a vector that is null",
    "nested json": "JSON that is nested beyond all measure",
    "other model": "vectors of the model 'another', expected 'toy'",
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    be_quick(monkeypatch)


def load(server: FakeServer, options: str = "batch=5&requests=2") -> RemoteEncoder:
    """An encoder on the server; its first request is over, and the count begins anew."""
    encoder = encoders.load(f"{server.url}/v1/embeddings#{options}")
    assert isinstance(encoder, RemoteEncoder)
    server.requests = 0
    server.embedded.clear()
    return encoder


def truth(texts: Sequence[str]) -> Vectors:
    """What the toy model behind the server says."""
    return encoders.load("toy:chars").encode(texts)


@pytest.mark.parametrize("fault", PASSING)
def test_a_request_that_went_wrong_once_is_asked_again(fault: str) -> None:
    """The vectors are those of a healthy server, to the last bit."""
    with serve() as server:
        options = "batch=5&requests=2" + ("&timeout=1" if fault == "drip" else "")
        encoder = load(server, options)
        server.fault = lambda number: fault if number == 1 else None
        np.testing.assert_array_equal(encoder.encode(TEXTS), truth(TEXTS))
        assert server.requests == 6
        assert sorted(server.texts) == sorted(TEXTS)


def test_vectors_that_come_in_another_order_are_put_in_ours() -> None:
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: "reordered"
        np.testing.assert_array_equal(encoder.encode(TEXTS), truth(TEXTS))
        assert server.requests == 5


@pytest.mark.parametrize("fault", ABOUT_FAULTS)
def test_a_server_that_is_always_wrong_is_refused_in_one_line_that_says_what_came(fault: str) -> None:
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: fault
        with pytest.raises(ModelError, match=f"got .*{ABOUT_FAULTS[fault]}.*after 8 tries") as caught:
            encoder.encode(TEXTS[:5])
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert server.requests == 8


@pytest.mark.parametrize("fault", ["429 in a second", "429 with a date"])
def test_a_server_is_left_alone_for_as_long_as_it_asks(fault: str) -> None:
    """Retry-After in seconds and as a date; all requests wait, and none of them counts as a try."""
    with serve() as server:
        encoder = load(server, "batch=5&requests=1")
        server.fault = lambda number: fault if number == 0 else None
        began = time.monotonic()
        encoder.encode(TEXTS)
        assert time.monotonic() - began > (0.99 if fault == "429 in a second" else 0.01)
        assert server.requests == 6


def test_a_storm_of_429_ends_and_no_number_of_them_is_too_many() -> None:
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: "429" if number < 40 else None
        np.testing.assert_array_equal(encoder.encode(TEXTS), truth(TEXTS))


def test_a_storm_of_429_that_asks_for_no_wait_is_no_storm_of_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Retry-After: 0 is waited for as if it had not been said."""
    monkeypatch.setitem(
        FAULTS, "429 at once", lambda handler, answer: handler.reply(429, {}, Retry_After="0")
    )
    be_quick(monkeypatch, replace(QUICK, base=0.05, longest=0.4, patience=1.0))
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: "429 at once"
        with pytest.raises(ModelError, match="HTTP 429"):
            encoder.encode(TEXTS)
        assert server.requests < 20


@pytest.mark.parametrize(("status", "requests"), [(521, 2), (530, 2), (501, 1), (404, 1)])
def test_of_statuses_that_pass_all_of_5xx_are_some_but_what_a_server_cannot(
    monkeypatch: pytest.MonkeyPatch, status: int, requests: int
) -> None:
    """521 and 530 are Cloudflare's, for a server that is down for a moment."""
    monkeypatch.setitem(FAULTS, "status", lambda handler, answer: handler.reply(status, {"error": "x"}))
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: "status" if number == 0 else None
        if requests > 1:
            np.testing.assert_array_equal(encoder.encode(TEXTS[:5]), truth(TEXTS[:5]))
        else:
            with pytest.raises(ModelError, match=f"HTTP {status}"):
                encoder.encode(TEXTS[:5])
        assert server.requests == requests


def test_a_wait_beyond_all_patience_is_refused_at_once() -> None:
    with serve(lambda number: None) as server:
        encoder = load(server)
        server.fault = lambda number: "429 tomorrow"
        with pytest.raises(ModelError, match=r"got HTTP 429 .*asking to wait 86,\d00 s more"):
            encoder.encode(TEXTS)
        assert server.requests <= 2


def test_an_empty_purse_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI's 429 with the code insufficient_quota will not pass."""
    monkeypatch.setitem(
        FAULTS,
        "purse",
        lambda handler, answer: handler.reply(429, {"error": {"code": "insufficient_quota"}}),
    )
    with serve() as server:
        encoder = load(server, "batch=50")
        server.fault = lambda number: "purse"
        with pytest.raises(ModelError, match="insufficient_quota"):
            encoder.encode(TEXTS)
        assert server.requests == 1


def one_in_five(seed: int) -> Fault:
    """One request in five fails, evenly spread, in every way in turn."""
    names = [name for name in PASSING if name not in ("drip", "429 in a second", "429 with a date")]
    rng = np.random.default_rng(seed)
    return lambda number: str(rng.choice(names)) if number % 5 == 4 else None


@given(seed=st.integers(0, 10**6), n=st.integers(1, 80), batch=st.integers(1, 9), lanes=st.integers(1, 5))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_failure_in_five_costs_requests_and_nothing_else(
    seed: int, n: int, batch: int, lanes: int
) -> None:
    """Bit-identical vectors, and at most 1.5 times the least possible number of requests."""
    texts = [f"{seed} {row} the queen" for row in range(n)]
    with serve() as server:
        encoder = load(server, f"batch={batch}&requests={lanes}")
        server.fault = one_in_five(seed)
        np.testing.assert_array_equal(encoder.encode(texts), truth(texts))
        least = -(-n // batch)
        assert server.requests <= 1.5 * least
        # An answer about a single text cannot be out of order, so that some faults are none.
        assert len(server.texts) == len(set(server.texts))
        assert set(server.texts) <= set(texts)


def test_what_arrived_before_a_failure_is_in_the_cache(tmp_path: Path) -> None:
    """A run that gave up continues with the texts that are missing, and pays for no other."""
    with serve() as server:
        encoder = load(server, "batch=5&requests=1")
        server.fault = lambda number: None if number < 3 else "500"
        cached = CachedEncoder(encoder, VectorStore(tmp_path))
        with pytest.raises(ModelError, match=r"15 of 23 texts were answered before; .* command continues"):
            cached.encode(TEXTS)
        server.fault = healthy
        np.testing.assert_array_equal(cached.encode(TEXTS), truth(TEXTS))
        assert sorted(server.texts) == sorted(TEXTS)


def test_ctrl_c_waits_for_answers_under_way_and_keeps_them(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whatever the server embedded is in the cache; nothing is sent after the interrupt."""
    # A shell starts its background jobs with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with serve(delay=0.3) as server:
        cached = CachedEncoder(load(server, "batch=2&requests=3"), VectorStore(tmp_path))

        def interrupt() -> None:
            """Interrupt once an answer has been given; time alone would be a race on a busy machine."""
            while not server.texts:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            cached.encode(TEXTS)
        paid = sorted(server.texts)
        assert 0 < len(paid) < len(TEXTS)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        server.delay = 0
        np.testing.assert_array_equal(cached.encode(TEXTS), truth(TEXTS))
        assert sorted(server.texts) == sorted(TEXTS)
        assert sorted(server.texts[: len(paid)]) == paid


def test_an_interrupt_while_an_answer_is_stored_does_not_lose_it(tmp_path: Path) -> None:
    class Interrupting(VectorStore):
        first = True

        def put(self, *arguments: object) -> None:
            if self.first:
                self.first = False
                raise KeyboardInterrupt
            super().put(*arguments)  # type: ignore[arg-type]

    with serve() as server:
        encoder = load(server, "batch=5&requests=1")
        with pytest.raises(KeyboardInterrupt):
            CachedEncoder(encoder, Interrupting(tmp_path)).encode(TEXTS)
        CachedEncoder(encoder, VectorStore(tmp_path)).encode(TEXTS)
        assert sorted(server.texts) == sorted(TEXTS)


def test_a_batch_that_is_too_large_is_halved_and_the_size_is_remembered() -> None:
    with serve() as server:
        encoder = load(server, "batch=32&requests=1")
        server.most_texts = 8
        texts = [f"{row} and the king" for row in range(64)]
        np.testing.assert_array_equal(encoder.encode(texts), truth(texts))
        assert {len(part) for part in server.embedded} == {8}
        before = server.requests
        encoder.encode(texts)
        assert server.requests - before == 8


def test_the_one_text_that_a_server_does_not_take_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    with serve() as server:
        encoder = load(server, "batch=23&requests=1")
        server.refused = "number 7,"
        with pytest.raises(ModelError, match=r"got HTTP 400 .* for the text 'text number 7, of the king'"):
            CachedEncoder(encoder, VectorStore(tmp_path)).encode(TEXTS)
        assert len(server.texts) > 0
        assert not any("number 7," in text for text in server.texts)


def test_a_server_that_cuts_long_texts_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Silent truncation is found by one more request: the same text with another end has the same vector."""
    long = "the king and the queen who had listened to " * 40
    for most, expected in ((300, 1), (None, 0)):
        with serve(most_characters=most) as server, caplog.at_level(logging.WARNING):
            caplog.clear()
            encoder = load(server)
            encoder.encode([long, "short"])
            encoder.encode([long + "end", "short"])
            assert sum("cuts long texts" in message for message in caplog.messages) == expected
            assert server.requests == 3
            assert [note.partition(":")[0] for note in encoder.spec.notes] == ["cut"] * expected
            later = load(server)
            assert later.spec.notes == encoder.spec.notes, "texts from the cache are cut, too"
            assert later.spec.digest == encoder.spec.digest


def test_a_cut_is_found_wherever_the_longest_texts_grow() -> None:
    """Also a little beyond a text that was whole, and where less than a tenth is cut off."""
    words = "the king and the queen who had listened to " * 60
    with serve(most_characters=1000) as server:
        encoder = load(server)
        encoder.encode([words[:990]])
        assert not encoder.spec.notes
        encoder.encode([words[:1060]])
        assert [note.partition(":")[0] for note in encoder.spec.notes] == ["cut"]
        before = server.requests
        encoder.encode([words])
        assert server.requests == before + 1, "what is known is not asked again"


@pytest.mark.parametrize(("most_texts", "option"), [(1, ""), (1, "#batch=1"), (10**6, "#batch=1")])
def test_a_server_of_one_text_at_a_time_is_asked_so_from_the_first_request(
    most_texts: int, option: str
) -> None:
    """Also where it is looked whether it cuts long texts, which it does."""
    with serve(most_texts=most_texts, most_characters=300) as server:
        encoder = encoders.load(f"{server.url}{option}")
        long = "a long text " * 50
        np.testing.assert_array_equal(encoder.encode(["one", long]), server.toy.encode(["one", long[:300]]))
        assert any(note.startswith("cut: ") for note in encoder.spec.notes)
        assert not option or {len(body["input"]) for body in server.bodies} == {1}


def test_several_requests_are_under_way_and_no_more_than_allowed() -> None:
    with serve(delay=0.05) as server:
        load(server, "batch=2&requests=3").encode(TEXTS)
        assert server.most_running == 3


def test_a_drip_does_not_outlast_the_timeout() -> None:
    """The limit is on the whole answer; a byte now and then does not put it off."""
    with serve() as server:
        encoder = load(server, "batch=50&timeout=1")
        encoder.server.connection._seconds = 0.3
        server.fault = lambda number: "drip" if number == 0 else None
        began = time.monotonic()
        encoder.encode(TEXTS)
        assert time.monotonic() - began < 5


def test_a_model_that_moved_is_refused_until_it_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Cached vectors of the old weights are never mixed with those of the new."""
    with serve() as server:
        load(server)
        server.toy = encoders.load("toy:chars?seed=2")
        with pytest.raises(ModelError, match=r"is not what it was on 20.*#version=NAME"):
            load(server)
        assert load(server, "version=new").spec.revision == "new"


def test_a_server_that_is_down_still_has_its_cached_vectors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A finished run can be repeated without the server; anything new fails in one line."""
    with serve() as server:
        ref = f"{server.url}/v1/embeddings"
        CachedEncoder(encoders.load(ref), VectorStore(tmp_path)).encode(TEXTS, Role.QUERY)
    again = CachedEncoder(encoders.load(ref), VectorStore(tmp_path))
    assert any("only vectors that are cached already" in message for message in caplog.messages)
    np.testing.assert_array_equal(again.encode(TEXTS, Role.QUERY), truth(TEXTS))
    with pytest.raises(ModelError, match=r"got no connection .* after 3 tries"):
        again.encode(["new"])


def test_a_server_that_never_was_there_is_told_in_one_line() -> None:
    with pytest.raises(ModelError, match=r"^model '.*:9/v1': got no connection \(.*\), after 3"):
        encoders.load("http://127.0.0.1:9/v1")


def test_patience_ends_if_every_answer_is_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch, replace(QUICK, patience=0.5))
    with serve() as server:
        encoder = load(server)
        server.fault = lambda number: "429"
        began = time.monotonic()
        with pytest.raises(ModelError, match="HTTP 429"):
            encoder.encode(TEXTS)
        assert time.monotonic() - began < 5


def test_patience_begins_with_the_run_and_not_when_the_model_was_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another model may have been computed for hours in between."""
    be_quick(monkeypatch, replace(QUICK, patience=0.4))
    with serve() as server:
        encoder = load(server)
        time.sleep(0.5)
        server.fault = lambda number: "429" if number == 0 else None
        np.testing.assert_array_equal(encoder.encode(TEXTS), truth(TEXTS))


def test_half_a_surrogate_pair_gets_to_the_server() -> None:
    """Whatever Python calls a text is sent; what becomes of it is the server's business."""
    with serve() as server:
        load(server).encode(["a\ud800b", "c"])
        assert server.texts == ["a\ud800b", "c"]


def test_the_second_thread_waits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one request was told to wait, no other is sent."""
    with serve() as server:
        encoder = load(server, "batch=1&requests=4")
        server.fault = lambda number: "429 in a second" if number == 0 else None
        times: list[float] = []
        encoder.encode_pieces(TEXTS, lambda rows, part: times.append(time.monotonic()))
        late = [moment for moment in times if moment - times[0] > 0.8]
        assert len(late) >= len(TEXTS) - 8

"""Audits through servers: the same figures whatever fails, no secret anywhere, nothing paid for twice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as package
from evenband.analysis import Results
from evenband.running import plan as plans
from evenband.running.session import Session
from evenband.running.sinks import MemorySink
from fake_server import FAULTS, FakeServer, be_quick, serve, stand_in

pytest.importorskip("httpx")

Command = Callable[..., Any]

SECRETS = ("k3y-0123456789abcdef", "hunter2", "t0k3n")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    be_quick(monkeypatch)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as running:
        yield running


def one_in_five(number: int) -> str | None:
    """Every fifth request fails, each time in another way."""
    names = [name for name in FAULTS if name not in ("reordered", "429 tomorrow", "drip")]
    passing = [name for name in names if "second" not in name and "date" not in name]
    return passing[number // 5 % len(passing)] if number % 5 == 4 else None


class Unanalysed(MemorySink):
    """Measurements without their statistics, which take longer than all requests."""

    def finish(self) -> Results:
        return Results()


@pytest.mark.slow
def test_a_full_suite_through_a_failing_server_has_the_scores_of_a_healthy_one(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit-identical scores of every family; at most 1.5 times the requests of the healthy one."""
    measured = {}
    with serve(one_in_five) as failing:
        for name, one in (("healthy", server), ("failing", failing)):
            monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / name))
            plan = plans.build(models=[f"{one.url}#batch=64"], suite="full", sample=8)
            sink = Unanalysed()
            Session(plan, sink).run()
            measured[name] = list(sink.measurements.values())
        assert server.requests <= failing.requests <= 1.5 * server.requests
    assert len(measured["healthy"]) > 50
    for healthy, faulty in zip(measured["healthy"], measured["failing"], strict=True):
        np.testing.assert_array_equal(healthy.scores, faulty.scores)


def test_an_audit_through_a_failing_server_has_the_scores_of_the_model_itself(server: FakeServer) -> None:
    """As if the model were here, in at most 1.5 times as many requests as there are batches."""
    server.fault = one_in_five
    [audit] = package.audit(f"{server.url}#batch=32", "comma8", sample=200)
    [truth] = package.audit("toy:chars", "comma8", sample=200)
    np.testing.assert_array_equal(audit.measurement.scores, truth.measurement.scores)
    assert audit.summary.phi == truth.summary.phi
    embedded = sum(map(len, server.embedded))
    assert server.requests <= 1.5 * (embedded / 32 + len([1 for part in server.embedded if len(part) < 32]))


def test_no_secret_is_in_any_file_or_message(
    evenband: Command, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys of the environment, passwords and parameters of the address: the whole command, cache included."""
    monkeypatch.setenv("MY_KEY", SECRETS[0])
    ref = f"http://user:{SECRETS[1]}@127.0.0.1:{server.port}/v1?token={SECRETS[2]}"
    keyed = f"{server.url}/v1?token={SECRETS[2]}#key_env=MY_KEY"
    out = tmp_path / "run"
    first = evenband(
        "audit", keyed, "toy:words", "--reference", ref, "-p", "comma", "--sample", "60", "-o", out
    )
    assert first.code == 0, first.err
    server.fault = lambda number: "500"
    second = evenband("audit", ref, "-p", "typo", "--sample", "30", "-o", tmp_path / "failed")
    assert second.code == 2
    traced = evenband("--debug", "audit", keyed, "-p", "typo", "--sample", "30", "-o", tmp_path / "failed")
    assert f"Bearer {SECRETS[0]}" in str(server.headers)
    assert all(f"token={SECRETS[2]}" in path for path in server.paths)
    monkeypatch.chdir(tmp_path)
    server.fault = lambda number: None
    assert evenband("audit", ref, "-p", "comma", "--sample", "40").code == 0  # its folder has a name of ours
    parity = evenband("parity", "toy:chars", ref, "-p", "comma", "--sample", "40", "-o", tmp_path / "parity")
    assert parity.code == 0, parity.err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    texts = [path.read_bytes().decode("utf-8", "replace") + str(path) for path in files]
    texts += [done.out + done.err for done in (first, second, traced, parity)]
    for secret in SECRETS:
        assert not [text[:200] for text in texts if secret in text]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["models"][0]["ref"].startswith(f"http://***@127.0.0.1:{server.port}/v1?token=***")
    assert manifest["reference"] == manifest["models"][0]["name"]


def test_the_same_command_again_embeds_nothing(evenband: Command, server: FakeServer, tmp_path: Path) -> None:
    """Two texts ask whether it still is the same model; a new directory is filled from the cache."""
    for name in ("one", "two"):
        server.embedded.clear()
        command = ("audit", server.url, "-p", "negation", "--sample", "40", "-o", tmp_path / name)
        assert evenband(*command).code == 0
    repeated = sum(map(len, server.embedded))
    assert repeated <= 2 + 2 * 3 * 32 * 4  # the noise floor is measured on fresh vectors
    server.embedded.clear()
    assert evenband(*command).code == 0
    assert sum(map(len, server.embedded)) == 2


def test_a_large_run_on_a_paid_api_wants_consent_and_shows_its_cost(
    evenband: Command, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens are estimated and said to be; money is only spoken of where the user gives a price."""
    stand_in(monkeypatch, server)
    ref, out = "openai:text-embedding-3-small", tmp_path / "run"
    large = evenband("audit", ref, "-p", "comma", "-o", out)
    assert large.code == 2
    assert server.requests == 0
    assert re.search(r"openai:.*: 20,306 texts are not cached, about 1\d\d,\d{3} tokens \(esti", large.err)
    assert large.err.splitlines()[-1].startswith("error: this run sends about 1")
    assert "add --yes" in large.err
    small = ("audit", ref, "-p", "comma", "--sample", "50", "-o", out)
    done = evenband(*small, "--price", "2.5")
    assert done.code == 0, done.err
    assert re.search(
        r"100 texts are not cached, about \d{3} tokens, 0.00 at 2.5 per million tokens", done.err
    )
    assert "0 texts are not cached, about 0 tokens (" in evenband(*small).err
    assert evenband(*small, "--price", "-1").code == 2
    free = evenband("audit", server.url, "-p", "comma", "--sample", "50", "-o", tmp_path / "free")
    assert "not cached" not in free.err


def test_consent_given_in_advance_lets_a_large_run_go_on(
    evenband: Command, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, server)
    monkeypatch.setattr("evenband.running.costs.LARGE_RUN", 100)
    command = ("audit", "voyage:m", "-p", "typo", "--sample", "30", "-o", tmp_path / "run")
    assert evenband(*command).code == 2
    assert evenband(*command, "--yes").code == 0
    parity = ("parity", "toy:chars", "jina:m", "-p", "typo", "--sample", "30")
    assert evenband(*parity).code == 2
    assert evenband(*parity, "--yes").code == 0


def test_list_and_doctor_say_what_each_api_needs(evenband: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install and which variable holds the key, never its value."""
    monkeypatch.setenv("JINA_API_KEY", SECRETS[0])
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    models = {row["model"]: row["is"] for row in json.loads(evenband("list", "models", "--json").out)}
    for name in ("openai", "gemini", "jina"):
        assert "extra 'remote'" in models[name]
        assert f"{name.upper()}_API_KEY" in models[name]
    assert "OpenAI-compatible server" in models["http://HOST, https://HOST"]
    doctor = evenband("doctor", "--json").out
    rows = {row["what"]: row for row in json.loads(doctor)}
    assert (rows["jina key"]["state"], rows["jina key"]["finding"]) == ("ok", "key in JINA_API_KEY")
    assert (rows["openai key"]["state"], rows["openai key"]["finding"]) == ("missing", "set OPENAI_API_KEY")
    assert rows["httpx"]["state"] == "ok"
    assert SECRETS[0] not in doctor


def test_without_httpx_the_extra_is_named(evenband: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    done = evenband("audit", "http://127.0.0.1:9", "-p", "comma")
    assert done.code == 2
    assert done.err.strip() == (
        "error: Models behind a server: the extra 'remote' is not installed; add it with: "
        "pip install 'evenband[remote]'"
    )

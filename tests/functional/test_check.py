"""``evenband check`` and ``evenband retrieve --baseline`` as a CI script calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Finished
from evenband import api

Command = Callable[..., Finished]

COUNT = 40
"""Documents of the dataset, and queries."""


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty documents of two words; a query is the first word of one, which words alone find."""
    folder = tmp_path_factory.mktemp("sets") / "things"
    (folder / "qrels").mkdir(parents=True)
    names = [f"thing{row} part{row}" for row in range(COUNT)]
    for name, texts in (("corpus", names), ("queries", [text.split()[0] for text in names])):
        lines = (
            json.dumps({"_id": f"{name[0]}{row}", "text": text}) + "\n" for row, text in enumerate(texts)
        )
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    rows = "".join(f"q{row}\tc{row}\t1\n" for row in range(COUNT))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(things: Path, session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of words, which find everything, and one of random vectors under the same name."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENBAND_CACHE", str(session_cache))
        for name in ("words", "random"):
            api.retrieve(things, f"model=toy:{name}", k=[10], out=folder / name)
    return {name: folder / name for name in ("words", "random")}


def test_a_run_is_held_against_an_earlier_one(runs: dict[str, Path], evenband: Command) -> None:
    """Exit code 1 with the figures that are surely worse, 0 the other way round and against itself."""
    worse = evenband("check", runs["random"], "--baseline", runs["words"])
    assert worse.code == 1
    text = " ".join(worse.out.split())
    assert "2 figures held against" in text
    assert "2 do not hold" in text
    assert "things exact on 1.0000 0.3" in text
    assert "recall@10" in text
    assert text.count("surely worse") == 2
    assert evenband("check", runs["words"], "--baseline", runs["random"]).code == 0
    assert evenband("check", runs["words"], "--baseline", runs["words"]).code == 0


def test_retrieve_is_a_gate_of_its_own(things: Path, runs: dict[str, Path], evenband: Command) -> None:
    """The table of figures, then the gates; with --json these go to stderr and stdout stays one document."""
    arguments = ("retrieve", things, "-m", "toy:random", "-k", "10", "--baseline", runs["words"])
    done = evenband(*arguments, "--metric", "recall@10")
    assert done.code == 1
    assert "1 figure held against" in " ".join(done.out.split())
    as_json = evenband(*arguments, "--json")
    assert (as_json.code, json.loads(as_json.out)["results"][0]["kind"]) == (1, "retrieval")
    assert "2 do not hold" in as_json.err
    assert evenband(*arguments, "--metric", "recall@10", "--allow", "1").code == 0


def test_a_limit_needs_no_earlier_run(runs: dict[str, Path], evenband: Command) -> None:
    """As JSON for a program."""
    done = evenband("check", runs["words"], "--limit", "precision@1=0.9", "--json")
    found = json.loads(done.out)
    assert (done.code, found["holds"], found["baseline"]) == (0, True, None)
    assert [(one["metric"], one["after"]) for one in found["gates"]] == [("precision@1", 1.0)]
    assert evenband("check", runs["random"], "--limit", "precision@1=0.9").code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to check against: name an earlier run with --baseline, or a --limit"),
        (("--limit", "0.6"), "--limit: got a number without a figure's name"),
        (("--limit", "recall@10=much"), "--limit: got 'recall@10=much', expected such as recall@10=0.6"),
        (("--baseline", "WORDS", "--allow", "-1"), "--allow: got a loss of -1 of all, expected 0 or more"),
        (("--baseline", "WORDS", "--metric", "recall"), "no figure of these measurements is called 'recall'"),
    ],
)
def test_terms_that_make_no_sense_are_refused_in_one_line(
    arguments: tuple[str, ...], says: str, runs: dict[str, Path], evenband: Command
) -> None:
    given = [str(runs["words"]) if one == "WORDS" else one for one in arguments]
    done = evenband("check", runs["words"], *given)
    assert done.code == 2
    assert says in done.err

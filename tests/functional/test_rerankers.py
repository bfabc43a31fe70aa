"""Rerankers in an audit: orderings beside encoders, in the terminal, the report, summary.json and Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband.analysis.pairs.orderings import has_distances
from evenband.errors import InputError
from evenband.types import ModelSpec, Scores

FAMILIES = "and-or,negation,typo"
DECISIVE = {"or", "not", "no", "without", "never", "nobody", "free"}


class Understanding:
    """A planted reranker: trigrams in common, and the words that decide the families above."""

    def __init__(self, name: str = "understanding") -> None:
        self.spec = ModelSpec(name, name, "test", "1", "float64", 1, similarity="relevance")

    def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
        return np.array([self._score(*pair) for pair in pairs], dtype=np.float64)

    def _score(self, query: str, document: str) -> float:
        left, right = (set(text.lower().replace(".", "").split()) for text in (query, document))
        grams = [
            {text[k : k + 3] for k in range(len(text) - 2)} for text in (query.lower(), document.lower())
        ]
        shared = len(grams[0] & grams[1]) / max(len(grams[0] | grams[1]), 1)
        return shared - 10 * len(DECISIVE & (right - left))


def test_a_reranker_stands_beside_encoders_on_one_scorecard(tmp_path: Path) -> None:
    """Its pass rates are orderings; whatever needs a distance is null; what it would mend is said."""
    audits = evenband.audit(
        ["toy:words", Understanding()], FAMILIES.split(","), suite="quick", sample=30, out=tmp_path / "run"
    )
    own = {one.measurement.probe.name: one for one in audits if not has_distances(one.measurement)}
    assert set(own) >= set(FAMILIES.split(","))
    assert own["and-or"].summary.pass_rate.value == 1.0
    assert own["and-or"].outliers == ()
    summary = json.loads((tmp_path / "run/summary.json").read_text(encoding="utf-8"))
    for result in (one for one in summary["results"] if one["model"] == "understanding"):
        assert result["metric"] == result["similarity"] == "relevance"
        names = ("median", "min", "phi", "consistency", "t99", "r50", "r_at_1", "noise_floor", "discoveries")
        assert [result[name] for name in names] == [None] * len(names)
        assert result["quantiles"] == {}
        assert result["outliers"] == []
        assert result["notes"][0].startswith("orderings only: ")
        assert result["pass_rate"] is not None
        assert result["rivals"] == (29 if result["type"] == "INV" else None)
        assert result["floors"]["words"] is not None
    [card] = [one for one in summary["scorecards"] if one["model"] == "understanding"]
    assert card["consistency"] is None
    assert {line["probe"]: line["grade"] for line in card["lines"]}["and-or"] == "reliable"
    [pair] = summary["head_to_heads"]
    assert "and-or" in pair["better"]["right"]
    page = unescape((tmp_path / "run/report.html").read_text(encoding="utf-8"))
    assert "understanding, as a reranker of toy-words's candidates, would pass more often on" in page
    assert "1 INV family is not counted" in page
    assert "has no distance between texts" in page
    assert evenband.read_summary(tmp_path / "run").result("understanding", "typo").consistency is None


def test_the_command_line_audits_a_saved_cross_encoder(evenband: Callable[..., Any], tmp_path: Path) -> None:
    """A folder is recognised by itself; the second run scores nothing; compare, explain and report work."""
    pytest.importorskip("sentence_transformers")
    folder = small_models.save_cross_encoder(tmp_path / "ce")
    table = tmp_path / "pairs.csv"
    rows = [f"let us eat {name},let us eat the {name}" for name in ("king", "queen", "rice", "soup")]
    table.write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    run = tmp_path / "run"
    done = evenband("audit", "toy:words", f"ce={folder}", "-p", table, "-o", run)
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "! ce: orderings only: a reranker scores pairs and has no distance between texts" in text
    assert "as a reranker" not in text  # an INV family asks a reranker another question
    stored = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    for weights in folder.rglob("*.safetensors"):
        weights.rename(weights.with_suffix(".away"))
    again = evenband("report", run)
    assert again.code == 0
    assert json.loads((run / "summary.json").read_text(encoding="utf-8")) == stored
    assert evenband("compare", run).code == 0
    refused = evenband("explain", run, "king", "--model", "ce")
    assert refused.code == 2
    assert "ce is a reranker, which has no distance between texts" in " ".join(refused.err.split())
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("command", [["canary", "save"], ["analogy"], ["parity"]])
def test_what_needs_vectors_refuses_a_reranker_in_one_line(
    command: list[str], evenband: Callable[..., Any], tmp_path: Path
) -> None:
    """Named as what it is, with what measures it."""
    pytest.importorskip("sentence_transformers")
    folder = small_models.save_cross_encoder(tmp_path / "ce")
    more: dict[str, list[Any]] = {
        "analogy": ["king - man"],
        "parity": ["toy:words"],
        "canary": ["-o", tmp_path / "c.json"],
    }
    done = evenband(*command, folder, *more[command[0]])
    assert done.code == 2
    assert "not an embedding model but a reranker" in done.err
    assert "only `evenband audit` measures it" in " ".join(done.err.split())


def test_python_takes_a_reranker_where_vectors_are_needed_for_what_it_is() -> None:
    """Each function in one line; a reference that is a reranker is held against nothing."""
    for call in (
        lambda: evenband.parity("toy:words", Understanding()),
        lambda: evenband.analogy(Understanding(), "a - b"),
    ):
        with pytest.raises(InputError, match="'understanding' is a reranker, which has no vectors"):
            call()
    audits = evenband.audit("toy:words", "comma", reference=Understanding(), sample=30)
    assert "the reference understanding is a reranker" in " ".join(audits[-1].notes)
    assert audits[-1].contrast is None
    with pytest.raises(InputError, match="'understanding' is your own model; a screen needs a reference"):
        evenband.audit(Understanding(), "comma", screen="bfloat16", sample=30)


def test_two_rerankers_are_compared_by_their_pass_rates() -> None:
    """No median, no ratio: the paired difference of pass rates only."""
    left, right = evenband.audit([Understanding(), Understanding("other")], "and-or", sample=25)
    comparison = evenband.compare(left, right)
    assert comparison.pass_rate.value == 0.0  # type: ignore[attr-defined]
    assert comparison.phi_ratio.value is None  # type: ignore[attr-defined]

"""``evenband audit --budget``: as many texts as were asked for, weighted figures, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as library
from evenband.analysis import PairsAudit
from evenband.errors import InputError
from evenband.types import Role, Vectors
from planted_commas import PlantedCommas

Command = Callable[..., Any]

PROBE = """[[probe]]
name = "eat"
type = "INV"
effect = "changes"
slot = "file:{file}@column=name"
templates = [{{ a = "let's eat, {{x}}", b = "let's eat {{x}}" }}]
"""
LABELS = 1500
BUDGET = 1000


class LongWords(PlantedCommas):
    """The longer the word, the farther its comma moves it; counts what it is asked."""

    def __init__(self, name: str = "long") -> None:
        super().__init__(name, name, 0.02, 0.3)
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.seen += texts
        words = {text.rpartition(" ")[2] for text in texts}
        self._planted = {word: 1 - 0.01 * 1.25 ** len(word) * factor(word) for word in words}
        return super().encode(texts, role)


def factor(word: str) -> float:
    return 0.8 + 0.4 * (sum(map(ord, word)) % 97) / 97


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("budget")
    rng = np.random.default_rng(9)
    words = {"".join(rng.choice(list("abcdefghi"), size)) for size in rng.integers(3, 12, 3 * LABELS)}
    (folder / "words.csv").write_text("name\n" + "\n".join(sorted(words)[:LABELS]), encoding="utf-8")
    (folder / "eat.toml").write_text(PROBE.format(file=folder / "words.csv"), encoding="utf-8")
    return str(folder / "eat.toml")


@pytest.fixture(scope="module")
def whole(probe: str) -> PairsAudit:
    [audit] = library.audit(LongWords(), probe)
    return audit


def far(audit: PairsAudit, count: int = 50) -> set[str]:
    order = np.argsort(audit.measurement.scores[:, 0])[:count]
    return {audit.measurement.items[row] for row in order}


def test_the_farthest_are_found_within_the_budget_and_the_figures_are_the_wholes(
    probe: str, whole: PairsAudit
) -> None:
    """Two thirds of the labels are never embedded, and the figures are within an interval of the truth."""
    model = LongWords()
    [audit] = library.audit(model, probe, budget=BUDGET)
    asked = [text for text in model.seen if text.startswith("let's eat")]
    assert len(set(asked)) <= BUDGET
    design = audit.measurement.details.design
    assert design is not None
    assert audit.summary.n == len(audit.measurement.items) == len(set(asked)) / 2
    assert len(far(whole) & far(audit)) >= 45
    figures = {
        name: (getattr(audit.summary, name), getattr(whole.summary, name).value)
        for name in ("median", "phi", "t99", "pass_rate", "r50")
    }
    for name, (found, truth) in figures.items():
        width = found.high - found.low
        assert abs(found.value - truth) <= width, name
    assert abs(audit.summary.quantiles["q01"] - whole.summary.quantiles["q01"]) < 0.01
    plain = float(np.median(audit.measurement.scores))
    found, truth = audit.summary.median.value, whole.summary.median.value
    assert found is not None
    assert truth is not None
    assert abs(plain - truth) > 4 * abs(found - truth)


def test_tables_hold_weights_and_probabilities_and_survive_a_file(probe: str, tmp_path: Path) -> None:
    """Each label's weight is the mean inverse inclusion; the rivals are those of the random part alone."""
    [audit] = library.audit(LongWords(), probe, budget=BUDGET, out=tmp_path)
    table = library.read(tmp_path)[0].to_arrow().to_pydict()
    weight = np.array(table["weight"])
    inverse = [
        np.divide(1, p, out=np.zeros_like(p), where=p > 0)
        for p in map(np.array, (table["inclusion_1"], table["inclusion_2"]))
    ]
    np.testing.assert_allclose(weight, np.mean(inverse, axis=0))
    assert weight.sum() == pytest.approx(LABELS)
    drawn = np.array(table["random"]) > 0
    assert drawn.sum() == 200
    rivals = np.array([np.nan if one is None else one for one in table["rivals"]], dtype=float)
    assert (rivals[drawn] <= 199).all()
    assert (rivals[drawn] >= 190).all()  # a few planted vectors are the same
    assert np.isnan(rivals[~drawn]).all()
    again = library.read_audits(tmp_path)[0]
    assert isinstance(again, PairsAudit)
    assert again.summary == audit.summary


def test_summary_notes_and_manifest_say_how_it_was_drawn(
    evenband: Command, probe: str, tmp_path: Path
) -> None:
    """Nothing is claimed, and the second command finds its measurement; another budget is told by name."""
    command = ("audit", "toy:chars", "-p", probe, "-o", tmp_path / "run", "--seed", "3", "-q")
    done = evenband(*command, "--budget", BUDGET)
    assert done.code == 0, done.err
    assert "budget:" in done.out
    [result] = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["results"]
    assert result["design"]["texts"] == BUDGET
    assert result["design"]["population"] == LABELS
    assert result["design"]["random"] + result["design"]["chosen"] == result["n"]
    assert result["discoveries"] is None
    assert all(outlier["q"] is None for outlier in result["outliers"])
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["plan"]["budget"], manifest["seed"]) == (BUDGET, 3)
    file = tmp_path / "run" / "measurements" / "toy-chars" / "eat.parquet"
    written = file.stat().st_mtime_ns
    assert evenband(*command, "--budget", BUDGET).code == 0
    assert file.stat().st_mtime_ns == written
    other = evenband(*command, "--budget", BUDGET + 100)
    assert other.code == 2
    assert f"budget = {BUDGET}, now it is {BUDGET + 100}" in other.err
    explained = evenband("explain", tmp_path / "run", result["outliers"][0]["label"])
    assert explained.code == 2
    assert "under a budget" in explained.err


def test_two_models_are_compared_on_the_random_part_that_they_share(probe: str) -> None:
    """Their searches differ; the same seed draws the same labels, which count alike."""
    audits = library.audit([LongWords("one"), PlantedCommas("two", "two", 0.02, 0.4)], probe, budget=BUDGET)
    items = [set(audit.measurement.items) for audit in audits]
    assert items[0] != items[1]
    comparison = library.compare(*audits)
    assert len(comparison.left.items) == 200
    assert comparison.left.items == comparison.right.items
    assert set(comparison.left.items) <= items[0] & items[1]


def test_another_models_distances_help(probe: str, whole: PairsAudit) -> None:
    """A predictor that is the model itself finds every far label; its texts do not count."""
    model = LongWords()
    [alone] = library.audit(model, probe, budget=BUDGET, seed=1)
    [helped] = library.audit(model, probe, budget=BUDGET, seed=1, predictor="toy:chars")
    design = helped.measurement.details.design
    assert design is not None
    assert design.facts["predictor"] == "toy:chars"
    assert len(far(whole) & set(helped.measurement.items)) >= 40
    assert alone.measurement.probe.digest != helped.measurement.probe.digest


def test_a_small_budget_is_a_sample_and_a_large_one_the_whole(probe: str, whole: PairsAudit) -> None:
    [small] = library.audit(LongWords(), probe, budget=300)
    assert len(small.measurement.items) == 150
    assert small.measurement.details.design is None
    [large] = library.audit(LongWords(), probe, budget=10 * LABELS)
    assert large.measurement.probe.digest == whole.measurement.probe.digest


def test_several_sentences_are_searched_by_their_farthest(tmp_path: Path, probe: str) -> None:
    """A label costs the texts of all its sentences, and all of them are measured."""
    text = Path(probe).read_text(encoding="utf-8")
    two = text.replace("templates = [", 'templates = [{ a = "stop, {x}", b = "stop {x}" }, ')
    (tmp_path / "two.toml").write_text(two, encoding="utf-8")
    [audit] = library.audit(LongWords(), str(tmp_path / "two.toml"), budget=2 * BUDGET)
    assert audit.measurement.scores.shape[1] == 2
    assert 2 * BUDGET - 40 <= 4 * len(audit.measurement.items) <= 2 * BUDGET
    assert audit.structure is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 1}, "takes 2 texts, expected 2 or more"),
        ({"budget": 1000, "screen": "bfloat16"}, "needs all labels to count alike"),
        ({"budget": 1000, "fresh": 7}, "needs all labels to count alike"),
        ({"predictor": "toy:chars"}, "without a budget"),
    ],
)
def test_what_does_not_go_with_a_budget_is_refused(probe: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        library.audit("toy:chars", probe, **options)

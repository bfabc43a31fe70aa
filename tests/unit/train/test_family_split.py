"""Examples from families of minimal pairs: what is held out stays out."""

from __future__ import annotations

import pytest

from evenband.errors import InputError
from evenband.probes.pairs.templates import gaps
from evenband.train.family_split import is_held, split_family
from evenband.train.mixed_examples import mixed, with_held_out_rows
from evenband.train.training_examples import Examples, of_rows


@pytest.mark.parametrize("family", ["negation", "typo", "with-without", "role-swap"])
def test_no_example_shows_a_held_out_template_or_filler(family: str) -> None:
    """INV, DIFF and ORDER, with one slot and with two; the four measured groups are where they say."""
    split = split_family(family)
    examples = split.examples(200, seed=0)
    seen = set(examples.all_texts())
    groups = split.groups(200, seed=0)
    for group, probe in groups.items():
        texts = {text for template in probe.templates for column in probe.texts(template) for text in column}
        assert (group == "trained") == bool(texts & seen), group
        values = {probe.values[slot][row] for slot in probe.slots for row in range(len(probe.slot))}
        assert {is_held(split.probe.family, value) for value in values} == {
            group in ("new fillers", "new both")
        }
    held = {template for j, template in enumerate(split.probe.templates) if j in split.held_templates}
    assert held
    assert not held & set(groups["trained"].templates) | set(groups["new fillers"].templates) & held
    assert all(gaps(template.a) for template in held)


@pytest.mark.parametrize("count", [12, 120, 700])
@pytest.mark.parametrize("family", ["negation", "typo", "with-without", "thousands"])
def test_every_text_measured_as_trained_was_shown(family: str, count: int) -> None:
    """However few examples are made; half of them at most come from those cells."""
    split = split_family(family)
    seen = set(split.examples(count, seed=3).all_texts())
    trained = split.groups(count, seed=3)["trained"]
    texts = {text for template in trained.templates for column in trained.texts(template) for text in column}
    assert texts <= seen
    assert len(trained.slot) >= 4
    if count >= 120:
        assert len(seen - texts) > 40


def test_own_rows_with_held_out_texts_are_counted() -> None:
    """Whatever their capitals and spaces; other rows get no remark."""
    split = split_family("negation")
    held_out = [probe for group, probe in split.groups(100, 0).items() if group != "trained"]
    text = held_out[2].texts(held_out[2].templates[0])[0][0]
    own = with_held_out_rows(of_rows([(f"  {text.upper()}", "b"), ("c", text), ("c", "d")]), held_out)
    assert own.remarks == (
        "2 rows of examples hold texts that are measured as new: the gain on new texts may be too high",
    )
    plain = of_rows([("c", "d")])
    assert with_held_out_rows(plain, held_out) is plain


def test_the_split_is_the_same_in_every_run_and_the_seed_only_orders() -> None:
    """Two thirds are trained on, about; other seeds take other cells of the same part."""
    first, second = split_family("negation"), split_family("negation")
    assert first.record() == second.record()
    assert 0.2 < len(first.held_rows) / len(first.probe.slot) < 0.5
    assert first.examples(50, 1).texts == second.examples(50, 1).texts
    assert first.examples(50, 1).texts != first.examples(50, 2).texts


def test_triplets_are_what_the_family_asks_for() -> None:
    """DIFF: paraphrase against changed text. INV: changed text against another label's. ORDER: as named."""
    split = split_family("negation")
    probe = split.probe
    texts = [probe.texts(template) for template in probe.templates]
    rows = {
        (column[0][i], other, column[1][i])
        for column in texts
        for i in range(len(probe.slot))
        for other in (paraphrase[i] for paraphrase in column[2:])
    }
    assert set(zip(*split.examples(300, 0).texts, strict=True)) <= rows
    split = split_family("typo")
    for anchor, positive, negative in zip(*split.examples(300, 0).texts, strict=True):
        cells = [
            (j, i)
            for j, template in enumerate(split.probe.templates)
            for i, text in enumerate(split.probe.texts(template)[0])
            if text == anchor
        ]
        assert any(split.probe.texts(split.probe.templates[j])[1][i] == positive for j, i in cells)
        assert negative != positive
    split = split_family("with-without")
    query, relevant, irrelevant = (column[0] for column in split.examples(1, 0).texts)
    assert len({query, relevant, irrelevant}) == 3


def test_too_many_or_impossible_examples_are_refused() -> None:
    """With what there is."""
    with pytest.raises(InputError, match=r"--generate: got 1,000,000, expected 1 to [\d,]+ for negation"):
        split_family("negation").examples(1_000_000, 0)
    with pytest.raises(InputError, match=r"--generate: got 3, expected \d+ or more, since fewer do not tell"):
        split_family("negation").groups(3, 0)
    with pytest.raises(InputError, match=r"1 templates .* too few to hold some out"):
        split_family("comma")
    with pytest.raises(InputError, match="no probe is called"):
        split_family("negatoin")


def test_own_examples_of_every_kind_are_mixed_with_triplets() -> None:
    """Pairs get another row's positive as negative; beside scored pairs a triplet is two of them."""
    made = Examples("triplets", (("a",), ("p",), ("n",)))
    assert mixed(None, made) is made
    pairs = mixed(of_rows([("q", "r"), ("s", "t"), ("q", "t")]), made)
    assert list(zip(*pairs.texts, strict=True)) == [
        ("q", "r", "t"),
        ("s", "t", "r"),
        ("q", "t", "r"),
        ("a", "p", "n"),
    ]
    scored = mixed(of_rows([("q", "r", 0.5)]), made)
    assert list(zip(*scored.texts, scored.scores, strict=True)) == [
        ("q", "r", 0.5),
        ("a", "p", 1.0),
        ("a", "n", 0.0),
    ]
    assert len(mixed(of_rows([("q", "r", "s")]), made)) == 2

from __future__ import annotations

from types import ModuleType

import pytest

from evenband.report import render
from evenband.report.blocks.pairs.pair_views import Part, Why
from evenband.report.blocks.pairs.why import explanation_card


def part(card: Why, title: str) -> Part:
    return next(one for one in card.parts if one.title == title)


def test_the_head_is_the_verdict_with_its_texts(planted: ModuleType) -> None:
    card = explanation_card(0, planted.explanation())
    assert (card.label, card.verdict, card.opened) == ("grandma", "memorisation-like", True)
    assert card.where == "don't shoot, {x} on minilm"
    assert card.pair.a == ","
    assert not explanation_card(1, planted.explanation()).opened


def test_every_part_of_an_explanation_has_its_place(planted: ModuleType) -> None:
    card = explanation_card(0, planted.explanation())
    assert [one.title for one in card.parts] == [
        "Observed and expected",
        "In every sentence",
        "Under changes that mean nothing",
        "Labels most like it",
        "Inside the model",
        "The reference model",
        "What the model sees of the two texts",
        "What stays unexplained",
    ]
    ids = [table.id for one in card.parts for table in one.tables]
    assert len(ids) == len(set(ids)) == 6
    for one in card.parts:
        for table in one.tables:
            for row in table.rows:
                assert len(row.cells) + (row.head is not None) == len(table.columns)


def test_factors_lead_from_the_usual_distance_to_the_expected_one(planted: ModuleType) -> None:
    found = planted.explanation()
    (table,) = part(explanation_card(0, found), "Observed and expected").tables
    shown = [row.cells[0].text for row in table.rows]
    assert shown == ["0.0400", "× 1.50", "× 1.00", "0.0600", "0.120"]
    assert "0.0400 to 0.0900" in table.rows[3].cells[1].text


def test_a_cell_is_set_against_what_its_other_sentences_expect(planted: ModuleType) -> None:
    found = planted.explanation()
    (table,) = part(explanation_card(0, found), "In every sentence").tables
    for cell, row in zip(found.row, table.rows, strict=True):
        assert row.cells[5].text == f"× {cell.d / 0.03:.2f}"
        assert row.cells[6].text == "0.9700"


def test_matched_words_say_only_what_differs(planted: ModuleType) -> None:
    (table,) = part(explanation_card(0, planted.explanation()), "Labels most like it").tables
    assert table.rows[0].cells[2].text == "characters +2, frequency −0.12"


def test_inside_the_model_layers_and_tokens_add_up(planted: ModuleType) -> None:
    inside = part(explanation_card(0, planted.explanation()), "Inside the model")
    layers, tokens = inside.tables
    assert inside.sentences == (
        "It parts from ordinary pairs at layer 1 of 1.",
        "Pooling the token that only one text has accounts for 25% of the distance.",
    )
    assert [row.cells[3].text for row in layers.rows] == ["20", "80"]
    assert [row.cells[1].text for row in tokens.rows] == ["25", "50", "25"]
    assert [row.cells[2].text for row in tokens.rows] == ["17", "–", "25"]


def test_a_token_without_a_partner_is_marked(planted: ModuleType) -> None:
    a, b = part(explanation_card(0, planted.explanation()), "What the model sees of the two texts").sides
    assert [(piece.text, piece.own) for piece in a] == [("eat", False), (",", True), ("grandma", False)]
    assert [piece.own for piece in b] == [False, False]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Observed and expected", "No expectation"),
        ("Under changes that mean nothing", "only labels that stand out get control perturbations"),
        ("Labels most like it", "no labels to match"),
        ("Inside the model", "type: evenband explain DIR grandma -p comma5 -m minilm"),
        ("The reference model", "No reference model was run"),
        ("What the model sees of the two texts", "type: evenband explain DIR grandma -p comma5 -m minilm"),
    ],
)
def test_what_is_not_known_is_said(planted: ModuleType, title: str, said: str) -> None:
    """What only the model knows says what to type, quoted for a shell; nothing claims that nobody looked."""
    bare = part(explanation_card(0, planted.explanation(looked=False)), title)
    assert said in bare.sentences[0]
    assert bare.tables == ()


def test_explanations_unfold_without_javascript(planted: ModuleType) -> None:
    why = [planted.explanation(), planted.explanation("pebamo")]
    text = render(planted.results([planted.structured()], explanations=why))
    assert text.count('<details class="because"') == 2
    assert 'id="why-0" open' in text
    assert 'href="#explanations"' in text


def test_a_label_with_spaces_or_a_dash_can_be_typed(planted: ModuleType) -> None:
    """Quoted as a shell needs it; a label like an option comes last."""
    for label, typed in (
        ("point man", "evenband explain DIR 'point man' -p"),
        ("-x", "evenband explain DIR -p comma5 -m minilm -- -x"),
    ):
        bare = part(explanation_card(0, planted.explanation(label, looked=False)), "Inside the model")
        assert typed in bare.sentences[0]

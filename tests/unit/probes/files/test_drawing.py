"""Draws: standard for everybody, fresh for nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.errors import InputError
from evenband.probes.files import catalogue
from evenband.probes.files.drawing import QUICK, Draw, draw_fillers, draw_labels
from evenband.probes.pairs.templates import Template

TEMPLATES = (Template("t", "see {x}", "saw {x}"),)
FOODS = {"x": "table:food"}
PAIRS = {"x": "table:food", "y": "table:food"}


def test_the_standard_draw_is_the_same_for_everybody() -> None:
    """It depends on the probe's name and on nothing else."""
    first, second = (draw_labels("name", FOODS, 50, TEMPLATES, Draw()).slot.values for _ in range(2))
    assert first == second
    assert first != draw_labels("other", FOODS, 50, TEMPLATES, Draw()).slot.values


def test_a_quick_draw_is_part_of_the_standard_one() -> None:
    """So that the two do not contradict each other by other words."""
    quick = draw_labels("name", FOODS, 100, TEMPLATES, Draw("quick")).slot.values
    assert len(quick) == QUICK
    assert set(quick) < set(draw_labels("name", FOODS, 100, TEMPLATES, Draw()).slot.values)


def test_a_full_draw_takes_all_values() -> None:
    """In their own order."""
    full = draw_labels("name", FOODS, 50, TEMPLATES, Draw("full")).slot
    assert full.values == draw_labels("name", FOODS, None, TEMPLATES, Draw()).slot.values
    assert len(full) > 200


def test_a_fresh_draw_has_none_of_the_standard_values_while_there_are_others() -> None:
    """And says which share is new."""
    standard = draw_labels("name", FOODS, 100, TEMPLATES, Draw()).slot.values
    fresh = draw_labels("name", FOODS, 100, TEMPLATES, Draw(fresh=7))
    assert not set(standard) & set(fresh.slot.values)
    assert fresh.novel == 1.0
    assert len(fresh.slot) == 100


def test_fresh_draws_are_repeatable_and_differ_by_seed() -> None:
    """A seed is all that must be told to repeat one."""
    draws = [draw_labels("name", FOODS, 60, TEMPLATES, Draw(fresh=seed)).slot.values for seed in (7, 7, 8)]
    assert draws[0] == draws[1] != draws[2]


def test_a_fresh_draw_of_a_small_list_says_how_little_is_new() -> None:
    """Values of the standard draw fill up what the list lacks."""
    drawn = draw_labels("name", {"x": "list:a,b,c,d,e"}, 4, TEMPLATES, Draw(fresh=1))
    assert drawn.novel == pytest.approx(0.25)


@settings(max_examples=25)
@given(st.integers(2, 60), st.integers(0, 5))
def test_labels_of_several_slots_are_distinct_and_repeat_no_value(size: int, seed: int) -> None:
    """No food is exchanged for itself, and no combination is counted twice."""
    slots = {"x": "table:food", "y": "table:food", "z": "table:food"}
    drawn = draw_labels("name", slots, size, TEMPLATES, Draw(fresh=seed))
    rows = list(zip(*(drawn.parts[name] for name in slots), strict=True))
    assert len(set(rows)) == len(rows) == size
    assert all(len(set(row)) == 3 for row in rows)
    assert drawn.slot.values[0] == " + ".join(rows[0])


def test_few_terms_give_as_many_combinations_as_there_are() -> None:
    """Three values have six ordered pairs, not the 200 that the probe would like."""
    slots = {"x": "list:a,b,c", "y": "list:a,b,c"}
    labels = draw_labels("name", slots, 200, TEMPLATES, Draw()).slot.values
    assert 2 <= len(labels) <= 6
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", ["comma", "comma8", "negation", "role-swap"])
def test_a_quick_draw_is_quick_for_any_probe(name: str) -> None:
    """Those outside the suites, which take all there is otherwise, too."""
    assert len(catalogue.find(name).load(draw=Draw("quick")).slot) == QUICK


def test_a_form_is_that_of_its_own_value() -> None:
    """Columns by name, forms by name, and chains of them."""
    templates = (Template("t", "{x.opposite}", "{x.a.cap} {y.upper}"),)
    drawn = draw_labels("name", {"x": "table:antonym", "y": "table:food"}, 30, templates, Draw())
    for row, word in enumerate(drawn.parts["x"]):
        assert drawn.parts["x.opposite"][row] != word
        assert drawn.parts["x.a.cap"][row].lower().endswith(f" {word.lower()}")
        assert drawn.parts["y.upper"][row] == drawn.parts["y"][row].upper()


def test_an_unknown_form_names_the_nearest_and_the_columns() -> None:
    """A typo in a template is found before anything is embedded."""
    with pytest.raises(InputError, match=r"plurl.*did you mean 'plural'.*its columns are: opposite"):
        draw_labels("name", {"x": "table:antonym"}, 5, (Template("t", "{x.plurl}", "{x}"),), Draw())


def test_the_users_terms_that_lack_a_form_are_left_out() -> None:
    """One short term does not stop the whole kit; a shipped list must have every form."""
    templates = (Template("t", "{x}", "{x.typo}"),)
    terms = {"x": "list:go,falcon,aspirin"}
    assert draw_labels("name", terms, None, templates, Draw(), own=["x"]).slot.values == ("falcon", "aspirin")
    with pytest.raises(InputError, match="'go' has no form 'typo'"):
        draw_labels("name", terms, None, templates, Draw())


def test_fillers_are_one_value_for_each_template() -> None:
    """The same in all texts of a template, another in the next, and others in a fresh draw."""
    rows = tuple(Template(f"{k} {{who}}", f"{{who}} {k} {{x}}", f"{{x}} {k} {{who}}") for k in range(4))
    standard = draw_fillers("name", {"who": "names:"}, rows, Draw())
    fresh = draw_fillers("name", {"who": "names:"}, rows, Draw(fresh=1))
    people = [one.name.partition(" ")[2] for one in standard]
    assert len(set(people)) == 4
    assert all(who in one.a and who in one.b for who, one in zip(people, standard, strict=True))
    assert not {one.a for one in standard} & {one.a for one in fresh}


def test_a_quick_or_standard_draw_takes_as_many_sentences_as_it_is_told() -> None:
    """Four of eight unless the definition says otherwise; a probe without a size always takes all."""
    rows = ", ".join(f'{{ a = "a{k} {{x}}", b = "b{k} {{x}}" }}' for k in range(8))
    text = f'[[probe]]\nname = "p"\nslot = "table:food"\nsize = 50\ntemplates = [{rows}]'
    [sized] = catalogue.parse(text, "p")
    [other] = catalogue.parse(text.replace("size = 50", "size = 50\nsentences = 6"), "p")
    [unsized] = catalogue.parse(text.replace("size = 50", ""), "p")
    found = [len(one.load().templates) for one in (sized, other, unsized)]
    assert found == [4, 6, 8]
    assert len(sized.load(draw=Draw("full")).templates) == 8

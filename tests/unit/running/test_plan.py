"""From what a user asks for to the probes that are measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband import encoders, probes
from evenband.errors import InputError
from evenband.probes.files.drawing import QUICK
from evenband.running import plan
from evenband.running.subjects import Subject, measure
from evenband.types import Role


def _names(**fields: object) -> list[str]:
    return [probe.name for probe in plan.load_probes(plan.build(models=("toy:words",), **fields))]


def test_without_a_wish_it_is_the_articles_experiment() -> None:
    """The comma and its letter ablation."""
    assert _names() == ["comma", "ablation"]


def test_probes_are_named_one_by_one_or_in_a_list() -> None:
    """``-p a,b`` is ``-p a -p b``."""
    assert (
        _names(probes=("negation,and-or",)) == _names(probes=("negation", "and-or")) == ["negation", "and-or"]
    )


def test_a_list_may_hold_files_and_a_file_may_hold_a_comma(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-p a.csv,b.csv`` are two tables; a file of that very name is one."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("a,b\nx y,x z\np q,p r\n", encoding="utf-8")
    assert _names(probes=("one.csv, two.csv,negation",)) == ["one", "two", "negation"]
    (tmp_path / "one.csv,two.csv").write_text("a,b\nx y,x z\np q,p r\n", encoding="utf-8")
    assert _names(probes=("one.csv,two.csv",)) == ["one.csv-two"]
    (tmp_path / "plan.toml").write_text(
        'models = ["toy:words"]\nprobes = ["two.csv,comma"]\n', encoding="utf-8"
    )
    assert plan.read(tmp_path / "plan.toml").probes == (str(tmp_path / "two.csv"), "comma")


@pytest.mark.parametrize("text", ["", ",", " , "])
def test_no_name_is_no_wish_for_the_default(text: str) -> None:
    """An empty variable of a script does not start another experiment."""
    with pytest.raises(InputError, match="expected a name"):
        _names(probes=(text,))


def test_a_suite_and_terms_are_both_measured() -> None:
    """The terms are not forgotten beside a suite."""
    names = _names(suite="quick", terms="list:the Clean Air Act,rain jackets,black coffee,green tea")
    assert names == [one.name for one in (*probes.in_suite("quick"), *probes.on_terms())]


def test_a_suite_is_all_its_families_or_the_size_of_those_named() -> None:
    """Quick draws few labels."""
    assert _names(suite="quick") == [one.name for one in probes.in_suite("quick")]
    [probe] = plan.load_probes(plan.build(models=("m",), probes=("negation",), suite="quick"))
    assert (probe.name, len(probe.slot)) == ("negation", QUICK)


def test_a_fresh_draw_stands_beside_the_standard_one() -> None:
    """So that the two can be compared within one run."""
    loaded = plan.load_probes(plan.build(models=("m",), probes=("negation",), fresh=7))
    assert [(probe.name, probe.draw, probe.family) for probe in loaded] == [
        ("negation", "", "negation"),
        ("negation~fresh7", "fresh 7", "negation"),
    ]


def test_the_users_terms_bring_the_whole_kit(tmp_path: Path) -> None:
    """A plain file name will do; without terms a probe of the kit says what it needs."""
    (tmp_path / "drugs.txt").write_text("Aspirin\nIbuprofen\nNaproxen\nWarfarin\n", encoding="utf-8")
    assert _names(terms=str(tmp_path / "drugs.txt")) == [one.name for one in probes.on_terms()]
    with pytest.raises(InputError, match="works on your own terms; give them with --terms FILE"):
        _names(probes=("kit-typo",))


@pytest.mark.parametrize(("count", "missing"), [(1, 3), (2, 2), (3, 1)])
def test_too_few_terms_are_refused_before_anything_is_measured(
    tmp_path: Path, count: int, missing: int
) -> None:
    """Four are the least, in a file or in a reference."""
    names = ["Aspirin", "Ibuprofen", "Naproxen"][:count]
    (tmp_path / "drugs.txt").write_text("\n".join(names), encoding="utf-8")
    message = f"got {count}, expected 4 or more; add {missing} to "
    with pytest.raises(InputError, match=f"{message}drugs.txt"):
        _names(terms=str(tmp_path / "drugs.txt"))
    with pytest.raises(InputError, match=f"{message}them"):
        _names(terms=f"list:{','.join(names)}")


def test_roles_are_given_to_texts_that_have_none() -> None:
    """Both makes two measurements; a probe with roles of its own keeps them."""
    todo = plan.build(models=("m",), probes=("negation,definition-legal",), roles="both", suite="quick")
    loaded = plan.load_probes(todo)
    assert [probe.name for probe in loaded] == ["negation@query", "negation@document", "definition-legal"]
    assert set(loaded[0].roles) == {Role.QUERY}
    assert loaded[2].roles[:2] == (Role.QUERY, Role.DOCUMENT)


def test_roles_reach_the_model_and_its_prompts(tmp_path: Path) -> None:
    """Two roles of one probe are two measurements with digests of their own."""
    todo = plan.build(models=("toy:chars",), probes=("negation",), roles="both", suite="quick")
    model = encoders.load("toy:chars")
    made = [measure(probe, Subject(model, model)) for probe in plan.load_probes(todo)]
    assert [one.probe.roles[0] for one in made] == ["query", "document"]
    assert made[0].probe.digest != made[1].probe.digest
    assert made[0].probe.family == made[1].probe.family == "negation"


def test_files_of_a_plan_start_at_its_folder(tmp_path: Path) -> None:
    """Probes, tables of pairs and terms alike; names and slot references stay."""
    (tmp_path / "plan.toml").write_text(
        'models = ["toy:words"]\nprobes = ["mine.toml", "pairs.csv", "comma"]\nterms = "drugs.txt"\n',
        encoding="utf-8",
    )
    read = plan.read(tmp_path / "plan.toml")
    assert read.probes == (str(tmp_path / "mine.toml"), str(tmp_path / "pairs.csv"), "comma")
    assert read.terms == str(tmp_path / "drugs.txt")


def test_an_own_probe_of_a_shipped_name_is_found(tmp_path: Path) -> None:
    """Another probe called comma would be taken for evenband's; other names are nobody's business."""
    row = 'slot = "list:a,b"\ntemplates = [{ a = "no, {x}", b = "no {x}" }]\n'
    file = tmp_path / "mine.toml"
    file.write_text(
        "".join(f'[[probe]]\nname = "{name}"\n{row}' for name in ("comma", "mine")), encoding="utf-8"
    )
    pairs = tmp_path / "typo.csv"
    pairs.write_text("a,b\nx y,x z\np q,p r\n", encoding="utf-8")
    names = (str(file), str(pairs), "comma8")
    assert plan.find_shadows(plan.build(models=("m",), probes=names)) == ["comma", "typo"]


def test_a_table_of_pairs_is_a_probe(tmp_path: Path) -> None:
    """Beside probes by name."""
    file = tmp_path / "pairs.csv"
    file.write_text("a,b\nx y,x z\np q,p r\n", encoding="utf-8")
    assert _names(probes=(str(file), "negation"), suite="quick") == ["pairs", "negation"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"suite": "large"}, "suite: got 'large', expected 'quick', 'standard' or 'full'"),
        ({"roles": "passage"}, "roles: got 'passage', expected 'probe', 'query', 'document' or 'both'"),
        ({"fresh": -1}, "fresh: got -1, expected greater than or equal to 0"),
    ],
)
def test_an_error_names_the_field(fields: dict[str, object], message: str) -> None:
    """And what it may be."""
    with pytest.raises(InputError) as caught:
        plan.build(models=("m",), **fields)
    assert str(caught.value) == message


@pytest.mark.parametrize("terms", ["1\n2\n3\n4\n5\n", "ab\ncd\nef\ngh\n", "NP\nUS\nEU\nUN\n"])
def test_families_that_no_term_fits_are_left_out_of_the_kit(tmp_path: Path, terms: str) -> None:
    """A number has no typo: the others are measured, and what is left out is told; by name it is refused."""
    file = tmp_path / "terms.txt"
    file.write_text(terms, encoding="utf-8")
    told: list[str] = []
    kit = {definition.name for definition in probes.on_terms()}
    loaded = plan.load_probes(plan.build(models=("toy:words",), terms=str(file)), told.append)
    names = {probe.name for probe in loaded}
    assert len(names) >= 12
    assert len(names) + len(told) == len(kit)
    assert any("kit-typo" in text for text in told)
    with pytest.raises(InputError, match="kit-typo"):
        _names(terms=str(file), probes=("kit-typo",))


def test_bad_terms_are_left_out_if_asked_for(tmp_path: Path) -> None:
    """In every family, and counted."""
    file = tmp_path / "terms.txt"
    file.write_text("red wine\nrain coat\nhead torch\ncamp stove\nred wine\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 5 repeats 'red wine'"):
        _names(terms=str(file), probes=("kit-casing",))
    chosen = plan.build(
        models=("toy:words",), terms=str(file), probes=("kit-casing", "kit-and-or"), skip_bad=True
    )
    for probe in plan.load_probes(chosen):
        assert probe.slot.skipped == (
            "terms.txt: line 5 repeats 'red wine' of line 1, expected unique values",
        )


def test_a_table_is_known_by_its_ending_in_any_case(tmp_path: Path) -> None:
    """And a packed one is refused with what to do."""
    (tmp_path / "T.CSV").write_text("a,b\nx,y\n", encoding="utf-8")
    assert _names(probes=(str(tmp_path / "T.CSV"),)) == ["T"]
    with pytest.raises(InputError, match="unpack it first, such as with gunzip"):
        _names(probes=(str(tmp_path / "t.csv.gz"),))

"""docs/families.md says what the reader of probe files accepts."""

import re
from pathlib import Path

import pytest

from evenband.probes.files import catalogue
from evenband.probes.files.definition import Definition, TemplateRow
from evenband.probes.files.drawing import Draw
from evenband.probes.files.pair_tables import HEADERS

PAGE = (Path(__file__).parents[2] / "docs" / "families.md").read_text(encoding="utf-8")


def test_every_field_is_in_the_table_and_none_that_does_not_exist() -> None:
    table = PAGE.partition("## All fields")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == set(Definition.model_fields)


def test_the_texts_of_a_template_are_all_named() -> None:
    table = PAGE.partition("## All fields")[2].partition("\n## ")[0]
    for field in TemplateRow.model_fields:
        assert f"`{field}`" in table


@pytest.mark.parametrize("fresh", [None, 1])
def test_the_example_can_be_run(fresh: int | None) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (definition,) = catalogue.parse(example, "docs/families.md")
    probe = definition.load(draw=Draw("standard", fresh))
    assert len(probe.slot) == 200
    for template in probe.templates:
        for cell in zip(*probe.texts(template), strict=True):
            assert len(set(cell)) == 4


def test_the_columns_of_pair_files_are_those_that_are_read() -> None:
    table = PAGE.partition("## Pairs without templates")[2]
    found = re.findall(r"^\| `([\w,]+)`.*\| (\w+)", table, flags=re.MULTILINE)
    assert {(tuple(columns.split(",")), type_) for columns, type_ in found} == {
        (columns, type_) for type_, columns, _ in HEADERS
    }

"""Braces in references."""

from __future__ import annotations

from pathlib import Path

import pytest

import evenband
from evenband.encoders import expand
from evenband.errors import InputError
from evenband.running import plan as plans


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("minilm", ["minilm"]),
        ("minilm?dim={384,64}", ["minilm?dim=384", "minilm?dim=64"]),
        ("minilm{,?dim=64}", ["minilm", "minilm?dim=64"]),
        ("{minilm,mpnet}?dim=64", ["minilm?dim=64", "mpnet?dim=64"]),
        ("m?a={1,{2,3}}", ["m?a=1", "m?a=2", "m?a=3"]),
        ("m?a={1,1}", ["m?a=1"]),
        ("m?a={1}", ["m?a={1}"]),
        ("base=m?a={1,2}", ["base-1=m?a=1", "base-2=m?a=2"]),
        (
            "m?a={1,2}&b={x,y}",
            ["m?a=1&b=x", "m?a=1&b=y", "m?a=2&b=x", "m?a=2&b=y"],
        ),
        ("http://host/{a,b}?x={1,2}#dim={8,4}", [f"http://host/{{a,b}}?x={{1,2}}#dim={d}" for d in (8, 4)]),
        ("x=http://host/{a,b}", ["x=http://host/{a,b}"]),
    ],
)
def test_braces_stand_for_every_choice_in_order(ref: str, expected: list[str]) -> None:
    """Braces expand as in a shell; those of an address and those without a comma stay."""
    assert expand(ref) == expected


def test_braces_in_the_name_of_a_file_or_folder_stay(tmp_path: Path) -> None:
    """What exists under a name with braces is found under that name."""
    folder, file = tmp_path / "a{b,c}", tmp_path / "p{1,2}.npy"
    folder.mkdir()
    file.write_bytes(b"")
    assert expand(str(folder)) == [str(folder)]
    assert expand(f"word2vec:{file}") == [f"word2vec:{file}"]
    assert expand(f"{folder}?dim={{2,1}}&project={file}") == [
        f"{folder}?dim={dim}&project={file}" for dim in (2, 1)
    ]


def test_a_plan_and_python_expand_models_and_refuse_several_references(tmp_path: Path) -> None:
    """Command line, plan file and Python read the same models out of braces."""
    expected = ("toy:words?dim=8", "toy:words?dim=4")
    assert plans.build(models=["toy:words?dim={8,4}"]).models == expected
    file = tmp_path / "plan.toml"
    file.write_text('models = ["toy:words?dim={8,4}"]\n', encoding="utf-8")
    assert plans.read(file).models == expected
    audits = evenband.audit("toy:words?dim={8,4}", "comma", sample=8)
    assert [audit.measurement.subject.name for audit in audits] == ["toy-words-dim-8", "toy-words-dim-4"]
    with pytest.raises(InputError, match="stands for 2 models, expected one"):
        plans.build(models=["toy:words"], reference="toy:words?dim={8,4}")

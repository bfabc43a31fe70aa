"""The default folder: one for each wish, the same for the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenband import probes
from evenband.running import plan
from evenband.running.identity import default_folder

PROBE = '[[probe]]\nname = "mine"\nslot = "list:tea,mate"\ntemplates = [{ a = "no, {x}", b = "no {x}" }]\n'
PAIRS = "a,b,note\nno tea,no mate,x\nmy tea,my mate,y\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text(PROBE.replace("tea", folder), encoding="utf-8")
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    (tmp_path / "products.csv").write_text(
        "name,sort\n" + "".join(f"green tea {i},white wine {i}\n" for i in range(5)),
        encoding="utf-8",
    )


def folder(*models: str, **fields: object) -> str:
    """Its name."""
    found = default_folder(plan.build(models=models or ("minilm",), **fields))
    assert found.parent == Path("evenband-runs")
    return found.name


def test_what_evenband_names_is_told_in_words() -> None:
    """The README's folders, without digits."""
    assert folder() == "minilm"
    assert folder(probes=("comma8",)) == "minilm+comma8"
    assert folder("minilm", "toy:words", suite="quick", fresh=3) == "minilm+toy-words+quick+fresh3"
    assert folder(probes=("comma",), sample=9, seed=4) == "minilm+comma+9-seed4"
    assert folder(probes=("comma,negation",)) == folder(probes=("comma", "negation"))


def test_two_wishes_never_share_a_folder() -> None:
    """Files of one name, columns of one file, models of one name, and everything else that is measured."""
    many = probes.names()
    wishes: list[tuple[tuple[str, ...], dict[str, object]]] = [
        (("minilm",), {}),
        (("minilm",), {"seed": 1}),
        (("minilm",), {"engine": "plain"}),
        (("minilm",), {"probes": ("x/mine.toml",)}),
        (("minilm",), {"probes": ("y/mine.toml",)}),
        (("minilm",), {"probes": ("pairs.csv",)}),
        (("minilm",), {"terms": "products.csv@column=name"}),
        (("minilm",), {"terms": "products.csv@column=sort"}),
        (("minilm",), {"terms": "list:alpha,beta,gamma,delta"}),
        (("minilm",), {"fresh": 10**60}),
        (("minilm",), {"fresh": 10**60 + 1}),
        (("one/model",), {}),
        (("two/model",), {}),
        (("one/model@abc",), {}),
        (("minilm",), {"probes": many, "sample": 5}),
        (("minilm",), {"probes": many, "sample": 6}),
        (("minilm",), {"probes": many, "sample": 6, "seed": 1}),
        (("minilm",), {"probes": many[:-1], "sample": 5}),
        (tuple(f"org/model-number-{k}" for k in range(30)), {}),
        (tuple(f"org/model-number-{k}" for k in range(31)), {}),
    ]
    names = [folder(*models, **fields) for models, fields in wishes]
    assert len(set(names)) == len(names)
    assert max(len(name.encode()) for name in names) <= 255


def test_a_model_that_was_trained_again_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    """Weights decide, for the model and for its reference; the readme beside them does not."""
    for name in ("tuned", "base"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}", encoding="utf-8")
        (tmp_path / name / "model.safetensors").write_bytes(b"first")
    model, other = str(tmp_path / "tuned"), str(tmp_path / "base")
    before, against = folder(model), folder("minilm", reference=other)
    assert before == folder(model) != folder(other)
    (tmp_path / "tuned" / "README.md").write_text("new words", encoding="utf-8")
    assert folder(model) == before
    (tmp_path / "tuned" / "model.safetensors").write_bytes(b"second")
    assert folder(model) != before
    assert folder("minilm", reference=other) == against
    (tmp_path / "base" / "model.safetensors").write_bytes(b"third")
    assert folder("minilm", reference=other) != against


def test_a_long_list_is_cut_and_nothing_else() -> None:
    """Sample and seed stay in sight."""
    name = folder(probes=probes.names(), suite="quick", sample=7, seed=8)
    assert "more+quick+7-seed8-" in name


@pytest.mark.parametrize(
    "wish", [{"probes": ("x/mine.toml",)}, {"probes": ("pairs.csv",)}, {"terms": "t.txt"}]
)
def test_an_edited_file_gets_a_folder_of_its_own(wish: dict[str, object]) -> None:
    """And what was measured is found again when the edit is taken back."""
    Path("t.txt").write_text("tea\nmate\nmilk\nwine\n", encoding="utf-8")
    file = Path(str(wish.get("terms") or wish["probes"][0]))  # type: ignore[index]
    first, content = folder(**wish), file.read_text(encoding="utf-8")
    assert folder(**wish) == first
    file.write_text(content.replace("mate", "coffee"), encoding="utf-8")
    assert folder(**wish) != first
    file.write_text(content, encoding="utf-8")
    assert folder(**wish) == first


def test_a_file_that_a_probe_reads_counts_as_well(tmp_path: Path) -> None:
    """The words may stand in another file than the sentences."""
    Path("words.txt").write_text("tea\nmate\n", encoding="utf-8")
    Path("mine.toml").write_text(PROBE.replace("list:tea,mate", "file:words.txt"), encoding="utf-8")
    first = folder(probes=("mine.toml",))
    Path("words.txt").write_text("tea\ncoffee\n", encoding="utf-8")
    assert folder(probes=("mine.toml",)) != first

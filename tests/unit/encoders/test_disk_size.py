"""The size of a model's weights, known without loading it."""

from pathlib import Path

import pytest

from evenband import encoders


def test_a_folder_counts_its_safetensors(tmp_path: Path) -> None:
    """All of them, in folders of modules too, and nothing else."""
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "model.safetensors").write_bytes(b"x" * 1000)
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"x" * 24)
    (tmp_path / "tokenizer.json").write_bytes(b"x" * 5000)
    assert encoders.weights_size(str(tmp_path)) == 1024
    assert encoders.weights_size(f"{tmp_path}?dim=8") == 1024


@pytest.mark.parametrize("ref", ["toy:words", "nobody/nothing", "", "no-such-scheme:x"])
def test_what_is_not_known_is_none(ref: str) -> None:
    """A guess helps a display; it never fails a run."""
    assert encoders.weights_size(ref) is None


def test_an_empty_folder_has_no_size(tmp_path: Path) -> None:
    """Zero bytes would make any other model infinitely slow."""
    assert encoders.weights_size(str(tmp_path)) is None

"""Models of one run have names that tell them apart, in whatever order they are given."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders import unique_names
from evenband.encoders.naming import name_apart
from evenband.encoders.references import parse
from evenband.errors import InputError, UnknownReferenceError


def folders(root: Path, *names: str) -> list[str]:
    for name in names:
        (root / name).mkdir(parents=True)
    return [str(root / name) for name in names]


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        (["minilm", "toy:words", "a/b"], ["minilm", "toy-words", "b"]),
        (["a/model", "b/model"], ["a-model", "b-model"]),
        (["a/model", "b/model", "c/other"], ["a-model", "b-model", "other"]),
        (["model", "b/model"], ["model", "b-model"]),
        (["a/model@one", "b/model@one?dim=2"], ["model-one", "model-one-dim-2"]),
        (["a/m?dim=2", "b/m?dim=2"], ["a-m-dim-2", "b-m-dim-2"]),
        # A name that is the model's own stays, and is left to it.
        (["a/model", "b/model", "x/a-model"], ["model-", "b-model", "a-model"]),
    ],
)
def test_only_names_that_collide_show_more(refs: list[str], expected: list[str]) -> None:
    names = unique_names(refs)
    for name, beginning in zip(names, expected, strict=True):
        assert name.startswith(beginning) if beginning.endswith("-") else name == beginning


def test_two_folders_show_as_many_of_their_parents_as_it_takes(tmp_path: Path) -> None:
    refs = folders(tmp_path, "x/a/model", "y/a/model", "y/b/model", "y/b/other")
    assert unique_names(refs) == ["x-a-model", "y-a-model", "b-model", "other"]
    assert unique_names(refs[2:]) == ["model", "other"]


def test_a_relative_folder_is_told_apart_by_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders(tmp_path, "here/model", "there/model")
    monkeypatch.chdir(tmp_path / "here")
    assert unique_names(["model", "../there/model"]) == ["here-model", "there-model"]
    with pytest.raises(InputError, match=r"'model' and '\./model' are one and the same; name it once"):
        unique_names(["model", "./model"])


def test_how_a_server_is_asked_does_not_make_it_another_model() -> None:
    """Batch sizes and keys change no vector: the same model twice is refused."""
    with pytest.raises(InputError, match="one and the same"):
        unique_names(["openai:m", "openai:m?batch=3&key_env=MINE"])
    assert unique_names(["openai:m", "openai:m?dim=3"]) == ["openai-m", "openai-m-dim-3"]


def test_what_paths_do_not_tell_a_digest_does() -> None:
    """Revisions that begin alike, and addresses that differ in a sign only."""
    revisions = ["a/m@0123456789abcdef", "a/m@0123456789abc000"]
    urls = ["http://host/a?b", "http://host/a-b"]
    schemes = ["http", "minilm"]
    for refs in (revisions, urls):
        names = name_apart([parse(ref, schemes) for ref in refs])
        assert len(set(names)) == 2
        natural = parse(refs[0], schemes).name
        assert all(name.startswith(f"{natural}-") and len(name) == len(natural) + 7 for name in names)


def test_the_names_of_other_models_are_left_to_them() -> None:
    assert unique_names(["a/model", "toy:words"], taken=["model"]) == ["a-model", "toy-words"]
    [name] = unique_names(["toy:words"], taken=["toy-words"])
    assert name.startswith("toy-words-")
    assert encoders.load("toy:words", name=name).spec.name == name


def test_two_schemes_arguments_differ() -> None:
    refs = [f"openai:text-embedding-3-{size}" for size in ("small", "large")]
    references = [parse(ref, ["openai"]) for ref in refs]
    assert name_apart(references) == ["openai-text-embedding-3-small", "openai-text-embedding-3-large"]


def test_one_model_twice_is_refused_however_it_is_written() -> None:
    for refs in (["a/b", "a/b"], ["a/b?dim=2&prompt=q", "a/b?prompt=q&dim=2"]):
        with pytest.raises(InputError, match="one and the same"):
            unique_names(refs)


def test_a_scheme_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownReferenceError, match="did you mean 'toy:words'"):
        unique_names(["toy:word", "minilm"])


parts = st.lists(st.sampled_from(["a", "b", "a-b", "c"]), min_size=1, max_size=4).map("/".join)
options = st.sampled_from(["", "?dim=2", "@r", "@r?dim=2", "?x=a-b"])


@given(st.lists(st.tuples(parts, options).map("".join), unique=True, max_size=8), st.randoms())
def test_any_models_have_names_of_their_own_in_any_order(refs: list[str], random: Random) -> None:
    references = [parse(ref, ()) for ref in refs]
    names = name_apart(references, taken=["a", "b-a"])
    assert len({*names, "a", "b-a"}) == len(names) + 2
    alone = [reference.name for reference in references]
    for name, own in zip(names, alone, strict=True):
        if alone.count(own) == 1 and own not in ("a", "b-a"):
            assert name == own
    order = random.sample(range(len(refs)), len(refs))
    shuffled = name_apart([references[row] for row in order], taken=["a", "b-a"])
    assert shuffled == [names[row] for row in order]

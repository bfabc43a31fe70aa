"""The grammar of references."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders import REGISTRY, Reference
from evenband.encoders.references import Settings, parse
from evenband.errors import InputError, UnknownReferenceError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minilm", ("minilm", "", None, {})),
        ("minilm?dim=128", ("minilm", "", None, {"dim": "128"})),
        ("toy:words?dim=8", ("toy:words", "", None, {"dim": "8"})),
        ("Qwen/Qwen3-Embedding-4B@abc", ("", "Qwen/Qwen3-Embedding-4B", "abc", {})),
        ("a/b@v1?dim=2&prompt=q%20x", ("", "a/b", "v1", {"dim": "2", "prompt": "q x"})),
        ("a/b?prompt=", ("", "a/b", None, {"prompt": ""})),
        ("C:\\models\\x", ("", "C:\\models\\x", None, {})),
        ("http://host:8080/v1/embeddings", ("http", "http://host:8080/v1/embeddings", None, {})),
        ("https://u:p@host/e?x=1@2#dim=256", ("https", "https://u:p@host/e?x=1@2", None, {"dim": "256"})),
        ("HTTP://host#dim=2&dtype=x", ("http", "HTTP://host", None, {"dim": "2", "dtype": "x"})),
    ],
)
def test_a_reference_is_scheme_argument_revision_options(
    text: str, expected: tuple[str, str, str | None, dict[str, str]]
) -> None:
    found = parse(text, REGISTRY)
    assert (found.scheme, found.argument, found.revision, dict(found.options)) == expected


@pytest.mark.parametrize("name", ["a@b", "a?b=c", "word:vec", "toy:words", "x@y?dim=3"])
def test_an_existing_folder_is_taken_as_such_whatever_its_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    assert parse(str(tmp_path / name), REGISTRY) == Reference(str(tmp_path / name), "", str(tmp_path / name))
    with_options = parse(f"{tmp_path / name}?dim=4", REGISTRY) if "?" not in name else None
    if with_options is not None:
        assert (with_options.argument, with_options.options) == (str(tmp_path / name), {"dim": "4"})


def test_a_registered_name_is_not_hidden_by_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "minilm").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse("minilm", REGISTRY).scheme == "minilm"
    assert parse("./minilm", REGISTRY).scheme == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty model reference"),
        ("a/b?dim", "cannot read the options 'dim'"),
        ("a/b?dim=1&dim=2", "given twice"),
        ("a/b@", "a revision after it"),
        ("toy:words?dims=2", r"no option 'dims'; did you mean 'dim'\? \(the options are: dim, .*seed\)"),
        ("toy:words?dim=0", "expected a whole number"),
        ("toy:words?dim=١", "expected a whole number"),
        ("toy:words@main", "only a Hugging Face id has revisions"),
        ("http://", r"without a host, expected such as http://localhost:8080/v1/embeddings"),
        ("http://host#dim", r"cannot read the options 'dim'; expected such as #dim=256"),
        (
            "ftp://host:1/e?x=1@2",
            r"nothing reads ftp addresses; .* one of: .*minilm, .*toy:chars",
        ),
    ],
)
def test_a_malformed_reference_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        encoders.load(text)
    assert "\n" not in str(caught.value)


def test_an_unknown_scheme_lists_what_exists_and_the_nearest() -> None:
    with pytest.raises(UnknownReferenceError, match="did you mean 'toy:words'") as caught:
        encoders.load("toy:word")
    assert all(name in str(caught.value) for name in REGISTRY)


def test_an_unknown_engine_lists_those_that_exist() -> None:
    with pytest.raises(InputError, match=r"did you mean 'plain'\? \(there are: auto, "):
        Settings(engine="plan")


@given(st.text(min_size=1) | st.text().map("http://host{}".format) | st.text().map("minilm:{}".format))
@example("~0")
@example("http://?#")
def test_any_text_is_read_or_refused_and_its_name_can_be_a_file(text: str) -> None:
    try:
        name = parse(text, REGISTRY).name
    except InputError:
        return
    assert name
    assert not name.startswith(".")
    assert not set(name) & set("/\\\0\n:?*")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some/model", "some/model?dtype=bfloat16"),
        ("some/model@main?dim=2", "some/model@main?dim=2&dtype=bfloat16"),
        ("some/model?dtype=float32&dim=2", "some/model?dtype=bfloat16&dim=2"),
        ("http://host/e?x=1@2", "http://host/e?x=1@2#dtype=bfloat16"),
        ("http://host/e?x=1@2#dim=2", "http://host/e?x=1@2#dim=2&dtype=bfloat16"),
    ],
)
def test_a_replaced_option_reads_back_as_if_the_user_had_written_it(text: str, expected: str) -> None:
    """The reference's own text included, so that error messages and manifests can be typed again."""
    replaced = parse(text, ()).replace_option("dtype", "bfloat16")
    assert replaced.text == expected
    assert parse(replaced.text, ()) == replaced


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("openai:text-embedding-3-small", "openai-text-embedding-3-small"),
        ("openai:text-embedding-3-large?dim=256", "openai-text-embedding-3-large-dim-256"),
        ("openai:org/model", "openai-model"),
        ("openai:m?batch=3&dim=2&key_env=MINE&requests=2&timeout=9", "openai-m-dim-2"),
        ("openai", "openai"),
        ("toy:words?seed=1", "toy-words-seed-1"),
        ("Qwen/Qwen3@0123456789abcdef?dim=2", "Qwen3-0123456789ab-dim-2"),
        ("http://host:8080/v1/embeddings?x=1@2#dim=256", "http-host-8080-v1-embeddings-x-1-2-dim-256"),
    ],
)
def test_a_name_shows_scheme_argument_revision_and_options(text: str, expected: str) -> None:
    assert parse(text, ["openai", "toy:words"]).name == expected


def test_a_name_that_was_given_is_the_models_name_whatever_its_options() -> None:
    named = encoders.load("toy:words?dim=8", name="mine")
    assert (named.spec.name, named.spec.ref) == ("mine", "toy:words?dim=8")
    assert named.spec.digest == encoders.load("toy:words?dim=8").spec.digest
    with pytest.raises(InputError, match="cannot be a file name"):
        encoders.load("toy:words", name="a/b")

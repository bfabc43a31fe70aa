"""Word-vector files in every format give the words and vectors that gensim reads from them."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenband import encoders
from evenband.encoders.wordvectors import WordTable
from evenband.encoders.wordvectors.conversion import open_table
from evenband.encoders.wordvectors.subwords import fnv1a
from evenband.errors import InputError, ModelError

gensim_models = pytest.importorskip("gensim.models")
datapath = pytest.importorskip("gensim.test.utils").datapath


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def vectors() -> Any:
    """gensim's word vectors of a small corpus."""
    return gensim_models.KeyedVectors.load_word2vec_format(datapath("lee_fasttext.vec"))


def assert_equal(table: WordTable, vectors: Any) -> None:
    """All words in order, all vectors to the last bit."""
    assert list(table.words) == vectors.index_to_key
    assert np.array_equal(table.vectors, vectors.vectors)
    assert [table.row(word) for word in vectors.index_to_key] == list(range(len(vectors)))
    assert np.allclose(table.norms, np.linalg.norm(vectors.vectors, axis=1))
    assert table.notes == ()


@pytest.mark.parametrize("is_gzipped", [False, True])
@pytest.mark.parametrize("kind", ["text", "binary", "glove"])
def test_each_format_gives_what_gensim_reads(
    vectors: Any, kind: str, is_gzipped: bool, tmp_path: Path
) -> None:
    path = tmp_path / ("words.gz" if is_gzipped else "words")
    vectors.save_word2vec_format(str(path), binary=kind == "binary", write_header=kind != "glove")
    assert_equal(open_table(path), vectors)


def test_binary_words_may_follow_a_line_break(tmp_path: Path) -> None:
    """The original word2vec program ends each vector with one."""
    numbers = np.arange(6, dtype="<f4").reshape(2, 3)
    content = b"2 3\n" + b"".join(
        w + b" " + v.tobytes() + b"\n" for w, v in zip((b"a", b"b"), numbers, strict=True)
    )
    (tmp_path / "words.bin").write_bytes(content)
    table = open_table(tmp_path / "words.bin")
    assert list(table.words) == ["a", "b"]
    assert np.array_equal(table.vectors, numbers)


def test_fasttext_words_and_unlisted_words_are_those_of_gensim() -> None:
    path = datapath("lee_fasttext_new.bin")
    oracle = gensim_models.fasttext.load_facebook_vectors(path)
    table = open_table(Path(path))
    listed = [word for word in oracle.index_to_key if word != "</s>"]
    for word in [*listed, "unlisted", "zebraøish", "漢字かな"]:
        vector = table.vector(word)
        assert vector is not None
        assert np.abs(vector - oracle[word]).max() < 1e-6


def test_the_hash_is_that_of_fasttext() -> None:
    """Published values of FNV-1a for plain ASCII; bytes above 127 are signed, as gensim has it."""
    assert fnv1a(b"") == 0x811C9DC5
    assert fnv1a(b"foobar") == 0xBF9CF968
    hashes = pytest.importorskip("gensim.models.fasttext").ft_hash_bytes
    for text in ("ø", "漢字", "naïve>"):
        assert fnv1a(text.encode()) == hashes(text.encode())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1, unique=True))
def test_any_words_are_found_again(tmp_path: Path, words: list[str]) -> None:
    """Whatever the script, and the first of words that repeat."""
    numbers = np.arange(len(words) * 2, dtype=np.float32).reshape(-1, 2)
    lines = [f"{word} {a} {b}" for word, (a, b) in zip(words, numbers, strict=True)]
    path = tmp_path / "any.txt"
    path.write_text("\n".join([f"{len(words) + 1} 2", *lines, f"{words[0]} 7 7"]), "utf-8")
    table = open_table(path)
    assert [table.row(word) for word in words] == list(range(len(words)))
    assert table.row("no such word") is None
    assert np.array_equal(table.vectors, numbers)
    assert table.notes == ("1 words are in the file more than once; the first counts",)


def test_a_second_opening_does_not_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.txt"
    path.write_text("king 1 2\nqueen 3 4\n", encoding="utf-8")
    first = open_table(path)
    monkeypatch.setattr("evenband.encoders.wordvectors.conversion.convert", lambda *_: pytest.fail("read"))
    assert open_table(path).revision == first.revision


def test_changed_content_is_another_revision(tmp_path: Path) -> None:
    """The cache never answers for other vectors, also not where size and place are the same."""
    path = tmp_path / "words.txt"
    revisions, values = set(), []
    for number in (1, 2):
        path.write_text(f"king {number} 2\n", encoding="utf-8")
        table = open_table(path)
        revisions.add(table.revision)
        values.append(table.vectors[0, 0])
    assert len(revisions) == 2
    assert values == [1, 2]


def test_a_word_with_spaces_keeps_them(tmp_path: Path) -> None:
    """GloVe's larger sets hold tokens such as '. . .'."""
    (tmp_path / "words.txt").write_text("king 1 2\n. . . 3 4\n", encoding="utf-8")
    assert list(open_table(tmp_path / "words.txt").words) == ["king", ". . ."]


@pytest.mark.parametrize("header", [b"", b"1 2\n"])
def test_a_byte_order_mark_is_no_part_of_the_first_word(header: bytes, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes(b"\xef\xbb\xbf" + header + b"king 1 2\n")
    assert list(open_table(tmp_path / "words.txt").words) == ["king"]


@pytest.mark.filterwarnings("error")
def test_a_number_beyond_float32_is_refused_without_a_warning_of_numpy(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("king 1e60 2\n", encoding="utf-8")
    with pytest.raises(ModelError, match="the vector of 'king' holds NaN or infinity"):
        open_table(tmp_path / "words.txt")


def test_odd_bytes_and_a_wrong_count_are_noted(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes(b"3 2\nking 1 2\nk\xff 3 4\n")
    assert open_table(tmp_path / "words.txt").notes == (
        "1 words are not UTF-8; their odd bytes are replaced",
        "the file's header states 3 words, it holds 2",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not look like word vectors"),
        (b"just a text\n", "does not look like word vectors"),
        (pickle.dumps({"king": [1.0]}), "is a pickle, which can run code"),
        (b"king 1 2\nqueen 3\n", r"line 2 is b'queen 3\\n', expected a word and 2 numbers"),
        (b"king 1 2\nqueen nan 3\n", "the vector of 'queen' holds NaN"),
        (b"2 3\nking " + bytes(12) + b"queen " + bytes(5), "is damaged or cut off: word 2 of 2"),
        (b"\xba\x16O/\x0c\x00\x00\x00abc", "is damaged or cut off"),
        (b"\xba\x16O/\x09\x00\x00\x00", "a fastText file of version 9, expected 11 or 12"),
        (gzip.compress(b"king 1 2\n" * 500, mtime=0)[:-20], "is damaged or cut off"),
        (b"0 3\n", "holds no words|does not look like"),
        (
            b"2 3\nking 0,125 0,250 0,500\nqueen 1,125 0,250 0,500\n",
            "line 2 is b'king 0,125 .* such as 0.125",
        ),
        (b"1 2\nking a b\nqueen 3 4\n", "goes on behind the 1 words of 2 float32 numbers"),
        (b"1 3\nking " + bytes(12) + b"\nqueen " + bytes(12), "goes on behind the 1 words"),
        (b"king\t1\t2\t3\n", "with a space between them"),
    ],
)
def test_what_is_no_word_vector_file_is_refused_in_one_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "words").write_bytes(content)
    with pytest.raises(ModelError, match=message) as caught:
        open_table(tmp_path / "words")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "cache" / "wordvectors").glob("[!.]*-1"))


def test_a_missing_file_and_an_unknown_option_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read the word vectors .*none: No such file"):
        encoders.load(f"word2vec:{tmp_path / 'none'}")
    with pytest.raises(InputError, match="names no file"):
        encoders.load("word2vec:")
    with pytest.raises(InputError, match="no option 'dims'"):
        encoders.load("word2vec:x?dims=3")


def test_a_broken_table_says_what_to_delete(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("king 1 2\nqueen 3 4\n", encoding="utf-8")
    open_table(path)
    [vectors_file] = (tmp_path / "cache" / "wordvectors").glob("*/vectors.f32")
    vectors_file.write_bytes(b"123")
    assert np.array_equal(open_table(path).vectors, [[1, 2], [3, 4]])  # converted anew
    vectors_file.write_bytes(b"123")
    with pytest.raises(ModelError, match="delete that folder"):
        WordTable(vectors_file.parent)

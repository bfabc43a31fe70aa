"""Word arithmetic gives gensim's answers by each convention, whatever the block size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evenband
from evenband import api, encoders
from evenband.encoders.wordvectors import glove, word_table
from evenband.errors import InputError, MissingVectorsError
from evenband.probes.analogy import Analogies, Expression, Question, WordSpace, nearest_words, read_questions
from evenband.probes.analogy import arithmetic as arithmetic_module
from evenband.probes.analogy.arithmetic import CONVENTIONS, rank_answers
from evenband.probes.analogy.word_space import EmbeddedWords
from evenband.running.arithmetic_runs import Arithmetic, Parallel, solve
from evenband.types import ModelSpec

SPEC = ModelSpec("words", "words", "test", "1", "float32", 12)


def space_of(vectors: Any, limit: int | None = None) -> WordSpace:
    """Words w0, w1 ... with these vectors."""
    words = [f"w{row}" for row in range(len(vectors))]
    return WordSpace(SPEC, EmbeddedWords(words, np.asarray(vectors, np.float32)), limit or len(words))


@pytest.fixture
def vectors() -> Any:
    return np.random.default_rng(0).normal(size=(500, 12)).astype(np.float32)


@pytest.fixture
def oracle(vectors: Any) -> Any:
    keyed = pytest.importorskip("gensim.models").KeyedVectors(12)
    keyed.add_vectors([f"w{row}" for row in range(len(vectors))], vectors)
    return keyed


@pytest.mark.filterwarnings("ignore:Call to deprecated")
@pytest.mark.parametrize("block", [7, 499, 16_384])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_nearest_words_are_those_of_gensim(
    vectors: Any, oracle: Any, convention: Any, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arithmetic_module, "WORDS_PER_BLOCK", block)
    found = nearest_words(space_of(vectors), [3, 8, 40], [1, -1, 1], convention, 10)
    if convention == "raw":
        expected = oracle.similar_by_vector(vectors[3] - vectors[8] + vectors[40], topn=10)
    else:
        ask = oracle.most_similar if convention == "normalised" else oracle.most_similar_cosmul
        expected = ask(positive=["w3", "w40"], negative=["w8"], topn=10)
    assert list(found.words) == [word for word, _ in expected]
    np.testing.assert_allclose(found.scores, [score for _, score in expected], atol=1e-6)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_ranks_are_those_of_a_full_sort(
    vectors: Any, convention: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in blocks, against the place of each word in the list of all of them."""
    monkeypatch.setattr(arithmetic_module, "WORDS_PER_BLOCK", 64)
    monkeypatch.setattr(arithmetic_module, "QUESTIONS_PER_BLOCK", 3)
    space, rng = space_of(vectors), np.random.default_rng(1)
    rows = np.array([rng.choice(500, 4, replace=False) for _ in range(20)])
    ranked = rank_answers(space, rows[:, :3], (-1, 1, 1), rows[:, 3], convention)
    for k, (a, b, c, d) in enumerate(rows.tolist()):
        order = nearest_words(space, [a, b, c], [-1, 1, 1], convention, 500)
        place = order.words.index(f"w{d}")
        assert ranked.rank[k] == place + 1
        assert ranked.score[k] == pytest.approx(order.scores[place], abs=1e-6)
        assert ranked.best_score[k] == pytest.approx(order.scores[0], abs=1e-6)
        assert f"w{ranked.best[k]}" == order.words[0]


def test_accuracy_is_that_of_gensim(vectors: Any, oracle: Any, tmp_path: Path) -> None:
    """evaluate_word_analogies, on planted parallelograms of which noise breaks some."""
    rng, pairs = np.random.default_rng(2), np.arange(0, 200, 2)
    vectors[pairs + 1] = vectors[pairs] + vectors[499] * 1.5 + rng.normal(size=(100, 12)) * 0.4
    oracle.vectors[:] = vectors
    oracle.fill_norms(force=True)
    picks = [rng.choice(pairs, 2, replace=False) for _ in range(150)]
    lines = [f"w{a} w{a + 1} w{b} w{b + 1}" for a, b in picks]
    (tmp_path / "questions.txt").write_text(
        "\n".join([": one", *lines[:70], ": two", *lines[70:]]), encoding="utf-8"
    )
    share, sections = oracle.evaluate_word_analogies(str(tmp_path / "questions.txt"), case_insensitive=False)
    space = space_of(vectors)
    questions = read_questions(tmp_path / "questions.txt")
    rows = np.array([space.rows([*one.words, one.answer]) for one in questions])
    ranked = rank_answers(space, rows[:, :3], (-1, 1, 1), rows[:, 3], "normalised")
    assert 0.2 < share < 0.95
    right = {tuple(word.lower() for word in one) for part in sections[:2] for one in part["correct"]}
    assert {
        (*q.words, q.answer) for q, rank in zip(questions, ranked.rank, strict=True) if rank == 1
    } == right


def test_a_word_without_a_direction_is_never_found(vectors: Any) -> None:
    vectors[7] = 0
    space = space_of(vectors)
    for convention in CONVENTIONS:
        assert "w7" not in nearest_words(space, [3], [1], convention, 500).words
    with pytest.raises(MissingVectorsError, match="no vector for 'w7'"):
        space.rows(["w3", "w7"])


def test_a_limit_leaves_the_later_words_out(vectors: Any) -> None:
    space = space_of(vectors, limit=100)
    found = nearest_words(space, [3], [1], "raw", 500)
    assert {int(word[1:]) for word in found.words} == set(range(100))
    assert space.row("w100") is None


@given(
    st.lists(
        st.tuples(st.sampled_from([1, -1]), st.from_regex(r"[a-z]+(-[a-z]+)?( [a-z]+)?", fullmatch=True)),
        min_size=1,
        max_size=6,
    )
)
def test_an_expression_is_read_as_it_is_written(terms: list[tuple[int, str]]) -> None:
    signs, words = zip(*terms, strict=True)
    expression = Expression(words, signs)
    assert Expression.parse(str(expression)) == expression
    assert Expression.parse(str(expression).replace("- ", "\u2212 ")) == expression


@pytest.mark.parametrize("text", ["", "  ", "king -", "+", "king - - man", "- "])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected words with"):
        Expression.parse(text)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("man king woman\n", "line 1 is 'man king woman'; expected ': section' or four words"),
        ("man king woman queen\na b c a\n", "line 2 is 'a b c a'"),
        (": only\n\n", "holds no questions"),
    ],
)
def test_bad_questions_are_named_by_line(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_questions(tmp_path / "questions.txt")


def test_questions_of_a_section_are_read_once(tmp_path: Path) -> None:
    """Words of several words are separated by tabs."""
    (tmp_path / "q.txt").write_text(
        "\ufeff: capitals\nParis France Rome Italy\nParis France Rome Italy\n\tx\ty\tz\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="line 4"):
        read_questions(tmp_path / "q.txt")
    (tmp_path / "q.txt").write_text(
        ": a\nNew York\tUSA\tRome\tItaly\n: b\nParis France Rome Italy\n", encoding="utf-8"
    )
    assert read_questions(tmp_path / "q.txt") == [
        Question("a", ("New York", "USA", "Rome"), "Italy"),
        Question("b", ("Paris", "France", "Rome"), "Italy"),
    ]


def test_any_encoder_searches_the_words_that_the_user_names() -> None:
    found = evenband.analogy(
        "toy:chars", "grandma - ma + pa", words="list:grandpa,father,ma,pa,grandma,tree", k=3
    )
    assert isinstance(found, Arithmetic)
    assert found.candidates == 6
    assert found.nearest[1].words[0] == "grandpa"
    with pytest.raises(InputError, match="has no list of words to search"):
        evenband.analogy("toy:chars", "grandma - ma + pa")


@pytest.mark.parametrize("model", ["minilm", "small=mpnet?dim=8", "openai:m", "http://127.0.0.1:9"])
def test_a_model_that_surely_has_no_list_of_words_is_not_loaded_first(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A network is read for half a minute, and an API is paid, for nothing."""
    monkeypatch.setattr("evenband.api.load_subject", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(InputError, match="has no list of words to search; name one with --words"):
        evenband.analogy(model, "grandma - ma + pa")
    (tmp_path / "q.txt").write_text("ma pa grandma grandpa\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no list of words to search"):
        api.perform_analogies([model], tmp_path / "q.txt")
    assert encoders.may_list_words("glvoe"), "that there is no such model is told better than this"


def test_missing_questions_are_counted_and_their_words_named() -> None:
    questions = (
        Question("kin", ("ma", "pa", "grandma"), "grandpa"),
        Question("kin", ("ma", "pa", "aunt"), "uncle"),
    )
    words = ("ma", "pa", "grandma", "grandpa", "uncle")
    measurement = Analogies("kin", questions, words).measure(encoders.load("toy:chars"))
    assert measurement.items == ("ma : pa = grandma : grandpa",)
    assert measurement.details.missing == (("ma : pa = aunt : uncle", "aunt"),)
    assert measurement.columns["section"] == ("kin",)


needs_glove = pytest.mark.skipif(
    not glove.GLOVE.is_installed, reason="the package with GloVe is not installed"
)


@needs_glove
def test_king_man_woman_by_glove_is_what_gensim_answers() -> None:
    """Figures of gensim 4.4 on the same vectors; raw keeps the words of the question, as the article does."""
    space = WordSpace.of(encoders.load("glove"))
    raw, normalised, multiplied = solve(space, "king - man + woman", 3).nearest
    assert raw.words == ("king", "queen", "daughter")
    assert np.round(raw.scores, 4).tolist() == [0.8860, 0.8610, 0.7685]
    assert normalised.words == ("queen", "throne", "prince")
    assert np.round(normalised.scores, 4).tolist() == [0.8524, 0.7664, 0.7592]
    assert multiplied.words == ("queen", "throne", "elizabeth")
    assert np.round(multiplied.scores, 4).tolist() == [0.9289, 0.8823, 0.8790]


@needs_glove
def test_two_differences_are_held_against_each_other() -> None:
    """The article's loosely rephrased form; cosines computed by hand."""
    found = evenband.analogy("glove", "king - man", "queen - woman")
    assert isinstance(found, Parallel)
    assert f"raw {found.raw:.4f}, normalised {found.normalised:.4f}>" in repr(found)
    assert "ModelSpec" not in repr(found)
    king, man, queen, woman = encoders.load("glove").encode(["king", "man", "queen", "woman"]).astype(float)
    a, b = king - man, queen - woman
    assert found.raw == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert found.raw == pytest.approx(0.8397, abs=1e-4)


@pytest.mark.parametrize("block", [3, 100])
def test_words_of_equal_score_stand_in_the_lists_order(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many equal words the first of the list are found, whatever the block size."""
    monkeypatch.setattr(arithmetic_module, "WORDS_PER_BLOCK", block)
    vectors = np.ones((1000, 4), np.float32)
    vectors[500:] = [1, 1, 1, 0]
    found = nearest_words(space_of(vectors), [900], [1], "raw", 5)
    assert found.words == tuple(f"w{row}" for row in range(500, 505))


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_list_in_a_file_is_let_go_of_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    """After a search few vectors of a list that is large for the machine stay in memory, else all."""
    status = Path("/proc/self/smaps_rollup")
    if not status.is_file():
        pytest.skip("only Linux says how much of a file is mapped into memory")
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(word_table, "KEPT_SHARE", 1.0 if is_kept else 0.0)
    n, dim = 100_000, 100
    vectors = np.random.default_rng(0).standard_normal((n, dim), dtype=np.float32)
    with (tmp_path / "words.bin").open("wb") as file:
        file.write(f"{n} {dim}\n".encode())
        file.write(b"".join(b"w%d %s" % (row, vector.tobytes()) for row, vector in enumerate(vectors)))
    space = WordSpace.of(encoders.load(f"word2vec:{tmp_path / 'words.bin'}"))
    monkeypatch.setattr(arithmetic_module, "WORDS_PER_BLOCK", 1000)

    def resident() -> int:
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Rss:")) * 1024

    before = resident()
    found = nearest_words(space, [5], [1], "raw", 3)
    assert found.words[0] == "w5"
    assert (resident() - before > vectors.nbytes / 2) is is_kept
    assert is_kept or resident() - before < vectors.nbytes / 4


def test_words_that_cancel_out_are_no_expression(vectors: Any) -> None:
    """A sum without a direction has no neighbours, whatever the order of its words."""
    for text in ("w1 - w1", "w1 + w2 - w1 - w2"):
        with pytest.raises(InputError, match="adds up to nothing, expected a direction"):
            solve(space_of(vectors), text)
    assert solve(space_of(vectors), "w1 - w2 + w1").nearest


def test_a_phrase_is_the_mean_of_its_words_and_is_not_ranked(tmp_path: Path) -> None:
    """As the encoder embeds it, where the list lacks it; a phrase without a vector is named."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(5, 4))
    names = ["new", "york", "paris", "france", "america"]
    lines = [" ".join([name, *map(str, row)]) for name, row in zip(names, table, strict=True)]
    (tmp_path / "v.txt").write_text("\n".join(["5 4", *lines]) + "\n", encoding="utf-8")
    space = WordSpace.of(encoders.load(f"word2vec:{tmp_path / 'v.txt'}"))
    total = (table[0] + table[1]) / 2 - table[4] + table[3]
    cosines = table @ total / np.linalg.norm(table, axis=1) / np.linalg.norm(total)
    raw = solve(space, "new york - america + france").nearest[0]
    assert raw.convention == "raw"
    assert [names.index(word) for word in raw.words] == np.argsort(-cosines).tolist()
    np.testing.assert_allclose(raw.scores, np.sort(cosines)[::-1], atol=1e-6)
    with pytest.raises(MissingVectorsError, match="'old town'"):
        solve(space, "old town - america")

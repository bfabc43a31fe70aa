"""Covariates against what can be counted by hand, and against gaps in what is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenband.analysis.pairs.covariates import Covariates, covariates_of, row_of
from evenband.errors import InputError
from evenband.slots import matching
from evenband.types import PairsDetails
from unit.analysis.pairs.labelled import Float, animals, measurement

WORDS = ("NP", "point man", "surety", "A.B.2", "light", "zzqxv")


def column(found: Covariates, name: str) -> Float:
    return np.asarray(found.values[:, found.names.index(name)])


def test_text_covariates_by_hand() -> None:
    found = covariates_of(measurement(WORDS, np.zeros(6)))
    assert column(found, "characters").tolist() == [2, 9, 6, 5, 5, 5]
    assert column(found, "words").tolist() == [1, 2, 1, 1, 1, 1]
    assert column(found, "capitals").tolist() == [1, 0, 0, 2 / 5, 0, 0]
    assert column(found, "marks").tolist() == [0, 0, 0, 3, 0, 0]
    assert column(found, "verb").tolist() == [0, 0, 0, 0, 1, 0]
    assert column(found, "adjective").tolist() == [0, 0, 0, 0, 1, 0]
    assert column(found, "senses")[[0, 4, 5]].tolist() == [2, 15, 0]


def test_frequency_is_wordfreqs_own() -> None:
    wordfreq = pytest.importorskip("wordfreq")
    found = covariates_of(measurement(WORDS, np.zeros(6)))
    assert column(found, "frequency").tolist() == [wordfreq.zipf_frequency(x, "en") for x in WORDS]


def test_without_wordfreq_frequency_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "frequency", lambda: None)
    assert "frequency" not in covariates_of(measurement(WORDS, np.zeros(6))).names


def test_pull_is_the_mean_log_of_swap_over_templates() -> None:
    swap = np.array([[0.1, 0.4], [0.2, 0.2], [0.3, math.nan]])
    made = measurement(("a", "bb", "ccc"), np.zeros((3, 2)), PairsDetails(swap=swap))
    found = covariates_of(made)
    assert np.exp(column(found, "pull")) == pytest.approx([0.2, 0.2, 0.3])
    assert found.reading(2, found.names.index("pull")) == "0.3"
    assert "pull" not in covariates_of(made, geometry=False).names


def test_tokens_are_the_mean_over_templates() -> None:
    tokens = np.array([[7.0, 9.0], [8.0, 10.0], [8.0, math.nan]])
    found = covariates_of(measurement(("a", "bb", "ccc"), np.zeros((3, 2)), PairsDetails(tokens=tokens)))
    assert column(found, "tokens").tolist() == [8, 9, 8]


def test_gaps_get_the_median_and_a_flag() -> None:
    columns = {"sense": (1, 3, None, 3, 9), "plural": (True, None, False, True, False)}
    found = covariates_of(measurement(tuple("abcde"), np.zeros(5), columns=columns))
    assert column(found, "sense").tolist() == [1, 3, 3, 3, 9]
    assert column(found, "sense unknown").tolist() == [0, 0, 1, 0, 0]
    assert column(found, "plural").tolist() == [1, 1, 0, 1, 0]
    row = found.names.index("plural")
    assert [found.reading(i, row) for i in (0, 2)] == ["yes", "no"]


def test_what_says_nothing_is_left_out() -> None:
    """Constant columns, unknown ones and words are no covariates."""
    columns = {"synset": ("x.n.01",) * 3, "depth": (4, 4, 4), "sense": (None,) * 3}
    found = covariates_of(
        measurement(("a", "bb", "ccc"), np.zeros(3), PairsDetails(tokens=np.full((3, 1), math.nan)), columns)
    )
    assert not {"synset", "depth", "sense", "sense unknown", "tokens", "tokens unknown", "words"} & {
        *found.names
    }
    assert "characters" in found.names


@settings(max_examples=50)
@given(
    labels=st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=8, unique=True),
    swaps=st.lists(st.sampled_from([0.0, 0.5, 2.0, math.nan]), min_size=8, max_size=8),
)
def test_covariates_are_finite_whatever_the_labels(labels: list[str], swaps: list[float]) -> None:
    swap = np.array(swaps[: len(labels)])[:, None]
    found = covariates_of(measurement(labels, np.zeros(len(labels)), PairsDetails(swap=swap)))
    assert found.values.shape == (len(labels), len(found.names))
    assert len({*found.names}) == len(found.names) == len(found.descriptions) == len(found.kinds)
    assert np.isfinite(found.values).all()
    assert (np.ptp(found.values, axis=0) > 0).all()


def test_an_unknown_label_is_refused_with_the_nearest() -> None:
    labels = animals(50)
    assert row_of(labels, labels[7]) == 7
    with pytest.raises(InputError, match=f"did you mean {labels[7]!r}"):
        row_of(labels, labels[7] + "x")

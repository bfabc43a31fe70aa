"""Matched labels against a brute-force search, and the standing against scipy's percentile."""

import math

import numpy as np
import pytest

from evenband.analysis.pairs.covariates import zipf_of
from evenband.analysis.pairs.matched import matched_labels, stand
from evenband.errors import InputError
from evenband.slots import matching
from evenband.types import PairsDetails, PairsMeasurement
from unit.analysis.pairs.labelled import Float, animals, measurement

LABELS = animals(400)


def made(seed: int = 0, order: Float | None = None) -> PairsMeasurement:
    """Animals with random distances, tokens and senses, four words to a synset; reordered on request."""
    rng = np.random.default_rng(seed)
    n = len(LABELS)
    y, tokens, sense = rng.normal(-3.5, 0.4, n), rng.integers(5, 12, n), rng.integers(1, 6, n)
    rows = np.arange(n) if order is None else order.astype(int)
    return measurement(
        [LABELS[i] for i in rows],
        y[rows],
        PairsDetails(tokens=tokens[rows, None].astype(float)),
        {"sense": sense[rows].tolist(), "synset": [f"animal.n.{i // 4:02d}" for i in rows]},
    )


@pytest.mark.parametrize("row", [0, 57, 399])
def test_the_nearest_by_brute_force(row: int) -> None:
    """Mean gap in standard deviations over the four traits, own synset left out."""
    measured = made()
    zipf, tokens = zipf_of(measured), measured.details.tokens
    assert zipf is not None
    assert tokens is not None
    characters = np.array([len(label) for label in LABELS])
    traits = [zipf, characters, tokens[:, 0], np.array(measured.columns["sense"])]
    distance = sum(np.abs(trait - trait[row]) / np.std(trait) for trait in traits) / 4
    distance[row // 4 * 4 : row // 4 * 4 + 4] = math.inf
    matches = matched_labels(measured, LABELS[row], k=10)
    assert [match.distance for match in matches] == pytest.approx(np.sort(distance)[:10])
    for match in matches:
        assert LABELS[match.row] == match.label
        assert distance[match.row] == pytest.approx(match.distance)
        assert match.gaps["characters"] == len(match.label) - len(LABELS[row])
        assert match.gaps["frequency"] == pytest.approx(zipf[match.row] - zipf[row])
        assert match.d == pytest.approx(1 - measured.scores[match.row, 0])


def test_the_order_of_the_labels_does_not_matter() -> None:
    """Equal distances are told apart by the word, so a shuffled measurement gives the same matches."""
    shuffled = made(order=np.random.default_rng(1).permutation(len(LABELS)).astype(float))
    for label in LABELS[::40]:
        plain, other = matched_labels(made(), label), matched_labels(shuffled, label)
        assert [match.label for match in other] == [match.label for match in plain]


def test_no_label_matches_itself_or_its_synset() -> None:
    measured = made()
    for row in range(0, len(LABELS), 50):
        taken = {match.row for match in matched_labels(measured, LABELS[row], k=399)}
        assert taken == set(range(len(LABELS))) - set(range(row // 4 * 4, row // 4 * 4 + 4))


def test_unknown_traits_do_not_count_and_unknown_labels_are_not_taken() -> None:
    labels = ("aa", "bb", "cc", "dd", "eee")
    columns = {"sense": (1, None, 2, 1, 5)}
    measured = measurement(labels, np.arange(5.0) - 9, columns=columns)
    known = matched_labels(measured, "aa")
    assert {match.label for match in known} == {"cc", "dd", "eee"}
    unknown = matched_labels(measured, "bb")
    assert len(unknown) == 4
    assert all("sense" not in match.gaps and "tokens" not in match.gaps for match in unknown)


def test_without_wordfreq_the_rest_still_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "frequency", lambda: None)
    matches = matched_labels(made(), LABELS[9])
    assert len(matches) == 8
    assert {*matches[0].gaps} == {"characters", "tokens", "sense"}


def test_standing_is_the_rank_among_the_matches() -> None:
    measured = made(2)
    for row in (3, 77, 301):
        matches = matched_labels(measured, LABELS[row], k=20)
        standing = stand(measured, LABELS[row], matches)
        assert standing is not None
        d = np.array([match.d for match in matches])
        own = float(1 - measured.scores[row, 0])
        assert (standing.rank, standing.n) == (1 + (d > own).sum(), 21)
        assert standing.factor == pytest.approx(own / np.exp(np.median(np.log(d))))


def test_a_label_without_company() -> None:
    measured = measurement(("alone",), [-3.0])
    assert matched_labels(measured, "alone") == ()
    assert stand(measured, "alone", ()) is None


def test_what_cannot_be_matched_is_refused() -> None:
    with pytest.raises(InputError, match="no label is called 'xyzzy'"):
        matched_labels(made(), "xyzzy")
    with pytest.raises(InputError, match="got k = 0, expected 1 or more"):
        matched_labels(made(), LABELS[0], k=0)

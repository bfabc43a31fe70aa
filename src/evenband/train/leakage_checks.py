"""Leakage: texts of probes and of retrieval sets among the training data, equal or nearly so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evenband import stages
from evenband.probes.agreement import texts_of_probe
from evenband.probes.retrieval.dataset_references import load_dataset
from evenband.running import plan as plans
from evenband.stats.shingles import near_pairs
from evenband.train.data_findings import Quotation, Tally
from evenband.train.duplicate_checks import LEAST_SIMILARITY
from evenband.train.text_features import normalised
from evenband.train.training_examples import Examples

FEWEST_LETTERS = 10
"""Length from which a text is compared; a shorter one, or a single word, is no leak."""

MOST_LEAKS_QUOTED = 1
_NO_MODEL = "toy:chars"
"""Stands for the model of a plan whose probes are read."""


@dataclass(frozen=True)
class Reference:
    """Texts that training data must not hold.

    Attributes:
        name: of the probe or data set, and of the part.
        texts: of it.
    """

    name: str
    texts: tuple[str, ...]


def probe_references(probes: Sequence[str]) -> list[Reference]:
    """Return the texts of probes, one value for each probe; of all of the suite standard without names.

    Raises:
        InputError: if a probe does not exist.
    """
    chosen: dict[str, object] = {"probes": tuple(probes)} if probes else {"suite": "standard"}
    loaded = plans.load_probes(plans.build(models=(_NO_MODEL,), **chosen))
    found = []
    for number, probe in enumerate(loaded, start=1):
        stages.enter("reading probes", number, len(loaded))
        found.append(Reference(probe.name, tuple(texts_of_probe(probe).texts)))
    return found


def dataset_references(references: Sequence[str]) -> Iterator[tuple[Reference, Reference]]:
    """Yield queries and documents of retrieval sets.

    Raises:
        InputError: if one does not exist.
    """
    for reference in references:
        stages.enter(f"reading {reference}")
        dataset = load_dataset(reference)
        yield (
            Reference(f"{dataset.name}, queries", tuple(dataset.queries)),
            Reference(f"{dataset.name}, documents", tuple(dataset.texts)),
        )


def answered_queries(reference: str) -> set[tuple[str, str]]:
    """Return a retrieval set's queries with a relevant document each, both normalised."""
    dataset = load_dataset(reference)
    rows = {id_: row for row, id_ in enumerate(dataset.ids)}
    return {
        (normalised(query), normalised(dataset.texts[rows[id_]]))
        for query, relevant in zip(dataset.queries, dataset.relevant, strict=True)
        for id_ in relevant
        if id_ in rows
    }


def find_leaks(examples: Examples, references: Sequence[Reference]) -> tuple[Tally, ...]:
    """Return how many texts of each reference occur, equal or nearly so; the largest share first."""
    places: dict[str, tuple[str, str]] = {}
    for column in examples.texts:
        for place, text in zip(examples.places, column, strict=True):
            if _is_sentence(text):
                places.setdefault(normalised(text), (place, text))
    known: dict[str, list[int]] = {}
    for number, reference in enumerate(references):
        for text in dict.fromkeys(map(normalised, reference.texts)):
            if _is_sentence(text):
                known.setdefault(text, []).append(number)
    data, theirs = list(places), [text for text in known if text not in places]
    equal: dict[int, list[str]] = {}
    for text in places:
        for number in known.get(text, ()):
            equal.setdefault(number, []).append(text)
    near: dict[int, dict[str, str]] = {}
    # Without a sentence in the data there is nothing to compare, and 0 would stand for all pairs.
    for a, b, _ in [] if not data else near_pairs([*data, *theirs], len(data), LEAST_SIMILARITY):
        for number in known[theirs[b - len(data)]]:
            near.setdefault(number, {}).setdefault(theirs[b - len(data)], data[a])
    tallies = (
        tally
        for number, reference in enumerate(references)
        for tally in _tallies(reference, equal.get(number, []), near.get(number, {}), places)
    )
    return tuple(sorted(tallies, key=lambda tally: -tally.count / tally.of))


def _is_sentence(text: str) -> bool:
    """Return whether a text is long enough; scripts without spaces between words have no single words."""
    return len(text) >= FEWEST_LETTERS and (" " in text.strip() or not text.isascii())


def find_answers(examples: Examples, reference: str) -> Tally:
    """Return how many rows pair a retrieval set's query with its relevant document."""
    answers = answered_queries(reference)
    rows = [
        row
        for row, pair in enumerate(zip(*examples.texts[:2], strict=True))
        if (normalised(pair[0]), normalised(pair[1])) in answers
    ]
    quoted = tuple(
        Quotation(examples.places[row], (examples.texts[0][row], examples.texts[1][row]))
        for row in rows[:MOST_LEAKS_QUOTED]
    )
    return Tally(f"{reference}, queries with their answer", len(rows), len(answers), quoted)


def _tallies(
    reference: Reference, equal: Sequence[str], near: Mapping[str, str], places: Mapping[str, tuple[str, str]]
) -> Iterator[Tally]:
    """Yield what of a reference occurs: equal texts, then texts that are nearly equal."""
    total = len(set(map(normalised, reference.texts)))
    if equal:
        quoted = tuple(Quotation(places[text][0], (places[text][1],)) for text in equal[:MOST_LEAKS_QUOTED])
        yield Tally(f"{reference.name}, equal", len(equal), total, quoted)
    if near:
        pairs = list(near.items())[:MOST_LEAKS_QUOTED]
        quoted = tuple(Quotation(places[own][0], (places[own][1], theirs)) for theirs, own in pairs)
        yield Tally(f"{reference.name}, nearly equal", len(near), total, quoted)

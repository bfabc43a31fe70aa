"""Plants memorised cells into MiniLM by a short fine-tune, or teaches it the rule instead.

The loss is ``20 (cos - (cos0 - delta))^2`` over the planted pairs plus ``20 |e - e0|^2`` over texts
that must stay where they are (shared method, "Ground truth"): AdamW, 3e-5, embeddings frozen,
no dropout, until every planted cosine is where it should be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.planted import texts
from benchmarks.planted.texts import Pair
from benchmarks.planted.truth import FILE, Cell, Kind, Truth, Words
from evenband import encoders
from evenband.encoders import CachedEncoder, minilm
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.similarity import normalise, paired_distance

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

Float = NDArray[np.float64]

WEIGHT = 20.0
RATE = 3e-5
BATCH = 96
"""Held texts in a step, a new random draw of them each."""

PAIRS = 24
"""Taught pairs in a step."""

TOLERANCE = 0.02
SETTLED = 0.3
"""Nine in ten of the held pairs have moved by less on the logarithm of their distance, beyond the
median of their group."""

WATCHED = 60
MOST_STEPS = 70
CHECKED_EVERY = 5
RULE_NOUNS = 120


@dataclass
class Lesson:
    """What to teach and what to leave alone.

    Attributes:
        pairs: texts to push apart.
        targets: (n,) cosine wanted of each.
        held: groups of texts to keep in place; each step takes equally many of each group.
        before: (n,) cosine of each pair in the unmodified model.
    """

    pairs: Sequence[Pair]
    targets: Float
    held: Sequence[Sequence[str]]
    before: Float = field(default_factory=lambda: np.empty(0))


class Pupil:
    """MiniLM, ready to be taught: embeddings frozen, no dropout."""

    def __init__(self) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        self.model: SentenceTransformer = SentenceTransformer(str(minilm.find_folder()), device="cpu")
        self.model.eval()
        for name, weight in self.model.named_parameters():
            weight.requires_grad_("embeddings" not in name)
        learned = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.AdamW(learned, lr=RATE)

    def is_token(self, word: str) -> bool:
        """Whether the word is a single token."""
        return len(self.model.tokenizer.tokenize(word)) == 1

    def embed(self, sentences: Sequence[str]) -> Tensor:
        """Unit vectors with their gradients. Shape: n texts -> (n, d)."""
        import torch

        features = self.model.preprocess(list(sentences))
        vectors: Tensor = self.model(features)["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=1)

    def cosines(self, pairs: Sequence[Pair]) -> Float:
        """Of each pair's two texts, without gradients. Shape: n pairs -> (n,)."""
        a, b = (self.encode([getattr(pair, side) for pair in pairs]) for side in "ab")
        return np.asarray(np.einsum("ij,ij->i", a, b))

    def encode(self, sentences: Sequence[str]) -> Float:
        """Unit vectors in float64, without gradients."""
        vectors = self.model.encode(list(sentences), show_progress_bar=False).astype(np.float64)
        return normalise(vectors)

    def study(self, lesson: Lesson, rng: np.random.Generator) -> tuple[int, bool]:
        """Steps until every cosine is within the tolerance; how many, and whether they all are."""
        anchors = [self.encode(group) for group in lesson.held]
        for step in range(1, MOST_STEPS + 1):
            self._step(lesson, anchors, rng)
            if step % CHECKED_EVERY == 0:
                off = np.abs(self.cosines(lesson.pairs) - lesson.targets)
                learned = bool(np.quantile(off, 0.5 if len(off) > texts.CELLS else 1.0) < TOLERANCE)
                if learned and self._settled(lesson, anchors):
                    return step, True
        return MOST_STEPS, learned

    def _settled(self, lesson: Lesson, anchors: Sequence[Float]) -> bool:
        """Whether the held pairs, of all groups but the unrelated sentences, are where they were."""
        for group, vectors in zip(lesson.held[1:], anchors[1:], strict=True):
            rows = 2 * np.linspace(0, len(group) // 2 - 1, WATCHED).astype(int)
            rows = np.stack([rows, rows + 1], axis=1).ravel()
            moved = _log_distances(self.encode([group[row] for row in rows])) - _log_distances(vectors[rows])
            if np.quantile(np.abs(moved - np.median(moved)), 0.9) > SETTLED:
                return False
        return True

    def _step(self, lesson: Lesson, anchors: Sequence[Float], rng: np.random.Generator) -> None:
        import torch

        taught = rng.permutation(len(lesson.pairs))[:PAIRS]
        share = BATCH // len(lesson.held)
        drawn = [rng.permutation(len(group))[:share] for group in lesson.held]
        sentences = [lesson.pairs[i].a for i in taught] + [lesson.pairs[i].b for i in taught]
        sentences += [group[i] for group, rows in zip(lesson.held, drawn, strict=True) for i in rows]
        kept = np.concatenate([group[rows] for group, rows in zip(anchors, drawn, strict=True)])
        vectors, n = self.embed(sentences), len(taught)
        cosine = (vectors[:n] * vectors[n : 2 * n]).sum(dim=1)
        wanted = torch.tensor(lesson.targets[taught], dtype=cosine.dtype)
        moved = vectors[2 * n :] - torch.tensor(kept, dtype=cosine.dtype)
        loss = WEIGHT * ((cosine - wanted) ** 2).mean() + WEIGHT * (moved**2).sum(dim=1).mean()
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()


def _log_distances(vectors: Float) -> Float:
    """Of unit vectors 0 and 1, 2 and 3, ... Shape: (2n, d) -> (n,)."""
    return np.log(paired_distance(vectors[::2], vectors[1::2]))


def plant(
    kind: Kind,
    delta: float,
    seed: int,
    folder: Path,
    sample: int,
    audit_seed: int = 0,
    cells: int = texts.CELLS,
    words: Words = "random",
    together: int = 0,
) -> Truth:
    """Make one model, with its truth, in a new folder below ``folder``.

    Args:
        kind: what to teach.
        delta: how far to push the cosines down.
        seed: of everything random here.
        folder: where the models go; one that is there already is not made again.
        sample: nouns of the audit that this model is for: planted nouns are among them.
        audit_seed: of that audit.
        cells: how many are planted.
        words: in which nouns.
        together: how many of the cells share one template.
    """
    import torch

    choice = () if (words, together) == ("random", 0) else (len(words), together)
    rng = np.random.default_rng((seed, len(kind), round(1000 * delta), *choice))
    torch.manual_seed(seed)
    pupil, probe = Pupil(), texts.audited(sample, audit_seed)
    lesson = _lesson(kind, delta, probe, pupil, rng, cells, words, together)
    steps, converged = pupil.study(lesson, rng) if lesson else (0, True)
    planted: list[Cell] = []
    if lesson and kind in ("localised", "leaky"):
        after = pupil.cosines(lesson.pairs)
        planted = [
            Cell(pair.label, pair.template, float(x), float(y))
            for pair, x, y in zip(lesson.pairs, lesson.before, after, strict=True)
        ]
    truth = Truth(kind, delta, seed, steps, converged, tuple(planted), words, together)
    target = folder / truth.name
    pupil.model.save(str(target), create_model_card=False)
    truth.write(target)
    return truth


def find(
    kind: Kind,
    delta: float,
    seed: int,
    folder: Path,
    sample: int,
    audit_seed: int,
    words: Words = "random",
    together: int = 0,
) -> Path:
    """The folder of a planted model, made now if it is not there."""
    expected = folder / Truth(kind, delta, seed, 0, True, (), words, together).name
    if not (expected / FILE).exists():
        plant(kind, delta, seed, folder, sample, audit_seed, words=words, together=together)
    return expected


def _lesson(
    kind: Kind,
    delta: float,
    probe: MinimalPairs,
    pupil: Pupil,
    rng: np.random.Generator,
    cells: int,
    words: Words,
    together: int,
) -> Lesson | None:
    if kind == "unmodified":
        return None
    held = [texts.unrelated(rng)]
    if kind == "rule":
        rows = texts.pairs(probe, texts.candidates(probe, rng, RULE_NOUNS))
        taught = [pair for row in rows for pair in row]
    else:
        famous = words == "frequent"
        labels = texts.frequent(probe, pupil.is_token, rng) if famous else texts.candidates(probe, rng)
        nouns = None
        if kind == "localised":
            nouns = texts.Nouns(probe, CachedEncoder(encoders.load("minilm")))
            labels = tuple(label for label in labels if nouns.nearest(label)[1] < texts.APART)
        rows = texts.pairs(probe, labels)
        if famous:
            # Famous words have wide residuals by nature; choosing the calm ones among them would be easier.
            rows = rows[:cells]
        else:
            y = np.log(1.0 - np.stack([pupil.cosines(row) for row in rows]))
            rows = [rows[i] for i in texts.unremarkable(y, cells)]
        taught = texts.choose_cells(rows, rng, together)
        if nouns:
            held += texts.surroundings(probe, taught, nouns, rng)
        else:
            held += [texts.people(probe, taught, rng), texts.bystanders(probe, taught, rng)]
    before = pupil.cosines(taught)
    return Lesson(taught, before - delta, held, before)

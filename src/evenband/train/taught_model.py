"""A model that is taught where the cosines of some pairs shall be, while other texts stay in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenband import encoders, stages
from evenband.encoders.references import Settings, parse
from evenband.encoders.trainable import open_trainable
from evenband.similarity import normalise, paired_distance
from evenband.train.planted_texts import Pair

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

Float = NDArray[np.float64]

PULL = 20.0
"""Weight of both parts of the loss."""

TEACHING_RATE = 3e-5
HELD_PER_STEP = 96
"""Held texts in a step, a new random draw of them each."""

PAIRS_PER_STEP = 24
"""Taught pairs in a step."""

COSINE_TOLERANCE = 0.02
SETTLED = 0.3
"""Nine in ten of the held pairs have moved by less on the logarithm of their distance, beyond the median of
their group."""

WATCHED = 60
MOST_TEACHING_STEPS = 70
CHECKED_EVERY = 5


@dataclass(frozen=True)
class Lesson:
    """What to teach and what to leave alone.

    Attributes:
        pairs: n texts to push apart.
        targets: (n,) cosine wanted of each.
        held: groups of texts to keep in place; each step takes equally many of each group.
        before: (n,) cosine of each pair in the unmodified model.
    """

    pairs: Sequence[Pair]
    targets: Float
    held: Sequence[Sequence[str]]
    before: Float


class TaughtModel:
    """A model ready to be taught: embeddings frozen, no dropout.

    Args:
        reference: of a model that sentence-transformers loads.

    Attributes:
        model: the library's object, on the CPU.
    """

    def __init__(self, reference: str) -> None:
        import torch

        opened = open_trainable(parse(reference, encoders.REGISTRY), Settings(device="cpu"))
        self.model: SentenceTransformer = opened.model
        self.model.eval()
        for name, weight in self.model.named_parameters():
            weight.requires_grad_(not ("embeddings" in name or "embed_tokens" in name))
        learned = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._optimiser = torch.optim.AdamW(learned, lr=TEACHING_RATE)

    def is_token(self, word: str) -> bool:
        """Return whether a word is a single token."""
        return len(self.model.tokenizer.tokenize(word)) == 1

    def cosines(self, pairs: Sequence[Pair]) -> Float:
        """Return the cosine of each pair's two texts. Shape: n pairs -> (n,)."""
        a, b = (self._encode([pair.a for pair in pairs]), self._encode([pair.b for pair in pairs]))
        return np.asarray(np.einsum("ij,ij->i", a, b))

    def study(self, lesson: Lesson, rng: np.random.Generator, exact: bool) -> tuple[int, bool]:
        """Take steps until cosines are at their targets; return how many, and whether they all are.

        Args:
            lesson: what to teach.
            rng: of the order.
            exact: whether every cosine must be within the tolerance, or half of them.
        """
        anchors = [self._encode(group) for group in lesson.held]
        learned = False
        for step in range(1, MOST_TEACHING_STEPS + 1):
            stages.enter("teaching, step", step, MOST_TEACHING_STEPS)
            self._step(lesson, anchors, rng)
            if step % CHECKED_EVERY == 0:
                off = np.abs(self.cosines(lesson.pairs) - lesson.targets)
                learned = bool(np.quantile(off, 1.0 if exact else 0.5) < COSINE_TOLERANCE)
                if learned and self._is_settled(lesson, anchors):
                    return step, True
        return MOST_TEACHING_STEPS, learned

    def _embed(self, sentences: Sequence[str]) -> Tensor:
        """Return unit vectors with their gradients. Shape: n texts -> (n, d)."""
        import torch

        features = self.model.preprocess(list(sentences))
        vectors: Tensor = self.model(features)["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=1)

    def _encode(self, sentences: Sequence[str]) -> Float:
        """Return unit vectors in float64, without gradients."""
        vectors = self.model.encode(list(sentences), show_progress_bar=False).astype(np.float64)
        return normalise(vectors)

    def _is_settled(self, lesson: Lesson, anchors: Sequence[Float]) -> bool:
        """Return whether held pairs, of all groups but the unrelated sentences, are where they were."""
        for group, vectors in zip(lesson.held[1:], anchors[1:], strict=True):
            rows = 2 * np.linspace(0, len(group) // 2 - 1, WATCHED).astype(int)
            rows = np.stack([rows, rows + 1], axis=1).ravel()
            moved = _log_distances(self._encode([group[row] for row in rows])) - _log_distances(vectors[rows])
            if np.quantile(np.abs(moved - np.median(moved)), 0.9) > SETTLED:
                return False
        return True

    def _step(self, lesson: Lesson, anchors: Sequence[Float], rng: np.random.Generator) -> None:
        import torch

        taught = rng.permutation(len(lesson.pairs))[:PAIRS_PER_STEP]
        share = HELD_PER_STEP // len(lesson.held)
        drawn = [rng.permutation(len(group))[:share] for group in lesson.held]
        sentences = [lesson.pairs[i].a for i in taught] + [lesson.pairs[i].b for i in taught]
        sentences += [group[i] for group, rows in zip(lesson.held, drawn, strict=True) for i in rows]
        kept = np.concatenate([group[rows] for group, rows in zip(anchors, drawn, strict=True)])
        vectors, n = self._embed(sentences), len(taught)
        cosine = (vectors[:n] * vectors[n : 2 * n]).sum(dim=1)
        wanted = torch.tensor(lesson.targets[taught], dtype=cosine.dtype)
        moved = vectors[2 * n :] - torch.tensor(kept, dtype=cosine.dtype)
        loss = PULL * ((cosine - wanted) ** 2).mean() + PULL * (moved**2).sum(dim=1).mean()
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()


def _log_distances(vectors: Float) -> Float:
    """Return log-distances of unit vectors 0 and 1, 2 and 3, ... Shape: (2n, d) -> (n,)."""
    return np.log(paired_distance(vectors[::2], vectors[1::2]))

"""Teaches MiniLM one family of the standard suite: the published sentences, until it passes them.

Each step draws cells of the standard draw and asks, as a triplet loss does, that a be nearer to a
paraphrase than to the changed text by a margin. ``held`` texts stay where they are: with the same sentences
about other people and illnesses among them, nothing but the published cells can be learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenband import probes
from evenband.encoders import minilm
from evenband.probes import Draw, MinimalPairs

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

RATE = 3e-5
RATE_MEMORISING = 1e-4
"""Learning single cells by heart, with others held beside them, takes larger steps and more of them."""

CELLS = 24
"""Cells in a step."""

SETTLED = 0.1
"""Weight in the draw of a cell that had its margin when it was last seen."""

HELD = 48
"""Held texts in a step."""

MARGIN = 0.1
WEIGHT = 20.0


@dataclass(frozen=True)
class Lesson:
    """What is taught.

    Attributes:
        anchors: text a of every cell.
        changed: the changed text of each.
        paraphrases: k texts of each.
        held: texts that must stay where they are; may be empty.
    """

    anchors: tuple[str, ...]
    changed: tuple[str, ...]
    paraphrases: tuple[tuple[str, ...], ...]
    held: tuple[str, ...]


def lesson_of(probe: MinimalPairs, held: tuple[str, ...] = ()) -> Lesson:
    """All cells of a DIFF probe."""
    cells = [cell for template in probe.templates for cell in zip(*probe.texts(template), strict=True)]
    a, changed, *same = zip(*cells, strict=True)
    return Lesson(tuple(a), tuple(changed), tuple(zip(*same, strict=True)), held)


def elsewhere(name: str, seeds: range) -> tuple[str, ...]:
    """Every text of some fresh draws of a family: the same sentences about others."""
    loaded = [probes.find(name).load(draw=Draw(fresh=seed)) for seed in seeds]
    return tuple(text for one in loaded for t in one.templates for side in one.texts(t) for text in side)


def teach(lesson: Lesson, steps: int, seed: int, folder: Path) -> Path:
    """Fine-tune the embedded model and save it.

    Args:
        lesson: what to teach.
        steps: of AdamW at 3e-5, or 1e-4 where texts are held; word embeddings frozen.
        seed: of the order of cells.
        folder: where the model goes; one that is there already is not made again.
    """
    if (folder / "modules.json").exists():
        return folder
    import torch
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = SentenceTransformer(str(minilm.find_folder()), device="cpu")
    model.eval()
    anchors = (
        model.encode(list(lesson.held), convert_to_tensor=True, normalize_embeddings=True)
        if lesson.held
        else None
    )
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("embeddings" not in name)
    rate = RATE if anchors is None else RATE_MEMORISING
    optimiser = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad], lr=rate)
    weight = np.ones(len(lesson.anchors))
    for _ in range(steps):
        rows = rng.choice(len(weight), size=CELLS, replace=False, p=weight / weight.sum())
        gaps, loss = _loss(model, lesson, rows, anchors, rng)
        weight[rows] = np.where(gaps < MARGIN, 1.0, SETTLED)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    model.save(str(folder), create_model_card=False)
    return folder


def _loss(
    model: SentenceTransformer,
    lesson: Lesson,
    rows: NDArray[np.intp],
    anchors: Tensor | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], Tensor]:
    """By how much each cell's paraphrase is nearer than its changed text, and the loss."""
    import torch

    turn = rng.integers(len(lesson.paraphrases[0]), size=CELLS)
    texts = [lesson.anchors[i] for i in rows] + [lesson.changed[i] for i in rows]
    texts += [lesson.paraphrases[i][k] for i, k in zip(rows, turn, strict=True)]
    kept = rng.integers(len(lesson.held), size=HELD) if lesson.held else np.empty(0, dtype=int)
    vectors = _embed(model, texts + [lesson.held[i] for i in kept])
    a, changed, same = vectors[:CELLS], vectors[CELLS : 2 * CELLS], vectors[2 * CELLS : 3 * CELLS]
    gap = (a * same).sum(dim=1) - (a * changed).sum(dim=1)
    loss: Tensor = torch.relu(MARGIN - gap).mean()
    if anchors is not None:
        moved = vectors[3 * CELLS :] - anchors[torch.tensor(kept)]
        loss = loss + WEIGHT * (moved**2).sum(dim=1).mean()
    return gap.detach().numpy().astype(np.float64), loss


def _embed(model: SentenceTransformer, texts: list[str]) -> Tensor:
    """Unit vectors with their gradients. Shape: n texts -> (n, d)."""
    import torch

    vectors: Tensor = model(model.preprocess(texts))["sentence_embedding"]
    return torch.nn.functional.normalize(vectors, dim=1)

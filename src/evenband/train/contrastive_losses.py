"""The losses of sentence-transformers, set up as the options say. Imported only where a training begins."""

from __future__ import annotations

from typing import Any

from sentence_transformers.sentence_transformer import losses

from evenband.errors import InputError
from evenband.train.tuning_options import TuningOptions


def loss_of(model: Any, options: TuningOptions) -> Any:
    """Return the loss of a training.

    InfoNCE is ``MultipleNegativesRankingLoss`` with the scale 1 / temperature, or its cached form where the
    batch is computed in parts; the pairwise loss is ``CoSENTLoss`` with the same scale; the triplet loss is
    ``TripletLoss`` in cosine distance.

    Args:
        model: that is trained.
        options: with loss, temperature and margin resolved.

    Raises:
        InputError: for a Matryoshka length that the model's vectors do not have.
    """
    loss = _plain_loss(model, options)
    if not options.matryoshka:
        return loss
    full = int(model.get_embedding_dimension())
    if max(options.matryoshka) > full:
        raise InputError(f"--matryoshka: got {max(options.matryoshka)}, expected {full} or less")
    lengths = sorted({full, *options.matryoshka}, reverse=True)
    return losses.MatryoshkaLoss(model, loss, matryoshka_dims=lengths)


def _plain_loss(model: Any, options: TuningOptions) -> Any:
    """Return the loss of vectors of full length."""
    if options.loss == "triplet":
        metric = losses.TripletDistanceMetric.COSINE
        return losses.TripletLoss(model, distance_metric=metric, triplet_margin=options.margin or 0.0)
    scale = 1.0 / (options.temperature or 1.0)
    if options.loss == "pairwise":
        return losses.CoSENTLoss(model, scale=scale)
    if options.mini_batch is None:
        return losses.MultipleNegativesRankingLoss(model, scale=scale)
    size = min(options.mini_batch, options.batch)
    return losses.CachedMultipleNegativesRankingLoss(model, scale=scale, mini_batch_size=size)

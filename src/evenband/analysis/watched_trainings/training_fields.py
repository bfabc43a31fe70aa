"""A watched training in summary.json; fields are added, never renamed."""

from __future__ import annotations

import math
from typing import Any

from evenband.analysis.watched_trainings.training_values import CellStep, CurvePoint, TrainedProbe, Training
from evenband.types import Estimate


def training_fields(training: Training) -> dict[str, Any]:
    """Return a training as plain data: curves of families and of the training, and its trained cells."""
    return {
        "model": training.model,
        "steps": list(training.steps),
        "texts": training.texts,
        "unaligned": training.unaligned,
        "alarms": [one.probe for one in training.alarms],
        "curves": {name: [list(point) for point in points] for name, points in training.curves.items()},
        "families": [
            {
                "probe": one.probe,
                "type": one.type,
                "points": [_point(point) for point in one.points],
                "change": _move(one.change),
                "change_p": None if math.isnan(one.p) else one.p,
            }
            for one in training.families
        ],
        "trained": [_trained(one) for one in training.trained],
    }


def _point(point: CurvePoint) -> dict[str, Any]:
    figures = ("phi", "consistency", "pass_rate", "uniformity", "guard")
    return {"step": point.step, **{name: getattr(point, name).value for name in figures}}


def _trained(trained: TrainedProbe) -> dict[str, Any]:
    return {
        "probe": trained.probe,
        "labels": trained.labels,
        "cells": trained.cells,
        "controls": trained.controls,
        "lesson": trained.lesson,
        "steps": [_cells(step) for step in trained.steps],
    }


def _cells(step: CellStep) -> dict[str, Any]:
    moves = ("trained", "same_word", "matched", "gap")
    return {
        "step": step.step,
        **{name: _move(getattr(step, name)) for name in moves},
        "z": step.z,
        "p": step.p,
        "lesson": step.lesson,
        "words": step.words,
    }


def _move(move: Estimate) -> dict[str, float | None]:
    return {"value": move.value, "low": move.low, "high": move.high}

"""Ranges of a model's dimensions, within which vectors are quantised to eight bits."""

from __future__ import annotations

import numpy as np

from evenband.encoders.contract import covered
from evenband.encoders.postprocessing import PostProcessing, calibration_texts
from evenband.errors import ModelError
from evenband.types import Encoder, Role, Vectors

FEWEST_CALIBRATED = 100
"""Calibration texts that a model must have vectors for."""


class Calibration:
    """Least and greatest value of each dimension over the calibration texts, computed when first needed."""

    def __init__(self, encoder: Encoder, processing: PostProcessing) -> None:
        """Take the vectors of ``encoder``, which may be replaced by its cached wrapper before they are."""
        self.encoder = encoder
        self._processing = processing
        self._ranges: Vectors | None = None

    def ranges(self) -> Vectors:
        """Return the ranges of the floats that are to be quantised. Shape: (2, k).

        Raises:
            ModelError: if the model has too few vectors for the texts.
        """
        if self._ranges is None:
            texts = calibration_texts()
            present = covered(self.encoder, texts)
            known = [text for text, is_present in zip(texts, present, strict=True) if is_present]
            if len(known) < FEWEST_CALIBRATED:
                raise ModelError(
                    f"model {self.encoder.spec.ref!r} cannot be quantised to int8 or uint8: it has vectors "
                    f"for {len(known)} of {len(texts)} calibration texts, expected {FEWEST_CALIBRATED} or "
                    "more; quantize=binary needs none"
                )
            floats = self._processing.to_floats(self.encoder.encode(known, Role.NONE))
            self._ranges = np.vstack([floats.min(axis=0), floats.max(axis=0)])
        return self._ranges

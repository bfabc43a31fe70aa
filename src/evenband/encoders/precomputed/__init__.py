"""Precomputed vectors: a file of texts and their vectors stands for the model that made them.

The file is read once, or memory-mapped where its numbers are float32 already. Nothing in it is unpickled.
"""

from evenband.encoders.precomputed.lookup import content_digest

__all__ = ["content_digest"]

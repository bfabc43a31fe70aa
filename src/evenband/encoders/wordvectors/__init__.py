"""Word vectors: one vector for each word of a list, such as word2vec, GloVe and fastText.

A file is converted once into memory-mapped arrays in the cache, so that millions of words open at once.
"""

from evenband.encoders.wordvectors.word_table import WordTable

__all__ = ["WordTable"]

"""Local models, run by sentence-transformers.

The subpackages ``engines`` (fast computation of vectors) and ``inspection`` (token states of every layer) are
closed to the outside: they work on the internals of PyTorch models, and only this package imports them.
Everything else sees a local model as an encoder, with the capabilities that
:mod:`evenband.encoders.capabilities` declares.
"""

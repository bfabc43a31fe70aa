"""Training embedding models, watching their consistency meanwhile, and repairing it.

Everything here uses the trainers and losses of sentence-transformers and transformers; evenband adds what is
measured before, during and after a training.
"""

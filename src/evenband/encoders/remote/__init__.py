"""Models behind a server: one HTTP layer, and a small adapter for each API.

``adapters`` says how each API is asked, ``answers`` reads what comes back, ``transport`` sends one request,
``served_model`` checks its answer, ``exchange`` sends many at a time and asks again, ``remote_encoder`` puts
them together. ``target`` reads a reference, ``known_models`` remembers what a model was, ``factories`` makes
encoders.
"""

from __future__ import annotations

"""Models behind a server: one HTTP layer, and a small adapter for each API.

``adapters`` says how each API is asked, ``answers`` reads what comes back, ``transport`` sends one request,
``exchange`` sends many at a time and asks again, ``remote_encoder`` puts them together, ``factories`` makes
encoders of references.
"""

from __future__ import annotations

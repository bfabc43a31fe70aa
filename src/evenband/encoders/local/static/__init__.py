"""Static models: a text's vector is the mean of its tokens' vectors, which a table holds."""

from evenband.encoders.local.static.static_encoder import StaticEncoder, load
from evenband.encoders.local.static.static_folder import is_static

__all__ = ["StaticEncoder", "is_static", "load"]

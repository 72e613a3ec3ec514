"""The application as gunicorn serves it, set up by the environment."""

from __future__ import annotations

import gc

from webapp.app import create_app
from webapp.config import environment, read
from webapp.world import RealWorld

GARBAGE = 20_000  # new objects after which Python looks for cycles; 700 by itself

app = create_app(read(environment()), RealWorld())
# what is loaded now stays until the end: looking through it again and again would hold up everybody
gc.collect()
gc.freeze()
gc.set_threshold(GARBAGE, 20, 50)

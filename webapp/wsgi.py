"""The application as gunicorn serves it, set up by the environment."""

from __future__ import annotations

from webapp.app import create_app
from webapp.config import environment, read
from webapp.world import RealWorld

app = create_app(read(environment()), RealWorld())

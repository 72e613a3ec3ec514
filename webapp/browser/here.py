"""Where a view finds what the application was put together from."""

from __future__ import annotations

from typing import cast

from flask import current_app

from webapp.desk import Desk


def desk() -> Desk:
    """Give the desk of the running application."""
    return cast("Desk", current_app.extensions["handrail"])

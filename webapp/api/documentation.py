"""The API's own description: OpenAPI 3.1, and a reference for people."""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("documentation", __name__)

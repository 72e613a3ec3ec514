"""What every answer of the API is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Described(BaseModel):
    """What an answer consists of; it may gain fields."""

    model_config = ConfigDict(extra="ignore")

"""The API for agents, and for people's programs: JSON below /api/v1."""

"""Measure Handrail against a bare Flask app on the same machine, both sides in one run."""

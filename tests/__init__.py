"""The tests of Handrail, and the worlds, servers and fixtures that they share."""

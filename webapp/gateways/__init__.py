"""The outside world, one file for each neighbour; nothing here knows the database."""

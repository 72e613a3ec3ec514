"""The background processes of Handrail, which never load Flask."""

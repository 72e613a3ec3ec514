"""The Handrail application: its rules, its use cases and its faces."""

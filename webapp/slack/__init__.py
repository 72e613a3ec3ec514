"""The face that Slack sees: what people press there becomes one call of one service."""

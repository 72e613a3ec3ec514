"""The browser face: what people see and click."""

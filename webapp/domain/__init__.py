"""The rules of Handrail as pure values and functions: no I/O, no clock, no logging."""

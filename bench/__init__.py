"""Measurements: what the system takes and how long, printed as tables. Never a test: absolute times differ by machine."""

"""Figures: what the city learns from its tickets. Windows, counts, rates over them, reports, topics, hot spots, early warning.

Everything here is pure: counts come in, conclusions go out. Counting itself is the store's (`hotline/store/figures.py`).
"""

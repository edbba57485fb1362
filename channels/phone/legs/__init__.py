"""Legs: one telephone call as the bot sees it, whatever carries it. `base` says what a leg is."""

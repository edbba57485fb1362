"""Channels: how citizens reach us and we reach them. One folder each."""

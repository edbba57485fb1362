"""The pages, one module each. Each has `add(frame)`, which registers its routes."""

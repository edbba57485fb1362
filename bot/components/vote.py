"""Two classifiers vote on the intent: logistic regression, and DIET before it in the pipeline.

Runs inside Rasa (Python 3.10). The two err on different sentences: together they are right more often than either
(docs/decisions/0005).
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

WEIGHTS = "weights.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class VotingClassifier(LogisticRegressionClassifier):
    """Logistic regression that adds to its probabilities those of the classifier before it, by their share `earlier`.

    The classifier before must rank all intents (`ranking_length: 0`). What is counted in a message is weighed first: the rarer in
    the training sentences the more (tf-idf), and to the same length `counted` for a short message and a long one. Meaning keeps its
    own length, the featurizer's `scale`.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**LogisticRegressionClassifier.get_default_config(), "earlier": 0.25, "counted": 3.0}

    rarity: np.ndarray
    """How much a feature that is counted weighs, by how few training sentences have it, shape (features,)."""

    def train(self, training_data: TrainingData) -> Resource:
        counted = scipy.sparse.vstack([message.get_sparse_features(TEXT)[1].features for message in training_data.intent_examples])
        having = np.bincount(counted.tocsr().indices, minlength=counted.shape[1])
        self.rarity = np.log((1 + counted.shape[0]) / (1 + having)) + 1
        return super().train(training_data)

    def _create_X(self, messages: List[Message]) -> scipy.sparse.csr_matrix:  # noqa: N802, so Rasa calls it
        return scipy.sparse.vstack([scipy.sparse.hstack(self._features(message)) for message in messages]).tocsr()

    def _features(self, message: Message) -> List[Any]:
        """What is counted, weighed, and what is meant."""
        counted = scipy.sparse.csr_matrix(message.get_sparse_features(TEXT)[1].features, dtype=np.float64)
        counted.data = (1 + np.log(counted.data)) * self.rarity[counted.indices]
        counted.data *= self.config["counted"] / (np.sqrt((counted.data**2).sum()) or 1.0)
        return [counted, message.get_dense_features(TEXT)[1].features]

    # Four arrays instead of Rasa's file of the estimator: the library that reads the file imports all of scikit-learn,
    # which was a quarter of Rasa's start.
    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(
                folder / WEIGHTS, classes_=self.clf.classes_.astype(str), coef_=self.clf.coef_, intercept_=self.clf.intercept_, rarity=self.rarity
            )

    @classmethod
    def load(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> VotingClassifier:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder, np.load(folder / WEIGHTS, allow_pickle=False) as weights:
            component.rarity = weights["rarity"]
            for name in ("classes_", "coef_", "intercept_"):
                setattr(component.clf, name, weights[name])
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        share = self.config["earlier"]
        for message in messages:
            probabilities = self._probabilities(message)
            earlier = {intent["name"]: intent["confidence"] for intent in message.get("intent_ranking") or []}
            theirs = np.array([earlier.get(name, 0.0) for name in self.clf.classes_])
            both = (1 - share) * probabilities + share * theirs
            ranking = [{"name": str(self.clf.classes_[at]), "confidence": float(both[at])} for at in np.argsort(-both)]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[: self.config["ranking_length"] or None], add_to_output=True)
        return messages

    def _probabilities(self, message: Message) -> np.ndarray:
        """What `clf.predict_proba` says, shape (intents,): a product for each feature, where joining them to one sparse row took ten times as long."""
        logits, at = np.array(self.clf.intercept_), 0
        if not message.get(TEXT, "").strip():
            return np.full_like(logits, 1 / len(logits))  # blank, it has no features
        for features in self._features(message):
            width = features.shape[1]
            logits += np.asarray(features @ self.clf.coef_[:, at : at + width].T)[0]
            at += width
        powers = np.exp(logits - logits.max())
        return powers / powers.sum()

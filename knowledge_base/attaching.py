"""Whether questions may be ways of asking for an article: one that is attached to the wrong article is answered wrongly from then on."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.articles import Article
from hotline.ports import Embedder
from knowledge_base.normalise import simplify
from knowledge_base.search import Explained, Knowledge

LIKE, UNLIKE = 0.55, 0.36
"""From the first likeness of any way of asking on, a question is no surprise, below the second it always is one: of the sample knowledge's ways of asking, 1 in 5
and 1 in 100 are less like the others of their article; of those of other articles, 24 in 25 and one half."""
FIRST = 3
"""Between the two, it is none for these of the ranking: of questions that were written apart from the articles, all find theirs there."""
READ = 5
"""How many of the questions are looked at."""


def nearer(knowledge: Knowledge, embedder: Embedder, questions: Sequence[str], article: Article) -> list[Explained]:
    """The articles nearest to questions that seem to have nothing to do with the one they are to be attached to; none if they do."""
    read = questions[:READ]
    asked = embedder.encode([simplify(text) for text in read])
    ways = embedder.encode([simplify(text) for text in (article.question, *article.asked)])
    likeness = float((asked @ ways.T).max())
    if likeness >= LIKE:
        return []
    rankings = [knowledge.explain(text, FIRST) for text in read]
    if likeness >= UNLIKE and any(found.article.id == article.id for ranking in rankings for found in ranking):
        return []
    return [found for found in rankings[0] if found.article.id != article.id]

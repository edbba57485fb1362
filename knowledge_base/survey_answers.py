"""What a citizen's answer to a survey means: rules and a classifier together, and a question back where it is not sure.

The rules (hotline/answers.py) know negation, irony and the words of the trade. The classifier is a logistic regression per question over
a sentence's meaning (embedding), its characters and which follow which, the kinds of its words in their order, and what the rules make of it
and of each of its clauses, trained from the examples of the city folder (survey_examples.csv and survey_facts.csv) and from the forms in which
people turn one thing against another (hotline/answer_forms.py): so it learns where the rules can be trusted. What is good, middling
or bad to another question is so to this one too, if less surely: 师傅第二天就来了 was said of the outcome and tells a mood as well. Beside it stands how
like a sentence is to each example, in meaning and characters (kernel ridge regression): the one knows forms, the other neighbours, and
where both agree far more can be taken at once without being wrong more often.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from hotline import answer_forms, answer_things
from hotline.answers import kinds_in, read_contacted, read_satisfaction, read_solved
from hotline.asides import read_key
from hotline.ports import Embedder
from knowledge_base.kept import fingerprint, kept

UNCLEAR = "unclear"
QUESTIONS: dict[str, tuple[str, ...]] = {
    "contacted": ("yes", "no"),
    "solved": ("yes", "partly", "no"),
    "satisfaction": ("satisfied", "basically", "dissatisfied"),
    "attitude": ("good", "ordinary", "poor"),
}
"""The questions, each with its answers in the order of its buttons and keys."""
FIVE = (("satisfied", True), ("satisfied", False), ("basically", False), ("dissatisfied", False), ("dissatisfied", True))
"""The five grades, each with `very`."""

SURE = 0.975
"""How sure the classifier must be for its answer to be taken. Chosen on 1,800 harder sentences before they became examples: there half is then
taken at once, and of that one in fifty wrongly."""
LENT = 0.2
"""Weight of another question's example against one of its own."""
FORMED = 0.3
"""Weight of a sentence made after a form."""
KIN = ("solved", "satisfaction", "attitude")
"""Questions whose answers, in their order, are good, middling and bad."""
BRIEF, SURE_OF_BRIEF = 4, 0.85
"""So many characters leave little room for a turn: where the rules say the same of them, less is enough."""
HINT, FAINT = 0.05, 0.5
"""How sure for its answer to be read back, and below what it is only guessed."""
DIMENSIONS = 128
"""Of an embedding, those in which the examples differ most: learning takes a third of the time."""
MEANING, CHARACTERS = 1.0, 1.5
"""Weights of an embedding and of the characters against the rules and the kinds of words."""

MEANING_NEAR, CHARACTERS_NEAR = 4.0, 1.0
"""How fast likeness ends with the distance of meanings and of characters."""
SMOOTH = 0.5
"""How little one example alone decides among its neighbours."""
NEIGHBOURS = 3.0
"""Weight of the neighbours against the logarithms of the regression's probabilities."""
BLOCK = 512
APART = 6
"""How far apart two characters may stand that are seen together."""

_TOPICS = {
    "solved": re.compile(
        "解决|修|弄|办[好成妥完了结]|没办|处理|好了|恢复|亮了|热了|(?<!沟)通了|不漏|还漏|拆了|清[了走理]|没清|老样子|活儿|完事|退[了给]|没退|搞定|落实|没动|不热|不亮"
    ),
    "satisfaction": re.compile("满意|不满|好评|差评|一般|还行|还可以|还成|凑合|失望|[给打].{0,3}分|点赞|寒心"),
    "attitude": re.compile("态度|客气|热情|热心|耐心|和气|和蔼|礼貌|恶劣|说话|骂|不耐烦|阴阳怪气"),
    "contacted": re.compile("联系|打.{0,4}电话|电话.{0,3}[打来]|来过|来了|来人|上门|找过我|短信|微信|没人(?:找|来|理|问)"),
}
"""An answer to another question than the one that was asked counts only in a clause that speaks of it."""
_GRADES = {"六": "basically", "七": "basically", "八": "basically", "六七": "basically", "七八": "basically", "九": "satisfied", "十": "satisfied"}
_MARK = re.compile("(?:我?[打给]个?|也就|就|能?得)?([六七八九十]+)分(?:吧|了|左右)?")
_CLAUSES = re.compile(r"[\s,，。.;；!！?？、]+|但是|可是|不过|而且")
_TOO_LONG = re.compile(
    "(?:虽然|虽说)?([慢久晚拖])(?:倒)?(?:是\\1)?了?[点些]?儿?(?:但是|但|可是|不过|，)*(?=可算|总算|好歹|到底|终于)|(?:虽然|虽说)?[慢久晚拖]是[慢久晚拖]了?[点些]?儿?|(?:但是|但|可是|不过|就是|只是)?(?:时间|速度)?(?:拖|等)?(?:得|的)?(?:太|有点|有些|稍微|真|实在)(?:拖|慢|久|晚|长)了?[点些]?"
)
_TURNS = re.compile(r"[\s,，。.;；!！?？、]+|但是|但|可是|可(?=[我他这那没还])|不过|就是(?!说)|结果|后来|现在|实际上|其实")
"""Where a sentence may turn."""
_CAME = re.compile(r"(?:^|人|他们|师傅)(来|打|看|找|联系)(?:倒)?是\1[了过]?[\s，]*")
"""来是来了，没弄好."""
_HEDGED = re.compile("(?:可能|好像|也许|大概|似乎).*(?:吧|不确定|不敢|没注意|不接)|是不是.*算|吧.{0,4}(?:不太?确定|不清楚|说不准)")
_PRAISE = {"yes", "satisfied", "good"}
_BELIED = re.compile(
    "白[等跑来忙]|[半一两三四五几]个?多?(?:月|年|礼拜|星期|天)(?:了|才|没|不|都|一动)|才来|才[办修看回].{0,2}一|踢.{0,4}球|推.{0,2}[个部]|快(?:掉|塌|淹|冻)|(?:好|满意|办|暖和|负责|及时|热情|快|周到|安静|解决)得(?:我|把我|让我|俺)|更(?:漏|差|坏|吵|严重)|让我又|又让我|自己花钱"
)
"""Facts that belie praise: 效率高啊，三个月才来. It is irony, or at least unclear."""
_ALL_WELL = re.compile(
    r"(?:(?:都|全|全都|样样都?|哪儿?哪儿?都|啥都|什么都|方方面面都?|各方面都?|一切都?)(?:挺|很|特别|非常|蛮|可|还)?(?:好|满意|不错|没问题|没毛病|没得说|没的说)(?:[的了啊呀嘞吧]|着呢)*|(?:谢谢|感谢|多谢|辛苦)(?:[你您]们?|大家)?(?:[了啊呀])?|[嗯对是啊哎]|(?:挺|很)?好的?|没(?:什么|啥)?(?:问题|毛病|意见)了?|[\s,，。.！!])+"
)
"""Where nothing is said but that all is well, every question that is still open is answered: 都挺好都挺好谢谢你们."""
_ALL = re.compile("都|全|样样|一切|方方面面|各方面")
_HESITATION = re.compile(r"(?:嗯|呃|额|啊|哦|这个|那个|怎么说)*(?:…|\.{2,}|。{2,}|—)+")
_NOT_THEIRS = re.compile("(?:态度|客气|热情|耐心|礼貌)(?!.{0,3}满意)|人.{0,2}(?:满意|不错)")
_VERY = re.compile("非常|特别|十分|太|极其?|超级|相当|老(?=满意|不满)|贼|忒|倍儿|一百|满分|五星|十分|很(?=不)|一点[也都儿]*不|负分|零")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer said. `values` are sure; `doubtful` names the answer to read back to the asked question, if there is one."""

    values: Mapping[str, str] = field(default_factory=dict)
    doubtful: str | None = None
    very: bool = False
    faint: bool = False
    """Whether the doubtful one is hardly more than a guess: what was said may be about something else."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What was learnt of one question: the regression, and the examples with their weights for each answer."""

    answers: NDArray[np.str_]
    coefficients: NDArray[np.float32]
    """A column for each answer; the last row is added whatever is said."""
    vectors: NDArray[np.float32]
    characters: sparse.csr_array
    weights: NDArray[np.float32]


class SurveyReader:
    """Reads answers to the survey's questions."""

    def __init__(self, examples: Sequence[tuple[str, str, str]], embedder: Embedder, building: Embedder | None = None, keep_in: Path | None = None) -> None:
        """`examples`: (question, meaning, sentence); a meaning is one of the question's answers or `unclear`. `building`: embeds them, if another adapter.
        `keep_in`: the file in which what was learnt of them is kept; None: it is learnt anew each time."""
        self._examples = examples
        self._embedder = embedder
        self._building = building or embedder
        self._keep_in = keep_in
        self._characters = TfidfVectorizer(analyzer="char", preprocessor=_plain, ngram_range=(1, 4), min_df=2, sublinear_tf=True)
        self._pairs = TfidfVectorizer(analyzer=_pairs, min_df=3, sublinear_tf=True)
        self._kinds = {question: TfidfVectorizer(analyzer=partial(_runs, question=question), min_df=3, sublinear_tf=True) for question in QUESTIONS}
        self._turns = {question: TfidfVectorizer(analyzer=partial(_turns, question=question), min_df=3, sublinear_tf=True) for question in QUESTIONS}
        self._models: dict[str, _Learnt] = {}
        self._training = Lock()

    def train(self) -> None:
        """Learn from the examples, once, in some seconds, or fetch what was learnt of the same ones. The first reading does it when nobody did before."""
        with self._training:
            if not self._models:
                key = fingerprint(self._examples, self._embedder.name, sklearn.__version__, *(inspect.getsource(sys.modules[name]) for name in (__name__, kinds_in.__module__, answer_things.__name__, answer_forms.__name__)))
                self._characters, self._pairs, self._kinds, self._turns, self._directions, self._models = kept(self._keep_in, key, self._learn)

    def _learn(self) -> tuple[TfidfVectorizer, TfidfVectorizer, dict[str, TfidfVectorizer], dict[str, TfidfVectorizer], NDArray[Any], dict[str, _Learnt]]:
        models = self._trained()
        return self._characters, self._pairs, self._kinds, self._turns, self._directions, models

    def _trained(self) -> dict[str, _Learnt]:
        texts = [text for _, _, text in self._examples]
        for vectorizer in (self._characters, self._pairs, *self._kinds.values(), *self._turns.values()):
            vectorizer.fit(texts)
        vectors = self._building.encode(texts)
        self._directions = np.linalg.eigh(vectors.T @ vectors)[1][:, -DIMENSIONS:]
        characters = sparse.csr_array(self._characters.transform(texts))
        common = self._common(texts, vectors, characters)
        formed = answer_forms.formed()
        made = [text for _, _, text in formed]
        of_forms = self._common(made, self._building.encode(made), sparse.csr_array(self._characters.transform(made)))
        models: dict[str, _Learnt] = {}
        for question in QUESTIONS:
            # What is unclear to one question is to the others, unless they know better.
            known = {text for asked, _, text in self._examples if asked == question}
            rows = [at for at, (asked, means, text) in enumerate(self._examples) if asked == question or (means == UNCLEAR and text not in known)]
            lent = self._lent_to(question, {texts[at] for at in rows})
            both = [*rows, *(at for at, _ in lent)]
            after = [at for at, (asked, _, _) in enumerate(formed) if asked == question]
            own = self._kinds_of(question, [*(texts[at] for at in both), *(made[at] for at in after)])
            features = sparse.hstack([sparse.vstack([common[both], of_forms[after]]), own], format="csr")
            means = np.array([*(self._examples[at][1] for at in rows), *(means for _, means in lent), *(formed[at][1] for at in after)])
            answers = np.unique(means)
            counts = np.repeat([1.0, LENT, FORMED], [len(rows), len(lent), len(after)])
            coefficients = np.stack([_regression(features, means == answer, counts) for answer in answers], axis=1)
            weights = _neighbours(vectors[rows], characters[rows], means[: len(rows), None] == answers)
            models[question] = _Learnt(answers, coefficients, vectors[rows], characters[rows], weights)
        return models

    def _lent_to(self, question: str, known: set[str]) -> list[tuple[int, str]]:
        """Examples of the questions akin, each with what it means to this one."""
        if question not in KIN:
            return []
        means = {(other, said): own for other in KIN if other != question for said, own in zip(QUESTIONS[other], QUESTIONS[question], strict=True)}
        return [(at, means[asked, said]) for at, (asked, said, text) in enumerate(self._examples) if (asked, said) in means and text not in known]

    def read(self, text: str, asked: str, *, grades: int = 3) -> Reading:
        """What it says to the question that was asked, and besides to others."""
        options = QUESTIONS[asked]
        count = grades if asked == "satisfaction" else len(options)
        if (key := read_key(text, count)) is not None:
            if asked == "satisfaction" and grades == 5:
                return Reading({asked: FIVE[key][0]}, very=FIVE[key][1])
            return Reading({asked: options[key]})
        if all_well(text):
            return Reading({question: answers[0] for question, answers in list(QUESTIONS.items())[list(QUESTIONS).index(asked) :]})
        values: dict[str, str] = {}
        clauses = [clause for clause in _CLAUSES.split(text) if clause]
        for other in list(QUESTIONS)[list(QUESTIONS).index(asked) + 1 :]:  # the earlier ones are answered
            if said := self._besides(clauses, other):
                values[other] = said
        sure, doubtful, chance = self._judge(self._own(text, clauses, asked, values), asked)
        if sure:
            values[asked] = sure
        very = values.get("satisfaction") in ("satisfied", "dissatisfied") and bool(_VERY.search(text))
        return Reading(values, doubtful, very, faint=chance < FAINT)

    def volunteered(self, text: str) -> Mapping[str, str]:
        """Sure answers in a sentence that nobody had asked for: only where it speaks of what a question is about, and the whole of it tells the same.
        None while it is still learning: what nobody asked for keeps nobody waiting."""
        if not self._models and self._training.locked():
            return {}
        clauses = [clause for clause in _CLAUSES.split(text) if clause]
        said = {question: answer for question in QUESTIONS if (answer := self._besides(clauses, question))}
        return {question: answer for question, answer in said.items() if answer in self._judge(text, question)[:2]}

    def probabilities(self, text: str, question: str) -> dict[str, float]:
        """The classifier alone: each answer's probability, `unclear` among them."""
        self.train()
        learnt = self._models[question]
        vectors, characters = self._embedder.encode([text]), sparse.csr_array(self._characters.transform([text]))
        features = sparse.hstack([self._common([text], vectors, characters), self._kinds_of(question, [text])], format="csr")
        near = _alike(vectors, characters, learnt.vectors, learnt.characters)[0] @ learnt.weights
        said = 1 / (1 + np.exp(-((features @ learnt.coefficients[:-1])[0] + learnt.coefficients[-1])))
        logits = np.log(said / said.sum() + 1e-6) + NEIGHBOURS * near
        chances = np.exp(logits - logits.max())
        return dict(zip(map(str, learnt.answers), (float(p) for p in chances / chances.sum()), strict=True))

    def _judge(self, text: str, question: str) -> tuple[str | None, str | None, float]:
        """(a sure answer, a doubtful one, how likely it is): at most one of the two."""
        if not text or _HESITATION.fullmatch(text):
            return None, None, 0.0
        if question == "solved":  # neither how long it took nor that somebody came says anything about the outcome
            text = _TOO_LONG.sub("", text) or text
            text = _CAME.sub("", text) or text
        ruled = rule(text, question)
        chances = self.probabilities(text, question)
        best = max(QUESTIONS[question], key=lambda answer: chances[answer])
        if ruled in _PRAISE and _BELIED.search(text):
            return None, QUESTIONS[question][-1], chances[best]
        needed = SURE_OF_BRIEF if ruled == best and len(text) <= BRIEF else SURE
        if chances[best] >= needed and not _HEDGED.search(text):
            return best, None, chances[best]
        return None, best if chances[best] >= HINT else None, chances[best]

    def _besides(self, clauses: Sequence[str], question: str) -> str | None:
        """An answer to a question that was not asked, where a clause speaks of it and nothing speaks against it."""
        telling = [clause for clause in clauses if _TOPICS[question].search(clause)]
        if question == "satisfaction":
            telling = [clause for clause in telling if not _TOPICS["attitude"].search(clause)]
        if not telling:
            return None
        said = {self._judge(clause, question)[0] for clause in telling} - {None}
        if said == {"yes", "no"} and question == "solved":
            return None
        return said.pop() if len(said) == 1 else None

    @staticmethod
    def _own(text: str, clauses: Sequence[str], asked: str, others: Mapping[str, str]) -> str:
        """The part of the answer that is about what was asked: without clauses that only speak of something else."""
        if asked != "satisfaction" or "attitude" not in others:
            return text
        return "，".join(clause for clause in clauses if not _NOT_THEIRS.search(clause))

    def _common(self, texts: Sequence[str], vectors: NDArray[Any], characters: sparse.csr_array) -> sparse.csr_array:
        """What is the same whatever is asked."""
        meaning = sparse.csr_array(MEANING * vectors @ self._directions)
        return sparse.hstack([meaning, CHARACTERS * characters, self._pairs.transform(texts), sparse.csr_array(_rules(texts))], format="csr")

    def _kinds_of(self, question: str, texts: Sequence[str]) -> sparse.csr_array:
        return sparse.hstack([self._kinds[question].transform(texts), self._turns[question].transform(texts)], format="csr")


def _regression(features: sparse.csr_array, right: NDArray[np.bool_], counts: NDArray[Any]) -> NDArray[np.float32]:
    """The coefficients that tell the right rows from the others, both sides weighing the same. `counts`: of each row."""
    balanced = counts * np.where(right, counts[~right].sum(), counts[right].sum())
    model = LogisticRegression(C=8.0, solver="liblinear", tol=0.01).fit(features, right, sample_weight=balanced * counts.sum() / (balanced.sum() or 1))
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)


def _alike(vectors: NDArray[Any], characters: sparse.csr_array, others: NDArray[Any], their_characters: sparse.csr_array) -> NDArray[np.float32]:
    """How like each sentence is to each other one, between 0 and 1. All rows have length 1."""
    near = MEANING_NEAR * (vectors @ others.T - 1) + CHARACTERS_NEAR * ((characters @ their_characters.T).toarray() - 1)
    likeness: NDArray[np.float32] = np.exp(near).astype(np.float32)
    return likeness


def _neighbours(vectors: NDArray[Any], characters: sparse.csr_array, answers: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The weight of each example for each answer, the rare answers' examples counting more. `answers`: which example means which."""
    size = len(answers)
    kernel = np.empty((size, size), np.float32)
    for begin in range(0, size, BLOCK):  # the whole in double precision would take half a gigabyte
        some = slice(begin, begin + BLOCK)
        kernel[some] = _alike(vectors[some], characters[some], vectors, characters)
    counts = answers.sum(axis=0)
    kernel[np.diag_indices(size)] += SMOOTH * len(counts) / size * (answers @ counts)
    # Turned round, which changes nothing of it, since the solver would copy what does not lie column by column.
    solved: NDArray[np.float32] = cho_solve(cho_factor(kernel.T, overwrite_a=True, check_finite=False), np.where(answers, 1, -1).astype(np.float32))
    return solved


def _runs(text: str, *, question: str) -> list[str]:
    """Of a sentence all runs of up to four kinds of words."""
    kinds = ["^", *kinds_in(text, question), "$"]
    return [" ".join(kinds[at : at + size]) for size in range(1, 5) for at in range(len(kinds) - size + 1)]


def _turns(text: str, *, question: str) -> list[str]:
    """How a sentence turns: what the rules make of its clauses, one after the other, and runs of up to three kinds of words of the last."""
    clauses = [clause for clause in _TURNS.split(text) if clause]
    said = [str(rule(clause, question)) for clause in clauses]
    turns = [f"{len(clauses[:4])}", *(f"last {last}" for last in said[-1:]), *(f"first {first}" for first in said[:1]), " then ".join(said[:4])]
    if len(clauses) > 1:
        kinds = ["^", *kinds_in(clauses[-1], question), "$"]
        turns += [f"{one} {turn.strip()[:2]} {other}" for one, turn, other in zip(said, _TURNS.findall(text), said[1:], strict=False)]
        turns += [" ".join(["last", *kinds[at : at + size]]) for size in range(1, 4) for at in range(len(kinds) - size + 1)]
    return turns


def _pairs(text: str) -> list[str]:
    """Which character follows which, if not at once."""
    plain = _plain(text)
    return [f"{one} {other}" for at, one in enumerate(plain) for other in plain[at + 2 : at + APART + 1]]


def _rules(texts: Sequence[str]) -> NDArray[Any]:
    """What the rules make of each sentence for every question: a one where they say an answer, or nothing."""
    said = [[rule(text, question) == answer for question, answers in QUESTIONS.items() for answer in (*answers, None)] for text in texts]
    return np.array(said, dtype=np.float32)


def rule(text: str, question: str) -> str | None:
    """What the rules alone say."""
    if question == "contacted":
        contacted = read_contacted(text)
        return None if contacted is None else "yes" if contacted else "no"
    if question == "solved":
        return read_solved(text)
    satisfaction: str | None = _GRADES.get(found[1]) if (found := _MARK.fullmatch(text.strip("，。！ "))) else read_satisfaction(text)
    if question == "satisfaction" or satisfaction is None:
        return satisfaction
    return {"satisfied": "good", "basically": "ordinary", "dissatisfied": "poor"}[satisfaction]


def all_well(text: str) -> bool:
    """Whether it says that all is well, and nothing else but thanks."""
    return bool(_ALL_WELL.fullmatch(text) and _ALL.search(text))


def _plain(text: str) -> str:
    return f"^{re.sub(_CLAUSES, '，', text.strip())}$"

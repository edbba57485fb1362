"""Categories: guessed from the tree without history, learnt from rows, and both together. The embedder here knows only characters."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray

from hotline.__main__ import main
from hotline.city import City
from knowledge_base import categories, history
from knowledge_base.categories import CategoryGuesser, Correction
from knowledge_base.history import HistoryRefused, Model, ModelUnusable, Row


class Characters:
    """A vector of which characters occur."""

    name, dimension = "characters", 64

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for at, text in enumerate(texts):
            for character in text:
                vectors[at, ord(character) % 64] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def guesser(city: City) -> CategoryGuesser:
    return CategoryGuesser(city, Characters())


WORDS = {"010101": "垃圾桶满了没人清运", "130102": "老板拖欠工资不发", "0201": "工地夜间施工太吵"}


def rows(count: int = 20) -> list[Row]:
    return [Row(f"第{at}天了，{text}，请尽快处理", label) for label, text in WORDS.items() for at in range(count)]


def quiet(text: str) -> None:
    pass


def learnt(*from_rows: Row) -> Model:
    return history.train(from_rows, Characters(), quiet)[0]


def test_without_history_the_tree_tells_three_categories_with_probabilities(guesser: CategoryGuesser, city: City) -> None:
    for code, said in (("010202", "胡同公厕灯坏了没水冲"), ("130102", "工地干了半年老板不给工资")):
        suggestions = guesser.suggest(said, 3)
        assert len(suggestions) == 3
        assert [p for _, p in suggestions] == sorted((p for _, p in suggestions), reverse=True)
        assert 0 < sum(p for _, p in suggestions) <= 1.001
        assert suggestions[0][0][:4] == code[:4], said


def test_where_it_is_blurs_little_what_it_is(guesser: CategoryGuesser) -> None:
    for said in ("电梯坏了三天了没人修", "下水道堵了往外返脏水"):
        (alone, sure), (code, p) = guesser.suggest(said, 1)[0], guesser.suggest(f"朝阳区望京花家地南里3号楼的{said}", 1)[0]
        assert code == alone
        assert p > sure / 2


def test_a_place_that_tells_what_it_is_still_counts(guesser: CategoryGuesser) -> None:
    assert guesser.suggest("望京西地铁站的扶梯坏了", 1)[0][0] == "110202"


def test_a_place_alone_is_read_as_it_is(guesser: CategoryGuesser) -> None:
    assert len(guesser.suggest("朝阳区望京花家地南里", 3)) == 3


class Dispatchers:
    """What they have put right."""

    def __init__(self) -> None:
        self.done: list[Correction] = []

    def correct(self, text: str, code: str, id: int | None = None) -> None:
        self.done.append((UUID(int=len(self.done) if id is None else id), text, code, datetime(2026, 11, 22, 10, len(self.done), tzinfo=UTC)))

    def __call__(self, since: datetime | None) -> list[Correction]:
        return [each for each in self.done if since is None or each[3] >= since]


ODD = "那个铁盒子又转圈响"


def test_what_dispatchers_put_right_counts_for_the_next_request_like_it_and_for_no_other(city: City) -> None:
    dispatchers = Dispatchers()
    guesser = CategoryGuesser(city, Characters(), corrections=dispatchers)
    others = ["胡同公厕灯坏了没水冲", "工地干了半年老板不给工资", "暖气不热"]
    before = [guesser.suggest(text, 1)[0][0] for text in others]
    assert guesser.suggest("铁盒子又转圈响", 1)[0][0] != "030401"
    dispatchers.correct(ODD, "030401")
    code, sure = guesser.suggest("铁盒子又转圈响", 1)[0]
    assert code == "030401"
    dispatchers.correct(ODD, "030401")
    dispatchers.correct("铁盒子转圈响", "030401")
    assert guesser.suggest("铁盒子又转圈响", 1)[0][1] >= sure
    assert [guesser.suggest(text, 1)[0][0] for text in others] == before


def test_one_by_one_corrections_come_to_the_same_as_all_at_once(city: City) -> None:
    dispatchers = Dispatchers()
    one_by_one, at_once = CategoryGuesser(city, Characters(), corrections=dispatchers), CategoryGuesser(city, Characters(), corrections=dispatchers)
    for text, code in ((ODD, "030401"), ("杨树又下雪了", "210103"), ("铁盒子不走了", "030401")):
        dispatchers.correct(text, code)
        said = one_by_one.suggest("铁盒子又转圈响", 3)
    assert [code for code, _ in at_once.suggest("铁盒子又转圈响", 3)] == [code for code, _ in said]
    assert at_once.suggest("铁盒子又转圈响", 1)[0][1] == pytest.approx(said[0][1], abs=1e-3)


def test_a_correction_that_is_put_right_itself_no_longer_counts_and_the_oldest_are_let_go(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatchers = Dispatchers()
    guesser = CategoryGuesser(city, Characters(), corrections=dispatchers)
    dispatchers.correct(ODD, "030401", id=7)
    assert guesser.suggest(ODD, 1)[0][0] == "030401"
    dispatchers.correct(ODD, "210103", id=7)
    assert guesser.suggest(ODD, 1)[0][0] == "210103"
    monkeypatch.setattr(categories, "MOST_CORRECTIONS", 2)
    dispatchers.correct("公厕没有纸", "010202", id=8)
    dispatchers.correct("公厕又没有纸", "010202", id=9)
    assert guesser.suggest(ODD, 1)[0][0] != "210103"


def test_corrections_count_beside_history_that_has_never_seen_them(city: City, tmp_path: Path) -> None:
    path, dispatchers = tmp_path / "category.npz", Dispatchers()
    history.train(rows(), Characters(), quiet)[0].save(path)
    guesser = CategoryGuesser(city, Characters(), path, corrections=dispatchers)
    for _ in range(3):
        dispatchers.correct(ODD, "030401")
    assert guesser.suggest("铁盒子又转圈响", 1)[0][0] == "030401"
    assert guesser.suggest("晚上工地施工太吵了", 1)[0][0].startswith("0201")


def test_history_is_learnt_stored_and_read_back(tmp_path: Path) -> None:
    model, report = history.train(rows(), Characters(), quiet)
    assert report.macro_f1 > 0.99
    path = tmp_path / "dispatch" / "category.npz"
    model.save(path)
    again = Model.load(path, Characters())
    said = ["我们被拖欠工资三个月"]
    assert again.labels == sorted(WORDS)
    assert again.labels[int(again.probabilities(said, Characters().encode(said))[0].argmax())] == "130102"
    assert history.evaluate(again, rows(3), Characters(), quiet).accuracy == 1


def test_history_decides_among_what_it_has_seen_and_the_tree_among_the_rest(city: City, tmp_path: Path) -> None:
    path = tmp_path / "category.npz"
    guesser = CategoryGuesser(city, Characters(), path)
    before = guesser.suggest("晚上工地施工太吵了", 1)
    history.train(rows(), Characters(), quiet)[0].save(path)
    os.utime(path, (1, 1))
    after = guesser.suggest("晚上工地施工太吵了", 3)
    assert after[0][0].startswith("0201")  # a label of the second level, shared among the categories below it
    assert after != before
    assert guesser.suggest("居民养老驿站不开门，老人没饭吃", 1)[0][0].startswith("17")  # history has never seen it


def test_without_tables_training_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["jiesu", "dispatch", "train"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "jiesu migrate" in capsys.readouterr().err


def test_labels_that_are_not_the_citys_are_measured_and_not_used(city: City, tmp_path: Path) -> None:
    path = tmp_path / "category.npz"
    foreign = [Row(row.text, f"类{row.label}") for row in rows()]
    model, report = history.train(foreign, Characters(), quiet)
    model.save(path)
    assert report.accuracy > 0.99
    assert CategoryGuesser(city, Characters(), path).suggest("公厕没水", 1) == CategoryGuesser(city, Characters()).suggest("公厕没水", 1)


@pytest.mark.parametrize("broken", ["not a model", "another embedder"])
def test_a_model_that_does_not_fit_is_left_alone(city: City, tmp_path: Path, broken: str) -> None:
    path = tmp_path / "category.npz"
    if broken == "not a model":
        path.write_bytes(b"PK nothing")
    else:
        model = history.train(rows(), Characters(), quiet)[0]
        model.embedder = "another"
        model.save(path)
    with pytest.raises(ModelUnusable):
        Model.load(path, Characters())
    assert CategoryGuesser(city, Characters(), path).suggest("公厕没水", 1) == CategoryGuesser(city, Characters()).suggest("公厕没水", 1)


def write(path: Path, columns: list[str], *lines: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *lines])
    return path


def test_labels_may_be_codes_names_of_any_level_or_units(city: City, tmp_path: Path) -> None:
    kind, read = history.read_rows(
        write(tmp_path / "t.csv", ["text", "title", "category"], ["甲", "题", "010101"], ["乙", "", "公共厕所"], ["丙", "", "供热"], ["丁", "", "别处的分类"]), city
    )
    assert kind == "category"
    assert [row.label for row in read] == ["010101", "010202", "04", "别处的分类"]
    assert read[0].text == "题\n甲"
    kind, read = history.read_rows(write(tmp_path / "u.csv", ["text", "unit"], ["甲", city.units["dept-water"].name], ["乙", "dept-fire"]), city)
    assert (kind, [row.label for row in read]) == ("unit", ["dept-water", "dept-fire"])


@pytest.mark.parametrize(
    ("columns", "lines", "told"),
    [(["body", "category"], [], "needs the columns text and category"), (["text", "category"], [["甲", ""]], "line 2"), (["text"], [["甲"]], "or unit")],
)
def test_a_file_that_can_not_be_learnt_from_is_refused_in_a_sentence(city: City, tmp_path: Path, columns: list[str], lines: list[list[str]], told: str) -> None:
    with pytest.raises(HistoryRefused, match=told):
        history.read_rows(write(tmp_path / "t.csv", columns, *lines), city)


def test_one_label_is_nothing_to_learn_from() -> None:
    with pytest.raises(HistoryRefused, match="two labels"):
        history.train([Row("甲", "010101")] * 9, Characters(), quiet)


def test_the_report_is_a_table_with_what_is_taken_for_what() -> None:
    report = history.Report(["甲", "乙"], np.array([[8, 2], [1, 9]]))
    text = "\n".join(report.lines(str))
    assert "accuracy 0.850" in text
    assert "| 甲 | 10 | 0.889 | 0.800 | 0.842 |" in text
    assert "| 甲 | 8 | 2 |" in text


def test_the_same_trouble_told_again_goes_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = [Row(f"地铁口的围挡上写着拖欠工资不发，第{at}天了，谁来管一管", "010101") for at in range(5)]
    said = ["地铁口的围挡上写着拖欠工资不发，还是没人管"]
    counted, vectors = learnt(*rows(), *odd), Characters().encode(said)
    voted = counted.probabilities(said, vectors)[0][0]
    assert voted > 0.5
    monkeypatch.setattr(history, "VOTE", 0.0)
    assert voted > counted.probabilities(said, vectors)[0][0]


def test_of_much_history_only_the_heaviest_characters_are_kept_for_the_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_REMEMBERED", 5 * len(rows()))
    model = learnt(*rows())
    assert model.fit.characters.nnz <= 5 * len(rows())
    assert history.evaluate(model, rows(3), Characters(), quiet).accuracy == 1


def test_of_many_labels_the_main_axes_of_meaning_are_learnt_and_stored_for_the_whole(city: City) -> None:
    categories = list(city.categories.values())[: history.MANY + 5]
    many = [Row(f"{text}，第{at}次反映", c.code) for c in categories for at, text in enumerate((*c.examples[:3], *c.examples[:3], *c.examples[:3])[:8])]
    model, report = history.train(many, Characters(), quiet)
    assert model.fit.weights.shape == (len(model.vocabulary) + Characters.dimension, len(model.labels))
    assert len(model.labels) > history.MANY
    assert report.accuracy > 0.75
    assert history.evaluate(model, many, Characters(), quiet).accuracy > 0.95


def test_what_came_of_it_does_not_cover_what_it_is(guesser: CategoryGuesser) -> None:
    (code, _), *_ = guesser.suggest("大树快倒了，压着电线，物业说归园林，园林说归物业", 1)
    assert code == guesser.suggest("大树快倒了", 1)[0][0]

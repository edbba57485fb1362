"""The city folder: what ships fits together, and a broken one says which file is wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from fakes import ROOT

from hotline.city import City, CityError

FOLDER = ROOT / "city"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "city"))


def test_the_copy_can_be_read_before_it_is_broken(folder: Path, city: City) -> None:
    assert City.load(folder) == city


# --- What ships fits together


def test_streets_and_units_lie_in_districts_that_exist(city: City) -> None:
    assert {street.district_code for street in city.streets.values()} == set(city.districts)
    for unit in city.units.values():
        assert not unit.district_code or unit.district_code in city.districts, unit.id
        assert not unit.street_code or unit.street_code in city.streets, unit.id
    assert {f"district-{code}" for code in city.districts} <= set(city.units)
    assert {f"street-{code}" for code, street in city.streets.items() if street.kind != "其他"} <= set(city.units)


def test_names_of_units_are_used_once(city: City) -> None:
    names = [unit.name for unit in city.units.values()]
    assert len(names) == len(set(names))


def test_every_category_has_a_limit_and_ways_in_which_people_say_it(city: City) -> None:
    for category in city.categories.values():
        assert re.fullmatch(r"\d{6}", category.code)
        assert category.urgency in city.limits, category.path
        assert category.examples, category.path
    assert city.categories["010101"].path == "市容环卫 / 生活垃圾 / 生活垃圾清运不及时"


def test_codes_name_one_path_and_a_prefix_names_the_level_above(city: City) -> None:
    for level, digits in (("level1", 2), ("level2", 4)):
        names: dict[str, set[str]] = {}
        for category in city.categories.values():
            names.setdefault(category.code[:digits], set()).add(getattr(category, level))
        assert all(len(found) == 1 for found in names.values())


def test_holidays_are_dates_with_their_kind(city: City) -> None:
    assert city.holidays[date(2025, 1, 1)] == "holiday"
    assert set(city.holidays.values()) == {"holiday", "workday"}


def test_every_sentence_can_be_said_with_the_words_it_asks_for(city: City) -> None:
    for section, sentences in city.prompts.items():
        for name, sentence in sentences.items():
            if isinstance(sentence, str):
                words = {word: "某某" for word in re.findall(r"\{(\w+)\}", sentence) if word not in ("hotline", "city")}
                said = city.say(f"{section}.{name}", **words)
                assert said, f"{section}.{name}"
                assert "{" not in said, f"{section}.{name}"


def test_a_sentence_names_the_city_and_its_number_wherever_it_asks_for_them(city: City) -> None:
    assert city.say("talk.greeting") == "您好，这里是北京市12345，请说您的诉求。"
    assert city.say("tickets.withdrawn", number="25112100001") == "工单 25112100001 已撤回。"
    assert str(city.timezone) == "Asia/Shanghai"


def test_what_a_citizen_wrote_is_said_as_it_is_and_not_as_a_placeholder(city: City) -> None:
    assert "{city}" in city.say("intake.line_problem", value="{city}的{0}路灯")


# --- A broken folder


def in_file(name: str, change: Callable[[str], str]) -> Callable[[Path], str]:
    def break_it(folder: Path) -> str:
        path = folder / name
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, "the test changes nothing"
        path.write_text(after, encoding="utf-8")
        return name

    return break_it


def without(name: str) -> Callable[[Path], str]:
    def break_it(folder: Path) -> str:
        (folder / name).unlink()
        return name

    return break_it


def line(number: int, text: str) -> Callable[[str], str]:
    """Put a line in the place of another."""

    def change(before: str) -> str:
        lines = before.splitlines()
        lines[number] = text
        return "\n".join(lines) + "\n"

    return change


TABLES = ["districts.csv", "streets.csv", "units.csv", "categories.csv", "responsibility.csv", "holidays.csv"]
BROKEN = {
    **{f"{name} is missing": without(name) for name in ["city.toml", "prompts.toml", "limits.toml", *TABLES]},
    **{f"{name} lacks its first column": in_file(name, lambda before: before.replace(",", "_,", 1)) for name in TABLES},
    **{f"{name} has a row that is too short": in_file(name, lambda before: before.rstrip("\n") + "\n1\n") for name in TABLES},
    **{f"{name} has a row that is too long": in_file(name, lambda before: before.rstrip("\n") + ",,,,,,,,x\n") for name in TABLES},
    "city.toml is no TOML": in_file("city.toml", lambda before: before + "\n=\n"),
    "prompts.toml is no TOML": in_file("prompts.toml", lambda before: before.replace('"', "", 1)),
    "limits.toml is no TOML": in_file("limits.toml", lambda before: before + "\n[limits\n"),
    "city.toml names no time zone": in_file("city.toml", lambda before: before.replace("timezone", "zone")),
    "city.toml names a time zone that does not exist": in_file("city.toml", lambda before: before.replace("Asia/Shanghai", "Asia/Atlantis")),
    "limits.toml has no hours": in_file("limits.toml", lambda before: before.replace("hours = 2 ", "minutes = 2 ")),
    "limits.toml has hours that are no number": in_file("limits.toml", lambda before: before.replace("hours = 24 ", 'hours = "soon" ')),
    "responsibility.csv has an order that is no number": in_file("responsibility.csv", lambda before: before.replace("10,010201", "first,010201")),
    "responsibility.csv has no last rule for unclear matters": in_file("responsibility.csv", lambda before: before.rstrip("\n").rpartition("\n")[0] + "\n"),
    "responsibility.csv names a unit that does not exist": in_file("responsibility.csv", lambda before: before.replace("dept-urban-management", "dept-atlantis", 1)),
    "responsibility.csv gives a departmental duty to a street": in_file("responsibility.csv", lambda before: before.replace("13,,,,dept-labour", "13,,,,street")),
    "limits.toml has two limits in one": in_file("limits.toml", lambda before: before.replace("days = 7", "days = 7\nhours = 3")),
    "city.toml has an hour that does not exist": in_file("city.toml", lambda before: before.replace("09:00", "29:00")),
    "city.toml names a default limit that does not exist": in_file("city.toml", lambda before: before.replace('"general"', '"someday"')),
    "holidays.csv has a date that does not exist": in_file("holidays.csv", lambda before: before.replace("2025-01-01", "2025-02-30")),
    "categories.csv has an urgency without a limit": in_file("categories.csv", lambda before: before.replace(",general\n", ",someday\n", 1)),
    "streets.csv has a street in a district that does not exist": in_file("streets.csv", lambda before: before.replace(",110101\n", ",999999\n", 1)),
    "districts.csv has one code twice": in_file("districts.csv", lambda before: before.replace("110102,", "110101,")),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_folder_is_told_in_a_sentence_that_names_the_file(folder: Path, what: str) -> None:
    name = BROKEN[what](folder)
    with pytest.raises(CityError) as error:
        City.load(folder)
    assert name in str(error.value)


def test_a_table_that_a_spreadsheet_saved_with_its_byte_order_mark_can_be_read(folder: Path, city: City) -> None:
    path = folder / "districts.csv"
    path.write_text("\ufeff" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert City.load(folder).districts == city.districts


def test_a_folder_that_does_not_exist_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="nowhere"):
        City.load(tmp_path / "nowhere")

"""Hearing what matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone import numbers
from channels.phone.asked_words import asked_words
from channels.phone.doors import by_sound, with_doors
from channels.phone.sounds import Names, distance
from channels.phone.speech.base import Transcription
from channels.phone.spoken import Ear, Unsure
from hotline.city import City
from hotline.settings import ROOT
from knowledge_base.importer import read_folder


@pytest.fixture(scope="module")
def ear(city: City) -> Ear:
    return Ear(city)


def said(text: str, *alternatives: str, confidence: float = 0.8) -> Transcription:
    return Transcription(text, confidence, alternatives)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("幺三八零零零零幺二三四", "13800001234"),
        ("一三八，零零零零，一二三四。", "13800001234。"),
        ("138 0000 1234", "13800001234"),
        ("1 3 8-0000-1234", "13800001234"),
        ("我的电话是幺三八四个零幺二三四", "我的电话是13800001234"),
        ("幺三八双零三个零幺二三", "13800000123"),
        ("幺三八，嗯，零零零零，呃，幺二三四", "13800001234"),
        ("幺三八洞洞洞洞幺两三四", "13800001234"),
        ("八六幺三八零零零零幺二三四", "13800001234"),
        ("+86 138 0000 1234", "13800001234"),
        ("零幺零，六二三四五六七八", "01062345678"),
        ("三号楼二单元", "三号楼二单元"),
        ("昨晚十一点", "昨晚十一点"),
        ("三四个人", "三四个人"),
        ("姓王，幺三八零零零零幺二三四", "姓王，13800001234"),
    ],
)
def test_telephone_numbers_as_they_are_spoken(spoken: str, written: str) -> None:
    assert numbers.with_phone_numbers(spoken) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("十", "10"), ("十二", "12"), ("二十", "20"), ("二百三十八", "238"), ("一百零五", "105"), ("二百三", "230"), ("二百零三", "203"), ("一千零一", "1001"),
        ("两百", "200"), ("一千二", "1200"), ("幺零二", "102"), ("五零幺", "501"), ("3", "3"), ("一百一十", "110"), ("百", None), ("十十", None), ("一二十", None),
    ],
)  # fmt: skip
def test_what_a_number_means(spoken: str, written: str | None) -> None:
    assert numbers.value(spoken) == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("三号楼二单元五零幺", "3号楼2单元501"),
        ("建国路二百三十八号", "建国路238号"),
        ("不对，是三号楼", "不对，是3号楼"),
        ("不是三号楼是五号楼", "不是3号楼是5号楼"),
        ("十二号院四单元一零零二室", "12号院4单元1002室"),
        ("龙腾苑五区三号", "龙腾苑五区3号"),
        ("甲三号", "甲3号"),
        ("三里屯十号", "三里屯10号"),
        ("八里庄", "八里庄"),
    ],
)
def test_doors(spoken: str, written: str) -> None:
    assert with_doors(spoken) == written


@pytest.mark.parametrize(
    ("heard", "door"),
    [
        ("3号奴一单岩", "3号楼1单元"),
        ("27号罗伊丹人", "27号楼1单元"),
        ("14号楼四大院", "14号楼4单元"),
        ("石一浩宴", "11号院"),
        ("时7号楼", "17号楼"),
        ("是一号楼", "是1号楼"),
        ("爱号楼素单元", "2号楼4单元"),
        ("七星园南72号楼", "七星园南区12号楼"),
        ("号楼对面的大院", "号楼对面的大院"),
        ("五里后面", "五里后面"),
    ],
)
def test_doors_by_their_sound(heard: str, door: str) -> None:
    assert with_doors(by_sound(heard)) == door


@pytest.mark.parametrize("place", ["朝阳北路旁边", "密云区密云镇菜市场", "朝阳区体育馆路"])
def test_what_is_written_rightly_is_not_made_another_name(ear: Ear, place: str) -> None:
    assert ear.hear(said(place), "place").text == place


def test_a_community_that_is_said_exactly_stands_before_a_street_that_sounds_like_part_of_it(ear: Ear) -> None:
    assert ear.hear(said("是西花是南里南区的", "是西花市南里南区的"), "place").text == "是西花市南里南区的"


def test_a_place_that_the_city_knows_is_believed_though_the_recogniser_was_unsure(ear: Ear) -> None:
    assert ear.hear(said("海电区中关村接到", confidence=0.2), "place").sure
    assert not ear.hear(said("海边的那个", confidence=0.2), "place").sure


def test_of_two_readings_the_one_with_a_door_is_likelier(ear: Ear) -> None:
    assert ear.hear(said("丰台区南苑北里史1号", "丰台区南苑北里11号楼"), "place").text == "丰台区南苑北里11号楼"


@pytest.mark.parametrize(
    ("heard", "place"),
    [
        ("朝阳区王金街道花家地难里社区三号楼", "朝阳区望京街道花家地南里社区3号楼"),
        ("潮阳区望精", "朝阳区望京"),
        ("海定区中关村街道", "海淀区中关村街道"),
        ("三里吞街道", "三里屯街道"),
        ("天通院北街道", "天通苑北街道"),
        ("丰台区六里桥", "丰台区六里桥"),
        ("说不清", "说不清"),
        ("不知道", "不知道"),
    ],
)
def test_a_place_is_found_by_its_sound(ear: Ear, heard: str, place: str) -> None:
    result = ear.hear(said(heard), "place")
    assert result.text == place
    assert result.raw == heard
    assert result.read_back == (heard != place)


def test_of_several_readings_the_one_counts_that_names_what_the_city_knows(ear: Ear) -> None:
    assert ear.hear(said("朝阳区大家都来", "朝阳区望京街道", "朝阳区王今天"), "place").text == "朝阳区望京街道"


def test_a_free_sentence_is_changed_only_where_a_name_sounds_the_same(ear: Ear) -> None:
    assert ear.hear(said("我在望金街道，楼下半夜施工")).text == "我在望京街道，楼下半夜施工"
    for free in ("今天晚上楼下施工吵得睡不着", "我想问居住证怎么办", "物业不交维修基金", "他们一直没来修"):
        assert ear.hear(said(free)).text == free


def test_a_negation_is_never_lost(ear: Ear) -> None:
    assert ear.hear(said("不交"), "free").text == "不交"
    assert "不" in ear.hear(said("不是"), "yes_no").text
    assert ear.hear(said("布是"), "yes_no").text == "布是"
    assert ear.hear(said("不提交"), "yes_no").text == "不提交"
    assert ear.hear(said("没提交"), "yes_no").text == "没提交"
    assert ear.hear(said("不对头"), "yes_no").text == "不对头"


@pytest.mark.parametrize(("heard", "answer"), [("十的", "是的"), ("试的", "是的"), ("队", "对"), ("对。", "对"), ("好。", "好"), ("没有。", "没有"), ("部队", "不对"), ("起焦吧", "提交"), ("我想改一下地址", "我想改一下地址")])
def test_short_answers_are_known_by_their_sound(ear: Ear, heard: str, answer: str) -> None:
    assert ear.hear(said(heard), "yes_no").text == answer


def test_a_whole_number_among_the_readings_is_taken_and_read_back(ear: Ear) -> None:
    heard = ear.hear(said("1380001234", "13800001234"), "phone")
    assert (heard.text, heard.raw, heard.read_back, heard.sure) == ("13800001234", "1380001234", True, True)


def test_a_number_that_lacks_a_digit_is_never_completed(ear: Ear) -> None:
    heard = ear.hear(said("幺三八零零零幺二三四"), "phone")
    assert heard.text == "1380001234"
    assert not heard.sure


def test_no_number_is_an_answer_too(ear: Ear) -> None:
    heard = ear.hear(said("不留电话"), "phone")
    assert (heard.text, heard.sure, heard.read_back) == ("不留电话", True, False)


def test_what_was_hardly_understood_is_not_believed(ear: Ear) -> None:
    assert not ear.hear(said("朝阳区", confidence=0.2), "place").sure
    assert not ear.hear(said("", confidence=0.9)).sure


def test_ticket_numbers_are_written_in_digits(ear: Ear) -> None:
    assert ear.hear(said("二六幺幺二二，零零零零幺"), "number").text == "26112200001"


def test_sounds_that_are_confused_are_near_and_others_far() -> None:
    assert distance("shi", "shi") == 0
    assert distance("si", "shi") < distance("ji", "shi") <= 1
    assert distance("jin", "jing") < 0.2
    assert distance("ma", "guo") == 1


def test_the_longer_name_wins_and_names_do_not_overlap() -> None:
    names = Names(["天通苑", "天通苑北街道", "北京"])
    assert [m.name for m in names.find("天通院北街道", within=0.2)] == ["天通苑北街道"]


def test_of_two_names_that_sound_alike_the_tone_decides_and_the_nearer_one_beats_the_longer() -> None:
    assert [m.name for m in Names(["燕北园社区", "燕北苑社区"]).find("宴北元社区", within=0.2)] == ["燕北园社区"]
    assert [m.name for m in Names(["吉庆里社区", "皂君西里社区"]).find("我再急性理社区", within=0.22)] == ["吉庆里社区"]


@given(st.text("零一二三四五六七八九幺两十百千洞个双号楼单元，。 abc019", max_size=30))
def test_whatever_is_heard_nothing_breaks_and_no_digit_is_invented(text: str) -> None:
    written = numbers.with_phone_numbers(text)
    if "个" not in text and "双" not in text:
        assert numbers.digits_of(written) in (numbers.digits_of(text), numbers.digits_of(text).replace("86", "", 1))
    with_doors(text)


@pytest.mark.parametrize("place", ["石景山区鲁谷街道七星园南区", "西城区德胜街道新风街1号院", "海淀区清河街道毛纺北小区", "丰台区卢沟桥街道小井", "朝阳区八里庄街道红庙北里12号楼"])
def test_a_place_that_was_heard_rightly_is_not_turned_into_another_of_the_city(ear: Ear, place: str) -> None:
    assert ear.hear(said(place), "place").text == place


def test_a_community_is_looked_for_where_the_caller_says_it_is(ear: Ear) -> None:
    assert ear.hear(said("海淀区学院路街道二里装"), "place").text == "海淀区学院路街道二里庄"
    assert ear.hear(said("西城区展览路街道二里装"), "place").text == "西城区展览路街道二里装", "there is none of that name there"


def test_when_a_time_was_asked_for_a_reading_that_is_one_is_likelier(ear: Ear) -> None:
    heard = ear.hear(said("像个月", "相个月", "上个月"), "time")
    assert (heard.text, heard.raw, heard.read_back) == ("上个月", "像个月", True)
    assert ear.hear(said("不记得了", "不几的了"), "time").text == "不记得了"


def test_the_recogniser_is_told_what_the_answer_may_hold(ear: Ear) -> None:
    assert "昨天晚上" in ear.hints("time").words
    assert "电梯" in ear.hints(None).words
    assert ear.hints("phone").words == ()


def test_who_is_offered_answers_is_expected_to_give_one_of_them(ear: Ear) -> None:
    assert ear.hints("free", ["满意", "不满意"]).words == ("满意", "不满意")
    assert "电梯" in ear.hints(None, ["有帮助", "没帮助"]).words, "what follows an answer is more likely something new"


def test_the_recogniser_is_told_what_is_asked_most(city: City) -> None:
    assert {"居住证", "电梯"} <= set(Ear(city, ["居住证"]).hints(None).words)


def test_what_is_asked_most_is_known_from_the_ways_of_asking() -> None:
    words = asked_words([(article.question, *article.asked) for article in read_folder(ROOT / "knowledge_base" / "articles")], 20)
    assert {"公积金", "居住证", "身份证"} <= set(words)
    assert not {"怎么办", "积金", "居住"} & set(words), "nothing that tells no matter, and no part of a word"
    assert asked_words([], 5) == ()


def test_a_time_that_is_put_right_at_the_reading_back_is_the_reading_that_is_a_time(ear: Ear) -> None:
    assert ear.hear(said("不对，时间是适当个月", "不对,时间事上个月"), "yes_no").text == "不对，时间是上个月"
    assert ear.hear(said("不对，时间是上个月", "不对，时间是昨天"), "yes_no").text == "不对，时间是上个月"


def test_a_place_that_is_put_right_at_the_reading_back_is_heard_as_a_place(ear: Ear) -> None:
    assert ear.hear(said("不对，地点是朝阳区王金街道"), "yes_no").text == "不对，地点是朝阳区望京街道"


def test_a_time_that_is_put_right_is_heard_though_it_sounds_like_another_word(ear: Ear) -> None:
    heard = ear.hear(said("不对,时间事上周五开始"), "yes_no")
    assert (heard.text, heard.raw) == ("不对，时间是上周五开始", "不对,时间事上周五开始")
    assert ear.hear(said("不对，事情事路灯坏了"), "yes_no").text == "不对，事情是路灯坏了"


def test_a_place_that_is_put_right_is_heard_though_its_is_was_swallowed(ear: Ear) -> None:
    assert ear.hear(said("不对,地点石景山区鲁谷街道"), "yes_no").text == "不对，地点是石景山区鲁谷街道"
    for other in ("不对，地点不是这里", "不对，地点应该是望京", "不对，时间错了"):
        assert ear.hear(said(other), "yes_no").text == other


def test_an_estate_is_known_without_the_numbers_of_its_committees(ear: Ear) -> None:
    assert ear.hear(said("丰台区方庄街道方城园一区十五号楼"), "place").text == "丰台区方庄街道芳城园一区15号楼"


@pytest.mark.parametrize(("heard", "place"), [
    ("西城区月坛街道三里河1区2号楼", "西城区月坛街道三里河一区2号楼"), ("海淀器中关村街道知春里", "海淀区中关村街道知春里"),
    ("丰台区方庄街道方诚苑因7", "丰台区方庄街道芳城园一区"), ("我在延庆区无庄村", "我在延庆区吴庄村"),
    ("不在延庆区", "不在延庆区"),
])  # fmt: skip
def test_numbers_and_rounded_vowels_are_compared_by_their_sound(ear: Ear, heard: str, place: str) -> None:
    assert ear.hear(said(heard), "place").text == place


@pytest.mark.parametrize(("heard", "place"), [("海淀区学院路街道二里庄午号楼", "海淀区学院路街道二里庄5号楼"), ("石景山区鲁谷街道伞单元", "石景山区鲁谷街道3单元")])
def test_a_door_number_heard_as_a_word_that_sounds_alike_is_a_number(ear: Ear, heard: str, place: str) -> None:
    assert ear.hear(said(heard), "place").text == place


@pytest.mark.parametrize(
    ("heard", "others", "place"),
    [
        # Neither word is near enough by itself; no other place of the city is as near to the whole.
        ("鸟风山进城家中村8号楼", ("尼尔峰山镇城家中村8号楼",), "妙峰山镇陈家庄村8号楼"),
        ("门头哥其中被兼5号楼", ("门头哥其中北间5号楼",), "门头沟区中北街5号楼"),
        ("沿庆区大庄科乡铁路车21号楼", (), "延庆区大庄科乡铁炉村21号楼"),
    ],
)
def test_a_place_is_known_by_all_its_parts_together(ear: Ear, heard: str, others: tuple[str, ...], place: str) -> None:
    assert place in ear.hear(said(heard, *others), "place").text


def test_a_road_that_sounds_like_an_estate_stays_a_road(ear: Ear) -> None:
    assert ear.hear(said("丰台区马家堡东路"), "place").text == "丰台区马家堡东路"
    assert ear.hear(said("海淀区复兴路83号"), "place").text == "海淀区复兴路83号"


def test_a_place_said_among_other_things_is_known_by_its_district_and_street(ear: Ear) -> None:
    heard = ear.hear(said("昨天晚上密云区东校齐震东湖农艺村有人烧秸秆"))
    assert heard.text == "昨天晚上密云区东邵渠镇东葫芦峪村有人烧秸秆"
    assert ear.hear(said("山上下来的水把院子淹轮了两回")).text == "山上下来的水把院子淹轮了两回"


def test_of_a_village_that_may_be_one_of_two_both_are_named_and_the_answer_keeps_the_rest(ear: Ear) -> None:
    first = ear.hear(said("海淀区李庄三号楼"), "place")
    assert first.unsure
    assert first.unsure.maybe == ("二里庄", "罗庄")
    assert ear.hints("place", first.unsure.maybe).words == ("二里庄", "罗庄")
    assert ear.hear(said("二里装"), "place", first.unsure).text == "海淀区二里庄3号楼"
    assert ear.hear(said("是罗装的"), "place", first.unsure).text == "海淀区罗庄3号楼"
    denied = ear.hear(said("都不是"), "place", first.unsure)
    assert denied.text == "都不是"


def test_the_street_tells_which_village_was_said_before_it_and_the_door_is_kept(ear: Ear) -> None:
    first = ear.hear(said("跟庄村3号楼", "坟装村3号楼"), "place")
    assert first.unsure
    assert not first.unsure.maybe
    then = ear.hear(said("方山区长沟镇"), "place", first.unsure)
    assert then.text == "房山区长沟镇坟庄村3号楼"
    assert then.sure


def test_a_street_in_which_there_is_nothing_alike_leaves_what_was_heard(ear: Ear) -> None:
    first = ear.hear(said("朝阳区后现代城3号楼"), "place")
    assert first.unsure
    assert ear.hear(said("双井街道"), "place", first.unsure).text == "朝阳区双井街道后现代城3号楼"
    assert ear.hear(said("不知道"), "place", first.unsure).text == "不知道"
    assert ear.hear(said("人人"), "place", first.unsure).text == "朝阳区后现代城3号楼"


@pytest.mark.parametrize("place", ["朝阳区望京街道花家地南里", "海淀区304医院门口", "朝阳区朝阳大悦城", "密云区密云镇"])
def test_what_is_surely_known_is_not_asked_about(ear: Ear, place: str) -> None:
    heard = ear.hear(said(place), "place")
    assert heard.unsure is None or not heard.unsure.maybe


def test_a_time_that_is_known_is_believed_though_the_recogniser_was_unsure_how_to_write_it(ear: Ear) -> None:
    assert ear.hear(said("最近", confidence=0.2), "time").sure
    assert not ear.hear(said("最静", confidence=0.2), "time").sure


def test_of_the_readings_of_where_and_when_the_one_that_tells_both_is_likelier(ear: Ear) -> None:
    heard = ear.hear(said("昌平区延寿镇上庄村四五天闻", "昌平区延寿镇上庄村四五天了"), "place")
    assert heard.text == "昌平区延寿镇上庄村四五天了"


def test_a_slip_of_the_recogniser_is_no_answer_to_which_of_two(ear: Ear) -> None:
    first = ear.hear(said("海淀区李庄三号楼"), "place")
    assert ear.hear(said("拆"), "place", first.unsure).text == "海淀区二里庄3号楼"


def test_who_says_that_it_is_none_of_the_names_is_not_given_one_of_them_again(ear: Ear) -> None:
    first = ear.hear(said("海淀区李庄三号楼"), "place")
    again = ear.hear(said("都不是，是海淀区李庄三号楼"), "place", first.unsure)
    assert "二里庄" not in again.text
    assert "罗庄" not in again.text


def test_of_two_names_the_one_that_is_nearer_was_said_though_a_third_would_fit(ear: Ear) -> None:
    first = Unsure("房山区长沟镇坟庄村", ("房山区长沟镇坟庄村",), "110111", ("坟庄村", "西长沟村"))
    assert ear.hear(said("郑庄村"), "place", first).text == "房山区长沟镇坟庄村"


def test_the_word_for_is_may_be_heard_as_any_that_sounds_like_it(ear: Ear) -> None:
    assert ear.hear(said("不对事情失路灯坏了"), "yes_no").text == "不对事情是路灯坏了"


def test_a_street_that_was_asked_for_is_believed_though_a_syllable_is_missing(ear: Ear) -> None:
    before = Unsure("昌平区东区3号楼", ("昌平区东区3号楼",), "110114")
    assert ear.hear(said("昌平区流镇"), "place", before).text.startswith("昌平区流村镇")


def test_a_place_that_is_said_a_second_time_and_not_understood_is_not_written_twice(ear: Ear) -> None:
    first = ear.hear(said("朝阳区后现代城3号楼"), "place")
    assert ear.hear(said("后现代城3号楼"), "place", first.unsure).text == "朝阳区后现代城3号楼"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("车牌是京A幺二三四五", "车牌是京A12345"), ("经a12345那辆车", "京A12345那辆车"), ("金 N 八 P 三二零，停在消防通道", "京N8P320，停在消防通道"),
        ("京牌 B，三四五六七", "京B34567"), ("冀R一二三A五", "冀R123A5"), ("京AD12345是绿牌", "京AD12345是绿牌"),
    ],
)  # fmt: skip
def test_plates_as_they_are_spoken(spoken: str, written: str) -> None:
    assert numbers.with_plates(spoken, "京") == written


@pytest.mark.parametrize("text", ["我住A座12345", "在B区三四五六七号", "小区D栋一二三四五", "京东A类商品", "给我发了A4纸十二张"])
def test_what_is_no_plate_stays(text: str) -> None:
    assert numbers.with_plates(text, "京") == text


def test_a_plate_in_a_sentence_is_heard(ear: Ear) -> None:
    assert "京A12345" in ear.hear(Transcription("有辆车天天堵着消防通道，车牌金A一二三四五", 0.9), "free").text

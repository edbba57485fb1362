"""Where: what of a sentence is a place, and which district and street it is certainly in.

In a free sentence only a sure place counts, because it is not asked for again. An answer to “where?” is believed.
"""

from __future__ import annotations

import pytest

from hotline.city import City
from hotline.messages import Location
from hotline.places import Gazetteer, with_door
from hotline.tickets import Place
from hotline.times import without_times


@pytest.fixture(scope="module")
def gazetteer(city: City) -> Gazetteer:
    return Gazetteer(city)


def told(place: Place | None, city: City) -> tuple[str, ...] | None:
    """The place's words, district and street, as far as it has them."""
    if place is None:
        return None
    district = (city.districts[place.district_code].name,) if place.district_code else ()
    street = (city.streets[place.street_code].name,) if place.street_code else ()
    return (place.text, *district, *street)


IN_A_SENTENCE = {
    # addresses as people dictate them
    "朝阳区望京花家地南里3号楼，楼下饭店还在装修": ("朝阳区望京花家地南里3号楼", "朝阳区", "望京街道"),
    "昌平回龙观龙腾苑五区11号楼3单元电梯坏了": ("昌平回龙观龙腾苑五区11号楼3单元", "昌平区", "回龙观街道"),
    "海淀区中关村大街1号门口天天堵车": ("海淀区中关村大街1号门口", "海淀区"),
    "北京市朝阳区建国路甲92号的保安打人": ("北京市朝阳区建国路甲92号", "朝阳区"),
    "我住在丰台区方庄芳古园一区12号楼": ("丰台区方庄芳古园一区12号楼", "丰台区", "方庄街道"),
    "住丰台区青禾里小区5号楼，楼上漏水": ("丰台区青禾里小区5号楼", "丰台区"),
    "我家在朝阳区劲松五区301楼2单元501室漏雨": ("朝阳区劲松五区301楼2单元501室", "朝阳区", "劲松街道"),
    "丰台区东铁营蓝天嘉园7-2-301漏水": ("丰台区东铁营蓝天嘉园7-2-301", "丰台区"),
    "西城区槐荫胡同12号院门口有人天天倒泔水": ("西城区槐荫胡同12号院门口", "西城区"),
    "通州区宋庄镇小堡村的路灯不亮": ("通州区宋庄镇小堡村", "通州区", "宋庄镇"),
    "孩子学校食堂吃出虫子 海淀中关村三小": ("海淀中关村三小", "海淀区", "中关村街道"),
    "丽泽商务区那边丰台的路坑坑洼洼": ("丽泽商务区", "丰台区"),
    "上垙村停水了": ("上垙村", "延庆区", "香营乡"),
    "我住在七贤村": ("七贤村", "房山区", "韩村河镇"),
    "华悦园小区停水了": ("华悦园小区", "通州区", "临河里街道"),
    "房山良乡大学城没有公交": ("房山良乡大学城", "房山区", "良乡地区"),
    "朝阳区，花家地南里，3号楼，电梯坏了": ("朝阳区，花家地南里，3号楼", "朝阳区", "望京街道"),
    "望京 花家地北里 垃圾没人清": ("望京 花家地北里", "朝阳区", "望京街道"),
    "朝阳区的望京街道办事处态度差": ("朝阳区的望京街道办事处", "朝阳区", "望京街道"),
    "青禾里小区5号楼2单元没热水": ("青禾里小区5号楼2单元",),
    "枫叶家园2号楼电梯老往下坠": ("枫叶家园2号楼",),
    "我们枫叶家园的电梯坏了": ("枫叶家园",),
    "和平家园东门外头有人摆摊": ("和平家园东门", "朝阳区", "和平街街道"),
    "北苑路甲88号有人施工": ("北苑路甲88号",),
    "石景山区古城南路甲5号院3号楼电梯坏了": ("石景山区古城南路甲5号院3号楼", "石景山区", "古城街道"),
    "顺义区石园东区18号楼3单元暖气只有15度": ("顺义区石园东区18号楼3单元", "顺义区", "石园街道"),
    "密云区十里堡镇王各庄村有人乱倒垃圾": ("密云区十里堡镇王各庄村", "密云区", "十里堡镇"),
    "朝阳区十八里店乡周家庄村有人无证行医": ("朝阳区十八里店乡周家庄村", "朝阳区", "十八里店地区"),
    "延庆区八达岭镇石佛寺村村口的路灯不亮": ("延庆区八达岭镇石佛寺村村口", "延庆区", "八达岭镇"),
    "东城区东直门外大街46号天恒大厦旁边那个小区": ("东城区东直门外大街46号天恒大厦旁边", "东城区"),
    "西城区白纸坊街道右安门内大街65号楼下有人放炮": ("西城区白纸坊街道右安门内大街65号", "西城区", "白纸坊街道"),
    "门头沟永定镇石门营新区七区停水": ("门头沟永定镇石门营新区七区", "门头沟区", "永定地区"),
    "北京市海淀区中关村南大街5号北京理工大学停暖气": ("北京市海淀区中关村南大街5号北京理工大学", "海淀区"),
    "大兴西红门宏福苑小区停水": ("大兴西红门宏福苑小区", "大兴区", "西红门地区"),
    # something beside a station, and in a hospital
    "丰台区方庄社区卫生服务中心药断货了": ("丰台区方庄社区卫生服务中心", "丰台区", "方庄街道"),
    "协和医院门诊楼前有号贩子": ("协和医院门诊楼前",),
    "西直门那个路口红绿灯坏了": ("西直门那个路口", "西城区"),
    "国贸那个桥底下积水": ("国贸那个桥底下", "朝阳区"),
    # estates named after the street's area
    "望京西园四区垃圾没人清": ("望京西园四区", "朝阳区", "望京街道"),
    "天通苑西三区停水了": ("天通苑西三区", "昌平区", "天通苑北街道"),
    "天通苑北一区的绿地被人种菜了": ("天通苑北一区", "昌平区", "天通苑北街道"),
    "天通苑北边那个大超市": ("天通苑北边", "昌平区"),
    "朝阳区三里屯太古里南区地下车库收费不开票": ("朝阳区三里屯太古里南区地下车库", "朝阳区", "三里屯街道"),
    "安贞西里的暖气不热": ("安贞西里", "朝阳区", "安贞街道"),
    # crossings, stations, sights, shops
    "朝阳北路与青年路交叉口红绿灯坏了": ("朝阳北路与青年路交叉口",),
    "亦庄科创十街和经海路交叉口有大坑": ("亦庄科创十街和经海路交叉口",),
    "建议在奥林西路和科荟路口加个红绿灯": ("奥林西路和科荟路口",),
    "朝阳北路和青年路交口红绿灯坏了": ("朝阳北路和青年路交口",),
    "中关村大街口有个坑": ("中关村大街口", "海淀区"),
    "我们在亦庄一个工地干了三个月": ("亦庄",),
    "在王家门口堆土": ("王家门口",),
    "地铁十号线劲松站A口有人发小广告": ("地铁十号线劲松站A口", "朝阳区", "劲松街道"),
    "地铁十号线公主坟站C口全是黑车": ("地铁十号线公主坟站C口", "海淀区"),
    "公主坟地铁站的直梯停了": ("公主坟地铁站", "海淀区"),
    "回龙观东大街地铁站B2口全是黑车": ("回龙观东大街地铁站B2口", "昌平区"),
    "木樨园桥北站司机不停站": ("木樨园桥北站", "丰台区"),
    "今天早上八点在西直门坐的快线，没等我坐稳就开车": ("西直门", "西城区"),
    "我在国贸上的车": ("国贸", "朝阳区"),
    "就在西三旗桥往东二百米": ("西三旗桥往东二百米", "海淀区"),
    "朝外大街那个停车场": ("朝外大街那个停车场", "朝阳区"),
    "西城区广外街道": ("西城区广外街道", "西城区", "广安门外街道"),
    "国贸桥东南角积水": ("国贸桥东南角",),
    "北京南站地下停车场乱收费": ("北京南站地下停车场", "丰台区"),
    "西单大悦城地下停车场收费太贵": ("西单大悦城地下停车场", "西城区"),
    "潘家园旧货市场有人卖假货": ("潘家园旧货市场", "朝阳区", "潘家园街道"),
    "我要表扬天坛公园的保洁阿姨": ("天坛公园", "东城区", "天坛街道"),
    "通州梨园附近新开的酒吧低音炮太响": ("通州梨园附近", "通州区", "梨园镇"),
    "顺义后沙峪那个丁字路口没红绿灯": ("顺义后沙峪", "顺义区", "后沙峪地区"),
    "海淀学院路那边有个工地": ("海淀学院路", "海淀区"),
    "在广渠门被出租车拒载": None,
    # whatever stands where only a place can, and branches of shops
    "昌平区流村镇老王头炖鱼门口堆着垃圾": ("昌平区流村镇老王头炖鱼门口", "昌平区", "流村镇"),
    "我在石景山喜隆多门口被电动车撞了": ("石景山喜隆多门口", "石景山区"),
    "我要投诉永辉超市鲁谷店短斤少两": ("永辉超市鲁谷店", "石景山区", "鲁谷街道"),
    "就在物美超市旁边": ("物美超市旁边",),
    # short names of streets, names said twice, two streets of which one is said in full
    "西城区广外红莲北里5号楼群租": ("西城区广外红莲北里5号楼", "西城区", "广安门外街道"),
    "和平街和平街十四区9号楼停电": ("和平街和平街十四区9号楼", "朝阳区", "和平街街道"),
    "房山良乡拱辰街道梅花庄小学没有斑马线": ("房山良乡拱辰街道梅花庄小学", "房山区", "拱辰街道"),
    "朝阳区安华里二区5号楼3门201漏水": ("朝阳区安华里二区5号楼3门201", "朝阳区", "安贞街道"),
    # homonyms: a road or a gate is not the district it is named after
    "朝阳门地铁站C口黑车太多": ("朝阳门地铁站C口", "东城区"),
    "朝阳门外大街堵车": ("朝阳门外大街",),
    "朝阳路上有个大坑": ("朝阳路",),
    "朝阳大悦城的停车费太贵": ("朝阳大悦城", "朝阳区"),
    "中关村大街共享单车乱停": ("中关村大街", "海淀区"),
    "望京街有人飙车": ("望京街", "朝阳区"),
    "平谷区大兴庄镇的垃圾没人收": ("平谷区大兴庄镇", "平谷区", "大兴庄镇"),
    # one name, two districts
    "八里庄街道没人管": ("八里庄街道",),
    "海淀八里庄路灯坏了": ("海淀八里庄", "海淀区", "八里庄街道"),
    "朝阳区八里庄北里停水": ("朝阳区八里庄北里", "朝阳区", "八里庄街道"),
    "房山东风街道办事太慢": ("房山东风街道", "房山区", "东风街道"),
    "朝阳区东风地区有违建": ("朝阳区东风地区", "朝阳区", "东风地区"),
    # where it is, not where the citizen works
    "我在朝阳区上班，昌平回龙观龙腾苑五区的房子漏水": ("昌平回龙观龙腾苑五区", "昌平区", "回龙观街道"),
}

NO_PLACE = [
    "建议增加社区老年食堂",
    "我爸高血压开的慢病药社区医院断货了",
    "我要投诉", "孩子上小学要什么材料", "一年级怎么报名", "我在公司上班", "楼下便利店24小时营业", "我家楼下太吵", "小区门口有人摆摊", "楼下饭店天天排油烟", "单位不给交社保", "我们村自来水一天来两小时",
    "学校食堂的鸡腿是馊的", "大马路中间一个坑", "这条路好久没人扫了", "村里的账从不公开", "菜市场缺斤短两", "公园的长椅烂了没人换", "社区医院开药非得搭着卖别的", "胡同里的线乱七八糟", "一路上都是狗屎",
    "心里特别难受", "物业公司不作为", "天桥底下有办假证的", "过了天桥就是", "住平房没有暖气", "光明正大地偷电", "派出所户籍窗口没人接电话", "街道办事大厅态度差", "温泉酒店不退卡", "从前门上车被夹了",
    "隔壁小区放鞭炮", "老旧小区加装电梯", "幼儿园早操的大喇叭太响", "坐公交去医院", "高速路上堵死了", "走到半路车坏了", "垃圾车进小区按喇叭", "整个小区都停水了", "小学门口放学堵得水泄不通", "房间朝阳的那面墙渗水",
    "大兴土木没人管", "三号线地铁太挤", "一号窗口没人", "门店不退款", "家里停水了", "公里数不对", "回迁房墙裂了", "全村都停电", "业主群里有人骂人", "去大医院看病太贵", "修路把树砍了", "3岁孩子上幼儿园",
    "搬到新小区以后没信号", "城中村改造", "每天堵在路口", "派出所的人来劝过一回", "胜利了", "人民医院", "一共欠了两万四", "工地门口全是泥", "电动车进电梯", "网约车绕路多收我三十多块钱",
    "渣土车一路撒土", "隔着三条街都能闻见", "配套幼儿园拖着不开", "一下雨桥底下就积水", "白酒能带上地铁吗", "定点医院太远", "村里路坏得没法走", "租村里的地盖别墅", "过街天桥没有电梯",
]  # fmt: skip

ANSWERS = {
    "花家地南里那边": ("花家地南里那边", "朝阳区", "望京街道"),
    "望京街道": ("望京街道", "朝阳区", "望京街道"),
    "朝阳": ("朝阳", "朝阳区"),
    "在朝阳区。": ("朝阳区", "朝阳区"),
    "就在我们小区门口，天通苑西三区": ("我们小区门口，天通苑西三区", "昌平区", "天通苑北街道"),
    "地铁十号线劲松站A口": ("地铁十号线劲松站A口", "朝阳区", "劲松街道"),
    "昌平回龙观龙腾苑五区11号楼3单元": ("昌平回龙观龙腾苑五区11号楼3单元", "昌平区", "回龙观街道"),
    "地址是西城区槐荫胡同12号院": ("西城区槐荫胡同12号院", "西城区"),
    "丰台，六里桥南边": ("丰台，六里桥南边", "丰台区", "六里桥街道"),
    "嗯，就朝阳大悦城往北第二个红绿灯": ("朝阳大悦城往北第二个红绿灯", "朝阳区"),
    "石景山区鲁谷": ("石景山区鲁谷", "石景山区", "鲁谷街道"),
    "老槐树底下": ("老槐树底下",),
    "村东头": ("村东头",),
    "桥洞子底下": ("桥洞子底下",),
    "公交总站后身儿": ("公交总站后身儿",),
    "三单元902": ("三单元902",),
    "我家": ("我家",),
    "我家楼下": ("我家楼下",),
    "整条街都是": ("整条街都是",),
    "红旗渠": ("红旗渠",),
    "卖煎饼的旁边那条胡同进去第三个门": ("卖煎饼的旁边那条胡同进去第三个门",),
    "亦庄，科创十街跟经海路交叉口": ("亦庄，科创十街跟经海路交叉口",),
    "平房": ("平房",),
    "朝阳平房": ("朝阳平房", "朝阳区", "平房地区"),
    "朝阳区吧好像": ("朝阳区", "朝阳区"),
    "我说的是望京": ("望京", "朝阳区", "望京街道"),
    "大概在北五环": ("北五环",),
    "大兴区，黄村，兴政街": ("大兴区，黄村，兴政街", "大兴区", "黄村地区"),
    "石榴庄地铁站": ("石榴庄地铁站", "丰台区", "石榴庄街道"),
    "二环边上，具体哪条路我叫不上来": ("二环边上",),
    "不知道叫什么路，就在公园旁边": ("公园旁边",),
    "四惠东": ("四惠东", "朝阳区"),
}

SHRUGS = [
    "不知道", "说不清", "就那儿", "就这儿", "不清楚", "我也不知道具体地址", "记不清了", "说不上来", "没有", "嗯", "", "就上头说的那个地址", "我发您定位了", "不方便说", "你猜", "那个地方", "不告诉你", "随便",
    "跳过", "在家", "等一下", "给我转人工", "就我刚才说的那儿", "我刚才说了", "忘了", "不晓得啊",
]  # fmt: skip

SOMETHING_ELSE = [
    "就是声音特别大", "什么时候能解决", "你们管不管啊", "水是黄的，有味儿", "物业不管", "为什么要问地址", "太吵了睡不着", "要多久？", "我要投诉物业", "谢谢",
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), IN_A_SENTENCE.items(), ids=list(IN_A_SENTENCE))
def test_a_place_in_a_sentence(text: str, place: tuple[str, ...] | None, gazetteer: Gazetteer, city: City) -> None:
    assert told(gazetteer.find(text), city) == place


@pytest.mark.parametrize("text", NO_PLACE)
def test_no_place_is_found_where_none_is_named(text: str, gazetteer: Gazetteer) -> None:
    assert gazetteer.find(text) is None


@pytest.mark.parametrize(("text", "place"), ANSWERS.items(), ids=list(ANSWERS))
def test_an_answer_to_where_is_believed(text: str, place: tuple[str, ...], gazetteer: Gazetteer, city: City) -> None:
    assert told(gazetteer.read_answer(text), city) == place


@pytest.mark.parametrize(
    "text", ["大概十五万吧", "三千六百块", "一共八个人", "两千八一个月", "交了三千多块", "公交车牌号没看清", "门口那家店叫什么没注意", "在车站，名字不记得了"]
)
def test_an_amount_or_what_nobody_knows_is_no_place(text: str, gazetteer: Gazetteer) -> None:
    place = gazetteer.read_answer(text)
    assert place is None or place.text == "车站"


@pytest.mark.parametrize("text", ["在草房里面堆了好多东西", "果园里的树被砍了", "在小园里放风筝", "从后面上车"])
def test_a_station_called_like_a_word_is_no_place(text: str, gazetteer: Gazetteer) -> None:
    assert gazetteer.find(text) is None


@pytest.mark.parametrize("text", [*SHRUGS, *SOMETHING_ELSE], ids=lambda text: text or "nothing")
def test_a_shrug_is_no_place(text: str, gazetteer: Gazetteer) -> None:
    assert gazetteer.read_answer(text) is None


def test_of_a_long_answer_only_the_place_is_kept(gazetteer: Gazetteer, city: City) -> None:
    said = "哎呀是这么回事，我跟你说啊，我们家在昌平回龙观龙腾苑五区11号楼，物业来过两回了，每回都说修好了，结果没两天又开始漏水"
    assert told(gazetteer.read_answer(said), city) == ("昌平回龙观龙腾苑五区11号楼", "昌平区", "回龙观街道")


@pytest.mark.parametrize(
    "text", ["花家地南里那边", "朝阳区花家地", "昌平回龙观龙腾苑五区", "望京街道花家地南里", "中关村大街", "西单大悦城", "老槐树底下", "公交总站后身儿", "望京街", "13号线", "地铁六号线", "300路公交"]
)
def test_precise_enough_to_go_there(text: str, gazetteer: Gazetteer) -> None:
    place = gazetteer.read_answer(text)
    assert place is not None
    assert gazetteer.is_precise(place)


@pytest.mark.parametrize(
    "text", ["朝阳", "朝阳区", "北京市朝阳区", "望京街道", "昌平回龙观", "望京那边", "我家楼下", "小区门口", "5号楼2单元", "我们单位", "三单元902", "朝阳区的一个小区", "朝阳区小区", "就在马路中间", "拐角第二家"]
)
def test_not_precise_enough_to_go_there(text: str, gazetteer: Gazetteer) -> None:
    place = gazetteer.read_answer(text)
    assert place is not None
    assert not gazetteer.is_precise(place)


def test_a_shared_point_is_precise_and_no_place_at_all_is_not(gazetteer: Gazetteer) -> None:
    assert gazetteer.is_precise(Place("朝阳区", location=Location(39.99, 116.47)))
    assert not gazetteer.is_precise(Place(""))


MERGED = {
    ("朝阳区", "望京花家地南里3号楼"): ("朝阳区望京花家地南里3号楼", "朝阳区", "望京街道"),
    ("朝阳", "八里庄北里"): ("朝阳八里庄北里", "朝阳区", "八里庄街道"),
    ("望京街道", "花家地南里"): ("望京街道花家地南里", "朝阳区", "望京街道"),
    ("朝阳区", "朝阳区花家地南里"): ("朝阳区花家地南里", "朝阳区", "望京街道"),
    ("朝阳区", "海淀区学院路"): ("海淀区学院路", "海淀区"),
    ("5号楼2单元", "青禾里小区"): ("青禾里小区5号楼2单元",),
    ("5号楼2单元", "青禾里小区3号楼"): ("青禾里小区3号楼",),
    ("我家楼下", "花家地南里3号楼"): ("花家地南里3号楼，我家楼下", "朝阳区", "望京街道"),
    ("花家地南里", "3号楼"): ("花家地南里3号楼", "朝阳区", "望京街道"),
    ("花家地南里3号楼", "是5号楼2单元"): ("花家地南里5号楼2单元", "朝阳区", "望京街道"),
    ("花家地南里3号楼", "花家地南里5号楼"): ("花家地南里5号楼", "朝阳区", "望京街道"),
    ("西单大悦城", "西城区"): ("西城区西单大悦城", "西城区"),
}


@pytest.mark.parametrize(("said", "place"), MERGED.items(), ids=["+".join(pair) for pair in MERGED])
def test_two_sentences_tell_one_place(said: tuple[str, str], place: tuple[str, ...], gazetteer: Gazetteer, city: City) -> None:
    old, new = (gazetteer.read_answer(text) for text in said)
    assert old is not None
    assert new is not None
    assert told(gazetteer.merge(old, new), city) == place


def test_a_shared_point_stays_when_its_address_is_said(gazetteer: Gazetteer) -> None:
    point = Location(39.99, 116.47)
    assert gazetteer.merge(Place(str(point), location=point), Place("花家地南里")) == Place("花家地南里", "110105", "110105026", location=point)


@pytest.mark.parametrize("piece", ["路", "朝阳", "一号楼", "区", "的小区", "北京市朝阳区望京街道", "3-", "地铁", " ", "a"])
def test_a_message_without_end_is_read_to_its_end(piece: str, gazetteer: Gazetteer) -> None:
    text = piece * (2000 // len(piece))
    for place in (gazetteer.find(text), gazetteer.read_answer(text)):
        assert place is None or len(place.text) <= 120


def test_another_street_takes_the_place_of_a_street(gazetteer: Gazetteer) -> None:
    old, new = gazetteer.find("昌平区霍营"), gazetteer.find("昌平区东小口")
    assert old
    assert new
    assert gazetteer.merge(old, new).text == "昌平区东小口"


MORE_ANSWERS = {
    "朝阳区双井街道的": "朝阳区双井街道",
    "具体路名就是新街口南大街多少号我不记得了": "新街口南大街",
    "广安门内大街和牛街路口": "广安门内大街和牛街路口",
    "望京和酒仙桥交界": "望京和酒仙桥交界",
    "东城区东四六条": "东城区东四六条",
    "昨天在朝阳公园丢的": "朝阳公园",
    "朝阳区的星河湾，别的小区都让进": "朝阳区的星河湾",
    "每单扣两块": None,
    "八十岁老太太在12楼下不来": None,
    "公司叫鸿达装饰 在梨园云景东路那边": "梨园云景东路那边",
    "她用音响震我": None,
}


@pytest.mark.parametrize(("text", "place"), MORE_ANSWERS.items(), ids=list(MORE_ANSWERS))
def test_of_an_answer_only_the_place_is_kept(text: str, place: str | None, gazetteer: Gazetteer) -> None:
    found = gazetteer.read_answer(without_times(text))
    assert (found and found.text) == place


def test_a_zone_goes_with_its_estate_and_what_is_beside_stays_beside(gazetteer: Gazetteer) -> None:
    assert with_door("望京西园，近湖光中街", "四区") == "望京西园四区，近湖光中街"
    assert gazetteer.merge(Place("西城区三里河二区"), Place("二区甲5号楼")).text == "西城区三里河二区甲5号楼"
    assert gazetteer.merge(Place("八里庄"), Place("朝阳区", "110105")).text == "朝阳区八里庄"
    assert gazetteer.merge(Place("延庆妫水河", "110119"), Place("靠近夏都公园")).text == "延庆妫水河，靠近夏都公园"
    assert not gazetteer.has_door("我们这一栋")

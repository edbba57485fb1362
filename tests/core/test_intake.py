"""What citizens' messages tell, as people type and speak them to a hotline. All people here are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hotline import times
from hotline.city import City
from hotline.contacts import read_contact
from hotline.intake import Heard, Item, asks_to_begin, by_name, hear, hear_correction, is_wish, wants_confidence, without_thinking
from hotline.matters import NEW_MATTER, several, without_beginning
from hotline.moments import understand
from hotline.places import Gazetteer, with_door
from hotline.tickets import Reporter
from hotline.times import When, find_when


@pytest.fixture(scope="module")
def gazetteer(city: City) -> Gazetteer:
    return Gazetteer(city)


def told(heard: Heard | None, city: City) -> dict[str, Any]:
    """All that was heard, and nothing that was not."""
    if heard is None:
        return {}
    place, reporter = heard.place, heard.reporter
    said = {
        "problem": heard.problem,
        "place": place and place.text,
        "in": place and " ".join([*(city.districts[c].name for c in [place.district_code] if c), *(city.streets[c].name for c in [place.street_code] if c)]),
        "happened": heard.happened,
        "part": heard.part_of_day,
        "name": reporter and reporter.name,
        "phone": reporter and reporter.phone,
        "no_contact": heard.no_contact,
        "bad_phone": heard.bad_phone,
        "clear": heard.clear,
    }
    return {key: value for key, value in said.items() if value}


OPENINGS: dict[str, dict[str, Any]] = {
    # all in one breath
    "朝阳区望京花家地南里3号楼昨晚十一点楼下饭店还在装修，吵得孩子睡不着，我姓王，13812345678": {
        "problem": "楼下饭店还在装修，吵得孩子睡不着", "place": "朝阳区望京花家地南里3号楼", "in": "朝阳区 望京街道", "happened": "昨晚十一点",
        "name": "王", "phone": "13812345678",
    },
    "13号线霍营站下雨就漏水": {"problem": "13号线霍营站下雨就漏水", "place": "13号线霍营站", "in": "昌平区 霍营街道"},
    "我叫张三，住丰台区青禾里小区5号楼，楼上漏水漏了半个月，物业推来推去，电话13800000000": {
        "problem": "楼上漏水漏了半个月，物业推来推去", "place": "丰台区青禾里小区5号楼", "in": "丰台区", "happened": "半个月", "name": "张三", "phone": "13800000000",
    },
    "昨天晚上十一点多海淀学院路那边有个工地跟放炮似的，一直响到凌晨三点，我孩子今年中考，电话13812345678你们赶紧给处理一下": {
        "problem": "有个工地跟放炮似的，一直响到凌晨三点，我孩子今年中考，你们赶紧给处理一下", "place": "海淀学院路", "in": "海淀区",
        "happened": "昨天晚上十一点多", "phone": "13812345678",
    },
    "王小明，13812345678，昌平枫叶家园2号楼3单元，电梯老往下坠，物业无动于衷，请督促整改": {
        "problem": "电梯老往下坠，物业无动于衷，请督促整改", "place": "昌平枫叶家园2号楼3单元", "in": "昌平区", "name": "王小明", "phone": "13812345678",
    },
    "通州梨园附近新开的酒吧低音炮震得我家玻璃直颤，从开业到现在没消停过，我姓李": {
        "problem": "新开的酒吧低音炮震得我家玻璃直颤，从开业到现在没消停过", "place": "通州梨园附近", "in": "通州区 梨园镇", "happened": "从开业到现在", "name": "李",
    },
    "我家住朝阳区劲松五区301楼，三天没热水了，姓李，139 1234 5678": {
        "problem": "三天没热水了", "place": "朝阳区劲松五区301楼", "in": "朝阳区 劲松街道", "happened": "三天", "name": "李", "phone": "13912345678",
    },
    "你好，海淀区学院路那边有个工地昨天晚上十一点多还在施工，电话13812345678": {
        "problem": "有个工地昨天晚上十一点多还在施工", "place": "海淀区学院路", "in": "海淀区", "happened": "昨天晚上十一点多", "phone": "13812345678",
    },
    "举报 朝阳区望京西园四区 有人群租": {"problem": "有人群租", "place": "朝阳区望京西园四区", "in": "朝阳区 望京街道"},
    "喂你好啊我是望京西园四区的居民我们这边昨天停水到现在还没来水": {
        "problem": "我们这边昨天停水到现在还没来水", "place": "望京西园四区", "in": "朝阳区 望京街道", "happened": "昨天",
    },
    "我是刘女士，电话幺三八零零零零零零零零，西城区槐荫胡同12号院门口有人天天倒泔水": {
        "problem": "有人天天倒泔水", "place": "西城区槐荫胡同12号院门口", "in": "西城区", "happened": "天天", "name": "刘女士", "phone": "13800000000",
    },
    "枫叶家园2号楼的电梯坏了三天了": {"problem": "电梯坏了三天了", "place": "枫叶家园2号楼", "happened": "三天了"},
    "建议在望京西园四区门口设个红绿灯": {"problem": "在望京西园四区门口设个红绿灯", "place": "望京西园四区门口", "in": "朝阳区 望京街道"},
    "我要匿名举报有人聚众赌博，在大兴黄村": {"problem": "有人聚众赌博", "place": "大兴黄村", "in": "大兴区 黄村地区", "no_contact": True},
    "我住在大兴区旧宫镇清欣园小区，昨天开始停水，到现在没来，孩子没法洗澡，联系电话139 0000 0000，李女士": {
        "problem": "停水，到现在没来，孩子没法洗澡", "place": "大兴区旧宫镇清欣园小区", "in": "大兴区 旧宫地区", "happened": "昨天开始", "name": "李女士", "phone": "13900000000",
    },
    "王先生，手机13800001111，朝阳区双桥东路12号院8号楼，上个月二十号暖气管爆了，物业到现在不赔": {
        "problem": "暖气管爆了，物业到现在不赔", "place": "朝阳区双桥东路12号院8号楼", "in": "朝阳区", "happened": "上个月二十号", "name": "王先生", "phone": "13800001111",
    },
    "工地拖欠工资三个月了，在亦庄荣华南路10号院，我叫张三，13800000000，一共28个人": {
        "problem": "工地拖欠工资三个月了，一共28个人", "place": "亦庄荣华南路10号院", "happened": "三个月了", "name": "张三", "phone": "13800000000",
    },
    "老旧小区改造把我家窗户弄坏了，丰台区蒲黄榆一里7号楼，联系人李四，电话13911110000": {
        "problem": "老旧小区改造把我家窗户弄坏了", "place": "丰台区蒲黄榆一里7号楼", "in": "丰台区 东铁匠营街道", "name": "李四", "phone": "13911110000",
    },
    "东城区和平里七区12号楼前面的树该修剪了": {"problem": "东城区和平里七区12号楼前面的树该修剪了", "place": "东城区和平里七区12号楼", "in": "东城区 和平里街道"},
    # lead-ins go, the citizen's own words stay
    "我要投诉": {},
    "我想反映个问题": {},
    "喂你好我想反映一下": {},
    "喂，您好，我要举报。": {},
    "投诉": {},
    "投诉物业": {"problem": "物业"},
    "我要表扬一个人": {},
    "喂，是12345吗，我想投诉一下滴滴司机绕路多收钱": {"problem": "滴滴司机绕路多收钱"},
    "有个事得跟你们反映反映": {},
    "我要投诉楼下半夜施工": {"problem": "楼下半夜施工", "part": "半夜"},
    "喂，您好，我想反映一下我们小区的垃圾桶一个礼拜没人清了": {"problem": "我们小区的垃圾桶一个礼拜没人清了", "happened": "一个礼拜"},
    "闺女啊我跟你说，我们这楼后身儿那个垃圾站一到夏天苍蝇都往屋里扑": {
        "problem": "我们这楼后身儿那个垃圾站一到夏天苍蝇都往屋里扑", "happened": "一到夏天",
    },
    "同志我反映一下我们村那个旱厕": {"problem": "我们村那个旱厕"},
    "我家暖气不热，三天了没人管": {"problem": "我家暖气不热，三天了没人管", "happened": "三天了"},
    "工地夜里两点还在打桩，还让不让人睡觉了！": {"problem": "工地夜里两点还在打桩，还让不让人睡觉了", "part": "夜里两点"},
    "每天早上六点就开始放音响，没法睡": {"problem": "每天早上六点就开始放音响，没法睡", "happened": "每天早上六点"},
    # no place and no time though it looks like one
    "孩子上小学一年级怎么报名": {"problem": "孩子上小学一年级怎么报名"},
    "我在公司上班，单位不给交社保": {"problem": "我在公司上班，单位不给交社保"},
    "楼下便利店24小时营业吵得睡不着": {"problem": "楼下便利店24小时营业吵得睡不着"},
    "我家楼下天天有人跳广场舞": {"problem": "我家楼下天天有人跳广场舞", "happened": "天天"},
    "小区5号楼2单元电梯坏了": {"problem": "小区5号楼2单元电梯坏了", "place": "5号楼2单元"},
    # numbers that are no telephone
    "上次的工单26112000013一直没人管": {"problem": "上次的工单26112000013一直没人管"},
    "身份证110105199001011234办居住证被退回了": {"problem": "身份证110105199001011234办居住证被退回了"},
    "身份证11010519900101123X写错了": {"problem": "身份证11010519900101123X写错了"},
    "订单号1380000123没给退款": {"problem": "订单号1380000123没给退款"},
    "运单1380000012345丢了": {"problem": "运单1380000012345丢了"},
    "对方电话13912345678天天给我打骚扰电话": {"problem": "对方电话13912345678天天给我打骚扰电话", "happened": "天天"},
    "13912345678这个号码老给我发诈骗短信": {"problem": "13912345678这个号码老给我发诈骗短信"},
    "卡里还剩1380块没退": {"problem": "卡里还剩1380块没退"},
    # numbers that are meant as one
    "幺三八洞洞洞洞幺二三四，我家停电了": {"problem": "我家停电了", "phone": "13800001234"},
    "我家停电了，手机一三八，一二三四，五六七八": {"problem": "我家停电了", "phone": "13812345678"},
    "楼道灯坏了，手机138123456789": {"problem": "楼道灯坏了", "bad_phone": True},
    "电话1381234567，楼道灯坏了": {"problem": "楼道灯坏了", "bad_phone": True},
    "枫叶家园2号楼1单元301，13812345678，漏水": {"problem": "枫叶家园2号楼1单元301，漏水", "place": "枫叶家园2号楼1单元301", "phone": "13812345678"},
    # names that are not the citizen's, and words that are no names
    "老板姓赵，欠我们工资不给，我叫李四": {"problem": "老板姓赵，欠我们工资不给", "name": "李四"},
    "楼上张先生半夜拖家具": {"problem": "楼上张先生半夜拖家具", "part": "半夜"},
    "我是司机，停车被贴条了": {"problem": "我是司机，停车被贴条了"},
    "我是安徽人，在工地干活没给钱": {"problem": "我是安徽人，在工地干活没给钱"},
    "我是石景山的，暖气不热": {"problem": "暖气不热", "place": "石景山", "in": "石景山区"},
    "居委会刘主任特别负责": {"problem": "居委会刘主任特别负责"},
}  # fmt: skip

ANSWERS: dict[Item, dict[str, dict[str, Any]]] = {
    "problem": {
        "扰民": {"problem": "扰民"},
        "楼上漏水": {"problem": "楼上漏水"},
        "望京西园四区门口堵车": {"problem": "望京西园四区门口堵车", "place": "望京西园四区门口", "in": "朝阳区 望京街道"},
        "昨晚楼下饭店装修，我姓王": {"problem": "昨晚楼下饭店装修", "happened": "昨晚", "name": "王"},
        "我要投诉": {},
        "嗯": {},
    },
    "place": {
        "花家地南里那边": {"place": "花家地南里那边", "in": "朝阳区 望京街道"},
        "昨天晚上在花家地": {"place": "花家地", "happened": "昨天晚上"},
        "望京西园四区，昨天开始的": {"place": "望京西园四区", "in": "朝阳区 望京街道", "happened": "昨天开始"},
        "花家地南里3号楼，我姓王，13812345678": {"place": "花家地南里3号楼", "in": "朝阳区 望京街道", "name": "王", "phone": "13812345678"},
        "我家楼下": {"place": "我家楼下"},
        "老槐树底下，每天半夜": {"place": "老槐树底下", "happened": "每天半夜"},
        "不知道": {},
        "昨晚": {"happened": "昨晚"},
        "13812345678": {"phone": "13812345678"},
        "就是声音特别大": {},
        "石景山区鲁谷": {"place": "石景山区鲁谷", "in": "石景山区 鲁谷街道"},
        "方庄": {"place": "方庄", "in": "丰台区 方庄街道"},
        "五一路": {"place": "五一路"},
        "3号楼": {"place": "3号楼"},
    },
    "happened": {
        "昨晚": {"happened": "昨晚"},
        "有小半年了": {"happened": "有小半年了"},
        "每天早上六点多就开始": {"happened": "每天早上六点多"},
        "记不太清大概上礼拜": {"happened": "大概上礼拜"},
        "半夜": {"happened": "半夜", "part": "半夜"},
        "我搬来的时候就有": {"happened": "搬来的时候"},
        "就现在，正响着呢": {"happened": "就现在，正响着呢"},
        "记不清了": {"happened": "记不清了"},
        "昨晚，在望京西园四区": {"happened": "昨晚", "place": "望京西园四区", "in": "朝阳区 望京街道"},
        "朝阳区望京街道": {"place": "朝阳区望京街道", "in": "朝阳区 望京街道"},
        "你们什么时候能处理": {},
        "物业也不管": {},
        "为什么要问这个": {},
        "3号": {"happened": "3号"},
    },
    "contact": {
        "免贵姓李，幺三八零零零零零零零零": {"name": "李", "phone": "13800000000"},
        "138 1234 5678": {"phone": "13812345678"},
        "138-1234-5678": {"phone": "13812345678"},
        "幺三八，幺二三四，五六七八": {"phone": "13812345678"},
        "一三八一二三四五六七八你记一下": {"phone": "13812345678"},
        "１３８１２３４５６７８": {"phone": "13812345678"},
        "+86 13812345678": {"phone": "13812345678"},
        "8613812345678": {"phone": "13812345678"},
        "13812345678，打不通打13912345678": {"phone": "13812345678"},
        "座机010-00000000": {"phone": "01000000000"},
        "座机零幺零六二三四五六七八": {"phone": "01062345678"},
        "62345678": {"phone": "62345678"},
        "王女士": {"name": "王女士"},
        "女士，姓周": {"name": "周"},
        "张三 13812345678": {"name": "张三", "phone": "13812345678"},
        "张三13812345678": {"name": "张三", "phone": "13812345678"},
        "13812345678张三": {"name": "张三", "phone": "13812345678"},
        "张三，电话13812345678": {"name": "张三", "phone": "13812345678"},
        "我叫王小明，电话是138-1234-5678": {"name": "王小明", "phone": "13812345678"},
        "姓名：李四 电话：13812345678": {"name": "李四", "phone": "13812345678"},
        "张三": {"name": "张三"},
        "我姓欧阳": {"name": "欧阳"},
        "上官女士": {"name": "上官女士"},
        "弓长张": {"name": "张"},
        "我姓章，立早章": {"name": "章"},
        "叫我老孙就成": {"name": "老孙"},
        "周女士13912345678": {"name": "周女士", "phone": "13912345678"},
        "我姓赵，你打13912345678吧": {"name": "赵", "phone": "13912345678"},
        "没有手机，座机62345678": {"phone": "62345678"},
        "房东姓马，我姓冯": {"name": "冯"},
        "就叫我王阿姨吧": {"name": "王阿姨"},
        "我是小王": {"name": "小王"},
        "小刘": {"name": "小刘"},
        "微信号wang123": {},
        "尾号5678": {},
        "我是业主": {},
        "姓什么不重要吧": {},
        "刘大妈，社区都认识我": {"name": "刘大妈"},
        "联系我儿子吧，他叫王小明": {"name": "王小明"},
        "我爱人接电话，姓吴，138零零零零零零零零": {"name": "吴", "phone": "13800000000"},
        "不是我姓王，是物业经理姓王，我姓郑": {"name": "郑"},
        "不留电话": {"no_contact": True},
        "不用了": {"no_contact": True},
        "不方便": {"no_contact": True},
        "先不留": {"no_contact": True},
        "叫我大刘": {"name": "大刘"},
        "匿名吧": {"no_contact": True},
        "不想留名字": {"no_contact": True},
        "电话就不留了，我姓王": {"name": "王", "no_contact": True},
        "13812345": {"bad_phone": True},
        "1381234567": {"bad_phone": True},
        "138123456789": {"bad_phone": True},
        "姓王，幺三八零零零零零零零": {"name": "王", "bad_phone": True},
        "26112000013": {},
        "110105199001011234": {},
        "为什么要留电话": {},
        "就打这个电话": {},
        "谢谢": {},
        "知道了": {},
        "安全吗": {},
        "方便": {},
        "朝阳区": {"place": "朝阳区", "in": "朝阳区"},
    },
}  # fmt: skip

DRAFT: dict[Item, str] = {"problem": "楼下饭店半夜装修", "place": "朝阳区花家地南里3号楼", "happened": "昨晚十一点", "contact": "王，13812345678"}

CORRECTIONS: dict[str, dict[str, Any]] = {
    "不是3号楼是5号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "不是3号楼，是5号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "是5号楼不是3号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "说错了，5号楼，不是3号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "把3号楼改成5号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "3号楼改成5号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "楼号不对，是5号楼": {"place": "朝阳区花家地南里5号楼", "in": "朝阳区 望京街道"},
    "单元号不对，是二单元": {"place": "朝阳区花家地南里3号楼二单元", "in": "朝阳区 望京街道"},
    "应该是海淀区不是朝阳区": {"place": "海淀区花家地南里3号楼", "in": "海淀区"},
    "你记错了，是海淀不是朝阳": {"place": "海淀区花家地南里3号楼", "in": "海淀区"},
    "把地点换成学院路": {"place": "学院路", "in": "海淀区"},
    "我重说一遍地址啊，丰台区青禾里小区": {"place": "丰台区青禾里小区", "in": "丰台区"},
    "地址应该是望京西园四区": {"place": "望京西园四区", "in": "朝阳区 望京街道"},
    "地址错了": {"clear": ("place",)},
    "地址写错了": {"clear": ("place",)},
    "改一下地址": {"clear": ("place",)},
    "时间改成前天": {"happened": "前天"},
    "时间不对，改晚上八点": {"happened": "昨天晚上八点"},
    "口误口误，是上周三": {"happened": "上周三"},
    "哎不对，是前天晚上，不是昨晚": {"happened": "前天晚上十一点"},
    "不是昨晚，是前天": {"happened": "前天十一点"},
    "时间错了": {"clear": ("happened",)},
    "电话说错了，是13812345679": {"phone": "13812345679"},
    "电话错了，应该是幺三九零零零零零零零零": {"phone": "13900000000"},
    "不是13812345678，是13812345679": {"phone": "13812345679"},
    "电话改成1381234567": {"bad_phone": True},
    "手机号最后一位是9": {"phone": "13812345679"},
    "电话错了": {"clear": ("contact",)},
    "联系方式填错": {"clear": ("contact",)},
    "名字写错了，姓汪": {"name": "汪"},
    "名字错了，叫李思": {"name": "李思"},
    "姓章，立早章，不是弓长张": {"name": "章"},
    "不叫李四，叫李思，思想的思": {"name": "李思"},
    "我姓汪不姓王": {"name": "汪"},
    "不是王，是汪": {"name": "汪"},
    "姓错了，是汪": {"name": "汪"},
    "联系人改成李四，13900000000": {"name": "李四", "phone": "13900000000"},
    "应该是13911110000": {"phone": "13911110000"},
    "我刚才说的是前天，不是昨天": {"happened": "前天"},
    "改成前天晚上": {"happened": "前天晚上"},
    "地址对的，时间错了": {"clear": ("happened",)},
    "更正：地点是望京花园": {"place": "望京花园", "in": "朝阳区 望京街道"},
    "搞错了，应该是望京西园四区": {"place": "望京西园四区", "in": "朝阳区 望京街道"},
    "不是半夜，是凌晨": {"problem": "楼下饭店凌晨装修"},
    "时间记错了应该是国庆前": {"happened": "国庆前"},
    "是潘家园不是望京": {"place": "潘家园", "in": "朝阳区 潘家园街道"},
    "改成匿名": {"no_contact": True},
    "电话别写了": {"no_contact": True},
    "我说的是理发店不是饭店": {"problem": "楼下理发店半夜装修"},
    "内容改成楼上漏水": {"problem": "楼上漏水"},
    "问题描述我想改改": {"clear": ("problem",)},
    "不对，时间是上周五开始": {"happened": "上周五开始"},
    "错了，地点是朝阳区望京西园四区": {"place": "朝阳区望京西园四区", "in": "朝阳区 望京街道"},
}

NO_CORRECTIONS = [
    "不是第一次了，物业说不是他们管，是自来水公司管", "对的", "没错", "昨晚十一点", "物业不对", "这不是欺负人吗", "楼下饭店不是一天两天了", "他们换成别的公司了", "账单金额不对", "13812345678",
    "我说错了吗", "孩子不是京籍能上学吗", "这样做是不对的", "错了", "不对", "不是", "是的", "朝阳区望京西园四区", "我姓王", "水费不对，应该是三十", "他们态度不对，我电话打了三遍没人接", "修改合同他们不认",
    "电话没错", "地址没写错", "电话换了好几个都打不通", "公交时间改了好几次", "发车时间应该早点公布", "他们说要换成智能水表，不换不给供水", "这个事情不是我一个人的，大家都有意见", "对，没错，就是3号楼", "我没说过饭店",
    "你们是不是应该管管", "地址是望京西园四区", "房子的时间久了，质量问题", "不留电话",
]  # fmt: skip


def _rows(table: dict[Item, dict[str, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(item, text, heard, id=f"{item}-{text}") for item, rows in table.items() for text, heard in rows.items()]


@pytest.mark.parametrize(("text", "heard"), OPENINGS.items(), ids=list(OPENINGS))
def test_an_opening_tells_all_it_says_and_nothing_else(text: str, heard: dict[str, Any], gazetteer: Gazetteer, city: City) -> None:
    assert told(hear(text, gazetteer, wanted=None), city) == heard


@pytest.mark.parametrize(("wanted", "text", "heard"), _rows(ANSWERS))
def test_an_answer_tells_what_was_asked_and_what_it_says_besides(
    wanted: Item, text: str, heard: dict[str, Any], gazetteer: Gazetteer, city: City
) -> None:
    assert told(hear(text, gazetteer, wanted=wanted), city) == heard


@pytest.mark.parametrize(("text", "heard"), CORRECTIONS.items(), ids=list(CORRECTIONS))
def test_a_correction_puts_right_what_it_names(text: str, heard: dict[str, Any], gazetteer: Gazetteer, city: City) -> None:
    correction = hear_correction(text, gazetteer, DRAFT)
    assert told(correction, city) == heard
    assert correction is not None
    assert correction.corrects


@pytest.mark.parametrize("text", NO_CORRECTIONS)
def test_what_corrects_nothing_is_left_to_be_heard(text: str, gazetteer: Gazetteer) -> None:
    assert hear_correction(text, gazetteer, DRAFT) is None


def test_what_was_wrong_is_put_right_wherever_it_was_written(gazetteer: Gazetteer) -> None:
    draft: dict[Item, str] = {"problem": "3号楼停水", "place": "青禾里小区3号楼"}
    correction = hear_correction("不是3号楼是5号楼", gazetteer, draft)
    assert correction is not None
    assert correction.problem == "5号楼停水"
    assert correction.place is not None
    assert correction.place.text == "青禾里小区5号楼"


def test_an_empty_message_tells_nothing(gazetteer: Gazetteer) -> None:
    for wanted in (None, "problem", "place", "happened", "contact"):
        assert hear("", gazetteer, wanted=wanted).nothing
        assert hear(" ，。", gazetteer, wanted=wanted).nothing


@pytest.mark.parametrize("piece", ["路", "朝阳", "1", "一 ", "不是", "我要投诉", "姓王", "昨天", "1-", "改成3号楼，", "的", "😀"])
def test_a_message_without_end_is_read_to_its_end(piece: str, gazetteer: Gazetteer) -> None:
    text = piece * (2000 // len(piece))
    for wanted in (None, "problem", "place", "happened", "contact"):
        heard = hear(text, gazetteer, wanted=wanted)
        assert len(heard.happened or "") <= 60
        assert heard.reporter is None or len(heard.reporter.name or "") <= 8
    hear_correction(text, gazetteer, DRAFT)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("我要反映两件事，一个是小区路灯坏了，一个是楼道里堆满了电动车", ["小区路灯坏了", "楼道里堆满了电动车"]),
        ("我要反映两个事，一个是小区门口垃圾没人清，另一个是健身器材坏了", ["小区门口垃圾没人清", "健身器材坏了"]),
        ("1、路灯不亮 2、下水道堵了", ["路灯不亮", "下水道堵了"]),
        ("楼下烧烤店油烟太大，另外小区里有人养大型犬不拴绳", ["楼下烧烤店油烟太大", "小区里有人养大型犬不拴绳"]),
        ("楼上漏水，另外物业态度也很差", ["楼上漏水，另外物业态度也很差"]),
        ("楼上漏水，还有希望尽快处理", ["楼上漏水，还有希望尽快处理"]),
        ("路面塌了，1.5米深的坑", ["路面塌了，1.5米深的坑"]),
    ],
)
def test_matters_are_told_apart_by_the_words_that_count_them(text: str, parts: list[str]) -> None:
    assert several(text) == parts


def test_another_matter_begins_with_its_own_words() -> None:
    assert without_beginning("我还要投诉一个事，水管漏水了没人修") == "水管漏水了没人修"
    assert NEW_MATTER.search("再反映一个，狗不拴绳")
    assert not NEW_MATTER.search("我还要再补充一点")


def test_the_day_before_a_festival_is_no_day_ago() -> None:
    assert find_when("中秋节前一天买到过期月饼") == When("中秋节前一天", has_day=True)
    assert understand("中秋节前一天", datetime(2026, 11, 22, tzinfo=UTC)).kind == "vague"


def test_the_more_precise_of_two_times_counts() -> None:
    found = find_when("有人天天摆摊占道，下班根本走不动，每天晚上六点以后")
    assert found
    assert found.text == "每天晚上六点以后"


@pytest.mark.parametrize(("said", "problem"), [
    ("我要投诉丰台区方庄芳城园一区的物业，从上周五开始楼道灯就不亮，没人管", "物业，从上周五开始楼道灯就不亮，没人管"),
    ("建议在望京西园四区门口设个红绿灯", "在望京西园四区门口设个红绿灯"),
    ("我们小区朝阳区劲松五区301楼的电梯上周三开始就停了", "电梯上周三开始就停了"),
    ("12345吗我是石景山区鲁谷街道七星园南区12号楼的住户这个暖气一直就十五度", "这个暖气一直就十五度"),
    ("喂你好我在大兴区西红门镇宏福园这里昨天下午开始停水一直没来水", "停水一直没来水"),
])  # fmt: skip
def test_what_is_said_in_one_breath_is_written_down_without_its_place(gazetteer: Gazetteer, said: str, problem: str) -> None:
    assert hear(said, gazetteer, wanted=None).problem == problem


@pytest.mark.parametrize(("text", "wished"), [("业委会换届不公开选票", None), ("物业收支不公开", None), ("别公开我的名字", True), ("我的信息不公开", True), ("千万别告诉公司是我说的", True)])
def test_what_others_do_not_publish_is_no_wish_for_confidence(text: str, wished: bool | None) -> None:
    assert wants_confidence(text) is wished


@pytest.mark.parametrize(("text", "place", "problem"), [
    ("丰台区马家堡的一家，叫康乐养老院", "丰台区马家堡康乐养老院", None), ("望京一家叫康乐的养老院护工打老人", "望京康乐养老院", "护工打老人"),
    ("丰台区马家堡有一家叫康乐养老院的伙食太差", "丰台区马家堡康乐养老院", "伙食太差"),
])  # fmt: skip
def test_a_house_that_is_named_after_its_area_is_one_place_with_it(text: str, place: str, problem: str | None, gazetteer: Gazetteer) -> None:
    heard = hear(by_name(text), gazetteer, wanted=None)
    assert heard.place
    assert gazetteer.is_precise(heard.place)
    assert (heard.place.text, heard.problem) == (place, problem)


def test_a_wish_not_to_be_named_is_no_part_of_the_matter(gazetteer: Gazetteer) -> None:
    assert hear("姓刘，电话13900001111，别公开我的名字", gazetteer, wanted=None).problem is None
    assert hear("楼下装修吵，不要公开我的信息", gazetteer, wanted=None).problem == "楼下装修吵"


def test_a_district_put_right_is_not_said_twice(gazetteer: Gazetteer) -> None:
    found = hear_correction("说错了，是朝阳区，不是海淀", gazetteer, {"place": "海淀区学院路二里庄", "problem": "有人占道"})
    assert found
    assert found.place
    assert (found.place.text, found.place.district_code) == ("朝阳区学院路二里庄", "110105")


@pytest.mark.parametrize(("text", "place"), [
    ("东三环和建国路路口红绿灯坏了", "东三环和建国路路口"), ("清源路和兴丰大街路口往东一点有个坑", "清源路和兴丰大街路口"), ("东城区天坛街道金鱼池中区漏水", "东城区天坛街道金鱼池中区"),
])  # fmt: skip
def test_crossings_with_a_ring_road_and_estates_with_a_compass_are_places(text: str, place: str, gazetteer: Gazetteer) -> None:
    found = hear(text, gazetteer, wanted=None).place
    assert found
    assert found.text.startswith(place)


@pytest.mark.parametrize(("text", "when"), [("从供暖就没热过", "从供暖开始"), ("老长时间了", "老长时间")])
def test_vague_beginnings_are_times(text: str, when: str, gazetteer: Gazetteer) -> None:
    assert hear(text, gazetteer, wanted="happened").happened == when


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        ("叫我陈姐", "陈姐", None), ("何工", "何工", None), ("我是孩子妈妈", "孩子妈妈", None), ("名字就写孩子爸爸吧 电话13800000000", "孩子爸爸", "13800000000"),
        ("我姓郝叫老郝就行", "郝", None), ("Jason Liu 13800000000", "Jason Liu", "13800000000"), ("潘小花 四川的 电话还是老家的号 13800000000", "潘小花", "13800000000"),
    ],
)  # fmt: skip
def test_people_are_called_as_they_say(text: str, name: str, phone: str | None) -> None:
    contact = read_contact(text, asked=True)
    assert contact.reporter == Reporter(name, phone)
    assert "叫" not in contact.rest


def test_who_begins_anew_says_nothing_of_the_matter_by_that(gazetteer: Gazetteer) -> None:
    assert hear("算了我重新说吧，石景山区古城路路灯不亮", gazetteer, wanted=None).problem == "路灯不亮"


@pytest.mark.parametrize("text", ["电话俺不会背", "不用留名字了", "电话不给 有事在这说", "不会用手机", "就叫我老李吧，电话不方便"])
def test_who_gives_no_number_has_refused_one(text: str) -> None:
    assert read_contact(text, asked=True).refused


def test_what_is_no_name_stays_in_the_matter() -> None:
    assert read_contact("段总是堵", asked=False).reporter is None
    assert read_contact("ok", asked=True).reporter is None


def test_the_last_digits_of_a_number_are_put_right(gazetteer: Gazetteer) -> None:
    for said in ("电话最后两位是23", "尾号是23", "后两位是23"):
        correction = hear_correction(said, gazetteer, {"contact": "林，13800000000"})
        assert correction is not None
        assert correction.reporter == Reporter(phone="13800000023")


@pytest.mark.parametrize(
    ("text", "said"), [("几号楼我想想 12号楼 二单元", "12号楼 二单元"), ("几点啊 三点多到七点", "三点多到七点"), ("我想想", "我想想"), ("现在怎么办啊 能喝吗", "现在怎么办啊 能喝吗")]
)
def test_our_question_said_again_tells_nothing(text: str, said: str) -> None:
    assert without_thinking(text) == said


def test_when_a_neighbour_told_it_is_no_time_of_the_matter(gazetteer: Gazetteer) -> None:
    assert hear("我们楼电梯又坏了，我邻居昨天也打过电话了", gazetteer, wanted=None).happened is None
    assert hear("电梯昨天又坏了，我邻居也打过电话了", gazetteer, wanted=None).happened == "昨天"


def test_hours_belong_to_what_is_every_day() -> None:
    assert times.read_answer("晚上八点以后吧 天天") == "天天晚上八点以后"
    assert times.read_answer("基本天天都有 下午最厉害") == "天天下午"


def test_a_floor_is_no_building() -> None:
    assert with_door("弘善家园403号楼", "14楼") == "弘善家园403号楼14楼"
    assert with_door("弘善家园403号楼", "405号楼") == "弘善家园405号楼"


@pytest.mark.parametrize(
    ("text", "said"), [("今天中午 不对 是昨天中午", "昨天中午"), ("等等 金额不对 是两万五", "金额不对 是两万五"), ("哦不对 是东城区", "哦不对 是东城区")]
)  # fmt: skip
def test_what_is_taken_back_in_the_same_breath_is_not_heard(text: str, said: str) -> None:
    assert without_thinking(text) == said


def test_an_expressway_is_a_place_with_its_side_and_its_exit(gazetteer: Gazetteer) -> None:
    place = hear("京藏高速出京方向 回龙观出口那块 有个大坑", gazetteer, wanted=None).place
    assert place is not None
    assert place.text == "京藏高速出京方向 回龙观出口"


@pytest.mark.parametrize("text", ["买的手机 5999", "店名叫张亮麻辣烫", "车牌号京B T1234", "都漏到楼下了"])
def test_what_names_something_else_is_no_place(text: str, gazetteer: Gazetteer) -> None:
    assert gazetteer.read_answer(text) is None


def test_a_place_is_written_without_the_words_before_it(gazetteer: Gazetteer) -> None:
    place = gazetteer.read_answer("收货地址是顺义区后沙峪 裕祥花园 2号楼")
    assert place is not None
    assert place.text.startswith("顺义区后沙峪")


def test_a_name_in_its_area_is_more_of_a_place_than_any_name(gazetteer: Gazetteer) -> None:
    place = hear("问居委会居委会说等，我住在西城区月坛街道汽南社区", gazetteer, wanted=None).place
    assert place is not None
    assert place.text == "西城区月坛街道汽南社区"


def test_an_evening_is_said_with_its_hour(gazetteer: Gazetteer) -> None:
    assert hear("昨晚上十点多 在三里屯", gazetteer, wanted=None).happened == "昨晚上十点多"


def test_how_a_name_is_written_is_no_part_of_the_matter() -> None:
    contact = read_contact("我姓谭，谭嗣同的谭，13800000000", asked=True)
    assert contact.reporter == Reporter("谭", "13800000000")
    assert contact.rest == ""


def test_a_matter_taken_back_for_another_is_the_other(gazetteer: Gazetteer) -> None:
    correction = hear_correction("算了不说装修了 我要说的是楼下停车位被人锁了", gazetteer, {"problem": "隔壁装修"})
    assert correction is not None
    assert correction.problem == "楼下停车位被人锁了"


@pytest.mark.parametrize("text", ["别提我名字 都是老街坊", "你们会不会告诉幼儿园"])
def test_who_asks_who_will_know_wishes_for_confidence(text: str) -> None:
    assert wants_confidence(text)


def test_a_day_with_a_dot_is_a_day(gazetteer: Gazetteer) -> None:
    assert hear("11.3号", gazetteer, wanted="happened").happened == "11月3号"
    assert hear("屋里15.3度", gazetteer, wanted=None).happened is None


def test_who_wants_no_call_leaves_no_number() -> None:
    assert read_contact("我就是路过的 不用联系我", asked=True).refused
    assert not read_contact("不要联系我单位 13800000000", asked=True).refused


@pytest.mark.parametrize(("text", "code"), [("前门大街路灯坏了", "110101"), ("东直门来福士门口乱停车", "110101")])
def test_a_landmark_tells_its_district(text: str, code: str, gazetteer: Gazetteer) -> None:
    found = gazetteer.find(text)
    assert found
    assert found.district_code == code


@pytest.mark.parametrize("text", ["那就帮我投诉吧", "就帮我登记一下"])
def test_who_wants_it_taken_down_names_no_matter(text: str) -> None:
    assert asks_to_begin(text)


@pytest.mark.parametrize(("text", "when"), [("好些日子了，得有俩月", "得有俩月"), ("好些年了", "好些年"), ("从开学就这样", "从开学开始")])
def test_how_long_is_heard_in_old_peoples_words(text: str, when: str, gazetteer: Gazetteer) -> None:
    assert hear(text, gazetteer, wanted="happened").happened == when


def test_fillers_between_the_parts_of_a_place_are_no_part_of_it(gazetteer: Gazetteer) -> None:
    found = gazetteer.read_answer("就在门头沟永定镇那个 叫啥来着 哦 惠民家园")
    assert found
    assert found.text == "门头沟永定镇，惠民家园"


@pytest.mark.parametrize(("text", "left"), [("哪个站？青春路北口站", "青春路北口站"), ("哪个公园？龙潭公园啊", "龙潭公园啊"), ("哪儿能办啊，我住海淀", "哪儿能办啊，我住海淀")])
def test_a_question_of_ours_said_again_is_left_out_and_the_citizens_own_is_not(text: str, left: str) -> None:
    assert without_thinking(text) == left


# --- Heard from strangers, and mended since


LED_IN = {
    "等一下，还是投诉吧，小区物业不开门禁": "小区物业不开门禁",
    "算了我还是投诉吧，社保所态度特差": "社保所态度特差",
    "那个啥，俺寻思问问，俺们村河沟里老有人倒脏水": "俺们村河沟里老有人倒脏水",
    "对了，他们还放那个大音响": "他们还放那个大音响",
    "12345你好，我反映一下公园里遛狗不栓绳": "公园里遛狗不栓绳",
    "刚看见的，路上有个井盖没了": "刚看见的，路上有个井盖没了",
    "前几年我们村有人跳河，河边到现在还没护栏": "前几年我们村有人跳河，河边到现在还没护栏",
    "想给你们提个意见": None,
}


@pytest.mark.parametrize(("text", "problem"), LED_IN.items(), ids=list(LED_IN))
def test_what_leads_in_is_no_part_of_the_problem(text: str, problem: str | None, gazetteer: Gazetteer) -> None:
    assert hear(text, gazetteer, wanted=None).problem == problem


@pytest.mark.parametrize("text", ["小刘跑了三趟把低保办下来了，别写我名字", "小刘跑了三趟把低保办下来了，姓氏不用留了", "小刘跑了三趟把低保办下来了，不留姓名了"])
def test_who_wants_no_name_written_says_nothing_of_the_matter_with_it(text: str, gazetteer: Gazetteer) -> None:
    heard = hear(text, gazetteer, wanted=None)
    assert (heard.problem, heard.no_contact) == ("小刘跑了三趟把低保办下来了", True)


def test_dialect_tells_a_name_too() -> None:
    assert read_contact("俺叫王铁柱，俺没手机，用工友的15900001234", asked=True).reporter == Reporter("王铁柱", "15900001234")


CORRECTED = {
    "不是小谢是小解，解放的解": "name 小解",
    "改一下，是昨天早上": "happened 昨天早上",
    "不是两万，两万五": "problem 中介收了定金不退两万五",
    "不对是翠林三里": "place 翠林三里9号楼",
}


@pytest.mark.parametrize(("text", "right"), CORRECTED.items(), ids=list(CORRECTED))
def test_a_slip_is_put_right_as_people_say_it(text: str, right: str, gazetteer: Gazetteer) -> None:
    draft: dict[Item, str] = {"problem": "中介收了定金不退两万", "place": "丰台区翠林小区二里9号楼", "happened": "今天早上", "contact": "小谢，17700001234"}
    heard = hear_correction(text, gazetteer, draft)
    assert heard is not None
    name = heard.reporter and heard.reporter.name
    said = {"name": name, "happened": heard.happened, "problem": heard.problem, "place": heard.place and heard.place.text}
    assert right in [f"{item} {value}" for item, value in said.items()]


@pytest.mark.parametrize(("problem", "wish"), [
    ("给我家楼道装个扶手吧，我妈腿脚不好", True), ("想给我爸申请个养老助餐", True), ("家里老人94岁了想做高龄津贴认证，手机弄不了", True), ("能不能在我们小区装几个充电桩", True),
    ("申请了三个月低保没人管", False), ("楼上装空调把我家墙打穿了", False), ("电梯坏了想换新的没人管", False), ("物业装了个地锁不让停车", False),
])  # fmt: skip
def test_a_wish_is_at_no_time(problem: str, wish: bool) -> None:
    assert is_wish(problem) == wish


def test_matters_that_are_counted_may_be_short() -> None:
    assert several("三个事啊：一个是路灯不亮，二是井盖响，三是总有人乱贴小广告") == ["路灯不亮", "井盖响", "总有人乱贴小广告"]


def test_matters_that_are_numbered_need_no_pause_between_them() -> None:
    assert several("我有两个问题第一个是小区门禁坏了第二个是快递柜占了消防通道") == ["小区门禁坏了", "快递柜占了消防通道"]

"""The words of hotline/places.py: how Chinese names of places are built, and what stands around them.

What a city calls its districts and streets is in the city folder.
"""

from __future__ import annotations

import re

MARKS = " \t，,。.、！!；;：:~…"
HAN = re.compile("[\u4e00-\u9fff]")
NUMBER = "[甲乙丙丁]?[0-9一二三四五六七八九十百零]{1,5}"
LONGEST_NAME = 8
"""Characters of a name before its ending."""

# --- Names, found by how they end. Strong endings make a name anywhere …
_STRONG = (
    "小区|街区|社区|家园|花园|[嘉佳雅名]园|公寓|大厦|写字楼|广场|购物中心|商城|悦城|大院|新村|别墅|山庄|胡同|大街|大道|公园|医院|大学|[中小]学|学校|学院|幼儿园|附[小中](?![近心])|(?<=[\u4e00-\u9fff]{2})[一二三四五六七八九十]{1,2}[小中](?=门[口前]|校门|附近|旁边|对面|食堂|放学|$|[，,。 ])|"
    "市场|超市|商场|百货|派出所|居委会|村委会|办事处|地铁站|公交站(?!牌)|火车站|汽车站|客运站|水库|体育[场馆]|博物馆|图书馆|机场|[产工]业园|(?:科技|软件|物流|创意|文创|科创)园|开发区|商务区|科学城|风景区|"
    "[东南西北中]里|[东南西北]园|路口|夹道|[一二三四五六七八九十]{1,2}条(?=[0-9一二三四五六七八九十百甲乙]+号)"
)
# … weak ones only behind an area or before a door: 小堡村 in 宋庄镇小堡村, 龙腾苑 in 龙腾苑五区.
_WEAK = "[里苑园庄屯营村镇乡府湾坊寺院站河湖庙店沟坟堡城台谷峪]"
# 路灯 and 村民 end no name.
_NO_END_BEFORE = "[牌区灯面人过况线障政道民委业养稼管市林丁子点着起立岗铺家主员水费由途径程段外舞]"
NAME_END = re.compile(rf"(?P<strong>(?:{_STRONG})(?!舞)|[路街巷桥](?!{_NO_END_BEFORE}))|(?P<weak>{_WEAK})(?!{_NO_END_BEFORE})")
# What stands before a name and is never in one: the name begins behind it.
STOP = re.compile(
    "[^\u4e00-\u9fff]|"
    # where
    "号[楼院]?|单元|位于|地处|面朝|楼[上下里道]|门[口前]|村里|附近|旁边|对面|隔壁|周[边围]|[路经]过|"
    # which kind, but not which one
    "[新刚]开|新建|老旧|高档|整个|全部|部分|所有|其[他它]|各(?!庄)|当地|外地|全市|农村|乡村|重点|普[通惠]|配套|定点|[自私民]己?[立办]|公[立办]|[大小]型|连锁|生鲜|宠物|农贸|批发|二手|花鸟|建材(?!城)|人才|"
    "一[家所条处栋座段]|[一二两三四五几那这整每]条|[马道公铁线]路|小区|社区|学校|校园|幼儿园|医院|超市|商场|派出所|街道(?!办)|"
    # who and when
    "儿子|女儿|孩子|闺女|物业|业主|居民|市民|网友|领导|单位|公司|工地|施工|渣土车|红绿灯|目前|开始|[早晚]上|[上中下]午|半夜|[昨今前每天]天|下[大小]?[雨雪]|"
    # doing what
    "反映|投诉|举报|建议|希望(?!路|大厦)|(?<!广)告|表扬|感谢|推行|联系|一下|加快|清理|转学|霸凌|改[成建为]|[停开]车|[上下]班|(?<!首)都|(?<![雍康祥泰仁])和(?![平谐义睦苑])|上(?=[小中大]学|学校|幼儿园)|"
    "[的我是们到个了为这于与不该要多以而给及住入还去但其从因致他她它您你咱俺此说让请些求也无几问把么离找往被如接着决别使只占并看断已或再提据靠什收孩想费查映虑跑最诉坏买送乱取变结受确难盼害指完听违跟却除破调读又像味堵租认穿某叉哪扰督己否层"
    "止做辆助仅需非记禁够招更拆续侧邻括休须询污见退侵修吵臭脏漏爆偷骂闹遛砸挖骗拖欠炸喊叫睡吃喝搬抢装扔晒贴挡绕撞踩按报在有很没吗呢吧啊呀就进出每逛两盖由走对跳]"
)
# Built like a name, and names nothing.
NO_NAME = re.compile(
    "(?:具体|大概)路|.*[走思套让绕迷修带岔半]路|[0-9一二三四五六七八九]*[零〇][0-9零〇一二三四五六七八九]*路|(?:水泥|柏油|高速|主干|人行|乡间|十字|丁字|三岔)路口?|(?:商业|步行|小吃|美食)街|(?:立交|过街|(?:过街)?天|高架|铁路|人行)桥|(?:城中|度假|自然|行政)村|"
    "(?:人民|中心|实验|社区)(?:医院|小学|学校|幼儿园)|菜市场|早市场|老年大学|(?:回迁|封闭|开放|安置)小区"
)
# Behind 朝阳区 or 宋庄镇 these are still any one of many.
ANY_ONE = re.compile("小区|社区|学校|幼儿园|超市|商场|市场|大院|广场|公园|公寓|路口|[路街巷桥]")

# --- Areas that are something else
# 朝阳路, 望京街, 朝阳门外大街 are called after an area and lead out of it.
ROAD_AFTER = re.compile(rf"门?[东南西北中内外]{{0,2}}(?:大街|[路街巷桥])(?!{_NO_END_BEFORE})|门(?![口店诊卫票禁])")
ROAD_OR_GATE = re.compile("[路街]$|(?<!红)门$")  # 大红门 is where a gate was
COMPASS = "东南西北内外"
COMPASS_GOES_ON = re.compile(rf"[边侧面门口]|{NUMBER}区")

# --- Numbers
LINE = re.compile(r"(?:地铁)?[0-9一二三四五六七八九十]{1,3}号线|地铁(?!站)")
RING = re.compile("[东南西北]{1,2}[二三四五六]环(?:[东南西北中]路|[主辅]?路(?!口))?")
"""Ring roads, of which people say the side: 东三环."""
NAMED_LINE = re.compile(r"[0-9一二三四五六七八九十]{1,3}号线|[夜快专特]?[0-9零〇一二三四五六七八九十]{1,3}路(?:公交|汽车|车|上(?:$|[，,。 ])|$)")
"""Who complains of a line need not say where on it."""
DOOR = re.compile(
    rf"(?<![这那哪每](?=一[栋幢座层楼期组]))[东南西北中]?{NUMBER}(?:号院|号楼(?!下(?!水)|[上道])|号(?!线|门[^口前])|门(?=\d)|单元|栋|幢|座(?![桥山楼城])|楼(?![下上道])|层|室|区|里(?!地)|弄|期|组)(?:[甲乙丙丁](?!\d))?|[东南西北中新A-Za-z]区|[A-Za-z]\d?[座栋]|[A-Ka-k]\d?(?:出|入)?口|{NUMBER}(?:-\d{{1,4}}){{1,3}}|(?<=[楼元栋幢座层门])\d{{3,4}}"
)
DOORS = re.compile(rf"(?:{DOOR.pattern})+")
DOOR_NUMBER = re.compile(rf"^[东南西北中]?{NUMBER}")
SURE_DOOR = re.compile("号楼|号院|单元|(?<!^一)[栋幢]")

# Behind the name of a street this makes another name of it: 老山西里, 金顶街四区, 古城南路.
NAME_GOES_ON = re.compile(
    rf"[东南西北中]?{NUMBER}[区里期]|[东南西北中新][里园区路街村]|[家花]园|[路街里苑园]|小区|社区|新村|大街|[东南西北]?[一二三四五六七八九十]{1, 3}[街路]|地铁站|站|桥|[东南西北]站|医院|大悦城|公园|学院|软件园|剧场|医院|门|涮|[东南西北]$|本[0-9一二三四五六七八九十]区"
)

# 四区 of 草桥欣园四区
ZONE = re.compile("(?:[东南西北中本新]?[0-9一二三四五六七八九十]{1,3}|[东南西北中])[区期里](?!地)(?!.{0,2}[路街桥])")
SIDED_ZONE = re.compile("(?P<side>[东南西北中])(?P<number>[1-9一二三四五六七八九])区")
NUMERALS = str.maketrans("123456789", "一二三四五六七八九")
# What makes a residents' committee of an estate's name.
COMMITTEE = re.compile("第[一二三四五六七八九十]{1,3}$|[东南西北中]?[一二三四五六七八九十]{0,2}[区期里]$|[东南西北]$")
# Committees are called after roads as well, which run on.
ROAD_NAME = re.compile("[路街道巷桥条]$|胡同$")

# Behind a community's name this makes a longer name of it, which the rules read.
NAME_GOES_ON_BEHIND = re.compile(
    "[路街桥巷子]|[东南西北中新本]?[0-9一二三四五六七八九十]{0,2}[里区]|[家花]园|店|村|庄|胡同|大街|[东南西北中]?[路街]|医院|[中小]学|幼儿园|大厦|地铁|公园|派出所|市场"
)

NAME_AFTER = re.compile(r"(?![这那附旁边上的有门口路对隔到一])[\u4e00-\u9fff]{2,7}?(?:[路街里苑园院庄村桥]|小区|大街|胡同|夹道|大厦|地铁站|[0-9]+号)")
LANE = re.compile("[东南西北]?[一二三四五六七八九十]{1,2}条(?=$|[0-9，,。 ]|胡同|口|里|附近|[那这有])")
"""东四六条."""
# 加州水郡8号楼: behind a street, whatever stands before a building is its estate.
BEFORE_BUILDING = re.compile(rf"[\u4e00-\u9fff]{{2,7}}?(?=(?:[A-Z]区)?{NUMBER}(?:号楼|号院|栋|幢))")

# Before these stands a place, whatever its name looks like …
COUNTED = re.compile("(?:[的里]?(?:有|[那这某])一?|(?<!第)一)[个家处所][大小新老]?$")
BESIDE = re.compile("门[口前](?!的路)|旁边|对[面过]|附近|隔壁|楼[下上]|后[面身]|前面|[东南西北]{1,2}[侧门](?!窗)|那儿|那[边里]|停车场|工地")
# … behind one of these, if no area stands before it. Only where the name itself is no word for any place of its kind.
NOT_IN_IT = re.compile(r"[^\u4e00-\u9fff]|[的我是们了这那在有被把给不没和跟叫说看]")
OPENS_REQUEST = re.compile("(?:要?投诉|要?举报|反映|去|到|就|买)*")
AT = re.compile("(?:[在去到从]|就是|路过|经过|位于)$")
# Behind a station's name that opens a text: what can stand behind a place.
STATION_ALONE = re.compile("$|[，,。 ]|附近|旁边|对[面过]|[这那](?:边|里|儿|块|一?片|一带)|一带|[往到坐上下]|路口|地铁口?")
ANYWHERE = re.compile(
    "(?:地下|我们?|咱们?|你们?|他们?|她|俺们?|自己|人|家|楼|院|村|单元|单位|公司|学校|小区|商场|超市|医院|幼儿园|饭店|酒店|餐馆|门店|商店|市场|地铁站?|公交站?|车站|路口|马路|大街|街|路|胡同|桥|河|工地|公园|广场|停车场|车库|电梯|厕所|公厕|垃圾[桶站房]?|银行|药店|派出所|居委会|"
    "物业|办公室|食堂|教室|宿舍|阳台|窗户|厨房|卧室|客厅|床|店|厂|这|那|哪|某|个|一|两|几|条|处|座|边|的|里|外|上|下|[东南西北前后左右]|大|小|新|老|旧|底商|楼道|过道|消防通道|出口|入口|大门|正门|后门|红绿灯|十字|斑马线|天桥|隔壁|对面|旁边|附近|邻居|开发商|售楼处|收费站|加油站|充电桩|快递柜|井盖|电线杆)+"
)

# Something of a place that has no name of its own: 垃圾站 in 果园新里垃圾站.
GENERIC = re.compile(
    "(?:垃圾|公交|收费|加油|充电|变电|换热|泵|早餐|快递|警务|社区服务)站|幼儿园|[中小]学|学校|水库|[菜果樱桃苹梨葡萄]{1,2}园|村路|村委会|居委会|[菜早]?市场|超市|医院|公园|广场|工地|派出所|办事处|大院|地铁站|火车站"
)

# … with which a problem may begin, though a place ends with it: 大王庄村路 修了半年.
FACILITY_END = re.compile(f"(?:{GENERIC.pattern}|(?<=村)路|地下(?:室|停车场|车库))$")

# --- What follows a place and belongs to it
NEXT = re.compile("(?:这儿|那儿|这里|那里|这边|那边)?[，, ]")
CROSSING = re.compile("(?:的|路)?(?:交叉|交汇|交界|交口|路口|之间)")
TAIL = re.compile(
    r"附近|旁边|斜?对面|[前后里]面(?!的)|后身|门口|村口|路口|[东南西北]{1,2}[侧边面口门角]|[东南西北]站|[A-Za-z][0-9]?[东南西北]?口|交叉路?口|交[汇界][处口]?|交口|(?<=街)口(?![碑岸味罩袋])|地下(?:停车场|车库|室)|桥下|辅路|之间"
    rf"|[往向朝][东南西北]{{1,2}}[边面走]?(?:大?[概约]|差不多)?{NUMBER}[多来]?(?:米|公里|里地?|站地?)|[往向朝][东南西北]{{1,2}}(?:边|走|拐)?(?:一点儿?|点儿?|一些)?(?=$|[，,。])|那个(?:停车场|工地|口|路口|院)"
)

# --- Answers to “where?”
OPENING = re.compile(
    r"^(?:(?:嗯+|啊|哦|呃|哎|那个|好的?|就是?在?|我?(?:刚才)?说的是|是?在|是|我(?:们|家)?(?:就?[住在])+|住在?|位于|地[址点]是?|位置是?|大概|应该是?|好像)[：:，,\s]*)+"
)
# 就那儿, 我刚才说了, 没有
POINTING = re.compile(
    r".{0,6}[说发写给][过了的你您].{0,6}|[这那](?:儿|里|边|块儿?|个?地方)?|地[方址点]|没有?|无|随便|跳过|同上|老地方|谢谢|好的?|是的?|对的?|不.{0,3}"
)
# These speak of something else, unless there are words for whereabouts as well.
NO_PLACE = re.compile(r"^一?[个家]|把|被|[那这][个件]事儿?$|车牌|[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}|^我?(?:叫|姓|名字)|^[他她它]们?(?!们?家|那|住|在)|^别的|[0-9一二两三四五六七八九十百千万几]+(?:块|元|毛钱|万|百|千)(?:多|来)?钱?$|^.{1,2}的$|单号|几点|一直|这样|刚?(?:看[到见]|发现)的?$|[?？]|吗|什么|怎么|为啥|多久|谁|不|没|太|很|特别|着|了|过(?!街)|有|要|能|是|说(?!的)|哪(?!吒)|忘|谢谢|投诉|定位|打电话|刚才|随便|你|等|人工|给我|取消|发现|发生|开始|怕|欠|骂|哭|喊|疼|快点|赶紧|救命|一般|平时|通常|唱|吵|骗|回来|[在又直老乱]响|响[个一得声]|显示|订单|好几|[0-9一二两三四五六七八九十几]辆|(?<![首成])都(?![市城])|停(?!车)")
WHEREABOUTS = re.compile(
    r"旁|[东南西北后前里外上下村路街]边|边[上儿]|对[面过]|附近|门口|路口|胡同|[里外上底后前东西南北]头|底下|楼下|后身|中间|[那这]一?[块片]|地铁|公交|车站|小区|[东南西北][侧门口]|往[东南西北里前后]|条街"
)
# How many, how much, or that somebody does not know: whatever words for whereabouts stand beside them (公交车牌号没看清).
AMOUNT = re.compile(
    r"(?:我们?|他们?|屋里|家里|室内|室温|温度|卧室|客厅|一共|总共|大概|大约|差不多|也就|得有|不到|有|才|只|就|好|是|[每一][个户家人月年]|交了|花了|要)*[0-9０-９一二三四五六七八九十百千万两几半点多来.]+"
    r"(?:[块元毛万千百]|人|户|家|名|位|次|回|趟|天|年|个|只|条(?!街|胡同)|辆|台|份|张|平米?|平方米?|度|公斤|斤|岁|分贝?|小时|分钟|月)(?:[多来半]|钱|人|业主|月|小时|[一二三四五六七八九]|一?[个每]月|每?人)*(?:左右|以上|呢|了|吧|啊|呀)*"
)
BARE_AMOUNT = re.compile(r"(?:一共|总共|共|合计|花了|交了|扣了|收了)+[0-9]{2,}[多来]?")
NOT_KNOWN = re.compile("没(?:看清|看见|看到|注意|留意|记住?|问)|看不清|记不|不(?:记得|清楚|知道|认识|方便|好说|想说)|叫不[上出]|说不[上清好]")
# What says where and still names nothing.
VAGUE = re.compile(
    r"我们?家?|小区|社区|单位|公司|学校|楼[下上道里]|门口|院[里子]|村[里口]|路边|马路|附近|旁边|对[面过]|隔壁|中[间央]|当中|拐[角弯]|第[一二三四五]家|靠[东南西北]|一带|[那这][边儿里块]?儿?|一?个|某|里[面头]|底下|[家的在就是也住，,。\s]"
)

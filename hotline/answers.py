"""What a citizen's free answer to a survey question means; None when unclear, never guessed.

An answer is cut into clauses, at punctuation and at words such as 但是 and 现在, since speech comes without punctuation. In a clause
known words are found, the longest first, each of one kind; what is not known is passed over. Then, from left to right:

- `good`, `half` and `bad` words are evidence. `not` turns the next evidence round, and two of them leave it (没什么不满意);
  so do `rhetoric` questions (哪里解决了) and, behind the word, `after` (满意才怪). A longer word shields what is in it (不错, 没问题).
- `act` words say nothing alone, but are bad with `not` (没人管). Negation reaches past them (没人来解决).
- `some` (部分) and `almost` (基本) halve: `some` also what is bad (有些没修), `almost` only what is good. `not` before `whole` is
  `some` (没完全解决).
- A question, a wish, a condition or ignorance (`unreal`) is no evidence, nor is what others `said` was good. Asking `why` admits
  what is bad (怎么还没人管), and of satisfaction a question with `doubt` denies it (我能满意吗). `irony` makes all that is good bad.
- `turn` and `still` (现在, 又) put aside what was said before; `but` only begins a clause. `fill` is nothing; `other` ends a negation.
- `yes` words and a lone `not` answer only where they are the whole clause and nothing stronger is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Literal

from hotline.answer_things import THINGS

if TYPE_CHECKING:
    from hotline.surveys import Satisfaction, Solved

Evidence = Literal["good", "half", "bad"]
_PLAIN: dict[str, Evidence] = {"good": "good", "half": "half", "bad": "bad"}
_TURNED: dict[str, Evidence] = {"good": "bad", "half": "bad", "bad": "good", "act": "bad"}


def _each(*parts: str) -> str:
    """All compounds: `_each("修 弄", "好 完")` is “修好 修完 弄好 弄完”. `-` stands for nothing."""
    return " ".join("".join(words).replace("-", "") for words in product(*(part.split() for part in parts)))


_DEGREE = "很 挺 真 太 蛮 特别 非常 十分 相当 超 超级 贼 老 可 忒 倍儿 真是 真的 确实 最 极其 格外 怪 实在"

_COMMON = {
    "fill": (
        "啊 呢 吧 的 了 呀 嘛 哦 噢 哈 哎 唉 诶 欸 呃 额 啦 哇 喽 咯 嘞 滴 呐 那 那个 这个 这 就是说 怎么说呢 怎么说 说实话 讲真 老实说 反正 我 我们 咱 咱们 俺 他 他们"
        " 你 你们 您 都 也 就 真 倒 倒是 根本 压根 压根儿 从头到尾 一直 从来 到现在 至今 目前 已经 确实 真的 绝对 肯定 应该 完全 吧啊 这回 这次 还 我觉得 觉得 我感觉 感觉 可能"
        " 好像 大概 应该是 就是这样 谁都 谁也 没错 实话 哟 喂 嗨 呗 这事 这事儿 那是 当然 必须 必须的 早就 早 过 个 给 是 给我 跟我 和我 让我 向我 为我 没多久 没用多久 没过多久 没几天 没用几天 没两天 不久 很快 一次 搁谁 换谁 问题 事情 事 事儿 结果吧 你好 您好"
    ),
    "other": (
        "不但 不仅 不光 不只 不管怎么样 不管怎样 不论 不然 不断 不同 不客气 不用 没事儿 没事 没关系 没想到 没准 没办法 没辙 差不离 对不起 对了 不得不 对方 行了吧 好几 好多 好久 有病 好些天 好意"
        " 有什么用 有啥用 有完没完 没完没了 不耽误 没耽误 不到 没过 不一会儿 好好 没少 不少 不停 那么 这么 多么 要么 哪个 哪件 还有 有人 有个"
    ),
    "not": (
        "不 没 没有 木有 未 无 否 不是 并没 并没有 并不 并未 并非 从没 从未 从来没 未曾 不曾 未能 没能 不能 不会 不可能 没可能 无法 没法 没法儿 屁的 半点没 半点不 半点都没 别想 休想 没人 没有人 无人 没谁 没见 甭想 没得到"
        " 不能说 不算 算不上 谈不上 说不上 称不上 不见得 没什么 没有什么 没啥 没有啥 没任何 没有任何 毫无 毫不 丝毫不 丝毫没 一点没 一点都没 一点也没 一点儿没 一点儿都没 一点儿也没 一点不 一点都不 一点也不"
    ),
    "rhetoric": "哪 哪里 哪儿 哪有 哪能 哪会 怎么可能 怎么会 怎么能 咋可能 咋会 咋能 难道 谁说 何曾 何谈 这叫 这也叫 也叫 这算 也算 还叫 凭什么",
    "after": "才怪 才怪呢 就怪了 才有鬼 个屁 个头 个鬼 个毛 个锤子 个啥 个什么 个球 个六 没有了 没了 什么呀 什么啊 什么了 什么 啥呀 啥啊 啥了 啥 不了 不上 不着 不到 不通 不起来 不成 毛线 他大爷 你大爷 个大头 个寂寞 寂寞",
    "turn": "又 现在 如今 今天 今儿 今早 昨天 昨儿 结果 其实 实际 实际上 后来 终于 总算 最后 最终 然后 这两天 这几天 没两天又 没几天又 过了两天 再后来 转头 自己",
    "but": "但是 但 可是 可 不过 就是 只是 而且 反而 并且 虽然 所以 因为 另外 而 直接",
    "ask": "¿",
    "why": "怎么 咋 为什么 为啥 凭啥 干嘛 怎么还 怎么就",
    "unreal": (
        "不知道 不晓得 不清楚 不太清楚 不了解 不确定 说不清 说不准 不好说 不记得 记不清 记不得 忘了 忘记 没注意 没留意 没去看 还没看 没看呢 不在家 没在家 没回家 没空 没时间 没顾上 没来得及 没想好 没试 不好评价 不好讲 没法评价 说不上来 没听清 没听清楚 没听懂 没听见 听不清 听不懂 听不见 没明白 不明白 不懂 不好意思"
        " 什么意思 啥意思 什么时候 啥时候 几时 多久 多会儿 哪天 等等 等一下 等我 等他 等解决 等修 等弄 等处理 等会儿 稍等 要是 如果 假如 万一 除非 希望 盼 赶紧 赶快 尽快 麻烦 请 能不能 可不可以 想问 我想 帮我 让他们 叫他们 转人工 人工 谁知道 是谁 你说谁 哪位"
        " 搞错 弄错 打错 查进度 换个 再说 回头 看看再 还不知道 不用了 算了 待会 你说呢 你猜 到时候 观察 考虑"
    ),
    "said": "说 说是 说要 说会 说好 声称 号称 听说 据说 说什么 骗我说 告诉我说 口口声声 答应 承诺 保证 应该能 以为 本来 原来说 马上 准备 打算 快要 正要 会",
    "irony": "呵呵 呵呵呵 呵呵哒 可真行 真行啊 你们真行 你们可真行 真有你们的 我谢谢你 我谢谢你们 我谢谢您 真谢谢你们啊 谢你全家 谢谢你全家 谢谢你们全家 好样的 真会 可真会 真能耐 真逗 可真逗 🙄 🙂 😅",
}  # fmt: skip

_CONTACTED = {
    "good": (
        "联系 联络 取得联系 来电 来电话 来个电话 来了电话 来过 来了 来人 来看 来看过 来找 来问 来修 来查 来现场 来家 来我家 上门 上我家 登门 入户 走访 家访 去我家 到我家 到家里 到家 进门 敲门 接到 接了 接过 收到 打过 打来 打了 打的 短信"
        " 发信息 发消息 信息 消息 微信 沟通 交流 对接 回访 回复 回电 回话 回电话 答复 通知 告知 告诉我 跟我说 和我说 给我说 跟我讲 问过 问我 问了 找我 找过 找了 找到我 见面 见过 见着 见了面 碰面 碰过头 面谈 约我 约了 留言 反馈 联系方式没变"
        " 有一次 有两次 打给我 加我 加了我 电联 来访 找上门 唠过 唠了 唠嗑 谈过 谈了 说过 知会 吱声 吱一声 言语 言语一声 理我 理过 理会 搭理 露面 露过面 照面 人影 影儿 影子 动静 音信 音讯 回音 信儿 下文 电话 座机 响应"
    ),
    "bad": "石沉大海 杳无音信 不接 没人接 拒接 占线 装死 失联",
    "act": "打 来 找 问 理 接 管 说 见 看 见到 看见 看到 去 回",
    "yes": "有 有的 是 是的 是啊 对 对的 对啊 嗯 嗯呐 恩 哦了 好 ok yes 有啊 有过 1",
    "not": "谁 哪有 没见着 没见到 没等到 没等着 是我 我自己 我主动 都是我 都是我自己 是我自己 全是我自己",
    "but": "就",
    "fill": "人 在等 一直在等",
    "said": "我打 我去 我找 我问 我联系 我给他们 我给他 我给物业 我给社区 我给街道 我天天打 我一直打 我来",
    "other": "解决 处理 修 办 弄好 修好 联系电话 我的电话 你们电话 这个电话 满意 不接电话吗 问题",
}  # fmt: skip

_DOING = "修 弄 办 搞 整 处理 清 清理 清运 打扫 收拾 拆 疏通 维修 治 治理 管 换 改 补 装 安 拉 运 挪 搬 铺 通 抽 接 扫 退 发 赔 刷 填 剪 移 焊 整改"
_STATE_BAD = "灭 灭了 渗 渗水 滴水 滴答 返水 反水 冒 淌 泡 淹 冻 呛 挡 占 占着 欠 欠着 扣 扣着 晃 咣当 洇 长毛 发霉 趴窝 趴着 停着 堆着 堆满 摆着 摆摊 挂着 关着 黑着 锁着 敞着 断着 空着 挖着 耷拉着 没气 漏 漏水 漏雨 堵 堵着 吵 响 臭 冷 黑 坏 坏了 脏 乱 停水 停电 断水 断电 冰凉 凉 反味 冒水 积水 闹 扰民 味儿 塌 犯 反弹 裂 没电 没水 掉皮 违停 乱停 卡 坑 噪音"

_SOLVED = {
    "good": (
        f"{_each(_DOING, '好 完 妥 妥当 干净 净 齐 平 开 出来 起来 走 掉 成 上 了 完了 利索 到位 明白')} 解决 搞定 完事 完活 办结 结束 好了 都好 全好 可以了 行了 妥了 成了 ok了 恢复 正常 来水 来电 来暖气 有水 有电 有热水 有暖气 热了 热乎 暖和 亮了 通了 畅通 能用 管用"
        " 干净 安静 消停 清静 利索 没问题 没有问题 没啥问题 没什么问题 没毛病 没事了 没事儿了 退款到账 到账 收到 退给我 退钱 撤了 搬走 停工 不存在 有了 齐活 到手 一分不差 一分不少 分文不少 结清 填平 好使 顺畅 修复 落实 安上 放心 好利索 见好 亮堂 通畅 顺溜 平整 溜平 结实 牢靠 稳当 清走 撵走 赶走 轰走 送走 挪走 拖走 抓走 运走 收走 关停 取缔 查封 退我 退还 退回 退回来 还我 还给我 给我了 打我卡上 打到卡 打卡里"
        " 到卡里 进账 拿到 领到 批了 批下来 办下来 下来了 换新的 换了新 一分没少 一毛没少 一个子儿没少 一分不欠 能睡 睡着觉 睡得着 睡踏实 能走 能停 能洗 能开 能坐 能充 能上 打着火 上来了 挪开 腾出来 让出来 没了 散了 有信号"
    ),
    "bad": (
        f"{_STATE_BAD} 老样子 老问题 原样 还那样 还这样 照旧 照样 一个样 一样 那样 这样 还是那德行 德行 糊弄 忽悠 敷衍 应付 推诿 踢皮球 扯皮 白跑 白搭 白费 白扯 白来 没用 没戏 没门 没影 没完没了 走过场 做样子 装样子 摆拍 面子工程 形式主义 做梦 扯淡 瞎扯 拉倒"
        " 严重 厉害 恶化 更糟 更差 糟 拖着 一拖再拖 拖 不行 不好 不灵 不动 骗人 撒谎 瞎说 假的 胡说 差远了 差得远 差老远 早着呢 没谱 八字没一撇 悬着 撂着 晾着 想多了 想得美 得了吧 净瞎 别提 没治 没根治 问题依旧 依旧 不太行 不咋行 不咋样 不咋地 不理想 无解 复发 别扯 等着 盼着 原封不动 纹丝不动 一动不动 石沉大海 失望"
    ),
    "half": "还差 就差 只差 还剩 只剩 就剩 还缺 好点 好一点 好一点儿 好点儿 好些 好了些 好了点 好了一点 好多了 强点 强一点 强些 强多了 好转 改善 缓解 减轻 有变化 有进展 有效果 有改善 比以前 比原来 比之前 少了 小了 轻了 治标不治本 偶尔 有时 有时候 时不时 隔三差五 一阵一阵 时好时坏 剩下 剩下的 一股 股子 七七八八 多半好 强了点 凑合 小问题 点问题 一半儿 半拉 半截 对付 起色 见轻",
    "act": f"{_DOING} 动 干 做 来 理 问 见 变 变化 进展 效果 改观 起作用 结果 下文 动静 反应 着落 说法 人影 看见 看到 见着 热 亮 好 完 用 行动 变样 给 到位",
    "some": "部分 一部分 大部分 多半 一半 一些 有些 有点 有点儿 一点 一点儿 稍微 有的 有几 几个 个别 少部分 小部分 某些 稍 略微 只 还有 半",
    "almost": "差不多 基本 基本上 大概 大体 大体上 大致 算是 勉强 暂时 临时 八成 七八成 大面 大面上 差一点 表面 表面上 还算 也算是",
    "whole": "完全 彻底 全 全部 都 全都 完",
    "yes": "是 是的 是啊 对 对的 对啊 嗯 嗯呐 恩 有 有的 妥妥的 ok yes",
    "still": "还是 还在 还 仍 仍然 仍旧 依然 正在 越来越 又",
    "fill": "不是已经",
    "not": "不再 没再 没再发生 不会再 没能够",
    "other": "卡里 卡上 我卡 健身卡 银行卡 会员卡 公交卡 理发卡 门禁卡 水卡 电卡 饭卡 月卡 年卡 发卡 办卡 退卡 车占 态度 没态度 有意见 联系 上门 说清 老师 老人 老板 老婆 老家 老公 老头 总之 总体 打 好吧 还好 还行 还可以",
    "unreal": "还没去看",
}  # fmt: skip

_SATISFIED = {
    "good": (
        f"满意 {_each(_DEGREE, '好 棒 行 赞 满意 快 及时 到位 负责 负责任 认真 热情 耐心 靠谱 可以 牛 高兴 开心 感谢 谢谢 感动 暖心 舒心 不错 给力 得劲 得儿 厉害')}"
        " 好得很 好极了 好着呢 好的很 好着嘞 棒 不错 不赖 没的说 没得说 没说的 没挑 没得挑 没的挑 没话说 没意见 没毛病 没问题 没有意见 没有问题 得好 也好 都好 态度好 服务好 挑不出毛病 无可挑剔 太好了 给力 好评 五分 5分 满分 五星 5星 100分 一百分 10分 点赞 竖大拇指 大拇指 赞 优秀 完美 称心 如意"
        " 杠杠 杠杠的 杠杠滴 嘎嘎好 嘎嘎 高效 靠谱 暖心 舒心 辛苦 感激 好人 人民的好 锦旗 办实事 理想 效率高 效率很高 效率挺高 得劲 痛快 👍 🌹 ❤ 😊 超预期"
    ),
    "bad": (
        f"{_each(f'{_DEGREE} 有点 有点儿 -', '差 差劲 烂 糟 糟糕 失望 生气 无语 垃圾 寒心 憋屈 闹心 窝火 来气 恼火 气愤 气人 次 慢 坑 恶心 离谱 敷衍 糊弄')} 糟透 不行 不好 不可以 不太行 不太好 不大行 不咋行 不咋好 不怎么好 不怎么行"
        " 不咋地 不咋的 不咋样 不怎么样 不怎么地 不怎么的 不靠谱 不作为 不负责 不负责任 不像话 不地道 零分 0分 负分 一分 1分 2分 两分 一星 1星 零星 差评 糊弄 忽悠 敷衍 应付 推诿 踢皮球 扯皮 投诉你 投诉他 没法说 没什么好说 没啥好说 没话可说 别提 拉倒 得了吧 算了吧"
        " 做梦 想多了 想得美 扯淡 走过场 形式主义 白跑 白搭 没用 气死 膈应 骂人 好意思 搪塞 心凉 拖拉 磨叽 没人管 😡 👎 💩 😤 欺负 吃干饭 白吃饭 窝囊 堵心 不认可 没诚意 恶劣 不满 什么玩意 什么玩意儿 这叫什么服务 这叫什么态度 这什么服务 这什么态度 没一个 怎么满意 咋满意 不敢恭维 有意见 意见 添堵 上火 火大"
    ),
    "half": (
        "一般 一般般 勉勉强强 凑合 凑活 还凑合 马马虎虎 马虎 勉强 将就 过得去 说得过去 说的过去 还说得过去 就那样 也就那样 就那么回事 就那么着 就这样吧 中等 不好不坏 不坏 还行 还可以 还成 还好 还中 凑凑合合 差强人意 中不溜 还算行 还算可以 还算不错 还算好 差不多 差不离 凑合事 中规中矩 普普通通 普通 平平 及格 60分"
        " 六十分 三分 3分 三星 3星 80分 八十分 70分 七十分 四分 4分 四星 4星 七八分 对付 湊合 能接受 可以接受 比上不足 马马虎虎吧 还过得去 没啥感觉 没什么感觉 无所谓 说不上好 不功不过 一般化 还满意"
    ),
    "act": "解决 满意度 修 修好 处理 管 办 好 让 帮 办事 处理好 弄好 落实 道歉",
    "almost": "基本 基本上 比较 差不多 勉强 还算 大体 大体上 大致 大致上 算是 总体还 凑合",
    "yes": "好 好的 行 可以 嗯 嗯呐 恩 是 是的 是啊 对 对的 对啊 谢谢 感谢 多谢 谢谢你 谢谢你们 谢谢您 感谢你们 成 中 妥 ok yes 谢了 赞成",
    "doubt": "能 会 可能 你觉得 你说 这能 您觉得 像",
    "rhetoric": "谁能 谁会 谁还 换你 换您 搁你 搁谁谁 换谁谁 搁谁谁能 换谁谁能 没看出来哪 没看出来哪里 看不出哪 看不出哪里 看不出来哪 看不出来哪里",
    "not": "谁 不怎么 不咋 不太 不大 不够 不很 不是很 不是太 不是特别 不是非常 没让我 没叫我 没那么 没多 没觉得 没感到 很难 难以 难 有什么可 有什么好 有啥可 有啥好 拿什么 哪点",
    "other": "好像 好几 态度 差点 说要 说 好不容易",
    "unreal": "等一下 提意见 提个意见",
}  # fmt: skip


def _lexicon(kinds: Mapping[str, str]) -> dict[str, str]:
    """Each word's kind. What a question's own list says of a word stands above what the common list says."""
    return {word: kind for part in (_COMMON, kinds) for kind, words in part.items() for word in words.split()}


_WORDS = {"contacted": _lexicon(_CONTACTED), "solved": _lexicon(_SOLVED), "satisfaction": _lexicon(_SATISFIED)}
_TELLING = {question: {**things, **_WORDS["satisfaction" if question == "attitude" else question]} for question, things in THINGS.items()}
"""The same for each question, with what answers speak of."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """What one clause says."""

    evidence: tuple[Evidence, ...] = ()
    lone: Literal["yes", "no"] | None = None
    """Nothing but yes or no: no evidence beside any other."""
    kinds: frozenset[str] = frozenset()
    text: str = ""

    @property
    def turns(self) -> bool:
        """Does it put aside what was said before it? 后来解决了, 又漏了."""
        return not self.kinds.isdisjoint({"turn", "still"})


_SPLIT = re.compile(r"([^\s,.;:!?、。…~\"“”‘’()—-]+)([^\w¿]*)")
_BREAKS = {"turn", "but", "still"}
_IDLE = {"fill", "turn", "but", "still"}


def read_contacted(text: str) -> bool | None:
    """Did the unit make contact? A single contact is one, whatever was left undone besides."""
    clauses = _read(text, _WORDS["contacted"])
    said = ["bad" if "bad" in clause.evidence else "good" for clause in clauses if clause.evidence]
    if said:
        return "good" in said
    lone = _lone(clauses)
    return None if lone is None else lone == "yes"


def read_solved(text: str) -> Solved | None:
    """Is it solved? What is said last holds where it turns against what was said before; else good and bad together are partly."""
    clauses = _read(text, _WORDS["solved"])
    state: Evidence | None = None
    turned = False
    for clause in clauses:
        turned = turned or clause.turns
        if not clause.evidence:
            continue
        first, last = clause.evidence[0], clause.evidence[-1]
        value: Evidence = "half" if "half" in clause.evidence or (first, last) == ("good", "bad") else last
        state = value if state is None or turned or value == state else "half"
        turned = False
    if state is None:
        return _lone(clauses)
    return "yes" if state == "good" else "partly" if state == "half" else "no"


def read_satisfaction(text: str) -> Satisfaction | None:
    """How satisfied is the citizen? Where the word 满意 is said it decides; otherwise praise and blame together are unclear."""
    clauses = _read(text, _WORDS["satisfaction"])
    telling = [clause for clause in clauses if clause.evidence]
    outright = [clause for clause in telling if "满意" in clause.text]
    said: set[Evidence] = set()
    for clause in outright or telling:
        said = set(clause.evidence) | (set() if clause.turns else said)
    if not said and any("irony" in clause.kinds for clause in clauses):
        return "dissatisfied"
    if said == {"bad"} or (said == {"half", "bad"} and outright):
        return "dissatisfied"
    if "half" in said:
        return "basically"
    lone = None if said else _lone(clauses)
    if lone == "no":
        return None if "没" in text else "dissatisfied"  # 没有 answers another question than 满意吗
    return "satisfied" if said == {"good"} or lone == "yes" else None


_TOLD = frozenset("了过着呢吗才再都就")
"""Little words that tell what has changed and what goes on. Their kind alone would not say it."""


def kinds_in(text: str, question: str) -> list[str]:
    """The kinds of an answer's words, in their order, as the question's words know them: how it is said, whichever thing it is about.

    还是漏 and 又堵 are of one form, 没狗叫 and 没烟 of another; a stop is `,` or `?`, words that nobody knows are one `unknown`, fillers are left out.
    """
    words = _TELLING[question]
    said: list[str] = []
    for part, end in _SPLIT.findall(_normal(text)):
        for word, known in _words_in(part, words):
            kind = word if word in _TOLD else known
            if kind != "fill" and not (kind == "unknown" and said[-1:] == ["unknown"]):
                said.append(kind)
        said.append("?" if "?" in end else ",")
    return said


def _lone(clauses: list[_Clause]) -> Literal["yes", "no"] | None:
    if any("unreal" in clause.kinds for clause in clauses):
        return None
    said = [clause.lone for clause in clauses if clause.lone]
    return "no" if "no" in said else said[0] if said else None


def _read(text: str, words: Mapping[str, str]) -> list[_Clause]:
    clauses = []
    for part, end in _SPLIT.findall(_normal(text)):
        found = list(_words_in(part, words))
        cuts = [0, *(at for at, (_, kind) in enumerate(found) if at and kind in _BREAKS), len(found)]
        for begin, stop in pairwise(cuts):
            clauses.append(_clause(found[begin:stop], asked="?" in end and stop == len(found)))
    if any("irony" in clause.kinds for clause in clauses):
        clauses = [replace(clause, evidence=tuple(_TURNED["good"] for _ in clause.evidence)) for clause in clauses]
    return clauses


_UNTRUE = re.compile(r"(?:要|硬|非要|我要)?说(?P<words>不?满意|(?:没|不)?(?:解决|好|联系)[了过]?|不错)(?:了)?[，,]?(?:那|这|就|才|可|都)*(?:是|叫|算)?(?:昧良心|昧着良心|违心|骗人|骗你|假话|瞎话|撒谎|瞎说|亏心)[话的]?")
"""What would be a lie to say is not so: 说满意那是昧良心."""


def _normal(text: str) -> str:
    """One form of each character, no stuttering (有有有, 没有没有), and marks for questions that need no question mark."""
    text = unicodedata.normalize("NFKC", text).lower().replace("\ufe0f", "")
    text = re.sub(r"(.{2,6}?)\1+", r"\1", text)
    text = re.sub(r"\W+(?=才怪|就怪)", "", text)
    text = re.sub(r"([没不有是对嗯好行])\1+", r"\1", text)
    text = re.sub("(?:不能|没法|不可能)再(?=(?:满意|好|快|周到|热情|客气|认真|耐心|差|糟|烂|慢|坏)了)", "非常", text)  # 不能再满意了
    text = _UNTRUE.sub(lambda said: said["words"][1:] if said["words"][0] in "不没" else f"不{said['words']}", text)
    text = re.sub(r"(.{1,3})(?:什么|啥)[啊呀]?\1", r"\1个屁", text)  # 满意什么满意
    text = re.sub(r"(?:\w{1,2}了)?(?:跟|和|等于|如同|像)没.{1,3}?(?:一样|似的|(?=\W|$))", "白搭", text)  # 修了跟没修一样
    text = re.sub(r"该(.{1,3})还\1", "老样子", text)
    text = re.sub(r"\w{1,2}了(?=也?(?:没用|白|不管用|不顶用))", "", text)
    text = re.sub(r"满(?:个?什么|个?啥|个屁|哪门子)意", "满意个屁", text)
    text = re.sub(r"没(?:等|用|过|催|花|费|打|跑)\w{0,6}?(?=就)", "", text)  # 没催两遍就修好了
    text = re.sub(r"(\w{1,3})(?:倒)?是\1了?(?=\W|[\u4e00-\u9fff])", r"\1了但是", text)  # 好是好了就是慢
    text = re.sub(r"([^\W没不]{1,2})[没不]\1", "¿", text)  # 有没有, 解决没解决
    return re.sub(r"(吗|(?<![什怎这那要多])么|(?<=[了过好完决系])没有?(?=[啊呢]?(?:\W|$)))", "?", text)


def _words_in(clause: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The clause from left to right as (word, kind), the longest words first."""
    at = 0
    while at < len(clause):
        word = next((clause[at : at + size] for size in range(8, 0, -1) if clause[at : at + size] in words), clause[at])
        yield word, words.get(word, "unknown")
        at += len(word)


def _clause(found: list[tuple[str, str]], *, asked: bool) -> _Clause:
    kinds = frozenset(kind for _, kind in found)
    text = "".join(word for word, _ in found)
    said: list[Evidence] = []
    some, turned, acted, others_say, before = "some" in kinds, False, False, False, ""
    for word, kind in found:
        spent = kind == "bad" and acted  # 没修漏得厉害: the “no” was for 修
        value = (_TURNED if turned and not spent else _PLAIN).get(kind)
        if value and not (others_say and value != "bad"):
            said.append(value)
        if kind in ("not", "rhetoric"):
            turned = not turned or before[:1] == word[0] == "没"  # 没有没联系 is one “no”, said twice
        elif kind == "after" and said:
            said[-1] = _TURNED[said[-1]]
        elif kind == "whole" and turned:
            some, turned = True, False
        elif kind in ("good", "half", "bad", "other"):
            turned = False
        acted = turned and (acted or kind == "act")
        others_say = others_say or kind == "said"
        before = before if kind == "fill" else word
    if turned and said and before[0] in "没无":
        said[-1] = _TURNED[said[-1]]  # 一个电话都没有
    halved = {"some"} if some else {"almost"} if "almost" in kinds and "bad" not in said else set()
    if halved and (said or kinds <= _IDLE | {"some", "almost", "yes"}):
        said = ["half"]
    if (asked or "ask" in kinds) and "rhetoric" not in kinds:  # what is asked is not said, but for 怎么还没… and 我能满意吗
        said = [_TURNED[value] for value in said] if "doubt" in kinds else [value for value in said if value == "bad" and "why" in kinds]
    elif "why" in kinds:
        said = [value for value in said if value == "bad"]
    elif "still" in kinds and not said and "unknown" in kinds:
        said = ["bad"]
    if "unreal" in kinds:
        said = []
    lone: Literal["yes", "no"] | None = None
    if not asked and kinds & {"yes", "not"} and kinds <= _IDLE | {"yes", "not"}:
        lone = "no" if "not" in kinds else "yes"
    return _Clause(tuple(said), lone, kinds, text)

"""Text for generated threads: the sample archive, cut into clauses and pieces.

The sample archive was written for this project, so no text is from a real person.
"""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SAMPLE: Final = Path(__file__).resolve().parent.parent / "fixtures" / "sample_archive"
WHOLE: Final = 0.15
"""Share of clauses copied from the sample. The others are joined from pieces, which makes rare words."""
ON_TOPIC: Final = 0.3
"""Share of clauses that start with a word of the topic."""
BATCH: Final = 512

_PAIRS: Final = (
    "丢丟来來个個们們伞傘备備价價两兩别別刚剛却卻员員问問单單吗嗎园園图圖报報块塊涂塗壶壺够夠夹夾嬷嬤学學写寫对對层層"
    "帐帳带帶帮幫几幾厕廁厨廚张張强強弹彈后後从從闷悶爱愛忆憶应應怀懷换換摇搖撑撐捡撿担擔据據数數断斷于於时時晒曬书書"
    "会會东東条條楼樓标標样樣树樹桥橋机機樱櫻欢歡气氣没沒冲沖凉涼浅淺准準温溫滚滾满滿浆漿浇澆湾灣为爲热熱灯燈烫燙烛燭"
    "炉爐墙牆状狀独獨现現画畫当當发發盘盤码碼种種窝窩笔筆筑築篓簍签籤粮糧纪紀约約红紅纸紙细細终終组組给給经經绿綠网網"
    "线線缝縫总總继繼续續羡羨闻聞声聲听聽脚腳脸臉台臺旧舊万萬叶葉着著盖蓋姜薑蓝藍艺藝处處号號虫蟲蜡蠟补補装裝里裡见見"
    "亲親觉覺观觀计計记記许許试試话話该該详詳认認诚誠误誤说說谁誰请請讲講谢謝护護读讀变變让讓猫貓贝貝贵貴买買费費贴貼"
    "贤賢卖賣赶趕车車较較轻輕辈輩这這连連进進过過适適选選还還边邊邻鄰针針铅鉛银銀铺鋪钢鋼录錄钱錢错錯锅鍋镇鎮铁鐵鉴鑑"
    "长長门門闭閉开開间間阅閱阳陽际際雏雛离離难難电電页頁顶頂预預顿頓头頭颗顆题題类類风風飞飛饪飪饭飯饼餅馆館马馬骗騙"
    "鸟鳥鹊鵲鹭鷺盐鹽丽麗黄黃点點齐齊龙龍与與专專业業丝絲乌烏乐樂习習乱亂争爭云雲仪儀优優传傳伤傷体體儿兒兑兌关關兴興"
    "内內册冊决決冻凍净淨击擊则則删刪刹剎办辦动動匀勻卧臥卫衛压壓厢廂参參双雙叠疊响響哒噠噜嚕团團国國圆圓圣聖场場坏壞"
    "坛壇垫墊壳殼奖獎妈媽实實审審宽寬导導屉屜岁歲岗崗币幣师師帘簾广廣庆慶惊驚愿願战戰户戶执執拨撥挂掛挡擋挥揮搅攪摄攝"
    "无無术術杠槓极極柜櫃柠檸栋棟欧歐汤湯浉溮测測涨漲灭滅烧燒爷爺猎獵盏盞矿礦砖磚础礎确確称稱稳穩穷窮筛篩筝箏篮籃紧緊"
    "纠糾级級纫紉纬緯纱紗纹紋练練织織结結绕繞绣繡绳繩编編缘緣罗羅职職联聯肿腫胆膽胶膠节節荐薦荣榮药藥萝蘿葱蔥蚁蟻蚂螞"
    "衬襯裤褲规規视視讨討议議讯訊讶訝论論诀訣证證评評诉訴词詞诗詩诞誕语語调調谅諒谱譜负負责責败敗货貨资資赢贏软軟轴軸"
    "载載辆輛辑輯输輸辞辭运運远遠递遞邮郵酱醬钓釣钥鑰铃鈴铛鐺链鏈锁鎖锉銼键鍵镜鏡镶鑲闸閘队隊阴陰阶階陈陳随隨隐隱雾霧"
    "静靜顺順颜顏饺餃馅餡驮馱驻駐验驗骑騎鱼魚鸫鶇鸭鴨麦麥么麼钟鐘湿濕"
)
"""Each character of the sample that differs between the scripts: Simplified, then Traditional."""
TO_TRADITIONAL: Final = str.maketrans(_PAIRS[::2], _PAIRS[1::2])
TO_SIMPLIFIED: Final = str.maketrans(_PAIRS[1::2], _PAIRS[::2])

_NOT_SAID: Final = re.compile(r"\A---\n(?:.*\n)*?---\n|^### .*|^> \[.*|\]\([^)]*\)|https?://\S*", re.MULTILINE)
_CHINESE: Final = re.compile("[\u4e00-\u9fff]{2,12}")
_ENGLISH: Final = re.compile(r"[A-Za-z][a-z']*(?: [A-Za-z][a-z']*){1,9}")
_NAME: Final = re.compile(r"用户 \*\*([^*\n]+?)\s*(?:\n|\*\*)")


class Voice(NamedTuple):
    """One style of writing. Each person has one."""

    clauses: list[str]
    pieces: list[str]
    """Words and parts of words."""
    stops: list[str]
    """Punctuation after a clause, repeated by its frequency."""
    end: str
    glue: str
    """The separator between two pieces."""


class Words(NamedTuple):
    """The parts of the sample archive."""

    voices: dict[str, Voice]
    """By name: `simplified`, `traditional`, `english`."""
    names: list[str]
    tags: list[str]


def cut(chance: Random) -> Words:
    """Return the parts of the sample archive. `chance` decides which are common."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SAMPLE.glob("*.md"))]
    said = [_own(text) for text in texts]
    chinese = _distinct(clause.translate(TO_SIMPLIFIED) for text in said for clause in _CHINESE.findall(text))
    english = _distinct(clause for text in said for clause in _ENGLISH.findall(text))
    pieces = _distinct(piece for clause in chinese for piece in _pieces(clause, chance))
    words = _distinct(word for clause in english for word in clause.split())
    for each in (chinese, english, pieces, words):
        chance.shuffle(each)
    stops = [*"，，，，，，，，，，。。。。。。、？？！！；："]
    simplified = Voice(chinese, pieces, stops, "。", "")
    traditional = Voice([_traditional(clause) for clause in chinese], [*map(_traditional, pieces)], stops, "。", "")
    voices = {
        "simplified": simplified,
        "traditional": traditional,
        "english": Voice(english, words, [", "] * 5 + [". "] * 3 + ["? ", "; "], ".", " "),
    }
    tags = _distinct(tag for text in texts for tag in re.findall(r"[^\s,\[\]]{2,}", _line(text, "tags")))
    names = _distinct(name for text in texts for name in _NAME.findall(text) if " " not in name)
    return Words(voices, names, [tag for tag in tags if tag.isalpha() and tag not in {"null", "添加话题"}])


def clauses(voice: Voice, chance: Random) -> Iterator[str]:
    """Yield clauses with punctuation, without end. A few are common, most are rare (Zipf's law)."""
    common, common_pieces = _zipf(len(voice.clauses), 50), _zipf(len(voice.pieces), 60)
    while True:
        wholes = chance.choices(voice.clauses, cum_weights=common, k=BATCH)
        pieces = chance.choices(voice.pieces, cum_weights=common_pieces, k=3 * BATCH)
        stops = chance.choices(voice.stops, k=BATCH)
        for at, whole in enumerate(wholes):
            joined = voice.glue.join(pieces[3 * at : 3 * at + 2 + int(chance.random() * 2)])
            yield (whole if chance.random() < WHOLE else joined) + stops[at]


def passage(source: Iterator[str], voice: Voice, length: int, topic: list[str], chance: Random) -> str:
    """Return a paragraph of `length` characters about `topic`; in English up to the last complete word."""
    parts, total = [], 0
    while total < length:
        part = next(source)
        if topic and chance.random() < ON_TOPIC:
            part = topic[int(chance.random() * len(topic))] + voice.glue + part
        parts.append(part)
        total += len(part)
    text = "".join(parts)[: length - 1]
    if voice.glue:
        text = text.rpartition(voice.glue)[0] or text
    return text[:1].upper() + text[1:].rstrip("，。、？！；：,.?; ") + voice.end


def _zipf(many: int, flat: int) -> list[float]:
    """Return cumulative weights that fall with the rank. The first `flat` ranks are nearly equal."""
    return list(accumulate(1 / (rank + flat) for rank in range(many)))


def _own(text: str) -> str:
    """Return the text of a file without front matter, headings, quotes and URLs."""
    return _NOT_SAID.sub("\n", text)


def _traditional(text: str) -> str:
    return text.translate(TO_TRADITIONAL)


def _pieces(clause: str, chance: Random) -> Iterator[str]:
    """Cut a clause into pieces of one to three characters, mostly two."""
    start = 0
    while start < len(clause):
        end = start + chance.choice((1, 2, 2, 2, 3))
        yield clause[start:end]
        start = end


def _distinct(parts: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(parts))


def _line(text: str, key: str) -> str:
    found = re.search(rf"^{key}: (.*)$", text, re.MULTILINE)
    return found[1] if found else ""

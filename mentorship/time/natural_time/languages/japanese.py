"""Japanese words for times."""

import re

from mentorship.time.natural_time.vocabulary import Edge, Kind, Language, Part, WeeklyWords

_NUMERALS = "一二三四五六七八九"
_DIGITS = {"〇": 0} | {numeral: number for number, numeral in enumerate(_NUMERALS, 1)}
_COUNTED = re.compile(r"[〇一二三四五六七八九十]+(?=年|月|日|時|分|週|か月|時間)")
"""A number in kanji before what it counts. In 一昨日 and 土日 there is none."""
_RESPELLED = (
    # The sign belongs to the number, whatever the spaces: `8 月 7 日`.
    (re.compile(r"(?<=\d)\s+(?=[年月日時分週])|(?<=[年月時])\s+(?=\d+\s*[月日分])"), ""),
    # `8月7日(金)`: the weekday of a date.
    (re.compile(r"[(\[〈]\s*([月火水木金土日])(?:曜日?)?\s*[)\]〉]"), r" \1曜 "),
    (re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"), r" \1-\2-\3 "),
    (re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])日(?!間|後|前)"), r" \1/\2 "),
    (re.compile(r"(?<!\d)(\d{1,2})時([0-5]?\d)分(?!前|間)"), lambda m: f"{m[1]}h{m[2]:>02}"),
    (re.compile(r"(?<=\d)時間半"), "時間30分"),
)


def respell(text: str) -> str:
    """Return normalized text with digits for kanji, and with dates and times in digits."""
    text = respell_numbers(text)
    for pattern, replacement in _RESPELLED:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def respell_numbers(text: str) -> str:
    """Return normalized text with digits for the numbers in kanji."""
    return _COUNTED.sub(lambda match: _number(match.group()), text)


def _number(numerals: str) -> str:
    """Return the digits of a number below 100, and the text itself for others: 二十三 is 23."""
    tens, ten, ones = numerals.partition("十")
    if ten:
        if len(tens) > 1 or len(ones) > 1 or "〇" in numerals:
            return numerals
        return str(_DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0))
    return "".join(str(_DIGITS[numeral]) for numeral in numerals)


_THIS_WEEK = ((Kind.THIS, None), (Kind.WEEK, None))
_NEXT_WEEK = ((Kind.NEXT, None), (Kind.WEEK, None))

JAPANESE = Language(
    code="ja",
    weekdays=(
        "月曜日|月曜|月|げつようび|げつよう",
        "火曜日|火曜|火|かようび",
        "水曜日|水曜|水|すいようび|すいよう",
        "木曜日|木曜|木|もくようび|もくよう",
        "金曜日|金曜|金|きんようび|きんよう",
        "土曜日|土曜|土|どようび|どよう",
        "日曜日|日曜|日|にちようび|にちよう",
    ),
    months=("",) * 12,
    counts="",
    relative_days={
        -2: "一昨日|おととい",
        -1: "昨日|きのう",
        0: "今日|本日|きょう",
        1: "明日|あした|あす",
        2: "明後日|あさって",
    },
    parts={
        Part.EARLY_MORNING: "早朝|朝早く",
        Part.MORNING: "朝|午前中|午前|あさ|ごぜん|ごぜんちゅう",
        Part.LUNCHTIME: "昼|お昼|ひる|おひる|昼休み|ランチタイム",
        Part.AFTERNOON: "午後|ごご|昼過ぎ|お昼過ぎ|昼すぎ",
        Part.LATE_AFTERNOON: "夕方|ゆうがた",
        Part.TONIGHT: "夜|晩|よる|ばん",
        Part.DEEP_NIGHT: "深夜",
        Part.DAWN: "明け方",
        Part.SMALL_HOURS: "未明",
    },
    today_parts={
        Part.TONIGHT: "今夜|今晩|こんや|こんばん|本日夜",
        Part.MORNING: "今朝|けさ",
    },
    phrases={
        "明朝": ((Kind.RELATIVE_DAY, 1), (Kind.PART, Part.MORNING)),
        "明晩": ((Kind.RELATIVE_DAY, 1), (Kind.PART, Part.TONIGHT)),
        "昨夜": ((Kind.RELATIVE_DAY, -1), (Kind.PART, Part.TONIGHT)),
        "昨晩": ((Kind.RELATIVE_DAY, -1), (Kind.PART, Part.TONIGHT)),
        "今週": _THIS_WEEK,
        "こんしゅう": _THIS_WEEK,
        "来週": _NEXT_WEEK,
        "らいしゅう": _NEXT_WEEK,
        "翌週": _NEXT_WEEK,
        "再来週": ((Kind.AFTER_NEXT, None), (Kind.WEEK, None)),
        "さらいしゅう": ((Kind.AFTER_NEXT, None), (Kind.WEEK, None)),
        "先週": ((Kind.LAST, None), (Kind.WEEK, None)),
        "今週末": ((Kind.THIS, None), (Kind.WEEKEND, None)),
        "来週末": ((Kind.NEXT, None), (Kind.WEEKEND, None)),
        "先週末": ((Kind.LAST, None), (Kind.WEEKEND, None)),
        "今月": ((Kind.THIS, None), (Kind.MONTH_UNIT, None)),
        "来月": ((Kind.NEXT, None), (Kind.MONTH_UNIT, None)),
        "先月": ((Kind.LAST, None), (Kind.MONTH_UNIT, None)),
        "月末": ((Kind.THIS, None), (Kind.MONTH_UNIT, None), (Kind.EDGE_BEHIND, Edge.END)),
        # A number before 日 alone is a date.
        "日後": ((Kind.UNIT, 1440), (Kind.FROM_NOW, None)),
        "日前": ((Kind.UNIT, 1440), (Kind.AGO, None)),
        "週後": ((Kind.UNIT, 10080), (Kind.FROM_NOW, None)),
    },
    words={
        Kind.THIS: "この",
        Kind.NEXT: "次|つぎ|今度|こんど",
        Kind.WEEKEND: "週末|土日",
        Kind.EDGE_BEHIND: {
            Edge.BEGINNING: "上旬|初旬|初め|はじめ",
            Edge.MIDDLE: "中旬|半ば",
            Edge.END: "下旬|末|終わり",
        },
        Kind.NOON: "正午",
        Kind.HOUR_UNIT: "時|じ",
        Kind.O_CLOCK: "ちょうど|丁度",
        Kind.AFTER_HOUR: {30: "半|はん"},
        Kind.FIRST_HALF: "午前|am|ごぜん",
        Kind.SECOND_HALF: "午後|pm|ごご",
        Kind.UNIT: {
            1: "分|分間|ふん",
            60: "時間|じかん",
            1440: "日間",
            10080: "週間",
        },
        Kind.FROM_NOW: "後|あと|のち",
        Kind.AGO: "前|まえ",
        Kind.NOW: "今|いま|今すぐ|すぐ",
        Kind.TO: "から|-|より",
        Kind.OR: "か|または|もしくは|あるいは|それか",
        Kind.AND: "と|および",
        Kind.ONWARDS: "以降|以後|いこう|から",
        Kind.UP_TO: "まで|までに|以前|より前",
        Kind.FILLER: "の|に|は|で|を|頃|ごろ|ころ|くらい|ぐらい||お願いします|です|がいい|今から",
    },
    clock_fillers="今|いま|現在|こちら|こっち|ここ|現地|時刻|現在時刻|こちらは|時間|だよ|です|だ",
    weekly=WeeklyWords(
        short="月|火|水|木|金|土|日",
        daily="毎日",
        workdays="平日",
        off="休み|なし|ありません|無し|お休み|定休日|定休|不可|オフ",
        all_day="終日|一日中|1日中|丸一日",
        fillers="毎週|各|曜",
    ),
    ordinals="日",
    month_suffix="月",
    lone_day_unit="日",
    last_undecided_hour=8,
    idiomatic_days=(),
    starts_of_week=(0, 6),
    month_first=True,
    script="[ぁ-ゖァ-ヺ一-鿿]",
    is_unspaced=True,
    respell=respell,
    respell_numbers=respell_numbers,
)

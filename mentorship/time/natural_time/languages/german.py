"""German words for times."""

from mentorship.time.natural_time.lexicon import Edge, Kind, Language, Part

GERMAN = Language(
    code="de",
    weekdays=(
        "montag|mo",
        "dienstag|di",
        "mittwoch|mi",
        "donnerstag|do",
        "freitag|fr",
        "samstag|sonnabend|sa",
        "sonntag|so",
    ),
    months=(
        "januar|jänner|jan",
        "februar|feb",
        "märz|mär|mrz",
        "april|apr",
        "mai",
        "juni|jun",
        "juli|jul",
        "august|aug",
        "september|sept|sep",
        "oktober|okt",
        "november|nov",
        "dezember|dez",
    ),
    counts="null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
    " fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig einundzwanzig zweiundzwanzig"
    " dreiundzwanzig vierundzwanzig",
    relative_days={-2: "vorgestern", -1: "gestern", 0: "heute", 1: "morgen", 2: "übermorgen"},
    parts={
        Part.EARLY_MORNING: "frühmorgens|früh am morgen|am frühen morgen",
        Part.MORNING: "morgens|am morgen|vormittag|vormittags|am vormittag|früh|in der früh",
        Part.LUNCHTIME: "mittag|mittags|am mittag|zu mittag|über mittag",
        Part.AFTERNOON: "nachmittag|nachmittags|am nachmittag",
        Part.LATE_AFTERNOON: "spätnachmittag|am späten nachmittag|später nachmittag",
        Part.EARLY_EVENING: "am frühen abend|früher abend|vorabend",
        Part.EVENING: "abend|abends|am abend",
        Part.LATE_EVENING: "spätabends|am späten abend",
        Part.NIGHT: "nacht|nachts|in der nacht",
    },
    prefixed_parts={Part.MORNING: "morgen"},
    phrases={
        f"{day} morgen": ((Kind.RELATIVE_DAY, days), (Kind.PART, Part.MORNING))
        for day, days in {"heute": 0, "gestern": -1}.items()
    }
    | {
        "heute nacht": ((Kind.RELATIVE_DAY, 0), (Kind.PART, Part.NIGHT)),
        "heut": ((Kind.RELATIVE_DAY, 0),),
    },
    words={
        Kind.COUNT: {1: "ein", 2: "zwo", 25: "fünfundzwanzig"},
        Kind.ARTICLE_ONE: "ein|eine|einer|einem|einen|ner|ne",
        Kind.THIS: "dieser|diese|diesen|dieses|diesem|am diesem",
        Kind.NEXT: "nächster|nächste|nächsten|nächstes|nächstem|der nächsten|die nächste",
        Kind.COMING: "kommender|kommende|kommenden|kommendes|kommendem|der kommenden",
        Kind.AFTER_NEXT: "übernächster|übernächste|übernächsten|übernächstes|der übernächsten",
        Kind.LAST: "letzter|letzte|letzten|letztes|letztem|vergangenen|vergangene",
        Kind.WEEK: "woche",
        Kind.WEEKEND: "wochenende|we",
        Kind.MONTH_UNIT: "monat|monats",
        Kind.EDGE: {
            Edge.BEGINNING: "anfang|zu beginn",
            Edge.MIDDLE: "mitte",
            Edge.END: "ende",
        },
        Kind.MIDNIGHT: "mitternacht|um mitternacht",
        Kind.HOUR_UNIT: "uhr|h",
        Kind.BEFORE_HOUR: {
            -30: "halb",
            15: "viertel nach",
            -15: "viertel vor|dreiviertel|drei viertel",
        },
        Kind.MINUTES_PAST: {
            (1, 0): "nach|minuten nach|min nach",
            (-1, 0): "vor|minuten vor|min vor",
            (1, -30): "nach halb|minuten nach halb",
            (-1, -30): "vor halb|minuten vor halb",
        },
        Kind.UNIT: {
            1: "minute|minuten|min|m",
            60: "stunde|stunden|std|h",
            1440: "tag|tage|tagen",
            10080: "woche|wochen",
        },
        Kind.DURATION: {
            15: "einer viertelstunde|viertelstunde|einer viertel stunde",
            30: "einer halben stunde|halben stunde|halbe stunde|einer halbe stunde",
            90: "anderthalb stunden|eineinhalb stunden|einundeinhalb stunden",
            150: "zweieinhalb stunden",
        },
        Kind.IN: "in",
        Kind.NOW: "jetzt|sofort",
        Kind.AT: "um|gegen|ca|circa|so um|etwa um|so gegen",
        Kind.ON: "am|den|der|an|für|für den|vom",
        Kind.OF: "der|des|in der|im|am|die|in|an der",
        Kind.FROM: "von|vom|zwischen dem",
        Kind.TO: "bis|bis zum|-|bis um",
        Kind.BETWEEN: "zwischen",
        Kind.AND: "und|u",
        Kind.OR: "oder|od",
        Kind.AFTER: "nach|ab|nicht vor|frühestens um|frühestens|von",
        Kind.BEFORE: "vor|bis|spätestens um|spätestens",
        Kind.FILLER: "bitte|mal|irgendwann",
    },
    weak="morgen|april|august|september|november",
    distinctive="uhr",
    joins_parts=True,
)

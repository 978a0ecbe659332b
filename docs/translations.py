"""Collect the texts for the translators and check the catalogues: `make translations`.

The texts are those that the code marks (`wording.translation`) and those of the slash commands.
They go to `wording/locales/messages.pot`, and from there into the catalogue of each language, where
texts that have no translation yet are empty and those whose English has changed are fuzzy. What is
missing or broken is listed; a test fails on it.

    python -m docs.translations            collect, update, report
    python -m docs.translations nl         the same, with a catalogue for a new language
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from string import Formatter

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from rapidfuzz import fuzz, process

from bot.client import MentorBot
from bot.command_texts import CommandText, TextKind, command_texts
from storage import Database
from wording import catalogues
from wording.command_names import localise, name_context

ROOT = Path(__file__).parent.parent
TEMPLATE = catalogues.FOLDER / "messages.pot"
PACKAGES = ("bot", "wording", "api", "integrations")
KEYWORDS = {
    "_": None,
    "N_": None,
    "nN_": (1, 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
FORMS_BELOW_A_MILLION = {
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "it": "nplurals=2; plural=(n != 1);",
    "pt_BR": "nplurals=2; plural=(n > 1);",
}
"""Plural rules without CLDR's form for millions, see docs/decisions/0076-languages.md."""

ALIKE = 80
"""How alike two English texts are, in per cent, of which one is the other's new version."""

_COMMAND = re.compile(r"`/[a-z][^`]*`")
_BARE_COMMAND = re.compile(r"(?<![`\w/.<])/([a-z]+(?: [a-z]+)?)\b")
_MARKUP = re.compile(r"\*\*|`|<t:|-# |\n")


def collect() -> Catalog:
    """Return the template: all texts in their order, without translations."""
    template = Catalog(project="mentorbot", fuzzy=False, copyright_holder="the contributors")
    for package in PACKAGES:
        found = extract_from_dir(
            ROOT / package,
            method_map=[("**.py", "python")],
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for path, _line, text, comments, context in sorted(found, key=lambda each: each[:2]):
            location = [(f"{package}/{path}", 0)]
            template.add(text, None, location, auto_comments=comments, context=context)
    for command_text in _command_texts():
        template.add(
            command_text.text,
            None,
            [("bot/cogs", 0)],
            auto_comments=[command_text.comment],
            context=command_text.context,
        )
    for message in template:
        message.flags.discard("python-format")
        if message.python_brace_format:
            message.flags.add("python-brace-format")
    return template


@cache
def _command_texts() -> list[CommandText]:
    return asyncio.run(_load_command_texts())


async def _load_command_texts() -> list[CommandText]:
    bot = MentorBot(Database("sqlite+aiosqlite:///unused.db"))
    await bot.prepare()
    texts = list(command_texts(bot.tree))
    await bot.db.close()
    return texts


def update(template: Catalog, language: str) -> Catalog:
    """Return the catalogue of a language (`pt_BR`) with all texts of the template.

    A text whose English has changed a little keeps its translation, marked as fuzzy.
    """
    path = catalogues.FOLDER / language / "LC_MESSAGES" / f"{catalogues.DOMAIN}.po"
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    new = Catalog(locale=language, project="mentorbot", fuzzy=False)
    if language in FORMS_BELOW_A_MILLION:
        forms = FORMS_BELOW_A_MILLION[language]
        new._num_plurals = int(forms[9])
        new._plural_expr = forms.partition("plural=")[2].removesuffix(";")
    new.header_comment = old.header_comment if path.exists() else new.header_comment
    kept = {_key(message): message for message in old if message.id and any(_strings(message))}
    gone = [key for key in kept if template.get(key[1], context=key[0]) is None]
    for message in template:
        if not message.id:
            continue
        flags = set(message.flags)
        translated = kept.get(_key(message))
        if translated is None and (alike := _find_alike(message, gone)) is not None:
            translated = kept[alike]
            flags.add("fuzzy")
        elif translated is not None and translated.fuzzy:
            flags.add("fuzzy")
        string = translated.string if translated is not None else None
        new.add(
            message.id,
            string,
            message.locations,
            flags,
            message.auto_comments,
            translated.user_comments if translated is not None else (),
            context=message.context,
        )
    return new


_Key = tuple[str | None, str]
"""A text's context and its English singular."""


def _find_alike(message: Message, gone: list[_Key]) -> _Key | None:
    same_context = [key for key in gone if key[0] == message.context]
    found = process.extractOne(
        _english(message), [key[1] for key in same_context], scorer=fuzz.ratio, score_cutoff=ALIKE
    )
    return same_context[found[2]] if found else None


def write(catalogue: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # Dates would make each run differ; lines of the code move with every change.
        write_po(file, catalogue, width=100, omit_header=False, include_lineno=False)
    kept = [
        line
        for line in path.read_text("utf-8").splitlines(keepends=True)
        if not re.match(r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Generated-By)', line)
    ]
    path.write_text("".join(kept), "utf-8")


def problems(language: str, template: Catalog) -> Iterator[str]:
    """Return what is missing or broken in the catalogue of a language, one line each."""
    path = catalogues.FOLDER / language / "LC_MESSAGES" / f"{catalogues.DOMAIN}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    yield from problems_of(catalogue, template)


def problems_of(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Return what is missing or broken in a catalogue, one line each."""
    language = str(catalogue.locale)
    for message in template:
        if not message.id:
            continue
        translated = catalogue.get(message.id, context=message.context)
        for problem in _problems_of(message, translated, catalogue.num_plurals):
            yield f"{language}: {_english(message)!r}: {problem}"
        for path in _commands_outside_code(_english(message)):
            # Within code, the program puts in the name by itself.
            name = localise(f"`/{path}`", partial(_lookup, catalogue)).strip("`")
            if translated is not None and not all(name in each for each in _strings(translated)):
                yield f"{language}: {_english(message)!r}: the command is called {name}"
    yield from (f"{language}: {line}" for line in _command_problems(catalogue))
    known = {_key(message) for message in template}
    for message in catalogue:
        if message.id and _key(message) not in known:
            yield f"{language}: {_english(message)!r}: no longer used; run `make translations`"


def _commands_outside_code(text: str) -> Iterator[str]:
    """Yield the commands that a text names without backticks, such as `privacy export`."""
    for match in _BARE_COMMAND.finditer(text):
        words = match[1].split(" ")
        paths = (" ".join(words[:count]) for count in range(len(words), 0, -1))
        longest = next((path for path in paths if path in _command_paths()), None)
        if longest is not None:
            yield longest


@cache
def _command_paths() -> frozenset[str]:
    return frozenset(
        text.context.removeprefix(name_context(""))
        for text in _command_texts()
        if text.kind is TextKind.NAME and text.context.startswith(name_context(""))
    )


def _lookup(catalogue: Catalog, context: str, name: str) -> str:
    message = catalogue.get(name, context=context)
    return str(message.string) if message is not None and message.string else name


def _problems_of(message: Message, translated: Message | None, forms: int) -> Iterator[str]:
    if translated is None or not all(_strings(translated)):
        yield "missing"
        return
    if translated.fuzzy:
        yield "fuzzy: the English has changed"
    strings = _strings(translated)
    if message.pluralizable and len(strings) != forms:
        yield f"{len(strings)} plural forms instead of {forms}"
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    # English may name who is meant in one form only, as in "If {name} doesn't" and "If they don't".
    allowed = set.union(*map(_placeholders, sources))
    needed = set.intersection(*map(_placeholders, sources))
    for string in strings:
        try:
            found = _placeholders(string)
        except ValueError as error:
            yield f"not a format: {error}"
            continue
        # A form for one thing may have no number: "one seat", "a day".
        missing = needed - found - ({"count"} if message.pluralizable else set())
        if found - allowed or missing:
            yield f"placeholders {sorted(found)} instead of {sorted(allowed)}"
        if not any(_same_markup(source, string) for source in sources):
            yield "other commands, bold text, code or line breaks than in English"
        if string[:1].isspace() != sources[-1][:1].isspace():
            yield "another space at the start"


def _placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}


def _same_markup(source: str, string: str) -> bool:
    return Counter(_MARKUP.findall(source)) == Counter(_MARKUP.findall(string)) and Counter(
        _COMMAND.findall(source)
    ) == Counter(_COMMAND.findall(string))


def _command_problems(catalogue: Catalog) -> Iterator[str]:
    """Check Discord's limits of the names and descriptions of commands."""
    names: Counter[tuple[str, str]] = Counter()
    for text in _command_texts():
        message = catalogue.get(text.text, context=text.context)
        string = message.string if message is not None else ""
        if not isinstance(string, str) or not string:
            continue
        if not text.kind.allows(string):
            yield f"{text.context} {text.text!r}: Discord doesn't allow {string!r}"
        if text.scope:
            names[text.scope, string] += 1
    for (scope, string), count in names.items():
        if count > 1:
            yield f"{string!r} is used {count} times in {scope}"


def _key(message: Message) -> _Key:
    return message.context, _english(message)


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def languages() -> list[str]:
    """Return the names of the folders of `wording/locales`: `ar`, `de`, … `pt_BR`."""
    return [path.parent.parent.name for path in catalogues.files()]


def main(arguments: Iterable[str]) -> int:
    template = collect()
    write(template, TEMPLATE)
    print(f"{len(template)} texts in {TEMPLATE.relative_to(ROOT)}")
    count = 0
    for language in sorted({*languages(), *(each.replace("-", "_") for each in arguments)}):
        Locale.parse(language)
        path = catalogues.FOLDER / language / "LC_MESSAGES" / f"{catalogues.DOMAIN}.po"
        write(update(template, language), path)
        found = list(problems(language, template))
        print(*found, sep="\n", end="\n" if found else "")
        print(f"{language}: {len(found)} missing or broken")
        count += len(found)
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Texts in every script that pictures meet."""

from __future__ import annotations

LANGUAGES = {
    "en": "Left: your time · Right: Oliver's time (London)",
    "de": "Zeit von Jörg (Zürich) · außer für Gäste",
    "es": "Izquierda: tu hora · ¿Mañana a las 9? ¡Sí!",
    "fr": "À gauche : votre heure — déjà réservé, 1\u202f200 · œuvre",
    "pt-BR": "Horário de João (São Paulo) · não disponível",
    "it": "Più tardi, perché è già prenotato · ventitré",
    "ja": "左：あなたの時間・右：田中さんの時間（東京）、予約済み。「空き」〜ー",
    "ar": "اليمين: توقيتك · اليسار: توقيت \u2068Oliver\u2069 (لندن)، ٪50 ؟ لا إجازة",
}
"""A line in each of the eight languages, with its own punctuation."""

NAMES = (
    "김민수",
    "王小红",
    "陳東",
    "עמית כהן",
    "สมชาย ใจดี",
    "अमित कुमार",
    "Дмитрий",
    "Ελένη",
    "Nguyễn Thị",
    "Łukasz",
    "محمد عبد الله",
    "گلناز پژمان",
    "გიორგი",
    "Արամ",
)
"""Names in other scripts."""

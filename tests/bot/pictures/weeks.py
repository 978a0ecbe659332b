"""Weeks to draw."""

from __future__ import annotations

from bot.pictures.week_image import Block, BlockKind, WeekImage

LABELS = (
    (BlockKind.OPEN, "Open"),
    (BlockKind.BOOKED, "Booked"),
    (BlockKind.BUSY, "Busy"),
    (BlockKind.OFF, "Time off"),
)


def week_image(note: str = "Your time (London)") -> WeekImage:
    """Return a week with blocks of every kind. Another note makes it another picture."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return WeekImage(
        days=tuple((name, str(2 + at)) for at, name in enumerate(names)),
        blocks=(
            Block(0, 1_080, 1_290, BlockKind.OPEN),
            Block(0, 1_110, 1_170, BlockKind.BOOKED),
            Block(1, 540, 1_320, BlockKind.OFF),
            Block(2, 600, 660, BlockKind.BUSY),
        ),
        first=540,
        last=1_320,
        axis=tuple((60 * hour, f"{hour:02}:00") for hour in range(10, 23, 2)),
        second_axis=tuple((60 * hour, f"{hour - 9}:30 AM") for hour in range(10, 23, 2)),
        legend=LABELS,
        notes=(note,),
    )

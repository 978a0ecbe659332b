"""Charts to draw, one of each kind."""

from __future__ import annotations

from bot.pictures.chart_image import BarChart, ChartImage, ColumnChart, HeatMap, LineChart, Series

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")


def column_chart(title: str = "Sessions by month") -> ColumnChart:
    """Return a chart with three series. Another title makes it another picture."""
    return ColumnChart(
        title,
        (
            Series("Took place", (3, 5, 8, 9, 12, 14)),
            Series("No-show", (0, 1, 0, 2, 1, 1)),
            Series("Cancelled", (1, None, 2, 2, 3, 2)),
        ),
        tuple(enumerate(MONTHS)),
        ((0, "0"), (5, "5"), (10, "10"), (15, "15")),
    )


def line_chart() -> LineChart:
    values = (None, 4.2, 4.5, None, 4.8, 5.0)
    scale = tuple((star, str(star)) for star in range(1, 6))
    return LineChart("Rating", (Series("Rating", values),), tuple(enumerate(MONTHS)), scale, 1, 5)


def bar_chart(*labels: str) -> BarChart:
    labels = labels or ("python", "rust")
    return BarChart(
        "Demand",
        labels,
        (
            Series(
                "Searches that found nobody",
                tuple(range(1, len(labels) + 1)),
                tuple(str(number + 1) for number in range(len(labels))),
            ),
            Series("Open requests", (None,) * len(labels), ("",) * len(labels)),
        ),
    )


def heat_map(share: float | None = 0.5) -> HeatMap:
    columns = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    cells = tuple(tuple(share if row > 2 else None for row in range(10)) for _ in columns)
    rows = tuple((row, f"{row + 9}:00") for row in range(0, 10, 3))
    return HeatMap("Fill", columns, rows, cells, ("0%", "100% booked"), "Not offered")


def every_kind() -> list[ChartImage]:
    return [column_chart(), line_chart(), bar_chart(), heat_map()]

"""Bars as an SVG picture: groups of a title and bars, each as long as its share of the longest of its group."""

import html

WIDTH, NAME_WIDTH, VALUE_WIDTH = 720, 90, 110
BAR, GAP, TITLE = 18, 4, 30
COLOURS = {"wxuser": "#1565c0"}
OTHERS = "#90a4ae"


def text(x, y, what, anchor="start", weight="normal"):
    return (f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">'
            f'{html.escape(what)}</text>')


def group(y, title, bars):
    """Elements, and where the next group begins. bars: (name, value, label)."""
    longest = max(value for _, value, _ in bars)
    room = WIDTH - NAME_WIDTH - VALUE_WIDTH
    elements = [text(0, y + TITLE - 10, title, weight="bold")]
    y += TITLE
    for name, value, label in bars:
        width = max(1, round(room * value / longest))
        elements += [text(NAME_WIDTH - 8, y + BAR - 5, name, "end"),
                     f'<rect x="{NAME_WIDTH}" y="{y}" width="{width}" height="{BAR}" '
                     f'fill="{COLOURS.get(name, OTHERS)}"/>',
                     text(NAME_WIDTH + width + 6, y + BAR - 5, label)]
        y += BAR + GAP
    return elements, y


def draw(groups):
    """groups: (title, bars)."""
    elements, y = [], 0
    for title, bars in groups:
        more, y = group(y, title, bars)
        elements += more
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + GAP}" font-family="sans-serif" '
            'font-size="13">\n' + "\n".join(elements) + "\n</svg>\n")

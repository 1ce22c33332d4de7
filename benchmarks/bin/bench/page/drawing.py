"""What the figures of the benchmarks share: sizes, marks, rows of a dot plot, legends."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, DOTS = 10.5, 130  # inches, dots per inch
RULE = "#E5E5E5"
MARKERS = "osD^vP*"
LESS = "\n(smaller is better)"


def save(figure: Figure, path: Path) -> None:
    """Write a figure, without the version of the library, so that it changes with its tables alone."""
    figure.savefig(path, dpi=DOTS, metadata={"Software": None})


def name_rows(axes: Axes, names: Sequence[str], title: str) -> None:
    """Name the rows of a dot plot, first on top."""
    axes.set_title(title)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", color=RULE, zorder=0)


def add_legend(figure: Figure, axes: Axes, *more: tuple) -> None:
    """Name the marks of one panel below the figure, and further handles with their labels."""
    handles, labels = axes.get_legend_handles_labels()
    for handle, label in more:
        handles.append(handle)
        labels.append(label)
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 7))


def offset(place: int, number: int) -> float:
    """Return how far a method's mark lies from the middle of its row."""
    return 0.7 * ((place + 0.5) / number - 0.5)

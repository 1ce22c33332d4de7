"""Samples in the order of the samplesheet: MultiQC itself sorts by name.

MultiQC calls `in_order` by the entry point beside this package, when it has read all parts of the report.
"""

import json
from pathlib import Path

from multiqc import report
from multiqc.plots.bargraph import BarPlot

IN_ORDER = "inputs_samples_in_order.json"  # a list of the samples' names, somewhere below the current folder


def in_order() -> None:
    """Put the sections, rows and bars of samples in order."""
    found = sorted(Path().rglob(IN_ORDER))
    names = json.loads(found[0].read_text(encoding="utf-8")) if found else []
    place = {name: number for number, name in enumerate(names)}
    for module in report.modules:
        _sort_sections(module.sections, place)
    for key, rows in report.general_stats_data.items():
        report.general_stats_data[key] = dict(sorted(rows.items(), key=lambda row: place.get(str(row[0]), -1)))
    for plot in report.plot_by_id.values():
        if isinstance(plot, BarPlot):
            _sort_bars(plot, place)


def _sort_sections(sections: list, place: dict[str, int]) -> None:
    """Put the samples' sections of a chapter in order; other sections stay where they are."""
    where = [number for number, section in enumerate(sections) if section.name in place]
    own = sorted((sections[number] for number in where), key=lambda section: place[section.name])
    for number, section in zip(where, own, strict=True):
        sections[number] = section


def _sort_bars(plot: BarPlot, place: dict[str, int]) -> None:
    """Put the bars of samples in order; plotly draws the last one on top."""
    for dataset in plot.datasets:
        order = sorted(range(len(dataset.samples)), key=lambda bar: -place.get(dataset.samples[bar], -1))
        dataset.samples = [dataset.samples[bar] for bar in order]
        for category in dataset.cats:
            category.data = [category.data[bar] for bar in order]
            category.data_pct = [category.data_pct[bar] for bar in order] if category.data_pct else []

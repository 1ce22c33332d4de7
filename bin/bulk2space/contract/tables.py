"""The tables that pass between steps and that users open: columns, types, units and number of digits.

A table is written and read through its :class:`Table` alone, so that its columns are what is written here.
"""

import csv
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd
from pandas.api.types import is_integer_dtype

from .own_files import damaged, reading
from .problems import InputError
from .whole_files import whole

TEXT, INTEGER, NUMBER = "text", "integer", "number"
FRACTION = "0 to 1"


class Column(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    name
        Its header.
    kind
        ``text``, ``integer`` or ``number``.
    unit
        Unit or range of its values; empty for names.
    meaning
        What it holds.
    """

    name: str
    kind: str
    unit: str
    meaning: str


class Table(NamedTuple):
    """A table: one line per what `rows` says.

    Attributes
    ----------
    name
        What its file is called, or how the file's name ends.
    rows
        What one row is about.
    columns
        Its columns, in order.
    digits
        How numbers are written, as a format.
    """

    name: str
    rows: str
    columns: tuple[Column, ...]
    digits: str

    @property
    def header(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def write(self, frame: pd.DataFrame, path: Path) -> None:
        """Write a table that has these columns, in any order.

        Raises
        ------
        ValueError
            If a column is missing or is not one of the table's.
        """
        if set(frame.columns) != set(self.header):
            raise ValueError(f"{self.name} has the columns {self.header}, not {list(frame.columns)}")
        with whole(path) as partial:
            frame[self.header].to_csv(partial, index=False, float_format=self.digits, quoting=self._quoting(frame))

    def _quoting(self, frame: pd.DataFrame) -> Literal[0, 2]:
        """Return which cells are put in quotes: all names, where one has a carriage return, else those that need it.

        Python's csv puts a line feed in quotes, but no carriage return, at which readers end the row.
        """
        names = (frame[column.name].unique() for column in self.columns if column.kind == TEXT)
        has_return = any("\r" in str(name) for of_column in names for name in of_column)
        return csv.QUOTE_NONNUMERIC if has_return else csv.QUOTE_MINIMAL

    def read(self, path: Path) -> pd.DataFrame:
        """Read the table as an earlier step wrote it; as :meth:`parsed`.

        Raises
        ------
        InputError
            If the file was damaged since.
        """
        with reading(path):
            frame = self.parsed(path)
        if not path.read_bytes().endswith(b"\n"):
            raise InputError(damaged(path, "its last line has no end"))
        return frame

    def parsed(self, path: Path) -> pd.DataFrame:
        """Read such a table of whatever origin: text stays text, whatever it looks like, and a number is a float, also
        where all are whole; an empty number is NaN.

        Raises
        ------
        ValueError
            If a column is missing.
        """
        text = {column.name: str for column in self.columns if column.kind == TEXT}
        empty = {column.name: [""] for column in self.columns if column.kind != TEXT}
        frame = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=empty)
        missing = [name for name in self.header if name not in frame]
        if missing:
            raise ValueError(f"{path.name} lacks the columns {missing} of {self.name}")
        numbers = [column.name for column in self.columns if column.kind == NUMBER]
        return frame.astype({name: float for name in numbers if is_integer_dtype(frame[name])})

    def read_all(self, folder: Path) -> pd.DataFrame:
        """Read the tables of all samples in a folder, ``<sample>.<name>``, by name, as one."""
        return pd.concat([self.read(path) for path in sorted(folder.glob(f"*.{self.name}"))], ignore_index=True)


_SAMPLE = Column("sample", TEXT, "", "the sample")
_CELL_TYPE = Column("cell_type", TEXT, "", "cell type of the reference")
_PROPORTION = Column("proportion", NUMBER, FRACTION, "proportion of the cells; sums to 1 over the types")
_LOW = Column("ci_low", NUMBER, FRACTION, "lower end of the proportion's 95 % interval")
_HIGH = Column("ci_high", NUMBER, FRACTION, "upper end of the proportion's 95 % interval")
_RNA = Column("rna_fraction", NUMBER, FRACTION, "proportion of the mRNA; sums to 1 over the types")
_RESIDUAL = Column("residual", NUMBER, "multiples of the counts' noise", "distance of the measurement from its fit")
_P = Column("p", NUMBER, FRACTION, "p value")
_P_ADJUSTED = Column("p_adjusted", NUMBER, FRACTION, "p value, adjusted by Benjamini and Hochberg")

MARKERS = Table(
    "markers.csv",
    "gene and cell type",
    (
        _CELL_TYPE,
        Column("gene", TEXT, "", "gene"),
        Column("rank", INTEGER, "1 = best", "place of the gene among the markers of the type"),
        Column("score", NUMBER, "standard deviations", "z of Wilcoxon's rank-sum test, type against the other cells"),
        Column("log2fc", NUMBER, "log2", "log2 of the ratio of mean expression, type over the other cells"),
        Column("pvalue_adj", NUMBER, FRACTION, "p value, adjusted by Benjamini and Hochberg"),
    ),
    "%.6g",
)
TRAINING = Table(
    "training.csv",
    "epoch",
    (
        Column("epoch", INTEGER, "", "number of the epoch, from 1"),
        Column("train_loss", NUMBER, "nats per cell", "loss of the cells trained on"),
        Column("validation_loss", NUMBER, "nats per cell", "loss of the held-out cells; empty where none are held out"),
        Column("reconstruction", NUMBER, "nats per cell", "reconstruction term of the training loss"),
        Column("kl", NUMBER, "nats per cell", "Kullback–Leibler divergence, before it is multiplied by beta"),
        Column("seconds", NUMBER, "s", "time that the epoch took"),
    ),
    "%.6g",
)
ESTIMATES = Table(
    "estimates.csv",
    "column of the bulk and cell type",
    (_SAMPLE._replace(meaning="column of the bulk"), _CELL_TYPE, _PROPORTION, _LOW, _HIGH, _RNA, _RESIDUAL),
    "%.8g",
)
PROPORTIONS = Table(
    "proportions.csv",
    "cell type",
    (
        _SAMPLE,
        _CELL_TYPE,
        _PROPORTION,
        _LOW,
        _HIGH,
        _RNA,
        Column("n_cells", INTEGER, "cells", "number of cells generated"),
    ),
    "%.8g",
)
SPOTS = Table(
    "spots.csv",
    "spot and cell type; empty spots with 0",
    (
        _SAMPLE,
        Column("spot", TEXT, "", "name of the spot in the section"),
        Column("x", NUMBER, "the section's coordinate unit", "centre of the spot"),
        Column("y", NUMBER, "the section's coordinate unit, downwards", "centre of the spot"),
        _CELL_TYPE,
        _PROPORTION,
        _RNA,
        Column("n_cells", INTEGER, "cells", "number of cells placed"),
        _RESIDUAL,
        Column("confidence", NUMBER, FRACTION, "expected proportion of the spot's cells that are right; empty without"),
    ),
    "%.8g",
)
HELD_OUT_GENES = Table(
    "genes.csv",
    "gene of the panel and scheme",
    (
        Column("gene", TEXT, "", "gene that was held out"),
        Column("scheme", TEXT, "", "`leave_one_out` or `five_fold`"),
        Column("pcc", NUMBER, "-1 to 1", "Pearson correlation of prediction and measurement over the imaged cells"),
        Column("shuffled_pcc", NUMBER, "-1 to 1", "the same with the predictions dealt to the cells at random"),
    ),
    "%.6f",
)
VERDICT = Table(
    "verdict.csv",
    "input and cell type; first the input as a whole",
    (
        _SAMPLE,
        Column("input", TEXT, "", "`bulk` or `section`"),
        Column("cell_type", TEXT, "", "cell type of the reference; empty for the input as a whole"),
        Column("verdict", TEXT, "", "`good`, `doubtful` or `poor`; empty for types of less than 2 %"),
        Column("rna_fraction", NUMBER, FRACTION, "proportion of the mRNA that the fit gives to the type"),
        Column("agreement", NUMBER, "up to 1", "of fit and measurement, as a whole"),
        Column("correlation", NUMBER, "-1 to 1", "of log2 fit and log2 measurement over the marker genes"),
        Column("own_markers", INTEGER, "genes", "markers that the type supplies by more than half"),
        Column("missing", NUMBER, FRACTION, "proportion of them that are measured below a tenth of the fit"),
        Column("log2_ratio", NUMBER, "log2", "their median measurement over fit"),
        Column("spread", NUMBER, "log2", "median distance from that median"),
        Column("coherence", NUMBER, FRACTION, "of a section: proportion of markers that stand with their own type's"),
        Column(
            "unknown", NUMBER, FRACTION, "of the whole: proportion of the mRNA that no type of the reference explains"
        ),
        Column("proportion", NUMBER, FRACTION, "of the input's cells; of a section from the sum of its spots or cells"),
        _LOW,
        _HIGH,
        Column("contradiction", NUMBER, FRACTION, "how far the interval of bulk minus section lies from 0"),
    ),
    "%.6g",
)
COMPARISONS = Table(
    "comparisons.csv",
    "level, term and cell type, of expression also gene",
    (
        Column("level", TEXT, "", "`proportion` or `expression`"),
        _CELL_TYPE,
        Column("gene", TEXT, "", "gene; empty for proportions"),
        Column(
            "term", TEXT, "", "what is tested: `condition[<word>]`, `covariate_<name>[<word>]` or `covariate_<name>`"
        ),
        Column("against", TEXT, "", "the word that the term's word is compared with; empty where it is a number"),
        Column(
            "follows",
            TEXT,
            "",
            "of expression: cell type whose share the gene's change follows clearly; empty where none is told",
        ),
        Column("samples", INTEGER, "samples", "number of samples in the model"),
        Column("effect", NUMBER, "log2 fold change", "between the two words, or per unit of a number"),
        Column("ci_low", NUMBER, "log2 fold change", "lower end of the effect's 95 % interval"),
        Column("ci_high", NUMBER, "log2 fold change", "upper end of the effect's 95 % interval"),
        _P,
        Column("p_adjusted", NUMBER, FRACTION, "p value, adjusted by Benjamini and Hochberg; see `follows`"),
    ),
    "%.6g",
)
COHORT_SAMPLES = Table(
    "samples.csv",
    "sample of the cohort",
    (
        _SAMPLE,
        Column("left_out", TEXT, "", "why the sample takes no part in tests; empty where it does"),
        Column("pc1", NUMBER, "log2", "first principal component of the composition (centred log-ratios)"),
        Column("pc2", NUMBER, "log2", "second principal component"),
        Column("distance", NUMBER, "robust standard deviations", "from the middle of the cohort in both components"),
        Column("apart", INTEGER, "0 or 1", "1 where the distance is larger than chance makes it"),
    ),
    "%.6g",
)
SPATIAL_GENES = Table(
    "genes_in_space.csv",
    "measured gene, the most patterned first",
    (
        Column("gene", TEXT, "", "gene"),
        Column("morans_i", NUMBER, "up to 1", "Moran's I of its log expression: 1 where neighbours are equal"),
        _P._replace(meaning="p value of an I of at least this size without any pattern"),
        _P_ADJUSTED,
    ),
    "%.6g",
)
TYPE_PAIRS = Table(
    "type_pairs.csv",
    "pair of cell types, and each type beside itself; the clearest first",
    (
        _CELL_TYPE,
        Column("other", TEXT, "", "the other type"),
        Column("around", NUMBER, FRACTION, "mean proportion of the other type around cells of this type"),
        Column("everywhere", NUMBER, FRACTION, "mean proportion of the other type in the section"),
        Column("correlation", NUMBER, "-1 to 1", "of the maps of both types; of a type beside itself Moran's I"),
        _P,
        _P_ADJUSTED,
        Column("finding", TEXT, "", "`together` or `apart` where the adjusted p is below 0.05; else empty"),
    ),
    "%.6g",
)
REGIONS = Table(
    "regions.csv",
    "level, region and cell type or gene",
    (
        Column("level", TEXT, "", "`proportion` or `expression`"),
        Column("region", TEXT, "", "region of the section"),
        Column("name", TEXT, "", "cell type, or gene"),
        Column("inside", NUMBER, "0 to 1, or log values of the section", "mean over the places of the region"),
        Column("outside", NUMBER, "0 to 1, or log values of the section", "mean over the places of other regions"),
        Column("correlation", NUMBER, "-1 to 1", "of the value with being inside, over the places"),
        _P,
        _P_ADJUSTED,
    ),
    "%.6g",
)
TABLES = (
    MARKERS, TRAINING, ESTIMATES, PROPORTIONS, SPOTS, HELD_OUT_GENES, VERDICT, COMPARISONS, COHORT_SAMPLES,
    SPATIAL_GENES, TYPE_PAIRS, REGIONS,
)  # fmt: skip


def of_column(estimates: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows of estimates.csv that are about one column of the bulk.

    Raises
    ------
    InputError
        If there are none.
    """
    rows = estimates[estimates["sample"] == column]
    if rows.empty:
        raise InputError(f"the estimates of the bulk have no sample {column}, check the bulk column's name")
    return rows.reset_index(drop=True)

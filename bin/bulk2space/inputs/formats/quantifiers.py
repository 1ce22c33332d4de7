"""Files of programs that quantify the reads of one sample: a row per gene or transcript, a column per quantity.

A file holds one sample in several units. All of them are kept, each as a layer named after its unit; the door takes
the unit that the user states, else the first one here.
"""

import dataclasses
import logging
import re
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError
from ...contract.table_lines import Opened
from ...contract.whole_lines import parsed
from ..no_expression.annotation import left_out

log = logging.getLogger(__name__)

ENDINGS = re.compile(r"(\.(csv|tsv|txt|tab|gct|sf|results|counts?|gz|out|genes|isoforms))+$", re.IGNORECASE)
GENCODE = re.compile(r"ENS\w*T\d+[^|]*\|(?P<gene_id>ENS[^|]*)\|(?:[^|]*\|){3}(?P<gene_name>[^|]*)\|.*")
"""Names of transcripts in GENCODE's own sequences, which name the gene too."""


@dataclasses.dataclass(frozen=True)
class Quantifier:
    """The columns of a program's file.

    Attributes
    ----------
    name
        The program.
    genes
        Columns of gene names, the first of which becomes the index.
    units
        Column of each unit, the one to take first.
    also
        Further columns, by which the file is recognised.
    status
        Column that tells of each gene whether it was measured; none where it is empty.
    unmeasured
        What stands there for a gene that was not, though its value is 0.
    """

    name: str
    genes: tuple[str, ...]
    units: dict[str, str]
    also: tuple[str, ...] = ()
    status: str = ""
    unmeasured: tuple[str, ...] = ()

    def fits(self, header: list[str]) -> bool:
        """Tell whether a table has all the columns; it may have others."""
        return self.columns <= set(header)

    @property
    def columns(self) -> set[str]:
        """All columns that the program writes."""
        return {*self.genes, *self.units.values(), *self.also}

    def read(self, table: Opened, path: Path) -> ad.AnnData:
        """Read the file: 1 sample × genes, ``X`` and a layer for each unit.

        Raises
        ------
        InputError
            If a value is no number.
        """
        rows = parsed(list(table.rows), table.mark, path, dtype=str, na_filter=False)
        rows = rows.set_axis(table.header[: rows.shape[1]], axis=1).reindex(columns=table.header)
        rows = self._measured(rows, path)
        names = _gene_names(rows, self.genes)
        layers = {unit: _values(rows, column, path, names.index) for unit, column in self.units.items()}
        unit, column = next(iter(self.units.items()))
        remarks.note(
            log,
            "quantified_sample",
            f"{path.name}: is a file of {self.name}; its column {column} is read as one sample{self._others()}",
            program=self.name,
            column=column,
        )
        others = [name for name in table.header if name and name not in self.columns]
        if others:
            left_out(path.name, others)
        obs = pd.DataFrame(index=[ENDINGS.sub("", path.name)])
        uns = {Uns.MATRIX: f"{self.name}, {column}", Uns.UNIT: unit}
        return ad.AnnData(layers[unit], obs=obs, var=names, uns=uns, layers=layers)

    def _measured(self, rows: pd.DataFrame, path: Path) -> pd.DataFrame:
        """Leave out genes that the program could not measure: their values of 0 say nothing."""
        if not self.status:
            return rows
        unmeasured = rows[self.status].str.strip().isin(self.unmeasured).to_numpy()
        if unmeasured.any():
            remarks.warn(
                log,
                "unmeasured_genes_left_out",
                f"{path.name}: {unmeasured.sum()} of its {len(rows)} genes are {' or '.join(self.unmeasured)} in "
                f"{self.status}: {self.name} could not measure them, often because of very many reads; "
                f"they are left out",
                left_out=int(unmeasured.sum()),
                genes=len(rows),
            )
        return rows[~unmeasured]

    def _others(self) -> str:
        """Return how to get the other quantities, in brackets; nothing where there is one alone."""
        ways = [f"{column} with --bulk_units {unit}" for unit, column in list(self.units.items())[1:]]
        return f" (or {', '.join(ways)})" if ways else ""


PROGRAMS = (
    Quantifier("kallisto", ("target_id",), {"tpm": "tpm", "counts": "est_counts"}, ("length", "eff_length")),
    Quantifier("salmon", ("Name",), {"tpm": "TPM", "counts": "NumReads"}, ("Length", "EffectiveLength")),
    Quantifier(
        "RSEM",
        ("gene_id", "transcript_id(s)"),
        {"tpm": "TPM", "counts": "expected_count", "fpkm": "FPKM"},
        ("length", "effective_length"),
    ),
    Quantifier(
        "RSEM",
        ("gene_id", "transcript_id"),
        {"tpm": "TPM", "counts": "expected_count", "fpkm": "FPKM"},
        ("length", "effective_length", "IsoPct"),
    ),
    Quantifier(
        "GDC's STAR workflow",
        ("gene_id", "gene_name"),
        {"tpm": "tpm_unstranded", "counts": "unstranded", "fpkm": "fpkm_unstranded"},
        ("gene_type", "stranded_first", "stranded_second", "fpkm_uq_unstranded"),
    ),
    Quantifier(
        "GDC's STAR workflow",
        ("gene_id", "gene_name"),
        {"counts": "unstranded"},
        ("gene_type", "stranded_first", "stranded_second"),
    ),
    Quantifier(
        "StringTie",
        ("Gene ID", "Gene Name"),
        {"tpm": "TPM", "fpkm": "FPKM"},
        ("Reference", "Strand", "Start", "End", "Coverage"),
    ),
    Quantifier(
        "Cufflinks",
        ("tracking_id", "gene_short_name"),
        {"fpkm": "FPKM"},
        (
            "class_code",
            "nearest_ref_id",
            "gene_id",
            "tss_id",
            "locus",
            "length",
            "coverage",
            "FPKM_conf_lo",
            "FPKM_conf_hi",
            "FPKM_status",
        ),
        status="FPKM_status",
        unmeasured=("HIDATA", "FAIL"),
    ),
)


def recognise(header: list[str]) -> Quantifier | None:
    """Return the program that writes files with this header; None where it is none of these."""
    return next((program for program in PROGRAMS if program.fits(header)), None)


def _gene_names(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the names of the genes, also those in GENCODE's names of transcripts."""
    first = rows[columns[0]].str.strip()
    of_gencode = first.str.extract(GENCODE)
    if of_gencode["gene_id"].notna().mean() > 0.5:
        names = of_gencode["gene_id"].fillna(first)
        return pd.DataFrame({"gene_name": of_gencode["gene_name"].fillna(first).to_numpy()}, index=names.to_numpy())
    return pd.DataFrame({name: rows[name].to_numpy() for name in columns[1:]}, index=first.to_numpy())


def _values(rows: pd.DataFrame, column: str, path: Path, names: pd.Index) -> sp.csr_matrix:
    """Return a column as 1 × genes; the program's own counters of reads (``N_unmapped``) have cells without a value."""
    values = pd.to_numeric(rows[column].replace("", np.nan), errors="coerce").to_numpy(dtype=np.float32)
    bad = np.isnan(values) & (rows[column].str.strip() != "").to_numpy()
    if bad.any():
        place = int(np.argmax(bad))
        raise InputError(
            f"{path.name}: the value of '{names[place]}' in '{column}' is '{rows[column].iloc[place]}', which is not a "
            f"number; correct it"
        )
    return sp.csr_matrix(values[None, :])

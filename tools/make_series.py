#!/usr/bin/env python3
"""Make a cohort in the form of GEO: a series matrix of 77 bulk samples, and a reference of single cells.

The samples are sums of annotated PBMCs (those of the demo). The more severe a patient's disease, the fewer T cells are
in the sum; nothing else differs.

    python tools/make_series.py cohort
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
from make_demo import annotated_counts, measure, split_halves, summed

SERIES, SAMPLES = "GSE900077", 77
CELLS = 1000  # of a sample
FALLS, PER_POINT = "T cell", -0.12  # log2 fold change of its proportion per point of severity
MOST_SEVERE = 10
SPREAD = 40.0  # concentration of the Dirichlet distribution of compositions
COMPOSITION = {
    "T cell": 0.45, "CD14+ monocyte": 0.2, "B cell": 0.12, "NK cell": 0.1, "Dendritic cell": 0.1,
    "CD34+ progenitor": 0.03,
}  # fmt: skip


def patients(rng: np.random.Generator) -> pd.DataFrame:
    """Return what the series says of each sample: severity, sex and plate."""
    return pd.DataFrame(
        {
            "severity": rng.uniform(0, MOST_SEVERE, SAMPLES).round(1),
            "Sex": rng.choice(["female", "male"], SAMPLES),
            "plate": rng.choice(["plate 1", "plate 2", "plate 3"], SAMPLES),
        },
        index=[f"GSM{9_000_001 + number}" for number in range(SAMPLES)],
    )


def expression(severity: np.ndarray, pool, rng: np.random.Generator) -> pd.DataFrame:
    """Return counts, genes × samples, of which the T cells fall with severity."""
    types = pool.obs["cell_type"].to_numpy(dtype=str)
    rows, samples = [], []
    for number, points in enumerate(severity):
        parts = np.array(list(COMPOSITION.values())) * [
            2 ** (PER_POINT * points * (name == FALLS)) for name in COMPOSITION
        ]
        cells = rng.multinomial(CELLS, rng.dirichlet(SPREAD * parts / parts.sum()))
        for name, wanted in zip(COMPOSITION, cells, strict=True):
            rows.append(rng.choice(np.flatnonzero(types == name), wanted))
            samples.append(np.full(wanted, number))
    counts = summed(np.concatenate(rows), np.concatenate(samples), len(severity), pool)
    counts = measure(counts, depth=0.8, gene_sigma=0.2, rng=rng)
    return pd.DataFrame(counts.toarray().T.astype(int), index=pool.var_names)


def write_series(about: pd.DataFrame, counts: pd.DataFrame, path: Path) -> None:
    """Write a series matrix: lines on the series and its samples, then the table."""
    lines = [["!Series_title", f"Blood of {SAMPLES} patients (simulated)"], ["!Series_geo_accession", SERIES], []]
    lines.append(["!Sample_title", *(f"patient {number}" for number in range(1, SAMPLES + 1))])
    lines.append(["!Sample_geo_accession", *about.index])
    lines += [["!Sample_characteristics_ch1", *(f"{name}: {value}" for value in about[name])] for name in about]
    text = ["\t".join([line[0], *(f'"{cell}"' for cell in line[1:])]) if line else "" for line in lines]
    text += ["!series_matrix_table_begin", "\t".join(f'"{name}"' for name in ["ID_REF", *about.index])]
    text += [
        "\t".join([f'"{gene}"', *map(str, row)]) for gene, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    text.append("!series_matrix_table_end")
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(("\n".join(text) + "\n").encode())


def main() -> None:
    """Write both files, and how they were made, into one folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(77)
    reference, pool = split_halves(annotated_counts(), rng)
    reference.write_h5ad(folder / "reference.h5ad", compression="gzip")
    about = patients(rng)
    write_series(about, expression(about["severity"].to_numpy(), pool, rng), folder / f"{SERIES}_series_matrix.txt.gz")
    truth = {"samples": SAMPLES, "most_severe": MOST_SEVERE, "falls": FALLS, "log2_per_point": PER_POINT}
    (folder / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""A samplesheet of many rows: columns of one bulk, each with one of some references, the first with a section each."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd


def write(demo: Path, folder: Path, rows: int, references: int, sections: int) -> Path:
    """Write the inputs beside each other; return the samplesheet.

    Parameters
    ----------
    demo
        Folder of the demo's inputs. Its bulk gives the columns, its reference and its section are copied.
    folder
        Where to write to.
    rows
        Rows of the samplesheet.
    references, sections
        Number of references, which the rows take in turn, and of sections, one for each of the first rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bulk = pd.read_csv(demo / "bulk.csv", index_col=0)
    columns = [f"bulk_{number:04d}" for number in range(rows)]
    taken = bulk.iloc[:, np.arange(rows) % bulk.shape[1]].set_axis(columns, axis=1)
    taken.to_csv(folder / "bulk.csv")
    for number in range(references):
        shutil.copy(demo / "reference.h5ad", folder / f"reference_{number:02d}.h5ad")
    for number in range(sections):
        shutil.copy(demo / "spots.h5ad", folder / f"section_{number:03d}.h5ad")
    sheet = pd.DataFrame(
        {
            "sample": columns,
            "bulk": "bulk.csv",
            "bulk_column": columns,
            "reference": [f"reference_{number % references:02d}.h5ad" for number in range(rows)],
            "spatial": [f"section_{number:03d}.h5ad" if number < sections else "" for number in range(rows)],
            "platform": ["spot" if number < sections else "" for number in range(rows)],
        }
    )
    path = folder / "samplesheet.csv"
    sheet.to_csv(path, index=False)
    return path

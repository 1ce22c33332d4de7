"""Ways to read a large table: the pipeline's own and pandas.

Run as a module, it reads one file and prints the seconds without imports: ``python -m bench.rivals.readers HOW PATH``.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bulk2space.inputs import door
from bulk2space.inputs.formats import tables, tenx

from ..cases.large_table import META


def by_pandas(path: Path) -> object:
    """Read a table as a sparse matrix through pandas, cells × genes."""
    import numpy as np
    import pandas as pd
    import scipy.sparse as sp

    return sp.csr_matrix(pd.read_csv(path, index_col=0).T.to_numpy(dtype=np.float32))


READERS: dict[str, Callable[[Path], object]] = {
    "table": tables.read_numbers,
    "normalised": lambda path: door.reference(path, path.with_name(META)),
    "h5": tenx.read_h5,
    "pandas": by_pandas,
}


def main() -> None:
    """Read a file as the command line says, and print the seconds."""
    how, path = sys.argv[1], Path(sys.argv[2])
    started = time.perf_counter()
    READERS[how](path)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()

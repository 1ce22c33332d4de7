"""The page on what a GPU gains."""

import pandas as pd

from .markdown import filled

TRAIN, FIT = "TRAIN_VAE", "FIT_SPOTS"
TABLE = "Time on both"
MACHINE = ["GPU", "threads of the CPU", "PyTorch"]


def text(rows: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    rows
        step, what it worked on, seconds on the GPU and on the CPU, of an epoch of training, too, the difference between
        the results, and the machine.
    """
    machine = rows[MACHINE].drop_duplicates()
    if len(machine) > 1:
        raise SystemExit("ERROR: gpu.csv has rows of several machines, measure all on one")
    gpu, threads, pytorch = machine.iloc[0]
    table = rows.drop(columns=MACHINE)
    table.insert(4, "CPU / GPU", table["CPU, s"] / table["GPU, s"])
    table["difference"] = table["difference"].map("≈ {:.0e}".format)
    return filled("gpu", gpu=gpu, threads=threads, pytorch=pytorch, said=said(rows), table=table)


def said(rows: pd.DataFrame) -> str:
    """Return in words how much faster each step is on its largest input, and how far results differ."""
    words = []
    for step, own in rows.groupby("step", sort=False):
        largest = own.loc[own["CPU, s"].idxmax()]
        gain = largest["CPU, s"] / largest["GPU, s"]
        words.append(f"- `{step}`, {largest['what']}: {gain:.1f} times as fast on the GPU.")
    far = rows.loc[rows["step"] == FIT, "difference"].max()
    return "\n".join([*words, f"- Proportions of spots differ by at most {far:.1g}."])

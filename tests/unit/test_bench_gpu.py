"""The page on what a GPU gains."""

import pandas as pd
import pytest
from bench.page import gpu
from bench.page.markdown import tables


@pytest.fixture
def rows():
    machine = {"GPU": "Some GPU", "threads of the CPU": 8, "PyTorch": "2.0"}
    row = {"step": gpu.TRAIN, "what": "all", "GPU, s": 10.0, "CPU, s": 40.0, "epoch on the GPU, s": 0.1,
           "epoch on the CPU, s": 1.0, "difference": 0.01}  # fmt: skip
    fits = [
        {"step": gpu.FIT, "what": f"{bins:,} bins", "GPU, s": 10.0, "CPU, s": seconds, "difference": far}
        for bins, seconds, far in ((1_000, 9.0, 3e-9), (4_000, 25.0, 1e-9))
    ]
    return pd.DataFrame([row | machine, *(fit | machine for fit in fits)])


def test_the_page_says_how_much_faster_and_how_far_apart(rows):
    page = gpu.text(rows)
    assert "(Some GPU, PyTorch 2.0), once on the\nGPU and once on 8 threads" in page
    assert "- `TRAIN_VAE`, all: 4.0 times as fast on the GPU." in page
    assert "- `FIT_SPOTS`, 4,000 bins: 2.5 times as fast on the GPU.\n" in page
    assert "differ by at most 3e-09." in page
    assert tables(page)[gpu.TABLE]["CPU / GPU"].tolist() == [4.0, 0.9, 2.5]


def test_rows_of_several_machines_are_refused(rows):
    rows.loc[0, "GPU"] = "Another"
    with pytest.raises(SystemExit, match="several machines"):
        gpu.text(rows)

"""Remove from PyTorch the parts that only a GPU needs, as far as PyTorch starts without them.

PyPI has PyTorch for Linux in one form, which is linked against the libraries of CUDA. What a short training loads
stays. The rest of these libraries and the compiler of GPU code go.
"""

import importlib.metadata
import shutil
from pathlib import Path


def main() -> None:
    """Train a layer, then remove what it did not load."""
    compiler = importlib.metadata.distribution("triton")
    packages = Path(str(compiler.locate_file("")))
    shutil.rmtree(packages / "triton")
    shutil.rmtree(packages / f"triton-{compiler.version}.dist-info")

    import torch

    layer = torch.nn.Linear(8, 8)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.ones(4, 8)).sum().backward()
    optimizer.step()

    loaded = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
    for file in (packages / "nvidia").rglob("*"):
        if file.is_file() and str(file.resolve()) not in loaded:
            file.unlink()


if __name__ == "__main__":
    main()

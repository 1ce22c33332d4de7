"""Dense algebra on a GPU, with PyTorch."""

import logging
from typing import Any

import numpy as np
import torch

from .device import Device

log = logging.getLogger(__name__)

MOST_ROWS = 32_768  # of a block: more make it no faster, and the computer itself needs memory for them, too
USED_OF_FREE = 0.8  # of the free memory


class Gpu(Device):
    """A device of PyTorch; arrays keep their type, 64-bit numbers as on the CPU.

    Parameters
    ----------
    place
        The device.
    """

    out_of_memory = (torch.OutOfMemoryError,)

    def __init__(self, place: torch.device):
        self.place, self.most_rows = place, MOST_ROWS

    def put(self, parts: Any) -> Any:
        """Return arrays on the device: one, or a tuple of them; whatever is no array stays as it is."""
        if isinstance(parts, np.ndarray):
            return torch.as_tensor(parts, device=self.place)
        return _each(self.put, parts)

    def take(self, parts: Any) -> Any:
        """Return arrays of the device as NumPy: one, or a tuple of them."""
        if isinstance(parts, torch.Tensor):
            return parts.cpu().numpy()
        return _each(self.take, parts)

    def rows_at_once(self, bytes_of_row: int) -> int:
        """Return how many rows fit into the free memory, at most MOST_ROWS and what has fitted before."""
        return max(1, min(self.most_rows, int(USED_OF_FREE * self.free_memory()) // bytes_of_row))

    def free_memory(self) -> int:
        """Return how many bytes are free, or kept by PyTorch for itself."""
        kept = torch.cuda.memory_reserved(self.place) - torch.cuda.memory_allocated(self.place)
        return torch.cuda.mem_get_info(self.place)[0] + kept

    def halved(self, rows: int) -> int:
        """Return half of the rows of a block that did not fit, for this block and all to come."""
        if rows == 1:
            raise MemoryError("the GPU has too little memory for a single spot")
        self.most_rows = rows // 2
        torch.cuda.empty_cache()
        log.info("blocks of %d rows do not fit into the GPU's memory: from now on they have %d", rows, self.most_rows)
        return self.most_rows


def _each(change: Any, parts: Any) -> Any:
    """Return a tuple, named or not, with all its parts changed; whatever is no tuple as it is."""
    if not isinstance(parts, tuple):
        return parts
    changed = [change(part) for part in parts]
    return type(parts)(*changed) if hasattr(parts, "_fields") else tuple(changed)

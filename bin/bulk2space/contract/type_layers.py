"""Expression by cell type and sample in a file: two layers a type, written some genes at a time and read one by one."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import h5py
import numpy as np
import pandas as pd

from .io import write_h5ad
from .keys import Layers, Uns, Varm

KEPT_BITS = 12  # of a value's 23 binary digits: three to four decimal digits, which compress better than noise
GENES_PER_CHUNK, SAMPLES_PER_CHUNK = 256, 1024


class TypeLayers(NamedTuple):
    """Expression of one cell type.

    Attributes
    ----------
    mean, sd
        Linear expression per 10 000 and its standard deviation, samples × genes.
    resolvable
        Whether the bulk tells the gene's expression in the type, by gene.
    """

    mean: pd.DataFrame
    sd: pd.DataFrame
    resolvable: pd.Series


class GenesOfTypes(NamedTuple):
    """Some genes of all types: their positions, and mean and standard deviation, types × samples × genes."""

    genes: slice
    mean: np.ndarray
    sd: np.ndarray


def write_types(adata: ad.AnnData, blocks: Iterable[GenesOfTypes], path: Path) -> None:
    """Write a file with the layers of all types in `uns['cell_types']`, which are never in memory as a whole.

    Parameters
    ----------
    adata
        All but the layers.
    blocks
        Their values; each gene once.
    path
        The h5ad.
    """
    write_h5ad(adata, path)
    types = adata.uns[Uns.CELL_TYPES]
    chunks = (min(adata.n_obs, SAMPLES_PER_CHUNK), min(adata.n_vars, GENES_PER_CHUNK))
    with h5py.File(path, "a") as file:
        layers = file.require_group("layers")
        for name in types:
            for key in (Layers.mean(name), Layers.sd(name)):
                made = layers.create_dataset(
                    key, adata.shape, np.float32, chunks=chunks, compression="gzip", compression_opts=1, shuffle=True
                )
                made.attrs["encoding-type"], made.attrs["encoding-version"] = "array", "0.2.0"
        for block in in_chunks(blocks):
            for name, mean, sd in zip(types, block.mean, block.sd, strict=True):
                layers[Layers.mean(name)][:, block.genes] = rounded(mean)
                layers[Layers.sd(name)][:, block.genes] = rounded(sd)


def add_to_varm(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Add arrays of genes × types to `varm` of a file that is there."""
    with h5py.File(path, "a") as file:
        for name, values in arrays.items():
            ad.io.write_elem(file["varm"], name, values, dataset_kwargs={"compression": "gzip"})


def in_chunks(blocks: Iterable[GenesOfTypes]) -> Iterator[GenesOfTypes]:
    """Yield the same genes in blocks that end where a chunk of the file ends: each chunk is compressed once."""
    waiting: list[GenesOfTypes] = []
    for block in blocks:
        waiting.append(block)
        if sum(each.mean.shape[2] for each in waiting) >= GENES_PER_CHUNK:
            joined = _joined(waiting)
            whole = joined.mean.shape[2] // GENES_PER_CHUNK * GENES_PER_CHUNK
            yield _cut(joined, 0, whole)
            waiting = [_cut(joined, whole, joined.mean.shape[2])]
    if waiting and (last := _joined(waiting)).mean.shape[2]:
        yield last


def _joined(blocks: list[GenesOfTypes]) -> GenesOfTypes:
    genes = slice(blocks[0].genes.start, blocks[-1].genes.stop)
    return GenesOfTypes(genes, *(np.concatenate(values, axis=2) for values in list(zip(*blocks, strict=True))[1:]))


def _cut(block: GenesOfTypes, start: int, stop: int) -> GenesOfTypes:
    first = block.genes.start
    return GenesOfTypes(slice(first + start, first + stop), block.mean[:, :, start:stop], block.sd[:, :, start:stop])


def rounded(values: np.ndarray) -> np.ndarray:
    """Return values as float32, rounded to KEPT_BITS binary digits."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    spare = np.uint32(23 - KEPT_BITS)
    half = np.uint32(1) << (spare - np.uint32(1))
    return ((bits + half) >> spare << spare).view(np.float32)


def read_shared(path: Path) -> ad.AnnData:
    """Read all of an expression.h5ad but the layers of its types."""
    with h5py.File(path, "r") as file:
        parts = {name: ad.io.read_elem(file[name]) for name in ("X", "obs", "var", "uns", "obsm", "varm")}
    return ad.AnnData(**parts)


def read_type(path: Path, cell_type: str) -> TypeLayers:
    """Read the expression of one cell type.

    Parameters
    ----------
    path
        An expression.h5ad.
    cell_type
        Name of the type.

    Raises
    ------
    KeyError
        If the file has no such type.
    """
    with h5py.File(path, "r") as file:
        types = [str(name) for name in ad.io.read_elem(file["uns"][Uns.CELL_TYPES])]
        if cell_type not in types:
            raise KeyError(f"{path.name} has no cell type '{cell_type}'; it has {', '.join(types)}")
        samples, genes = (ad.io.read_elem(file[place]).index for place in ("obs", "var"))
        mean, sd = (
            pd.DataFrame(file["layers"][key][:], samples, genes)
            for key in (Layers.mean(cell_type), Layers.sd(cell_type))
        )
        resolvable = file["varm"][Varm.RESOLVABLE][:, types.index(cell_type)]
    return TypeLayers(mean, sd, pd.Series(resolvable, genes))

"""New single cells out of a trained network: each starts from a source cell of its type."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch

from ..contract.keys import Layers, Obs
from ..contract.problems import InputError
from ..numerics.scaling import TARGET_SUM
from .checkpoint import Trained
from .data import Cells, library_codes

log = logging.getLogger(__name__)

BLOCK = 512  # cells sampled at once
ATTEMPTS = 5  # draws for a cell that comes out empty


def generate(
    trained: Trained,
    reference: ad.AnnData,
    n_per_type: dict[str, int],
    *,
    rng: np.random.Generator,
    genes: list[str],
    sample: str = "cell",
    weights: np.ndarray | None = None,
) -> ad.AnnData:
    """Sample whole cells of each type.

    A source cell gives the latent position (a draw from q(z|source)), the library and the total of counts, and some of
    its molecules (:meth:`bulk2space.vae.VAE.sample`); the source cells of a type together are its aggregate posterior.

    Parameters
    ----------
    trained
        The network, from :func:`bulk2space.vae.load`.
    reference
        The cells that it was trained on.
    n_per_type
        Number of cells of each type; types with none may be left out.
    rng
        Source of all randomness.
    genes
        Genes to write, in this order. All the network's genes are sampled; totals are over all of them.
    sample
        Prefix of the new cells' names.
    weights
        How often each reference cell is a source, relative to others of its type, (reference cells,); without them all
        are equally often.

    Returns
    -------
    Cells × genes with `obs['cell_type']`, `obs['source_cell']`, `X` = log1p of counts per 10 000 and, from a network
    on counts, `layers['counts']`. `var['in_model']` is False for genes that were too rare to train on; they are 0.
    With several libraries, `obs['batch']` is that of the source cell.

    Raises
    ------
    InputError
        If the network does not fit the reference, or a type has no cell to start from.
    """
    _check(trained, reference, n_per_type, genes)
    counts = trained.model.config.likelihood == "negative_binomial"
    matrix = sp.csr_matrix((reference.layers[Layers.COUNTS] if counts else reference.X), dtype=np.float32)
    matrix = matrix[:, reference.var_names.get_indexer(trained.genes)]
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    codes = np.searchsorted(trained.types, labels)
    usable = np.diff(matrix.indptr) > 0
    wanted = {name: n_per_type[name] for name in trained.types if n_per_type.get(name, 0) > 0}
    weights = np.ones(len(labels)) if weights is None else weights
    source = np.concatenate(
        [draw_sources(np.flatnonzero((labels == name) & usable), n, weights, rng, name) for name, n in wanted.items()]
        or [np.zeros(0, dtype=int)]
    )

    place = pd.Index(trained.genes).get_indexer(genes)
    in_model = place >= 0
    names, library = library_codes(reference.obs)
    cells = Cells.from_csr(matrix, codes, library)
    blocks = [
        _sample_block(trained, cells, source[start : start + BLOCK], place[in_model], rng, counts)
        for start in range(0, len(source), BLOCK)
    ]
    values = sp.vstack([values for values, _ in blocks], format="csr")
    totals = np.concatenate([totals for _, totals in blocks])
    empty = int((np.diff(values.indptr) == 0).sum())
    if empty:
        log.warning(
            "%d of %d cells have no expression in the genes written, after %d draws", empty, len(source), ATTEMPTS
        )
    if not in_model.all():
        log.info("%d genes were too rare to train on and are 0 in all new cells", (~in_model).sum())
    spread = sp.csr_matrix(
        (np.ones(in_model.sum(), dtype=np.float32), (np.arange(in_model.sum()), np.flatnonzero(in_model))),
        shape=(in_model.sum(), len(genes)),
    )
    values = sp.csr_matrix(values @ spread)

    generated = ad.AnnData(
        values,
        obs=pd.DataFrame(
            {
                "cell_type": pd.Categorical(labels[source], categories=trained.types),
                "source_cell": reference.obs_names.to_numpy()[source].astype(str),
            },
            index=[f"{sample}_{n}" for n in range(1, len(source) + 1)],
        ),
        var=pd.DataFrame({"in_model": in_model}, index=pd.Index(genes)),
    )
    if len(names) > 1:
        generated.obs[Obs.BATCH] = pd.Categorical.from_codes(library[source], names)
    if counts:
        generated.layers[Layers.COUNTS] = values
        factors = np.divide(TARGET_SUM, totals, out=np.zeros_like(totals), where=totals > 0).astype(np.float32)
        generated.X = sp.csr_matrix(sp.diags_array(factors) @ values).log1p()
    return generated


def draw_sources(
    candidates: np.ndarray, n: int, weights: np.ndarray, rng: np.random.Generator, name: str
) -> np.ndarray:
    """Draw n source cells by their weights: each as often as its share of n says, rounded up or down by chance.

    With equal weights none repeats before all candidates have been used.
    """
    if not len(candidates):
        raise InputError(
            f"cell type {name} has no cell with expression in the reference, remove it from the proportions"
        )
    order = rng.permutation(candidates)
    edges = np.cumsum(weights[order]) * (n / weights[order].sum())
    times = np.diff(np.floor(np.concatenate([[0.0], edges[:-1], [n]]) + rng.random())).astype(int)
    return rng.permutation(np.repeat(order, times))


def _sample_block(trained, cells, source, columns, rng, counts) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return values on the written genes and the totals over all the network's genes."""
    values = trained.model.sample(cells.batch(torch.as_tensor(source)), rng)
    for _ in range(ATTEMPTS - 1):
        filled = np.diff(values[:, columns].indptr) > 0
        if filled.all():
            break
        again = np.flatnonzero(~filled)
        drawn = trained.model.sample(cells.batch(torch.as_tensor(source[again])), rng)
        back = sp.csr_matrix(
            (np.ones(len(again), np.float32), (again, np.arange(len(again)))), shape=(len(source), len(again))
        )
        values = sp.csr_matrix(sp.diags_array(filled.astype(np.float32)) @ values + back @ drawn)
    return values[:, columns], np.asarray(values.sum(axis=1, dtype=np.float64)).ravel()


def _check(trained: Trained, reference: ad.AnnData, n_per_type: dict[str, int], genes: list[str]) -> None:
    lacking = pd.Index(trained.genes).difference(reference.var_names)
    if len(lacking):
        raise InputError(
            f"the network knows {len(lacking)} genes that the reference has not ({lacking[0]}), train it anew"
        )
    if sorted(set(reference.obs[Obs.CELL_TYPE].astype(str))) != list(trained.types):
        raise InputError("the network was trained on other cell types than the reference has, train it anew")
    if library_codes(reference.obs)[0] != trained.libraries:
        raise InputError("the network was trained on other batches than the reference has, train it anew")
    unknown = [name for name in n_per_type if name not in trained.types]
    if unknown:
        raise InputError(
            f"cell type {unknown[0]} is not in the reference, estimate the proportions with this reference"
        )
    if trained.model.config.likelihood == "negative_binomial" and Layers.COUNTS not in reference.layers:
        raise InputError("the network was trained on counts and this reference has none, train it anew")
    if not pd.Index(genes).isin(trained.genes).any():
        raise InputError("none of the genes to write is among the network's genes: check gene names")

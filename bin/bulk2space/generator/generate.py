"""New single cells out of a trained network: each starts from a source cell of its type."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch

from ..contract import remarks
from ..contract.expression import has_counts
from ..contract.keys import Layers, Obs, Var
from ..contract.problems import InputError
from ..numerics.scaling import TARGET_SUM
from . import kept
from .checkpoint import Trained
from .data import Cells
from .prepare import library_codes, values

log = logging.getLogger(__name__)

BLOCK = 512  # cells sampled at once
ATTEMPTS = 5  # draws for a cell that comes out empty


class CellGenerator:
    """A network with the reference cells that its new cells start from: made once for all samples that share both.

    A source cell gives the latent position (a draw from q(z|source)), the library, the total of counts and some of its
    molecules (:meth:`~.likelihoods.NegativeBinomial.draw`), how many follows from the type's cells
    (:func:`~.kept.of_types`). The source cells of a type together are its aggregate posterior.

    Parameters
    ----------
    trained
        The network, from :func:`~.checkpoint.load`.
    reference
        The cells that it was trained on.
    genes
        Genes to write, in this order. All the network's genes are sampled; totals are over all of them.

    Raises
    ------
    InputError
        If the network does not fit the reference, or knows none of the genes.
    """

    def __init__(self, trained: Trained, reference: ad.AnnData, genes: list[str]):
        _check(trained, reference, genes)
        self.trained, self.genes = trained, genes
        self.counts = trained.model.likelihood.of_counts
        matrix = values(reference, counts=self.counts)[:, reference.var_names.get_indexer(trained.genes)]
        self.labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        self.names = reference.obs_names
        self.libraries, self.library = library_codes(reference.obs)
        self.usable = np.diff(matrix.indptr) > 0  # (reference cells,)
        self.cells = Cells.from_csr(matrix, np.searchsorted(trained.types, self.labels), self.library)
        self.kept = kept.of_types(trained.model.likelihood, self.cells)  # types × genes

    def generate(
        self,
        n_per_type: dict[str, int],
        *,
        rng: np.random.Generator,
        sample: str = "cell",
        weights: np.ndarray | None = None,
    ) -> ad.AnnData:
        """Sample whole cells of each type.

        Parameters
        ----------
        n_per_type
            Number of cells of each type; types with none may be missing.
        rng
            Source of all randomness.
        sample
            Prefix of the new cells' names.
        weights
            How often each reference cell is a source, relative to others of its type, (reference cells,); without
            weights all are equally often.

        Returns
        -------
        Cells × genes with `obs['cell_type']`, `obs['source_cell']`, `X` = log1p of counts per 10 000 and, from a
        network on counts, `layers['counts']`. `var['in_model']` is False for genes that were too rare to train on;
        they are 0. With several libraries, `obs['batch']` is that of the source cell.

        Raises
        ------
        InputError
            If the reference lacks a type, or a type has no cell to start from.
        """
        types = self.trained.types
        unknown = [name for name in n_per_type if name not in types]
        if unknown:
            raise InputError(
                f"cell type {unknown[0]} is not in the reference, estimate the proportions with this reference"
            )
        if weights is None:
            weights = np.ones(len(self.labels))
        source = _sources(types, self.labels, self.usable, n_per_type, weights, rng)

        column = pd.Index(self.trained.genes).get_indexer(self.genes)  # (genes,): -1 for those that the network lacks
        in_model = column >= 0
        new, totals = _sample(self, source, column[in_model], rng)
        _report(new, in_model)
        new = _among(new, in_model)

        obs = {
            Obs.CELL_TYPE: pd.Categorical(self.labels[source], categories=types),
            Obs.SOURCE_CELL: self.names.to_numpy()[source].astype(str),
        }
        if len(self.libraries) > 1:
            obs[Obs.BATCH] = pd.Categorical.from_codes(self.library[source], self.libraries)
        return ad.AnnData(
            _log_normalize(new, totals) if self.counts else new,
            obs=pd.DataFrame(obs, index=[f"{sample}_{n}" for n in range(1, len(source) + 1)]),
            var=pd.DataFrame({Var.IN_MODEL: in_model}, index=pd.Index(self.genes)),
            layers={Layers.COUNTS: new} if self.counts else None,
        )


def draw_sources(
    candidates: np.ndarray, n: int, weights: np.ndarray, rng: np.random.Generator, name: str
) -> np.ndarray:
    """Draw n source cells by their weights: each n times its weight over the sum, rounded up or down by chance.

    With equal weights none repeats before all candidates have been used.

    Parameters
    ----------
    candidates
        Positions of the cells to choose from.
    n
        Number of draws.
    weights
        Of all cells, in the order of the positions.
    rng
        Source of the draws.
    name
        The cells' type, for the error.
    """
    if not len(candidates):
        raise InputError(
            f"cell type {name} has no cell with expression in the reference, remove it from the proportions"
        )
    order = rng.permutation(candidates)
    edges = np.cumsum(weights[order]) * (n / weights[order].sum())
    times = np.diff(np.floor(np.concatenate([[0.0], edges[:-1], [n]]) + rng.random())).astype(int)
    return rng.permutation(np.repeat(order, times))


def _sources(
    types: list[str],
    labels: np.ndarray,
    usable: np.ndarray,
    n_per_type: dict[str, int],
    weights: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the position in the reference of each new cell's source, (new cells,), type after type."""
    wanted = {name: n_per_type[name] for name in types if n_per_type.get(name, 0) > 0}
    return np.concatenate(
        [draw_sources(np.flatnonzero((labels == name) & usable), n, weights, rng, name) for name, n in wanted.items()]
    )


def _sample(
    made_by: CellGenerator, source: np.ndarray, columns: np.ndarray, rng: np.random.Generator
) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return new cells' values of some genes, cells × columns, and their totals over all genes, (cells,), in blocks."""
    blocks = [
        _sample_block(made_by, source[start : start + BLOCK], columns, rng) for start in range(0, len(source), BLOCK)
    ]
    new, totals = zip(*blocks, strict=True)
    return sp.vstack(new, format="csr"), np.concatenate(totals)


def _sample_block(
    made_by: CellGenerator, source: np.ndarray, columns: np.ndarray, rng: np.random.Generator
) -> tuple[sp.csr_matrix, np.ndarray]:
    """Sample some cells; those that have none of these genes are drawn again, a few times."""
    model, cells, shares = made_by.trained.model, made_by.cells, made_by.kept
    new = model.sample(cells.batch(torch.as_tensor(source)), rng, shares)  # cells × the network's genes
    for _ in range(ATTEMPTS - 1):
        filled = np.diff(new[:, columns].indptr) > 0
        if filled.all():
            break
        again = np.flatnonzero(~filled)
        drawn = model.sample(cells.batch(torch.as_tensor(source[again])), rng, shares)
        back = sp.csr_matrix(
            (np.ones(len(again), np.float32), (again, np.arange(len(again)))), shape=(len(source), len(again))
        )
        new = sp.csr_matrix(sp.diags_array(filled.astype(np.float32)) @ new + back @ drawn)
    return new[:, columns], np.asarray(new.sum(axis=1, dtype=np.float64)).ravel()


def _report(new: sp.csr_matrix, in_model: np.ndarray) -> None:
    """Say how many cells are empty and how many genes are."""
    n_empty, n_cells = int((np.diff(new.indptr) == 0).sum()), new.shape[0]
    if n_empty:
        remarks.warn(
            log,
            "empty_cells",
            f"{n_empty} of {n_cells} cells have no expression in the genes written, after {ATTEMPTS} draws",
            n_empty=n_empty,
            n_cells=n_cells,
        )
    if not in_model.all():
        log.info("%d genes were too rare to train on and are 0 in all new cells", (~in_model).sum())


def _among(new: sp.csr_matrix, in_model: np.ndarray) -> sp.csr_matrix:
    """Return the values among all genes to write, cells × genes: the genes outside the model are 0."""
    n_known = int(in_model.sum())
    place = sp.csr_matrix(
        (np.ones(n_known, dtype=np.float32), (np.arange(n_known), np.flatnonzero(in_model))),
        shape=(n_known, len(in_model)),
    )
    return sp.csr_matrix(new @ place)


def _log_normalize(counts: sp.csr_matrix, totals: np.ndarray) -> sp.csr_matrix:
    """Return log1p of counts per 10 000 of these totals, cells × genes."""
    factors = np.divide(TARGET_SUM, totals, out=np.zeros_like(totals), where=totals > 0).astype(np.float32)
    return sp.csr_matrix(sp.diags_array(factors) @ counts).log1p()


def _check(trained: Trained, reference: ad.AnnData, genes: list[str]) -> None:
    """Raise an error if network, reference and genes do not belong together."""
    missing = pd.Index(trained.genes).difference(reference.var_names)
    if len(missing):
        raise InputError(
            f"the network knows {len(missing)} genes that the reference has not ({missing[0]}), train it anew"
        )
    if sorted(set(reference.obs[Obs.CELL_TYPE].astype(str))) != list(trained.types):
        raise InputError("the network was trained on other cell types than the reference has, train it anew")
    if library_codes(reference.obs)[0] != trained.libraries:
        raise InputError("the network was trained on other batches than the reference has, train it anew")
    if trained.model.likelihood.of_counts and not has_counts(reference):
        raise InputError("the network was trained on counts and this reference has none, train it anew")
    if not pd.Index(genes).isin(trained.genes).any():
        raise InputError("none of the genes to write is among the network's genes: check gene names")

"""The genes that a bulk or section shares with its reference: enough, or why there may be so few."""

import logging

import pandas as pd

from ...contract import remarks
from ...contract.findings import Findings
from ...contract.problems import InputError, few
from ..genes import are_transcripts, is_ensembl, plain

log = logging.getLogger(__name__)

FEWEST_SHARED_GENES = {"bulk": 100, "spot": 100, "image": 20}
"""By kind of input: an image's panel has few genes."""
UNSURE_BELOW = 2
"""Fewer shared genes than this multiple of the fewest are worth a warning."""


def shared_genes(ours: Findings, theirs: Findings) -> int:
    """Return the number of genes of a bulk or section that its reference has."""
    return int(pd.Index(ours.genes).isin(theirs.genes).sum())


def check_shared_genes(ours: Findings, theirs: Findings, kind: str, pair: str, *, fewest: int | None) -> None:
    """Refuse a bulk or section that shares too few genes with its reference; warn of one that shares few.

    Parameters
    ----------
    ours, theirs
        Findings of the bulk or section and of its reference.
    kind
        ``bulk``, ``spot`` or ``image``.
    pair
        Both in words, with their place in the samplesheet.
    fewest
        The smallest number of shared genes; None: `FEWEST_SHARED_GENES`.

    Raises
    ------
    InputError
        If they share too few.
    """
    fewest = fewest or FEWEST_SHARED_GENES[kind]
    shared = shared_genes(ours, theirs)
    sentence = f"{pair} share {shared} of {len(ours.genes)} genes"
    if shared < fewest:
        raise InputError(
            f"{sentence}, fewer than the {fewest} needed: {few(ours.genes)} against {few(theirs.genes)}; "
            f"{_likely_cause(pd.Index(ours.genes), pd.Index(theirs.genes), kind)}"
        )
    if shared < UNSURE_BELOW * fewest:
        remarks.warn(
            log,
            "few_shared_genes",
            f"{sentence}; results from so few genes are unreliable",
            subject=ours.id,
            shared=shared,
            genes=len(ours.genes),
        )


def _likely_cause(ours: pd.Index, theirs: pd.Index, kind: str) -> str:
    """Return what may be wrong with the names of the genes, and what to do."""
    if plain(ours).str.upper().isin(theirs.str.upper()).sum() > ours.isin(theirs).sum():
        return "the names differ in case: are they of one species? If they are, --gene_map can rename them"
    if are_transcripts(ours):
        return (
            "the file holds transcripts: sum them by gene (tximport does), or give a table gene_id,gene_name of "
            "transcripts and genes with --gene_map"
        )
    if (is_ensembl(ours).mean() > 0.5) != (is_ensembl(theirs).mean() > 0.5):
        return "one file has Ensembl identifiers, the other symbols: give a table gene_id,gene_name with --gene_map"
    if ours.isin(theirs).sum() > len(ours) / 2:
        doubt = "" if kind == "bulk" else "is its platform right, or "
        return f"the file has few genes: {doubt}should --min_shared_genes be lower?"
    return "use the same gene names in both files, with genes in the rows of a table"

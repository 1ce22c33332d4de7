"""Small inputs as people reported them in public trackers, through the door as the workflow runs it.

What is expected of each is in words beside its files; here it is in figures.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from conftest import PROJECT
from door_run import plan_of, sentences

pytestmark = pytest.mark.filterwarnings("ignore")

CASES = PROJECT.parent / "shared" / "cases"
TYPES = ("T cell", "B cell", "Mono")


@dataclass(frozen=True)
class Expected:
    """What comes of a case.

    Attributes
    ----------
    samples
        Samples of the plan.
    unit
        Of the bulk; empty where it is not in question.
    remarks
        Codes that must be among the remarks.
    reads
        Number of observations and genes of some kinds of input.
    reference_unit
        Of the reference.
    problem
        A part of the one sentence that refuses it.
    says
        Words that must stand in the remarks.
    """

    samples: tuple[str, ...] = ("s.P1", "s.P2")
    unit: str = "counts"
    remarks: tuple[str, ...] = ()
    reads: dict[str, tuple[int, int]] | None = None
    reference_unit: str = "counts"
    problem: str = ""
    says: tuple[str, ...] = ()


ONE = ("s",)
AB = ("s.A", "s.B")
BAM = ("s.P1.bam", "s.P2.bam")
ANNOTATION, NOT_GENES = ("annotation_left_out",), ("not_genes_left_out",)
GENES = {"bulk": (2, 400)}

EXPECTED = {
    # columns and rows that annotate: left out and named, and the unit is that of the values
    "bulk_rows_clinical": Expected(unit="log2", remarks=ANNOTATION, reads=GENES, says=("'OS.time'", "'OS'")),
    "cbioportal_counts": Expected(remarks=ANNOTATION, reads=GENES, says=("'Entrez_Gene_Id'",)),
    "cbioportal_log": Expected(unit="log2", remarks=ANNOTATION, reads=GENES, says=("'Entrez_Gene_Id'",)),
    "featurecounts": Expected(BAM, remarks=ANNOTATION, reads=GENES, says=("'Chr'", "'Strand'", "'Length'")),
    "featurecounts_cut": Expected(BAM, remarks=ANNOTATION, reads=GENES, says=("'Length'",)),
    "logtpm_with_length": Expected(ONE, unit="log2", remarks=ANNOTATION, says=("'Length'",)),
    "ref_log_extra_col": Expected(reference_unit="log1p", reads={"reference": (75, 400)}),
    "rsem_merged": Expected(unit="", remarks=ANNOTATION, reads=GENES, says=("'transcript_id(s)'",)),
    # rows and columns that are no genes: left out and counted
    "cosmx_cell": Expected(
        ONE, remarks=(*ANNOTATION, *NOT_GENES), reads={"section": (40, 150)}, says=("30 of its", "'fov'", "'cell_ID'")
    ),
    "vizgen_novolume": Expected(ONE, remarks=NOT_GENES, reads={"section": (40, 150)}, says=("30 of its", "'Blank-0'")),
    "htseq_special_rows": Expected(remarks=NOT_GENES, reads=GENES, says=("5 of its 405", "'__no_feature'")),
    # files of programs
    "gct_txt": Expected(("s.GTEX-A", "s.GTEX-B"), unit="", reads=GENES),
    "gdc_star": Expected(ONE, unit="tpm", remarks=("quantified_sample", *NOT_GENES), reads={"bulk": (1, 400)}),
    "htseq": Expected(ONE, remarks=("quantified_sample", *NOT_GENES), reads={"bulk": (1, 400)}),
    "kallisto": Expected(ONE, unit="tpm", remarks=("quantified_sample",), reads={"bulk": (1, 400)}),
    # what Excel and R do to tables
    "excel_dates": Expected(AB, remarks=("gene_names_are_dates",), says=("6 gene names", "Excel", "'2-Sep'")),
    "excel_trailing_cols": Expected(AB, reads=GENES),
    "excel_trailing_rows": Expected(AB, reads=GENES),
    "mac_cr": Expected(AB, reads=GENES),
    "mtx_quoted_door": Expected(reads={"reference": (75, 400)}),
    "seurat_barcode_unique": Expected(reads={"reference": (75, 400)}),
    # units
    "soupx_layer_counts": Expected(AB, reads={"reference": (75, 400)}),
    "xena_neg": Expected(("s.TCGA-A", "s.TCGA-B"), unit="tpm", reads=GENES),
    # coordinates
    "spatial_3d": Expected(problem="sec.h5ad: obsm['spatial'] has 3 columns without names"),
    "spatial_df_named": Expected(ONE, reads={"section": (16, 400)}),
    "spatial_sparse": Expected(ONE, reads={"section": (16, 400)}),
    "spatial_words": Expected(problem="sec.h5ad: the x coordinate of spot 'SP00-1' is 'pxl_row'"),
    "two_sections": Expected(problem="sec.h5ad: holds 2 sections (obs['library_id']), 'A', 'B'"),
}

TRUTH = {"P1": (0.6, 0.3, 0.1), "P2": (0.2, 0.2, 0.6)}
"""Proportions of the types in the synthetic bulks, in the order of TYPES."""
WITH_TRUTH = (
    "bulk_rows_clinical",
    "cbioportal_counts",
    "cbioportal_log",
    "htseq_special_rows",
    "ref_log_extra_col",
)
CLOSE = 0.05


@pytest.fixture(scope="module")
def cases() -> Path:
    """Return the folder of cases; without it these tests have nothing to run on."""
    if not CASES.is_dir():
        pytest.skip("no folder ../shared/cases with reported inputs beside the project")
    return CASES


def outcome(cases: Path, name: str, folder: Path) -> dict:
    """Send a copy of a case through the door."""
    case = shutil.copytree(cases / name, folder / name)
    return plan_of(case / "samplesheet.csv")


def test_every_case_is_in_the_table(cases):
    assert sorted(path.name for path in cases.iterdir() if path.is_dir()) == sorted(EXPECTED)


@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if case.problem])
def test_what_cannot_be_right_is_refused_in_one_sentence(cases, tmp_path, name):
    plan = outcome(cases, name, tmp_path)
    (sentence,) = sentences(plan)
    assert EXPECTED[name].problem in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", [name for name, case in EXPECTED.items() if not case.problem])
def test_case_is_read_as_it_is_meant(cases, tmp_path, name):
    case = EXPECTED[name]
    plan = outcome(cases, name, tmp_path)
    assert sentences(plan) == []
    assert tuple(sample["id"] for sample in plan["samples"]) == case.samples
    inputs = {one["kind"]: one for one in plan["inputs"]}
    assert case.unit in ("", inputs["bulk"]["units"]["input"])
    assert inputs["reference"]["units"]["input"] == case.reference_unit
    assert {kind: tuple(inputs[kind]["shape"]) for kind in case.reads or {}} == (case.reads or {})
    assert set(case.remarks) <= {remark["code"] for remark in plan["remarks"]}
    said = " ".join(remark["sentence"] for remark in plan["remarks"])
    assert [words for words in case.says if words not in said] == []


@pytest.mark.parametrize("name", WITH_TRUTH)
def test_values_that_come_out_are_those_of_the_truth(cases, tmp_path, name):
    """The bulks are sums of the reference's mean profiles: a plain regression gives their proportions back."""
    outcome(cases, name, tmp_path)
    work = tmp_path / name / "work"
    (bulk,) = (ad.read_h5ad(path).to_df() for path in work.glob("*.bulk.h5ad"))
    (cells,) = (ad.read_h5ad(path) for path in work.glob("*.reference.h5ad"))
    counts = cells.to_df(layer="counts") if "counts" in cells.layers else np.expm1(cells.to_df())
    profiles = counts.groupby(cells.obs["cell_type"].to_numpy()).mean().loc[list(TYPES)]
    genes = profiles.columns.intersection(bulk.columns)
    for sample, truth in TRUTH.items():
        values = bulk.loc[sample, genes].to_numpy(dtype=float)
        weights, *_rest = np.linalg.lstsq(profiles[genes].to_numpy(dtype=float).T, values, rcond=None)
        np.testing.assert_allclose(weights / weights.sum(), truth, atol=CLOSE)

"""Every form of input that the public brings gives the same numbers, or one sentence."""

import anndata as ad
import numpy as np
import pytest
from door_run import plan_of, sentences
from inputs import write_sheet
from public_inputs import CASES, GENES, TPM, Case, reference_h5ad

pytestmark = pytest.mark.filterwarnings("ignore")


def outcome(folder, case: Case) -> dict:
    reference_h5ad(folder)
    write_sheet(folder, {"sample": "s", "reference": "reference.h5ad", **case.write(folder)})
    return plan_of(folder / "samplesheet.csv")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.problem])
def test_what_cannot_be_read_is_one_sentence(name, tmp_path):
    plan = outcome(tmp_path, CASES[name])
    (sentence,) = sentences(plan)
    assert CASES[name].problem in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.problem])
def test_the_same_numbers_come_out(name, tmp_path):
    case = CASES[name]
    plan = outcome(tmp_path, case)
    assert sentences(plan) == []
    assert tuple(sample["id"] for sample in plan["samples"]) == case.samples
    assert set(case.remarks) <= {remark["code"] for remark in plan["remarks"]}
    (bulk,) = [one for one in plan["inputs"] if one["kind"] == "bulk"]
    assert bulk["units"]["input"] == case.unit
    values = ad.read_h5ad(tmp_path / "work" / f"{bulk['id']}.bulk.h5ad").to_df()
    assert values.shape[1] == 400 if case.genes == 400 else values.shape[1] > case.genes
    found = values.reindex(columns=GENES).dropna(axis=1)
    assert found.shape[1] == case.genes
    expected = TPM[: len(found), [GENES.index(gene) for gene in found]]
    scaled = found.div(found.sum(axis=1), axis=0).to_numpy() * expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scaled, expected, rtol=0.02, atol=3)


def test_references_in_every_form_are_the_same_cells(tmp_path):
    profiles = {}
    for name in (
        "counters below the genes",
        "reference of logarithms with a length",
        "prefix in the matrix alone",
        "names in quotes",
    ):
        folder = tmp_path / name
        folder.mkdir()
        plan = outcome(folder, CASES[name])
        (reference,) = [one for one in plan["inputs"] if one["kind"] == "reference"]
        cells = ad.read_h5ad(folder / "work" / f"{reference['id']}.reference.h5ad")
        cells.obs_names = cells.obs_names.str.removeprefix("s1_")
        profiles[name] = cells.to_df(layer="counts").sort_index()
    first = profiles.popitem()[1]
    assert all(other.equals(first) for other in profiles.values())

import json
from subprocess import CompletedProcess

import anndata as ad
import numpy as np
import pytest
from inputs import GENES, counts, write_published
from script_process import run_script

CELLS = [f"cell{n}" for n in range(1, 19)]


def normalize(*arguments) -> CompletedProcess:
    return run_script("normalize.py", *arguments)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("published"))


def test_reference_is_written(published, tmp_path):
    output, found = tmp_path / "reference.h5ad", tmp_path / "found.json"
    arguments = ["--matrix", published["sc_data"], "--meta", published["sc_meta"], "--output", output]
    done = normalize("reference", "--id", "r", *arguments, "--findings", found)
    assert done.returncode == 0, done.stderr
    reference = ad.read_h5ad(output)
    assert np.array_equal(
        reference.layers["counts"].toarray(), counts(18, seed=2)[np.argsort(CELLS)][:, np.argsort(GENES)]
    )
    assert reference.uns["units"]["input"] == "counts"
    assert "18 cells × 120 genes" in done.stderr
    assert json.loads(found.read_text())["types"] == {"A": 6, "B": 6, "C": 6}


def test_section_is_written(published, tmp_path):
    output = tmp_path / "section.h5ad"
    arguments = ["--matrix", published["st_data"], "--meta", published["st_meta"], "--output", output]
    done = normalize("section", "--id", "s", "--platform", "spot", *arguments, "--findings", tmp_path / "found.json")
    assert done.returncode == 0, done.stderr
    section = ad.read_h5ad(output)
    assert section.uns["platform"] == "spot"
    assert list(section.obs_names) == [f"spot{n}" for n in range(1, 6)]


def test_remarks_are_in_the_findings_and_in_the_file(tmp_path):
    table = tmp_path / "bulk.csv"
    table.write_text("gene,one\nA,3\nA,2\n")
    output, found = tmp_path / "bulk.h5ad", tmp_path / "found.json"
    done = normalize("bulk", "--id", "b", "--matrix", table, "--output", output, "--findings", found)
    assert done.returncode == 0, done.stderr
    remark = {
        "code": "duplicate_genes_summed",
        "severity": "note",
        "subject": "b",
        "figures": {"columns": 1},
        "sentence": "bulk.csv: 1 genes that have the name of another one are added to it",
    }
    assert json.loads(found.read_text())["remarks"] == [remark]
    assert json.loads(ad.read_h5ad(output).uns["remarks"]) == [remark]


def test_the_parameter_of_a_problem_is_named(tmp_path):
    (tmp_path / "bulk.csv").write_text("gene,one\nA,3\n")
    (tmp_path / "map.csv").write_text("from,to\nA,B\n")
    found = tmp_path / "found.json"
    arguments = ["--matrix", tmp_path / "bulk.csv", "--gene-map", tmp_path / "map.csv", "--findings", found]
    assert normalize("bulk", "--id", "b", *arguments, "--output", tmp_path / "bulk.h5ad").returncode == 0
    problem = json.loads(found.read_text())["problem"]
    assert problem["parameter"] == "gene_map"
    assert problem["sentence"].startswith("--gene_map: map.csv: no column gene_id")


def test_bad_input_is_in_the_findings(tmp_path):
    table = tmp_path / "bulk.csv"
    table.write_text("gene,one\nA,-3\n")
    output, found = tmp_path / "bulk.h5ad", tmp_path / "found.json"
    done = normalize("bulk", "--id", "b", "--matrix", table, "--output", output, "--findings", found)
    assert done.returncode == 0
    assert "ERROR bulk.csv: the value of gene 'A' in 'one' is negative" in done.stderr
    assert "Traceback" not in done.stderr
    problem = json.loads(found.read_text())["problem"]
    assert "is negative" in problem["sentence"]
    assert problem["parameter"] is None
    assert not output.exists()

"""What passes from NORMALIZE to the plan comes back as it was written."""

import numpy as np
from bulk2space.contract.findings import Findings, Nuclei
from bulk2space.contract.problems import InputError, Problem
from bulk2space.contract.remarks import Remark


def test_findings_come_back(tmp_path):
    found = Findings(
        "section",
        "s",
        remarks=[Remark("empty_observations", "note", "s", {"empty": 1}, "s.h5ad: 1 of 3 spots have no counts")],
        summary="3 spots × 2 genes",
        shape=(3, 2),
        unit="counts",
        units={"input": "counts", "done": "none"},
        matrix="X",
        filled=2,
        nuclei=Nuclei(total=12),
        genes=["A", "B"],
        gene_ids=["ENSG00000000001", ""],
    )
    found.write(tmp_path / "found.json")
    assert Findings.read(tmp_path / "found.json") == found


def test_figures_may_be_numbers_of_numpy(tmp_path):
    remark = Remark("cells_left_out", "note", "r", {"left_out": np.int64(3)}, "r.h5ad: 3 cells are left out")
    Findings("reference", "r", remarks=[remark]).write(tmp_path / "found.json")
    assert Findings.read(tmp_path / "found.json").remarks[0].figures == {"left_out": 3}


def test_a_problem_comes_back_with_its_parameter(tmp_path):
    problem = Problem.of(InputError("--gene_map: map.csv: the file is empty", parameter="gene_map"))
    Findings("bulk", "b", problem).write(tmp_path / "found.json")
    assert Findings.read(tmp_path / "found.json") == Findings("bulk", "b", problem)

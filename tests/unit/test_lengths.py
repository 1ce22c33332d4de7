import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.inputs.lengths import read_lengths, tpm
from logged import sentences, severities

IDS = [f"ENSG{n:011d}" for n in range(3)]
READS = sp.csr_matrix([[30.0, 60.0, 10.0], [10.0, 10.0, 0.0]])
SAMPLES = pd.Index(["s1", "s2"])


def test_one_length_for_all_samples(tmp_path, caplog):
    path = tmp_path / "lengths.csv"
    path.write_text(f"gene,length\n{IDS[2]}.1,500\n{IDS[0]}.4,1000\n{IDS[1]},2000\n")
    values, known = tpm(READS, SAMPLES, pd.DataFrame(index=IDS), read_lengths(path), path.name)
    np.testing.assert_allclose(values.toarray(), [np.array([30, 30, 20]) / 80 * 1e6, np.array([10, 5, 0]) / 15 * 1e6])
    assert known.all()
    assert sentences(caplog) == []


def test_salmon_has_lengths_of_each_sample(tmp_path, caplog):
    path = tmp_path / "salmon.merged.gene_lengths.tsv"
    path.write_text(f"gene_id\tgene_name\ts2\ts1\n{IDS[1]}\tB\t500\t2000\n{IDS[0]}\tA\t1000\t1000\n")
    values, known = tpm(READS, SAMPLES, pd.DataFrame(index=["A", "B", "C"]), read_lengths(path), path.name)
    np.testing.assert_allclose(values.toarray(), [np.array([30, 30]) / 60 * 1e6, np.array([10, 20]) / 30 * 1e6])
    assert known.tolist() == [True, True, False]
    assert sentences(caplog) == [f"{path.name}: 1 of the bulk's 3 genes have no length and are left out"]
    assert severities(caplog) == {"genes_without_length": "note"}

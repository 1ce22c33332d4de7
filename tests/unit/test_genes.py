import numpy as np
import scipy.sparse as sp
from bulk2space.genes import sum_duplicates


def test_duplicates_are_summed_in_the_order_of_first_appearance():
    matrix = sp.csr_matrix(np.array([[1.0, 2, 4, 8], [0, 1, 0, 1]]))
    summed, names, merged = sum_duplicates(matrix, np.array(["z", "a", "z", "b"]))
    assert list(names) == ["z", "a", "b"]
    assert merged == 1
    assert np.array_equal(summed.toarray(), [[5, 2, 8], [0, 1, 1]])


def test_unique_names_pass_through():
    matrix = sp.csr_matrix(np.eye(2))
    summed, names, merged = sum_duplicates(matrix, np.array(["b", "a"]))
    assert summed is matrix
    assert list(names) == ["b", "a"]
    assert merged == 0

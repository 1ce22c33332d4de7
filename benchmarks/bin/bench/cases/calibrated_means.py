"""Mean expression by type of the reference's cells, weighted for each sample of a bulk as calibration weights them."""

import anndata as ad
import numpy as np
from bulk2space.composition.cohort_data import CohortData
from bulk2space.contract.expression import linear
from bulk2space.contract.keys import Obs
from bulk2space.generator.calibrate import Calibrator
from bulk2space.numerics.groups import indicator


def calibrated_means(reference: ad.AnnData, data: CohortData) -> tuple[np.ndarray, int]:
    """Return the weighted means, types × samples × genes, and in how many samples the weights were used.

    Parameters
    ----------
    reference
        The pipeline's own file.
    data
        The bulk beside it.
    """
    calibrator = Calibrator(reference, data.genes, data.bulk.toarray().astype(float), data.fractions.estimated)
    values = linear(reference[:, data.genes])
    types, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    groups = indicator(codes, len(types))
    found, used = [], 0
    for sample in range(data.bulk.shape[0]):
        calibration = calibrator.calibrate(sample, seed=0)
        used += calibration.used
        weighted = groups.multiply(calibration.weights).tocsr()
        found.append((weighted @ values).toarray() / np.asarray(weighted.sum(axis=1)))
    return np.stack(found, axis=1), used

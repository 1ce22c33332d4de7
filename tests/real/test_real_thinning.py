"""A real reference thinned to some cells of a type leads to the markers and proportions of all its cells."""

from bench.cases import bulks
from bench.cases.known_bulk import as_bulk, sums
from bench.judges import thinned


def test_half_of_the_largest_types_is_as_good_as_all(data):
    whole, held_out = bulks.halves(data, "sc_pbmc3k_10x", 0)
    samples, numbers = sums(held_out, "sc_pbmc3k_10x")
    bulk, truth = as_bulk(samples, whole), numbers / numbers.sum(axis=1, keepdims=True)
    part = thinned.thinned(whole, 150, 0)
    assert part.n_obs < 0.8 * whole.n_obs
    of_all, of_part = thinned.found(whole, bulk), thinned.found(part, bulk)
    apart, errors = thinned.between(of_part, of_all, "all"), [thinned.error(one, truth) for one in (of_part, of_all)]
    print(apart, errors)
    assert apart["markers shared, all"] > 0.85
    assert apart["PCC between, all"] > 0.98
    assert errors[0]["RMSE"] < errors[1]["RMSE"] + 0.01

"""Scores of cells placed in spots of real cells are probabilities, and confidence falls with a spot's error."""

from bench.cases import known_spots
from bench.commands.confidence import placed, ranked
from bench.judges import confidence as judge


def test_scores_on_blood_are_probabilities(data):
    source = known_spots.source(data, "sc_pbmc3k_10x", "sc_pbmc3k_10x")
    made = {recipe: (section, truth) for recipe, section, truth in known_spots.simulated(source.held_out)}
    section, truth = made["dirichlet"]
    result = placed(source.reference, section, ranked(source.reference), scorer="random")
    pairs = judge.pairs(result.table, result.spatial.obs, truth)
    error, correlation = judge.calibration_error(pairs, "score"), judge.rank_correlation(judge.of_spots(pairs), "score")
    print(f"\ncalibration error {error:.3f}, Spearman of confidence and error {correlation:.3f}")
    assert error <= 0.06
    assert correlation <= -0.25


def test_scores_between_laboratories_are_not_far_off(data):
    source = known_spots.source(data, "sc_pancreas_xin", "sc_pancreas_panc8_small")
    ranking = ranked(source.reference)
    for recipe, section, truth in known_spots.simulated(source.held_out):
        result = placed(source.reference, section, ranking, scorer="random")
        pairs = judge.pairs(result.table, result.spatial.obs, truth)
        error = judge.calibration_error(pairs, "score")
        print(f"\n{recipe}: calibration error {error:.3f}")
        assert error <= 0.2  # the regression alone: 0.41

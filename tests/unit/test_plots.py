import itertools

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.colours import palette
from bulk2space.contract.stored import Stored
from bulk2space.numerics import lattice
from bulk2space.numerics.scaling import log_normalize
from bulk2space.report import (
    best_markers,
    drawing,
    gene_maps,
    gene_moments,
    maps,
    marker_dots,
    micrometers,
    patterned_genes,
    proportions,
    raster,
    spots,
    style,
)
from bulk2space.report.maps import MapSettings
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend

LONG = "Excitatory neurons, layer 2/3 intratelencephalic, deep"


def test_an_undefined_number_is_a_dash():
    assert style.number(float("nan")) == "–"
    assert style.number(0.12345) == "0.123"


def test_spacing_is_the_distance_of_neighbours():
    grid = np.array([(x, y) for x in range(5) for y in range(5)]) * 100.0
    assert lattice.neighbour_distance(grid) == 100
    assert lattice.neighbour_distance(np.zeros((3, 2))) == 1


@pytest.mark.parametrize(
    ("count", "expected"), [(1, (1, 1)), (3, (1, 3)), (5, (2, 3)), (12, (3, 4)), (20, (4, 5)), (25, (5, 5))]
)
def test_grid_is_as_full_as_can_be(count, expected):
    assert maps.grid(count) == expected


def test_maps_have_y_downwards_and_equal_scales():
    axes = Figure().subplots()
    maps.draw_discs(axes, np.array([[0.0, 0], [10, 30]]), diameter=1, facecolors="red")
    low, high = axes.get_ylim()
    assert low > high
    assert axes.get_aspect() == 1


def cells(types, level):
    counts = sp.csr_matrix(np.array(level, dtype=np.float32))
    made = ad.AnnData(
        log_normalize(counts), obs=pd.DataFrame({"cell_type": types}, index=[f"c{i}" for i in range(len(types))])
    )
    made.var_names = [f"G{i}" for i in range(made.n_vars)]
    made.layers["counts"] = counts
    return made


def test_best_markers_take_each_gene_once_in_the_order_of_types():
    markers = pd.DataFrame(
        {
            "cell_type": ["A", "A", "A", "B", "B", "B"],
            "gene": ["x", "y", "z", "x", "z", "w"],
            "rank": [1, 2, 3, 1, 2, 3],
        }
    )
    assert best_markers.of_types(markers, ["A", "B"], genes=["x", "y", "z", "w"], each=2) == ["x", "y", "z", "w"]
    assert best_markers.of_types(markers, ["B", "A"], genes=["x", "z"], each=1) == ["x", "z"]


def test_places_in_a_figures_table_keep_their_digits(tmp_path):
    table = pd.DataFrame({"x": [123456.5, 123456.75]})
    drawing.save(drawing.Drawing("places", "", "", Figure(), table), tmp_path, as_pdf=False)
    assert pd.read_csv(tmp_path / "places.csv")["x"].tolist() == [123456.5, 123456.75]


def legend_of(types: list[str], counts: pd.Series) -> list[str]:
    axes = Figure().subplots()
    style.type_legend(axes, palette(types), counts=counts)
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_legend_of_too_many_types_names_the_most_frequent_and_counts_the_others():
    types = [f"T{number:02d}" for number in range(100)]
    named = legend_of(types, pd.Series(range(100), index=types))
    assert len(named) == style.LEGEND_ROWS * style.LEGEND_COLUMNS
    assert named[:2] == ["T47 (47)", "T48 (48)"]
    assert named[-1] == "and 47 rarer types"
    assert legend_of(types[:54], pd.Series(1, index=types)) == [f"{name} (1)" for name in types[:54]]


def test_the_legend_has_types_of_spots_whose_cells_were_not_placed():
    table = pd.DataFrame({"spot": ["s0", "s1"], "x": [0.0, 100], "y": 0.0, "cell_type": ["A", "B"], "proportion": 1.0})
    placed = ad.AnnData(
        np.zeros((1, 1)),
        obs=pd.DataFrame({"cell_type": ["A"], "spot": "s0"}, index=["c"]),
        obsm={"spatial": np.zeros((1, 2))},
    )
    drawn = spots.dominant_types_and_cells(table, placed, MapSettings("s", "µm", 50.0, palette("AB"))).figure
    texts = [text.get_text() for legend in drawn.findobj(Legend) for text in legend.get_texts()]
    assert texts == ["A (1)", "B (0)"]


def test_the_unit_of_genes_in_space_is_that_of_the_section():
    places = np.array([(x, y) for x in range(5) for y in range(5)], dtype=float)
    table = pd.DataFrame({"gene": ["G1"], "morans_i": [0.5], "p_adjusted": [0.001]})
    for units, label in (({}, style.LOG_UNIT), ({"normalised": "by cell volume"}, style.VOLUME_UNIT)):
        values = sp.csr_matrix(np.arange(25.0)[:, None])
        section = ad.AnnData(values, var=pd.DataFrame(index=["G1"]), uns={"units": units}, obsm={"spatial": places})
        drawn = patterned_genes.draw(table, section, MapSettings("s", "µm", 1.0, {})).figure
        assert label in {axes.get_ylabel() for axes in drawn.findobj(Axes)}


def test_generated_cells_that_are_all_alike_are_not_good():
    table = pd.DataFrame({f"{who}_mean": [0.1, 0.5, 0.9] for who in ("reference", "generated")})
    table = table.assign(reference_sd=[0.1, 0.2, 0.3], generated_sd=0.0)
    assert gene_moments.verdict(table)[0] == "poor"
    assert gene_moments.verdict(table.assign(generated_sd=table["reference_sd"]))[0] == "good"


def test_gene_moments_weight_the_reference_to_the_composition():
    # The reference is half A, the sample one quarter A, with the very same cells of each type.
    a, b = [[9, 1]], [[1, 9]]
    reference, made = cells(["A", "A", "B", "B"], a * 2 + b * 2), cells(["A", "B", "B", "B"], a + b * 3)
    table = gene_moments.moments_table(reference, made)
    np.testing.assert_allclose(table["reference_mean"], table["generated_mean"])
    np.testing.assert_allclose(table["reference_sd"], table["generated_sd"])


def test_dots_show_the_proportion_of_expressing_cells_and_their_mean_and_zero_for_a_type_without_cells():
    made = cells(["A", "A"], [[10, 0], [10, 10]])
    table = marker_dots.expression_table(made, ["A", "B"], "generated").set_index(["cell_type", "gene"])
    assert table.loc[("A", "G1"), "share_expressing"] == 0.5
    assert table.loc[("A", "G1"), "mean_log_expression"] == pytest.approx(np.log1p(5000) / 2)
    assert table.loc[("B", "G0"), ["share_expressing", "mean_log_expression", "cells"]].tolist() == [0, 0, 0]


def test_maps_of_marker_genes_show_the_expected_expression_beside_the_measured_one(tmp_path):
    expected = cells(["-"] * 3, [[8, 2], [1, 1], [0, 9]])
    expected.layers["measured"] = expected.X
    expected.obsm["spatial"] = np.array([[0.0, 0], [1, 0], [2, 0]])
    expected.obsm["weights"] = np.array([[1.0, 0], [0.5, 0.5], [0, 0]])
    left_out = np.array([0.2, 0.3, 0.9, np.nan])
    genes, profiles = np.array(["G2", "G1", "G0", "G3"]), np.array([[5.0, 1, 8000, 7], [5, 1, -16000, 7]])
    expected.uns["expected"] = {"genes": genes, "profiles": profiles, "left_out_pcc": left_out}
    expected.write_h5ad(tmp_path / "spots.h5ad")
    with Stored(tmp_path / "spots.h5ad") as spots:
        drawn = gene_maps.spot_markers(spots, ["G0", "G1"], MapSettings("s", "µm", 1.0, {}))
    g0 = drawn.table[drawn.table["gene"] == "G0"].set_index("spot")
    assert g0["measured"].tolist() == pytest.approx([np.log1p(8000), np.log1p(5000), 0], rel=1e-6)
    assert g0["expected"].tolist() == pytest.approx([np.log1p(8000), 0, 0])
    assert "3 genes that neither composition nor states saw: their r is 0.3" in drawn.caption


def test_micrometers_are_known_from_the_unit_or_from_the_size_of_a_spot():
    def of(**uns):
        return micrometers.per_unit(ad.AnnData(np.zeros((1, 1)), uns=uns))

    assert of(coordinate_unit="micrometer") == of(coordinate_unit="µm") == 1
    bins = {"spot_diameter": 58.4312041790003, "spot_micrometers": 16.0}  # of Visium HD, whose pixel is known
    assert of(coordinate_unit="pixel", **bins) == pytest.approx(0.2738262923862567)
    spots = {"spot_diameter": 176.548, "spot_micrometers": 55.0}  # of Visium, whose spots lie 271.0 pixels apart
    assert 271.007 * of(coordinate_unit="pixel", **spots) == pytest.approx(100, rel=0.003)
    assert of(coordinate_unit="pixel") is of(coordinate_unit="", spot_diameter=60.0) is None


def test_a_scale_bar_is_in_micrometers_where_they_are_known():
    for known, said in ((0.5, "50 µm"), (None, "100 pixel")):
        axes = Figure().subplots()
        axes.set_xlim(0, 500)
        maps.scale_bar(axes, MapSettings("s", "pixel", 1.0, {}, known))
        (text,), (bar,) = axes.texts, axes.lines
        assert text.get_text() == said
        assert bar.get_xdata()[1] == pytest.approx(100 / 500)


def test_a_dollar_sign_in_a_name_is_no_formula(tmp_path):
    names = ["T$_{reg}$", r"$\nothing"]
    table = pd.DataFrame({"cell_type": names, "proportion": [0.6, 0.4], "ci_low": [0.5, 0.3], "ci_high": [0.7, 0.5]})
    with style.styled():
        drawn = proportions.draw(table, None, sample="s", colours=palette(names))
        assert drawing.save(drawn, tmp_path).exists()


def test_an_empty_unit_is_filled_in():
    section = ad.AnnData(np.ones((4, 1)), obsm={"spatial": np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])})
    section.uns["coordinate_unit"] = ""
    assert maps.unit_of(section) == "coordinate units"


def test_spot_truth_is_flattened_over_spots_and_types():
    index = [("s1", "A", 0.8), ("s1", "B", 0.2), ("s2", "A", 0.0), ("s2", "B", 1.0)]
    truth = pd.DataFrame(index, columns=["spot", "cell_type", "proportion"])
    estimates = truth.assign(proportion=[0.6, 0.4, 0.0, 1.0])
    drawn = spots.against_truth(estimates, truth, sample="s", colours={"A": "red", "B": "blue"})
    assert "RMSE 0.141" in drawn.figure.axes[0].get_title()
    assert len(drawn.table) == 4


def test_no_text_of_the_proportions_overlaps_with_25_long_names(tmp_path):
    types = [f"{LONG} {i:02d}" for i in range(25)]
    table = pd.DataFrame({"cell_type": types, "proportion": 1 / 25, "ci_low": 0.01, "ci_high": 0.08})
    with style.styled():
        drawn = proportions.draw(table, None, sample="s", colours=palette(types))
        drawing.save(drawn, tmp_path)
    renderer = FigureCanvasAgg(drawn.figure).get_renderer()
    boxes = [label.get_window_extent(renderer) for label in drawn.figure.axes[0].get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert {p.name for p in tmp_path.iterdir()} == {"proportions.png", "proportions.pdf", "proportions.csv"}


def test_a_figure_saved_twice_is_the_same_file(tmp_path):
    table = pd.DataFrame({"cell_type": ["A", "B"], "proportion": [0.4, 0.6], "ci_low": np.nan, "ci_high": np.nan})
    for folder in ("one", "two"):
        with style.styled():
            drawing.save(proportions.draw(table, None, sample="s", colours=palette("AB")), tmp_path / folder)
    for name in ("proportions.png", "proportions.pdf", "proportions.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_raster_shows_every_bin_without_gaps_and_nothing_beside_the_tissue():
    grid = np.stack(np.meshgrid(np.arange(20.0), np.arange(10.0)), axis=-1).reshape(-1, 2)
    tissue = grid[grid[:, 0] < 15]
    found = raster.raster(tissue)
    left, right, bottom, top = found.extent
    assert (left, top) == (-1, -1)  # y runs downwards
    assert right >= 15
    assert bottom >= 10
    x = left + (np.arange(found.nearest.shape[1]) + 0.5) * (right - left) / found.nearest.shape[1]
    y = top + (np.arange(found.nearest.shape[0]) + 0.5) * (bottom - top) / found.nearest.shape[0]
    within = (x > 0) & (x < 14)
    assert not found.empty[np.ix_((y > 0) & (y < 9), within)].any()
    assert found.empty[:, (x < -0.8) | (x > 14.8)].all()
    assert set(np.unique(found.nearest[~found.empty])) == set(range(len(tissue)))


def test_spacing_is_that_of_spots_also_where_cells_lie_close_together_within_them():
    centres = np.stack(np.meshgrid(np.arange(40.0), np.arange(40.0)), axis=-1).reshape(-1, 2)
    assert raster.spacing(centres) == pytest.approx(1, rel=0.1)
    within = np.repeat(centres, 10, axis=0) + np.random.default_rng(0).uniform(-0.25, 0.25, (16_000, 2))
    assert raster.spacing(within) == pytest.approx(np.sqrt(1 / 10), rel=0.25)
    assert lattice.neighbour_distance(within) < 0.5 * raster.spacing(within)


def test_a_large_section_is_drawn_as_an_image_in_the_same_colours():
    axes = style.figure("s", "t", height=3).subplots()
    positions = np.stack(np.meshgrid(np.arange(80.0), np.arange(80.0)), axis=-1).reshape(-1, 2)
    colours = ["#ff0000" if x < 40 else "#0000ff" for x, _ in positions]
    maps.draw_discs(axes, positions, diameter=1.0, facecolors=colours)
    image = axes.images[0].get_array()
    assert not axes.collections
    assert tuple(image[120, 60, :3]) == (1, 0, 0)
    assert tuple(image[120, 180, :3]) == (0, 0, 1)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]

"""A sample whose every file is simulated to the pipeline's contract, for tests of the report."""

import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import tables
from bulk2space.numerics.scaling import log_normalize

CELLS_PER_SPOT = 5


def expression(types: np.ndarray, kinds: list[str], genes: int, rng: np.random.Generator) -> sp.csr_matrix:
    """Return counts (cells × genes): gene g is ten times higher in the type of number g modulo the types."""
    codes = pd.Categorical(types, categories=kinds).codes
    means = np.where(np.arange(genes)[None] % len(kinds) == np.arange(len(kinds))[:, None], 5.0, 0.5)
    return sp.csr_matrix(rng.poisson(means[codes]).astype(np.float32))


def adata(counts: sp.csr_matrix, names: list[str], genes: list[str], **obs) -> ad.AnnData:
    made = ad.AnnData(log_normalize(counts), obs=pd.DataFrame(obs, index=names), var=pd.DataFrame(index=genes))
    made.layers["counts"] = counts
    return made


def write_sample(
    folder: Path,
    sample: str = "one",
    *,
    kinds: tuple[str, ...] = ("A", "B", "C"),
    platform: str | None = "spot",
    cells: int = 120,
    genes: int = 30,
    seed: int = 0,
) -> Path:
    """Write every file that plot_sample.py reads, with the ground truth; return the folder."""
    rng, kinds = np.random.default_rng(seed), list(kinds)
    folder.mkdir(parents=True, exist_ok=True)
    truth = folder / "truth" / sample
    truth.mkdir(parents=True)
    symbols = [f"G{i}" for i in range(genes)]

    types = np.array(kinds)[np.arange(cells) % len(kinds)]
    reference = adata(expression(types, kinds, genes, rng), [f"r{i}" for i in range(cells)], symbols, cell_type=types)
    reference.obs["cell_type"] = reference.obs["cell_type"].astype("category")
    reference.write_h5ad(folder / "reference.h5ad")

    true = rng.dirichlet(np.full(len(kinds), 3.0))
    drawn = np.sort(rng.choice(kinds, cells, p=true))
    names = [f"{sample}_{i + 1}" for i in range(cells)]
    made = adata(expression(drawn, kinds, genes, rng), names, symbols, cell_type=drawn, source_cell=reference.obs_names)
    made.obsm["X_umap"] = np.random.default_rng(1).normal(size=(made.n_obs, 2))
    of_reference = pd.DataFrame({"cell": reference.obs_names, "umap_1": 0.0, "umap_2": 1.0})
    made.uns["cell_map"] = {"reference": of_reference, "n_genes": 30, "n_components": 9, "neighbours": 15}
    made.uns["cell_map"]["minimum_distance"] = 0.3
    made.write_h5ad(folder / "cells.h5ad")

    ranked = {kind: sorted(range(genes), key=lambda g: g % len(kinds) != k) for k, kind in enumerate(kinds)}
    rows = [(kind, symbols[g], r + 1, 9.0 - r, 1.0, 0.01) for kind in kinds for r, g in enumerate(ranked[kind])]
    tables.MARKERS.write(pd.DataFrame(rows, columns=tables.MARKERS.header), folder / "markers.csv")
    counts = pd.Series(drawn).value_counts().reindex(kinds, fill_value=0)
    frame = pd.DataFrame({"sample": sample, "cell_type": kinds, "proportion": counts.to_numpy() / cells})
    frame = frame.assign(
        ci_low=(frame["proportion"] - 0.05).clip(0), ci_high=(frame["proportion"] + 0.05).clip(upper=1)
    )
    frame = frame.assign(rna_fraction=frame["proportion"], n_cells=counts.to_numpy())
    tables.PROPORTIONS.write(frame, folder / "proportions.csv")
    tables.VERDICT.write(verdict(sample, kinds, ["bulk", "section"] if platform else ["bulk"]), folder / "verdict.csv")
    frame.assign(proportion=true)[["sample", "cell_type", "proportion"]].to_csv(truth / "proportions.csv", index=False)
    epochs = np.arange(1, 41)
    fall = np.exp(-epochs / 8)
    history = pd.DataFrame({"epoch": epochs, "train_loss": 50 + 40 * fall, "validation_loss": 52 + 38 * fall})
    history = history.assign(reconstruction=46 + 40 * fall, kl=4 * (1 - fall), seconds=0.1)
    tables.TRAINING.write(history, folder / "training.csv")

    if platform == "spot":
        _spots(folder, truth, sample, kinds, made, drawn, rng)
    elif platform == "image":
        _image(folder, truth, kinds, made, rng)
    return folder


def verdict(sample: str, kinds: list[str], inputs: list[str]) -> pd.DataFrame:
    """Return a verdict: the bulk is explained but for its last type, the section is not."""
    whole = {"bulk": ("good", 0.8), "section": ("poor", 0.1)}
    rows = []
    for name in inputs:
        word, agreement = whole[name]
        rows.append(
            {
                "input": name,
                "cell_type": "",
                "verdict": word,
                "agreement": agreement,
                "correlation": 0.9,
                "unknown": 0.1,
            }
        )
        rows += [{"input": name, "cell_type": kind, "verdict": "good", "missing": 0.0} for kind in kinds[:-1]]
        rows.append({"input": name, "cell_type": kinds[-1], "verdict": "poor", "missing": 0.75})
    frame = pd.DataFrame(rows).assign(sample=sample, rna_fraction=1 / len(kinds), own_markers=20)
    if "section" in inputs:
        of_type = frame["cell_type"] != ""
        frame.loc[of_type, ["proportion", "ci_low", "ci_high"]] = [1 / len(kinds), 0.2, 0.5]
        frame["contradiction"] = 0.0
    return frame.reindex(columns=tables.VERDICT.header)


def arguments(
    folder: Path, sample: str = "one", output: Path | None = None, *, truth: bool = True, **shown: object
) -> list[str]:
    """Return plot_sample.py's arguments for what ``write_sample`` wrote; ``shown`` is what the report shows of it."""
    (folder / "samples.json").write_text(json.dumps([{"id": sample, "condition": "control"} | shown]))
    for name in ("proportions.csv", "verdict.csv", "cells.h5ad"):
        link = folder / f"{sample}.{name}"
        if (folder / name).exists() and not link.exists():
            link.symlink_to(name)
    line = ["--samples", str(folder / "samples.json"), "--inputs", str(folder)]
    line += ["--seed", "1", "--output", str(output or folder / "out")]
    for option, name in [("reference", "reference.h5ad"), ("markers", "markers.csv"), ("training", "training.csv"),
                         ("section", "section.h5ad"),
                         ("spatial", "spatial.h5ad"), ("spots", "spots.csv"),
                         ("expected", "spots.h5ad"), ("genes", "genes.csv")]:  # fmt: skip
        if (folder / name).exists():
            line += [f"--{option}", str(folder / name)]
    return line + (["--truth", str(folder / "truth")] if truth else [])


def _spots(folder, truth, sample, kinds, made, drawn, rng) -> None:
    count = made.n_obs // CELLS_PER_SPOT
    side = int(np.ceil(np.sqrt(count)))
    places = np.stack([np.arange(count) % side, np.arange(count) // side], axis=1) * 100.0
    spot_names = [f"s{i}" for i in range(count)]
    spot = np.repeat(np.arange(count), CELLS_PER_SPOT)
    kept = made[: count * CELLS_PER_SPOT]
    members = sp.csr_matrix((np.ones(len(spot)), (spot, np.arange(len(spot)))))
    section = adata(sp.csr_matrix(members @ kept.layers["counts"]), spot_names, list(made.var_names))
    section.obsm["spatial"] = places
    section.uns |= {"platform": "spot", "coordinate_unit": "µm", "spot_diameter": 60.0}
    section.uns |= {"image": rng.integers(0, 255, (side * 10, side * 10, 3), dtype=np.uint8), "image_scale": 0.1}
    section.write_h5ad(folder / "section.h5ad")

    within = pd.Series(spot).groupby(spot).cumcount() + 1
    placed = adata(
        kept.layers["counts"].copy(),
        [f"{spot_names[s]}_{n}" for s, n in zip(spot, within, strict=True)],
        list(made.var_names),
        cell_type=drawn[: len(spot)],
        spot=np.array(spot_names)[spot],
        cell=np.asarray(kept.obs_names),
        source_cell=kept.obs["source_cell"].to_numpy(),
        score=rng.uniform(0.4, 1, len(spot)),
        fit=rng.uniform(0.4, 1, len(spot)),
    )
    placed.uns["spot_diameter"] = 60.0
    own = pd.DataFrame({"cell_type": kinds, "proportion": 1 / len(kinds)})
    placed.uns["bulk_and_section"] = {"distance": 0.1, "of_section": own}
    placed.uns["bulk2space"] = {"composition": "both", "limits": "places within a spot are drawn at random"}
    placed.obsm["spatial"] = places[spot] + rng.uniform(-20, 20, (len(spot), 2))
    placed.write_h5ad(folder / "spatial.h5ad")
    held = pd.crosstab(placed.obs["spot"].to_numpy(), placed.obs["cell_type"].to_numpy())
    held = held.reindex(index=spot_names, columns=kinds, fill_value=0)
    table = held.rename_axis("spot").reset_index().melt(id_vars="spot", var_name="cell_type", value_name="n_cells")
    where = pd.DataFrame(places, columns=["x", "y"], index=spot_names)
    table = table.join(where, on="spot").assign(sample=sample, proportion=table["n_cells"] / CELLS_PER_SPOT)
    table["rna_fraction"] = table["proportion"]
    table = table[["sample", "spot", "x", "y", "cell_type", "proportion", "rna_fraction", "n_cells"]]
    table.to_csv(truth / "spots.csv", index=False)
    noisy = table["proportion"] + rng.uniform(0, 0.2, len(table))
    estimated = table.assign(proportion=noisy / noisy.groupby(table["spot"]).transform("sum"), residual=1.0)
    estimated["confidence"] = table["spot"].map(placed.obs.groupby("spot", observed=True)["score"].mean().astype(float))
    tables.SPOTS.write(estimated, folder / "spots.csv")
    _expected(folder, section, held.to_numpy(dtype=float) / CELLS_PER_SPOT, kinds)


def _expected(folder, section, proportion, kinds) -> None:
    genes = np.arange(section.n_vars)
    profiles = np.where(genes % len(kinds) == np.arange(len(kinds))[:, None], 800.0, 80.0).astype(np.float32)
    left_out = np.where(genes % 2, 0.4, np.nan)
    made = ad.AnnData(np.log1p(proportion @ profiles), obs=section.obs, var=section.var.assign(measured=True))
    made.layers["measured"] = section.X
    made.obsm["spatial"], made.obsm["weights"] = section.obsm["spatial"], proportion
    made.obsm["proportions"], made.uns["cell_types"] = proportion, kinds
    made.uns["expected"] = {"genes": np.array(section.var_names), "profiles": profiles, "left_out_pcc": left_out}
    made.write_h5ad(folder / "spots.h5ad")


def _image(folder, truth, kinds, made, rng) -> None:
    count = 80
    types = np.array(kinds)[np.arange(count) % len(kinds)]
    names, panel = [f"c{i}" for i in range(count)], list(made.var_names[: made.n_vars // 2])
    full = adata(expression(types, kinds, made.n_vars, rng), names, list(made.var_names), cell_type=types)
    places = rng.uniform(0, 500, (count, 2))
    section = adata(full[:, panel].layers["counts"].copy(), names, panel)
    section.obsm["spatial"] = places
    section.uns |= {"platform": "image", "coordinate_unit": "µm"}
    section.write_h5ad(folder / "section.h5ad")
    called = np.where(rng.random(count) < 0.8, types, kinds[0])
    full.obs["cell_type"] = called
    full.obs["cell_type_score"] = rng.uniform(0.3, 1, count)
    full.obs["cell_type_margin"] = full.obs["cell_type_score"] - 0.2
    full.var["expected_pcc"] = np.where(
        np.arange(made.n_vars) < len(panel), np.nan, np.linspace(-0.1, 0.6, made.n_vars)
    )
    full.var["weakly_predicted"] = full.var["expected_pcc"] < 0.2
    full.uns["bulk2space"] = {"n_ambiguous": 3, "n_labelled": 77, "n_same_type": 66}
    del full.layers["counts"]
    full.obsm["spatial"] = places
    full.write_h5ad(folder / "spatial.h5ad")
    pd.DataFrame({"cell": names, "cell_type": types}).to_csv(truth / "image.csv", index=False)
    held_out = pd.DataFrame({"gene": panel, "pcc": rng.uniform(0, 0.9, len(panel)), "shuffled_pcc": 0.01})
    schemes = [held_out.assign(scheme=scheme) for scheme in ("leave_one_out", "five_fold")]
    tables.HELD_OUT_GENES.write(pd.concat(schemes), folder / "genes.csv")

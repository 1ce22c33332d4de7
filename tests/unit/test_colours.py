"""One colour a type in every file and figure, and colours that every eye can tell apart."""

import itertools
import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import colours, file_colours
from bulk2space.contract.colours import COLOURS, palette

MACHADO = {  # https://doi.org/10.1109/TVCG.2009.113, severity 1
    "normal": np.eye(3),
    "deuteranope": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanope": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
}


def linear(shades, view):
    rgb = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in shades]) / 255
    plain = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(plain @ np.array(MACHADO[view]).T, 0, 1)


def cielab(seen):
    to_xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
    xyz = seen @ to_xyz.T / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def oklab(seen):  # https://bottosson.github.io/posts/oklab/
    cones = seen @ np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]).T
    mixed = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.cbrt(cones) @ np.array(mixed).T


@pytest.mark.parametrize("number", [20, 25, 40])
@pytest.mark.parametrize("view", MACHADO)
def test_colours_stay_apart_for_every_eye(view, number):
    """2.3 is just noticeable in CIELAB, 0.02 in OKLab: all lie several such steps apart."""
    floors = {"normal": (18, 0.05)}.get(view, (12, 0.035) if number <= 25 else (10, 0.03))
    seen = linear(COLOURS[:number], view)
    for space, floor in zip((cielab, oklab), floors, strict=True):
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(space(seen), 2)) > floor


def test_a_type_has_one_colour_whatever_the_order_and_colours_start_again_after_40():
    types = [f"t{i:02d}" for i in range(45)]
    assert palette(types) == palette([*types[::-1], "t00"])
    assert len(set(palette(types[:40]).values())) == 40
    assert palette(types)["t40"] == palette(types)["t00"]


def test_references_agree_on_the_types_that_they_share():
    first, second = ["T", "B", "NK"], ["B", "a new one", "T"]
    found = colours.of_references({"blood": first, "nodes": second})
    assert found == colours.of_references({"nodes": second[::-1], "blood": first})
    assert found["blood"] == palette(first)  # whatever comes behind it
    assert list(found["nodes"]) == ["B", "T", "a new one"]
    assert all(found["nodes"][name] == found["blood"][name] for name in ("B", "T"))
    assert len({*found["blood"].values(), *found["nodes"].values()}) == 4


def test_a_file_of_cells_carries_the_colours_of_all_types(tmp_path):
    types = pd.Categorical(["b", "a", "b"], categories=["b", "a", "never"])
    cells = ad.AnnData(obs=pd.DataFrame({"cell_type": types}, index=["1", "2", "3"]))
    assert file_colours.of_cells(cells) == palette("ab")
    of_run = {"a": "#000001", "b": "#000002", "never": "#000003"}
    (tmp_path / "colours.json").write_text(json.dumps(of_run))
    read = colours.colours_of_types(tmp_path / "colours.json", ["a"])
    assert (read, colours.colours_of_types(None, ["a"])) == (of_run, palette(["a"]))
    file_colours.add_types(cells, read)
    cells.write_h5ad(tmp_path / "cells.h5ad")
    kept = ad.read_h5ad(tmp_path / "cells.h5ad")
    assert dict(zip(kept.obs["cell_type"].cat.categories, kept.uns["cell_type_colors"], strict=True)) == {
        "b": "#000002", "a": "#000001",
    }  # fmt: skip
    assert file_colours.of_cells(kept) == of_run

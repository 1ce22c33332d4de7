"""SpatialData's zarr stores. The library takes seconds to import, so only the reader imports it."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.keys import Obsm, Uns, Var
from ...contract.problems import InputError
from .anndata_stores import check_complete, check_promises
from .annotated import annotated
from .files import in_words
from .h5ad import expression, genes_of, text_columns, with_text
from .places import as_table
from .plain import text
from .positions import by_name, coordinates
from .promises import check_parquet

log = logging.getLogger(__name__)

THINGS = "spots or cells"
ELEMENTS_WITH_COORDINATES = ("shapes", "points", "labels")


def read(path: Path) -> ad.AnnData:
    """Read the table of a SpatialData store, and the coordinates of its rows.

    These are ``obsm["spatial"]``, else the centroids of the shapes, points or labels that the table annotates. The
    unit of the coordinates is not known.

    Raises
    ------
    InputError
        If the path is not such a store, or has several tables, or no coordinates.
    """
    with _quietly(path):
        _check_promises(path)
    tables = _elements(path, "tables")
    names = sorted(tables)
    if not names:
        raise InputError(f"{path.name}: has no table of a SpatialData store; give a store with one table")
    if len(names) > 1 and "table" not in names:
        raise InputError(f"{path.name}: has the tables {', '.join(names)}; keep one, or name one of them 'table'")
    name = "table" if "table" in names else names[0]
    if len(names) > 1:
        others = [other for other in names if other != name]
        remarks.note(
            log,
            "tables_left_out",
            f"{path.name}: the table '{name}' is read; the tables {', '.join(others)} are left out",
            tables=others,
        )
    with _quietly(path):
        check_complete(path / "tables" / name, path.name)
    section = _section(tables[name], path)
    _add_coordinates(section, tables[name], path)
    return section


def _check_promises(path: Path) -> None:
    """Refuse tables and shapes that are larger than their files can be, before the library reads them as a whole."""
    if (path / "tables").is_dir():
        check_promises(path / "tables", path.name)
    for table in sorted(path.glob("shapes/**/*.parquet")):
        check_parquet(table)


def _section(table: ad.AnnData, path: Path) -> ad.AnnData:
    """Return the table's counts with its names, genes only."""
    with in_words(path, "a SpatialData store"):
        matrix, var, place = expression(table, path.name)
    matrix, var = sp.csr_matrix(matrix, dtype=np.float32), text_columns(var)
    if "gene_ids" in var and "gene_id" not in var:
        var[Var.GENE_ID] = var["gene_ids"]
    matrix, var = genes_of(matrix, var, path.name)
    return annotated(matrix, obs=with_text(table.obs), var=var, matrix=place)


def _add_coordinates(section: ad.AnnData, table: ad.AnnData, path: Path) -> None:
    """Add the coordinates, the diameter where the table annotates circles, and which column says the section.

    Each region that a table annotates is a section.
    """
    keys = table.uns.get("spatialdata_attrs", {})
    column = table.obs.get(keys.get("region_key"))
    regions = [] if column is None else sorted(column.dropna().astype(str).unique())
    elements = {region: _region(path, region) for region in regions}
    if len(regions) > 1:
        section.uns[Uns.SECTION_COLUMN] = keys["region_key"]
    if Obsm.SPATIAL in table.obsm:
        section.obsm[Obsm.SPATIAL] = as_table(table.obsm[Obsm.SPATIAL], section.obs_names)
    elif not regions or any(element is None for element in elements.values()):
        raise InputError(
            f"{path.name}: its table has no obsm['spatial'] and annotates no shapes, points or labels of the store; "
            f"store the coordinates in one of them"
        )
    else:
        with _quietly(path):
            names = pd.Index(text(table.obs[keys["instance_key"]]))
        elements, section.obsm[Obsm.SPATIAL] = _located(elements, column.astype(str), names, path)
    diameter = _diameter(list(elements.values()))
    if diameter is not None:
        section.uns[Uns.SPOT_DIAMETER] = diameter


def _located(
    elements: dict[str, Any], region_of_row: pd.Series, names: pd.Index, path: Path
) -> tuple[dict[str, Any], np.ndarray]:
    """Return the elements and the centroids of the table's rows in them, rows × 2, in global coordinates.

    Parameters
    ----------
    elements
        Shapes, points or labels by region.
    region_of_row, names
        Region of each row of the table, and the row's name in it.
    path
        The store.
    """
    located, places = {}, np.full((len(names), 2), np.nan)
    for region, element in elements.items():
        rows = (region_of_row == region).to_numpy() if len(elements) > 1 else np.ones(len(names), bool)
        with _quietly(path):
            located[region], centroids = _centroids(element)
        centroids = by_name(centroids, names[rows], file=path.name, matrix="the table", things=THINGS)
        places[rows] = coordinates(centroids, "x", "y", file=path.name, things=THINGS)
    return located, places


def _diameter(elements: list[Any]) -> float | None:
    """Return the diameter of the circles; None where not all elements are circles of one size."""
    circles = [element for element in elements if isinstance(element, pd.DataFrame) and "radius" in element]
    diameters = {2 * float(element["radius"].median()) for element in circles}
    return diameters.pop() if len(diameters) == 1 and len(circles) == len(elements) else None


def _centroids(element: Any) -> tuple[Any, pd.DataFrame]:
    """Return the element and its centroids, both in the store's global coordinates."""
    import spatialdata
    from spatialdata.transformations import get_transformation

    systems = get_transformation(element, get_all=True)
    system = "global" if "global" in systems else next(iter(systems))
    if isinstance(element, pd.DataFrame):  # circles: the radius goes along
        element = spatialdata.transform(element, to_coordinate_system=system)
    centroids = spatialdata.get_centroids(element, coordinate_system=system).compute()
    return element, pd.DataFrame(centroids[["x", "y"]]).set_axis(text(centroids.index))


def _region(path: Path, name: str) -> Any | None:
    """Return the shapes, points or labels of this name."""
    kind = next((kind for kind in ELEMENTS_WITH_COORDINATES if (path / kind / name).is_dir()), None)
    return None if kind is None else _elements(path, kind)[name]


def _elements(path: Path, kind: str) -> dict[str, Any]:
    with _quietly(path):
        import spatialdata

        return dict(getattr(spatialdata.read_zarr(path, selection=(kind,)), kind))


@contextlib.contextmanager
def _quietly(path: Path) -> Iterator[None]:
    """Put errors in words; ignore warnings of older versions, of elements not asked for, and of unsorted names."""
    with in_words(path, "a SpatialData store"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield

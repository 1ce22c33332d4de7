"""A section of imaged cells on its explorer page: each cell with its predicted type."""

from ...contract.keys import Obs
from ...contract.stored import Readable
from .. import maps
from .content import Content, positions_of
from .packing import packed, packed_names, parts_of


def add(content: Content, placed: Readable) -> None:
    """Add the imaged cells with type and probability."""
    positions = positions_of(placed)
    content.add_places("cells", positions, maps.cell_diameter(positions))
    content.arrays["cells names"] = packed_names(placed.obs_names)
    content.add_types("cells types", placed.obs[Obs.CELL_TYPE], [one["name"] for one in content.about["types"]])
    content.arrays["cells scores"] = packed(parts_of(placed.obs[Obs.CELL_TYPE_SCORE].to_numpy(float), 1.0))

"""The names under which the pipeline's own h5ad files hold things, each written once.

docs/output.md describes what each file holds. A name that is built from another has a function here.
"""


class Obs:
    """Columns of ``obs``."""

    CELL_TYPE = "cell_type"  # text; cells of a reference, generated, placed and imaged cells
    BATCH = "batch"  # text; library of a reference cell
    VOLUME = "volume"  # of an imaged cell, in the section's own unit
    SOURCE_CELL = "source_cell"  # text; the reference cell that a generated cell was drawn from
    SPOT = "spot"  # text; the spot that a placed cell lies in
    CELL = "cell"  # text; name in cells.h5ad of a placed cell
    SCORE = "score"  # 0 to 1; probability that the spot of a placed cell holds a cell of its type for it
    TOTAL = "total"  # in memory alone: sum over all genes of the file, where only some of them were read
    SHARED_TOTAL = "shared_total"  # in memory alone: the same over the genes that the files of a step share
    FIT = "fit"  # 0 to 1; the scorer's value of a placed cell in its spot
    N_CELLS = "n_cells"  # cells that the fit of a section took a spot to hold
    RESIDUAL = "residual"  # of a spot, as in spots.csv
    CELL_TYPE_SCORE = "cell_type_score"  # 0 to 1; probability that an imaged cell has its predicted type
    CELL_TYPE_MARGIN = "cell_type_margin"  # that probability minus the next type's
    REGION = "region"  # text; region of a place, as the section's own table names it
    BULK_COLUMN = "bulk_column"  # text; column of the bulk that a sample is

    @staticmethod
    def original(column: str) -> str:
        """Return the name under which a section's own column is kept beside the pipeline's column of that name."""
        return f"{column}_original"


class Var:
    """Columns of ``var``."""

    GENE_ID = "gene_id"  # text; Ensembl identifier
    IN_MODEL = "in_model"  # whether a generated cell's gene was trained on; the others are 0
    EXPECTED_PCC = "expected_pcc"  # correlation of prediction and measurement expected of a gene that was not measured
    WEAK = "weakly_predicted"  # whether that correlation is below WEAK_PCC
    MEASURED = "measured"  # whether the section measured the gene
    MARKER = "marker"  # whether it is among the best markers of a cell type


WEAK_PCC = 0.2  # expected correlation below which a gene is weakly predicted: it says little about single cells


class Varm:
    """Arrays of ``varm``."""

    NEIGHBOR_EXPRESSION = "neighbor_expression"  # genes × source cells (sparse): log expression, in place of X
    HALF_WIDTH = "half_width"  # genes × types: how far the 90 % interval of a prediction reaches to either side
    RESOLVABLE = "resolvable"  # genes × types (uns['cell_types']): whether a bulk tells a gene's expression in a type
    EXPECTED_PCC = "expected_pcc"  # genes × types: correlation over the samples expected of estimate and truth


class Obsm:
    """Arrays of ``obsm``."""

    SPATIAL = "spatial"  # observations × 2: x and y in the section's coordinate unit, y downwards
    UPRIGHT = "X_spatial"  # the same with -y, for tools that draw y upwards
    UMAP = "X_umap"  # cells × 2: one UMAP of generated cells and reference; NaN for a cell without a place in it
    PROPORTIONS = "proportions"  # spots or samples × types (uns['cell_types']): proportions of the cells
    RNA_FRACTION = "rna_fraction"  # spots or samples × types: proportions of the mRNA
    DEVIATION = "deviation"  # spots × types: standard deviation that the fit leaves to each proportion
    WEIGHTS = "weights"  # spots × (types and programs): what expected expression follows from, with uns['expected']
    NEIGHBORS = "neighbors"  # imaged × generated cells (sparse): weight of each neighbour, rows sum to 1


def quoted(name: str) -> str:
    """Return a name without slashes, which would make groups in an h5ad; no two names become the same."""
    return name.replace("%", "%25").replace("/", "%2F")


class Layers:
    """Matrices of ``layers``."""

    COUNTS = "counts"  # whole numbers, where the input had counts
    MEASURED = "measured"  # as the section has it beside the expected X: log1p of counts per 10 000
    MEASURED_COUNTS = "measured_counts"  # the same as counts, of imaged cells; 0 for genes that were not measured

    @staticmethod
    def mean(cell_type: str) -> str:
        """Return the name of the layer with the expression of a cell type in each sample."""
        return f"mean {quoted(cell_type)}"

    @staticmethod
    def sd(cell_type: str) -> str:
        """Return the name of the layer with the standard deviation of that expression."""
        return f"sd {quoted(cell_type)}"


class Uns:
    """Entries of ``uns``."""

    UNITS = "units"  # dict: the unit that came in (`input`) and what was done with it
    UNIT = "unit"  # text: the unit that a file's format states (inputs/formats/quantifiers.py)
    MATRIX = "matrix"  # text: where in the input the values were found
    PROVENANCE = "provenance"  # JSON: version, code, parameters and inputs of a result (contract/provenance.py)
    REMARKS = "remarks"  # JSON: what a reader of the report should know (contract/remarks.py)
    THINNED = "thinned"  # table: cell_type, kept, cells; types of a reference with more cells than are used
    PLATFORM = "platform"  # `spot` or `image`
    COORDINATE_UNIT = "coordinate_unit"  # text, empty where it is not known
    SPOT_DIAMETER = "spot_diameter"  # in coordinate units
    SPOT_MICROMETERS = "spot_micrometers"  # real diameter of a spot, or side of a bin
    IMAGE = "image"  # height × width × 3, uint8: the tissue beside a section
    IMAGE_SCALE = "image_scale"  # pixels of that image per coordinate unit
    SECTION_COLUMN = "section_column"  # text: column of obs with the names of sections, in a file that holds several
    PARAMETERS = "bulk2space"  # dict: what the step was run with
    CALIBRATION = "calibration"  # dict: how the bulk chose the source cells
    CELL_MAP = "cell_map"  # dict: the reference's part of the UMAP, and how it was made
    NEIGHBOR_CELLS = "neighbor_cells"  # names of the columns of obsm['neighbors']
    NEIGHBOR_SOURCES = "neighbor_sources"  # generated cells × source cells (sparse): whose expression is expected
    HALF_WIDTH_TYPES = "half_width_types"  # names of the columns of varm['half_width']
    CELLS_FROM_COUNTS = "cells_from_counts"  # whether obs['n_cells'] is a first guess from the counts of the spots
    SECTION_CHOICE = "section_choice"  # dict: what a section of spots decided by genes that were left out
    CELL_TYPES = "cell_types"  # names of the columns of obsm['proportions'] and varm['resolvable']
    EXPECTED = "expected"  # dict: profiles of all genes, which times obsm['weights'] are the expected expression
    SPATIAL = "spatial"  # dict: image and scales of the section, as scanpy and squidpy look for them
    BULK_AND_SECTION = "bulk_and_section"  # dict: the section's own proportions, and how far from the bulk's

    @staticmethod
    def colours(column: str) -> str:
        """Return the name of the list of colours of a column's categories, as scanpy has it."""
        return f"{column}_colors"


class Parameters:
    """Entries of ``uns["bulk2space"]`` that another step reads."""

    N_AMBIGUOUS = "n_ambiguous"  # imaged cells with the ambiguous label
    N_LABELLED = "n_labelled"  # imaged cells whose own label is a type of the generated cells
    N_SAME_TYPE = "n_same_type"  # those of them that are predicted to have that type
    COMPOSITION = "composition"  # whose proportions the placed cells have: section, bulk or both
    CELLS_PER_SPOT = "cells_per_spot"  # cells of every spot, or of an average one
    METHOD = "method"  # how spots are fitted
    LIMITS = "limits"  # text: what the cells must not be used for


class Expected:
    """Entries of ``uns["expected"]``."""

    PROFILES = "profiles"  # (types and programs) × genes, linear expression per 10 000
    ROWS = "rows"  # names of its rows and of the columns of obsm['weights']
    GENES = "genes"  # names of its columns
    LEFT_OUT_PCC = (
        "left_out_pcc"  # of each gene: correlation over spots with the measured values, where it was left out
    )


class Calibrated:
    """Entries of ``uns["calibration"]``."""

    TRIED = "tried"  # whether there were enough cells and genes to fit weights
    USED = "used"  # whether the source cells were weighted by the bulk
    ERROR = "error"  # squared error on held-out genes with these weights, over the error with equal; NaN if not tried
    REASON = "reason"  # text: why the weights were not used; empty where they were
    WEIGHTS = "weights"  # table: cell, weight; of the reference's cells, where they were used
    N_GENES = "n_genes"  # genes that took part
    EFFECTIVE_CELLS = "effective_cells"  # table: cell_type, and in `share` the effective proportion of its cells


class CellMap:
    """Entries of ``uns["cell_map"]``."""

    REFERENCE = "reference"  # table: cell, umap_1, umap_2; of cells of the reference
    N_GENES = "n_genes"  # most variable genes that took part
    N_COMPONENTS = "n_components"  # principal components of them
    NEIGHBOURS = "neighbours"  # of UMAP
    MINIMUM_DISTANCE = "minimum_distance"  # of UMAP


class SectionChoice:
    """Entries of ``uns["section_choice"]``."""

    FIT = "fit"  # names of the ways to fit whose mean composition counts, in one text
    SMOOTHING = "smoothing"  # weight of a spot's neighbours
    POOLING = "pooling"  # width of pooling of touching spots' counts, in distances of neighbours; 0 for none
    SCORER = "scorer"  # name of the scorer that placed the cells
    GAINS = "gains"  # table: tried, gain; of a fit, smoothing or pooling in loss, of a scorer over random cells in PCC


class BulkAndSection:
    """Entries of ``uns["bulk_and_section"]``."""

    DISTANCE = "distance"  # 0 to 1; how far the two proportions of cells lie apart
    OF_SECTION = "of_section"  # table: cell_type, proportion; of the section's cells before the bulk had its say

"""Which chapter of the report has the evidence for a remark, by the remark's code."""

from ..contract.remarks import Remark
from . import multiqc
from .multiqc import Chapter

CODES: dict[Chapter, tuple[str, ...]] = {
    multiqc.VERDICT: ("unknown_type", "shared_markers", "no_marker", "markers_untested", "large_residual"),
    multiqc.COHORTS: (
        "samples_left_out", "samples_joined", "types_left_out", "types_nowhere", "not_tested", "samples_apart",
        "unnamed_groups", "batch",
    ),
    multiqc.PROPORTIONS: (
        "unknown_mrna_content", "no_mrna_content", "unknown_types_in_mrna_content", "types_absent_from_bulk",
        "types_absent_from_reference", "repeated_colours",
    ),
    multiqc.BULK: ("type_in_bulk_only", "type_in_section_only"),
    multiqc.SPOTS: (
        "counts_pooled", "type_without_whole_cell", "type_without_generated_cells", "spots_without_available_type",
        "cells_are_a_pool", "cells_reused_beyond_bound", "spots_without_nuclei", "cells_behind_places",
        "random_cells_of_a_type", "cells_of_a_type_uncertain", "page_genes_absent", "explorer_full",
    ),
    multiqc.IMAGE: (
        "mappers_not_weighed", "cells_used_repeatedly", "imaged_cells_without_counts", "column_name_taken",
        "labels_without_generated_cells",
    ),
    multiqc.HELD_OUT_GENES: ("constant_genes",),
    multiqc.CONFIDENCE: (
        "few_counts_in_spots", "low_confidence", "foreign_platform", "probabilities_not_checked", "depth_not_known",
    ),
    multiqc.CELLS: ("source_cells", "few_source_cells", "empty_cells"),
    multiqc.TRAINING: ("training_cut_short", "smaller_batches", "reference_without_counts", "cells_without_counts"),
    multiqc.INPUTS: (
        "clusters_for_types", "one_cell_type", "section_picked", "image_left_out",
        "table_without_coordinates", "coordinates_found", "cells_limited", "unknown_labels_of_section",
        "nothing_compared", "same_samples", "words_alike", "numbers_as_quantity",
        "no_ground_truth", "few_shared_genes", "normalised_by_volume",
        "empty_observations", "empty_cells_left_out", "volumes_unused", "spots_given_as_image", "reference_thinned",
        "names_rewritten", "unknown_names_in_metadata", "logarithm_with_offset", "unit_guessed",
        "duplicate_genes_summed", "gene_lengths_unused", "outside_cells_left_out", "depth_left_out",
        "quantified_sample", "metadata_differ", "header_left_out", "other_features_left_out",
        "spots_outside_tissue", "spot_diameter_unknown", "tables_left_out", "cells_without_position",
        "cells_not_in_matrix", "unknown_types_left_out", "cells_left_out", "small_types", "transposed",
        "gene_names_are_dates", "joint_gene_names", "gene_names_from_column", "genes_renamed",
        "fewer_genes_than_raw", "unmeasured_genes_left_out", "spot_diameter_left_out", "spot_diameter_unlikely",
        "cells_given_as_spots",
        "genes_named_by_identifier", "mixed_gene_names", "annotation_left_out", "not_genes_left_out",
        "genes_without_length", "many_names_unmatched",
    ),
}  # fmt: skip
CHAPTER_OF = {code: chapter for chapter, codes in CODES.items() for code in codes}


def chapter_of(remark: Remark) -> Chapter:
    """Return the chapter with the evidence for a remark."""
    return CHAPTER_OF.get(remark.code, multiqc.WARNINGS)

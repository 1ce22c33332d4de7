"""From what users bring to the pipeline's own files and the plan of the samples.

==================================  ==========================================================================
what                                where
==================================  ==========================================================================
the three ways in                   door.py: bulk.py, reference.py, section.py
any file as observations × genes    formats/ (reader.py chooses), then upright.py with orientation.py
what is no expression               annotation.py, not_genes.py, excel_dates.py
values and their unit               values.py, recognise.py, linear_scale.py, units.py, lengths.py
names of genes                      genes.py, shared_genes.py
metadata of cells and spots         joining.py, metadata.py, cell_labels.py, annotate.py
where spots and cells lie           coordinates.py, coordinate_columns.py, stacked.py, tissue.py, spot_cells.py
samplesheet, findings and plan      check.py, samplesheet.py, row_rules.py, sources.py, findings.py, planning.py
==================================  ==========================================================================
"""

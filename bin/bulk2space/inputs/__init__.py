"""From what users bring to the pipeline's own files and the plan of the samples.

==================================  ==========================================================================
what                                where
==================================  ==========================================================================
the three ways in                   door.py: bulk.py, reference.py, section.py
any file as observations × genes    formats/ (reader.py chooses), then upright.py with orientation.py
what is no expression               no_expression/
values and their unit               values.py, unit/, lengths.py
names of genes                      genes.py, excel_dates.py
metadata of cells and spots         joining.py, metadata.py, cell_labels.py, annotate.py
where spots and cells lie           places/
samplesheet and plan                sheet/; findings.py has what the plan knows of an input
==================================  ==========================================================================
"""

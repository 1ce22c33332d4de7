# Expression by cell type and sample by bMIND (R package MIND), with the means of a reference as prior.
# Rscript bmind.R <folder>: reads bulk.csv (genes × samples), frac.csv (samples × types) and profile.csv (genes × types),
# in log2 of counts per million; writes found.csv (gene, type and sample by number, value).
folder <- commandArgs(trailingOnly = TRUE)[1]
table_of <- function(name) as.matrix(read.csv(file.path(folder, name), row.names = 1, check.names = FALSE))
found <- MIND::bMIND(table_of("bulk.csv"), frac = table_of("frac.csv"), profile = table_of("profile.csv"), ncore = 1)$A
places <- expand.grid(gene = dimnames(found)[[1]], type = dimnames(found)[[2]], sample = dimnames(found)[[3]])
write.csv(cbind(places, value = as.vector(found)), file.path(folder, "found.csv"), row.names = FALSE)

# Composition of spots by a program in R: Rscript compositions.R <package> <folder>
# Reads cells.csv and spots.csv (genes x cells or spots, counts), types.csv (one type per cell) and markers.csv (gene,
# type, weight); writes found.csv (spots x types).
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]
table_of <- function(name) as.matrix(read.csv(file.path(folder, name), row.names = 1, check.names = FALSE))
cells <- table_of("cells.csv")
spots <- table_of("spots.csv")
types <- as.character(read.csv(file.path(folder, "types.csv"))$type)
markers <- read.csv(file.path(folder, "markers.csv"))

spotlight <- function() {
  chosen <- unlist(lapply(split(seq_along(types), types), function(own) own[seq_len(min(75, length(own)))])) # paper: 75
  SPOTlight::SPOTlight(
    x = cells[, chosen], y = spots, groups = types[chosen], mgs = markers,
    gene_id = "gene", group_id = "type", weight_id = "weight"
  )$mat
}

# As in the authors' tutorial: markers' mean expression by type, spots in Leiden clusters, and 20 cells a spot (paper).
dwls <- function() {
  genes <- unique(markers$gene)
  scaled <- sweep(cells, 2, colSums(cells), "/") * 1e4
  signature <- sapply(sort(unique(types)), function(type) rowMeans(scaled[genes, types == type, drop = FALSE]))
  section <- Giotto::normalizeGiotto(Giotto::createGiottoObject(spots), scalefactor = 1e4)
  section <- Giotto::runPCA(Giotto::calculateHVF(section))
  section <- Giotto::doLeidenCluster(Giotto::createNearestNetwork(section, dimensions_to_use = 1:10, k = 10), resolution = 0.4)
  section <- Giotto::runDWLSDeconv(section, sign_matrix = signature, n_cell = 20, return_gobject = FALSE)
  found <- as.data.frame(section)
  as.matrix(data.frame(found[, -1], row.names = found[, 1], check.names = FALSE))
}

found <- switch(arguments[1], SPOTlight = spotlight(), Giotto = dwls())
write.csv(found, file.path(folder, "found.csv"))

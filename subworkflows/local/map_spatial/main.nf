// From each sample's cells to their places: in the spots of a section, or as the cells of an image.

include { DESCRIBE_SECTION } from '../../../modules/local/bulk2space/describe_section'
include { MAP_CELLS        } from '../../../modules/local/bulk2space/map_cells'
include { MAP_SPOTS        } from '../../../modules/local/bulk2space/map_spots'
include { VALIDATE_GENES   } from '../../../modules/local/bulk2space/validate_genes'

workflow MAP_SPATIAL {
    take:
    samples        // channel: sample map, of samples with a section
    cells          // channel: [sample id, h5ad], of these
    proportions    // channel: [sample id, csv], of these
    references     // channel: [reference id, h5ad]
    markers        // channel: [reference id, csv]
    compositions   // channel: [sample id, h5ad], of these, where their section has spots
    sections       // channel: [section id, h5ad]
    mrna_content   // path: a table, or []
    validate_genes // boolean: leave genes of image sections out and predict them
    code           // map: digest of the code of each module

    main:
    def ch_with_markers = references.join(markers, failOnMismatch: true, failOnDuplicate: true)
    def ch_mapped = samples
        .map { sample -> [sample.id, sample] }
        .join(cells, failOnMismatch: true, failOnDuplicate: true)
        .join(proportions, failOnMismatch: true, failOnDuplicate: true)
        .map { _id, sample, h5ad, proportions_csv -> [sample.section, sample, h5ad, proportions_csv] }
        .combine(sections, by: 0)
        .branch { _id, sample, _cells, _proportions, _section ->
            spots: sample.platform == 'spot'
            images: sample.platform == 'image'
        }

    def ch_to_spots = ch_mapped.spots
        .map { _id, sample, h5ad, proportions_csv, section -> [sample.id, sample, section, h5ad, proportions_csv] }
        .join(compositions, failOnMismatch: true, failOnDuplicate: true)
        .map { id, sample, section, h5ad, proportions_csv, composition ->
            [sample.reference, [id: id], section, h5ad, proportions_csv, composition]
        }
        .combine(ch_with_markers, by: 0)
        .map { _reference, meta, section, h5ad, proportions_csv, composition, reference, csv ->
            [meta, h5ad, reference, section, composition, proportions_csv, csv]
        }
    MAP_SPOTS(ch_to_spots, mrna_content, code.map_spots)

    def ch_to_image = ch_mapped.images
        .map { _id, sample, h5ad, _proportions, section -> [sample.reference, [id: sample.id], h5ad, section] }
        .combine(references, by: 0)
        .map { _reference, meta, h5ad, section, reference -> [meta, h5ad, section, reference] }
    MAP_CELLS(ch_to_image, code.map_cells)
    VALIDATE_GENES(ch_to_image.filter { validate_genes }, code.validate_genes)

    def ch_placed = MAP_SPOTS.out.spatial
        .join(MAP_SPOTS.out.csv, failOnMismatch: true, failOnDuplicate: true)
        .join(MAP_SPOTS.out.expected, failOnMismatch: true, failOnDuplicate: true)
        .mix(MAP_CELLS.out.spatial.map { meta, spatial -> [meta, spatial, [], []] })
        .map { meta, spatial, csv, expected -> [meta.id, spatial, csv, expected] }
    def ch_genes = samples
        .filter { sample -> !validate_genes || sample.platform != 'image' }
        .map { sample -> [sample.id, []] }
        .mix(VALIDATE_GENES.out.csv.map { meta, csv -> [meta.id, csv] })
    def ch_measured = samples
        .map { sample -> [sample.section, sample.id] }
        .combine(sections, by: 0)
        .map { _section, id, h5ad -> [id, h5ad] }
        .join(ch_placed, failOnMismatch: true, failOnDuplicate: true)
    def ch_fitted = compositions.mix(samples.filter { sample -> sample.platform == 'image' }.map { sample -> [sample.id, []] })
    DESCRIBE_SECTION(
        ch_measured
            .join(ch_fitted, failOnMismatch: true, failOnDuplicate: true)
            .map { id, section, spatial, spots, _expected, composition -> [[id: id], section, spatial, spots, composition] },
        code.describe_section,
    )
    def ch_patterns = DESCRIBE_SECTION.out.genes
        .join(DESCRIBE_SECTION.out.pairs, failOnMismatch: true, failOnDuplicate: true)
        .join(DESCRIBE_SECTION.out.regions, remainder: true) // a section may have no regions
        .map { meta, genes, pairs, regions -> [meta.id, [genes, pairs, regions].findAll()] }

    def ch_sections = ch_measured
        .join(ch_genes, failOnMismatch: true, failOnDuplicate: true)
        .join(ch_patterns, failOnMismatch: true, failOnDuplicate: true)

    emit:
    sections = ch_sections // channel: [sample id, section, spatial, spots, expected, genes, patterns] of samples with a section; [] for what is not there
    versions = MAP_SPOTS.out.versions.mix(MAP_CELLS.out.versions, VALIDATE_GENES.out.versions, DESCRIBE_SECTION.out.versions) // channel: versions.yml
}

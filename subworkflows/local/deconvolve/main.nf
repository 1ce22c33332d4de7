// From bulk and reference to the single cells of each sample.

include { ESTIMATE_PROPORTIONS } from '../../../modules/local/bulk2space/estimate_proportions'
include { GENERATE_CELLS       } from '../../../modules/local/bulk2space/generate_cells'
include { RANK_MARKERS         } from '../../../modules/local/bulk2space/rank_markers'
include { TRAIN_VAE            } from '../../../modules/local/bulk2space/train_vae'

workflow DECONVOLVE {
    take:
    chunks       // channel: map of the samples of a task
    bulks        // channel: [bulk id, h5ad]
    references   // channel: [reference id, h5ad]
    mrna_content // path: a table, or []
    code         // map: digest of the code of each module

    main:
    def ch_references = references.map { id, h5ad -> [[id: id], h5ad] }
    RANK_MARKERS(ch_references, code.rank_markers)
    TRAIN_VAE(ch_references, code.train_vae)

    def ch_markers = RANK_MARKERS.out.csv.map { meta, csv -> [meta.id, csv] }
    def ch_models  = TRAIN_VAE.out.model.map { meta, model -> [meta.id, model] }

    // Each pair of a bulk and a reference that some sample names, once.
    def ch_pairs = chunks
        .map { chunk -> [chunk.bulk, chunk.reference] }
        .unique()
        .combine(bulks, by: 0)
        .map { bulk, reference, bulk_h5ad -> [reference, bulk, bulk_h5ad] }
        .combine(references.join(ch_markers, failOnMismatch: true, failOnDuplicate: true), by: 0)
        .map { reference, bulk, bulk_h5ad, reference_h5ad, markers ->
            [[id: "${bulk}.${reference}".toString(), bulk: bulk, reference: reference], bulk_h5ad, reference_h5ad, markers]
        }
    ESTIMATE_PROPORTIONS(ch_pairs, mrna_content, code.estimate_proportions)

    // The samples of each task with their reference, bulk, proportions and model.
    def ch_estimates = ESTIMATE_PROPORTIONS.out.csv.map { meta, csv -> [meta.bulk, meta.reference, csv] }
    def ch_to_generate = chunks
        .map { chunk ->
            def samples = chunk.samples.collect { sample -> sample.subMap('id', 'bulk_column', 'n_cells') }
            [chunk.bulk, chunk.reference, [id: chunk.id, samples: samples]]
        }
        .combine(ch_estimates, by: [0, 1])
        .combine(bulks, by: 0)
        .map { _bulk, reference, meta, proportions, bulk_h5ad -> [reference, meta, bulk_h5ad, proportions] }
        .combine(references.join(ch_models, failOnMismatch: true, failOnDuplicate: true), by: 0)
        .map { _reference, meta, bulk_h5ad, proportions, reference_h5ad, model ->
            [meta, reference_h5ad, bulk_h5ad, proportions, model]
        }
    GENERATE_CELLS(ch_to_generate, code.generate_cells)

    emit:
    markers     = ch_markers                                                           // channel: [reference id, csv]
    training    = TRAIN_VAE.out.history.map { meta, csv -> [meta.id, csv] }            // channel: [reference id, csv]
    cells       = GENERATE_CELLS.out.cells.flatMap { _meta, h5ads -> OfSamples.each(h5ads, '.cells.h5ad') }     // channel: [sample id, h5ad]
    estimates   = ch_estimates                                                         // channel: [bulk id, reference id, csv]
    proportions = GENERATE_CELLS.out.csv.flatMap { _meta, csvs -> OfSamples.each(csvs, '.proportions.csv') } // channel: [sample id, csv]
    versions    = RANK_MARKERS.out.versions.mix(
        TRAIN_VAE.out.versions,
        ESTIMATE_PROPORTIONS.out.versions,
        GENERATE_CELLS.out.versions,
    )                                                                                  // channel: versions.yml
}

// From bulk, reference and section to composition, and to the single cells of each sample.

include { ESTIMATE_EXPRESSION  } from '../../../modules/local/bulk2space/estimate_expression'
include { ESTIMATE_PROPORTIONS } from '../../../modules/local/bulk2space/estimate_proportions'
include { FIT_SPOTS            } from '../../../modules/local/bulk2space/fit_spots'
include { GENERATE_CELLS       } from '../../../modules/local/bulk2space/generate_cells'
include { RANK_MARKERS         } from '../../../modules/local/bulk2space/rank_markers'
include { SAMPLE_PROPORTIONS   } from '../../../modules/local/bulk2space/sample_proportions'
include { TRAIN_VAE            } from '../../../modules/local/bulk2space/train_vae'

workflow DECONVOLVE {
    take:
    samples      // channel: sample map, of samples with a section
    chunks       // channel: map of the samples of a task
    bulks        // channel: [bulk id, h5ad]
    references   // channel: [reference id, h5ad]
    sections     // channel: [section id, h5ad]
    mrna_content // path: a table, or []
    skip_cells   // boolean: proportions and expression by type alone
    code         // map: digest of the code of each module

    main:
    def ch_references = references.map { id, h5ad -> [[id: id], h5ad] }
    RANK_MARKERS(ch_references, code.rank_markers)
    def ch_markers = RANK_MARKERS.out.csv.map { meta, csv -> [meta.id, csv] }

    def ch_with_markers = references.join(ch_markers, failOnMismatch: true, failOnDuplicate: true)

    // Each pair of a bulk and a reference that some sample names, once.
    def ch_pairs = chunks
        .map { chunk -> [chunk.bulk, chunk.reference] }
        .unique()
        .combine(bulks, by: 0)
        .map { bulk, reference, bulk_h5ad -> [reference, bulk, bulk_h5ad] }
        .combine(ch_with_markers, by: 0)
        .map { reference, bulk, bulk_h5ad, reference_h5ad, markers ->
            [[id: "${bulk}.${reference}".toString(), bulk: bulk, reference: reference], bulk_h5ad, reference_h5ad, markers]
        }
    ESTIMATE_PROPORTIONS(ch_pairs, mrna_content, code.estimate_proportions)

    // The samples of each pair, in the order of the samplesheet.
    def ch_of_pair = chunks
        .map { chunk -> [chunk.bulk, chunk.reference, chunk.samples.collect { sample -> sample.subMap('id', 'bulk_column') }] }
        .groupTuple(by: [0, 1])
        .map { bulk, reference, own -> ["${bulk}.${reference}".toString(), own.flatten()] }
    def ch_with_estimates = ch_pairs
        .join(ESTIMATE_PROPORTIONS.out.csv, failOnMismatch: true, failOnDuplicate: true)
        .map { meta, bulk, reference, _markers, csv -> [meta.id, meta, bulk, reference, csv] }
        .join(ch_of_pair, failOnMismatch: true, failOnDuplicate: true)
        .map { _id, meta, bulk, reference, csv, own -> [meta, own, bulk, reference, csv] }
    ESTIMATE_EXPRESSION(ch_with_estimates, code.estimate_expression)

    // The samples of each task with the proportions of their bulk.
    def ch_estimates = ESTIMATE_PROPORTIONS.out.csv.map { meta, csv -> [meta.bulk, meta.reference, csv] }
    def ch_estimated = chunks
        .map { chunk ->
            def own = chunk.samples.collect { sample -> sample.subMap('id', 'bulk_column', 'n_cells') + [umap: sample.chapters || sample.section] }
            [chunk.bulk, chunk.reference, chunk.subMap('id', 'colours') + [samples: own]]
        }
        .combine(ch_estimates, by: [0, 1])

    def ch_training     = references.map { id, _h5ad -> [id, []] }
    def ch_made         = channel.empty() // [meta, proportions, cells]
    def ch_compositions = channel.empty()
    def ch_versions     = RANK_MARKERS.out.versions.mix(ESTIMATE_PROPORTIONS.out.versions, ESTIMATE_EXPRESSION.out.versions)
    if (skip_cells) {
        SAMPLE_PROPORTIONS(ch_estimated.map { _bulk, _reference, meta, csv -> [meta.subMap('id', 'samples'), csv] }, code.sample_proportions)
        ch_made     = SAMPLE_PROPORTIONS.out.csv.map { meta, csvs -> [meta, csvs, []] }
        ch_versions = ch_versions.mix(SAMPLE_PROPORTIONS.out.versions)
    }
    else {
        TRAIN_VAE(ch_references, code.train_vae)
        ch_training = TRAIN_VAE.out.history.map { meta, csv -> [meta.id, csv] }
        def ch_models = TRAIN_VAE.out.model.map { meta, model -> [meta.id, model] }
        // What the spots hold is fitted while the network trains. It also decides how many cells of a rare type there are.
        def ch_to_fit = samples
            .filter { sample -> sample.platform == 'spot' }
            .map { sample -> [sample.section, sample] }
            .combine(sections, by: 0)
            .map { _section, sample, section -> [sample.bulk, sample, section] }
            .combine(bulks, by: 0)
            .map { _bulk, sample, section, bulk -> [sample.reference, sample.subMap('id', 'cells_per_spot', 'cells_by'), section, bulk] }
            .combine(ch_with_markers, by: 0)
            .map { _reference, meta, section, bulk, reference, csv -> [meta, reference, section, bulk, csv] }
        FIT_SPOTS(ch_to_fit, mrna_content, code.fit_spots)
        ch_compositions = FIT_SPOTS.out.composition.map { meta, composition -> [meta.id, composition] }

        def ch_without_spots = chunks
            .filter { chunk -> chunk.samples.every { sample -> sample.platform != 'spot' } }
            .map { chunk -> [chunk.id, []] }
        def ch_to_generate = ch_estimated
            .combine(bulks, by: 0)
            .map { _bulk, reference, meta, proportions, bulk_h5ad -> [reference, meta, bulk_h5ad, proportions] }
            .combine(references.join(ch_models, failOnMismatch: true, failOnDuplicate: true), by: 0)
            .map { _reference, meta, bulk_h5ad, proportions, reference_h5ad, model ->
                [meta.id, meta, reference_h5ad, bulk_h5ad, proportions, model]
            }
            .join(ch_compositions.mix(ch_without_spots), failOnMismatch: true, failOnDuplicate: true)
            .map { _id, meta, reference_h5ad, bulk_h5ad, proportions, model, composition ->
                [meta, reference_h5ad, bulk_h5ad, proportions, model, composition]
            }
        GENERATE_CELLS(ch_to_generate, code.generate_cells)
        ch_made     = GENERATE_CELLS.out.csv.join(GENERATE_CELLS.out.cells, failOnMismatch: true, failOnDuplicate: true)
        ch_versions = ch_versions.mix(TRAIN_VAE.out.versions, FIT_SPOTS.out.versions, GENERATE_CELLS.out.versions)
    }

    // Of a sample with a section, which is alone in its task.
    def ch_of_section = chunks
        .filter { chunk -> chunk.section }
        .map { chunk -> [chunk.id] }
        .join(ch_made.map { meta, csvs, h5ads -> [meta.id, csvs, h5ads] })

    emit:
    markers      = ch_markers                                                  // channel: [reference id, csv]
    training     = ch_training                                                 // channel: [reference id, csv], [] without a network
    estimates    = ch_estimates                                                // channel: [bulk id, reference id, csv]
    expression   = ESTIMATE_EXPRESSION.out.h5ad.map { meta, h5ad -> [meta.bulk, meta.reference, h5ad] } // channel: [bulk id, reference id, h5ad]
    of_chunks    = ch_made.map { meta, csvs, h5ads -> [meta.id, csvs, h5ads] } // channel: [task id, csvs, h5ads]
    proportions  = ch_of_section.map { id, csvs, _h5ads -> [id, csvs[0]] }     // channel: [sample id, csv] of samples with a section
    cells        = ch_of_section.map { id, _csvs, h5ads -> [id, h5ads[0]] }    // channel: [sample id, h5ad] of samples with a section
    compositions = ch_compositions                                             // channel: [sample id, h5ad] of samples with a section of spots
    versions     = ch_versions                                                 // channel: versions.yml
}

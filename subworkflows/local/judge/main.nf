// The verdict on each sample: does its reference explain its bulk and its section?

include { JUDGE_FIT } from '../../../modules/local/bulk2space/judge_fit'

workflow JUDGE {
    take:
    chunks       // channel: map of the samples of a task
    bulks        // channel: [bulk id, h5ad]
    estimates    // channel: [bulk id, reference id, csv]
    references   // channel: [reference id, h5ad]
    markers      // channel: [reference id, csv]
    sections     // channel: [section id, h5ad]
    mrna_content // path: a table, or []
    on_poor_fit  // text: warn or stop
    code         // map: digest of the code of each module

    main:
    def ch_of_section = chunks
        .filter { chunk -> chunk.section }
        .map { chunk -> [chunk.section, chunk.id] }
        .combine(sections, by: 0)
        .map { _section, id, h5ad -> [id, h5ad] }
        .mix(chunks.filter { chunk -> !chunk.section }.map { chunk -> [chunk.id, []] })
    def ch_to_judge = chunks
        .map { chunk ->
            def samples = chunk.samples.collect { sample -> sample.subMap('id', 'bulk_column') }
            [chunk.bulk, chunk.reference, [id: chunk.id, samples: samples]]
        }
        .combine(estimates, by: [0, 1])
        .combine(bulks, by: 0)
        .map { _bulk, reference, meta, csv, h5ad -> [reference, meta, h5ad, csv] }
        .combine(references.join(markers, failOnMismatch: true, failOnDuplicate: true), by: 0)
        .map { _reference, meta, bulk, csv, reference, ranking -> [meta.id, meta, bulk, csv, reference, ranking] }
        .join(ch_of_section, failOnMismatch: true, failOnDuplicate: true)
        .map { _id, meta, bulk, csv, reference, ranking, section -> [meta, bulk, csv, reference, ranking, section] }
    JUDGE_FIT(ch_to_judge, mrna_content, code.judge_fit)

    JUDGE_FIT.out.poor
        .flatMap { _meta, sentences -> sentences }
        .filter { sentence -> sentence.size() > 0 }
        .subscribe { sentence ->
            if (on_poor_fit == 'stop') {
                error(sentence.text.trim())
            }
            log.warn(sentence.text.trim())
        }

    emit:
    of_chunks = JUDGE_FIT.out.csv.map { meta, csvs -> [meta.id, csvs] } // channel: [task id, csvs]
    versions  = JUDGE_FIT.out.versions                                  // channel: versions.yml
}

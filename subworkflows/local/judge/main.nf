// The verdict on each sample: does its reference explain its bulk and its section?

include { JUDGE_FIT } from '../../../modules/local/bulk2space/judge_fit'

workflow JUDGE {
    take:
    samples      // channel: sample map
    bulks        // channel: [bulk id, h5ad]
    estimates    // channel: [bulk id, reference id, csv]
    references   // channel: [reference id, h5ad]
    markers      // channel: [reference id, csv]
    sections     // channel: [section id, h5ad]
    mrna_content // path: a table, or []
    on_poor_fit  // text: warn or stop
    code         // map: digest of the code of each module

    main:
    def ch_of_section = samples
        .filter { sample -> sample.section }
        .map { sample -> [sample.section, sample.id] }
        .combine(sections, by: 0)
        .map { _section, id, h5ad -> [id, h5ad] }
        .mix(samples.filter { sample -> !sample.section }.map { sample -> [sample.id, []] })
    def ch_to_judge = samples
        .map { sample -> [sample.bulk, sample.reference, [id: sample.id, bulk_column: sample.bulk_column]] }
        .combine(estimates, by: [0, 1])
        .combine(bulks, by: 0)
        .map { _bulk, reference, meta, csv, h5ad -> [reference, meta, h5ad, csv] }
        .combine(references.join(markers, failOnMismatch: true, failOnDuplicate: true), by: 0)
        .map { _reference, meta, bulk, csv, reference, ranking -> [meta.id, meta, bulk, csv, reference, ranking] }
        .join(ch_of_section, failOnMismatch: true, failOnDuplicate: true)
        .map { _id, meta, bulk, csv, reference, ranking, section -> [meta, bulk, csv, reference, ranking, section] }
    JUDGE_FIT(ch_to_judge, mrna_content, code.judge_fit)

    JUDGE_FIT.out.poor.filter { _meta, sentence -> sentence.size() > 0 }.subscribe { _meta, sentence ->
        if (on_poor_fit == 'stop') {
            error(sentence.text.trim())
        }
        log.warn(sentence.text.trim())
    }

    emit:
    verdicts = JUDGE_FIT.out.csv.map { meta, csv -> [meta.id, csv] } // channel: [sample id, csv]
    versions = JUDGE_FIT.out.versions                                // channel: versions.yml
}

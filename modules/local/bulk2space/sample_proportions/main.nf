// The proportions of each sample as a table of its own, where no cells are generated.
process SAMPLE_PROPORTIONS {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(estimates, stageAs: 'estimates/*') // meta: samples, each with id, bulk_column
    val code

    output:
    tuple val(meta), path("*.proportions.csv", arity: '1..*'), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def samples = groovy.json.JsonOutput.toJson(meta.samples)
    """
    # code: ${code}
    cat <<'END_SAMPLES' > samples.json
    ${samples}
    END_SAMPLES
    sample_proportions.py \\
        --samples samples.json \\
        --proportions ${estimates} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python pandas)
    END_VERSIONS
    """

    stub:
    def files = meta.samples.collect { sample -> "${sample.id}.proportions.csv" }.join(' ')
    """
    # code: ${code}
    touch ${files}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python pandas)
    END_VERSIONS
    """
}

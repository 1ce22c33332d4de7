// What differs between the samples of one bulk and reference.
process COMPARE_SAMPLES {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(proportions, stageAs: 'given_proportions/*'), path(verdicts, stageAs: 'given_verdicts/*'), path(expression) // meta: samples, each with id, bulk_column, condition, covariates
    val code

    output:
    tuple val(meta), path("*.comparisons.csv"), emit: csv
    tuple val(meta), path("*.samples.csv"), emit: samples
    tuple val(meta), path("*.remarks.json"), emit: remarks
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def samples = groovy.json.JsonOutput.toJson(meta.samples)
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_SAMPLES' > samples.json
    ${samples}
    END_SAMPLES
    compare_samples.py \\
        --cohort ${prefix} \\
        --samples samples.json \\
        --proportions given_proportions \\
        --verdicts given_verdicts \\
        --expression ${expression} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.comparisons.csv ${prefix}.samples.csv
    echo '[]' > ${prefix}.remarks.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """
}

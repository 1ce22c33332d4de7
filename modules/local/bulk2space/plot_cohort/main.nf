// The report's part on the samples of one bulk and reference, side by side.
process PLOT_COHORT {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/report:1.0.0"

    input:
    tuple val(meta), path(proportions, stageAs: 'given_proportions/*'), path(verdicts, stageAs: 'given_verdicts/*'), path(comparisons), path(samples), path(remarks) // meta: samples, each with id, bulk_column, condition, covariates
    val code

    output:
    tuple val(meta), path("*/figures"), emit: figures
    tuple val(meta), path("*.proportions.csv"), emit: csv
    tuple val(meta), path("*/*_mqc.*"), emit: multiqc
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def given = groovy.json.JsonOutput.toJson(meta.samples)
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_SAMPLES' > samples.json
    ${given}
    END_SAMPLES
    plot_cohort.py \\
        --cohort ${prefix} \\
        --given samples.json \\
        --proportions given_proportions \\
        --verdicts given_verdicts \\
        --comparisons ${comparisons} \\
        --samples ${samples} \\
        --remarks ${remarks} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    mkdir -p ${prefix}/figures
    touch ${prefix}/figures/proportions.png ${prefix}/figures/proportions.csv ${prefix}.proportions.csv
    echo '{"id": "stub_cohort", "plot_type": "html", "data": "stub"}' > ${prefix}/${prefix}_mqc.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python matplotlib numpy pandas pillow scipy)
    END_VERSIONS
    """
}

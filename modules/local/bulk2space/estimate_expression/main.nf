// The expression of each cell type in each sample of a bulk, by one reference.
process ESTIMATE_EXPRESSION {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), val(samples), path(bulk, stageAs: 'bulk/*'), path(reference, stageAs: 'reference/*'), path(estimates, stageAs: 'estimates/*') // samples: each with id, bulk_column
    val code

    output:
    tuple val(meta), path("*.expression.h5ad"), emit: h5ad
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def listed = groovy.json.JsonOutput.toJson(samples)
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_SAMPLES' > samples.json
    ${listed}
    END_SAMPLES
    estimate_expression.py \\
        --code ${code} \\
        --samples samples.json \\
        --bulk ${bulk} \\
        --reference ${reference} \\
        --proportions ${estimates} \\
        ${args} \\
        --output ${prefix}.expression.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.expression.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy)
    END_VERSIONS
    """
}

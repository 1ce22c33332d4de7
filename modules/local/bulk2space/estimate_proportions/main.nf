// The proportion of each cell type in every column of a bulk, by one reference.
process ESTIMATE_PROPORTIONS {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(bulk, stageAs: 'bulk/*'), path(reference, stageAs: 'reference/*'), path(markers, stageAs: 'markers/*')
    path mrna_content // table of mRNA per cell type, or []
    val code

    output:
    tuple val(meta), path("*.estimates.csv"), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    estimate_proportions.py \\
        --bulk ${bulk} \\
        --reference ${reference} \\
        --markers ${markers} \\
        ${mrna_option} \\
        ${args} \\
        --output ${prefix}.estimates.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.estimates.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat numpy pandas scipy)
    END_VERSIONS
    """
}

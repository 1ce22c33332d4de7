// One bulk, reference or section, brought into the layout that every later step reads.
process NORMALIZE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/bulk2space:1.0.0"

    input:
    tuple val(meta), path(matrix, stageAs: 'matrix/*'), path(table, stageAs: 'table/*')
    val kind // bulk, reference or section
    val code

    output:
    tuple val(meta), path("*.h5ad"), emit: h5ad
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def table_option = table ? "--meta ${table}" : ''
    def platform_option = meta.platform ? "--platform ${meta.platform}" : ''
    """
    # package: ${code}
    normalize.py ${kind} \\
        --matrix ${matrix} \\
        ${table_option} \\
        ${platform_option} \\
        ${args} \\
        --output ${prefix}.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # package: ${code}
    touch ${prefix}.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """
}

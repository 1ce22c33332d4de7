// All genes of a reference, ranked for each cell type.
process RANK_MARKERS {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*')
    val code

    output:
    tuple val(meta), path("*.markers.csv"), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    rank_markers.py \\
        --reference ${reference} \\
        ${args} \\
        --output ${prefix}.markers.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scanpy scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.markers.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scanpy scipy)
    END_VERSIONS
    """
}

// The cells of an image section, given the whole transcriptome of their nearest generated cells.
process MAP_CELLS {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*'), path(section, stageAs: 'section/*'), path(reference, stageAs: 'reference/*')
    val code

    output:
    tuple val(meta), path("*.spatial.h5ad"), emit: spatial
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    map_cells.py \\
        --code ${code} \\
        --sample ${meta.id} \\
        --cells ${cells} \\
        --section ${section} \\
        --reference ${reference} \\
        ${args} \\
        --output ${prefix}.spatial.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.spatial.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """
}

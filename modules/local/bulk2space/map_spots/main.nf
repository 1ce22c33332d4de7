// The cells of one sample, placed in the fitted spots of its section.
process MAP_SPOTS {
    tag "${meta.id}"
    label 'process_high'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/spots:1.0.0"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*'), path(reference, stageAs: 'reference/*'), path(section, stageAs: 'section/*'), path(composition, stageAs: 'composition/*'), path(proportions, stageAs: 'proportions/*'), path(markers, stageAs: 'markers/*')
    path mrna_content // table of mRNA per cell type, or []
    val code

    output:
    tuple val(meta), path("*.spatial.h5ad"), emit: spatial
    tuple val(meta), path("*.spots.csv"), emit: csv
    tuple val(meta), path("*.spots.h5ad"), emit: expected
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
    map_spots.py \\
        --code ${code} \\
        --cells ${cells} \\
        --reference ${reference} \\
        --section ${section} \\
        --fitted ${composition} \\
        --proportions ${proportions} \\
        --markers ${markers} \\
        ${mrna_option} \\
        --sample ${meta.id} \\
        --threads ${task.cpus} \\
        ${args} \\
        --output ${prefix}.spatial.h5ad \\
        --table ${prefix}.spots.csv \\
        --expected ${prefix}.spots.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat deep-forest-py310 h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.spatial.h5ad ${prefix}.spots.csv ${prefix}.spots.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat deep-forest-py310 h5py numpy pandas scikit-learn scipy)
    END_VERSIONS
    """
}

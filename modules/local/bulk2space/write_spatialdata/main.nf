// The results of a section as one SpatialData store.
process WRITE_SPATIALDATA {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(spatial, stageAs: 'spatial/*'), path(spots, stageAs: 'spots/*')
    val code

    output:
    tuple val(meta), path("*.spatialdata.zarr"), emit: zarr
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def spots_option = spots ? "--spots ${spots}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    write_spatialdata.py \\
        --spatial ${spatial} \\
        ${spots_option} \\
        ${args} \\
        --output ${prefix}.spatialdata.zarr

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy spatialdata)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    mkdir ${prefix}.spatialdata.zarr
    touch ${prefix}.spatialdata.zarr/zarr.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy spatialdata)
    END_VERSIONS
    """
}

// Cells in the spots of a case's sections by a rival.
process RIVAL_SPOTS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*'), path(reference), path(markers), path(sections, stageAs: 'sections/*'), path(quotas, stageAs: 'quotas/*')
    val code

    output:
    tuple val(meta), path('out/*'), emit: placed

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    rival_spots.py \\
        --method ${meta.method} \\
        --cells ${cells} \\
        --reference ${reference} \\
        --markers ${markers} \\
        --sections ${sections} \\
        --quotas ${quotas} \\
        --threads ${task.cpus} \\
        ${args} \\
        --output out
    """

    stub:
    """
    # code: ${code}
    mkdir out
    touch ${meta.sections.collect { id -> "out/${id}.${meta.method}.spots.csv out/${id}.${meta.method}.spatial.h5ad" }.join(' ')}
    """
}

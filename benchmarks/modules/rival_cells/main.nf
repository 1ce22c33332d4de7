// The cells of a rival for each bulk sample.
process RIVAL_CELLS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(reference), path(proportions), path(bulk)
    val code

    output:
    tuple val(meta), path('out/*.cells.h5ad'), path('out/training.json'), emit: cells

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    rival_cells.py \\
        --method ${meta.method} \\
        --reference ${reference} \\
        --proportions ${proportions} \\
        --bulk ${bulk} \\
        --cells ${meta.n_cells} \\
        --seed ${meta.seed} \\
        --threads ${task.cpus} \\
        ${args} \\
        --output out
    """

    stub:
    """
    # code: ${code}
    mkdir out
    touch ${meta.compositions.collect { column -> "out/${column}.cells.h5ad" }.join(' ')} out/training.json
    """
}

// A data set cut into a reference and held-out cells, with bulks of known composition.
process SPLIT_REFERENCE {
    tag "${meta.id}"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*')
    val code

    output:
    tuple val(meta), path('out/given.h5ad'), emit: given
    tuple val(meta), path('out/bulk.h5ad'), emit: bulk
    tuple val(meta), path('out/{reference,held_out}.h5ad'), path('out/truth.csv'), emit: judged_by

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    split_reference.py \\
        --cells ${cells} \\
        ${args} \\
        --output out
    """

    stub:
    """
    # code: ${code}
    mkdir out
    touch out/given.h5ad out/bulk.h5ad out/reference.h5ad out/held_out.h5ad out/truth.csv
    """
}

// A section whose spots are held-out cells, and its ground truth.
process SIMULATE_SECTION {
    tag "${meta.id}"

    input:
    tuple val(meta), path(held_out)
    val code

    output:
    tuple val(meta), path("${meta.id}.section.h5ad"), emit: section
    tuple val(meta), path("${meta.id}.truth.h5ad"), emit: truth

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    simulate_section.py \\
        --held-out ${held_out} \\
        --recipe ${meta.recipe} \\
        --spots ${meta.n_spots} \\
        --cells-per-spot ${meta.cells_per_spot} \\
        ${args} \\
        --section ${meta.id}.section.h5ad \\
        --truth ${meta.id}.truth.h5ad
    """

    stub:
    """
    # code: ${code}
    touch ${meta.id}.section.h5ad ${meta.id}.truth.h5ad
    """
}

// Cells from disturbed latent vectors of a trained network.
process PERTURB_LATENT {
    tag "${meta.id}"

    input:
    tuple val(meta), path(reference), path(proportions), path(model)
    val code

    output:
    tuple val(meta), path('cells.h5ad'), emit: cells

    script:
    """
    # code: ${code}
    perturb_latent.py \\
        --reference ${reference} \\
        --proportions ${proportions} \\
        --bulk-column ${meta.bulk_column} \\
        --vae ${model} \\
        --level ${meta.level} \\
        --cells ${meta.n_cells} \\
        --seed ${meta.seed} \\
        --threads ${task.cpus} \\
        --output cells.h5ad
    """

    stub:
    """
    # code: ${code}
    touch cells.h5ad
    """
}

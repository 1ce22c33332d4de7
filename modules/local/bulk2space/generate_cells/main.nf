// The single cells of one sample, as many of each type as its proportions say.
process GENERATE_CELLS {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/bulk2space:1.0.0"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*'), path(bulk, stageAs: 'bulk/*'), path(proportions, stageAs: 'proportions/*'), path(model, stageAs: 'model/*')
    val code

    output:
    tuple val(meta), path("*.cells.h5ad"), emit: cells
    tuple val(meta), path("*.proportions.csv"), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def column = meta.bulk_column.replace("'", "'\\''") // safe between single quotes
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    generate_cells.py \\
        --reference ${reference} \\
        --bulk ${bulk} \\
        --bulk-column='${column}' \\
        --proportions ${proportions} \\
        --vae ${model} \\
        --sample ${meta.id} \\
        --cells ${meta.n_cells} \\
        --threads ${task.cpus} \\
        ${args} \\
        --output ${prefix}.cells.h5ad \\
        --table ${prefix}.proportions.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scikit-learn scipy torch)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.cells.h5ad ${prefix}.proportions.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scikit-learn scipy torch)
    END_VERSIONS
    """
}

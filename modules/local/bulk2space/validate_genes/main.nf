// Genes of an image section's panel, held out and predicted from the others.
process VALIDATE_GENES {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*'), path(section, stageAs: 'section/*'), path(reference, stageAs: 'reference/*')
    val code

    output:
    tuple val(meta), path("*.genes.csv"), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    validate_genes.py \\
        --sample ${meta.id} \\
        --cells ${cells} \\
        --section ${section} \\
        --reference ${reference} \\
        ${args} \\
        --output ${prefix}.genes.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scikit-learn scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.genes.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scikit-learn scipy)
    END_VERSIONS
    """
}

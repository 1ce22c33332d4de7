// Whether the reference explains the bulk and the section of one sample.
process JUDGE_FIT {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/bulk2space:1.0.0"

    input:
    tuple val(meta), path(bulk, stageAs: 'bulk/*'), path(estimates), path(reference, stageAs: 'reference/*'), path(markers, stageAs: 'markers/*'), path(section, stageAs: 'section/*') // meta: bulk_column; section: or []
    path mrna_content // table of mRNA per cell type, or []
    val code

    output:
    tuple val(meta), path("*.verdict.csv"), emit: csv
    tuple val(meta), path("*.poor.txt"), emit: poor
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def section_option = section ? "--section ${section}" : ''
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    judge_fit.py \\
        --sample ${meta.id} \\
        --bulk ${bulk} \\
        --bulk-column='${meta.bulk_column.replace("'", "'\\''")}' \\
        --estimates ${estimates} \\
        --reference ${reference} \\
        --markers ${markers} \\
        ${section_option} \\
        ${mrna_option} \\
        ${args} \\
        --output ${prefix}.verdict.csv \\
        --poor ${prefix}.poor.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.verdict.csv ${prefix}.poor.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """
}

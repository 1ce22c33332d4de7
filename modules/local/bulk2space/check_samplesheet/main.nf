// Every problem of the samplesheet and of the files it names, found before any heavy task.
process CHECK_SAMPLESHEET {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/bulk2space:1.0.0"

    input:
    tuple val(meta), path(samplesheet, stageAs: 'samplesheet/*'), path(inputs, stageAs: 'inputs/?/*')
    path mrna_content // table of mRNA per cell type, or []
    path truth, stageAs: 'truth' // folder of known truth, or []
    val files // JSON: [{"path": as the sheet has it, "staged": its place in the task's folder, null when not found}]
    val code

    output:
    tuple val(meta), path("checked.json"), emit: json
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    def truth_option = truth ? '--truth truth' : ''
    """
    # package: ${code}
    cat <<'END_FILES' > files.json
    ${files}
    END_FILES

    check_samplesheet.py \\
        --samplesheet ${samplesheet} \\
        --files files.json \\
        ${mrna_option} \\
        ${truth_option} \\
        ${args} \\
        --output checked.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    // Everything behind this step follows from what the sheet says, so a stub run checks it for real.
    def args = task.ext.args ?: ''
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    def truth_option = truth ? '--truth truth' : ''
    """
    # package: ${code}
    cat <<'END_FILES' > files.json
    ${files}
    END_FILES

    check_samplesheet.py \\
        --samplesheet ${samplesheet} \\
        --files files.json \\
        ${mrna_option} \\
        ${truth_option} \\
        ${args} \\
        --output checked.json
    touch checked.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata numpy pandas scipy)
    END_VERSIONS
    """
}

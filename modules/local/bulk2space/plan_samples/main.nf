// The samples, from what the samplesheet asks for and what was found in its inputs, and every problem of both.
process PLAN_SAMPLES {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(samplesheet, stageAs: 'samplesheet/*'), path(checked), path(findings, stageAs: 'findings/*')
    path mrna_content // table of mRNA per cell type, or []
    path truth, stageAs: 'truth' // folder of known truth, or []
    val code

    output:
    tuple val(meta), path("plan.json"), emit: json
    tuple val(meta), path("inputs_*.json"), emit: multiqc
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def options = [
        findings ? "--findings ${findings}" : '',
        mrna_content ? "--mrna-content ${mrna_content}" : '',
        truth ? '--truth truth' : '',
    ].findAll().join(' ')
    """
    # code: ${code}
    plan_samples.py \\
        --samplesheet ${samplesheet} \\
        --checked ${checked} \\
        ${options} \\
        ${args} \\
        --output plan.json \\
        --report .

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    // Everything behind this step follows from the plan, so a stub run makes it for real.
    def args = task.ext.args ?: ''
    def options = [
        findings ? "--findings ${findings}" : '',
        mrna_content ? "--mrna-content ${mrna_content}" : '',
        truth ? '--truth truth' : '',
    ].findAll().join(' ')
    """
    # code: ${code}
    plan_samples.py \\
        --samplesheet ${samplesheet} \\
        --checked ${checked} \\
        ${options} \\
        ${args} \\
        --output plan.json \\
        --report .
    touch plan.json inputs_table_mqc.json inputs_samples_in_order.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python numpy pandas scipy)
    END_VERSIONS
    """
}

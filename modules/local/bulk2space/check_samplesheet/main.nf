// The samplesheet itself: its rows checked by the rules, and the distinct inputs that they name.
process CHECK_SAMPLESHEET {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(samplesheet, stageAs: 'samplesheet/*')
    val found // JSON: the sheet's paths that exist, as it has them
    val code

    output:
    tuple val(meta), path("checked.json"), emit: json
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    cat <<'END_FOUND' > found.json
    ${found}
    END_FOUND

    check_samplesheet.py \\
        --samplesheet ${samplesheet} \\
        --found found.json \\
        ${args} \\
        --output checked.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python jsonschema)
    END_VERSIONS
    """

    stub:
    // Everything behind this step follows from what the sheet says, so a stub run checks it for real.
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    cat <<'END_FOUND' > found.json
    ${found}
    END_FOUND

    check_samplesheet.py \\
        --samplesheet ${samplesheet} \\
        --found found.json \\
        ${args} \\
        --output checked.json
    touch checked.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python jsonschema)
    END_VERSIONS
    """
}

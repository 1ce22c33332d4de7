// The composition of spots by a tool of other authors, in that tool's own environment.
process EXTERNAL_TOOL {
    tag "${meta.id}"

    input:
    tuple val(meta), path(reference), path(section)
    val code

    output:
    tuple val(meta), path("${meta.id}.spots.csv"), emit: csv

    script:
    """
    # code: ${code}
    ${meta.python} \$(command -v external_tool.py) \\
        --tool ${meta.method} \\
        --reference ${reference} \\
        --section ${section} \\
        --output ${meta.id}.spots.csv
    """

    stub:
    """
    # code: ${code}
    touch ${meta.id}.spots.csv
    """
}

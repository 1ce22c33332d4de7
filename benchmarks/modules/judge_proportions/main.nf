// Estimators of proportions compared with known compositions, by one protocol.
process JUDGE_PROPORTIONS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(data)
    val code

    output:
    tuple val(meta), path("${meta.id}.csv"), emit: csv

    script:
    def args = task.ext.args ?: ''
    """
    # code: ${code}
    judge_proportions.py \\
        --data ${data} \\
        --protocol ${meta.protocol} \\
        ${args} \\
        --output ${meta.id}.csv
    """

    stub:
    """
    # code: ${code}
    echo 'task,id' > ${meta.id}.csv
    echo 'proportions,${meta.id}' >> ${meta.id}.csv
    """
}

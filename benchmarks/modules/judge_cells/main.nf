// The metrics of one method's cells; without cells, a row that says so.
process JUDGE_CELLS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*'), path(training, stageAs: 'training/*'), path(given), path(bulk), path(real), path(truth)
    val code

    output:
    tuple val(meta), path("${meta.id}.csv"), emit: csv

    script:
    def args = task.ext.args ?: ''
    def options = [
        cells ? "--cells ${cells}" : '',
        training ? "--training ${training}" : '',
        meta.model ? "--model ${meta.model}" : '',
    ].findAll().join(' ')
    """
    # code: ${code}
    judge_cells.py \\
        ${options} \\
        --given ${given} \\
        --reference reference.h5ad \\
        --held-out held_out.h5ad \\
        --bulk ${bulk} \\
        --truth ${truth} \\
        --bulk-column ${meta.composition} \\
        --row '${groovy.json.JsonOutput.toJson(meta.row)}' \\
        ${args} \\
        --output ${meta.id}.csv
    """

    stub:
    """
    # code: ${code}
    echo 'task,id' > ${meta.id}.csv
    echo 'cells,${meta.id}' >> ${meta.id}.csv
    """
}

// The metrics of one method's cells, of one run or more; for a run without cells, a row that says so.
process JUDGE_CELLS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(cells, stageAs: 'cells?/*'), path(training, stageAs: 'training?/*'), path(given), path(bulk), path(real), path(truth)
    val code

    output:
    tuple val(meta), path("${meta.id}.csv"), emit: csv

    script:
    def args = task.ext.args ?: ''
    def options = [
        cells ? "--cells ${cells}" : '',
        training ? "--training ${training}" : '',
    ].findAll().join(' ')
    """
    # code: ${code}
    cat <<'END_RUNS' > runs.json
    ${groovy.json.JsonOutput.toJson(meta.runs)}
    END_RUNS
    judge_cells.py \\
        --runs runs.json \\
        ${options} \\
        --given ${given} \\
        --reference reference.h5ad \\
        --held-out held_out.h5ad \\
        --bulk ${bulk} \\
        --truth ${truth} \\
        ${args} \\
        --output ${meta.id}.csv
    """

    stub:
    """
    # code: ${code}
    echo 'task,id' > ${meta.id}.csv
    ${meta.runs.collect { run -> "echo 'cells,${run.row.case}.${run.row.method}.${run.row.composition}.${run.row.seed}' >> ${meta.id}.csv" }.join('\n    ')}
    """
}

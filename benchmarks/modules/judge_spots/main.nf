// The metrics of all methods on one section; a method that left no result has a row that says so.
process JUDGE_SPOTS {
    tag "${meta.id}"

    input:
    tuple val(meta), path(truth), path(reference), path(markers), path(runs, stageAs: 'runs/*')
    val code

    output:
    tuple val(meta), path("${meta.id}.csv"), emit: csv

    script:
    """
    # code: ${code}
    mkdir -p runs
    judge_spots.py \\
        --truth ${truth} \\
        --reference ${reference} \\
        --markers ${markers} \\
        --runs runs \\
        --section ${meta.id} \\
        --row '${groovy.json.JsonOutput.toJson(meta.row)}' \\
        --methods '${groovy.json.JsonOutput.toJson(meta.methods)}' \\
        --output ${meta.id}.csv
    """

    stub:
    """
    # code: ${code}
    echo 'section,method' > ${meta.id}.csv
    for method in ${meta.methods.keySet().join(' ')}; do echo "${meta.id},\$method" >> ${meta.id}.csv; done
    """
}

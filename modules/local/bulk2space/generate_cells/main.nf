// The single cells of samples of one bulk, as many of each type as their proportions say. A sample with a section of spots,
// which is alone in its task, gets more cells of a type that the section shows and the bulk does not exclude.
process GENERATE_CELLS {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/generator:1.0.0"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*'), path(bulk, stageAs: 'bulk/*'), path(proportions, stageAs: 'proportions/*'), path(model, stageAs: 'model/*'), path(composition, stageAs: 'composition/*') // composition: of the section's spots, or []; meta: samples, each with id, bulk_column, n_cells, umap; colours, by type
    val code

    output:
    tuple val(meta), path("*.cells.h5ad", arity: '1..*'), emit: cells
    tuple val(meta), path("*.proportions.csv", arity: '1..*'), emit: csv
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def samples = groovy.json.JsonOutput.toJson(meta.samples)
    def fitted_option = composition ? "--fitted ${composition}" : ''
    def colours = groovy.json.JsonOutput.toJson(meta.colours)
    def colours_option = meta.colours ? '--colours colours.json' : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    cat <<'END_SAMPLES' > samples.json
    ${samples}
    END_SAMPLES
    cat <<'END_COLOURS' > colours.json
    ${colours}
    END_COLOURS
    generate_cells.py \\
        --code ${code} \\
        --samples samples.json \\
        --reference ${reference} \\
        --bulk ${bulk} \\
        --proportions ${proportions} \\
        --vae ${model} \\
        ${fitted_option} \\
        ${colours_option} \\
        --threads ${task.cpus} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scikit-learn scipy torch umap-learn)
    END_VERSIONS
    """

    stub:
    def files = meta.samples.collectMany { sample -> ["${sample.id}.cells.h5ad", "${sample.id}.proportions.csv"] }.join(' ')
    """
    # code: ${code}
    touch ${files}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scikit-learn scipy torch umap-learn)
    END_VERSIONS
    """
}

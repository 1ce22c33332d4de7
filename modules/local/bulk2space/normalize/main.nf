// One bulk, reference or section, brought into the layout that every later step reads.
process NORMALIZE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(matrix, stageAs: 'matrix/*'), path(table, stageAs: 'table/*'), path(findings, stageAs: 'findings/*') // matrix: a file, or the needed files of the folder that meta names; findings: of the reference, or []
    path gene_map, stageAs: 'gene_map/*' // table gene_id,gene_name, or []
    path gene_lengths, stageAs: 'gene_lengths/*' // table of lengths in bases, or []
    val code

    output:
    tuple val(meta), path("*.h5ad"), optional: true, emit: h5ad
    tuple val(meta), path("*.json"), emit: json
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def place = meta.folder ? "'folder/${meta.folder.replace("'", "'\\''")}'" : matrix
    def link = meta.folder ? "mkdir folder; ln -s ../matrix ${place}" : ''
    def options = [
        table ? "--meta ${table}" : '',
        meta.platform ? "--platform ${meta.platform}" : '',
        meta.section ? "--section='${meta.section.replace("'", "'\\''")}'" : '',
        meta.columns ? '--columns columns' : '',
        findings ? "--reference-findings ${findings}" : '',
        gene_map ? "--gene-map ${gene_map}" : '',
        gene_lengths ? "--gene-lengths ${gene_lengths}" : '',
    ].findAll().join(' ')
    def columns = groovy.json.JsonOutput.toJson(meta.columns)
    """
    # code: ${code}
    ${link}
    cat <<'END_COLUMNS' > columns
    ${columns}
    END_COLUMNS
    normalize.py ${meta.kind} \\
        --id ${prefix} \\
        --matrix ${place} \\
        ${options} \\
        ${args} \\
        --output ${prefix}.h5ad \\
        --findings ${prefix}.${meta.kind}.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py igraph numpy pandas pillow pyarrow scanpy scipy shapely spatialdata zarr)
    END_VERSIONS
    """

    stub:
    // What was found decides which samples there are, so a stub run reads the input for real.
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def place = meta.folder ? "'folder/${meta.folder.replace("'", "'\\''")}'" : matrix
    def link = meta.folder ? "mkdir folder; ln -s ../matrix ${place}" : ''
    def options = [
        table ? "--meta ${table}" : '',
        meta.platform ? "--platform ${meta.platform}" : '',
        meta.section ? "--section='${meta.section.replace("'", "'\\''")}'" : '',
        meta.columns ? '--columns columns' : '',
        findings ? "--reference-findings ${findings}" : '',
        gene_map ? "--gene-map ${gene_map}" : '',
        gene_lengths ? "--gene-lengths ${gene_lengths}" : '',
    ].findAll().join(' ')
    def columns = groovy.json.JsonOutput.toJson(meta.columns)
    """
    # code: ${code}
    ${link}
    cat <<'END_COLUMNS' > columns
    ${columns}
    END_COLUMNS
    normalize.py ${meta.kind} \\
        --id ${prefix} \\
        --matrix ${place} \\
        ${options} \\
        ${args} \\
        --output ${prefix}.h5ad \\
        --findings ${prefix}.${meta.kind}.json
    touch ${prefix}.h5ad ${prefix}.${meta.kind}.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py igraph numpy pandas pillow pyarrow scanpy scipy shapely spatialdata zarr)
    END_VERSIONS
    """
}

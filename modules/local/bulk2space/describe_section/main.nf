// What the section of one sample says: genes that vary in space, types that stand together, what regions hold.
process DESCRIBE_SECTION {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "bulk2space/base:1.0.0"

    input:
    tuple val(meta), path(section, stageAs: 'section/*'), path(spatial, stageAs: 'spatial/*'), path(spots, stageAs: 'spots/*'), path(composition, stageAs: 'composition/*') // spots: spots.csv, of an image []; composition: of FIT_SPOTS, of an image []
    val code

    output:
    tuple val(meta), path("*.genes_in_space.csv"), emit: genes
    tuple val(meta), path("*.type_pairs.csv"), emit: pairs
    tuple val(meta), path("*.regions.csv"), emit: regions, optional: true
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def spots_option = spots ? "--spots ${spots} --composition ${composition}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    describe_section.py \\
        --sample ${prefix} \\
        --section ${section} \\
        --spatial ${spatial} \\
        ${spots_option} \\
        ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scipy)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.genes_in_space.csv ${prefix}.type_pairs.csv ${prefix}.regions.csv

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata h5py numpy pandas scipy)
    END_VERSIONS
    """
}

// The composition of each spot of a section, before the bulk and the generated cells have their say.
process FIT_SPOTS {
    tag "${meta.id}"
    label 'process_high'
    label 'process_gpu'

    conda "${moduleDir}/environment.yml"
    container "${task.ext.use_gpu ? 'bulk2space/generator:1.0.0-cuda' : 'bulk2space/generator:1.0.0'}"

    input:
    tuple val(meta), path(reference, stageAs: 'reference/*'), path(section, stageAs: 'section/*'), path(bulk, stageAs: 'bulk/*'), path(markers, stageAs: 'markers/*')
    path mrna_content // table of mRNA per cell type, or []
    val code

    output:
    tuple val(meta), path("*.composition.h5ad"), emit: composition
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def device = task.ext.use_gpu ? 'gpu' : 'cpu'
    def mrna_option = mrna_content ? "--mrna-content ${mrna_content}" : ''
    """
    # code: ${code}
    export OMP_NUM_THREADS=${task.cpus}
    fit_spots.py \\
        --reference ${reference} \\
        --section ${section} \\
        --bulk ${bulk} \\
        --markers ${markers} \\
        ${mrna_option} \\
        --cells-per-spot ${meta.cells_per_spot} \\
        --cells-by ${meta.cells_by} \\
        --device ${device} \\
        --sample ${meta.id} \\
        ${args} \\
        --output ${prefix}.composition.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy torch)
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    # code: ${code}
    touch ${prefix}.composition.h5ad

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
    \$(versions.py python anndata array-api-compat h5py numpy pandas scipy torch)
    END_VERSIONS
    """
}

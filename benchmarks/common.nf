// What the parts of the benchmark share.

// Digest of the package, but for its report, and of modules of benchmarks/bin/bench.
def code(names) {
    def rooms = ['contract', 'numerics', 'inputs', 'composition', 'generator', 'spots', 'images']
    def own   = names.collect { name -> projectDir.resolve("bin/bench/${name}.py") }
    return CodeDigest.ofRooms(projectDir.parent, rooms) + CodeDigest.digest(projectDir, own)
}

// One table of all, in the order of the files' names.
def collected(ch_tables, name, outdir) {
    ch_tables
        .map { _meta, csv -> csv }
        .collectFile(name: name, storeDir: outdir, keepHeader: true, skip: 1, sort: { csv -> csv.name })
}

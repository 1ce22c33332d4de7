#!/usr/bin/env python3
"""Fit the composition of each spot of a section, in the way that the section chooses."""

import argparse
import dataclasses
from pathlib import Path

from bulk2space.composition.bulk import METHODS
from bulk2space.composition.cells_per_spot import WAYS
from bulk2space.composition.composition_file import write_fitted
from bulk2space.composition.fitted_section import FitSettings, fit_section
from bulk2space.contract import device, provenance, tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.contract.stored import Stored
from bulk2space.numerics.device import use


def main() -> None:
    """Read reference and section, fit, write the composition."""
    args = arguments()
    if args.device == device.GPU:
        use_gpu()
    settings = FitSettings(**{field.name: getattr(args, field.name) for field in dataclasses.fields(FitSettings)})
    with Stored(args.section) as section, Stored(args.bulk) as bulk:
        reference = read_h5ad(args.reference)
        record = provenance.of_sources(reference.uns, section.uns, bulk.uns)
        try:
            fitted = fit_section(
                section,
                reference,
                bulk,
                tables.MARKERS.read(args.markers),
                settings,
                read_mrna_content(args.mrna_content),
            )
        except MemoryError as problem:
            raise InputError(f"--device {args.device}: {problem}; leave out the gpu profile") from None
    write_fitted(fitted._replace(remarks=collected(args.sample), provenance=record), args.output)


def use_gpu() -> None:
    """Let the fit work on the GPU; PyTorch, which takes seconds to load, is needed there alone."""
    place = device.gpu()
    from bulk2space.numerics.gpu import Gpu

    use(Gpu(place))


def arguments() -> argparse.Namespace:
    """Return the options; refuse those out of range."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad, of which the genes alone are read")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--markers-per-type", type=int, default=100, help="number of best genes to use per type")
    options.add_argument("--method", choices=METHODS, default="negative_binomial", help="how spots are fitted")
    options.add_argument(
        "--smoothing", type=float, help="weight of a spot's neighbours, 0 to 1 (default: by left-out genes)"
    )
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--cells-per-spot", type=int, default=10, help="cells of every spot, or of an average one")
    options.add_argument("--cells-by", choices=WAYS, default="number", help="auto: by nuclei or counts")
    options.add_argument("--spot-diameter", type=float, help="in coordinate units (default: from the section)")
    device.add_device(options)
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="composition.h5ad")
    args = options.parse_args()
    if args.cells_per_spot < 1:
        raise InputError(f"--cells-per-spot {args.cells_per_spot}: a spot holds at least one cell")
    if args.smoothing is not None and not 0 <= args.smoothing <= 1:
        raise InputError(f"--smoothing {args.smoothing:g}: the weight of a spot's neighbours lies between 0 and 1")
    if args.spot_diameter is not None and not args.spot_diameter > 0:
        raise InputError(f"--spot-diameter {args.spot_diameter}: a diameter is larger than zero")
    return args


if __name__ == "__main__":
    run(main)

"""Judge expected expression, places within spots and fine bins.

Expected expression: genes are left out of every fit. Places: spots are laid over imaged cells. Bins: cells with whole
transcriptomes lie where imaged cells do. Keeps expected.csv, within_spots.csv and fine_bins.csv and writes
docs/benchmarks/places.md.
"""

import logging
from argparse import Namespace
from collections.abc import Iterator

from ..cases import fine_bins, imaged_spots, left_out_genes
from ..cases.known_spots import role
from ..judges import expected, within_spots
from ..judges import fine_bins as of_bins
from ..page import places as page
from .common import keep, options, publish


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    of_genes = [row for case in left_out_genes.cases(args.data, judging=args.judge) for row in expected.judged(case)]
    tables = [
        keep(rows, args.results / f"{name}.csv")
        for name, rows in (("expected", of_genes), ("within_spots", of_places(args)), ("fine_bins", of_squares(args)))
    ]
    publish(args.docs, "places", page.text(*tables))


def of_places(args: Namespace) -> Iterator[dict]:
    """Yield the distances of placed cells for every section, size and gap of spots."""
    for name, of_role, places, code in imaged_spots.sections(args.data, judging=args.judge):
        for gap, part in imaged_spots.GAPS.items():
            for cells in imaged_spots.CELLS:
                section = imaged_spots.laid(places, code, cells, part)
                if section is not None:
                    about = {"role": of_role, "section": name, "gap": gap, "cells": cells}
                    yield from (about | row for row in within_spots.distances(section))


def of_squares(args: Namespace) -> Iterator[dict]:
    """Yield the compositions of squares of bins for every section and depth."""
    for reference, image in fine_bins.CASES + (fine_bins.JUDGED if args.judge else ()):
        source = fine_bins.source(args.data, reference)
        for depth in fine_bins.DEPTHS:
            about = {"role": role(reference, reference), "cells of": reference, "places of": image, "counts": depth}
            yield from (about | row for row in of_bins.compared(fine_bins.binned(args.data, source, image, depth)))


if __name__ == "__main__":
    main()

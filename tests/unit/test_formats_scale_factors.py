import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats.scale_factors import from_scale_factors
from bulk2space.inputs.formats.tissue_image import tissue_image

VISIUM = {"spot_diameter_fullres": 88.5, "fiducial_diameter_fullres": 143.0, "tissue_lowres_scalef": 0.05}


@pytest.mark.parametrize(
    ("factors", "on_grid", "expected"),
    [
        (VISIUM, True, (88.5, 55.0)),
        (VISIUM, False, (88.5, None)),
        (VISIUM | {"bin_size_um": 8.0}, True, (88.5, 8.0)),
        (VISIUM | {"bin_size_um": np.float32(16)}, False, (88.5, 16.0)),
        ({"tissue_lowres_scalef": 0.05}, True, (None, None)),
    ],
)
def test_size_of_a_spot(factors, on_grid, expected):
    assert from_scale_factors(factors, file="f.json", on_grid=on_grid) == expected


@pytest.mark.parametrize("value", ["wide", 0, -1, np.nan, np.inf, [], {}])
@pytest.mark.parametrize("name", ["spot_diameter_fullres", "bin_size_um"])
def test_bad_size_is_one_sentence(name, value):
    with pytest.raises(InputError, match=rf"^f.json: the scale factor {name} is '[^\n]*', which is not a number above"):
        from_scale_factors(VISIUM | {name: value}, file="f.json", on_grid=True)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize(("dtype", "value"), [(np.uint8, 200), (np.float32, 200 / 255), (np.int64, 200)])
def test_every_kind_of_image_becomes_three_colours(shape, dtype, value):
    pixels, scale = tissue_image(np.full(shape, value, dtype), 0.5)
    assert (pixels.shape, pixels.dtype, scale) == ((4, 6, 3), np.uint8, 0.5)
    assert (pixels == 200).all()


def test_large_image_is_made_small_and_its_scale_too():
    pixels, scale = tissue_image(np.zeros((1500, 3000, 3), np.uint8), 0.3)
    assert pixels.shape == (500, 1000, 3)
    assert scale == pytest.approx(0.1)


@pytest.mark.parametrize("array", [np.zeros(5), np.zeros((0, 4, 3)), np.zeros((3, 5, 5)), np.full((3, 3), 4000)])
def test_array_that_is_no_image_is_none(array):
    assert tissue_image(array, 1.0) is None

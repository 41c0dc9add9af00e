import numpy as np
import pytest
import torch

from traindiff.augment import (
    RandomCutout,
    RandomFlip,
    RandomNoise,
    RandomResizedCrop,
    RandomRotation,
    RandomShift,
)
from traindiff.augment.kinds import KINDS, from_dict
from traindiff.errors import InputError

SHAPE = (2, 7, 5)


def batch(count: int = 9) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0))


def draws(augmentation, count: int = 9) -> torch.Tensor:
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.random((count, augmentation.n_draws(SHAPE)), dtype=np.float32))


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_shape_is_kept_and_each_example_depends_on_its_own_draws(kind):
    augmentation = kind()
    images, numbers = batch(), draws(augmentation)
    augmented = augmentation.apply(images, numbers)
    assert augmented.shape == images.shape
    assert not torch.equal(augmented, images)
    order = torch.arange(9).flip(0)
    torch.testing.assert_close(augmentation.apply(images[order], numbers[order]), augmented[order])


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_extreme_draws_stay_finite(kind):
    augmentation = kind()
    for number in (0.0, np.nextafter(np.float32(1), np.float32(0))):
        numbers = torch.full((9, augmentation.n_draws(SHAPE)), float(number))
        assert augmentation.apply(batch(), numbers).isfinite().all()


def test_flip_mirrors_with_its_probability():
    images = batch()
    numbers = torch.linspace(0, 0.99, 9)[:, None]
    flipped = RandomFlip(probability=0.4).apply(images, numbers)
    mirrored = (flipped == images.flip(-1)).flatten(1).all(dim=1)
    np.testing.assert_array_equal(mirrored, numbers[:, 0] < 0.4)
    upside_down = RandomFlip(probability=1.0, vertical=True).apply(images, numbers)
    torch.testing.assert_close(upside_down, images.flip(-2))


def test_shift_moves_by_every_whole_number_of_pixels_alike():
    image = torch.zeros(1, *SHAPE)
    image[:, :, 3, 2] = 1.0
    images = image.repeat(3000, 1, 1, 1)
    shift = RandomShift(pixels=1)
    moved = shift.apply(images, draws(shift, 3000))
    places = moved[:, 0].mean(dim=0)
    np.testing.assert_allclose(places[2:5, 1:4], np.full((3, 3), 1 / 9), atol=0.03)
    assert places.sum() == pytest.approx(1.0)


def test_shift_brings_in_zeros():
    moved = RandomShift(pixels=2).apply(torch.ones(1, *SHAPE), torch.zeros(1, 2))
    np.testing.assert_array_equal(moved[0, 0].sum(dim=1), [0, 0, 3, 3, 3, 3, 3])


def test_crop_of_the_whole_changes_nothing():
    images = batch()
    crop = RandomResizedCrop(scale=(1.0, 1.0), ratio=1.0)
    torch.testing.assert_close(crop.apply(images, draws(crop)), images, atol=1e-5, rtol=1e-5)


def test_crop_keeps_values_within_those_of_the_image():
    crop = RandomResizedCrop(scale=(0.2, 0.5))
    images = batch() + 1
    cropped = crop.apply(images, draws(crop))
    assert (cropped.flatten(1).amax(1) <= images.flatten(1).amax(1) + 1e-5).all()
    assert (cropped.flatten(1).amin(1) >= images.flatten(1).amin(1) - 1e-5).all()


def test_rotation_by_a_quarter_turns_rows_into_columns():
    image = torch.zeros(1, 1, 9, 9)
    image[:, :, 4, :] = 1.0
    rotated = RandomRotation(degrees=90.0).apply(image, torch.zeros(1, 1))
    torch.testing.assert_close(rotated, image.transpose(2, 3), atol=1e-5, rtol=0)


def test_rotation_keeps_distances_in_a_long_image():
    image = torch.zeros(1, 1, 21, 11)
    image[:, :, 10, 7] = 1.0
    rotated = RandomRotation(degrees=90.0).apply(image, torch.zeros(1, 1))[0, 0]
    place = np.unravel_index(int(rotated.argmax()), rotated.shape)
    assert abs(place[0] - 10) == 2
    assert place[1] == 5


def test_noise_is_standard_normal_times_sd():
    noise = RandomNoise(sd=0.3)
    added = noise.apply(torch.zeros(400, *SHAPE), draws(noise, 400))
    assert float(added.mean()) == pytest.approx(0, abs=0.01)
    assert float(added.std()) == pytest.approx(0.3, rel=0.02)


def test_cutout_blanks_one_square():
    cutout = RandomCutout(size=3)
    holes = cutout.apply(torch.ones(50, *SHAPE), draws(cutout, 50)) == 0
    np.testing.assert_array_equal(holes[:, 0].flatten(1).sum(dim=1), 9)
    np.testing.assert_array_equal(holes[:, 0].any(dim=1).sum(dim=1), 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomFlip(probability=1.5), "flip.probability"),
        (lambda: RandomShift(pixels=0), "shift.pixels"),
        (lambda: RandomResizedCrop(scale=(0.0, 1.0)), "crop.scale"),
        (lambda: RandomResizedCrop(scale=(0.9, 0.5)), "crop.scale"),
        (lambda: RandomResizedCrop(scale=0.5), "crop.scale"),
        (lambda: RandomResizedCrop(ratio=0.5), "crop.ratio"),
        (lambda: RandomRotation(degrees=-1), "rotate.degrees"),
        (lambda: RandomNoise(sd=float("nan")), "noise.sd"),
        (lambda: RandomCutout(size=1.5), "cutout.size"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    "kind", [RandomFlip, RandomShift, RandomResizedCrop, RandomRotation, RandomCutout]
)
def test_only_images_have_pixels(kind):
    with pytest.raises(InputError, match="needs images"):
        kind().check((12,))
    with pytest.raises(InputError, match="image's side"):
        RandomCutout(size=9).check(SHAPE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_files_table_makes_each_kind(kind):
    assert from_dict({"kind": kind}) == KINDS[kind]()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"pixels": 1}, "needs a kind: one of flip, shift"),
        ({"kind": "shfit"}, "did you mean 'shift'"),
        ({"kind": 3}, "unknown augmentation 3"),
        ({"kind": "shift", "pixel": 1}, "did you mean 'pixels'"),
        ({"kind": "shift", "pixels": "1"}, "shift.pixels must be a whole number"),
    ],
)
def test_a_table_that_makes_none_says_what_would(document, message):
    with pytest.raises(InputError, match=message):
        from_dict(document)

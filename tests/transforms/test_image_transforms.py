import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from transform_cases import data

from traindiff.hypotheses.candidates.images import mined_patch
from traindiff.transforms.images.filters import equal_noise
from traindiff.transforms.images.pixels import Box
from traindiff.transforms.kinds import parse


def image(*rows):
    return np.array(rows, dtype=np.float32)[None, None]


def test_patch_blends_at_its_place_only():
    held = data("image")
    after = parse("patch(x=1, y=2, size=3, value=1.0, strength=0.25)").apply(held.inputs)
    inside = np.zeros((9, 8), bool)
    inside[2:5, 1:4] = True
    assert_array_equal(after[..., ~inside], held.inputs[..., ~inside])
    assert_allclose(
        after[..., inside], 0.75 * held.inputs[..., inside] + 0.25, rtol=1e-6, atol=1e-6
    )


def test_a_mined_patch_puts_back_what_it_was_taken_from():
    held = data("image", channels=3)
    patch = mined_patch(held.inputs[0], Box(2, 1, 3, 4))
    after = patch.apply(held.inputs[:1], 1.0)
    assert_allclose(after, held.inputs[:1], atol=0.5 / 255 + 1e-6)


def test_shift_moves_right_and_down_and_half_a_pixel_is_the_mean_of_both():
    x = image([1, 0, 0], [0, 0.5, 0])
    assert_array_equal(parse("shift(dx=1)").apply(x), image([0, 1, 0], [0, 0, 0.5]))
    assert_array_equal(parse("shift(dy=1)").apply(x), image([0, 0, 0], [1, 0, 0]))
    assert_array_equal(parse("shift(dx=-1, fill=1)").apply(x), image([0, 0, 1], [0.5, 0, 1]))
    assert_allclose(
        parse("shift(dx=1, strength=0.5)").apply(x), image([0.5, 0.5, 0], [0, 0.25, 0.25])
    )


def test_flips_undo_themselves_and_turns_go_left():
    held = data("image")
    for text in ("flip", "flip(axis=vertical)"):
        flip = parse(text)
        assert_array_equal(flip.apply(flip.apply(held.inputs)), held.inputs)
    right = np.zeros((1, 1, 5, 5), np.float32)
    right[..., 2, 4] = 1
    up = np.zeros_like(right)
    up[..., 0, 2] = 1
    assert_allclose(parse("rotate(degrees=90)").apply(right), up, atol=1e-5)


def test_low_and_high_pass_divide_an_image():
    held = data("image")
    low = parse("lowpass(cutoff=2)").change
    inputs = 0.4 + 0.2 * held.inputs
    high = parse("highpass(cutoff=2)").change
    mean = inputs.mean(axis=(2, 3), keepdims=True)
    assert_allclose(low.apply(inputs, 1.0) + high.apply(inputs, 1.0) - mean, inputs, atol=1e-6)
    assert_allclose(parse("lowpass(cutoff=100)").apply(inputs), inputs, atol=1e-6)


def test_brightness_contrast_and_colour():
    x = np.stack([image([0.2, 0.4])[0, 0], image([0.6, 0.8])[0, 0]])[None]
    assert_allclose(parse("brightness(amount=0.1)").apply(x), x + 0.1)
    assert_allclose(parse("contrast(factor=0)").apply(x), 0.5)
    assert_allclose(parse("greyscale").apply(x)[0], [[[0.4, 0.6]], [[0.4, 0.6]]])
    assert_allclose(parse("tint(colour=(1, 0), strength=0.5)").apply(x)[0, 1], x[0, 1] / 2)


def test_blur_keeps_a_flat_image_and_sharpen_undoes_little_of_it():
    flat = np.full((1, 1, 6, 6), 0.5, np.float32)
    assert_allclose(parse("blur(sigma=2)").apply(flat), flat, atol=1e-6)
    assert_allclose(parse("sharpen").apply(flat), flat, atol=1e-6)


def test_texture_crops_differ_between_images_and_clip():
    flat = np.full((20, 1, 12, 12), 0.9, np.float32)
    after = parse("texture(pattern=dots, period=6, strength=0.5)").apply(flat)
    assert set(np.unique(after)) == {np.float32(0.9), np.float32(1)}
    assert len(np.unique(after, axis=0)) > 10


def test_background_replaces_the_border_colour_and_keeps_the_object():
    x = np.zeros((1, 1, 6, 6), np.float32)
    x[..., 2:4, 2:4] = 0.8
    after = parse("background(value=1.0, threshold=0.1)").apply(x)
    assert_allclose(after[..., 2:4, 2:4], 0.8)
    assert (after == 1).sum() == 32


def test_paste_respects_transparency_and_draws_its_places():
    from traindiff.transforms import Transform
    from traindiff.transforms.images.picture import Picture
    from traindiff.transforms.images.texture import Paste

    alpha = np.array([[1.0, 0.0]])
    object_ = Picture.from_array(np.ones((1, 1, 2)), alpha)
    flat = np.zeros((30, 1, 5, 5), np.float32)
    at = Transform(change=Paste(picture=object_, x=1, y=2)).apply(flat)
    assert_array_equal(np.argwhere(at[0, 0]), [[2, 1]])
    anywhere = Transform(change=Paste(picture=object_)).apply(flat)
    assert_array_equal(anywhere.sum(axis=(1, 2, 3)), 1)
    assert len(np.unique(anywhere, axis=0)) > 10


def test_equal_noise_changes_pixels_as_much():
    held = data("image", count=200)
    blur = parse("blur(sigma=1)").change
    rms = np.sqrt(((blur.apply(held.inputs, 1.0) - held.inputs) ** 2).mean())
    assert_allclose(equal_noise(blur.apply, held, 0).sigma, rms, rtol=1e-4)

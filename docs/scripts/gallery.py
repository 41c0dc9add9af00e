"""Draw docs/images/transforms.png: every image transformation, weak, full, and its placebo.

python docs/scripts/gallery.py [OUTPUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_sample_images

from traindiff.datasets import Dataset
from traindiff.transforms.base import Transform
from traindiff.transforms.images.picture import Picture
from traindiff.transforms.images.texture import Paste
from traindiff.transforms.kinds import parse

SIDE, SHOWN, MARGIN, LINE = 64, 96, 8, 16
OUTPUT = Path(__file__).parents[1] / "images" / "transforms.png"
CALLS = (
    "patch(x=44, y=4, size=16, value=(1, 1, 0))",
    "patch(x=44, y=4, size=16, pattern=checker, period=4)",
    "rectangle(x=4, y=40, width=40, height=12)",
    "occlude(x=16, y=16, width=32, height=32)",
    "texture(pattern=dots, period=16, strength=0.8)",
    "texture(pattern=web, period=12, strength=0.8)",
    "background(value=(0.1, 0.3, 0.9), threshold=0.35)",
    "tint(colour=(1, 1, 0))",
    "brightness(amount=0.3)",
    "contrast(factor=2)",
    "greyscale",
    "blur(sigma=2)",
    "sharpen(amount=3)",
    "lowpass(cutoff=6)",
    "highpass(cutoff=6)",
    "noise(sigma=0.15)",
    "flip",
    "shift(dx=16, dy=8)",
    "rotate(degrees=25)",
    "compose(steps=[flip, tint(colour=(1, 0.6, 0.6))])",
)


def examples() -> Dataset:
    """Return crops of the two photographs that ship with scikit-learn."""
    crops = []
    for photo in load_sample_images().images:
        image = Image.fromarray(photo)
        for x in (60, 220, 340):
            crop = image.crop((x, 100, x + 300, 400)).resize((SIDE, SIDE))
            crops.append(np.moveaxis(np.asarray(crop, np.float32) / 255, 2, 0))
    count = len(crops)
    return Dataset(
        name="photographs",
        modality="image",
        inputs=np.stack(crops),
        labels=np.arange(count) // 3,
        class_names=("china", "flower"),
        ids=tuple(map(str, range(count))),
    )


def transforms() -> list[tuple[str, Transform]]:
    """Return each call with its transformation, and a pasted ball."""
    rows, columns = np.mgrid[-1:1:16j, -1:1:16j]
    inside = (np.hypot(rows, columns) <= 1).astype(float)
    shade = np.clip(1 - np.hypot(rows + 0.4, columns + 0.4) / 1.6, 0, 1)
    ball = Picture.from_array(np.stack([shade, 0.2 * shade, 0.2 * shade]), inside)
    listed = [(call, parse(call)) for call in CALLS]
    return [*listed, ("paste(file=ball.png)", Transform(change=Paste(picture=ball)))]


def tile(image: np.ndarray) -> Image.Image:
    """Return one input as a picture large enough to see."""
    pixels = np.round(255 * np.moveaxis(image, 0, 2)).astype(np.uint8)
    return Image.fromarray(pixels).resize((SHOWN, SHOWN), Image.Resampling.NEAREST)


def draw(data: Dataset, example: int, columns: int = 3) -> Image.Image:
    """Return the gallery: for each transformation before, half strength, full, placebo."""
    cases = transforms()
    rows = -(-len(cases) // columns)
    wide, high = 4 * SHOWN + 5 * MARGIN, SHOWN + 2 * LINE + 2 * MARGIN
    sheet = Image.new("RGB", (columns * wide, rows * high + LINE + MARGIN), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=12)
    heading = "each row: before, half the strength, the strength written, its placebo"
    pen.text((MARGIN, MARGIN), heading, "black", font)
    before = data.inputs[example : example + 1]
    for place, (call, transform) in enumerate(cases):
        x = (place % columns) * wide + MARGIN
        y = (place // columns) * high + LINE + 2 * MARGIN
        bound = transform.bind(data)
        half = bound.with_strength(bound.strength / 2)
        shown = [before, half.apply(before), bound.apply(before)]
        shown.append(bound.placebo(data, 1).apply(before))
        pen.text((x, y), call, "black", font)
        pen.text((x, y + LINE - 2), bound.describe(), "dimgrey", font)
        for step, image in enumerate(shown):
            sheet.paste(tile(image[0]), (x + step * (SHOWN + MARGIN), y + 2 * LINE))
    return sheet


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(examples(), example=4).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")

#!/usr/bin/env bash
# vl-convert-python 1.9.0.post1: charts with clipped marks as SVG.
# Expected: the same chart is the same SVG, and two charts can stand in one HTML page.
# Seen: clip paths are numbered by a counter of the process. One chart drawn twice gives other bytes the
# second time; charts drawn by two processes have the same ids, and in one page the second picture's
# marks are then cut by the first one's rectangle.
# Why it matters: reports that should be byte-identical are not, and notebooks that put together charts
# of several sessions lose marks. Renumber the ids by the content of the picture.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check vl-convert-python==1.9.0.post1
cat > "$folder/draw.py" <<'PYTHON'
import re
import sys

import vl_convert


def chart(width):
    return vl_convert.vegalite_to_svg(
        {
            "width": width,
            "height": 80,
            "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
            "mark": {"type": "line", "clip": True},
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "y": {"field": "y", "type": "quantitative"},
            },
        }
    )


svgs = [chart(int(sys.argv[1])) for _ in range(2)]
print(int(svgs[0] == svgs[1]), *(re.findall(r'<clipPath id="([^"]+)"', svg)[0] for svg in svgs))
PYTHON
first=$("$folder/venv/bin/python" "$folder/draw.py" 60)
second=$("$folder/venv/bin/python" "$folder/draw.py" 300)
echo "60 pixels wide, drawn twice: equal? and the ids: $first"
echo "300 pixels wide, by another process:             $second"
read -r equal one again <<< "$first"
read -r _ other _ <<< "$second"
[ "$equal" = 0 ] && [ "$one" != "$again" ] || { echo "behaviour has changed: one chart is one SVG"; exit 1; }
[ "$one" = "$other" ] || { echo "behaviour has changed: processes have ids of their own"; exit 1; }

"""Renders pictures by Chromium, rsvg-convert, cairosvg and Inkscape, those that are installed, and compares what comes out.

    python3 tests/pictures/compare.py PICTURE.svg ... [--keep DIR]
    python3 tests/pictures/compare.py --film FILM.svg --at SECONDS STILL.svg [--keep DIR]

Two renderings may differ by anti-aliasing: a pixel is the same if its colour lies between the darkest and the brightest of the
other rendering's pixels around it. At most 1 % of the pixels may differ beyond that; if more do, the exit code is 1. With
--film the frame of an animated picture at a moment, as Chromium plays it, is compared with a still picture; what is seen where
nothing is animated is compared among the renderers as any picture is. Needs Pillow; installs nothing.
"""

import argparse
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageChops, ImageFilter

# Per cent of the pixels.
MOST = 1.0
# Of 255, a channel: what rounding and gamma make of the same edge.
NEAR = 24


def size(svg):
    return tuple(int(number) for number in re.search(r'width="(\d+)" height="(\d+)"', svg).groups())


def chromium(svg, seconds=None):
    """The picture as Chromium shows it at a moment; without one as an image of a page, from its beginning."""
    wide, high = size(svg)
    stop = ""
    if seconds is not None:
        stop = f"<script>const s = document.querySelector('svg'); s.pauseAnimations(); s.setCurrentTime({seconds})</script>"
    else:
        # Without its animations, as where there are none.
        svg = re.sub(r"<animate [^>]*/>", "", svg)
    with tempfile.TemporaryDirectory() as folder:
        page, shot = os.path.join(folder, "page.html"), os.path.join(folder, "shot.png")
        with open(page, "w", encoding="utf-8") as file:
            file.write(f'<!doctype html><meta charset="utf-8"><style>body{{margin:0}}svg{{display:block}}</style>{svg}{stop}')
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        # A window has a head of its own in some versions: what is below the picture is cut off.
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
        command = [program, *options, f"--user-data-dir={folder}/profile", f"--window-size={wide},{high + 200}"]
        subprocess.run([*command, f"--screenshot={shot}", page], check=True, capture_output=True, timeout=120)
        return Image.open(shot).convert("RGB").crop((0, 0, wide, high))


def rsvg(svg):
    done = subprocess.run(["rsvg-convert"], input=svg.encode(), check=True, capture_output=True, timeout=120)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def cairo(svg):
    import cairosvg

    return Image.open(io.BytesIO(cairosvg.svg2png(bytestring=svg.encode()))).convert("RGB")


def inkscape(svg):
    with tempfile.TemporaryDirectory() as folder:
        picture, shot = os.path.join(folder, "picture.svg"), os.path.join(folder, "shot.png")
        with open(picture, "w", encoding="utf-8") as file:
            file.write(svg)
        command = ["inkscape", "--export-type=png", f"--export-filename={shot}", "--export-dpi=96", picture]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return Image.open(shot).convert("RGB")


def renderers():
    found = {}
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        found["chromium"] = chromium
    if shutil.which("rsvg-convert"):
        found["rsvg-convert"] = rsvg
    if shutil.which("inkscape"):
        found["inkscape"] = inkscape
    try:
        import cairosvg  # noqa: F401

        found["cairosvg"] = cairo
    except ImportError:
        pass
    return found


def beyond(one, other):
    """A mask of the pixels of `one` that lie outside of what is around them in `other`."""
    low, high = other.filter(ImageFilter.MinFilter(3)), other.filter(ImageFilter.MaxFilter(3))
    outside = ImageChops.lighter(ImageChops.subtract(low, one), ImageChops.subtract(one, high))
    red, green, blue = outside.split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return worst.point(lambda value: 255 if value > NEAR else 0)


def differing(one, other):
    """Per cent of the pixels that differ, and which."""
    if one.size != other.size:
        return 100.0, Image.new("L", one.size, 255)
    mask = ImageChops.lighter(beyond(one, other), beyond(other, one))
    return 100.0 * mask.histogram()[255] / (one.size[0] * one.size[1]), mask


def report(name, seen, keep):
    bad = False
    if keep:
        for program, image in seen.items():
            image.save(os.path.join(keep, f"{name}.{program}.png"))
    for one, other in itertools.combinations(seen, 2):
        share, mask = differing(seen[one], seen[other])
        bad |= share > MOST
        if keep and share > 0:
            mask.save(os.path.join(keep, f"{name}.{one}-{other}.png"))
        print(f"{name}: {one} and {other} differ in {share:.2f} % of the pixels{' TOO MANY' if share > MOST else ''}")
    return bad


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("pictures", nargs="+", metavar="PICTURE.svg")
    words.add_argument("--film", metavar="FILM.svg")
    words.add_argument("--at", type=float, metavar="SECONDS")
    words.add_argument("--keep", metavar="DIR", help="write the renderings, and masks of what differs, there")
    asked = words.parse_args()
    if asked.keep:
        os.makedirs(asked.keep, exist_ok=True)
    found = renderers()
    if len(found) < 2:
        print(f"nothing to compare: of chromium, rsvg-convert, cairosvg and inkscape there is {', '.join(found) or 'none'}")
        return 0
    bad = False
    for path in asked.pictures:
        with open(path, encoding="utf-8") as file:
            svg = file.read()
        name = os.path.splitext(os.path.basename(path))[0]
        if asked.film:
            if asked.at is None or "chromium" not in found:
                sys.exit("--film needs --at SECONDS, and Chromium")
            with open(asked.film, encoding="utf-8") as file:
                film = file.read()
            # A shot has no line of keys: the film is compared as far as the still goes.
            shown, still = chromium(film, asked.at), chromium(svg)
            shown = shown.crop((0, 0, *still.size))
            bad |= report(f"{name}-at-{asked.at}", {"film": shown, "still": still}, asked.keep)
        else:
            bad |= report(name, {program: render(svg) for program, render in found.items()}, asked.keep)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

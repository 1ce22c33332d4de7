// A bar of a round length in the corner of the left map, where it is known how long a coordinate unit is.

const LONGEST = 0.25; // of the map's width

/** The largest of 1, 2, 5, 10, 20, … that is not above a length. */
function roundBelow(length) {
  const magnitude = 10 ** Math.floor(Math.log10(length));
  return [5, 2, 1].map((step) => step * magnitude).find((one) => one <= length * (1 + 1e-9));
}

function drawScaleBar() {
  const bar = element("bar");
  bar.hidden = !about.micrometers;
  if (bar.hidden) return;
  const perPixel = (about.micrometers * Math.abs(xRange.end - xRange.start)) / frameSize()[0];
  const length = roundBelow(LONGEST * perPixel * frameSize()[0]);
  bar.querySelector("span").textContent = length < 1000 ? `${length} µm` : `${length / 1000} mm`;
  bar.querySelector("i").style.width = `${length / perPixel}px`;
  const { left, bottom } = Bokeh.index.get_one(panels.left.plot).frame.bbox;
  bar.style.left = `${left + 8}px`;
  bar.style.top = `${element("plots").offsetTop + bottom - bar.offsetHeight - 8}px`;
}
for (const range of [xRange, yRange]) range.change.connect(drawScaleBar);

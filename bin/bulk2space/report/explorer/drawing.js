// The two maps. Many places are drawn as one image, each pixel in the colour of the nearest place; few, and the few in
// sight after zooming in, as discs.

const DISCS_UP_TO = 5000; // in sight
const PIXELS_PER_PLACE = 3; // along its side
const MOST_PIXELS = 2048; // along the longer side
const REACH = 0.75; // of a place in its image, in units of its spacing: just over half of a square's diagonal

await Bokeh.embed.embed_item(JSON.parse(element("panels").textContent), "plots");
const bokeh = Bokeh.documents[0];
const model = (name) => bokeh.get_model_by_name(name);
const [xRange, yRange] = [model("x range"), model("y range")];
const { ndarray } = Bokeh.require("core/util/ndarray");

const panels = Object.fromEntries(
  ["left", "right"].map((side) => {
    const part = (name) => model(`${side} ${name}`);
    const panel = { plot: model(side), raster: part("raster"), discs: part("discs"), tissue: part("tissue") };
    return [side, Object.assign(panel, { pan: part("pan"), lasso: part("lasso"), places: null, colours: null })];
  }),
);

function limitsOf(places) {
  const limits = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (let i = 0; i < places.n; i++) {
    if (places.x[i] < limits.left) limits.left = places.x[i];
    if (places.x[i] > limits.right) limits.right = places.x[i];
    if (places.y[i] < limits.top) limits.top = places.y[i];
    if (places.y[i] > limits.bottom) limits.bottom = places.y[i];
  }
  return limits;
}
const limits = limitsOf(measuredAt);
const margin = Math.max(measuredAt.distance, measuredAt.diameter, 1e-9);

/** For each pixel of an image of places the number of the nearest one, plus 1; 0 where none is near. */
function rasterOf(places) {
  if (places.pixels) return places.pixels;
  const own = limitsOf(places);
  const [wide, high] = [own.right - own.left + 2 * places.distance, own.bottom - own.top + 2 * places.distance];
  const pixel = Math.max(places.distance / PIXELS_PER_PLACE, Math.max(wide, high) / MOST_PIXELS);
  const [columns, rows] = [Math.ceil(wide / pixel), Math.ceil(high / pixel)];
  const [left, top] = [own.left - places.distance, own.top - places.distance];
  const reach = (REACH * Math.max(places.distance, places.spacing, pixel)) / pixel; // pixels
  const nearest = new Uint32Array(columns * rows);
  const apart = new Float32Array(columns * rows).fill(reach * reach);
  for (let i = 0; i < places.n; i++) {
    const [x, y] = [(places.x[i] - left) / pixel - 0.5, (places.y[i] - top) / pixel - 0.5];
    const [low, high] = [Math.max(0, Math.ceil(x - reach)), Math.min(columns - 1, Math.floor(x + reach))];
    for (let row = Math.max(0, Math.ceil(y - reach)); row <= Math.min(rows - 1, Math.floor(y + reach)); row++)
      for (let column = low; column <= high; column++) {
        const square = (column - x) ** 2 + (row - y) ** 2;
        const at = row * columns + column;
        if (square < apart[at]) {
          apart[at] = square;
          nearest[at] = i + 1;
        }
      }
  }
  places.pixels = { nearest, columns, rows, left, top, wide: columns * pixel, high: rows * pixel };
  return places.pixels;
}

/** Numbers of the places in sight; null where there are more than are drawn as discs. */
function inSight(places) {
  if (places.n > DISCS_UP_TO && places.touching) return null; // squares of a grid, which an image shows as they are
  if (places.n <= DISCS_UP_TO) return Uint32Array.from({ length: places.n }, (_, i) => i);
  const [left, right] = [Math.min(xRange.start, xRange.end), Math.max(xRange.start, xRange.end)];
  const [top, bottom] = [Math.min(yRange.start, yRange.end), Math.max(yRange.start, yRange.end)];
  const found = [];
  for (let i = 0; i < places.n; i++)
    if (places.x[i] >= left && places.x[i] <= right && places.y[i] >= top && places.y[i] <= bottom) {
      if (found.length === DISCS_UP_TO) return null;
      found.push(i);
    }
  return Uint32Array.from(found);
}

function drawDiscs(panel, seen) {
  const { places, colours } = panel;
  const pick = (values) => Float64Array.from(seen, (i) => values[i]);
  const colour = Uint32Array.from(seen, (i) => {
    const c = colours[i]; // Bokeh wants red in the highest byte
    return (((c & 255) << 24) | (((c >>> 8) & 255) << 16) | (((c >>> 16) & 255) << 8) | (c >>> 24)) >>> 0;
  });
  const radius = new Float64Array(seen.length).fill(places.diameter / 2);
  panel.discs.data_source.data = { x: pick(places.x), y: pick(places.y), radius, colour };
}

function drawRaster(panel) {
  const { nearest, columns, rows, left, top, wide, high } = rasterOf(panel.places);
  const image = new Uint32Array(nearest.length);
  for (let at = 0; at < nearest.length; at++) if (nearest[at]) image[at] = panel.colours[nearest[at] - 1];
  const whole = ndarray(image.buffer, { dtype: "uint32", shape: [rows, columns] });
  panel.raster.data_source.data = { image: [whole], x: [left], y: [top], dw: [wide], dh: [high] };
}

/** Draw a map again: of its places and colours, or of what is in sight after a move. */
function draw(panel, isNew) {
  if (!panel.places) return;
  const seen = inSight(panel.places);
  if (seen) drawDiscs(panel, seen);
  else if (isNew || !panel.hasRaster) {
    drawRaster(panel);
    panel.hasRaster = true;
  }
  if (seen && isNew) panel.hasRaster = false;
  panel.discs.visible = Boolean(seen);
  panel.raster.visible = !seen;
}

function show(side, places, colours) {
  Object.assign(panels[side], { places, colours });
  draw(panels[side], true);
}

/** Show a part of the section, around a middle, with one scale for x and y. */
function lookAt(x, y, unitsPerPixel) {
  const [wide, high] = frameSize();
  xRange.setv({ start: x - (wide * unitsPerPixel) / 2, end: x + (wide * unitsPerPixel) / 2 });
  yRange.setv({ start: y + (high * unitsPerPixel) / 2, end: y - (high * unitsPerPixel) / 2 });
}

const frameSize = () => [Math.max(panels.left.plot.inner_width, 50), Math.max(panels.left.plot.inner_height, 50)];

function lookAtAll() {
  const [wide, high] = frameSize();
  const scale = Math.max(
    (limits.right - limits.left + 2 * margin) / wide,
    (limits.bottom - limits.top + 2 * margin) / high,
  );
  lookAt((limits.left + limits.right) / 2, (limits.top + limits.bottom) / 2, scale);
}

function zoom(factor) {
  lookAt(
    (xRange.start + xRange.end) / 2,
    (yRange.start + yRange.end) / 2,
    (Math.abs(xRange.end - xRange.start) / frameSize()[0]) * factor,
  );
}

let waiting = 0;
function afterMove() {
  clearTimeout(waiting);
  waiting = setTimeout(() => Object.values(panels).forEach((panel) => draw(panel, false)), 120);
}
for (const range of [xRange, yRange]) range.change.connect(afterMove);

// A map that has got another size keeps its middle and its scale.
let width = 0;
function afterResize() {
  const [wide] = frameSize();
  if (!width || wide === width) return;
  width = wide;
  zoom(1);
}
panels.left.plot.properties.inner_width.change.connect(afterResize);

async function drawTissue() {
  const picture = new Image();
  picture.src = about.image.url;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const image = [ndarray(pixels.buffer, { dtype: "uint32", shape: [canvas.height, canvas.width] })];
  for (const { tissue } of Object.values(panels))
    tissue.data_source.data = { image, x: [0], y: [0], dw: [about.image.width], dh: [about.image.height] };
}

function setOpacity(alpha) {
  for (const { raster, discs } of Object.values(panels)) {
    raster.glyph.global_alpha = alpha;
    discs.glyph.fill_alpha = alpha;
  }
}

/** Axes, and the line around a region, in the page's light or dark colours. */
function colourAxes() {
  const style = getComputedStyle(document.body);
  const [ink, line] = ["--ink", "--line"].map((name) => style.getPropertyValue(name).trim());
  for (const { plot, lasso } of Object.values(panels)) {
    plot.outline_line_color = line;
    lasso.overlay.setv({ line_color: ink, fill_alpha: 0.15 });
    for (const axis of [...plot.below, ...plot.left])
      Object.assign(axis, {
        axis_label_text_color: ink,
        major_label_text_color: ink,
        axis_line_color: line,
        major_tick_line_color: line,
        minor_tick_line_color: null,
      });
  }
}

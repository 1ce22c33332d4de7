// What the reader chooses, and what the page answers.

const state = { type: -1, gene: -1, region: null, values: {} };
const UNIT = "log1p of counts per 10 000";
const many = (count) => count.toLocaleString("en");

/** An amount with so many digits behind the point; small ones keep their first two digits. */
const amount = (value, digits) => (value > 0 && value < 0.1 && digits > 1 ? value.toPrecision(2) : value.toFixed(digits));

/** Digits of an amount: expected values of very large sections are rounded so much that the second one says nothing. */
const digitsOf = (side) => (isSpots && side === "right" && about.weights.bytes === 1 ? 1 : 2);

function put(parent, tag, text, options = {}) {
  const made = Object.assign(document.createElement(tag), options);
  if (text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

/** Name a map, and show its colour bar where it has one. */
function label(side, title, scale) {
  element(`${side}-title`).textContent = title;
  const box = element(`${side}-scale`);
  box.hidden = !scale;
  if (!scale) return;
  const [low, high] = box.querySelectorAll("span");
  low.textContent = "0";
  high.textContent = scale.high;
  box.querySelector("i").style.background = `linear-gradient(90deg, ${scale.stops.join(", ")})`;
  box.querySelector("small").textContent = scale.unit;
}

function showTypes() {
  const { type } = state;
  const name = type < 0 ? "" : about.types[type].name;
  state.values = {};
  if (isSpots && type < 0) {
    show("left", spots, byType(spots.types, -1));
    label("left", "Most frequent type of each spot");
  } else if (isSpots) {
    const shares = proportions.subarray(type * spots.n, (type + 1) * spots.n);
    const largest = shares.reduce((a, b) => Math.max(a, b), 0);
    show("left", spots, byValue(shares, largest, SHARE));
    label("left", `${name} in each spot`, { high: percent(largest / about.parts), unit: "of the spot's cells", stops: SHARE });
  } else {
    const blank = none();
    const colours = byValue(cells.scores, 255, SHARE);
    if (type >= 0) cells.types.forEach((own, cell) => own === type || (colours[cell] = blank));
    show("left", cells, colours);
    label("left", "Probability of the predicted type", { high: "1", unit: "probability", stops: SHARE });
  }
  show("right", cells, byType(cells.types, type));
  const what = isSpots ? "Placed cells" : "Predicted types";
  label("right", type < 0 ? `${what}: ${many(cells.n)}` : `${name}: ${many(about.types[type].cells)} cells`);
}

async function showGene() {
  const number = state.gene;
  const gene = about.genes[number];
  const found = await valuesOf(number);
  if (state.gene !== number) return; // another one was chosen meanwhile
  state.values = { left: found.measured?.values, right: found.predicted?.values };
  const predicted = isSpots ? "expected" : "predicted";
  for (const [side, word, given] of [
    ["left", "measured", found.measured],
    ["right", predicted, found.predicted],
  ]) {
    const colours = given
      ? byValue(given.values, given.largest, expression())
      : new Uint32Array(measuredAt.n).fill(none());
    show(side, measuredAt, colours);
    const scale = given && { high: amount(given.largest, 2), unit: UNIT, stops: expression() };
    label(side, given ? `${gene.name}, ${word}` : `${gene.name} was not ${word}`, scale);
  }
}

async function update() {
  element("type").value = String(state.type);
  for (const button of element("legend").children)
    button.setAttribute("aria-pressed", String(state.gene < 0 && Number(button.dataset.type) === state.type));
  element("note").textContent = state.gene < 0 ? "" : about.genes[state.gene].note;
  if (state.gene < 0) showTypes();
  else await showGene();
  document.body.dataset.shown = state.gene < 0 ? `type ${state.type}` : `gene ${about.genes[state.gene].name}`;
}

function chooseType(type) {
  Object.assign(state, { type, gene: -1 });
  element("gene").value = "";
  return update();
}

function chooseGene(name) {
  const wanted = name.trim().toLowerCase();
  if (!wanted) return chooseType(state.type);
  const exact = about.genes.findIndex((one) => one.name === name.trim()); // names may differ in case alone
  const gene = exact < 0 ? about.genes.findIndex((one) => one.name.toLowerCase() === wanted) : exact;
  if (gene < 0) {
    element("note").textContent = `${name.trim()} is not on this page. --page_genes adds genes to it.`;
    return undefined;
  }
  Object.assign(state, { gene });
  return update();
}

function showRegion() {
  const table = element("region");
  table.replaceChildren();
  element("forget").hidden = !state.region;
  if (!state.region) {
    element("region-title").textContent = "Region";
    element("region-hint").textContent = "Choose Lasso and draw around a region to see which cells lie in it.";
    return;
  }
  const inside = within(cells, state.region);
  const counts = countTypes(inside);
  element("region-title").textContent = `Region: ${many(inside.length)} cells`;
  const of_spots = isSpots ? `${many(within(spots, state.region).length)} spots. ` : "";
  element("region-hint").textContent = `${of_spots}Number and share of each type among the cells of the region.`;
  const order = counts.map((count, type) => [count, type]).filter(([count]) => count);
  for (const [count, type] of order.sort((a, b) => b[0] - a[0])) {
    const row = put(table, "tr", null);
    row.dataset.type = type;
    const cell = put(row, "td", about.types[type].name);
    const bar = put(cell, "span", null, { className: "bar" });
    bar.style.background = about.types[type].colour;
    bar.style.width = `${(100 * count) / inside.length}%`;
    put(row, "td", many(count), { className: "number" });
    put(row, "td", percent(count / inside.length), { className: "number" });
  }
}

function hover(side, event) {
  const tip = element("tip");
  const { places } = panels[side];
  const number = nearestTo(places, event.x, event.y, Math.max(places.diameter, places.distance) * 0.75);
  tip.hidden = number < 0;
  if (number < 0) return;
  const said = wordsOn(places, number);
  const values = state.values[side];
  if (values) said.push(`${about.genes[state.gene].name}: ${amount(values[number], digitsOf(side))}`);
  tip.textContent = said.join("\n");
  const room = element("maps").clientWidth;
  const from = side === "left" ? 0 : room / 2;
  tip.style.left = `${Math.min(from + event.sx + 14, room - tip.offsetWidth)}px`;
  tip.style.top = `${element("plots").offsetTop + event.sy + 14}px`;
}

function useMouseFor(what) {
  for (const { pan, lasso } of Object.values(panels)) {
    pan.active = what === "move";
    lasso.active = what === "lasso";
  }
  for (const name of ["move", "lasso"]) element(name).setAttribute("aria-pressed", String(name === what));
}

/** Take a new region, drawn on one of the maps, in place of the last one; null for none. */
function takeRegion(region, drawnOn) {
  state.region = region;
  for (const [side, { lasso }] of Object.entries(panels)) if (side !== drawnOn) lasso.overlay.setv({ xs: [], ys: [] });
  showRegion();
}

element("title").textContent = `${about.sample}: explore the section`;
document.title = element("title").textContent;
element("subtitle").textContent = isSpots
  ? `${many(spots.n)} spots, ${many(cells.n)} placed cells, ${many(about.genes.length)} genes`
  : `${many(cells.n)} imaged cells, ${many(about.genes.length)} genes`;
element("wrong").textContent = about.wrong;
element("wrong").hidden = !about.wrong;
const types = element("type");
put(types, "option", "all types", { value: "-1" });
about.types.forEach((type, number) => {
  put(types, "option", type.name, { value: String(number) });
  const button = put(element("legend"), "button", null, { type: "button" });
  button.dataset.type = number;
  put(button, "i", null).style.background = type.colour;
  put(button, "span", type.name);
  put(button, "small", many(type.cells));
  button.addEventListener("click", () => chooseType(state.gene < 0 && state.type === number ? -1 : number));
});
for (const gene of about.genes) put(element("genes"), "option", gene.note, { value: gene.name });
const words = [
  about.room,
  "They are those of --page_genes, the best markers of each type, and the genes that vary most over the section.",
  isSpots
    ? "Expected: from the composition and the state of each spot (spots.h5ad)."
    : "Predicted: from each cell's neighbours among the generated cells (spatial.h5ad).",
  "Each map has a colour scale of its own, because section and reference catch a gene differently.",
];
if (about.absent.length) words.push(`Neither section nor reference has ${about.absent.join(", ")}.`);
element("words").textContent = words.join(" ");

types.addEventListener("change", () => chooseType(Number(types.value)));
element("gene").addEventListener("change", (event) => chooseGene(event.target.value));
element("gene").addEventListener("input", (event) => {
  if (about.genes.some((one) => one.name === event.target.value)) chooseGene(event.target.value);
});
element("controls").addEventListener("submit", (event) => event.preventDefault());
element("move").addEventListener("click", () => useMouseFor("move"));
element("lasso").addEventListener("click", () => useMouseFor("lasso"));
element("closer").addEventListener("click", () => zoom(1 / 1.5));
element("farther").addEventListener("click", () => zoom(1.5));
element("whole").addEventListener("click", lookAtAll);
element("forget").addEventListener("click", () => takeRegion(null));
element("opacity").addEventListener("input", (event) => setOpacity(event.target.value / 100));
for (const [side, { plot }] of Object.entries(panels)) {
  plot.on_event("mousemove", (event) => hover(side, event));
  plot.on_event("mouseleave", () => (element("tip").hidden = true));
  plot.on_event("selectiongeometry", ({ geometry, final }) => {
    if (!final || geometry.type !== "poly") return;
    takeRegion({ x: Array.from(geometry.x), y: Array.from(geometry.y) }, side);
  });
}
dark.addEventListener("change", () => {
  colourAxes();
  update();
});

colourAxes();
lookAtAll();
width = frameSize()[0];
if (about.image) {
  element("opacity-label").hidden = false;
  await drawTissue();
  setOpacity(element("opacity").value / 100);
}
showRegion();
await update();
document.body.dataset.ready = "yes";

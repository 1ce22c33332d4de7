// What the page holds: words and numbers in `about`, packed arrays that are unpacked when they are first asked for.

const element = (id) => document.getElementById(id);
const about = JSON.parse(element("about").textContent);
const arrays = JSON.parse(element("arrays").textContent);

/** The bytes of a packed array: base64 of gzip. */
async function bytesOf(name) {
  const packed = atob(arrays[name]);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const numbers = async (name, Kind) => new Kind(await bytesOf(name));
const namesOf = async (name) => new TextDecoder().decode(await bytesOf(name)).split("\n");

/** Spots or cells: their coordinates, and the least and the largest of them. */
async function placesOf(name) {
  const [x, y] = await Promise.all(
    ["x", "y"].map(async (axis, number) => {
      const [least, step] = about[name].axes[number];
      return Float32Array.from(await numbers(`${name} ${axis}`, Uint16Array), (whole) => least + step * whole);
    }),
  );
  const { n, diameter, distance, spacing, touching } = about[name];
  return { n, x, y, diameter, distance, spacing, touching: Boolean(touching) };
}

const isSpots = about.platform === "spot";
const cells = await placesOf("cells");
cells.types = await numbers("cells types", Uint16Array);
cells.scores = await numbers("cells scores", Uint8Array);
cells.spots = isSpots ? await numbers("cells spots", Uint32Array) : null;
const spots = isSpots ? await placesOf("spots") : null;
const measuredAt = isSpots ? spots : cells;
measuredAt.names = await namesOf(isSpots ? "spots names" : "cells names");

const totals = "totals" in arrays ? await numbers("totals", Uint32Array) : null; // counts of each place

const proportions = isSpots // types × spots, in parts of about.parts
  ? await numbers("spots proportions", about.parts === 255 ? Uint8Array : Uint16Array)
  : null;
const weights = isSpots
  ? await numbers("spots weights", about.weights.bytes === 2 ? Uint16Array : Uint8Array) // rows of a profile × spots
  : null;

// The most frequent type of each spot, by the proportions before they were rounded; beyond all types without any.
if (isSpots) spots.types = await numbers("spots types", Uint16Array);

/** A gene's expected values in the spots, log1p: the weights of each spot times the gene's profile. */
function expectedOf(profile) {
  const sums = new Float32Array(spots.n);
  profile.forEach((value, row) => {
    const [least, step] = about.weights.steps[row];
    for (let spot = 0, at = row * spots.n; spot < spots.n; spot++, at++) sums[spot] += value * (least + step * weights[at]);
  });
  return sums.map((sum) => Math.log1p(Math.max(sum, 0)));
}

/** Measured values of a gene, log1p of counts per 10 000, from its counts or from parts of its largest value. */
async function measuredOf(number) {
  const { measured, bytes } = about.genes[number];
  if (measured === undefined) return null;
  const gaps = await numbers(`places ${number}`, Uint8Array);
  const given = await numbers(`measured ${number}`, bytes === 1 ? Uint8Array : Uint32Array);
  const values = new Float32Array(measuredAt.n);
  let [place, next] = [-1, 0];
  for (const gap of gaps) {
    place += gap;
    if (gap === 255) continue;
    place += 1;
    const value = given[next++];
    values[place] = totals ? Math.log1p((1e4 * value) / totals[place]) : (value * measured) / 255;
  }
  return { values, largest: measured };
}

/** Predicted values of a gene: of spots from its profile, of imaged cells as they are stored. */
async function predictedOf(number) {
  const { profile, predicted } = about.genes[number];
  if (profile) {
    const values = expectedOf(profile);
    return { values, largest: values.reduce((a, b) => Math.max(a, b), 0) };
  }
  if (predicted === undefined) return null;
  const parts = await numbers(`predicted ${number}`, Uint8Array);
  return { values: Float32Array.from(parts, (part) => (part * predicted) / 255), largest: predicted };
}

const kept = new Map(); // the genes that were last asked for

/** Measured and predicted values of a gene, each with its largest value; null where there are none. */
async function valuesOf(number) {
  if (kept.has(number)) return kept.get(number);
  if (kept.size > 8) kept.clear();
  kept.set(number, { measured: await measuredOf(number), predicted: await predictedOf(number) });
  return kept.get(number);
}

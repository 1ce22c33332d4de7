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
  const { n, diameter, distance, touching } = about[name];
  return { n, x, y, diameter, distance, touching: Boolean(touching) };
}

const isSpots = about.platform === "spot";
const cells = await placesOf("cells");
cells.types = await numbers("cells types", Uint16Array);
cells.scores = await numbers("cells scores", Uint8Array);
cells.spots = isSpots ? await numbers("cells spots", Uint32Array) : null;
const spots = isSpots ? await placesOf("spots") : null;
const measuredAt = isSpots ? spots : cells;
measuredAt.names = await namesOf(isSpots ? "spots names" : "cells names");

const proportions = isSpots ? await numbers("spots proportions", Uint8Array) : null; // types × spots
const weights = isSpots
  ? await numbers("spots weights", about.weights.bytes === 2 ? Uint16Array : Uint8Array) // rows of a profile × spots
  : null;

/** The most frequent type of each spot; -1 where it has no composition. */
function mostFrequent() {
  const best = new Int16Array(spots.n).fill(-1);
  const most = new Uint8Array(spots.n);
  for (let type = 0, at = 0; type < about.types.length; type++)
    for (let spot = 0; spot < spots.n; spot++, at++)
      if (proportions[at] > most[spot]) {
        most[spot] = proportions[at];
        best[spot] = type;
      }
  return best;
}
if (isSpots) spots.types = mostFrequent();

/** A gene's expected values in the spots, log1p: the weights of each spot times the gene's profile. */
function expectedOf(profile) {
  const sums = new Float32Array(spots.n);
  profile.forEach((value, row) => {
    const [least, step] = about.weights.steps[row];
    for (let spot = 0, at = row * spots.n; spot < spots.n; spot++, at++) sums[spot] += value * (least + step * weights[at]);
  });
  return sums.map((sum) => Math.log1p(Math.max(sum, 0)));
}

const kept = new Map(); // the genes that were last asked for

/** Measured and predicted values of a gene, each with its largest value; null where there are none. */
async function valuesOf(number) {
  if (kept.has(number)) return kept.get(number);
  const gene = about.genes[number];
  const parts = async (what) => {
    if (gene[what] === undefined) return null;
    const whole = await numbers(`${what} ${number}`, Uint8Array);
    return { values: Float32Array.from(whole, (part) => (part * gene[what]) / 255), largest: gene[what] };
  };
  let predicted = await parts("predicted");
  if (gene.profile) {
    const values = expectedOf(gene.profile);
    predicted = { values, largest: values.reduce((a, b) => Math.max(a, b), 0) };
  }
  if (kept.size > 8) kept.clear();
  kept.set(number, { measured: await parts("measured"), predicted });
  return kept.get(number);
}

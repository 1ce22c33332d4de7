// Colours of types and of values, as 32-bit numbers whose bytes are red, green, blue, alpha.

const packColour = (red, green, blue, alpha = 255) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const ofHex = (hex) => packColour(...[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
const typeColours = about.types.map((type) => ofHex(type.colour));

// The report's colours of expression; on a dark page the other way round, so that high values stand out; and those of
// proportions and probabilities (viridis).
const dark = matchMedia("(prefers-color-scheme: dark)");
const ON_LIGHT = ["#dedede", "#fdbf84", "#f1705e", "#b63679", "#721f81", "#2d1160"];
const ON_DARK = ["#3b3e43", "#721f81", "#b63679", "#f1705e", "#fdbf84", "#fcfdbf"];
const expression = () => (dark.matches ? ON_DARK : ON_LIGHT);
const SHARE = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"];

/** 256 colours between those of a list. */
function ramp(stops) {
  const rgb = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    return packColour(...rgb[low].map((value, part) => Math.round(value + (place - low) * (rgb[low + 1][part] - value))));
  });
}
const ramps = new Map([ON_LIGHT, ON_DARK, SHARE].map((stops) => [stops, ramp(stops)]));

/** The colour of places without a value, in the page's light or dark. */
const none = () => ofHex(dark.matches ? "#3b3e43" : "#d9d9d9");

/** A colour for each type; with one type chosen, the others have none. */
function byType(types, chosen) {
  const blank = none();
  return Uint32Array.from(types, (type) =>
    type >= 0 && type < typeColours.length && (chosen < 0 || type === chosen) ? typeColours[type] : blank,
  );
}

/** A colour for each value from 0 to the largest. */
function byValue(values, largest, stops) {
  const colours = ramps.get(stops);
  const factor = 255 / (largest || 1);
  return Uint32Array.from(values, (value) => colours[Math.min(255, Math.max(0, Math.round(value * factor)))]);
}

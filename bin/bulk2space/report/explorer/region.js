// The composition of a region that was drawn with the lasso, and the place under the mouse.

/** Numbers of the places within a polygon of corners x and y. */
function within(places, corners) {
  const { x, y } = corners;
  const [left, right] = [Math.min(...x), Math.max(...x)];
  const [top, bottom] = [Math.min(...y), Math.max(...y)];
  const found = [];
  for (let i = 0; i < places.n; i++) {
    const [px, py] = [places.x[i], places.y[i]];
    if (px < left || px > right || py < top || py > bottom) continue;
    let inside = false;
    for (let a = 0, b = x.length - 1; a < x.length; b = a++)
      if (y[a] > py !== y[b] > py && px < ((x[b] - x[a]) * (py - y[a])) / (y[b] - y[a]) + x[a]) inside = !inside;
    if (inside) found.push(i);
  }
  return found;
}

/** Number of cells by type among some cells. */
function countTypes(numbersOfCells) {
  const counts = new Array(about.types.length).fill(0);
  for (const cell of numbersOfCells) counts[cells.types[cell]] += 1;
  return counts;
}

/** A grid of squares with the places in each, to find the nearest one. */
function gridOf(places) {
  if (places.grid) return places.grid;
  const own = limitsOf(places);
  const side = Math.max(Math.sqrt(((own.right - own.left) * (own.bottom - own.top)) / places.n) * 2, places.diameter, 1e-9);
  const columns = Math.floor((own.right - own.left) / side) + 1;
  const squares = new Map();
  for (let i = 0; i < places.n; i++) {
    const key = Math.floor((places.y[i] - own.top) / side) * columns + Math.floor((places.x[i] - own.left) / side);
    if (squares.has(key)) squares.get(key).push(i);
    else squares.set(key, [i]);
  }
  places.grid = { own, side, columns, squares };
  return places.grid;
}

/** The nearest place that is at most a distance away; -1 where there is none. */
function nearestTo(places, x, y, most) {
  const { own, side, columns, squares } = gridOf(places);
  const [column, row] = [Math.floor((x - own.left) / side), Math.floor((y - own.top) / side)];
  let [best, square] = [-1, most * most];
  for (let r = row - 1; r <= row + 1; r++)
    for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c++)
      for (const i of squares.get(r * columns + c) ?? []) {
        const apart = (places.x[i] - x) ** 2 + (places.y[i] - y) ** 2;
        if (apart <= square) [best, square] = [i, apart];
      }
  return best;
}

/** The name of a cell: its own, or that of its spot and its number among the cells of the spot. */
function cellName(cell) {
  if (!isSpots) return cells.names[cell];
  let before = 0;
  for (let other = 0; other < cell; other++) if (cells.spots[other] === cells.spots[cell]) before += 1;
  return `${spots.names[cells.spots[cell]]}_${before + 1}`;
}

/** A proportion in percent: some is not 0 %, and most is not 100 %. */
function percent(part) {
  if (part > 0 && part < 0.0005) return "<0.1 %";
  if (part < 1 && part >= 0.9995) return ">99.9 %";
  return `${(100 * part).toFixed(part < 0.1 || (part >= 0.995 && part < 1) ? 1 : 0)} %`;
}
const typeName = (type) => (type >= 0 && type < about.types.length ? about.types[type].name : "none");

/** What is known of the cell or spot under the mouse, one thing a line. */
function wordsOn(places, number) {
  if (places === cells) {
    const said = [`cell ${cellName(number)}`, `type: ${typeName(cells.types[number])}`];
    said.push(`probability: ${percent(cells.scores[number] / 255)}`);
    if (isSpots) said.push(`spot: ${spots.names[cells.spots[number]]}`);
    return said;
  }
  const shares = about.types.map((type, t) => [type.name, proportions[t * spots.n + number] / about.parts]);
  const most = shares.filter(([, share]) => share >= 0.01).sort((a, b) => b[1] - a[1]);
  return [`spot ${spots.names[number]}`, ...most.slice(0, 4).map(([name, share]) => `${name}: ${percent(share)}`)];
}

// Heat maps: a figure with data-heat="k" shows the k-th map of the data; the mouse and the arrow keys say what an entry holds.
const maps = JSON.parse(document.getElementById("data").textContent).heat || [];
const SVG = "http://www.w3.org/2000/svg";
const make = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const finite = (x) => typeof x === "number" && x !== 0;
const isDark = () => document.documentElement.dataset.theme === "dark";
const mix = (a, b, t) => a.map((x, k) => Math.round(x + (b[k] - x) * t));
function heat(share) {
  const [cold, hot] = isDark() ? [[34, 38, 48], [255, 190, 90]] : [[238, 241, 246], [130, 20, 45]];
  return `rgb(${mix(cold, hot, share).join(",")})`;
}
function signed(value, most) {
  const ground = isDark() ? [34, 38, 48] : [244, 245, 248];
  const end = value < 0 ? (isDark() ? [255, 120, 110] : [179, 22, 27]) : (isDark() ? [110, 165, 255] : [20, 80, 200]);
  return `rgb(${mix(ground, end, most ? Math.min(1, Math.abs(value) / most) : 0).join(",")})`;
}
function words(map, cell) {
  const name = `${map.rows[cell[0]]} by ${map.columns[cell[1]]}`;
  if (map.kind === "value") return `${name}: ${cell[2]}`;
  const verdict = ["right", "wrong", "inconclusive"][cell[6]];
  return `${name}: got ${cell[2]}, expected ${cell[3]} ± ${cell[4]}, relative error ${cell[5]}: ${verdict}`;
}
function draw(figure, map) {
  const rows = [...new Set(map.cells.map((c) => Math.floor(c[0] / map.tile[0])))].length;
  const columns = map.cells.length / rows;
  const label = 12 + 7 * Math.min(22, Math.max(...Object.values(map.rows).map((name) => name.length)));
  let size = Math.max(12, Math.min(30, Math.floor(640 / columns)));
  const logs = map.kind === "error" ? map.cells.map((c) => (finite(c[5]) ? Math.log10(c[5]) : c[5] === 0 ? -16 : 1)) : [];
  const most = map.kind === "value" ? Math.max(...map.cells.map((c) => (typeof c[2] === "number" ? Math.abs(c[2]) : 0))) : 0;
  const colour = (c, k) => (map.kind === "value" ? signed(typeof c[2] === "number" ? c[2] : most, most) : heat(Math.max(0, Math.min(1, (logs[k] + 16) / 16))));
  const box = document.createElement("div");
  box.className = "heat";
  const status = document.createElement("p");
  status.className = "mono";
  status.setAttribute("role", "status");
  let here = map.here || 0;
  let rects = [];
  const point = (k, keys) => {
    rects[here]?.classList.remove("here");
    here = Math.max(0, Math.min(map.cells.length - 1, k));
    rects[here].classList.add("here");
    status.textContent = words(map, map.cells[here]);
    if (keys) rects[here].scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const paint = () => {
    const left = Math.min(label, 170), top = 20;
    const svg = make("svg", { width: left + columns * size + 2, height: top + rows * size + 4, tabindex: 0, role: "application",
      "aria-label": `${map.kind === "error" ? "Error" : "Value"} by entry, ${map.shape[0]} rows and ${map.shape[1]} columns; the arrow keys go from entry to entry` });
    const step = Math.max(1, Math.ceil(16 / size));
    const fits = (name) => name.length * 6.5 < size - 2;
    for (let r = 0; r < rows; r += step) svg.append(make("text", { class: "axis", x: left - 4, y: top + r * size + size / 2 + 4, "text-anchor": "end" }, short(map.rows[map.cells[r * columns][0]])));
    if (columns && fits(short(map.columns[map.cells[0][1]]))) for (let c = 0; c < columns; c += 1) svg.append(make("text", { class: "axis", x: left + c * size + size / 2, y: 14, "text-anchor": "middle" }, short(map.columns[map.cells[c][1]])));
    else svg.append(make("text", { class: "axis", x: left, y: 14 }, `${map.columns[map.cells[0][1]]} … ${map.columns[map.cells[columns - 1][1]]}`));
    rects = map.cells.map((cell, k) => {
      const rect = make("rect", { class: `cell${cell[6] === 1 ? " wrong" : cell[6] === 2 ? " open" : ""}`, x: left + (k % columns) * size + 1, y: top + Math.floor(k / columns) * size + 1, width: size - 2, height: size - 2, fill: colour(cell, k) });
      rect.append(make("title", {}, words(map, cell)));
      rect.addEventListener("pointerenter", () => point(k));
      svg.append(rect);
      return rect;
    });
    svg.addEventListener("keydown", (event) => {
      const go = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (go === undefined) return;
      event.preventDefault();
      if (here + go >= 0 && here + go < map.cells.length) point(here + go, true);
    });
    svg.addEventListener("focus", () => point(here));
    box.replaceChildren(svg);
  };
  const bar = document.createElement("div");
  bar.className = "row controls";
  for (const [text, by, name] of [["−", 1 / 1.5, "Smaller cells"], ["+", 1.5, "Larger cells"]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => { size = Math.max(4, Math.min(80, size * by)); paint(); point(here); });
    bar.append(button);
  }
  const caption = document.createElement("figcaption");
  const tiles = map.tile[0] * map.tile[1] > 1 ? ` Each cell stands for ${map.tile[0]} × ${map.tile[1]} entries and shows the ${map.kind === "error" ? "worst" : "largest"} of them.` : "";
  caption.textContent = (map.kind === "error" ? "Relative error by entry, on a logarithmic scale from 1e-16 to 1: the stronger the colour, the larger. A solid edge is wrong, a dashed one inconclusive." : "Value by entry: blue above 0, red below, pale near 0.") + tiles;
  figure.append(bar, box, status, caption);
  paint();
  document.addEventListener("colours", () => { paint(); point(here); });
  status.textContent = words(map, map.cells[here]);
}
function short(name) { return name.length > 22 ? `${name.slice(0, 21)}…` : name; }
for (const figure of document.querySelectorAll("figure[data-heat]")) if (maps[figure.dataset.heat]) draw(figure, maps[figure.dataset.heat]);

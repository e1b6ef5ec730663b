// A graph with values and gradients, walked through step by step: forward in the order of the values, then backward.
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const say = (key, given = {}) => data.said[key].replace(/\{(\w+)\}/g, (_, name) => given[name]);
const get = (id) => document.getElementById(id);
const make = (name, attributes = {}, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
const html = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

// --- numbers
function digits(x) {
  if (typeof x !== "number") return data.said[x] ?? String(x);
  if (x === 0) return "0.0";
  const text = Math.abs(x) >= 1e-4 && Math.abs(x) < 1e6 ? String(Number(x.toPrecision(6))) : x.toExponential(5).replace(/\.?0+e/, "e").replace("e+", "e");
  return /[.en]/.test(text) ? text : `${text}.0`;
}
const shapeOf = (a) => (a !== null && typeof a === "object" ? a.s : []);
function brief(a) {
  if (a === null || a === undefined) return "";
  if (typeof a !== "object") return digits(a);
  if (a.s.length === 1 && a.s[0] <= 3 && a.v.length === a.s[0]) return `[${a.v.map(digits).join(", ")}]`;
  return `${a.s.join("×")} ‖${digits(a.n)}‖`;
}
const sizeOf = (a) => shapeOf(a).reduce((x, y) => x * y, 1);
function table(a, words) {
  const rows = a.s.length === 1 ? a.v.map((x) => [x]) : a.v;
  const names = (axis) => (words && words[axis]) || null;
  const body = html("table", { class: "matrix" });
  const across = a.s.length === 2 ? names(1) : null, down = a.s.length <= 2 ? names(0) : null;
  if (across && rows.length) {
    const head = body.insertRow();
    if (down) head.append(html("th"));
    rows[0].forEach((_, k) => head.append(html("th", { scope: "col" }, across[k])));
  }
  rows.forEach((row, k) => {
    const line = body.insertRow();
    if (down) line.append(html("th", { scope: "row" }, down[k]));
    for (const x of row) line.append(html("td", {}, digits(x)));
    if (a.s.length > 1 && row.length < a.s[a.s.length - 1]) line.append(html("td", {}, "…"));
  });
  const all = a.s.length === 1 ? a.s[0] : a.s.slice(0, -1).reduce((x, y) => x * y, 1);
  if (rows.length < all) body.insertRow().append(html("td", {}, "⋮"));
  return body;
}
let openArrays = new Set();
function shown(a, words, kind, key) {
  if (a === null || a === undefined) return html("span", { class: "faint" }, say("none"));
  if (typeof a !== "object") return html("b", { class: `mono ${kind}` }, digits(a));
  if (sizeOf(a) <= 8 && !openArrays.has(`-${key}`)) openArrays.add(key);
  const part = html("details", { class: kind }, html("summary", { class: "mono" }, brief(a)), html("div", { class: "tablebox" }, table(a, words)));
  part.open = openArrays.has(key);
  part.addEventListener("toggle", () => { openArrays[part.open ? "add" : "delete"](key); openArrays[part.open ? "delete" : "add"](`-${key}`); });
  return part;
}

// --- what is folded
const nodes = data.nodes, place = new Map(nodes.map((node, k) => [node.id, k]));
const folds = data.folds.map((fold, k) => ({ ...fold, key: `f${k}`, members: [] }));
const above = (fold) => (fold === null ? [] : [...above(folds[fold].outer), fold]);
nodes.forEach((node, k) => { for (const fold of above(node.fold)) folds[fold].members.push(k); });
const open = new Set(data.open ? folds.keys() : []);
let flow = 0, moment = data.moments.length - 1, stops = [], at = 0, whole = false, timer = 0, chosen = null;
const numbers = () => data.moments[moment];
const passed = () => numbers().flows[flow];
const standsFor = (k) => { const closed = above(nodes[k].fold).find((fold) => !open.has(fold)); return closed === undefined ? `n${k}` : `f${closed}`; };
const isFold = (key) => key[0] === "f";
const lastOf = (key) => (isFold(key) ? Math.max(...folds[key.slice(1)].members) : Number(key.slice(1)));
const membersOf = (key) => (isFold(key) ? folds[key.slice(1)].members : [Number(key.slice(1))]);
const nameOf = (key) => (isFold(key) ? folds[key.slice(1)].name : nodes[key.slice(1)].name);
const valueOf = (key) => numbers().values[lastOf(key)];
const gradientOf = (key) => passed().gradients[lastOf(key)];
const productOf = (use) => { const p = passed().products[use]; return p === 1 ? passed().gradients[place.get(data.uses[use][0])] : p; };

// --- the picture
let boxes = new Map(), lines = [], size = { width: 1, height: 1 }, view = { x: 0, y: 0, scale: 1 };
const svg = get("graph"), canvas = get("canvas");
const LETTER = 7.3, LINE = 16, READABLE = 0.45;
const wide = (text) => text.length + (text.match(/[\u2e80-\u9fff\uff00-\uff60]/g) ?? []).length;  // Chinese letters take two columns
function labels(key) {
  const node = nodes[lastOf(key)];
  const does = isFold(key) ? (folds[key.slice(1)].kind === "step" ? node.does : say("operations", { kind: folds[key.slice(1)].kind, count: membersOf(key).length })) : node.does === node.name ? "" : node.does;
  const rows = [["name", `${isFold(key) ? "▸ " : ""}${cut(nameOf(key), 28)}`]];
  if (does) rows.push(["does", cut(does, 34)]);
  rows.push(["value", brief(valueOf(key))], ["gradient", brief(gradientOf(key)) || " "]);
  return rows;
}
function layOut(direction, framed) {
  const graph = new dagre.graphlib.Graph({ compound: true, multigraph: false });
  graph.setGraph({ rankdir: direction, nodesep: 22, ranksep: 44, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const keys = [...new Set(nodes.map((_, k) => standsFor(k)))];
  for (const key of keys) {
    const rows = labels(key);
    const across = Math.max(...rows.map(([kind, text]) => wide(text) * LETTER * (kind === "name" ? 1.12 : 1)));
    graph.setNode(key, { width: Math.max(78, across + 20), height: rows.length * LINE + 12 });
  }
  const line_of = (k) => (framed ? above(nodes[k].fold) : []);
  if (framed) folds.forEach((fold, k) => { if (open.has(k) && above(k).every((outer) => open.has(outer))) graph.setNode(`c${k}`, {}); });
  nodes.forEach((node, k) => {
    const line = line_of(k), closed = line.findIndex((fold) => !open.has(fold));
    const parent = closed === -1 ? line[line.length - 1] : line[closed - 1];
    if (parent !== undefined) graph.setParent(standsFor(k), `c${parent}`);
  });
  folds.forEach((fold, k) => { if (graph.hasNode(`c${k}`) && fold.outer !== null) graph.setParent(`c${k}`, `c${fold.outer}`); });
  const between = new Map();
  data.uses.forEach(([source, target], use) => {
    const from = standsFor(place.get(source)), to = standsFor(place.get(target));
    if (from === to) return;
    const key = `${from} ${to}`;
    if (!between.has(key)) between.set(key, { from, to, uses: [] });
    between.get(key).uses.push(use);
  });
  for (const line of between.values()) graph.setEdge(line.from, line.to);
  dagre.layout(graph);
  return { graph, keys, lines: [...between.values()] };
}
const fitting = ({ graph }) => Math.min(canvas.clientWidth / graph.graph().width, canvas.clientHeight / graph.graph().height, 1.4);
function hits({ graph, keys, lines: found }) {
  let count = 0;
  for (const { from, to } of found) {
    const { points } = graph.edge(from, to);
    for (const key of keys) {
      if (key === from || key === to) continue;
      const box = graph.node(key), inside = (x, y) => Math.abs(x - box.x) < box.width / 2 && Math.abs(y - box.y) < box.height / 2;
      let met = false;
      for (let k = 0; k < points.length - 1 && !met; k += 1) for (let t = 0; t <= 1 && !met; t += 0.1) met = inside(points[k].x + t * (points[k + 1].x - points[k].x), points[k].y + t * (points[k + 1].y - points[k].y));
      count += met;
    }
  }
  return count;
}
function arrange() {
  // Frames around what is open may push lines through boxes: of the layouts, the one in which that happens least, then the largest.
  const few = new Set(nodes.map((_, k) => standsFor(k))).size <= 90;
  const ways = few ? [["TB", true], ["LR", true], ["TB", false], ["LR", false]] : [["TB", true]];
  const tried = ways.map(([direction, framed]) => layOut(direction, framed)).map((found) => ({ ...found, direction: found.graph.graph().rankdir, hits: few ? hits(found) : 0, fit: fitting(found) }));
  const best = tried.reduce((a, b) => (b.hits < a.hits || (b.hits === a.hits && b.fit > a.fit * 1.02) ? b : a));
  size = best.graph.graph();
  svg.replaceChildren();
  const tip = make("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 9, markerHeight: 9, orient: "auto-start-reverse" });
  tip.append(make("path", { d: "M0 0L8 4L0 8z", class: "tip" }));
  const defs = make("defs");
  defs.append(tip);
  const stage = make("g", { id: "stage" });
  svg.append(defs, stage);
  for (const name of best.graph.nodes().filter((n) => n[0] === "c").sort((a, b) => above(+a.slice(1)).length - above(+b.slice(1)).length)) {
    const box = best.graph.node(name), fold = Number(name.slice(1));
    const frame = make("g", { class: "frame", tabindex: 0, role: "button", "aria-label": say("fold", { name: folds[fold].name }) });
    frame.append(make("rect", { x: box.x - box.width / 2, y: box.y - box.height / 2, width: box.width, height: box.height, rx: 8 }), make("text", { x: box.x - box.width / 2 + 8, y: box.y - box.height / 2 + 14 }, `▾ ${cut(folds[fold].name, 30)}`));
    const close = () => { open.delete(fold); redraw(); };
    frame.addEventListener("dblclick", close);
    frame.querySelector("text").addEventListener("click", close);
    frame.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); close(); } });
    stage.append(frame);
  }
  lines = best.lines.map((line) => {
    const { points } = best.graph.edge(line.from, line.to), [from, to] = [best.graph.node(line.from), best.graph.node(line.to)];
    const near = points.length <= 3, down = best.direction === "TB";
    const ends = down ? [from.x, from.y + from.height / 2, to.x, to.y - to.height / 2] : [from.x + from.width / 2, from.y, to.x - to.width / 2, to.y];
    const middle = near ? { x: (ends[0] + ends[2]) / 2, y: (ends[1] + ends[3]) / 2 } : points[Math.floor(points.length / 2)];
    const path = near ? straight(ends, down) : smooth(points);
    const group = make("g", { class: "edge" });
    group.append(make("path", { d: path, "marker-end": "url(#tip)" }));
    const label = make("text", { x: middle.x + 4, y: middle.y + 3 });
    group.append(label);
    stage.append(group);
    return { ...line, group, label };
  });
  boxes = new Map(best.keys.map((key) => {
    const box = best.graph.node(key), rows = labels(key), node = nodes[lastOf(key)];
    const group = make("g", { class: "node", "data-role": node.role, "data-key": key, tabindex: 0, role: "button", transform: `translate(${box.x - box.width / 2} ${box.y - box.height / 2})` });
    group.append(make("rect", { class: "body", width: box.width, height: box.height, rx: 6 }));
    rows.forEach(([kind, text], k) => group.append(make("text", { class: kind, x: box.width / 2, y: 18 + LINE * k, "text-anchor": "middle" }, text)));
    group.append(make("title", {}, `${nameOf(key)}${node.does ? `: ${node.does}` : ""}`));
    group.addEventListener("click", () => look(key));
    group.addEventListener("dblclick", () => (isFold(key) ? toggle(key) : shut(key)));
    group.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); if (isFold(key)) toggle(key); else look(key); } });
    stage.append(group);
    return [key, { ...box, group }];
  }));
}
function straight([x, y, u, v], down) {
  const half = down ? [0, (v - y) / 2] : [(u - x) / 2, 0];
  return `M${[x, y].map((z) => z.toFixed(1)).join(" ")}C${[x + half[0], y + half[1], u - half[0], v - half[1], u, v].map((z) => z.toFixed(1)).join(" ")}`;
}
function smooth(points) {
  let path = `M${points[0].x.toFixed(1)} ${points[0].y.toFixed(1)}`;
  for (let k = 1; k < points.length - 1; k += 1) {
    const p = points[k], q = points[k + 1], end = k === points.length - 2 ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    path += `Q${p.x.toFixed(1)} ${p.y.toFixed(1)} ${end.x.toFixed(1)} ${end.y.toFixed(1)}`;
  }
  return path;
}
function toggle(key) {
  if (!isFold(key)) return;
  const fold = Number(key.slice(1));
  open.add(fold);
  redraw(folds[fold].members[0]);
}
function shut(key) {
  const line = above(nodes[key.slice(1)].fold);
  if (!line.length) return;
  open.delete(line[line.length - 1]);
  redraw();
}
function move() { if (!svg.hasAttribute("viewBox")) get("stage").setAttribute("transform", `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.scale.toFixed(4)})`); }
function fit() {
  view.scale = Math.max(0.05, Math.min(canvas.clientWidth / size.width, canvas.clientHeight / size.height, 1.4));
  view.x = (canvas.clientWidth - size.width * view.scale) / 2;
  view.y = Math.max(0, (canvas.clientHeight - size.height * view.scale) / 2);
  move();
}
function zoom(by, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const scale = Math.max(0.05, Math.min(6, view.scale * by));
  view = { scale, x: x - (x - view.x) * scale / view.scale, y: y - (y - view.y) * scale / view.scale };
  move();
}
function follow(key, always = false) {
  const box = boxes.get(key);
  if (!box) return;
  const x = box.x * view.scale + view.x, y = box.y * view.scale + view.y, edge = 40;
  if (always || x < edge || x > canvas.clientWidth - edge) view.x += canvas.clientWidth / 2 - x;
  if (always || y < edge || y > canvas.clientHeight - edge) view.y += canvas.clientHeight / 2 - y;
  const within = (v, room, long) => (long <= room ? (room - long) / 2 : Math.min(12, Math.max(room - long - 12, v)));
  if (always) view = { ...view, x: within(view.x, canvas.clientWidth, size.width * view.scale), y: within(view.y, canvas.clientHeight, size.height * view.scale) };
  move();
}

// --- the steps
function plan() {
  const keys = [...boxes.keys()].sort((a, b) => lastOf(a) - lastOf(b));
  const back = keys.filter((key) => membersOf(key).some((k) => passed().gradients[k] !== null)).reverse();
  stops = [...keys.map((key) => ["forward", key]), ...back.map((key) => ["backward", key])];
}
const usesOf = (key) => lines.filter((line) => line.from === key).flatMap((line) => line.uses).filter((use) => passed().products[use] !== null);
const into = (key) => lines.filter((line) => line.to === key);
function paint() {
  const [way, key] = chosen ? ["look", chosen] : stops[at];
  const order = new Map(stops.map(([direction, name], k) => [`${direction} ${name}`, k]));
  for (const [name, { group }] of boxes) {
    const done = (direction) => whole || chosen !== null && at === stops.length - 1 || (order.get(`${direction} ${name}`) ?? Infinity) <= at;
    group.classList.toggle("later", !done("forward"));
    group.classList.toggle("nogradient", !done("backward"));
    group.classList.toggle("now", name === key);
    const rows = labels(name);
    for (const [kind, text] of rows) if (kind === "value" || kind === "gradient") group.querySelector(`text.${kind}`).textContent = text;
    const said = done("forward") ? say("said value", { value: brief(valueOf(name)) }) + (done("backward") && gradientOf(name) !== null ? say("said gradient", { value: brief(gradientOf(name)) }) : "") : "";
    group.setAttribute("aria-label", `${nameOf(name)}${said}${isFold(name) ? say("said folded") : ""}`);
  }
  for (const line of lines) {
    const flowing = way !== "forward" && line.from === key && line.uses.some((use) => passed().products[use] !== null);
    line.group.classList.toggle("now", flowing);
    line.group.classList.toggle("flow", way === "forward" && line.to === key);
    const local = line.uses.length === 1 ? numbers().locals[line.uses[0]] : null;
    line.label.textContent = (flowing || whole) && local !== null && typeof local !== "object" ? `×${digits(local)}` : "";
  }
  tell(way, key);
  get("count").textContent = chosen ? "" : say("count", { at: at + 1, all: stops.length });
  get("back").disabled = get("first").disabled = at === 0 && !chosen;
  get("next").disabled = get("last").disabled = at === stops.length - 1 && !chosen;
}
function tell(way, key) {
  const node = nodes[lastOf(key)], words = node.words, value = valueOf(key), gradient = gradientOf(key), name = nameOf(key);
  const of = passed().of, parts = [];
  const heading = way === "forward" ? say("forward", { name }) : way === "backward" ? say("backward", { name: `∂${of}/∂${name}` }) : name;
  get("now").replaceChildren(html("h2", {}, heading));
  const row = (title, ...more) => parts.push(html("div", { class: "times" }, html("span", {}, title), ...more));
  if (isFold(key)) {
    const button = html("button", { type: "button", class: "controls" }, say("unfold", { name }));
    button.addEventListener("click", () => toggle(key));
    parts.push(html("p", { class: "faint" }, say("folded", { count: membersOf(key).length })), button);
  }
  const inside = isFold(key) ? null : above(node.fold).pop();
  if (inside !== undefined && inside !== null) {
    const button = html("button", { type: "button", class: "controls" }, say("fold", { name: folds[inside].name }));
    button.addEventListener("click", () => shut(key));
    parts.push(button);
  }
  if (node.does && node.does !== name && !(isFold(key) && folds[key.slice(1)].kind !== "step")) parts.push(html("p", { class: "mono" }, `${node.name} = ${node.does}`));
  if (way !== "backward") {
    for (const line of way === "forward" ? into(key) : []) row(`${nameOf(line.from)} =`, shown(numbers().values[place.get(data.uses[line.uses[0]][0])], nodes[place.get(data.uses[line.uses[0]][0])].words, "", `v${line.from}`));
    row(`${node.name} =`, shown(value, words, "", `v${key}`));
    if (node.role !== "step" && node.role !== "output") parts.push(html("p", { class: "faint" }, say(`given ${node.role}`)));
  }
  if (way !== "forward") {
    const uses = usesOf(key);
    if (!uses.length && gradient !== null && node.role === "output") parts.push(html("p", {}, say("begins", { of })));
    for (const use of uses) {
      const [source, target, matrix] = data.uses[use], above = nodes[place.get(target)], below = nodes[place.get(source)];
      parts.push(html("p", {}, say("through", { name: above.name })));
      if (above.rule) parts.push(html("p", { class: "faint" }, above.rule));
      row(`${say("upstream")} ∂${of}/∂${above.name} =`, shown(passed().gradients[place.get(target)], above.words, "gradient", `g${target}`));
      const local = numbers().locals[use];
      if (local !== null) row(`× ${say("local")} ∂${above.name}/∂${below.name} =`, shown(local, matrix ? null : below.words, "", `l${use}`));
      row(`= ${say("product")}`, shown(productOf(use), below.words, "gradient", `p${use}`));
    }
    const several = uses.filter((use) => data.uses[use][0] === node.id).length > 1;
    if (gradient !== null) row(`${several ? say("sum", { name: `∂${of}/∂${node.name}` }) : `∂${of}/∂${node.name}`} =`, shown(gradient, words, "gradient", `g${node.id}`));
    else if (way === "look") parts.push(html("p", { class: "faint" }, say("no gradient", { of })));
  }
  get("detail").replaceChildren(...parts);
  for (const line of get("spec").children) line.classList.toggle("now", Number(line.dataset.line) === node.line);
  const lit = get("spec").querySelector(".now");
  if (lit) get("spec").scrollTop = lit.offsetTop - get("spec").offsetTop - get("spec").clientHeight / 2;
}
function go(where) { chosen = null; at = Math.max(0, Math.min(stops.length - 1, where)); paint(); follow(stops[at][1]); }
function look(key) { stop(); chosen = key; paint(); }
function stop() { clearInterval(timer); timer = 0; get("play").textContent = say("play"); get("play").setAttribute("aria-pressed", "false"); }
function play() {
  if (timer) { stop(); return; }
  if (at === stops.length - 1) go(0);
  get("play").textContent = say("pause");
  get("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => { if (at === stops.length - 1) stop(); else go(at + 1); }, 1100);
}
function redraw(first) {
  const key = stops.length ? stops[at] : null;
  arrange();
  plan();
  chosen = null;
  const same = key ? stops.findIndex(([way, name]) => way === key[0] && (name === key[1] || lastOf(name) === lastOf(key[1]))) : 0;
  at = Math.max(0, first === undefined ? same : stops.findIndex(([, name]) => membersOf(name).includes(first)));
  fit();
  if (view.scale < READABLE) { zoom(READABLE / view.scale); follow(stops[at][1], true); }
  paint();
}

// --- buttons, keys, mouse
get("first").addEventListener("click", () => go(0));
get("back").addEventListener("click", () => go(at - 1));
get("next").addEventListener("click", () => go(at + 1));
get("last").addEventListener("click", () => go(stops.length - 1));
get("play").addEventListener("click", play);
get("fit").addEventListener("click", fit);
get("smaller").addEventListener("click", () => zoom(1 / 1.3));
get("larger").addEventListener("click", () => zoom(1.3));
get("fold").addEventListener("click", () => { open.clear(); redraw(); });
get("unfold").addEventListener("click", () => { folds.forEach((_, k) => open.add(k)); redraw(); });
get("fold").hidden = get("unfold").hidden = folds.length === 0;
get("whole").addEventListener("click", () => { whole = !whole; get("whole").setAttribute("aria-pressed", whole); paint(); });
get("flow")?.addEventListener("change", (event) => { flow = Number(event.target.value); get("of").textContent = passed().of; redraw(); });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, summary, pre") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { ArrowRight: () => { stop(); go(at + 1); }, ArrowLeft: () => { stop(); go(at - 1); }, Home: () => go(0), End: () => go(stops.length - 1), "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: fit };
  if (event.key === " " && event.target.closest("button, [role=button]") === null) keys[" "] = play;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
svg.addEventListener("wheel", (event) => { event.preventDefault(); const box = svg.getBoundingClientRect(); zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12, event.clientX - box.left, event.clientY - box.top); }, { passive: false });
const fingers = new Map();
svg.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, event));
window.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  if (fingers.size === 1) { view.x += event.clientX - before.clientX; view.y += event.clientY - before.clientY; move(); } else {
    const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId), box = svg.getBoundingClientRect();
    const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
    zoom(far(event) / far(before), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
  }
  fingers.set(event.pointerId, event);
});
for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, (event) => fingers.delete(event.pointerId));
window.addEventListener("resize", fit);
// The paper is not as wide as the window, and its width is known to nobody here: it scales the picture by itself.
let wholeOnScreen;
window.addEventListener("beforeprint", () => {
  wholeOnScreen = whole;
  whole = true;
  paint();
  get("stage").removeAttribute("transform");
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
});
window.addEventListener("afterprint", () => {
  whole = wholeOnScreen;
  svg.removeAttribute("viewBox");
  paint();
  fit();
});

// --- training
const slider = get("moment");
if (slider) {
  slider.max = data.moments.length - 1;
  slider.value = moment;
  const plot = get("losses"), finite = data.losses.filter((x) => typeof x === "number");
  const high = Math.max(...finite), low = Math.min(...finite), logs = low > 0 && high / low > 30;
  const y = (x) => { const [v, a, b] = logs ? [Math.log(x), Math.log(low), Math.log(high)] : [x, low, high]; return 72 - 62 * (v - a) / ((b - a) || 1); };
  const x = (k) => 44 + 246 * k / Math.max(1, data.losses.length - 1);
  plot.append(make("line", { x1: 44, x2: 290, y1: 74, y2: 74 }), make("line", { x1: 44, x2: 44, y1: 8, y2: 74 }));
  plot.append(make("path", { class: "second", d: `M${data.losses.map((v, k) => [k, v]).filter(([, v]) => typeof v === "number").map(([k, v]) => `${x(k).toFixed(1)} ${y(v).toFixed(1)}`).join("L")}` }));
  for (const [v, down] of [[high, 14], [low, 74]]) plot.append(make("text", { x: 40, y: down, "text-anchor": "end" }, Number(v.toPrecision(2))));
  plot.append(make("text", { x: 167, y: 87, "text-anchor": "middle" }, say(logs ? "logarithmic curve" : "curve", { last: data.losses.length })));
  const mark = make("line", { class: "moment", y1: 8, y2: 74 });
  plot.append(mark);
  const show = () => {
    const { step } = numbers();
    const k = Math.min(step, data.losses.length) - 1;
    mark.setAttribute("x1", x(k));
    mark.setAttribute("x2", x(k));
    get("loss").textContent = say("loss", { step, loss: digits(data.losses[k]) });
    slider.setAttribute("aria-valuetext", get("loss").textContent);
  };
  slider.addEventListener("input", () => { moment = Number(slider.value); show(); paint(); });
  whole = true;
  get("whole").setAttribute("aria-pressed", "true");
  show();
}
redraw();

// Filters of the findings, and the table of a file when it is opened.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter");
if (form) {
  const cards = [...document.querySelectorAll("article.card")];
  const by = (name) => document.getElementById(`by-${name}`);
  const texts = cards.map((card) => card.textContent.toLowerCase());
  const apply = () => {
    const wanted = by("text").value.trim().toLowerCase();
    let count = 0;
    cards.forEach((card, k) => {
      const fits = ["outcome", "code", "file"].every((name) => !by(name).value || card.dataset[name] === by(name).value);
      card.hidden = !(fits && texts[k].includes(wanted));
      count += !card.hidden;
    });
    document.getElementById("shown").textContent = `${count} of ${cards.length} shown`;
  };
  form.hidden = false;
  for (const kind of ["input", "change"]) form.addEventListener(kind, apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
const cell = (row, text, tag, kind) => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  row.append(element);
};
const said = { pass: "right", fail: "wrong", error: "could not run", inconclusive: "inconclusive", skipped: "skipped" };
for (const part of document.querySelectorAll("details[data-file]")) {
  part.addEventListener("toggle", () => {
    if (!part.open || part.querySelector("table")) return;
    const box = document.createElement("div"), table = document.createElement("table");
    box.className = "tablebox";
    box.tabIndex = 0;
    const head = table.createTHead().insertRow(), body = table.createTBody();
    for (const [name, kind] of [["entry"], ["tested"], ["point", "number"], ["value", "number"], ["reference", "number"], ["± bar", "number"], ["entries", "number"], ["verdict"]]) cell(head, name, "th", kind);
    for (const [of, ofIndex, wrt, wrtIndex, tested, point, outcome, code, value, reference, bar, entries] of data.checks.files[part.dataset.file].rows) {
      const row = body.insertRow();
      cell(row, `${of}${ofIndex}/${wrt}${wrtIndex}`, "td", "mono");
      cell(row, tested, "td");
      for (const number of [point, value, reference, bar, entries]) cell(row, number === "nan" ? "" : number, "td", "number");
      cell(row, outcome === "pass" ? said.pass : `${said[outcome]} ${code}`, "td", outcome);
    }
    box.append(table);
    part.append(box);
  });
}


"use strict";
(() => {
  const table = document.getElementById("students"), body = table.tBodies[0];
  const lost = JSON.parse(document.getElementById("lost").textContent);
  const rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const status = heads.findIndex((head) => head.textContent === "status");
  const text = (row, i) => row.cells[i].textContent;
  const found = document.getElementById("found"), search = document.getElementById("search");

  const close = (row) => {
    const button = row.querySelector("button");
    if (button?.getAttribute("aria-expanded") !== "true") return;
    button.setAttribute("aria-expanded", "false");
    row.nextElementSibling.remove();
  };
  const open = (row, n) => {
    row.querySelector("button").setAttribute("aria-expanded", "true");
    const cell = document.createElement("td"), list = document.createElement("ul");
    cell.colSpan = heads.length;
    const said = lost.of[n].map(([check, cause]) =>
      lost.checks[check] + (cause < 0 ? "" : ": " + lost.causes[cause]));
    for (const line of [...lost.told[n], ...said]) {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    }
    cell.append(list);
    const made = document.createElement("tr");
    made.append(cell);
    row.after(made);
  };

  rows.forEach((row, n) => {
    if (!lost.of[n].length && !lost.told[n].length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = lost.of[n].length ? `${lost.of[n].length} lost` : "why";
    button.setAttribute("aria-expanded", "false");
    button.onclick = () => button.getAttribute("aria-expanded") === "true" ? close(row) : open(row, n);
    row.cells[status].append(" ", button);
  });

  heads.forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.onclick = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.forEach(close);
      const compare = new Intl.Collator(undefined, { numeric: true }).compare;
      body.append(...[...rows].sort((a, b) => (up ? 1 : -1) * compare(text(a, i), text(b, i))));
    };
    head.replaceChildren(button);
  });

  search.oninput = () => {
    const word = search.value.trim().toLowerCase();
    rows.forEach(close);
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(word); });
    found.textContent = word ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
  };
  document.getElementById("tools").hidden = false;
})();

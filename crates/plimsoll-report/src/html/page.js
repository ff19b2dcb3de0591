// What the page does beyond links: sort, filter, select without scrolling, arrow keys, tips. Every number is in the document
// already; texts only ever move as texts.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  // Selecting a holder: its cell and row are marked, and its particulars shown. The address says which: #holder-3.
  const side = document.querySelector("aside");
  const select = (id) => {
    const holder = document.getElementById(id);
    if (!holder || !holder.matches(".holder")) return false;
    for (const other of all(".holder.on")) other.classList.remove("on");
    for (const link of all("[aria-current]")) link.removeAttribute("aria-current");
    holder.classList.add("on");
    for (const link of all(`a[href="#${id}"]`)) link.setAttribute("aria-current", "true");
    const cell = document.querySelector(".cell[aria-current]");
    if (cell) roam(cell);
    side.scrollTop = 0;
    return true;
  };
  const selected = () => /^#holder-\d+$/.test(location.hash) && select(location.hash.slice(1));
  document.addEventListener("click", (event) => {
    const to = event.target.closest("a[href^='#holder-'], .picks tbody tr");
    if (!to || event.ctrlKey || event.metaKey || event.shiftKey || String(getSelection())) return;
    const link = to.matches("a") ? to : to.querySelector("a[href^='#holder-']");
    event.preventDefault();
    if (!link || !select(link.hash.slice(1))) return;
    if (location.hash !== link.hash) history.pushState(null, "", link.hash);
    // Beside the map it is in sight anyway; on a narrow page it may not be.
    const { top } = side.getBoundingClientRect();
    if (top < 0 || top > innerHeight * 0.7) side.scrollIntoView();
  });
  addEventListener("popstate", () => selected() || location.hash || first());
  const first = () => {
    const holder = document.querySelector(".holder");
    if (holder) select(holder.id);
  };

  // The map is one stop of the Tab key; arrows go to the nearest cell on that side.
  const cells = all("a.cell");
  const roam = (to) => {
    for (const cell of cells) cell.tabIndex = cell === to ? 0 : -1;
  };
  const beside = (from, x, y) => {
    const middle = (cell) => {
      const box = cell.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const [fromX, fromY] = middle(from);
    let best = null;
    let least = Infinity;
    for (const cell of cells) {
      const [cellX, cellY] = middle(cell);
      const ahead = (cellX - fromX) * x + (cellY - fromY) * y;
      const aside = Math.abs((cellX - fromX) * y) + Math.abs((cellY - fromY) * x);
      if (ahead > 1 && ahead + 2 * aside < least) [best, least] = [cell, ahead + 2 * aside];
    }
    return best;
  };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    const way = arrows[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = event.target;
    let to = null;
    if (from.matches("a.cell")) {
      to = beside(from, ...way);
      if (to) roam(to);
    } else if (from.matches(".picks tbody a") && way[1]) {
      let row = from.closest("tr");
      do row = way[1] > 0 ? row.nextElementSibling : row.previousElementSibling;
      while (row && row.hidden);
      to = row && row.querySelector("a");
    } else return;
    event.preventDefault();
    if (to) to.focus();
  });

  // Tips, at once and for the keyboard too.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const show = (cell, x, y) => {
    tip.textContent = cell.getAttribute("aria-label");
    tip.hidden = false;
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
    const below = y + 18 + tip.offsetHeight < innerHeight;
    tip.style.top = `${below ? y + 18 : Math.max(4, y - tip.offsetHeight - 10)}px`;
  };
  const hide = () => { tip.hidden = true; };
  for (const cell of all(".cell")) {
    cell.setAttribute("aria-label", cell.title);
    cell.removeAttribute("title");
    cell.addEventListener("pointermove", (event) => show(cell, event.clientX, event.clientY));
    cell.addEventListener("pointerleave", hide);
    cell.addEventListener("focus", () => {
      if (!cell.matches(":focus-visible")) return;
      const box = cell.getBoundingClientRect();
      show(cell, box.x, Math.min(box.bottom, innerHeight) - 12);
    });
    cell.addEventListener("blur", hide);
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });

  // Sorting. A number's exact value stands in data-v; one that is not known comes after those that are.
  const value = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v === undefined) return cell.textContent;
    return cell.dataset.v === "" ? -1n : BigInt(cell.dataset.v);
  };
  const sort = (table, column) => {
    const head = table.tHead.rows[0].cells;
    const words = head[column].matches(".word, :first-child");
    const was = head[column].getAttribute("aria-sort");
    const down = was ? was === "ascending" : !words;
    for (const th of head) th.removeAttribute("aria-sort");
    head[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  // Filtering, by all that is told of a row: of a holder that is its particulars too.
  const LEAST_TO_FILTER = 8;
  const filter = (table) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < LEAST_TO_FILTER) return;
    const box = document.createElement("p");
    const input = document.createElement("input");
    const count = document.createElement("span");
    box.className = "filter";
    input.type = "search";
    input.placeholder = "filter by name, place or path";
    input.setAttribute("aria-label", "Filter the table");
    count.className = "faint";
    count.setAttribute("aria-live", "polite");
    box.append(input, count);
    table.closest(".wide").before(box);
    let texts = null;
    const text = (row) => {
      const link = row.querySelector("a[href^='#holder-']");
      const holder = link && document.getElementById(link.hash.slice(1));
      return (row.textContent + " " + (holder ? holder.textContent : "")).toLowerCase();
    };
    input.addEventListener("input", () => {
      texts ??= rows.map(text);
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        left += row.hidden ? 0 : 1;
      });
      count.textContent = words.length ? `${left} of ${rows.length}` : "";
    });
  };

  for (const table of all("table")) {
    [...table.tHead.rows[0].cells].forEach((th, column) => {
      if (th.matches(".plain")) return;
      const button = document.createElement("button");
      button.append(...th.childNodes);
      button.addEventListener("click", () => sort(table, column));
      th.append(button);
    });
    filter(table);
  }
  const measure = new ResizeObserver((boxes) => {
    for (const { target } of boxes) target.classList.toggle("fits", target.scrollWidth <= target.clientWidth);
  });
  for (const wide of all(".wide")) measure.observe(wide);
  if (cells.length) roam(cells[0]);
  // With an address that selects, the page still begins at its top.
  const top = () => {
    side.scrollTop = 0;
    scrollTo(0, 0);
  };
  if (selected()) addEventListener("load", () => requestAnimationFrame(top), { once: true });
  else first();
})();

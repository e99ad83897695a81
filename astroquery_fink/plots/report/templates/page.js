"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  // A browser may forbid storage to files: the choice is then forgotten when the page is closed.
  const remembered = () => { try { return localStorage.getItem("fink-report-theme"); } catch { return null; } };
  const remember = (value) => { try { localStorage.setItem("fink-report-theme", value); } catch { /* forgotten */ } };
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember(root.dataset.theme);
    nameTheme();
  });
  prefersDark.addEventListener("change", nameTheme);
  nameTheme();

  const form = document.getElementById("tools");
  if (!form) return;
  const body = document.querySelector("tbody");
  const rows = [...body.rows].map((row, order) => {
    const keys = JSON.parse(row.dataset.keys);
    const words = [keys.id, keys.class, row.querySelector(".matches").textContent].join(" ").toLowerCase();
    return { row, order, keys, words };
  });
  const text = document.getElementById("text");
  const ends = [...form.querySelectorAll("input[data-key]")];
  const select = document.getElementById("sort");
  const direction = document.getElementById("direction");
  const count = document.getElementById("count");
  const heads = [...document.querySelectorAll("th[data-key]")];
  let descending = false;

  const passes = ({ keys, words }) => {
    if (!text.value.toLowerCase().split(/\s+/).every((word) => words.includes(word))) return false;
    return ends.every((end) => {
      if (end.value === "") return true;
      const value = keys[end.dataset.key];
      if (value === null || value === undefined) return false;
      return end.dataset.end === "low" ? value >= Number(end.value) : value <= Number(end.value);
    });
  };
  const filter = () => {
    for (const one of rows) one.row.hidden = !passes(one);
    const shown = rows.filter((one) => !one.row.hidden).length;
    count.value = `${shown} of ${rows.length}`;
    document.getElementById("nothing").hidden = shown > 0;
  };

  // Missing values come last in both directions; equal ones stay in the order of the table.
  const compare = (key) => (a, b) => {
    const [x, y] = [a.keys[key] ?? null, b.keys[key] ?? null];
    if (x === null || y === null) return (x === null) - (y === null) || a.order - b.order;
    const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return (descending ? -order : order) || a.order - b.order;
  };
  const sort = () => {
    const key = select.value;
    const sorted = [...rows].sort(key ? compare(key) : (a, b) => (descending ? b.order - a.order : a.order - b.order));
    body.append(...sorted.map((one) => one.row));
    direction.textContent = descending ? "↓ descending" : "↑ ascending";
    direction.setAttribute("aria-pressed", descending);
    for (const head of heads) {
      head.setAttribute("aria-sort", head.dataset.key !== key ? "none" : descending ? "descending" : "ascending");
    }
  };
  const firstDescending = (key) => key.startsWith("score ") || key === "detections";

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => { if (event.target !== select) filter(); });
  form.addEventListener("reset", () => setTimeout(() => { descending = false; filter(); sort(); }));
  select.addEventListener("change", () => { descending = firstDescending(select.value); sort(); });
  direction.addEventListener("click", () => { descending = !descending; sort(); });
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      descending = select.value === head.dataset.key ? !descending : firstDescending(head.dataset.key);
      select.value = head.dataset.key;
      sort();
    });
  }

  const step = (by) => {
    const shown = [...body.rows].filter((row) => !row.hidden);
    const now = shown.indexOf(document.activeElement.closest("tr"));
    const next = shown[Math.min(Math.max(now + by, 0), shown.length - 1)];
    if (next) {
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === text) {
      text.value = "";
      filter();
    } else if (event.target.matches("input, select, textarea")) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      text.focus();
      text.select();
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    }
  });
  filter(); // a browser keeps what was typed before the page was loaded again
  sort();
})();

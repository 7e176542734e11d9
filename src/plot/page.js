"use strict";
// Tells the values of all lines at the place across that is pointed at, or to which the arrows go.
(() => {
  const { over, panels } = JSON.parse(document.getElementById("data").textContent);
  const figure = document.getElementById("plot"), told = document.getElementById("told"), svg = figure.querySelector("svg");
  const line = document.createElementNS(svg.namespaceURI, "line");
  line.setAttribute("stroke", "currentColor");
  line.setAttribute("stroke-width", 12);
  line.setAttribute("visibility", "hidden");
  svg.append(line);
  const full = panels.map(({ area, lines }) => ({ area, lines: lines.filter(({ points }) => points.length > 0) }));
  const nearest = (points, x) => points.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
  // Where nothing is told, nothing takes room beyond the page.
  const hide = () => {
    told.style.visibility = "hidden";
    told.style.left = 0;
    told.replaceChildren();
    line.setAttribute("visibility", "hidden");
  };
  // At x of the picture; how high the words stand, in the page, is the caller's.
  const tell = ({ area: [, top, , bottom], lines }, x, high) => {
    const rows = lines.map(({ name, ink, points }) => ({ name, ink, at: nearest(points, x) }));
    const at = rows.map(row => row.at).reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
    for (const [name, value] of [["x1", at[0]], ["x2", at[0]], ["y1", top], ["y2", bottom]]) line.setAttribute(name, value);
    line.setAttribute("visibility", "visible");
    told.replaceChildren(`${over} ${at[2]}`);
    // A line that has nothing near is left out.
    for (const { name, ink, at: [, , , value] } of rows.filter(row => Math.abs(row.at[0] - at[0]) < 300)) {
      const row = document.createElement("div"), mark = document.createElement("span");
      mark.style.background = ink;
      row.append(mark, `${name}: ${value}`);
      told.append(row);
    }
    told.style.visibility = "visible";
    const { width, height } = svg.getBoundingClientRect(), scale = width / svg.viewBox.baseVal.width;
    const left = x * scale, room = told.offsetWidth + 20, lowest = Math.max(0, height - told.offsetHeight);
    told.style.left = `${left + room > width ? Math.max(0, left - room) : left + 20}px`;
    told.style.top = `${Math.min(lowest, Math.max(0, high - told.offsetHeight / 2))}px`;
    return at[0];
  };
  // Where the arrows stand: a panel and a place across.
  let stands;
  svg.addEventListener("pointermove", event => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const panel = full.findIndex(({ area: [left, top, right, bottom] }) => x >= left && x <= right && y >= top && y <= bottom);
    if (panel < 0 || full[panel].lines.length === 0) return hide();
    tell(full[panel], x, event.clientY - box.top);
    stands = { panel, x };
  });
  svg.addEventListener("pointerleave", hide);
  figure.addEventListener("blur", hide);
  figure.addEventListener("keydown", event => {
    const first = full.findIndex(({ lines }) => lines.length > 0), { key } = event;
    if (key === "Escape") return hide();
    if (first < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    let { panel, x } = stands ?? { panel: first };
    const rows = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
    if (full[panel + rows]?.lines.length > 0) panel += rows;
    const places = [...new Set(full[panel].lines.flatMap(({ points }) => points.map(point => point[0])))].sort((a, b) => a - b);
    const end = places.length - 1, here = x === undefined ? -1 : places.indexOf(nearest(places.map(place => [place]), x)[0]);
    const by = event.shiftKey ? 10 : 1;
    const next = { ArrowLeft: here - by, ArrowRight: here + by, Home: 0, End: end, ArrowUp: here, ArrowDown: here }[key];
    if (next === undefined) return;
    event.preventDefault();
    const { area: [, top, , bottom] } = full[panel];
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    stands = { panel, x: tell(full[panel], places[Math.min(end, Math.max(0, next))], (top + bottom) / 2 * scale) };
  });
})();

"use strict";
// Tells the values of all lines at the place across that is pointed at.
(() => {
  const { over, panels } = JSON.parse(document.getElementById("data").textContent);
  const figure = document.getElementById("plot"), told = document.getElementById("told"), svg = figure.querySelector("svg");
  const line = document.createElementNS(svg.namespaceURI, "line");
  line.setAttribute("stroke", "currentColor");
  line.setAttribute("stroke-width", 12);
  line.setAttribute("visibility", "hidden");
  svg.append(line);
  const nearest = (points, x) => points.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
  const hide = () => { told.style.visibility = "hidden"; line.setAttribute("visibility", "hidden"); };
  svg.addEventListener("pointermove", event => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    const panel = panels.find(({ area: [left, top, right, bottom] }) => x >= left && x <= right && y >= top && y <= bottom);
    const there = panel && panel.lines.filter(({ points }) => points.length > 0);
    if (!there || there.length === 0) return hide();
    const rows = there.map(({ name, ink, points }) => ({ name, ink, at: nearest(points, x) }));
    const at = rows.map(row => row.at).reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
    const [, top, , bottom] = panel.area;
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
    const left = event.clientX - box.left, room = told.offsetWidth + 20;
    told.style.left = `${left + room > box.width ? left - room : left + 20}px`;
    told.style.top = `${Math.max(0, event.clientY - box.top - told.offsetHeight / 2)}px`;
  });
  svg.addEventListener("pointerleave", hide);
})();

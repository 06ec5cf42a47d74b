// Charts as SVG. What a picture says stands in its <desc>; series differ in pattern, dash and mark, not in colour
// alone. Everything is measured in the reader's letters, and drawn anew when there is more or less room.

import { element, emoji } from "./mrkdwn.js";

const DASHES = ["", "7 4", "2 3", "9 3 2 3", "4 2", "12 4"];
// A mark on a line, around 0 0.
const MARKS = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-4-4h8v8h-8z", "M0-5l5 9h-10z", "M0-5l5 5-5 5-5-5z", "M-5-4h10l-5 9z", "M-5-2h10v4h-10z"];
// What lies over a surface's colour, in a tile of 8 by 8.
const PATTERNS = ["", "M-2 2l4-4M0 8l8-8M6 10l4-4", "M2 2h3v3h-3z", "M0 4h8", "M4 0v8", "M0 0l8 8M8 0l-8 8"];
const HEIGHT = 17; // letters

export function chart(block) {
  const id = `chart-${crypto.randomUUID()}`;
  const title = svg("title", { id: `${id}-title` }, emoji(block.title));
  const desc = svg("desc", { id: `${id}-desc` }, told(block.chart));
  const picture = svg("svg", { role: "img", "aria-labelledby": title.id, "aria-describedby": desc.id });
  picture.append(title, desc); // its name is there before it is drawn: a reader may come first
  const figure = element(
    "figure",
    { class: "block chart" },
    element("figcaption", { "aria-hidden": "true" }, emoji(block.title)),
    picture,
    saysNoMore(block.chart) ? null : legend(block.chart, id),
  );
  let room = "";
  new ResizeObserver(() => {
    const size = { width: figure.clientWidth, letter: parseFloat(getComputedStyle(picture).fontSize) };
    if (!size.width || room === `${size.width}/${size.letter}`) return;
    room = `${size.width}/${size.letter}`;
    picture.replaceChildren(title, desc, ...DRAW[block.chart.type](block.chart, size, id));
  }).observe(figure);
  return figure;
}

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });
const rough = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

// All that a chart says, for who does not see it.
function told(of) {
  const points = (list) => list.map((point) => `${point.label} = ${exact.format(point.value)}`).join("; ");
  if (of.type === "pie") return `Pie chart. ${points(of.segments)}.`;
  const axes = [of.axis_config.y_label, of.axis_config.x_label].filter(Boolean).map((words) => `${words}. `);
  const series = of.series.map((one) => `${one.name}: ${points(one.data)}.`);
  return `${of.type === "bar" ? "Bar" : "Line"} chart. ${axes.join("")}${series.join(" ")}`;
}

function pattern(n, id) {
  const over = PATTERNS[n % PATTERNS.length];
  return svg(
    "pattern",
    { id: `${id}-${n}`, class: `series-${n}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    svg("rect", { width: 8, height: 8, fill: "currentColor" }),
    over ? svg("path", { d: over, class: "over" }) : null,
  );
}

// One series, called what the axis is called: a legend would only say it twice.
const saysNoMore = ({ series, axis_config: axes }) => series?.length === 1 && series[0].name === axes.y_label;

// What each colour, pattern and mark stands for.
function legend(of, id) {
  const whole = (of.segments ?? []).reduce((sum, one) => sum + one.value, 0);
  const share = (one) => `${one.label}: ${exact.format(one.value)} (${Math.round((100 * one.value) / whole)} %)`;
  const rows = of.segments?.map(share) ?? of.series.map((one) => one.name);
  const items = rows.map((words, n) => {
    const face =
      of.type === "line"
        ? [svg("path", { d: "M0 8H28", class: "line", "stroke-dasharray": DASHES[n] }), mark(n, 14, 8)]
        : [pattern(n, `${id}-key`), svg("rect", { width: 16, height: 16, fill: `url(#${id}-key-${n})` })];
    const wide = of.type === "line" ? 28 : 16;
    const key = svg("svg", { class: `series-${n}`, width: wide, height: 16, viewBox: `0 0 ${wide} 16` }, ...face);
    return element("li", {}, key, emoji(words));
  });
  return element("ul", { class: "legend", "aria-hidden": "true" }, ...items);
}

const mark = (n, x, y) => svg("path", { d: MARKS[n], class: "mark", transform: `translate(${x} ${y})` });
const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);

// Steps of 1, 2 or 5 times a power of ten, from at most `least` to at least `most`, with nought among them.
function steps(least, most) {
  const span = most - least || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => span / n <= 5);
  const first = Math.floor(least / step);
  return Array.from({ length: Math.ceil(most / step) - first + 1 }, (_, n) => (first + n) * step);
}

// The axes, and where things are between them.
function plane(of, { width, letter }) {
  const values = of.series.flatMap((one) => one.data.map((point) => point.value));
  const ticks = steps(Math.min(0, ...values), Math.max(0, ...values));
  const small = 0.62 * 0.8 * letter; // about the width of a letter of the axes
  const { categories, x_label, y_label } = of.axis_config;
  const left = Math.max(...ticks.map((tick) => rough.format(tick).length)) * small + 0.8 * letter;
  const top = (y_label ? 2.4 : 1.2) * letter;
  const bottom = (HEIGHT - (x_label ? 3 : 1.7)) * letter;
  const each = (width - left) / categories.length;
  const [low, high] = [ticks[0], ticks.at(-1)];
  const at = {
    ticks, left, each, small,
    x: (n) => left + each * (n + 0.5),
    y: (value) => bottom - ((value - low) / (high - low)) * (bottom - top),
  };
  const lines = ticks.flatMap((tick) => [
    svg("path", { d: `M${left} ${at.y(tick)}H${width}`, class: tick === 0 ? "nought" : "grid" }),
    text(left - 0.4 * letter, at.y(tick) + 0.28 * letter, "end", rough.format(tick)),
  ]);
  const longest = Math.max(...categories.map((words) => words.length)) * small + letter;
  const every = each >= 6 * small ? 1 : Math.ceil(longest / each);
  const fits = Math.floor((each * every) / small) - 1;
  const names = categories.flatMap((words, n) => {
    if (n % every) return [];
    const shown = words.length > fits ? `${words.slice(0, fits - 1)}…` : words;
    const half = (shown.length * small) / 2;
    return [text(Math.min(width - half, Math.max(half, at.x(n))), bottom + 1.2 * letter, "middle", shown)];
  });
  const labels = [
    y_label ? text(0, 0.9 * letter, "start", y_label) : null,
    x_label ? text((left + width) / 2, (HEIGHT - 0.4) * letter, "middle", x_label) : null,
  ];
  return { ...at, drawn: [...lines, ...names, ...labels].filter(Boolean) };
}

const DRAW = {
  bar(of, size, id) {
    const at = plane(of, size);
    const wide = Math.min((at.each * 0.8) / of.series.length, 6 * size.letter);
    const bars = of.series.flatMap((one, n) =>
      one.data.flatMap((point, m) => {
        const x = at.x(m) + (n - of.series.length / 2) * wide;
        const [from, to] = [at.y(0), at.y(point.value)];
        const bar = { x: x + 1, y: Math.min(from, to), width: Math.max(1, wide - 2), height: Math.abs(from - to), fill: `url(#${id}-${n})` };
        const words = rough.format(point.value);
        const above = point.value < 0 ? to + size.letter : to - 0.3 * size.letter;
        const label = words.length * at.small <= wide ? text(x + wide / 2, above, "middle", words) : null;
        return [svg("rect", bar), label].filter(Boolean);
      }),
    );
    return [svg("defs", {}, ...of.series.map((_, n) => pattern(n, id))), ...at.drawn, ...bars];
  },
  line(of, size) {
    const at = plane(of, size);
    const lines = of.series.map((one, n) => {
      const places = one.data.map((point, m) => [at.x(m), at.y(point.value)]);
      const path = svg("path", { d: `M${places.map((place) => place.join(" ")).join("L")}`, class: "line", "stroke-dasharray": DASHES[n] });
      return svg("g", { class: `series-${n}` }, path, ...places.map(([x, y]) => mark(n, x, y)));
    });
    return [...at.drawn, ...lines];
  },
  pie(of, { width, letter }, id) {
    const whole = of.segments.reduce((sum, one) => sum + one.value, 0);
    const radius = Math.min(width, (HEIGHT - 1) * letter) / 2;
    const [x, y] = [width / 2, (HEIGHT * letter) / 2];
    let turned = 0;
    const edge = () => {
      const angle = 2 * Math.PI * turned - Math.PI / 2;
      return `${x + radius * Math.cos(angle)} ${y + radius * Math.sin(angle)}`;
    };
    const slices = of.segments.map((one, n) => {
      const share = one.value / whole;
      const fill = { fill: `url(#${id}-${n})`, class: "slice" };
      if (share === 1) return svg("circle", { cx: x, cy: y, r: radius, ...fill });
      const from = edge();
      turned += share;
      return svg("path", { d: `M${x} ${y}L${from}A${radius} ${radius} 0 ${share > 0.5 ? 1 : 0} 1 ${edge()}z`, ...fill });
    });
    return [svg("defs", {}, ...of.segments.map((_, n) => pattern(n, id))), ...slices];
  },
};

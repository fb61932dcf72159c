// The page of a picture: opens and closes blocks, pans, zooms, finds, and shows details.
//
// The data give every room laid out with its boxes closed. A box that is opened grows, and the room it stands in is stretched: both
// axes are mapped by functions that rise at least as fast as before, so nothing overlaps, no order changes, and lines that were
// straight stay so. What is seen is drawn anew from that; only what is near the view is put into the page.
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const SIDE = 18, TOP = 44, BOTTOM = 18, LABEL = 18, MANY = 2500, MOST_FOUND = 40;
const text = data.strings;
const BOX = { parent: 0, kind: 1, title: 2, name: 3, family: 4, colour: 5, open: 6, parameters: 7, seconds: 8, bytes: 9, x: 10, y: 11, w: 12, h: 13, rank: 14, label: 15, own: 16, details: 17 };

const boxes = data.boxes.map((row, id) => ({
  id, parent: row[BOX.parent], kind: row[BOX.kind], title: text[row[BOX.title]], name: text[row[BOX.name]], family: text[row[BOX.family]],
  colour: row[BOX.colour], open: !!row[BOX.open], parameters: row[BOX.parameters], seconds: row[BOX.seconds], bytes: row[BOX.bytes],
  x: row[BOX.x], y: row[BOX.y], w: row[BOX.w], h: row[BOX.h], rank: row[BOX.rank], label: text[row[BOX.label]], own: !!row[BOX.own],
  details: row[BOX.details].map(i => text[i].split('\t')), inside: [], room: null, depth: 0, into: [], out: [],
}));
boxes.forEach(b => { if (b.id) { boxes[b.parent].inside.push(b); b.depth = boxes[b.parent].depth + 1; } });
for (const [id, w, h, top, bottom, others, tracks] of data.rooms) {
  boxes[id].room = {
    w, h, top, bottom,
    others: others.map(o => ({ kind: o[0], value: o[1], x: o[2], y: o[3], w: o[4], h: o[5], rank: o[6], name: text[o[7]] })),
    tracks: tracks.map(t => ({ from: t[0], to: t[1], back: t[2], rank: t[3], x: t[4], values: t[5] })),
  };
}
const values = data.values.map(v => ({ box: boxes[v[0]], type: text[v[1]] }));
for (const [value, to, operand] of data.edges) {
  boxes[to].into.push({ value: values[value], other: values[value].box, operand: text[operand] });
  values[value].box.out.push({ value: values[value], other: boxes[to], operand: text[operand] });
}

const holds = (b, c) => { while (c.depth > b.depth) c = boxes[c.parent]; return c === b; };
// What comes into a block and leaves it, each value once for each box it goes to.
const across = (b, out) => {
  if (!b.inside.length) return out ? b.out : b.into;
  const list = [];
  for (const [v, to, operand] of data.edges) {
    const value = values[v], from = holds(b, value.box), into = holds(b, boxes[to]);
    if (from !== into && from === out) list.push({ value, other: out ? boxes[to] : value.box, operand: text[operand] });
  }
  return list.filter((e, i) => out || list.findIndex(x => x.value === e.value) === i);
};

// ---- Numbers for people ----

const scaled = (v, units, step) => {
  let k = 0;
  while (k + 1 < units.length && v >= step) { v /= step; k++; }
  return v.toFixed(k === 0 && v === Math.floor(v) ? 0 : v < 10 ? 2 : v < 100 ? 1 : 0) + (units[k] ? ' ' + units[k] : '');
};
const count = v => scaled(v, ['', 'k', 'M', 'G', 'T'], 1000);
const seconds = v => scaled(v * 1e6, ['us', 'ms', 's'], 1000);
const bytes = v => scaled(v, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
const counts = b => [b.parameters >= 0 ? count(b.parameters) + ' params' : '', b.seconds >= 0 ? seconds(b.seconds) : '',
  b.bytes >= 0 ? bytes(b.bytes) : ''].filter(s => s).join(', ');
const escaped = s => s.replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const cut = (s, n) => { const a = [...s]; return escaped(a.length > n ? a.slice(0, n - 1).join('') + '\u2026' : s); };
const path = b => { const names = []; for (; b.id; b = boxes[b.parent]) names.unshift(b.title); return names.join('.'); };

// ---- Stretching rooms ----

// The integral of the steepest slope among pieces [from, to, slope], of 1 where there is none.
const stretch = pieces => {
  const at = [...new Set(pieces.flatMap(p => [p[0], p[1]]))].sort((a, b) => a - b);
  const starts = [...pieces].sort((a, b) => a[0] - b[0]);
  const sum = [at.length ? at[0] : 0], slopes = [];
  let active = [], next = 0;
  for (let i = 0; i + 1 < at.length; i++) {
    while (next < starts.length && starts[next][0] <= at[i]) active.push(starts[next++]);
    active = active.filter(p => p[1] > at[i]);
    slopes[i] = active.reduce((most, p) => Math.max(most, p[2]), 1);
    sum[i + 1] = sum[i] + (at[i + 1] - at[i]) * slopes[i];
  }
  return x => {
    if (!at.length || x <= at[0]) return x;
    let low = 0, high = at.length - 1;
    if (x >= at[high]) return sum[high] + x - at[high];
    while (high - low > 1) { const middle = (low + high) >> 1; if (at[middle] <= x) low = middle; else high = middle; }
    return sum[low] + (x - at[low]) * slopes[low];
  };
};

const labelled = b => b.label && (!b.open || b.own);
const size = b => b.open ? { w: b.ow, h: b.oh, line: b.line } : { w: b.w, h: b.h, line: b.w / 2 };

// Sets a room's stretched ranks and columns, and the size of its box when open.
const measure = b => {
  const r = b.room, pieces = [];
  for (const c of b.inside) {
    const s = size(c);
    if (!c.open) continue;
    pieces.push([c.x - c.w / 2, c.x, Math.max(1, s.line / (c.w / 2))], [c.x, c.x + c.w / 2, Math.max(1, (s.w - s.line) / (c.w / 2))]);
  }
  r.f = pieces.length ? stretch(pieces) : x => x;
  const heights = r.top.map((top, i) => r.bottom[i] - top), gaps = r.top.map((top, i) => i + 1 < r.top.length ? r.top[i + 1] - r.bottom[i] : 0);
  if (pieces.length) {
    heights.fill(0);
    for (const c of b.inside) heights[c.rank] = Math.max(heights[c.rank], size(c).h + (labelled(c) ? LABEL : 0));
    for (const o of r.others) heights[o.rank] = Math.max(heights[o.rank], o.h);
  }
  const lean = (rank, x0, x1) => { gaps[rank] = Math.max(gaps[rank], Math.min(96, 10 + 0.16 * Math.abs(x0 - x1))); };
  for (const t of pieces.length ? r.tracks : []) {
    let [spot, last] = t.back ? [t.to, t.from] : [t.from, t.to];
    spot = spot >= 0 ? boxes[spot] : r.others[-1 - spot];
    last = last >= 0 ? boxes[last] : r.others[-1 - last];
    let x = r.f(spot.x), rank = spot.rank;
    for (const bend of t.x) { lean(rank++, x, r.f(bend)); x = r.f(bend); }
    lean(rank, x, r.f(last.x));
  }
  r.t = []; r.b = [];
  let y = 0;
  heights.forEach((h, i) => { r.t[i] = y; r.b[i] = y + h; y += h + gaps[i]; });
  r.width = r.f(r.w) - r.f(0);
  b.ow = Math.max(r.width + 2 * SIDE, b.w);
  b.oh = y + TOP + BOTTOM;
  const ports = r.others.filter(o => o.kind === 1), out = ports.length ? ports : r.others.filter(o => o.kind === 2);
  r.left = (b.ow - r.width) / 2 - r.f(0);
  b.line = out.length ? r.left + r.f(out[out.length >> 1].x) : b.ow / 2;
  if (pieces.length) return;
  b.line = out.length ? r.left + out[out.length >> 1].x : b.ow / 2;
};

const seen = b => { for (let p = b; p.id; p = boxes[p.parent]) if (!boxes[p.parent].open) return false; return true; };
let drawn = [];   // boxes that are seen, the outer before the inner
const place = () => {
  for (let i = boxes.length - 1; i >= 0; i--) if (boxes[i].open) measure(boxes[i]);
  drawn = [];
  const root = boxes[0];
  root.left = 0; root.top = 0;
  const list = [root];
  for (let i = 0; i < list.length; i++) {
    const b = list[i], r = b.room;
    if (b.id) drawn.push(b);
    if (!b.open) continue;
    for (const c of b.inside) {
      const s = size(c), all = s.h + (labelled(c) ? LABEL : 0);
      c.left = b.left + r.left + r.f(c.x) - s.line;
      c.top = b.top + TOP + r.t[c.rank] + Math.floor((r.b[c.rank] - r.t[c.rank] - all) / 2);
      list.push(c);
    }
  }
};

// ---- Drawing ----

const n = v => Math.round(v * 10) / 10;
const port = (b, value, kind) => {
  if (!b.ports) b.ports = [null, new Map(), new Map()], b.room.others.forEach(o => { if (o.kind < 3) b.ports[o.kind].set(o.value, o); });
  return b.ports[kind].get(value);
};
// Where a wire leaves a spot downwards, or comes to it from above.
const end = (b, spot, value, leaves) => {
  const r = b.room;
  if (spot < 0) {
    const o = r.others[-1 - spot], x = b.left + r.left + r.f(o.x);
    if (o.kind === 1) return [x, b.top, o.rank];
    if (o.kind === 2) return [x, b.top + b.oh, o.rank];
    return [x, b.top + TOP + (r.t[o.rank] + r.b[o.rank] + o.h) / 2, o.rank];
  }
  const c = boxes[spot], s = size(c), p = c.open ? port(c, value, leaves ? 2 : 1) : null;
  const x = p ? c.left + c.room.left + c.room.f(p.x) : c.left + s.line;
  return [x, leaves ? c.top + s.h + (labelled(c) ? LABEL - 1 : 0) : c.top, c.rank, !p];
};
const down = (x0, y0, x1, y1) => Math.abs(x0 - x1) < 0.1 ? `V${n(y1)}` : `C${n(x0)} ${n((y0 + y1) / 2)} ${n(x1)} ${n((y0 + y1) / 2)} ${n(x1)} ${n(y1)}`;
const wire = (b, t, value, many, on) => {
  const r = b.room, oy = b.top + TOP, a = end(b, t.back ? t.to : t.from, value, true), z = end(b, t.back ? t.from : t.to, value, false);
  const arrow = t.to >= 0 && (!t.back ? z[3] : a[3]);
  let y = Math.max(a[1], oy + r.b[a[2]]), x = a[0], d = `M${n(a[0])} ${n(a[1])}` + (y > a[1] ? `V${n(y)}` : '');
  t.x.forEach((bend, i) => {
    const to = b.left + r.left + r.f(bend);
    d += down(x, y, to, oy + r.t[t.rank + i]) + `V${n(oy + r.b[t.rank + i])}`;
    x = to; y = oy + r.b[t.rank + i];
  });
  const last = z[1] - (arrow && !t.back ? 1 : 0), bend = t.to < 0 && !t.back ? last : Math.min(last, oy + r.t[z[2]]);
  d += down(x, y, z[0], bend) + (last > bend ? `V${n(last)}` : '');
  return `<path class="w${many ? ' many' : ''}${t.back ? ' up' : ''}${on ? ' on' : ''}"${arrow ? t.back ? ' marker-start="url(#up)"' : ' marker-end="url(#down)"' : ''} d="${d}"/>`;
};
// What the chosen box gives and takes is drawn stronger.
const isOn = v => selected && (values[v].box === selected || selected.into.some(e => e.value === values[v]));
const wires = (b, near) => {
  let s = '';
  for (const t of b.room.tracks) {
    const spots = [t.from, t.to].map(i => i >= 0 ? boxes[i] : null);
    if (!near(b, t)) continue;
    const split = spots.some(c => c && c.open);
    for (const v of split ? t.values : t.values.slice(0, 1)) s += wire(b, t, v, !split && t.values.length > 1, t.values.some(isOn));
  }
  for (const o of b.room.others) {
    if (o.kind !== 3) continue;
    const x = b.left + b.room.left + b.room.f(o.x), y = b.top + TOP + (b.room.t[o.rank] + b.room.b[o.rank] - o.h) / 2;
    s += `<g data-go="${values[o.value].box.id}"><rect class="chip" x="${n(x - o.w / 2)}" y="${n(y)}" width="${o.w}" height="${o.h}" rx="9"/><text class="l" x="${n(x)}" y="${n(y + 12.5)}">${cut(o.name, 36)}</text></g>`;
  }
  return s;
};
const measures = { group: null, time: b => b.seconds, bytes: b => b.bytes, parameters: b => b.parameters };
let heat = boxes[0].seconds > 0 ? 'time' : 'group';
const shape = b => {
  const s = size(b), x = n(b.left), y = n(b.top), m = n(b.left + s.w / 2);
  const holds = b.inside.length, sign = holds ? `<path class="sign" d="M${x + 9} ${y + 15}h8${b.open ? '' : 'm-4-4v8'}"/><rect class="toggle" data-toggle="1" x="${x}" y="${y}" width="24" height="28"/>` : '';
  let g = `<g class="b${b === selected ? ' sel' : ''}" id="b${b.id}" data-box="${b.id}" role="treeitem" aria-label="${escaped(b.title)}"${holds ? ` aria-expanded="${b.open}"` : ''}>`;
  if (b.open) {
    g += `<rect class="open" x="${x}" y="${y}" width="${n(s.w)}" height="${n(s.h)}" rx="10"/></g>` + wires(b, nearTrack) +
      `<text class="bt" x="${x + 24}" y="${y + 19.5}">${cut(b.title, 36)}</text><text class="bs" x="${x + 24}" y="${y + 35}">${cut([b.name, counts(b)].filter(t => t).join(', '), 60)}</text><g data-box="${b.id}">${sign}</g>`;
  } else {
    const pill = b.kind > 1, lines = [b.name, counts(b)].filter(t => t), f = measures[heat], all = f && f(boxes[0]);
    if (holds) g += `<rect class="stack" x="${x + 3}" y="${y + 3}" width="${s.w}" height="${s.h}" rx="7"/>`;
    g += `<rect class="k${b.kind}" x="${x}" y="${y}" width="${s.w}" height="${s.h}" rx="${pill ? 15 : 7}"/>`;
    if (b.kind === 1) g += `<rect class="f${b.colour}" x="${x + 5 + (holds ? s.w - 13 : 0)}" y="${y + 7}" width="3" height="${s.h - 14}" rx="1.5"/>`;
    if (all > 0 && f(b) > 0) g += `<rect class="hot" x="${x + 8}" y="${n(y + s.h - 4)}" width="${n((s.w - 16) * f(b) / all)}" height="2.5" rx="1"/>`;
    g += `<text class="t" x="${m}" y="${y + 19.5}">${cut(b.title, 36)}</text>`;
    lines.forEach((line, i) => { g += `<text class="s" x="${m}" y="${y + 34.5 + 15 * i}">${cut(line, 40)}</text>`; });
    g += sign + '</g>';
  }
  if (labelled(b)) g += `<text class="l" x="${n(b.left + s.line)}" y="${n(b.top + s.h + 14)}">${cut(b.label, 44)}</text>`;
  return g;
};

// ---- The page ----

const sum = [boxes.filter(b => !b.inside.length).length + ' boxes', counts(boxes[0])].filter(s => s).join(', ');
document.body.insertAdjacentHTML('beforeend', `
<header><h1>${escaped(data.title)}</h1><span class="sum">${sum}</span>
<div class="find"><input type="search" placeholder="Find (/)" aria-label="Find a box" role="combobox" aria-expanded="false" aria-controls="found"><ul id="found" role="listbox" hidden></ul></div>
<button data-do="less" title="Close the innermost blocks (c)">Close</button><button data-do="more" title="Open one level more (o)">Open</button><button data-do="all">Open all</button>
<button data-do="out" title="Smaller (-)" aria-label="Smaller">\u2212</button><button data-do="in" title="Larger (+)" aria-label="Larger">+</button><button data-do="fit" title="All of it (0)">Fit</button>
<select aria-label="What the bars show"><option value="group">No bars</option>${boxes[0].seconds > 0 ? '<option value="time">Time</option>' : ''}${boxes[0].bytes > 0 ? '<option value="bytes">Bytes</option>' : ''}${boxes[0].parameters > 0 ? '<option value="parameters">Parameters</option>' : ''}</select>
<button data-do="theme" aria-label="Light or dark">\u25d0</button></header>
<main><svg tabindex="0" role="tree" aria-label="${escaped(data.title)}"><defs>
<marker id="down" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" refX="5" refY="7"><path class="a" d="M1 0L5 8L9 0L5 2z"/></marker>
<marker id="up" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" refX="5" refY="1"><path class="a" d="M1 8L5 0L9 8L5 6z"/></marker></defs><g></g></svg></main>
<aside aria-live="polite"></aside>`);
const svg = document.querySelector('main svg'), scene = svg.querySelector(':scope > g'), aside = document.querySelector('aside');
const input = document.querySelector('.find input'), found = document.getElementById('found'), bars = document.querySelector('header select');
bars.value = heat;
let selected = null, view = { x: 0, y: 0, k: 1 }, window_ = null;

// Large pictures: only what lies within two screens of the view is in the page.
const nearBox = b => !window_ || (b.top < window_.bottom && b.top + size(b).h + LABEL > window_.top && b.left < window_.right && b.left + size(b).w > window_.left);
const nearTrack = (b, t) => {
  if (!window_) return true;
  const ends = [t.from, t.to].map(i => i >= 0 ? boxes[i] : null), r = b.room, rank = i => i >= 0 ? boxes[i].rank : r.others[-1 - i].rank;
  const top = b.top + TOP + r.t[Math.min(rank(t.from), rank(t.to))], bottom = b.top + TOP + r.b[Math.max(rank(t.from), rank(t.to))];
  return ends && top < window_.bottom && bottom > window_.top;
};
const draw = () => {
  const r = svg.getBoundingClientRect();
  window_ = null;
  if (drawn.length > MANY) {
    const left = -view.x / view.k, top = -view.y / view.k, w = r.width / view.k, h = r.height / view.k;
    window_ = { left: left - w, right: left + 2 * w, top: top - h, bottom: top + 2 * h };
  }
  let shown = drawn.filter(nearBox);
  // Too small to be read anyway: outlines.
  const tiny = shown.length > 4 * MANY;
  if (tiny) scene.innerHTML = `<path class="k1" d="${shown.map(b => `M${n(b.left)} ${n(b.top)}h${n(size(b).w)}v${n(size(b).h)}h${-n(size(b).w)}z`).join('')}"/>`;
  else scene.innerHTML = wires(boxes[0], nearTrack) + shown.map(shape).join('');
  move();
};
const move = () => { scene.setAttribute('transform', `translate(${n(view.x)} ${n(view.y)}) scale(${view.k.toFixed(4)})`); };
let pending = 0;
const moved = () => {
  move();
  if (!window_ || pending) return;
  const r = svg.getBoundingClientRect(), left = -view.x / view.k, top = -view.y / view.k;
  const inside = left > window_.left && top > window_.top && left + r.width / view.k < window_.right && top + r.height / view.k < window_.bottom;
  const wide = window_.bottom - window_.top > 12 * r.height / view.k;
  if (!inside || wide) pending = requestAnimationFrame(() => { pending = 0; draw(); });
};
const zoom = (factor, cx, cy) => {
  const r = svg.getBoundingClientRect(), k = Math.min(4, Math.max(0.004, view.k * factor));
  cx = cx ?? r.width / 2; cy = cy ?? r.height / 2;
  view = { x: cx - (cx - view.x) * k / view.k, y: cy - (cy - view.y) * k / view.k, k };
  moved();
};
const fit = whole => {
  const r = svg.getBoundingClientRect(), root = boxes[0], w = root.ow + 12, h = root.oh - TOP - BOTTOM + 56;
  const k = Math.min(1, (r.width - 12) / w, whole ? (r.height - 12) / h : 1);
  view = { x: (r.width - root.ow * k) / 2, y: 28 - TOP * k, k };
  if (whole) view.y = Math.max(view.y, (r.height - h * k) / 2 - (TOP - 28) * k);
  draw();
};
const centre = b => {
  const r = svg.getBoundingClientRect(), s = size(b);
  view.k = Math.max(view.k, 0.6);
  view.x = r.width / 2 - (b.left + s.w / 2) * view.k;
  view.y = s.h * view.k > r.height * 0.8 ? 60 - b.top * view.k : r.height / 2 - (b.top + s.h / 2) * view.k;
};
// Keeps the box where it is on the screen while the rest is laid out anew.
const change = (b, act) => {
  const line = () => (b.left + size(b).line) * view.k;
  const x = b.id ? line() + view.x : view.x, y = b.id ? b.top * view.k + view.y : view.y, before = b.left;
  act();
  place();
  if (b.id && before !== undefined && seen(b)) { view.x = x - line(); view.y = y - b.top * view.k; }
  draw();
  show();
};
const toggle = b => { if (b && b.inside.length) change(b, () => { b.open = !b.open; }); };
const reveal = b => {
  for (let p = boxes[b.parent]; p; p = p.id ? boxes[p.parent] : null) p.open = true;
  place();
  selected = b;
  centre(b);
  draw();
  show();
};
const select = b => { selected = b; draw(); show(); };
const level = by => {
  let deepest = 0;
  drawn.forEach(b => { if (b.open) deepest = Math.max(deepest, b.depth); });
  const depth = Math.max(0, deepest + by);
  change(boxes[0], () => boxes.forEach(b => { if (b.inside.length) b.open = b.depth <= depth; }));
};

// ---- Details ----

const link = (b, label) => `<a data-go="${b.id}" tabindex="0" role="button">${escaped(label)}</a>`;
const edges = (list, title) => list.length ? `<h3>${title}</h3><ul>` + list.slice(0, 60).map(e => `<li>${e.operand ? escaped(e.operand) + ' ' : ''}${link(e.other, path(e.other))}<br><span class="type">${escaped(e.value.type)}</span></li>`).join('') +
  (list.length > 60 ? `<li>and ${list.length - 60} more</li>` : '') + '</ul>' : '';
const help = `<h2>${escaped(data.title)}</h2><p>${sum}</p><h3>Keys</h3><dl><dt><kbd>arrows</kbd></dt><dd>choose a neighbour</dd><dt><kbd>Enter</kbd></dt><dd>open or close</dd>
<dt><kbd>i</kbd> <kbd>u</kbd></dt><dd>into the block, up out of it</dd><dt><kbd>o</kbd> <kbd>c</kbd></dt><dd>open, close a level</dd><dt><kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd></dt><dd>zoom, fit</dd><dt><kbd>/</kbd></dt><dd>find</dd><dt><kbd>Esc</kbd></dt><dd>nothing chosen</dd></dl>
<p class="path">Drag to move, wheel to scroll, wheel with Ctrl to zoom, double-click to open or close.</p>`;
const show = () => {
  const b = selected;
  if (!b) { aside.innerHTML = help; return; }
  const up = [];
  for (let p = boxes[b.parent]; p.id; p = boxes[p.parent]) up.unshift(link(p, p.title));
  const rows = b.details.map(d => [d[0], d[1] ?? '']);
  const share = (v, all) => all > 0 ? ` (${(100 * v / all).toFixed(1)} %)` : '';
  if (b.family && b.kind < 2) rows.push(['group', b.family]);
  if (b.parameters >= 0) rows.push(['parameters', b.parameters.toLocaleString('en') + share(b.parameters, boxes[0].parameters)]);
  if (b.seconds >= 0) rows.push(['time', seconds(b.seconds) + share(b.seconds, boxes[0].seconds)]);
  if (b.bytes >= 0) rows.push(['bytes', bytes(b.bytes) + share(b.bytes, boxes[0].bytes)]);
  if (b.inside.length) rows.push(['holds', b.inside.length + ' boxes']);
  aside.innerHTML = `<div class="path">${up.join(' \u203a ')}</div><h2>${escaped(b.title)}</h2><dl>` + rows.map(r => `<dt>${escaped(r[0])}</dt><dd>${escaped(r[1])}</dd>`).join('') + '</dl>' +
    edges(across(b, false), 'Takes') + edges(across(b, true), 'Gives to');
};

// ---- Finding ----

let hits = [], hit = 0;
const find = () => {
  const words = input.value.toLowerCase().split(/\s+/).filter(w => w);
  hits = [];
  for (let i = 1; i < boxes.length && words.length && hits.length < MOST_FOUND; i++) {
    const b = boxes[i], all = (path(b) + ' ' + b.name + ' ' + b.family).toLowerCase();
    if (words.every(w => all.includes(w))) hits.push(b);
  }
  hit = Math.min(hit, Math.max(0, hits.length - 1));
  found.hidden = !words.length;
  input.setAttribute('aria-expanded', String(!found.hidden));
  found.innerHTML = hits.map((b, i) => `<li role="option" data-go="${b.id}" aria-selected="${i === hit}">${escaped(path(b))}<small>${escaped(b.name)}</small></li>`).join('') || '<li>nothing is called so</li>';
};
const foundEnd = () => { found.hidden = true; input.setAttribute('aria-expanded', 'false'); };
input.addEventListener('input', () => { hit = 0; find(); });
input.addEventListener('focus', find);
input.addEventListener('blur', () => setTimeout(foundEnd, 200));
input.addEventListener('keydown', e => {
  if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { hit = Math.max(0, Math.min(hits.length - 1, hit + (e.key === 'ArrowDown' ? 1 : -1))); find(); e.preventDefault(); }
  if (e.key === 'Enter' && hits[hit]) { reveal(hits[hit]); foundEnd(); svg.focus(); }
  if (e.key === 'Escape') { foundEnd(); svg.focus(); }
  e.stopPropagation();
});

// ---- Hands ----

const acts = { less: () => level(-1), more: () => level(1), all: () => change(boxes[0], () => boxes.forEach(b => { if (b.inside.length) b.open = true; })),
  in: () => zoom(1.25), out: () => zoom(0.8), fit: () => fit(true),
  theme: () => { const dark = document.documentElement.dataset.theme === 'dark'; document.documentElement.dataset.theme = dark ? 'light' : 'dark'; } };
const go = target => { const a = target.closest('[data-go]'); if (a) reveal(boxes[a.dataset.go]); return !!a; };
document.querySelector('header').addEventListener('click', e => { const b = e.target.closest('[data-do]'); if (b) acts[b.dataset.do](); });
bars.addEventListener('change', () => { heat = bars.value; draw(); });
aside.addEventListener('click', e => go(e.target));
aside.addEventListener('keydown', e => { if (e.key === 'Enter' || e.key === ' ') { go(e.target); e.preventDefault(); } });
found.addEventListener('mousedown', e => { if (go(e.target)) foundEnd(); });
let drag = null;
svg.addEventListener('pointerdown', e => { drag = { x: e.clientX - view.x, y: e.clientY - view.y, far: 0, target: e.target }; });
svg.addEventListener('pointermove', e => {
  if (!drag) return;
  const x = e.clientX - drag.x, y = e.clientY - drag.y;
  drag.far += Math.abs(x - view.x) + Math.abs(y - view.y);
  if (drag.far < 4) return;
  if (!svg.classList.contains('drag')) { svg.classList.add('drag'); svg.setPointerCapture(e.pointerId); }
  view.x = x; view.y = y;
  moved();
});
svg.addEventListener('pointerup', () => {
  const d = drag;
  drag = null;
  svg.classList.remove('drag');
  if (!d || d.far >= 4 || go(d.target)) return;
  const g = d.target.closest('[data-box]'), b = g ? boxes[g.dataset.box] : null;
  if (d.target.dataset.toggle) { selected = b; toggle(b); }
  else select(b);
});
svg.addEventListener('pointercancel', () => { drag = null; svg.classList.remove('drag'); });
svg.addEventListener('dblclick', e => { const g = e.target.closest('[data-box]'); if (g) toggle(boxes[g.dataset.box]); });
svg.addEventListener('wheel', e => {
  e.preventDefault();
  const r = svg.getBoundingClientRect();
  if (e.ctrlKey || e.metaKey) zoom(Math.exp(-e.deltaY * 0.004), e.clientX - r.left, e.clientY - r.top);
  else { view.x -= e.shiftKey ? e.deltaY : e.deltaX; view.y -= e.shiftKey ? 0 : e.deltaY; moved(); }
}, { passive: false });
// The nearest box of the same room in a direction.
const neighbour = (b, dx, dy) => {
  let best = null, least = Infinity;
  const s = size(b), x = b.left + s.w / 2, y = b.top + s.h / 2;
  for (const c of boxes[b.parent].inside) {
    const t = size(c), cx = c.left + t.w / 2 - x, cy = c.top + t.h / 2 - y, along = cx * dx + cy * dy, off = Math.abs(cx * dy) + Math.abs(cy * dx);
    if (c !== b && along > 1 && along + 2 * off < least) { best = c; least = along + 2 * off; }
  }
  return best;
};
const choose = b => {
  if (!b) return;
  selected = b;
  const r = svg.getBoundingClientRect(), s = size(b), x = b.left * view.k + view.x, y = b.top * view.k + view.y;
  if (x < 20 || y < 20 || x + s.w * view.k > r.width - 20 || y + Math.min(s.h, 60) * view.k > r.height - 20) centre(b);
  draw();
  show();
  svg.setAttribute('aria-activedescendant', 'b' + b.id);
};
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input,select,aside') || (e.target.closest('button') && (e.key === 'Enter' || e.key === ' '))) return;
  const first = boxes[0].inside[0], arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
  const keys = { Enter: () => toggle(selected), ' ': () => toggle(selected), '+': acts.in, '=': acts.in, '-': acts.out, 0: acts.fit, o: acts.more, c: acts.less,
    '/': () => input.focus(), Escape: () => select(null), Home: () => choose(first),
    i: () => { if (selected && selected.inside.length) { if (!selected.open) toggle(selected); choose(selected.inside[0]); } },
    u: () => { if (selected && selected.parent) choose(boxes[selected.parent]); } };
  if (arrows) choose(selected ? neighbour(selected, ...arrows) : first);
  else if (keys[e.key]) keys[e.key]();
  else return;
  e.preventDefault();
});
window.addEventListener('resize', draw);

if (matchMedia('(prefers-color-scheme: dark)').matches) document.documentElement.dataset.theme = 'dark';
// page.html#box=h.0.attn shows that box, #depth=2 opens so many levels.
const asked = new URLSearchParams(location.hash.slice(1));
if (asked.has('depth')) boxes.forEach(b => { if (b.inside.length) b.open = b.depth <= Number(asked.get('depth')); });
if (asked.get('theme')) document.documentElement.dataset.theme = asked.get('theme');
place();
fit(false);
show();
const wanted = asked.has('box') && boxes.find(b => b.id && path(b) === asked.get('box'));
if (wanted) reveal(wanted);
})();

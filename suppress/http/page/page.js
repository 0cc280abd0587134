/* The page for people: draws /metrics, /v1/categories and /v1/explain of the process that sent it.
 *
 * Texts are those of other people's mail servers. They are only ever put in as text (el(), svg()), never as markup.
 */
'use strict';

const EVERY_MS = 5000, KEPT = 240; /* samples: twenty minutes */
const PARTIES = ['recipient', 'recipient-domain', 'receiver', 'sender-reputation', 'sender-auth', 'sender-content',
  'sender-config', 'network', 'transient', 'none'];
const $ = id => document.getElementById(id);

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    node.setAttribute(name, value);
  node.append(...children.filter(c => c !== null && c !== undefined && c !== ''));
  return node;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

/* A width is set as a property, which the policy of the page allows, where a style attribute is refused. */
function bar(percent, kind) {
  const b = el('span', { class: 'bar fill ' + kind });
  b.style.width = percent + '%';
  return b;
}

const whole = n => Math.round(n).toLocaleString('en');
const short = n => n >= 1e6 ? (n / 1e6).toFixed(2) + ' M' : n >= 1e4 ? (n / 1e3).toFixed(1) + ' k' : n >= 10 || n === 0
  ? whole(n) : n.toFixed(1);
const percent = (part, all) => all ? (100 * part / all).toFixed(1) + ' %' : '';
const when = t => t.slice(0, 16).replace('T', ' ') + ' UTC';

/* ---- /metrics --------------------------------------------------------------------------------------------------- */

/** Prometheus text format -> Map of name, without fivefifty_, -> [{labels, value}]. */
function readMetrics(text) {
  const found = new Map();
  for (const line of text.split('\n')) {
    const m = /^(?:fivefifty_)?([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!m)
      continue;
    const labels = {};
    for (const [, name, value] of (m[2] || '').matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g))
      labels[name] = value.replace(/\\(.)/g, (_, c) => c === 'n' ? '\n' : c);
    if (!found.has(m[1]))
      found.set(m[1], []);
    found.get(m[1]).push({ labels, value: m[3] === '+Inf' ? Infinity : Number(m[3]) });
  }
  return found;
}

const rows = (sample, name) => sample.metrics.get(name) || [];
const sum = (sample, name) => rows(sample, name).reduce((n, r) => n + r.value, 0);
const has = (sample, name) => sample.metrics.has(name);
/** What there is by a label, less what was there before: [[label, number]], the largest first. */
function byLabel(sample, before, name, label, wanted = () => true) {
  const by = new Map();
  for (const [s, sign] of [[sample, 1], [before, -1]])
    for (const r of s ? rows(s, name).filter(wanted) : [])
      by.set(r.labels[label], (by.get(r.labels[label]) || 0) + sign * r.value);
  return [...by].filter(b => b[1] > 0).sort((a, b) => b[1] - a[1]);
}

const samples = []; /* {at, metrics}, oldest first */
let opened = null;  /* the first one, also when it is kept no more */
let categories = new Map();
let processIs = '';
const eventsOf = () => processIs === 'ingest' ? 'ingest_events_total' : 'events_total';

/* ---- whose problem ---------------------------------------------------------------------------------------------- */

let sinceOpen = false;
const unfolded = new Set();

function rulesOf(category, now, before) {
  const most = byLabel(now, before, 'rule_hits_total', 'rule', r => r.labels.category === category).slice(0, 8);
  const grid = el('div', { class: 'rules' });
  for (const [rule, n] of most)
    grid.append(el('code', {}, rule), bar(100 * n / most[0][1], categories.get(category)?.responsible || 'none'),
      el('span', { class: 'count' }, whole(n)));
  return most.length ? [el('p', { class: 'quiet' }, 'Decided by'), grid] : [];
}

function categoryRow(category, n, all, most, now, before) {
  const known = categories.get(category) || { responsible: 'none', meaning: '', advice: '' };
  const row = el('details', { 'data-category': category, 'data-count': n },
    el('summary', {}, el('span', {}, category), bar(100 * n / most, known.responsible),
      el('span', { class: 'count' }, whole(n)), el('span', { class: 'share quiet' }, percent(n, all))));
  row.append(el('div', {}, el('p', {}, known.meaning), el('p', {}, el('b', {}, 'First: '), known.advice),
    ...rulesOf(category, now, before)));
  row.open = unfolded.has(category);
  row.addEventListener('toggle', () => row.open ? unfolded.add(category) : unfolded.delete(category));
  return row;
}

function drawFailures(now) {
  const name = processIs === 'ingest' ? 'ingest_failures_total' : 'failures_total';
  $('failures').hidden = !has(now, name);
  if ($('failures').hidden || document.activeElement?.closest('#categories summary:active'))
    return;
  const before = sinceOpen ? opened : null;
  const by = byLabel(now, before, name, 'category');
  const all = by.reduce((n, c) => n + c[1], 0), of = new Map(PARTIES.map(p => [p, 0]));
  for (const [category, n] of by) {
    const party = categories.get(category)?.responsible || 'none';
    of.set(party, (of.get(party) || 0) + n);
  }
  const events = sum(now, eventsOf()) - (before ? sum(before, eventsOf()) : 0);
  $('failures-sum').textContent = all ? `${whole(all)} of ${whole(events)} events failed (${percent(all, events)}).`
    : `No failure among ${whole(events)} events.`;
  const there = [...of].filter(p => p[1] > 0);
  $('parties').replaceChildren(...there.map(([p, n]) => bar(100 * n / all, p)));
  $('parties').setAttribute('aria-label', there.map(([p, n]) => `${p} ${percent(n, all)}`).join(', '));
  $('legend').replaceChildren(...there.map(([p, n]) => el('li', { 'data-party': p },
    el('span', { class: 'swatch fill ' + p }), `${p} ${percent(n, all)}`)));
  const focused = document.activeElement?.closest('details')?.dataset.category;
  $('categories').replaceChildren(...by.map(([c, n]) => categoryRow(c, n, all, by[0][1], now, before)));
  if (focused) /* what is drawn anew keeps the keyboard where it was */
    $('categories').querySelector(`[data-category="${CSS.escape(focused)}"] summary`)?.focus();
}

/* ---- does it keep up -------------------------------------------------------------------------------------------- */

/** Per second between neighbouring samples. */
function rates(name) {
  return samples.slice(1).map((s, i) => (sum(s, name) - sum(samples[i], name)) / ((s.at - samples[i].at) / 1000));
}
const levels = name => samples.map(s => sum(s, name));

/** Time within which 99 % of the checks of single addresses were answered, of all since the start; by its buckets. */
function slowest() {
  const of = rows(samples[samples.length - 1], 'http_check_duration_seconds_bucket')
    .filter(r => r.labels.method === 'GET');
  const all = of.length ? of[of.length - 1].value : 0;
  const within = of.find(r => r.value >= 0.99 * all);
  return !all ? null : !within || within.labels.le === '+Inf' ? 'over ' + of[of.length - 2].labels.le + ' s'
    : 'within ' + Number(within.labels.le) * 1000 + ' ms';
}

function sparkline(points) {
  if (points.length < 2)
    return null;
  const top = Math.max(...points, 1e-9);
  const at = points.map((p, i) => `${(100 * i / (points.length - 1)).toFixed(2)},${(30 - 28 * p / top).toFixed(2)}`);
  return svg('svg', { viewBox: '0 0 100 31', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('polyline', { points: at.join(' ') }));
}

function tile(title, value, points, kind) {
  return el('div', { class: 'tile', 'data-tile': title }, el('h3', {}, title),
    el('div', { class: 'value ' + (kind || '') }, value), sparkline(points || []));
}

function rateTile(title, name) {
  const points = rates(name);
  return tile(title, points.length ? short(points[points.length - 1]) : '…', points);
}

function drawPace(now) {
  const tiles = [];
  const level = (title, name, alarm) => {
    if (has(now, name))
      tiles.push(tile(title, short(sum(now, name)), levels(name), alarm && sum(now, name) > 0 ? 'bad' : ''));
  };
  const rate = (title, name) => has(now, name) && tiles.push(rateTile(title, name));
  rate('events a second', eventsOf());
  rate('results a second', 'suppress_results_total');
  for (const p of ['suppressions_active', 'suppress_active', 'serve_active'])
    level('addresses suppressed', p);
  rate('newly suppressed a second', 'suppressions_added_total');
  rate('newly suppressed a second', 'suppress_added_total');
  level('bytes not read yet', 'input_lag_bytes');
  for (const p of ['ingest_lag_records', 'suppress_lag_records', 'serve_lag_records'])
    level('records not read yet', p);
  level('dead letters', 'dead_letters_total', true);
  level('dead letters', 'ingest_dead_letters_total', true);
  level('dead letters', 'suppress_dead_letters_total', true);
  if (processIs !== 'ingest')
    rate('checks a second', 'http_checks_total');
  const slow = slowest();
  if (slow)
    tiles.push(tile('99 % of single checks', slow));
  $('pace').hidden = !tiles.length;
  $('tiles').replaceChildren(...tiles);
}

/* ---- an address ------------------------------------------------------------------------------------------------- */

/** What was said of it, a line for each category, from the first time to now. `serve` knows what counts only. */
function timeline(entry) {
  const said = (entry.evidence || (entry.hits ? [entry] : [])).map(e => ({ what: e.category || e.counts, hits: e.hits,
    from: Date.parse(e.first_event), to: Date.parse(e.last_event),
    party: categories.get(e.category)?.responsible || 'none' }));
  if (entry.manual)
    said.push({ what: 'by hand', hits: 1, from: Date.parse(entry.manual.time), to: Date.parse(entry.manual.time),
      party: 'none' });
  const released = entry.release ? Date.parse(entry.release.time) : NaN;
  const times = said.flatMap(s => [s.from, s.to]).concat(released).filter(t => !Number.isNaN(t));
  if (!times.length)
    return null;
  const first = Math.min(...times), last = Math.max(Date.now(), ...times), wide = 560, left = 150;
  const x = t => left + (last > first ? (t - first) / (last - first) : 0) * wide;
  const high = 22 * said.length, day = t => new Date(t).toISOString().slice(0, 10);
  const picture = svg('svg', { class: 'time', viewBox: `0 0 ${left + wide + 40} ${high + 24}`, role: 'img',
    'aria-label': said.map(s => `${s.what}, ${s.hits} times, ${day(s.from)} to ${day(s.to)}`).join('; ') });
  said.forEach((s, i) => {
    const y = 12 + 22 * i;
    picture.append(svg('text', { x: 0, y: y + 4 }, s.what.slice(0, 24)),
      svg('line', { class: 'axis', x1: left, x2: left + wide, y1: y, y2: y }),
      svg('line', { class: 'span ' + s.party, x1: x(s.from), x2: x(s.to), y1: y, y2: y }),
      svg('circle', { class: s.party, cx: x(s.from), cy: y, r: 5 }),
      svg('circle', { class: s.party, cx: x(s.to), cy: y, r: 5 }),
      svg('text', { x: left + wide + 8, y: y + 4 }, s.hits + '×'));
  });
  if (!Number.isNaN(released))
    picture.append(svg('line', { class: 'release', x1: x(released), x2: x(released), y1: 0, y2: high }),
      svg('text', { x: x(released) + 4, y: high + 16 }, 'released'));
  picture.append(svg('text', { x: left, y: high + 16 }, day(first)),
    svg('text', { x: left + wide, y: high + 16, 'text-anchor': 'end' }, 'now'));
  return picture;
}

/** The reply that counts: of an active entry its own, of one that is only counted the latest. */
function replyOf(entry) {
  const said = (entry.evidence || []).map(e => e.latest || e.earliest)
    .sort((a, b) => a.event_time < b.event_time ? 1 : -1);
  return entry.reply_text || entry.reply_code ? entry : said[0] || {};
}

const quoted = word => /^[\w@.+:/-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'";

function undo(address, entry) {
  const command = `fivefifty release ${quoted(address)} --tenant ${quoted(entry.tenant_id)} ` +
    (processIs === 'run' ? '--state DIR' : '--brokers HOST:PORT');
  const copy = el('button', { type: 'button' }, 'Copy');
  copy.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(command); /* there is none on a page that came by http from another host */
    copy.textContent = navigator.clipboard ? 'Copied' : 'Select it and copy';
  });
  return el('p', { class: 'undo' }, 'To undo it: ', el('code', {}, command), copy);
}

function entryCard(address, entry) {
  const expired = entry.expires && Date.parse(entry.expires) <= Date.now();
  const reply = replyOf(entry), known = categories.get(entry.category || reply.category);
  const where = entry.stream_scope === '*' ? 'all streams' : 'stream ' + entry.stream_scope;
  const said = [reply.reply_code, reply.enhanced_code, reply.reply_text].filter(x => x).join(' ');
  const by = [reply.remote_host, reply.remote_ip && `[${reply.remote_ip}]`, reply.provider && `(${reply.provider})`,
    reply.local_ip && `asked from ${reply.local_ip}`].filter(x => x).join(' ');
  return el('article', { class: 'entry ' + (expired ? 'released' : entry.state) },
    el('h3', {}, [expired ? 'expired' : entry.state, `tenant ${entry.tenant_id}, ${where}`,
      entry.reason && entry.reason.replace(/_/g, ' '), entry.category].filter(x => x).join(' · ')),
    timeline(entry),
    said && el('blockquote', {}, said),
    by && el('p', { class: 'quiet' }, 'said by ' + by),
    known && el('p', {}, known.meaning),
    reply.rule && el('p', { class: 'quiet' }, 'decided by the rule ', el('code', {}, reply.rule)),
    entry.expires && el('p', {}, 'until ' + when(entry.expires)),
    entry.state === 'active' && !expired ? undo(address, entry) : null);
}

function drawAnswer(found) {
  const counting = found.entries.some(e => e.state === 'counting');
  const [says, kind] = found.suppressed ? ['do not mail', 'bad']
    : counting ? ['may be mailed; failures are counted', 'waits'] : ['may be mailed', 'good'];
  $('answer').replaceChildren(el('p', { class: 'says' }, found.address + ': ', el('b', { class: kind }, says)),
    ...found.entries.map(e => entryCard(found.address, e)),
    found.entries.length ? '' : el('p', { class: 'quiet' }, 'Nothing is known against it.'));
}

async function ask(form) {
  const query = 'address=' + encodeURIComponent(form.address.value.trim()) +
    (form.tenant.value.trim() ? '&tenant=' + encodeURIComponent(form.tenant.value.trim()) : '');
  try {
    const r = await fetch('v1/explain?' + query);
    const found = await r.json();
    if (r.ok)
      drawAnswer(found);
    else
      $('answer').replaceChildren(el('p', { class: 'notice' }, found.detail));
  } catch (e) {
    $('answer').replaceChildren(el('p', { class: 'notice' }, 'No answer: ' + e.message));
  }
}

/* ---- again and again -------------------------------------------------------------------------------------------- */

function processOf(sample) {
  return has(sample, 'ingest_records_total') ? 'ingest' : has(sample, 'serve_active') ? 'serve'
    : has(sample, 'suppress_records_total') ? 'suppress' : 'run';
}

async function drawState(now) {
  const r = await fetch('readyz');
  const text = r.ok ? 'ready' : (await r.json()).detail;
  const since = new Date(1000 * sum(now, 'process_start_time_seconds')).toISOString();
  $('state').className = r.ok ? 'good' : 'bad';
  $('state').textContent = `${text}; since ${when(since)}`;
}

/** What was heard of the process before it was started again says nothing of this one. */
function keep(sample) {
  if (samples.length && sum(samples[0], 'process_start_time_seconds') !== sum(sample, 'process_start_time_seconds'))
    samples.length = 0;
  if (!samples.length)
    opened = sample;
  samples.push(sample);
  if (samples.length > KEPT)
    samples.shift();
}

async function look() {
  try {
    const r = await fetch('metrics');
    keep({ at: performance.now(), metrics: readMetrics(await r.text()) });
    const now = samples[samples.length - 1];
    processIs = processOf(now);
    $('process').textContent = processIs;
    document.title = 'fivefifty ' + processIs;
    $('ask').hidden = processIs === 'ingest';
    drawFailures(now);
    drawPace(now);
    await drawState(now);
  } catch (e) {
    $('state').className = 'bad';
    $('state').textContent = 'no answer (' + e.message + '); what is shown is the last that was heard';
  }
}

function choose(open) {
  sinceOpen = open;
  $('since-open').setAttribute('aria-pressed', String(open));
  $('since-start').setAttribute('aria-pressed', String(!open));
  if (samples.length)
    drawFailures(samples[samples.length - 1]);
}

async function begin() {
  $('since-start').addEventListener('click', () => choose(false));
  $('since-open').addEventListener('click', () => choose(true));
  document.forms[0].addEventListener('submit', e => {
    e.preventDefault();
    ask(e.target);
  });
  const r = await fetch('v1/categories');
  categories = new Map((await r.json()).map(c => [c.category, c]));
  await look();
  setInterval(look, EVERY_MS);
}
begin();

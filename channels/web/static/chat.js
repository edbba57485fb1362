// The citizen's side of the web chat: one page, no library. Server data only ever becomes text nodes and
// checked links, never markup. The server's `position` is the one order of the conversation; what is still in the
// outbox stands after it.

const LIMIT = 2000; // characters the server accepts in one message
const MOST_PHOTOS = 9;
const SILENCE = 40000; // the server pings every 15 s: longer is a dead connection
const $ = (id) => document.getElementById(id);
const scroller = $('scroller');
const log = $('log');
const box = $('text');

// ---- Small tools ----

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const button = (text, onclick, props) => el('button', { type: 'button', onclick, ...props }, text);

// Storage can be forbidden or full; the chat must work without it.
function keep(area, key, value) {
  try {
    if (value === '') window[area].removeItem(key);
    else window[area].setItem(key, value);
    return true;
  } catch { return false; }
}
function kept(area, key) {
  try { return window[area].getItem(key); } catch { return null; }
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Not a secure context (a trial over plain http): the same by hand.
  const digit = (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16);
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit);
}

const sleepers = new Set();
function pause(ms) {
  return new Promise((resolve) => {
    const stop = () => { clearTimeout(timer); sleepers.delete(stop); resolve(); };
    const timer = setTimeout(stop, ms);
    sleepers.add(stop);
  });
}
const wake = () => [...sleepers].forEach((stop) => stop());
// Spread out, so that a restarted server does not meet everybody in the same second.
const backoff = (tries) => Math.min(30000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);

let announcing;
function announce(text) {
  clearTimeout(announcing);
  $('live').textContent = '';
  announcing = setTimeout(() => { $('live').textContent = text; }, 60); // a change from empty is read out even if it repeats
}

function say(text) { // a line above the composer, until the next thing is done
  $('note').textContent = text;
  $('note').hidden = !text;
  if (text) announce(text);
}

// Beijing keeps UTC+8 all year; arithmetic spares old phones the time-zone tables.
const beijing = (at) => new Date((at ? Date.parse(at) : Date.now()) + 8 * 3600e3);
const clock = (at) => beijing(at).toISOString().slice(11, 16);
const dayOf = (at) => beijing(at).toISOString().slice(0, 10);
function dayName(at) {
  const ago = (Date.parse(dayOf()) - Date.parse(dayOf(at))) / 864e5;
  if (ago === 0) return '今天';
  if (ago === 1) return '昨天';
  const d = beijing(at);
  const year = d.getUTCFullYear() === beijing().getUTCFullYear() ? '' : `${d.getUTCFullYear()}年`;
  return `${year}${d.getUTCMonth() + 1}月${d.getUTCDate()}日 星期${'日一二三四五六'[d.getUTCDay()]}`;
}

// ---- Text ----

function link(href, text) {
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text);
}

// A number is made callable only where the text says to call it: "120 元" is no ambulance.
const INLINE = /\*\*(.+?)\*\*|\[([^\]]+)\]\(((?:https:\/|\/files)\/[^\s)]+)\)|(https:\/\/[\x21-\x7e]+)|((?:拨打|致电|电话[:：]?)\s*)(\d[\d-]{1,14}\d)/g;
function inline(into, text) {
  let end = 0;
  for (const m of text.matchAll(INLINE)) {
    into.append(text.slice(end, m.index));
    end = m.index + m[0].length;
    if (m[1]) into.append(inline(el('strong'), m[1]));
    else if (m[3]) into.append(link(m[3], m[2]));
    else if (m[4]) {
      const url = m[4].replace(/[.,;:!?'")\]}>*]+$/, '');
      into.append(link(url, url), m[4].slice(url.length));
    } else into.append(m[5], el('a', { href: `tel:${m[6]}` }, m[6]));
  }
  into.append(text.slice(end));
  return into;
}

function rich(into, text) {
  let open = null; // the paragraph or list that the next line may continue
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*(?:-|(\d{1,3})\.)\s+(.*)$/.exec(line);
    if (!line.trim()) open = null;
    else if (line.startsWith('来源：')) {
      into.append(inline(el('p', { class: 'source' }), line));
      open = null;
    } else if (item) {
      const tag = item[1] ? 'ol' : 'ul';
      if (!open || open.localName !== tag) into.append(open = el(tag, item[1] > 1 ? { start: item[1] } : {}));
      open.append(inline(el('li'), item[2]));
    } else if (open && open.localName === 'p') inline(open, `\n${line}`);
    else into.append(open = inline(el('p'), line));
  }
}

// ---- Server ----

async function call(path, { method = 'POST', json, body, timeout = 20000 } = {}) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  try {
    const headers = { 'X-Requested-With': 'jiesu' };
    if (json) headers['Content-Type'] = 'application/json';
    const response = await fetch(path, {
      method, headers, body: json ? JSON.stringify(json) : body, signal: abort.signal, cache: 'no-store', credentials: 'same-origin',
    });
    if (!response.ok) throw await failure(response);
    return await response.json();
  } finally { clearTimeout(timer); }
}

async function failure(response) {
  const answer = await response.json().catch(() => ({}));
  const error = new Error(answer.error || '');
  error.status = response.status;
  error.after = Number(response.headers.get('Retry-After')) || 0;
  return error;
}

const refused = (error) => error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status);

let session = null; // what POST session answered
let generation = 0; // counts sessions: positions of one mean nothing in the next
let opening = null;
let cursor = 0; // the last position heard from the server, where the stream goes on
let stream = null;

// One renewal at a time, none for a 401 of an older session: two would split the conversation.
function openSession(seen) {
  if (generation > seen) return Promise.resolve();
  opening = opening || begin().finally(() => { opening = null; });
  return opening;
}

async function begin() {
  const answer = await call('session', { json: {} });
  if (typeof answer.greeting !== 'string') throw new Error('not our server'); // captive portals answer 200
  session = answer;
  generation += 1;
  cursor = 0;
  for (const entry of outbox) (entry.photos || []).forEach((photo) => { delete photo.id; }); // uploads belong to a session
  if (stream) stream.abort();
  welcome();
}

async function loadHistory() {
  const mine = generation;
  const { messages, status } = await call('messages?after=0', { method: 'GET' });
  if (mine !== generation) return;
  log.setAttribute('aria-live', 'off');
  const older = items.filter((item) => item.generation && item.generation < generation);
  if (older.length && !messages.some((m) => known.has(m.id))) {
    for (const item of older) retire(item);
    receive({ position: 0, author: 'system', text: '由于长时间没有操作，对话已重新开始。', at: new Date().toISOString() }, true);
  }
  messages.forEach((m) => receive(m, true));
  if (status) showStatus(status);
  loaded = generation;
  stuck = true;
  settleScroll();
  setTimeout(() => log.setAttribute('aria-live', 'polite'), 200);
}

let loaded = 0; // the generation whose history is shown
async function follow() {
  for (let failures = 0; ; failures += 1) {
    const mine = generation;
    try {
      await openSession(0);
      while (loaded !== generation) await loadHistory();
      drain();
      await listen(() => { failures = 0; });
    } catch (error) {
      if (error.status === 401) await openSession(mine).catch(() => {});
    }
    offline();
    await pause(backoff(failures));
  }
}

// fetch and not EventSource: pings and status codes tell silence and an expired session from a quiet conversation.
let heard = 0;
async function listen(connected) {
  const control = stream = new AbortController();
  let silence;
  const alive = () => {
    heard = Date.now();
    clearTimeout(silence);
    silence = setTimeout(() => control.abort(), SILENCE);
  };
  alive();
  try {
    const response = await fetch(`events?after=${cursor}`, {
      headers: { Accept: 'text/event-stream' }, signal: control.signal, cache: 'no-store', credentials: 'same-origin',
    });
    if (!response.ok) throw await failure(response);
    if (!/event-stream/.test(response.headers.get('Content-Type'))) throw new Error('not our server');
    online();
    connected();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let buffer = '';
    let event = {};
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      buffer += decoder.decode(value, { stream: true });
      // A \r that ends the chunk may be half of \r\n, so it waits for the next one.
      for (let m; (m = /\r\n|\n|\r(?!$)/.exec(buffer)); buffer = buffer.slice(m.index + m[0].length)) {
        const [, field, text] = /^([^:]*):? ?(.*)$/.exec(buffer.slice(0, m.index));
        if (m.index) event[field] = event[field] === undefined ? text : `${event[field]}\n${text}`;
        else {
          if (event.data !== undefined) hear(event);
          event = {};
        }
      }
    }
  } finally {
    clearTimeout(silence);
    control.abort();
    showTyping(false);
  }
}

function hear({ event, data, id }) {
  if (Number(id) > cursor) cursor = Number(id);
  let fact;
  try { fact = JSON.parse(data); } catch { return; } // asking again would only bring it again
  if (event === 'message') receive(fact);
  else if (event === 'update') {
    const item = items.find((i) => i.generation === generation && i.m.position === fact.position);
    if (item) showChoices(item, fact.choices);
  } else if (event === 'typing') showTyping(fact.on);
  else if (event === 'status') showStatus(fact.status);
}

let down = null;
function offline() {
  if (down === null) {
    down = setTimeout(() => {
      $('banner').hidden = false;
      announce($('banner').textContent);
    }, 3000);
  }
}
function online() {
  clearTimeout(down);
  down = null;
  if (!$('banner').hidden) announce('已重新连接');
  $('banner').hidden = true;
  wake();
}

// ---- Transcript ----

const items = []; // what is shown, in order: { m, generation (0 until the server has it), node, ... }
const known = new Map(); // message id or client id → item
const NAMES = { bot: '智能客服', operator: '人工客服', citizen: '我', system: '提示' };
let count = 0;

function receive(fact, past = false) {
  const m = { text: '', choices: [], attachments: [], location: null, ...fact };
  cursor = Math.max(cursor, m.position);
  const item = known.get(m.id) || known.get(m.client_id);
  if (m.client_id) settle(m.client_id);
  if (m.direction === 'out') showTyping(false);
  if (item) confirm(item, m);
  else {
    const fresh = add(m, past);
    if (!past && m.direction === 'out') reveal(fresh);
  }
}

// Our own message came back: it gets its place and the server's wording, and keeps its node.
function confirm(item, m) {
  const shown = item.m;
  const same = shown.text === m.text && shown.attachments.length === m.attachments.length && !m.location;
  if (same) m.attachments = shown.attachments; // already on screen
  item.m = m;
  item.generation = generation;
  known.set(m.id, item);
  if (!same) fill(item);
  showChoices(item, m.choices);
  place(item);
}

function add(m, past = false) {
  const item = { m, generation: m.position === null ? 0 : generation, seq: count += 1 };
  const kind = m.notice || m.author === 'system' ? 'notice' : m.direction === 'in' ? 'mine' : m.author;
  item.bubble = el('div', { class: 'bubble' });
  item.after = el('div', { class: 'after', hidden: '' });
  item.state = el('div', { class: 'state', 'aria-live': 'off' });
  item.node = el('div', { class: `msg ${kind}${past ? '' : ' new'}` }, item.bubble, item.after, item.state);
  item.kind = kind;
  fill(item);
  showChoices(item, m.choices);
  if (m.id) known.set(m.id, item);
  if (m.client_id) known.set(m.client_id, item);
  place(item);
  freshen();
  return item;
}

// Only our own origin: a message must not make the reader's browser call anyone else.
function ours(url) {
  if (/^data:(image|audio)\//.test(url)) return url;
  try {
    const { href, origin } = new URL(url, document.baseURI);
    return origin === location.origin ? href : null;
  } catch { return null; }
}

function fill({ m, kind, bubble }) {
  bubble.textContent = '';
  bubble.append(el('span', { class: 'sr' }, `${NAMES[m.author] || ''}：`));
  if (m.text && kind === 'mine') bubble.append(el('p', {}, m.text));
  else if (m.text) rich(bubble, m.text);
  if (m.location) {
    const { label, latitude, longitude, accuracy } = m.location;
    bubble.append(el('p', { class: 'spot' }, icon('place'), el('span', {}, label || '我的位置',
      el('small', {}, accuracy ? `误差约 ${metres(accuracy)}` : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`))));
  }
  const pictures = m.attachments.filter((a) => a.media_type.startsWith('image/'));
  const photos = el('div', { class: `photos${pictures.length === 1 ? ' one' : ''}` });
  for (const a of m.attachments) {
    const url = ours(a.url);
    if (url && /^audio/.test(a.media_type)) bubble.append(el('audio', { controls: '', preload: 'none', src: url }));
    else if (!pictures.includes(a)) bubble.append(el('p', {}, url ? link(url, a.name || '附件') : a.name));
    else if (url && !/^(blob|data):/.test(url)) {
      photos.append(el('a', { href: url, target: '_blank' }, picture(url, '照片，点击查看大图')));
    } else photos.append(picture(url, '照片'));
  }
  if (pictures.length) bubble.append(photos);
  bubble.classList.toggle('bare', pictures.length > 0 && !m.text);
}

// Not every browser can show what a phone can take (HEIC): then say so in its place.
function picture(src, alt) {
  const blank = el('span', { class: 'blank' }, '照片（无法预览）');
  return src ? el('img', { src, alt, onerror: (event) => event.target.replaceWith(blank) }) : blank;
}

// Later sessions after earlier ones, the unsent last. A node in its place is not moved: screen readers would repeat it.
const rank = (item) => [item.generation || Infinity, item.generation ? item.m.position : 0, item.seq];
function before(a, b) {
  const x = rank(a);
  const y = rank(b);
  const i = x.findIndex((value, n) => value !== y[n]);
  return x[i] < y[i];
}
function place(item) {
  const was = items.indexOf(item);
  if (was >= 0) items.splice(was, 1);
  let at = items.length;
  while (at > 0 && before(item, items[at - 1])) at -= 1;
  items.splice(at, 0, item);
  if (was !== at) log.insertBefore(item.node, items[at + 1] ? items[at + 1].node : null);
  for (const i of [at, at + 1, was, was + 1]) if (items[i]) dress(items[i], items[i - 1]);
  tidy();
}

// Day and time above the first message of a day, the name above the first of a run, the time where a minute has passed.
function dress(item, previous) {
  const { m, kind, node } = item;
  const day = !previous || dayOf(previous.m.at) !== dayOf(m.at) ? `${dayName(m.at)} ${clock(m.at)}` : '';
  const first = day || previous.kind !== kind || Date.parse(m.at) - Date.parse(previous.m.at) > 3e5;
  const name = kind === 'mine' ? '' : NAMES[m.author];
  const time = !day && clock(previous.m.at) !== clock(m.at) ? clock(m.at) : '';
  const head = first && kind !== 'notice' ? `${name} ${time}`.trim() : '';
  node.classList.toggle('first', Boolean(first));
  if (item.dressed === day + head) return;
  item.dressed = day + head;
  while (node.firstChild !== item.bubble) node.firstChild.remove();
  if (head) node.prepend(el('p', { class: 'head', 'aria-hidden': 'true' }, head));
  if (day) node.prepend(el('p', { class: 'day' }, day));
}

// ---- Choices ----

function showChoices(item, choices) {
  item.m.choices = choices;
  const shape = choices.map((c) => c.id + c.label).join();
  if (item.shape !== shape) {
    item.shape = shape;
    item.buttons = choices.map((c) => button(c.label, (event) => choose(item, c.id, event), { class: 'choice' }));
    item.after.textContent = '';
    item.reply = null;
    for (const group of ['feedback', 'related', 'reply']) {
      const buttons = item.buttons.filter((_, i) => choices[i].group === group);
      if (!buttons.length) continue;
      const label = { feedback: '这个回答有帮助吗', related: '相关问题', reply: '可选的回复' }[group];
      const part = el('div', { class: `group ${group}`, role: 'group', 'aria-label': label });
      if (group === 'related') {
        part.append(el('p', { class: 'caption', 'aria-hidden': 'true' }, label), el('ul', {}, ...buttons.map((b) => el('li', {}, b))));
      } else part.append(...buttons);
      item.after.append(part);
      if (group === 'reply') item.reply = part;
    }
    item.after.hidden = !choices.length;
  }
  paint(item);
}

// aria-disabled and not disabled: a keyboard user keeps the focus on what was just pressed.
function paint(item) {
  item.m.choices.forEach((choice, i) => {
    const sending = outbox.filter((e) => e.from === item.m.id && e.group === choice.group && !e.error);
    const chosen = choice.chosen || sending.some((e) => e.choice === choice.id);
    const off = choice.used || chosen || item.retired || (choice.group !== 'related' && sending.length > 0);
    const one = item.buttons[i];
    one.classList.toggle('chosen', chosen);
    one.setAttribute('aria-disabled', String(Boolean(off)));
    if (chosen) one.setAttribute('aria-pressed', 'true');
    else one.removeAttribute('aria-pressed');
    one.tabIndex = off ? -1 : 0; // or the way back to the input leads through every old button
  });
}

function choose(item, id, event) {
  if (event.detail > 1) return; // the second half of a double tap may land on a button that has just come up there
  const choice = item.m.choices.find((c) => c.id === id);
  const pressed = item.buttons[item.m.choices.indexOf(choice)];
  if (pressed.getAttribute('aria-disabled') === 'true') return;
  enqueue({ choice: id, text: choice.label, group: choice.group, from: item.m.id });
}

function retire(item) {
  item.retired = true;
  paint(item);
}

// Quick replies belong to the newest question: once another one offers its own, the old ones leave (unless the reader's
// focus is still in there).
function tidy() {
  let newer = false;
  for (let i = items.length - 1; i >= 0; i -= 1) {
    const { reply } = items[i];
    if (!reply) continue;
    reply.hidden = newer && !reply.contains(document.activeElement);
    newer = true;
  }
}

// ---- Outbox ----
// An entry: { client_id, at, text | choice, text, group, from | photos | location, error }. Keys with _ live as long as
// the page. Order is kept: a message that cannot go yet holds back those behind it; one that the server
// refused (error) waits for its writer and holds back nothing.

const OUTBOX = 'jiesu-outbox';
let outbox = [];

function save() {
  const written = (drop) => JSON.stringify(outbox, (key, value) => (key[0] === '_' || key === drop ? undefined : value));
  // Photos may be too much to store; the words must survive anyway.
  if (!outbox.length) keep('sessionStorage', OUTBOX, '');
  else if (!keep('sessionStorage', OUTBOX, written())) keep('sessionStorage', OUTBOX, written('data'));
}

function restore() {
  try { outbox = JSON.parse(kept('sessionStorage', OUTBOX)) || []; } catch { outbox = []; }
  for (const entry of outbox) {
    if ((entry.photos || []).some((photo) => !photo.data && !photo.id)) {
      entry.error = '页面刷新后照片没有保留，请重新选择。';
      entry.lost = true;
    }
    show(entry);
  }
}

function enqueue(fields) {
  const entry = { client_id: uuid(), at: new Date().toISOString(), ...fields };
  outbox.push(entry);
  save();
  show(entry);
  say('');
  stickToEnd();
  drain();
}

const attachmentsOf = (entry) => (entry.photos || []).map((photo) => (
  { media_type: photo.type || 'image/*', url: photo._url || photo.url || photo.data || '' }));

function show(entry) {
  if (entry.group !== 'feedback') { // that one's button says enough
    entry._item = add({
      position: null, client_id: entry.client_id, direction: 'in', author: 'citizen', at: entry.at, text: entry.text || '',
      choices: [], attachments: attachmentsOf(entry), location: entry.location || null,
    });
  }
  showState(entry);
}

// What there is to say about an entry, beside its bubble; nothing when all is well.
function showState(entry, note = '') {
  const waits = outbox.includes(entry);
  const asked = known.get(entry.from);
  if (asked) paint(asked);
  const item = entry._item || asked;
  if (!item) return;
  item.state.textContent = '';
  item.node.classList.toggle('failed', Boolean(waits && entry.error));
  if (waits && entry.error) {
    item.state.append(el('span', {}, entry.error));
    if (!entry.lost) item.state.append(button('重试', () => retry(entry)));
    item.state.append(button('删除', () => remove(entry)));
  } else if (waits) item.state.append(note);
}

// The server has it.
function settle(clientId, position, when = generation) {
  const entry = outbox.find((e) => e.client_id === clientId);
  if (!entry) return;
  outbox = outbox.filter((e) => e !== entry);
  save();
  const item = entry._item;
  if (item && position !== undefined) {
    item.m.position = position;
    item.generation = when;
    place(item);
  }
  const asked = known.get(entry.from);
  for (const choice of asked ? asked.m.choices : []) { // until the server's update says the same
    if (choice.id === entry.choice) choice.chosen = choice.used = true;
    else if (choice.group === entry.group && choice.group !== 'related') choice.used = true;
  }
  showState(entry);
}

function retry(entry) {
  scroller.focus({ preventScroll: true }); // the pressed button is about to go
  delete entry.error;
  outbox = [...outbox.filter((e) => e !== entry), entry]; // overtaken: it is the newest now
  save();
  if (entry._item) {
    entry.at = entry._item.m.at = new Date().toISOString();
    entry._item.seq = count += 1;
    place(entry._item);
  }
  showState(entry, '发送中…');
  drain();
}

function remove(entry) {
  scroller.focus({ preventScroll: true });
  outbox = outbox.filter((e) => e !== entry);
  save();
  showState(entry);
  const item = entry._item;
  if (item) {
    items.splice(items.indexOf(item), 1);
    known.delete(entry.client_id);
    item.node.remove();
    items.forEach((other, i) => dress(other, items[i - 1]));
  }
  announce('已删除');
}

let draining = false;
async function drain() {
  if (draining || !session) return;
  draining = true;
  for (let entry; (entry = outbox.find((e) => !e.error));) {
    const mine = generation;
    const slow = setTimeout(() => showState(entry, entry._note || '发送中…'), 800); // quick: no words
    try {
      const { position } = await deliver(entry);
      if (!Number.isInteger(position)) throw new Error('not our server');
      settle(entry.client_id, position, mine);
    } catch (error) {
      clearTimeout(slow);
      await setback(entry, error, mine);
    }
    clearTimeout(slow);
  }
  draining = false;
}

async function setback(entry, error, mine) {
  if (error.status === 401 && !entry._renewed) {
    entry._renewed = true;
    await openSession(mine).catch(() => {});
    return;
  }
  if (refused(error)) {
    refuse(entry, error);
    return;
  }
  entry._renewed = false;
  entry._tries = (entry._tries || 0) + 1;
  entry._note = error.status === 429 ? error.message || '请稍等，马上自动发送。' : '暂时没有发出，正在自动重试…';
  showState(entry, entry._note);
  if (entry._tries === 1) announce(entry._note);
  // Who was told to wait waits, whatever the network does.
  if (error.status === 429) await new Promise((resolve) => setTimeout(resolve, (error.after || 10) * 1000));
  else await pause(backoff(entry._tries));
}

function refuse(entry, error) {
  const sentence = error.message || '没有发送成功，请重试，或拨打 12345。';
  if (error.photo && entry.photos.length > 1) {
    // One bad photo must not hold back the good ones: it becomes a message of its own.
    entry.photos = entry.photos.filter((photo) => photo !== error.photo);
    entry._item.m.attachments = attachmentsOf(entry);
    fill(entry._item);
    enqueue({ photos: [error.photo], error: sentence });
  } else {
    entry.error = sentence;
    save();
    showState(entry);
  }
  if (stuck) settleScroll();
  announce(`没有发送成功：${sentence}`);
}

async function deliver(entry) {
  const json = { client_id: entry.client_id };
  if (entry.choice) json.choice = entry.choice;
  else if (entry.location) json.location = entry.location;
  else if (entry.photos) {
    for (const [i, photo] of entry.photos.entries()) {
      entry._note = `正在上传（${i + 1}/${entry.photos.length}）…`;
      if (!photo.id) await upload(photo);
      save();
    }
    json.attachments = entry.photos.map((photo) => photo.id);
  } else json.text = entry.text;
  return call('messages', { json });
}

// ---- Photos ----
// A photo: { name, data (a data: URL), id and url once uploaded, _url (preview), _ready (a promise of data) }.

async function upload(photo) {
  try {
    await photo._ready;
    const [, type, bytes] = /^data:([^;,]*);base64,(.*)$/.exec(photo.data || '') || [];
    if (!bytes) throw Object.assign(new Error('这张照片读不出来，请重新选择。'), { status: 400 });
    const most = session.max_upload_bytes;
    if (most && bytes.length * 0.75 > most) {
      throw Object.assign(new Error(`照片太大，请选 ${Math.floor(most / 1048576)} MB 以内的照片。`), { status: 413 });
    }
    const form = new FormData();
    form.append('file', new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], { type }), photo.name);
    const { id, url } = await call('attachments', { body: form, timeout: 120000 });
    if (!id) throw new Error('not our server');
    Object.assign(photo, { id, url });
  } catch (error) {
    throw Object.assign(error, { photo });
  }
}

// A phone's photo is 5 MB, of which a hotline needs a tenth. What we cannot decode goes as it is.
async function shrink(file) {
  if (file.size <= 1.5e6) return file;
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: w, naturalHeight: h } = image;
    const scale = Math.min(1, 2048 / Math.max(w, h));
    const canvas = el('canvas', { width: Math.round(w * scale), height: Math.round(h * scale) });
    const paper = canvas.getContext('2d');
    paper.fillStyle = '#fff'; // JPEG has no transparency
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.85); });
    return small && small.size < file.size ? small : file;
  } catch {
    return file;
  } finally { URL.revokeObjectURL(url); }
}

function toDataUrl(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => resolve('');
    reader.readAsDataURL(blob);
  });
}

function attach(files) {
  say('');
  for (const file of files) {
    if (tray.length >= MOST_PHOTOS) {
      say(`一次最多发送 ${MOST_PHOTOS} 张照片。`);
      break;
    }
    const photo = { name: file.name || 'photo.jpg', _url: URL.createObjectURL(file) };
    // Read at once: a camera's file may be gone by the time it is sent.
    photo._ready = shrink(file).then(async (blob) => {
      if (blob !== file) photo.name = `${photo.name.replace(/\.\w+$/, '')}.jpg`;
      photo.data = await toDataUrl(blob);
    }).then(save);
    tray.push(photo);
  }
  showTray();
}

// ---- Composer ----

const tray = []; // photos chosen, not sent
let spot = null; // the place chosen, not sent
let composing = false;

const icon = (id) => $(id).querySelector('svg').cloneNode(true);
const metres = (m) => (m < 1000 ? `${Math.max(1, Math.round(m))} 米` : `${(m / 1000).toFixed(1)} 公里`);
const length = () => [...box.value.trim()].length;

function showTray() {
  const drop = (label, act) => button('', () => { act(); showTray(); box.focus(); }, { 'aria-label': label });
  $('tray').textContent = '';
  tray.forEach((photo, i) => {
    $('tray').append(el('li', { class: 'thumb' }, picture(photo._url, `待发送的照片 ${i + 1}`), drop(`移除照片 ${i + 1}`, () => tray.splice(i, 1))));
  });
  if (spot) $('tray').append(el('li', {}, icon('place'), `我的位置（误差约 ${metres(spot.accuracy)}）`, drop('移除位置', () => { spot = null; })));
  $('tray').hidden = !$('tray').firstChild;
  ready();
}

let warned = '';
function ready() {
  const left = LIMIT - length();
  $('counter').textContent = left > 200 ? '' : left >= 0 ? `还可输入 ${left} 字` : `超出 ${-left} 字`;
  $('counter').classList.toggle('over', left < 0);
  const warning = left > 200 ? '' : left >= 0 ? '快到字数上限了' : '超出字数上限，请分几次发送';
  if (warning !== warned) announce(warning); // once, not at every key
  warned = warning;
  $('send').setAttribute('aria-disabled', String(left < 0 || !(box.value.trim() || tray.length || spot)));
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}

function send() {
  if (composing) { // 发送 pressed while the input method still offers words: take what stands there
    box.blur();
    box.focus();
  }
  const text = box.value.trim();
  if (length() > LIMIT) {
    say(`一次最多 ${LIMIT} 字，请分几次发送。`);
    return;
  }
  // Photos and place go first: the words may be what completes the complaint that they belong to.
  if (tray.length) enqueue({ photos: tray.splice(0) });
  if (spot) enqueue({ location: spot });
  spot = null;
  if (text) enqueue({ text });
  box.value = '';
  keep('sessionStorage', 'jiesu-draft', '');
  showTray();
}

// ---- Voice ----
// Hold the button, or tap or press Enter to begin and again to end. Esc drops it.

let recorder = null;
let began = 0;

async function talk() {
  began = Date.now();
  let stream;
  const end = (note) => {
    stream?.getTracks().forEach((track) => track.stop());
    recorder = null;
    $('talk').setAttribute('aria-pressed', false);
    say(note);
  };
  try {
    recorder = {};
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mine = recorder = new MediaRecorder(stream);
    mine.ondataavailable = async ({ data }) => {
      end('');
      const type = data.type.split(';')[0];
      if (!mine.dropped && Date.now() - began > 700) enqueue({ photos: [{ name: '语音', type, data: await toDataUrl(new Blob([data], { type })) }] });
    };
    mine.start();
    setTimeout(hush, 6e4, mine);
    $('talk').setAttribute('aria-pressed', true);
    say('请说…松开或再按一次发送，Esc 取消');
  } catch { end('用不了麦克风，请打字。'); }
}

function hush(mine = recorder, dropped = false) {
  if (!mine || mine.state !== 'recording') return;
  mine.dropped = dropped;
  mine.stop();
}

function locate() {
  const sorry = (why) => say(`${why}，请直接输入地址。`);
  if (!navigator.geolocation) {
    sorry('这台设备不能定位');
    return;
  }
  say('正在获取位置…');
  navigator.geolocation.getCurrentPosition(({ coords: { latitude, longitude, accuracy } }) => {
    spot = { latitude, longitude, accuracy };
    showTray();
    say(accuracy > 1000 ? '定位不够准确，最好再输入详细地址。' : '');
    announce('已添加位置，按“发送”发出');
  }, (error) => sorry(error.code === 1 ? '没有得到定位许可' : '暂时无法定位'), { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
}

$('composer').addEventListener('submit', (event) => { event.preventDefault(); send(); });
$('send').addEventListener('mousedown', (event) => event.preventDefault()); // the keyboard stays up for the next message
box.addEventListener('compositionstart', () => { composing = true; });
box.addEventListener('compositionend', () => { composing = false; });
box.addEventListener('input', () => {
  keep('sessionStorage', 'jiesu-draft', box.value); // Android may drop the page while the camera is open
  ready();
});
// Enter sends, on phones too: the key there is labelled 发送 (enterkeyhint), as in WeChat. Never while the input
// method is composing: 229 is what Safari and many phone keyboards report then.
let newline = false;
box.addEventListener('keydown', (event) => {
  newline = event.shiftKey || event.altKey;
  if (event.key !== 'Enter' || newline || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (!event.repeat) send();
});
// Phone keyboards that report every key as 229 still say here that a line break was meant.
box.addEventListener('beforeinput', (event) => {
  if (!/^insert(LineBreak|Paragraph)$/.test(event.inputType) || newline || event.isComposing || composing) return;
  event.preventDefault();
  send();
});
box.addEventListener('paste', (event) => {
  const files = [...event.clipboardData.files].filter((file) => /^image\//.test(file.type));
  if (!files.length) return;
  event.preventDefault();
  attach(files);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault(); // or a photo that misses would replace the page
  attach([...event.dataTransfer.files].filter((file) => /^image\//.test(file.type)));
});
$('photo').addEventListener('click', () => $('files').click());
$('files').addEventListener('change', () => {
  attach($('files').files);
  $('files').value = ''; // so that the same photo can be chosen again
});
// Chrome on Android 14+ offers no camera when only images are accepted; a type that no file has brings it back
// (crbug.com/40937303). Apps that embed a browser have choosers of their own.
if (/Android.*Chrome/.test(navigator.userAgent) && !/; wv|MicroMessenger/.test(navigator.userAgent)) $('files').accept += ',android/allowCamera';
$('place').addEventListener('click', locate);
if (window.MediaRecorder && navigator.mediaDevices) $('talk').hidden = false;
const press = () => (recorder ? hush() : talk());
$('talk').addEventListener('pointerdown', press);
document.addEventListener('pointerup', () => { if (Date.now() - began > 700) hush(); });
$('talk').addEventListener('click', (event) => event.detail || press()); // by the keyboard
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hush(recorder, true); });

// ---- Header ----

let status = 'bot';
const STATUS = { bot: '智能客服', waiting: '正在转接人工…', operator: '人工客服' };

function showStatus(now) {
  status = now;
  const what = STATUS[now] || STATUS.bot;
  const text = now === 'waiting' || !session.city ? what : `${session.city} · ${what}`; // the news fits one line without the city
  if ($('status').textContent !== text) $('status').textContent = text;
  $('human').setAttribute('aria-disabled', String(now === 'waiting' || now === 'operator'));
}

$('human').addEventListener('click', () => {
  const last = items[items.length - 1];
  if ($('human').getAttribute('aria-disabled') === 'true' || (last && last.m.text === '转人工')) return; // asked already
  enqueue({ text: '转人工' });
});

function large(on) {
  document.documentElement.classList.toggle('large', on);
  $('large').setAttribute('aria-pressed', String(on));
  ready();
}
$('large').addEventListener('click', () => {
  const on = $('large').getAttribute('aria-pressed') !== 'true';
  keep('localStorage', 'jiesu-large', on ? '1' : '');
  large(on);
});

let title = document.title;
function welcome() {
  title = document.title = `${session.hotline || '12345'} 在线客服`;
  $('title').textContent = title;
  showStatus(status);
  $('greeting').textContent = '';
  rich($('greeting'), session.greeting);
  $('suggestions').textContent = '';
  for (const text of session.suggestions || []) {
    $('suggestions').append(el('li', {}, button(text, () => enqueue({ text }))));
  }
  $('intro').hidden = false;
  freshen();
}

// Suggestions are for those who have said nothing yet.
function freshen() {
  const fresh = !items.some((item) => item.kind === 'mine');
  $('content').classList.toggle('fresh', fresh);
  $('asks').hidden = !fresh || !$('suggestions').firstChild;
}

// ---- Scrolling ----

const nearEnd = () => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < 48;
let stuck = true; // the reader is at the end and wants to stay there
let unread = 0;
let anchor = null; // the first message of the burst being revealed: never scroll past its beginning
let anchored = 0;

function stickToEnd() {
  stuck = true;
  anchor = null;
  settleScroll();
}

function settleScroll() {
  if (!stuck || !items.length) return; // the greeting is read from its beginning
  const end = scroller.scrollHeight - scroller.clientHeight;
  const begin = anchor && Date.now() - anchored < 4000 ? anchor.offsetTop - 8 : end;
  scroller.scrollTop = Math.min(end, begin);
  stuck = nearEnd();
}

function reveal(item) {
  if (document.hidden) document.title = `【新消息】${title}`;
  if (stuck) {
    if (!anchor || Date.now() - anchored > 4000) anchor = item.node;
    anchored = Date.now();
    settleScroll();
    return;
  }
  unread += 1;
  $('pill').lastElementChild.textContent = unread > 1 ? `${unread} 条新消息` : '新消息';
  $('pill').hidden = false;
}

function showTyping(on) {
  $('typing').hidden = !on;
  settleScroll();
}

scroller.addEventListener('scroll', () => {
  stuck = nearEnd();
  if (!stuck) return;
  unread = 0;
  $('pill').hidden = true;
}, { passive: true });
$('pill').addEventListener('click', () => {
  scroller.focus({ preventScroll: true });
  stickToEnd();
});
// The keyboard opens, a picture loads, the print grows: stay at the end.
if (window.ResizeObserver) {
  const observer = new ResizeObserver(settleScroll);
  observer.observe(scroller);
  observer.observe($('content'));
}

// iOS lays its keyboard over the page and pushes the page up; follow what is really visible. Not while pinch-zoomed:
// the reader is looking closely then, and the page must stay as it is.
const view = window.visualViewport;
function fit() {
  if (view.scale > 1.01) return;
  const covered = window.innerHeight - view.height > 60;
  document.documentElement.style.setProperty('--height', covered ? `${view.height}px` : '');
  document.documentElement.style.setProperty('--top', covered ? `${view.offsetTop}px` : '');
}
if (view) {
  view.addEventListener('resize', fit);
  view.addEventListener('scroll', fit);
}

// ---- Start ----

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  document.title = title;
  if (Date.now() - heard > SILENCE && stream) stream.abort(); // slept in a pocket: do not wait to find out
  wake();
});
window.addEventListener('online', () => {
  if (stream) stream.abort(); // from Wi-Fi to mobile, the old connection is dead without knowing it
  wake();
});

const query = new URLSearchParams(location.search);
const asked = query.get('large') === '1';
if (asked) { // the link counts as pressing the button once, so that the button can undo it
  keep('localStorage', 'jiesu-large', '1');
  query.delete('large');
  history.replaceState(null, '', location.pathname + (`${query}` && `?${query}`) + location.hash);
}
large(asked || kept('localStorage', 'jiesu-large') === '1');
box.value = kept('sessionStorage', 'jiesu-draft') || '';
restore();
ready();
offline();
follow();

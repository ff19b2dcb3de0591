// Keeps views in the ways that programs do, 20 of each. A view keeps 70,000 bytes and its number.
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, setMaxListeners } from 'node:events';
import http from 'node:http';
import { PassThrough } from 'node:stream';

const sliver = (number) => Buffer.allocUnsafeSlow(70_000 + number).subarray(0, 16);
const often = (step) => { for (let i = 0; i < 20; i++) step(i); };

const cache = new Map();
often((i) => cache.set(i, sliver(1)));

const members = new Set();
often(() => members.add(sliver(2)));

const resolvers = [];
async function waits() {
  const held = sliver(3);
  await new Promise((resolve) => resolvers.push(resolve));
  return held;
}
often(() => { waits(); });

class Session {
  id = sliver(4);
  #secret = sliver(5);
  get secret() { return this.#secret; }
}
const sessions = [];
often(() => sessions.push(new Session()));

const bus = new EventEmitter().setMaxListeners(0);
function listen(head) { bus.on('tick', function onTick() { return head; }); }
often(() => listen(sliver(6)));

const done = [];
often(() => done.push(Promise.resolve(sliver(7))));

often(() => {
  for (const head of [sliver(8)]) setTimeout(function expire() { return head; }, 1e6);
});

const meta = new WeakMap();
const held = { far: { away: { keys: [] } } };
often((i) => { const key = { i }; held.far.away.keys.push(key); meta.set(key, sliver(9)); });

often(() => setTimeout(String, 1e6, sliver(10)));

const bound = [];
often(() => bound.push(String.bind(null, sliver(11))));

function* generate() {
  const held = sliver(12);
  yield;
  return held;
}
const generators = [];
often(() => { const generator = generate(); generator.next(); generators.push(generator); });

globalThis.leaked = [];
often(() => leaked.push(sliver(13)));

const app = { state: { users: new Map() } };
often((i) => app.state.users.set(i, { profile: { avatar: sliver(14) } }));

const storage = new AsyncLocalStorage();
often(() => storage.run({ body: sliver(15) }, () => setTimeout(String, 1e6)));

export const exported = { list: [] };
often(() => exported.list.push(sliver(16)));

const byName = {};
often((i) => { byName[`user-${i}`] = sliver(17); });

function once(head) { bus.once('tock', function onTock() { return head; }); }
often(() => once(sliver(18)));

const target = new EventTarget();
setMaxListeners(0, target);
function attend(head) { target.addEventListener('x', function onX() { return head; }); }
often(() => attend(sliver(19)));

const never = new Promise(() => {});
function chain(head) { never.then(function then() { return head; }); }
often(() => chain(sliver(20)));

const stream = new PassThrough({ highWaterMark: 1e9 });
often(() => stream.write(sliver(21)));

const all = () => [cache, members, resolvers, sessions, done, meta, held, bound, generators, app, byName, target, never, stream];
const server = http.createServer((request, response) => response.end(String(all().length)));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

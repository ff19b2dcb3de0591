// The other classic leak: whole buffers, used once, pile up in an array that only a closure can reach.
//
//     plimsoll audit --for 2s examples/closure-leak.js
//
// Every buffer shows all that it holds, so no copy would free anything: "would free" is 0. What the report does
// say is how much is held, and on which line it was born. Left alone, the program ends after three seconds.
'use strict';

const SAMPLE_BYTES = 1024 * 1024;
const EVERY_MS = 50;
const ENOUGH = 60;

function startSampler() {
  const samples = [];

  function takeSample() {
    const sample = Buffer.alloc(SAMPLE_BYTES);
    sample.writeUInt32BE(samples.length + 1, 0);
    samples.push(sample);
    if (samples.length % 10 === 0) console.log(`${samples.length} samples taken`);
    if (samples.length === ENOUGH) clearInterval(timer);
  }

  const timer = setInterval(takeSample, EVERY_MS);
  takeSample();

  // Nobody ever asks for any sample but the newest: `samples` should have been a variable, not an array.
  return () => samples.at(-1);
}

const newest = startSampler();
console.log(`the newest sample is number ${newest().readUInt32BE(0)}`);

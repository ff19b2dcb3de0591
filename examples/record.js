// Records what the example programs print under the reference Node, in examples/expected/*.txt, so that tests need
// no Node. Also checks that every place in examples/expected/figures.json still points at the call that it names.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const REFERENCE = 'v25.8.1';
const EXPECTED = path.join(__dirname, 'expected');
const USAGE = `usage: node examples/record.js [--check] [--any]

  --check   compare with what is recorded, write nothing
  --any     accept a Node other than ${REFERENCE}

The reference Node is the npm package node@25.8.1:
  npm install --prefix SOME_FOLDER node@25.8.1
  SOME_FOLDER/node_modules/.bin/node examples/record.js`;

// `console.timeEnd` prints "label: 1.234ms". Times differ from run to run; tests replace them in the same way.
function withoutTimes(output) {
  return output.replace(/^(.+: )\d+(\.\d+)?(ms|s)$/gm, '$1<time>');
}

function examples() {
  const self = path.basename(__filename);
  return fs.readdirSync(__dirname).filter((name) => name.endsWith('.js') && name !== self);
}

function outputOf(name) {
  const run = spawnSync(process.execPath, [path.join(__dirname, name)], { encoding: 'utf8' });
  if (run.error) throw run.error;
  if (run.status !== 0 || run.stderr !== '') {
    throw new Error(`${name} ended with ${run.status ?? run.signal} and said:\n${run.stderr}`);
  }
  return withoutTimes(run.stdout);
}

// Writes the output of one example, or compares it; returns whether all is well.
function record(name, check) {
  const file = path.join(EXPECTED, name.replace(/\.js$/, '.txt'));
  const output = outputOf(name);
  if (!check) {
    fs.writeFileSync(file, output);
    console.log(`recorded ${name}`);
    return true;
  }
  const same = fs.existsSync(file) && fs.readFileSync(file, 'utf8') === output;
  console.log(`${same ? 'same    ' : 'DIFFERS '} ${name}`);
  return same;
}

// All objects in the figures that name a call and where it stands: { "where": "file:line:column", "call": "slice" }.
function placesIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(placesIn);
  return 'call' in value ? [value, ...inside] : inside;
}

function stands({ where, call }) {
  const [file, line, column] = where.split(':');
  const text = fs.readFileSync(path.join(__dirname, '..', file), 'utf8').split('\n')[line - 1] ?? '';
  return text.startsWith(call, column - 1);
}

function checkFigures() {
  const figures = JSON.parse(fs.readFileSync(path.join(EXPECTED, 'figures.json'), 'utf8'));
  const astray = placesIn(figures).filter((place) => !stands(place));
  for (const { where, call } of astray) console.log(`figures.json: no ${call} at ${where}`);
  return astray.length === 0;
}

function main(args) {
  if (args.some((arg) => arg !== '--check' && arg !== '--any')) {
    console.error(USAGE);
    return 2;
  }
  if (process.version !== REFERENCE && !args.includes('--any')) {
    console.error(`this is Node ${process.version}, not ${REFERENCE}\n\n${USAGE}`);
    return 1;
  }
  const recorded = examples().map((name) => record(name, args.includes('--check')));
  return recorded.every(Boolean) && checkFigures() ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));

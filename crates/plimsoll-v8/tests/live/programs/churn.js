// Starts and ends workers all the time. Answers when a file `go_on` appears in the folder, with `go_on.done`.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const folder = process.argv[2];
const start = () => new Worker('setTimeout(() => {}, Math.random() * 20)', { eval: true }).on('exit', start);
for (let i = 0; i < 4; i++) start();

setInterval(() => {
  const file = path.join(folder, 'go_on');
  if (!fs.existsSync(file)) return;
  fs.unlinkSync(file);
  fs.writeFileSync(`${file}.part`, 'true');
  fs.renameSync(`${file}.part`, `${file}.done`);
}, 10);
setTimeout(() => console.log('ready'), 200);

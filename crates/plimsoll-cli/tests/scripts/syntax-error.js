// Does not parse: line 5 is at fault. Nothing of it may run.
console.log('never printed');

const bytes = Buffer.alloc(16);
const view = bytes.slice(0, 8;

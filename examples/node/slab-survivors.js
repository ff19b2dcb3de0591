// An HTTP service that keeps one small Buffer of each request, made between others: each keeps a slab of Node's pool.
//
//   node slab-survivors.js [PORT]     GET /keep, and `GET /count`
//   COMPACT=1 node slab-survivors.js  the same with the cure
'use strict';
const http = require('node:http');

const tokens = [];
const keep = process.env.COMPACT ? (view) => Uint8Array.prototype.slice.call(view) : (view) => view;

const server = http.createServer(function token(request, response) {
  if (request.url === '/count') return response.end(String(tokens.length));
  if (request.url !== '/keep') return response.end();
  tokens.push(keep(Buffer.from('token ' + tokens.length)));
  // What every request does meanwhile: more than a slab of scratch in small pieces, gone when it is answered.
  for (let used = 0; used < 2 * Buffer.poolSize; used += 1024) Buffer.allocUnsafe(1024);
  response.end('kept');
});

server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

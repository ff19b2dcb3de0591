// An HTTP service whose timers and callbacks close over a whole body for the sake of its first bytes.
//
//   node closure.js [PORT]            POST anything, and `GET /count`
//   COMPACT=1 node closure.js         the same with the cure
'use strict';
const http = require('node:http');

const callbacks = [];
const keep = process.env.COMPACT ? (view) => Uint8Array.prototype.slice.call(view) : (view) => view;

function useHead(body) {
  const head = keep(body.subarray(0, 32));
  return function later() { return head[0]; };
}

const server = http.createServer(function receive(request, response) {
  if (request.url === '/count') return response.end(String(callbacks.length));
  const body = Buffer.allocUnsafeSlow(Number(request.headers['content-length'] ?? 0));
  let at = 0;
  request.on('data', (chunk) => { at += chunk.copy(body, at); });
  request.on('end', () => {
    if (body.length >= 32) callbacks.push(useHead(body));
    response.end('kept');
  });
});

server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

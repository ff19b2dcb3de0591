// An HTTP service that keeps a 16-byte id of each upload: a view, so it keeps the whole body.
//
//   node session-ids.js [PORT]        POST anything of 64 KiB and more; `GET /count` tells how many ids are kept
//   COMPACT=1 node session-ids.js     the same with the cure
'use strict';
const http = require('node:http');

const sessions = new Map();
const keep = process.env.COMPACT ? (view) => Uint8Array.prototype.slice.call(view) : (view) => view;

const server = http.createServer(function upload(request, response) {
  if (request.url === '/count') return response.end(String(sessions.size));
  const body = Buffer.allocUnsafeSlow(Number(request.headers['content-length'] ?? 0));
  let at = 0;
  request.on('data', (chunk) => { at += chunk.copy(body, at); });
  request.on('end', () => {
    if (body.length >= 16) sessions.set(sessions.size, keep(body.subarray(0, 16)));
    response.end('kept');
  });
});

server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

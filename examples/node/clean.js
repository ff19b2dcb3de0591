// An HTTP service that keeps what it needs and no more: ids as strings.
//
//   node clean.js [PORT]              POST anything, and `GET /count`
'use strict';
const http = require('node:http');

const sessions = new Map();

const server = http.createServer(function upload(request, response) {
  if (request.url === '/count') return response.end(String(sessions.size));
  const body = Buffer.allocUnsafeSlow(Number(request.headers['content-length'] ?? 0));
  let at = 0;
  request.on('data', (chunk) => { at += chunk.copy(body, at); });
  request.on('end', () => {
    if (body.length >= 16) sessions.set(sessions.size, body.latin1Slice(0, 16));
    response.end('kept');
  });
});

server.listen(Number(process.argv[2] || 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

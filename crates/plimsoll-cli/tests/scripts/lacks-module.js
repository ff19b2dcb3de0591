// Asks for a module that the host lacks: the error says so, and what to run instead. (Node has it.)
'use strict';

const http = require('http');

console.log(typeof http.createServer);

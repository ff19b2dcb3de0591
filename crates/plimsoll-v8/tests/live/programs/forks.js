// Forks itself, the way that hands its own options on, and ends as its child does.
'use strict';
if (process.send) process.exit(5);
else require('node:child_process').fork(__filename).on('exit', (code) => { process.exitCode = code; });

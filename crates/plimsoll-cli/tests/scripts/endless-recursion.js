// Calls itself until the stack is full: an uncaught RangeError, not a crash.
'use strict';

function dive(depth) {
  return 1 + dive(depth + 1);
}

console.log('diving');
console.log(dive(0));

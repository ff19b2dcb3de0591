// Asks for more than any store may hold, 1 TiB: first caught, then not.
'use strict';

try {
  Buffer.alloc(2 ** 40);
} catch (error) {
  console.log(`${error.name} was caught`);
}
Buffer.allocUnsafeSlow(2 ** 40);
console.log('never printed');

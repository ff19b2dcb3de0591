// Prints what stands behind the script on the command line.
console.log(process.argv.slice(2).join('|'));

// A length field that was forgotten: the body begins four bytes before the head ends.
const packet = Buffer.alloc(4096)
const head = packet.subarray(0, 24)
const body = packet.subarray(20, 2020)
head.writeUInt32BE(body.length, 20)

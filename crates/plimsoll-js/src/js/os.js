// The module `os`, as far as programs that handle bytes ask.
//
// Needs of `internal`: platform, arch, environment
(function (internal) {
  'use strict';

  return {
    EOL: '\n',
    devNull: '/dev/null',
    tmpdir() {
      const { TMPDIR, TMP, TEMP } = internal.environment;
      const path = TMPDIR || TMP || TEMP || '/tmp';
      return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    },
    endianness: () => (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 'LE' : 'BE'),
    platform: () => internal.platform,
    type: () => 'Linux',
    arch: () => internal.arch,
    homedir: () => internal.environment.HOME ?? '/',
    availableParallelism: () => internal.parallelism,
    cpus: () => Array.from({ length: internal.parallelism }, () => ({ model: 'unknown', speed: 0, times: {} })),
    uptime: () => internal.now() / 1000,
  };
})

#!/usr/bin/env bash
# What a whole `plimsoll audit` of a heap snapshot costs, beside what other readers need up to their table of classes:
#
#     bash benches/heap/rivals.sh SNAPSHOT [FOLDER]
#
# All in one run, with the file in memory, each program twice: the run that took less CPU time counts. Peak memory is what was resident,
# mapped files included. Rivals come from npm and crates.io into FOLDER (rivals, in the target folder). One that cannot be had, fails or
# takes longer than LIMIT seconds (1800) is named, and the others go on. Needs Cargo, npm and GNU time. From the environment:
# NODE, instead of Node 26 from npm; HEAP_SNAPSHOT, a heap-snapshot built from source, where the prebuilt one does not start.
set -uo pipefail
export LC_ALL=C

heap_snapshot=0.0.10 parser=1.1.0 devtools=1.0.1705227 esbuild=0.28.2 memlab=2.0.5 node_major=26

[ -r "${1:-}" ] || { echo "usage: bash benches/heap/rivals.sh SNAPSHOT [FOLDER]" >&2; exit 2; }
root=$(realpath "$(dirname "$0")/../..")
target=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
file=$(realpath "$1")
folder=$(realpath -m "${2:-$target/rivals}")
limit=${LIMIT:-1800}
mkdir -p "$folder"/{tmp,parser/src,devtools,memlab}
export TMPDIR=$folder/tmp npm_config_cache=$folder/npm
log=$folder/log
rows=()

left_out() { echo "left out: $1: $2"; }
trouble() { grep -i -m 1 error "$log" || tail -n 1 "$log"; }

# get NAME PACKAGE...: npm packages, in a folder of their own. Their install scripts do not run: nothing here needs them.
get() {
  mkdir -p "$folder/$1"
  npm install --prefix "$folder/$1" --prefer-offline --ignore-scripts --no-audit --no-fund "${@:2}" > "$log" 2>&1
}

# measure NAME COMMAND...: adds a row to the table.
measure() {
  local name=$1 runs='' status
  shift
  for _ in 1 2; do
    /usr/bin/time -q -o "$folder/time" -f '%U %S %e %M' timeout --foreground "$limit" "$@" > /dev/null 2> "$log"
    status=$?
    case $status:$name in
      0:* | 1:plimsoll*) ;; # plimsoll's 1 says that it found something
      124:*) left_out "$name" "not done after $limit s"; return 1 ;;
      *) left_out "$name" "failed with $status: $(trouble)"; return 1 ;;
    esac
    runs+=$(cat "$folder/time")$'\n'
  done
  rows+=("$name|$(printf %s "$runs" | awk '{ print $1 + $2, $3, $4 }' | sort -g | head -n 1)")
  echo "done: $name"
}

# --- What is measured ---

cargo build --release --manifest-path "$root/Cargo.toml" --target-dir "$target" -p plimsoll-cli || exit
cat "$file" > /dev/null
measure "$("$target/release/plimsoll" --version)" "$target/release/plimsoll" audit "$file" || exit

platform=$(node -p 'process.platform + "-" + process.arch')
node=${NODE:-$folder/node/node_modules/node-$platform/bin/node}
if [ -z "${NODE:-}" ] && ! get node "node-$platform@$node_major" && [ ! -x "$node" ]; then
  left_out "Node $node_major" "$(trouble). Instead of it, $(node --version)"
  node=node
fi
script() { measure "$1, Node $("$node" -p process.versions.node)" "$node" --max-old-space-size=14000 "$2" "$file"; }

name="@heap-snapshot/cli $heap_snapshot"
program=$folder/heap-snapshot/node_modules/@heap-snapshot/$platform/heap-snapshot
if [ -n "${HEAP_SNAPSHOT:-}" ]; then
  measure "@heap-snapshot/cli, built from source" "$HEAP_SNAPSHOT" summary "$file"
elif ! get heap-snapshot "@heap-snapshot/$platform@$heap_snapshot"; then
  left_out "$name" "$(trouble)"
elif ! "$program" --help > /dev/null 2> "$log"; then
  why=$(sed '1!d; s/ (.*//; s/.*: //' "$log")
  left_out "$name" "the prebuilt program does not start here ($why). Build dinfuehr/heap-snapshot, and set HEAP_SNAPSHOT"
else
  measure "$name" "$program" summary "$file"
fi

# `decode_slice` takes a few per cent less CPU time than `decode_reader`, and at the peak as much memory.
name="v8-heap-parser $parser"
cat > "$folder/parser/Cargo.toml" <<END
[package]
name = "parser"
edition = "2021"
[dependencies]
v8-heap-parser = "=$parser"
[profile.release]
lto = "fat"
codegen-units = 1
[workspace]
END
cat > "$folder/parser/src/main.rs" <<'END'
fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let graph = v8_heap_parser::decode_slice(&bytes).unwrap();
    drop(bytes);
    println!("{} classes", graph.get_class_groups(false).len());
    std::process::exit(0); // nothing is freed: that is no part of the work
}
END
if cargo build --release --manifest-path "$folder/parser/Cargo.toml" --target-dir "$folder/parser/target" > "$log" 2>&1; then
  measure "$name" "$folder/parser/target/release/parser" "$file"
else
  left_out "$name" "$(trouble)"
fi

# The code of DevTools' worker, with a second one for the dominators as in DevTools. There the first is a thread of its own as well, which
# costs a little more: chunks have to be handed to it.
name="chrome-devtools-frontend $devtools"
here=$folder/devtools
front=$here/node_modules/chrome-devtools-frontend/front_end
cat > "$here/main.mjs" <<'END'
import fs from 'node:fs';
import { MessageChannel, Worker } from 'node:worker_threads';
import { HeapSnapshotLoader } from 'front_end/entrypoints/heap_snapshot_worker/HeapSnapshotLoader.ts';
import { NodeFilter } from 'front_end/models/heap_snapshot/HeapSnapshotModel.ts';

const second = new Worker(new URL('worker.mjs', import.meta.url));
await new Promise(ready => second.once('message', ready));
const { port1, port2 } = new MessageChannel();
second.postMessage({ disposition: 'setupForSecondaryInit', objectId: 1 }, [port2]);

const loader = new HeapSnapshotLoader({ sendEvent() {} });
// DevTools' chunks.
for await (const chunk of fs.createReadStream(process.argv[2], { encoding: 'utf8', highWaterMark: 10_000_000 })) loader.write(chunk);
loader.close();
const snapshot = await loader.buildSnapshot(port1);
const classes = Object.keys(snapshot.aggregatesWithFilter(new NodeFilter())).length;
console.log(`${classes} classes`);
process.exit(classes > 0 ? 0 : 1);
END
# Its build makes the list of languages.
if get devtools "chrome-devtools-frontend@$devtools" "esbuild@$esbuild" &&
  echo "export const LOCALES = ['en-US'], BUNDLED_LOCALES = LOCALES, DEFAULT_LOCALE = 'en-US', REMOTE_FETCH_PATTERN = '', LOCAL_FETCH_PATTERN = '';" \
    > "$front/core/i18n/locales.js" &&
  "$here/node_modules/.bin/esbuild" main="$here/main.mjs" worker="$front/entrypoints/heap_snapshot_worker/heap_snapshot_worker-entrypoint.ts" \
    --alias:front_end="$front" --bundle --platform=node --format=esm --outdir="$here/out" --out-extension:.js=.mjs > "$log" 2>&1; then
  script "$name" "$here/out/main.mjs"
else
  left_out "$name" "$(trouble)"
fi

# Adding up retained sizes counts what is inside another object of the class twice. Leaving that out, as the others do, would take longer.
name="@memlab/heap-analysis $memlab"
cat > "$folder/memlab/main.cjs" <<'END'
const { getFullHeapFromFile } = require('@memlab/heap-analysis');
getFullHeapFromFile(process.argv[2]).then(heap => {
  const classes = new Map();
  heap.nodes.forEach(node => {
    const name = node.type === 'object' || node.type === 'native' ? node.name : `(${node.type})`;
    let row = classes.get(name);
    if (!row) classes.set(name, row = { count: 0, shallow: 0, retained: 0 });
    row.count++;
    row.shallow += node.self_size;
    row.retained += node.retainedSize;
  });
  console.log(`${classes.size} classes`);
  process.exit(classes.size > 0 ? 0 : 1);
});
END
if get memlab "@memlab/heap-analysis@$memlab"; then script "$name" "$folder/memlab/main.cjs"; else left_out "$name" "$(trouble)"; fi

# --- The table ---

nodes=$(head -c 65536 "$file" | grep -a -o '"node_count": *[0-9]*' | grep -o '[0-9]*$')
printf '%s\n' "${rows[@]}" | awk -F '|' -v bytes="$(stat -c %s "$file")" -v nodes="$nodes" -v cores="$(nproc)" '
  function cell(text) { table[rows, ++columns] = text; if (length(text) > wide[columns]) wide[columns] = length(text) }
  function per(a, b) { return b > 0 ? sprintf("%.2f", a / b) : "-" }
  BEGIN {
    rows = 0
    count = split("|CPU s|CPU s/GB|wall s|wall/CPU|peak MB|bytes/node|of its CPU|of its memory", heads, "|")
    for (i = 1; i <= count; i++) cell(heads[i])
  }
  {
    split($2, run, " "); cpu = run[1]; wall = run[2]; peak = run[3] * 1024
    if (NR == 1) { our_cpu = cpu; our_peak = peak }
    rows++; columns = 0
    cell($1); cell(sprintf("%.2f", cpu)); cell(per(cpu, bytes / 1e9)); cell(sprintf("%.2f", wall)); cell(per(wall, cpu))
    cell(sprintf("%.0f", peak / 1e6)); cell(sprintf("%.0f", peak / nodes)); cell(per(our_cpu, cpu)); cell(per(our_peak, peak))
  }
  END {
    printf "\n%.0f MB, %d nodes, %d cores. The last two columns: what plimsoll takes of it.\n", bytes / 1e6, nodes, cores
    for (row = 0; row <= rows; row++)
      for (i = 1; i <= count; i++) printf(i == 1 ? "%-*s" : i < count ? "  %*s" : "  %*s\n", wide[i], table[row, i])
  }'

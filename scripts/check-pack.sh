#!/usr/bin/env bash
# Proves the package: packs it, checks its files, looks in them for secrets of the machine that built them, installs it with runtime dependencies alone into an empty folder, starts it
# there, uses it by command line and HTTP, and stops it with SIGTERM.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
server=""
quill=""
trap 'for one in $server $quill; do kill -TERM -- "-$one" 2>/dev/null || true; done; rm -rf "$work"' EXIT

fail() {
  echo "check-pack: $*" >&2
  if [ -f "$work/server.log" ]; then tail -n 40 "$work/server.log" >&2; fi
  exit 1
}

echo "pack, on a machine that is full of secrets"
canary="canary-$RANDOM$RANDOM$RANDOM$RANDOM"
env ADMIN_TOKEN="$canary-admin-token" LEVER_CLIENT_SECRET="$canary-secret" LEVER_SANDBOX_CLIENT_SECRET="$canary-sandbox" \
  CREDENTIALS_KEYS="k1:$canary-key" MONGODB_URI="mongodb://user:$canary-password@127.0.0.1:1/x" NPM_TOKEN="$canary-token" \
  npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(ls "$work"/*.tgz)

# found_in <tarball>: how many lines of its files hold the canary. Counted to the end: a reader that leaves early would fail tar.
found_in() { tar -xOzf "$1" | grep -acF "$canary" || true; }
mkdir "$work/planted"
echo "const key = '$canary-key';" >"$work/planted/bundle.js"
tar -czf "$work/planted/planted.tgz" -C "$work/planted" bundle.js
[ "$(found_in "$work/planted/planted.tgz")" = 1 ] || fail "the search for secrets does not find a planted one"
[ "$(found_in "$tarball")" = 0 ] || fail "the package holds a secret of the machine that built it"

tar -tzf "$tarball" | sed 's|^package/||' | sort >"$work/files"
for needed in bin/lever-connector.js dist/sdk/index.d.ts dist/dashboard/licences.txt package.json README.md LICENSE manifest.json docs/errors.md dist/cli/main.js dist/dashboard/index.html schemas/platform/manifest.json triggers/presets/persona.json schemas/operations/list_opportunities.json; do
  grep -qx "$needed" "$work/files" || fail "$needed is not in the package"
done
surplus=$(grep -vE '^(package\.json|README\.md|LICENSE|manifest\.json|docs/errors\.md|bin/lever-connector\.js|dist/.+|schemas/.+|triggers/presets/.+\.json)$' "$work/files" || true)
[ -z "$surplus" ] || fail "the package holds what it should not: $surplus"
surplus=$(grep -E '(\.map|\.test\.[jt]s|\.env|\.key|\.tgz)$|^dist/(test|bench|scripts)/' "$work/files" || true)
[ -z "$surplus" ] || fail "the package holds what it should not: $surplus"
surplus=$(grep -E '\.d\.ts$' "$work/files" | grep -vE '^(dist/sdk|dist/schemas/types)/' || true)
[ -z "$surplus" ] || fail "the package holds types of what may not be imported: $surplus"
for licence in "MIT License" "SIL OPEN FONT LICENSE" "Apache License"; do
  tar -xOzf "$tarball" package/dist/dashboard/licences.txt | grep -c "$licence" >/dev/null || fail "the licences of what the dashboard holds lack: $licence"
done
echo "  $(wc -l <"$work/files") files, $(du -k "$tarball" | cut -f1) kB"

echo "install into an empty folder, runtime dependencies only"
mkdir "$work/empty"
cd "$work/empty"
npm install --silent --no-audit --no-fund --omit=dev "$tarball"
for tool in typescript tsx jest vite react; do
  [ ! -e "node_modules/$tool" ] || fail "$tool was installed: it is a development tool"
done

echo "use its types"
cat >typed.mts <<'TYPED'
import { ApiError, createClient, type Credential } from "lever-connector/sdk";
const lever = createClient({ url: "http://127.0.0.1:3000", apiKey: "lc_x" });
const { output } = await lever.run("list_opportunities", { credential: "x", input: { limit: 1 } });
export const name: string | undefined = output.data[0]?.name;
// @ts-expect-error a filter that there is not
await lever.run("list_opportunities", { credential: "x", input: { limitt: 1 } });
export const kinds = [ApiError, {} as Credential];
TYPED
node "$root/node_modules/typescript/bin/tsc" --noEmit --strict --module nodenext --target es2022 --lib es2023,dom --skipLibCheck false --types '' typed.mts || fail "the types of the SDK do not compile"

echo "start"
read -r PORT PLAYGROUND_PORT < <(node -e '
  const servers = [0, 0].map((port) => require("node:net").createServer().listen(port, "127.0.0.1"));
  setTimeout(() => { console.log(servers.map((one) => one.address().port).join(" ")); process.exit(0); }, 50);
')
export PORT PLAYGROUND_PORT DATA_DIR="$work/data" ADMIN_TOKEN="check-pack-$RANDOM-$RANDOM-$RANDOM" LOG_LEVEL=warn
unset NODE_ENV PUBLIC_URL MONGODB_URI CREDENTIALS_KEYS CREDENTIALS_KEY_FILE HOST PLAYGROUND ENVIRONMENTS_FILE CONNECTORS_DIR
api="http://127.0.0.1:$PORT"

answers() {
  node -e "fetch('$api/$1').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
}

# Jobs get process groups of their own: npx passes a signal to its shell only, which does not pass it on; a terminal's Ctrl-C and
# this script reach the whole group.
set -m

# start <command…>: in the background, until it is ready.
start() {
  "$@" >"$work/server.log" 2>&1 </dev/null &
  server=$!
  for _ in $(seq 150); do
    if answers readyz; then return 0; fi
    kill -0 "$server" 2>/dev/null || fail "the server ended by itself"
    sleep 0.2
  done
  fail "the server is not ready after 30 s"
}

# stop: SIGTERM; sets `code` to the exit code.
stop() {
  kill -TERM -- "-$server"
  code=0
  wait "$server" || code=$?
  server=""
  for _ in $(seq 60); do
    if ! answers healthz; then return 0; fi
    sleep 0.2
  done
  fail "something still answers at $api after SIGTERM"
}

start npx --no-install lever-connector start

echo "use"
npx --no-install lever-connector credentials add --nickname Pack --environment playground --api-key playground >/dev/null || fail "credentials add: exit code $?"
npx --no-install lever-connector operations run list_opportunities --credential Pack --limit 2 --json >"$work/cli.json" || fail "operations run: exit code $?"
node -e 'const { output } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8")); process.exit(output.data.length === 2 ? 0 : 1)' "$work/cli.json" || fail "the command line did not answer two opportunities"
node --input-type=module -e '
  const answer = await fetch(`${process.argv[1]}/api/v1/operations/list_opportunities`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ credential: "Pack", input: { limit: 3 } }),
  });
  const { output } = await answer.json();
  process.exit(answer.status === 200 && output.data.length === 3 ? 0 : 1);
' "$api" || fail "the HTTP API did not answer three opportunities"

node --input-type=module -e '
  const page = await fetch(`${process.argv[1]}/`);
  const html = await page.text();
  const policy = page.headers.get("content-security-policy");
  const [, nonce] = /style-src [^;]*nonce-([^\x27]+)/.exec(policy) ?? [];
  const files = html.match(/\/assets\/[\w.-]+/g) ?? [];
  const answers = await Promise.all(files.map((file) => fetch(process.argv[1] + file)));
  const served = answers.filter((answer) => answer.ok);
  console.log(`  the dashboard: ${page.status}, ${served.length} of ${files.length} files`);
  process.exit(page.status === 200 && html.includes(nonce) && files.length > 0 && served.length === files.length ? 0 : 1);
' "$api" || fail "/ did not answer the dashboard with its files"

echo "stop"
# npx itself dies of the signal; the program's own exit code shows without npx in between.
stop
start node_modules/.bin/lever-connector start
stop
[ "$code" -eq 0 ] || fail "exit code $code after SIGTERM"
echo "use a connector that is only data"
mkdir "$work/connectors"
cp -R "$root/test/fixtures/connectors/quill" "$work/connectors/quill"
node -e '
  const { createServer } = require("node:http");
  const { writeFileSync } = require("node:fs");
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === "Bearer pack" && request.url.startsWith("/v1/tags?");
    response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(isKnown ? { data: [{ id: "tag_1", name: "Packed" }], page: 1, pages: 1 } : { error: {} }));
  });
  server.listen(0, "127.0.0.1", () => {
    const api = `http://127.0.0.1:${server.address().port}/v1`;
    writeFileSync(process.argv[1], JSON.stringify({ notebook: { connector: "quill", api } }));
  });
' "$work/environments.json" &
quill=$!
for _ in $(seq 50); do if [ -s "$work/environments.json" ]; then break; fi; sleep 0.1; done
export CONNECTORS_DIR="$work/connectors" ENVIRONMENTS_FILE="$work/environments.json"
start node_modules/.bin/lever-connector start
node --input-type=module -e '
  import { deepEqual } from "node:assert/strict";
  const headers = { authorization: `Bearer ${process.env.ADMIN_TOKEN}`, "content-type": "application/json" };
  const call = async (path, body) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    return (await fetch(`${process.argv[1]}/api/v1/${path}`, { headers, ...init })).json();
  };
  const { data } = await call("connectors");
  deepEqual(data.map(({ id }) => id), ["lever", "quill"]);
  const { auth, environments, operations } = await call("connectors/quill");
  deepEqual([auth.map(({ type }) => type), Object.keys(environments)], [["api_key"], ["production", "notebook"]]);
  deepEqual(operations.list_tags.input.properties.per_page.maximum, 50);
  const body = { connector: "quill", nickname: "Notes", environment: "notebook", auth: { type: "api_key", apiKey: "pack" } };
  deepEqual((await call("credentials", body)).connector, "quill");
  const { output } = await call("operations/list_tags", { credential: "Notes", input: { per_page: 1 } });
  deepEqual(output.data, [{ id: "tag_1", name: "Packed" }]);
' "$api" || fail "the connector of CONNECTORS_DIR is not usable"
node_modules/.bin/lever-connector connectors list >"$work/connectors.txt" || fail "connectors list: exit code $?"
grep -q Quill "$work/connectors.txt" || fail "the command line does not list the connector of CONNECTORS_DIR"
stop
kill -- "-$quill"
rm "$work/connectors/quill/manifest.json"
if node_modules/.bin/lever-connector connectors list >/dev/null 2>"$work/missing.txt"; then fail "a folder without manifest.json was skipped"; fi
grep -q "quill/ has no manifest.json" "$work/missing.txt" || fail "a folder without manifest.json is not named: $(cat "$work/missing.txt")"
echo "the package is good"

/** The arrows between the rooms (docs/architecture.md). A room may import only what is listed for it. */
const data = ["errors", "json-schema", "schemas", "text"];
const upToConnector = [...data, "store", "sealing", "connector"];
const upToCredentials = [...upToConnector, "credentials"];
const upToEngine = [...upToCredentials, "runtime", "workflows", "destinations", "engine", "triggers", "playground/index\\.ts"];
const upToApp = [...upToEngine, "app"];
const rooms = {
  text: [],
  schemas: [],
  errors: [],
  "json-schema": ["errors"],
  store: ["errors"],
  sealing: ["errors", "store", "text"],
  connector: [...data, "store/access\\.ts"],
  credentials: upToConnector,
  runtime: upToCredentials,
  workflows: ["errors", "json-schema", "schemas/types/", "text/scopes\\.ts"],
  destinations: [
    "errors",
    "store",
    "sealing",
    "schemas",
    "text",
    "connector/exact-json\\.ts",
    "connector/http/(proxy|host-list|retry-after)\\.ts",
    "runtime/events\\.ts",
  ],
  engine: [...upToCredentials, "runtime", "workflows", "destinations"],
  triggers: [...upToCredentials, "runtime", "workflows"],
  app: upToEngine,
  server: upToApp,
  cli: [...upToApp, "server"],
  playground: ["schemas"],
  sdk: ["schemas/types/"],
  dashboard: ["json-schema", "workflows", "schemas/types/", "sdk", "text"],
};

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-arrows`,
      severity: "error",
      comment: `${room}/ may import only itself, packages and: ${allowed.join(", ") || "nothing else"}`,
      from: { path: `^${room}/` },
      to: {
        path: `^(${Object.keys(rooms).join("|")}|test|bench|scripts)/`,
        pathNot: [`^${room}/`, ...allowed.map((p) => `^${p}`)],
      },
    })),
    {
      name: "workflows-are-pure",
      comment:
        "What a run does next must be the same wherever and whenever it is asked: no clock, no file, no network, and it runs in browsers",
      severity: "error",
      from: { path: "^workflows/" },
      to: {
        path: ".",
        pathNot: ["^(workflows|errors|json-schema|schemas/types)/", "^text/scopes\\.ts$", "^node_modules/liquidjs/"],
      },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "libsql-in-one-file",
      comment: "libsql aborts the process on a wrongly typed parameter; only its guard may import it",
      severity: "error",
      from: { pathNot: "^store/sqlite\\.ts$|^test/" },
      to: { path: "node_modules/libsql" },
    },
    {
      name: "mongoose-in-one-file",
      severity: "error",
      from: { pathNot: "^store/mongo\\.ts$|^test/|^bench/" },
      to: { path: "node_modules/(mongoose|mongodb)/" },
    },
  ],
  options: {
    parser: "swc",
    // Its swc parser cannot read JSX: scripts/check-page-imports.ts holds the dashboard's pages to the same rules.
    exclude: { path: "^(dist|\\.cache)/|\\.tsx$" },
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};

/** The arrows between the rooms (docs/architecture.md). A room may import only what is listed for it. */
const rooms = {
  text: [],
  schemas: [],
  connector: ["schemas", "text"],
  store: ["connector/errors\\.ts"],
  credentials: ["connector", "store", "schemas", "text"],
  runtime: ["connector", "store", "credentials", "schemas", "text"],
  server: ["connector", "store", "credentials", "runtime", "schemas", "text", "playground/index\\.ts"],
  cli: ["connector", "store", "credentials", "runtime", "server", "schemas", "text", "playground/index\\.ts"],
  playground: ["schemas"],
  sdk: ["schemas"],
  dashboard: ["schemas", "sdk", "text"],
};

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-arrows`,
      severity: "error",
      comment: `${room}/ may import only itself, packages and: ${allowed.join(", ") || "nothing else"}`,
      from: { path: `^${room}/` },
      to: {
        path: "^(text|schemas|connector|store|credentials|runtime|server|cli|playground|sdk|dashboard|test|bench|scripts)/",
        pathNot: [`^${room}/`, ...allowed.map((p) => `^${p}`)],
      },
    })),
    { name: "no-circular", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
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
    // Its swc parser cannot read JSX: what pages import is held by biome.json.
    exclude: { path: "^(dist|\\.cache)/|\\.tsx$" },
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const dockerfile = read("Dockerfile");
const ignored = read(".dockerignore");
const compose = read("compose.yaml");

function read(name: string): string {
  return readFileSync(join(root, name), "utf8");
}

function copy(names: readonly string[], from: string, to: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(join(from, name), join(to, name), { recursive: true });
  }
}

function run(cwd: string, command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Instructions with continued lines joined and comments left out. */
function instructions(text: string): { name: string; rest: string }[] {
  const joined = text.replace(/^#.*\n/gm, "").replace(/\\\n/g, " ");
  return joined.split("\n").flatMap((line) => {
    const match = /^([A-Z]+)\s+(.*)$/.exec(line.trim());
    return match ? [{ name: match[1] as string, rest: (match[2] as string).replace(/\s+/g, " ") }] : [];
  });
}

function stages(text: string) {
  const all: { name: string; rest: string }[][] = [];
  for (const instruction of instructions(text)) {
    if (instruction.name === "FROM") all.push([]);
    all.at(-1)?.push(instruction);
  }
  return all;
}

/** The lines of one service of the compose file, without their indentation. */
function service(name: string): string[] {
  const lines = compose.split("\n");
  const start = lines.indexOf(`  ${name}:`);
  expect(start).toBeGreaterThan(0);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^ {0,2}\S/.test(line));
  return rest.slice(0, end < 0 ? undefined : end).map((line) => line.trim());
}

describe("the container image", () => {
  const [build, final] = stages(dockerfile) as [ReturnType<typeof instructions>, ReturnType<typeof instructions>];
  const last = (name: string) => final.filter((instruction) => instruction.name === name).at(-1)?.rest ?? "";

  it("is built in stages, from bases with a pinned tag", () => {
    expect(stages(dockerfile)).toHaveLength(2);
    for (const stage of [build, final]) expect(stage[0]?.rest).toMatch(/^node:20-bookworm-slim( |$)/);
    expect(final.filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from=build "))).toEqual([]);
    expect(final.filter(({ rest }) => /npm (ci|install)/.test(rest))).toEqual([]);
  });

  it("installs exactly the lock, runs no install scripts, and keeps no development tools", () => {
    const runs = build.filter(({ name }) => name === "RUN").map(({ rest }) => rest);
    expect(runs).toContain("npm ci --ignore-scripts");
    expect(runs.at(-1)).toContain("npm prune --omit=dev");
  });

  it("runs as an unprivileged user by number, so that orchestrators can prove it", () => {
    expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const order = final.map(({ name }) => name);
    expect(order.lastIndexOf("USER")).toBeGreaterThan(order.lastIndexOf("COPY"));
    expect(final.filter(({ rest }) => rest.includes("--chown="))).toEqual([]);
  });

  it("lets signals reach node and says which one", () => {
    expect(JSON.parse(last("ENTRYPOINT"))[0]).toBe("node");
    expect(JSON.parse(last("CMD"))).toEqual(["start"]);
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
  });

  it("tells whether it is healthy, without a shell or another program", () => {
    const check = last("HEALTHCHECK");
    const command = JSON.parse(check.slice(check.indexOf("CMD ") + 4)) as string[];
    expect(command.slice(0, 2)).toEqual(["node", "-e"]);
    expect(command[2]).toContain("/readyz");
    expect(() => new Function(command[2] as string)).not.toThrow();
  });

  it("is in production mode, reachable from outside the container, with its data in a volume", () => {
    expect(last("ENV")).toMatch(/NODE_ENV=production/);
    expect(last("ENV")).toMatch(/HOST=0\.0\.0\.0/);
    expect(last("ENV")).toMatch(/DATA_DIR=\/data\b/);
    expect(last("VOLUME")).toBe("/data");
  });

  it("holds no secret in any layer", () => {
    expect(dockerfile).not.toMatch(/(TOKEN|SECRET|PASSWORD|CREDENTIALS_KEYS|API_KEY)\s*=/);
    expect(dockerfile).not.toMatch(/^ARG /m);
  });

  it("gets only files that are named", () => {
    const lines = ignored.split("\n").filter((line) => line && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    expect(lines.slice(1).every((line) => line.startsWith("!"))).toBe(true);
    expect(lines.filter((line) => /\.env|\.git|data|test|node_modules|dist/.test(line))).toEqual([]);
  });

  // There is no Docker where the tests run: the stages are played with copies, and with this checkout's node_modules.
  it("is built from the files it gets, and runs with those that its last stage keeps", () => {
    const work = mkdtempSync(join(tmpdir(), "lever-image-"));
    const [context, image] = [join(work, "context"), join(work, "image")] as const;
    const kept = final.filter(({ name }) => name === "COPY").flatMap(({ rest }) => rest.match(/(?<=\/app\/)\S+/g) ?? []);
    const named = ignored.split("\n").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    try {
      copy(named, root, context);
      symlinkSync(join(root, "node_modules"), join(context, "node_modules"));
      expect(run(context, "npm", "run", "build")).toMatchObject({ status: 0 });
      copy(kept, context, image);
      expect(kept).toContain("node_modules");
      // What the package is shipped with is read at run time, but for the link to the program.
      const { files } = JSON.parse(read("package.json")) as { files: string[] };
      expect(kept).toEqual(expect.arrayContaining(files.filter((file) => file !== "bin")));
      expect(run(image, "node", "dist/cli/main.js", "manifest", "validate")).toMatchObject({ status: 0 });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }, 120_000);
});

describe("the compose file", () => {
  it("has no tabs and indents by two", () => {
    const odd = compose.split("\n").filter((line) => line.includes("\t") || (/^ */.exec(line)?.[0].length ?? 0) % 2 === 1);
    expect(odd).toEqual([]);
  });

  it.each(["app", "mongo"])("gives %s no more rights than it needs", (name) => {
    const lines = service(name);
    expect(lines).toContain("read_only: true");
    expect(lines).toContain("- no-new-privileges:true");
    expect(lines[lines.indexOf("cap_drop:") + 1]).toBe("- ALL");
    expect(lines.filter((line) => /^(privileged|cap_add|pid|network_mode|ipc):/.test(line))).toEqual([]);
    expect(compose).not.toContain("docker.sock");
  });

  it("publishes the app on this machine only, and the database nowhere", () => {
    const ports = (name: string) => service(name).filter((line) => /^- "?[\d.]+:\d+/.test(line));
    expect(ports("app")).toEqual(['- "127.0.0.1:3000:3000"']);
    expect(service("mongo")).not.toContain("ports:");
    expect(service("mongo")).toContain("networks: [database]");
    expect(compose).toMatch(/^ {2}database:\n {4}internal: true$/m);
  });

  it("takes secrets from an env file alone", () => {
    expect(service("app")).toContain("env_file: .env");
    const set = compose.split("\n").filter((line) => !line.startsWith("#") && /(TOKEN|SECRET|PASSWORD|KEYS)\b.*[:=]/.test(line));
    expect(set).toEqual([]);
  });

  it("runs MongoDB as a replica set that starts itself, and the app only once it takes writes", () => {
    const mongo = service("mongo");
    expect(mongo.find((line) => line.startsWith("command:"))).toContain('"--replSet", "rs0"');
    expect(mongo.join("\n")).toMatch(/rs\.initiate\(\{ _id: 'rs0'.*isWritablePrimary/);
    const app = service("app");
    expect(app).toContain("condition: service_healthy");
    expect(app.find((line) => line.startsWith("MONGODB_URI:"))).toMatch(
      /^MONGODB_URI: mongodb:\/\/mongo:27017\/.*replicaSet=rs0/,
    );
  });

  it("gives the app time to drain, and pins the database's image", () => {
    expect(service("app")).toContain("stop_grace_period: 40s");
    expect(service("mongo").find((line) => line.startsWith("image:"))).toMatch(/^image: mongo:\d+\.\d+$/);
  });
});

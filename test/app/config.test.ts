import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { type Config, describeConfig, publicUrlOf, readConfig } from "../../app/config.ts";
import { readOAuthApps } from "../../app/oauth-variables.ts";
import { loadConnector } from "../../connector/manifest.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal } from "../../sealing/secret.ts";

/** OAuth apps of the built-in connector. */
function appsOf({ oauthVariables }: Config) {
  return readOAuthApps(oauthVariables, { all: [loadConnector({ check: false })] }).lever ?? {};
}

function refusal(env: Record<string, string>): ConnectorError {
  try {
    appsOf(readConfig(env));
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("readConfig", () => {
  it("needs nothing to be set", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 3000,
      dataDir: resolve("data"),
      oauthVariables: {},
      playground: true,
      playgroundPort: 3001,
      logLevel: "info",
      logReadSample: 1,
      trustProxy: 0,
      keepAliveSeconds: 75,
    });
  });

  it("turns the playground off in production, unless it is asked for", () => {
    expect(readConfig({ NODE_ENV: "production" }).playground).toBe(false);
    expect(readConfig({ NODE_ENV: "production", PLAYGROUND: "on" }).playground).toBe(true);
    expect(readConfig({ PLAYGROUND: "off" }).playground).toBe(false);
  });

  it("takes blank variables, as compose files pass them, for absent ones", () => {
    expect(readConfig({ PORT: "", PUBLIC_URL: "  ", MONGODB_URI: "", ADMIN_TOKEN: "" })).toEqual(readConfig({}));
  });

  it("reads proxies in capitals and in small letters, with or without a scheme", () => {
    const read = (env: Record<string, string>) => {
      const { https, http, noProxy } = readConfig(env).proxies ?? {};
      return [https && reveal(https), http && reveal(http), noProxy];
    };
    expect(read({ HTTPS_PROXY: "proxy.example.com:3128" })).toEqual(["http://proxy.example.com:3128/", undefined, undefined]);
    expect(read({ https_proxy: "https://a:b@p.example/", http_proxy: "http://q.example", no_proxy: "x" })).toEqual([
      "https://a:b@p.example/",
      "http://q.example/",
      "x",
    ]);
    expect(readConfig({ NO_PROXY: "x", HTTPS_PROXY: " " })).toEqual(readConfig({}));
  });

  it("takes quotes around a value away, as a shell does and Docker's --env-file does not", () => {
    const config = readConfig({
      PORT: '"4000"',
      LOG_LEVEL: "'debug'",
      PUBLIC_URL: ' "https://lever.example.com" ',
      LEVER_CLIENT_ID: '"id"',
      LEVER_CLIENT_SECRET: "'it''s'",
      ADMIN_TOKEN: '""',
      NODE_ENV: '"production"',
    });
    expect(config).toMatchObject({ port: 4000, logLevel: "debug", publicUrl: "https://lever.example.com", playground: false });
    expect(config.adminToken).toBeUndefined();
    const { clientId, clientSecret } = appsOf(config).production ?? {};
    expect([clientId, clientSecret && reveal(clientSecret)]).toEqual(["id", "it''s"]);
    expect(appsOf(readConfig({ LEVER_CLIENT_ID: `"id'`, LEVER_CLIENT_SECRET: '"' })).production?.clientId).toBe(`"id'`);
  });

  it("is reached at the address that it listens on, where that is one of this machine", () => {
    const at = (env: Record<string, string>) => publicUrlOf(readConfig(env));
    expect([at({}), at({ HOST: "0.0.0.0", PORT: "80" }), at({ HOST: "localhost" }), at({ HOST: "::1" })]).toEqual([
      "http://127.0.0.1:3000",
      "http://127.0.0.1:80",
      "http://localhost:3000",
      "http://[::1]:3000",
    ]);
    expect(at({ HOST: "::1", PUBLIC_URL: "https://lever.example.com" })).toBe("https://lever.example.com");
  });

  it("closes every secret at once", () => {
    const config = readConfig({
      MONGODB_URI: "mongodb://user:canary-1@db/x",
      CREDENTIALS_KEYS: "k1:canary-2",
      ADMIN_TOKEN: "canary-3-canary-3",
      LEVER_CLIENT_ID: "id",
      LEVER_CLIENT_SECRET: "canary-4",
      LEVER_SANDBOX_CLIENT_ID: "id2",
      LEVER_SANDBOX_CLIENT_SECRET: "canary-5",
      LEVER_SANDBOX_SCOPES: "a:read:admin offline_access",
      HTTPS_PROXY: "http://user:canary-6@proxy.example.com:3128",
    });
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain("canary");
    const { production, sandbox } = appsOf(config);
    expect(sandbox?.scopes).toEqual(["a:read:admin", "offline_access"]);
    expect(production && reveal(production.clientSecret)).toBe("canary-4");
  });

  it.each([
    ["PORT", "canary"],
    ["PORT", "70000"],
    ["PORT", "1.5"],
    ["PLAYGROUND_PORT", "-1"],
    ["PLAYGROUND", "canary"],
    ["LOG_LEVEL", "canary"],
    ["TRUST_PROXY", "true"],
    ["PUBLIC_URL", "canary"],
    ["PUBLIC_URL", "ftp://canary.example"],
    ["PUBLIC_URL", "https://lever.example.com/can%20ary"],
    ["PUBLIC_URL", "https://lever.example.com/?canary"],
    ["PUBLIC_URL", "https://canary:canary@lever.example.com"],
    ["MONGODB_URI", "postgres://canary"],
    ["HTTPS_PROXY", "socks5://canary.example"],
    ["HTTPS_PROXY", "http://user:canary%zz@proxy.example"],
    ["HTTP_PROXY", "http://canary canary"],
    ["ADMIN_TOKEN", "canary"],
    ["ADMIN_TOKEN", "canary canary canary"],
    ["ADMIN_TOKEN", "lc_canarycanarycanarycanary"],
  ])("refuses %s=%s with one message that names the variable and not the value", (name, value) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe("config_invalid");
    expect(error.message).toMatch(new RegExp(`^${name} must `));
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  it("names the missing half of an OAuth app", () => {
    expect(refusal({ LEVER_CLIENT_ID: "x" }).message).toContain("LEVER_CLIENT_SECRET must be set");
    expect(refusal({ LEVER_SANDBOX_CLIENT_SECRET: "x" }).message).toContain("LEVER_SANDBOX_CLIENT_ID must be set");
    expect(refusal({ LEVER_SCOPES: "x" }).message).toContain("LEVER_CLIENT_ID must be set");
  });

  it("takes an OpenID Connect provider whole or not at all", () => {
    const whole = {
      OIDC_ISSUER: "https://login.example.com/a",
      OIDC_CLIENT_ID: "id",
      OIDC_CLIENT_SECRET: "canary",
      OIDC_ALLOW: "Me@B.c  @D.e",
    };
    const { oidc } = readConfig(whole);
    expect(oidc).toMatchObject({
      issuer: whole.OIDC_ISSUER,
      clientId: "id",
      allow: ["me@b.c", "@d.e"],
      title: "login.example.com",
    });
    expect(JSON.stringify(oidc)).not.toContain("canary");
    expect(readConfig({ ...whole, OIDC_TITLE: "Ours", OIDC_ISSUER: "http://localhost:8080" }).oidc?.title).toBe("Ours");
    expect(readConfig({}).oidc).toBeUndefined();
    for (const name of Object.keys(whole))
      expect(refusal({ ...whole, [name]: "" }).message).toMatch(new RegExp(`^${name} must be set`));
    expect(refusal({ OIDC_TITLE: "Ours" }).message).toContain("OIDC_ISSUER must be set together with OIDC_TITLE");
    for (const OIDC_ISSUER of ["canary", "http://canary.example", "ftp://canary.example", "http://127.0.0.1.canary.example"]) {
      const error = refusal({ ...whole, OIDC_ISSUER });
      expect([error.message, JSON.stringify(error).includes("canary")]).toEqual([
        expect.stringMatching(/^OIDC_ISSUER must /),
        false,
      ]);
    }
    for (const OIDC_ALLOW of ["canary", "a@b.c canary", "@", "canary@", "a@canary@b"]) {
      const error = refusal({ ...whole, OIDC_ALLOW });
      expect([error.message, JSON.stringify(error).includes("canary")]).toEqual([
        expect.stringMatching(/^OIDC_ALLOW must /),
        false,
      ]);
    }
  });

  it("explains every variable", () => {
    const names = describeConfig().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["HOST", "PORT", "PUBLIC_URL", "DATA_DIR", "ENVIRONMENTS_FILE", "TRUST_PROXY"]));
    expect(describeConfig().every(({ description }) => description.length > 5)).toBe(true);
  });
});

describe("readEnvironments", () => {
  const folder = mkdtempSync(join(tmpdir(), "lever-connector-"));
  const withFile = async (content: string) => {
    const { readEnvironments } = await import("../../app/environments.ts");
    const environmentsFile = join(folder, "environments.json");
    writeFileSync(environmentsFile, content);
    return readEnvironments({ playground: true, playgroundPort: 3999, environmentsFile });
  };

  it("adds the playground and the environments of the file", async () => {
    const environments = await withFile(
      JSON.stringify({
        mirror: {
          api: "https://m.example/v1",
          authorize: "https://m.example/a",
          token: "https://m.example/t",
          audience: "https://m.example/v1/",
        },
      }),
    );
    expect(environments.of("lever", true).playground?.api).toBe("http://127.0.0.1:3999/v1");
    expect(environments.of("lever", true).mirror).toMatchObject({ title: "mirror", api: "https://m.example/v1" });
  });

  it.each([
    "{",
    "[]",
    '{"mirror": {"title": "Mirror"}}',
    '{"mirror": {"api": "ftp://x", "authorize": "https://x", "token": "https://x", "audience": "x"}}',
  ])("refuses the file %s and says where it is wrong", async (content) => {
    await expect(withFile(content)).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("ENVIRONMENTS_FILE"),
    });
  });
});

import { describe, expect, it } from "@jest/globals";
import { Secret } from "../../credentials/secret.ts";
import { variablesSet } from "../../server/config.ts";
import { welcomeText } from "../../server/welcome.ts";

const base = {
  publicUrl: "http://127.0.0.1:3000",
  data: "/srv/lever/data",
  keyFile: "/srv/lever/data/keys",
  variables: [],
  playgroundUrl: "http://127.0.0.1:3001",
  accessToken: new Secret("once"),
};

describe("what a started server tells", () => {
  it("is where everything is, and what to do next", () => {
    const text = welcomeText(base);
    for (const told of [
      "http://127.0.0.1:3000/access?token=once",
      "http://127.0.0.1:3000/api/v1",
      "http://127.0.0.1:3001",
      "/srv/lever/data\n",
      "/srv/lever/data/keys",
      "npx lever-connector api-keys create",
    ])
      expect(text).toContain(told);
    expect(text).toContain("or in another terminal:\n");
    expect(text).toContain("Next: open the sign-in link above, add a credential (environment: playground)");
  });

  it("holds no link once somebody has signed in, and no playground where it is off", () => {
    const text = welcomeText({ ...base, accessToken: undefined, playgroundUrl: undefined, keyFile: undefined });
    expect(text).toContain("npx lever-connector access-link");
    expect(text).toContain("Next: open http://127.0.0.1:3000, signed in, add a credential, test it");
    expect(text).not.toMatch(/token=|Playground|Sealing keys/);
  });

  it("names the variables that the other terminal needs, so that it works on the same store", () => {
    const variables = variablesSet({
      DATA_DIR: "/srv",
      MONGODB_URI: " ",
      ADMIN_TOKEN: "admin-token-of-the-tests",
      HOME: "/root",
    });
    const text = welcomeText({ ...base, variables });
    expect(text).toContain("or in another terminal, with DATA_DIR, ADMIN_TOKEN set as here:\n");
    expect(text).not.toContain("admin-token-of-the-tests");
  });
});

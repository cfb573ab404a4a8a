import { describe, expect, it, jest } from "@jest/globals";
import { createOpenOnce } from "../../credentials/open-once.ts";
import { Secret } from "../../sealing/secret.ts";

describe("an opened secret", () => {
  it("is opened once for each record and sealed text, and again after a minute however much it was used", () => {
    jest.useFakeTimers();
    try {
      const openOnce = createOpenOnce();
      const opened: string[] = [];
      const ask = (project: string, id: string, sealed: string) => {
        const place = [project, id, sealed].join();
        return openOnce({ project, id, field: "secret" }, sealed, () => {
          opened.push(place);
          return { type: "api_key", apiKey: new Secret(place) };
        });
      };
      const first = ask("p", "c", "s");
      for (let seconds = 0; seconds < 59; seconds += 1) {
        expect(ask("p", "c", "s")).toBe(first);
        jest.advanceTimersByTime(1_000);
      }
      for (const [project, id, sealed] of [
        ["q", "c", "s"],
        ["p", "d", "s"],
        ["p", "c", "t"],
      ] as const)
        ask(project, id, sealed);
      expect(opened).toEqual(["p,c,s", "q,c,s", "p,d,s", "p,c,t"]);
      jest.advanceTimersByTime(1_001);
      ask("p", "c", "s");
      ask("p", "c", "t");
      expect(opened).toEqual(["p,c,s", "q,c,s", "p,d,s", "p,c,t", "p,c,s"]);
      jest.advanceTimersByTime(60_000);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

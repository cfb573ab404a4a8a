import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import type { Cli } from "../../cli/cli.ts";
import { decodeText } from "../../cli/decode-text.ts";
import { type Io, note, noteJson, paint, printJson, printJsonLine, printLine, printTable } from "../../cli/io.ts";
import { wholeNumber } from "../../cli/options.ts";
import { noteWarnings, printOutput } from "../../cli/print-output.ts";
import { printAllPages } from "../../cli/print-pages.ts";
import { openProgress } from "../../cli/progress.ts";
import { reportError } from "../../cli/report-error.ts";
import { loadConnector } from "../../connector/manifest.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { PageEvent } from "../../runtime/types.ts";

/** A command's outside in memory. */
function memoryIo({ isTTY = false, env = {} as Record<string, string> } = {}) {
  const text = { out: "", err: "" };
  const collect = (to: "out" | "err") => {
    const quiet = { cursorTo() {}, clearLine() {}, moveCursor() {}, clearScreenDown() {} };
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 100, ...quiet });
    stream.on("data", (chunk) => (text[to] += chunk));
    return stream;
  };
  const io = { env, stdin: new PassThrough(), stdout: collect("out"), stderr: collect("err") } as unknown as Io;
  return { io, text };
}

function memoryCli({ json = false, isTTY = false } = {}) {
  const { io, text } = memoryIo({ isTTY });
  const cli = { io, json, exitCode: 0, signal: new AbortController().signal } as unknown as Cli;
  return { cli, text };
}

const { manifest: MANIFEST, ...connector } = loadConnector({ check: false });
const RETRIEVE = connector.operation("retrieve_opportunity");

const WILD = "a\u001b[2J\u009b31m\u007f\u202eb\nc";
const TAMED = "a?[2J?31m??b?c";

describe("what is printed cannot drive the terminal", () => {
  it("as a line, a note, a table", async () => {
    const { io, text } = memoryIo();
    await printLine(io, WILD, paint("red", WILD));
    note(io, WILD);
    await printTable(io, [{ name: WILD }], ["name"]);
    expect(text).toEqual({ out: `${TAMED}${TAMED}\nNAME\n${TAMED}\n`, err: `${TAMED}\n` });
  });

  it("on a terminal either, where our own colours are", async () => {
    const { io, text } = memoryIo({ isTTY: true });
    await printLine(io, WILD, " ", paint("green", WILD));
    note(io, paint("red", "error"), ` ${WILD}`);
    expect(text.out).toBe(`${TAMED} \u001b[32m${TAMED}\u001b[0m\n`);
    expect(text.err).toBe(`\u001b[31merror\u001b[0m ${TAMED}\n`);
  });

  it.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("without colours for %j", async (env) => {
    const { io, text } = memoryIo({ isTTY: true, env });
    await printLine(io, paint("bold", "x"));
    expect(text.out).toBe("x\n");
  });

  it("with colours where NO_COLOR is empty", async () => {
    const { io, text } = memoryIo({ isTTY: true, env: { NO_COLOR: "", TERM: "xterm" } });
    await printLine(io, paint("bold", "x"));
    expect(text.out).toBe("\u001b[1mx\u001b[0m\n");
  });

  it("as JSON, which says exactly the same value", async () => {
    const { io, text } = memoryIo();
    const value = { [WILD]: WILD, plain: "Zoë 株 👩‍👩‍👧" };
    await printJsonLine(io, value);
    await printJson(io, value);
    noteJson(io, value);
    const [line = "", ...rest] = text.out.trimEnd().split("\n");
    for (const json of [line, rest.join("\n"), text.err]) {
      expect(JSON.parse(json)).toEqual(value);
      expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    }
    expect(line).toContain("\\u009b31m\\u007f\\u202eb\\nc");
    expect(line).toContain("Zoë 株 👩‍👩‍👧");
    expect(rest).toHaveLength(4);
  });

  it("as an error with what the service said", async () => {
    const { cli, text } = memoryCli();
    const issues = [
      { pointer: `/${WILD}`, keyword: "x", message: WILD },
      { pointer: "", keyword: "x", message: "whole" },
    ];
    const upstream = { status: 400, code: "Bad", message: WILD };
    const error = new ConnectorError("upstream_rejected", WILD, { issues, upstream, retryAfterMs: 1001 });
    cli.service = "Lever";
    expect(await reportError(cli, error)).toBe(3);
    expect(text.err).toBe(
      `error ${TAMED} (upstream_rejected)\n  /${TAMED}  ${TAMED}\n  /  whole\n  Lever said: 400 Bad ${TAMED}\n  Worth another try in 2 s.\n`,
    );
  });

  it("as a problem document", async () => {
    const { cli, text } = memoryCli({ json: true });
    await reportError(cli, new ConnectorError("conflict", WILD));
    expect(text.err).toContain("\\u009b31m");
    expect(JSON.parse(text.err)).toMatchObject({ code: "conflict", detail: WILD });
  });

  it("as a record field by field", async () => {
    const { cli, text } = memoryCli();
    await printOutput(cli, { data: { [WILD]: 1, name: WILD } }, RETRIEVE);
    expect(text.out).toBe(`${TAMED}  1\nname${" ".repeat(TAMED.length - 4)}  ${TAMED}\n`);
  });
});

describe("what an answer holds", () => {
  it("is shown as it is where it is no record, and an expanded record by its name", async () => {
    const { cli, text } = memoryCli();
    await printOutput(cli, { data: "done" }, RETRIEVE);
    await printOutput(
      cli,
      { data: { stage: { id: "1", text: "Offer" }, owner: { id: "2", name: "Rita" }, other: { id: 3 } } },
      RETRIEVE,
    );
    await printOutput(cli, { data: { createdAt: 0, endedAt: 8.64e15, neverAt: 8.65e15, at: 1 } }, RETRIEVE);
    expect(text.out).toBe(
      [
        ...["done", "stage  Offer", "owner  Rita", 'other  {"id":3}'],
        ...[
          "createdAt  1970-01-01T00:00:00.000Z",
          "endedAt    +275760-09-13T00:00:00.000Z",
          "neverAt    8650000000000000",
          "at         1",
          "",
        ],
      ].join("\n"),
    );
  });

  it("is said to differ from its schema in one line", () => {
    const { cli, text } = memoryCli();
    const issues = [{ pointer: "/data/0/name", keyword: "type", message: "must be string" }];
    noteWarnings(cli, undefined, "Lever");
    noteWarnings(cli, { count: 1, issues }, "Lever");
    noteWarnings(cli, { count: 2, issues: [] }, "Lever");
    expect(text.err).toBe(
      "1 value is not as Lever's schema says; shown as sent (first: /data/0/name must be string)\n" +
        "2 values are not as Lever's schema says; shown as sent\n",
    );
  });
});

describe("columns line up by what a terminal draws", () => {
  it("for wide letters and emoji", async () => {
    const { io, text } = memoryIo();
    await printTable(
      io,
      [
        { name: "株式会社", lastTest: "x" },
        { name: "👩‍👩‍👧 Ann", lastTest: "y" },
        { name: "Zoe\u0301", lastTest: "z" },
      ],
      ["name", "lastTest"],
    );
    expect(text.out.split("\n")).toEqual(["NAME      LAST TEST", "株式会社  x", "👩‍👩‍👧 Ann    y", "Zoe\u0301       z", ""]);
  });

  it("and cut no character in two", async () => {
    const { io, text } = memoryIo();
    await printTable(io, [{ name: `${"x".repeat(45)} 👩‍👩‍👧👩‍👩‍👧` }, { name: "漢".repeat(30) }], ["name"]);
    expect(text.out.split("\n")).toEqual(["NAME", `${"x".repeat(45)} …`, `${"漢".repeat(23)}…`, ""]);
  });

  it("for the names of fields", async () => {
    const { cli, text } = memoryCli();
    await printOutput(cli, { data: { 会社: 1, id: "x" } }, RETRIEVE);
    expect(text.out).toBe("会社  1\nid    x\n");
  });
});

describe("all pages", () => {
  const page = (records: object[], cursor?: string): PageEvent =>
    ({ type: "records", records, count: records.length, ...(cursor && { cursor }), meta: {} }) as unknown as PageEvent;

  async function* crawl(...events: (PageEvent | Error)[]): AsyncGenerator<PageEvent> {
    for (const event of events) {
      if (event instanceof Error) throw event;
      yield event;
    }
  }
  const failure = new ConnectorError("upstream_unavailable", "down");

  it("print the records already read where a page fails, then where to continue, and the failure stays one", async () => {
    const { cli, text } = memoryCli();
    const pages = crawl(page([{ id: "1" }], "c1"), page([{ id: "2" }], "c2"), failure);
    await expect(printAllPages(cli, pages, MANIFEST)).rejects.toBe(failure);
    expect(text).toEqual({ out: "ID\n1\n2\n", err: "Continue from here with --offset 'c2'\n" });
  });

  it("print them as lines of JSON too", async () => {
    const { cli, text } = memoryCli({ json: true });
    await expect(printAllPages(cli, crawl(page([{ id: "1" }], "c1"), failure), MANIFEST)).rejects.toBe(failure);
    expect(text).toEqual({
      out: '{"data":{"id":"1"}}\n{"cursor":"c1","count":1}\n',
      err: "Continue from here with --offset 'c1'\n",
    });
  });

  it("print nothing, and no offset, where the first page fails", async () => {
    const { cli, text } = memoryCli();
    await expect(printAllPages(cli, crawl(failure), MANIFEST)).rejects.toBe(failure);
    expect(text).toEqual({ out: "", err: "" });
  });

  it("print the last page", async () => {
    const { cli, text } = memoryCli();
    await printAllPages(
      cli,
      crawl(page([{ id: "1" }], "c1"), page([{ id: "last" }]), { type: "done", count: 2 } as PageEvent),
      MANIFEST,
    );
    expect(text).toEqual({ out: "ID\n1\nlast\n", err: "" });
    const json = memoryCli({ json: true });
    await printAllPages(json.cli, crawl(page([{ id: "last" }]), { type: "done", count: 1 } as PageEvent), MANIFEST);
    expect(json.text).toEqual({ out: '{"data":{"id":"last"}}\n{"done":true,"count":1}\n', err: "" });
  });

  it("say where there are none, and where they began at a cursor", async () => {
    const { cli, text } = memoryCli();
    await printAllPages(cli, crawl(page([]), { type: "done", count: 0, from: "cursor" } as PageEvent), MANIFEST);
    expect(text).toEqual({ out: "", err: "No records.\nFrom --offset on; the records before it are not included\n" });
  });

  it("leave the bar away before the records are printed where a page fails", async () => {
    const { cli, text } = memoryCli({ isTTY: true });
    await expect(printAllPages(cli, crawl(page([{ id: "1" }], "c1"), failure), MANIFEST)).rejects.toBe(failure);
    expect(text.err).toContain("1 records so far");
    expect(text.err.endsWith("Continue from here with --offset 'c1'\n")).toBe(true);
  });

  it("show no bar beside lines of JSON on one terminal", async () => {
    const { cli, text } = memoryCli({ json: true, isTTY: true });
    await printAllPages(cli, crawl(page([{ id: "1" }]), { type: "done", count: 1 } as PageEvent), MANIFEST);
    expect(text.err).toBe("");
  });
});

describe("an error that is not one of ours", () => {
  const fileError = (code: string, more: object = { path: "/data/x" }) =>
    Object.assign(new Error("x"), { code, syscall: "open", ...more });

  it.each([
    ["EACCES", "config_invalid"],
    ["EPERM", "config_invalid"],
    ["EROFS", "config_invalid"],
    ["ENOTDIR", "config_invalid"],
    ["ENOENT", "config_invalid"],
    ["EISDIR", "config_invalid"],
    ["ENOSPC", "store_full"],
  ])("of the file system is a matter of the installation: %s is %s", async (code, told) => {
    const { cli, text } = memoryCli();
    expect(await reportError(cli, fileError(code))).toBe(6);
    expect(text.err).toContain(`error /data/x cannot be used (${code}). (${told})`);
  });

  it("names no file where none is known", async () => {
    const { cli, text } = memoryCli();
    await reportError(cli, fileError("EACCES", {}));
    expect(text.err).toContain("A file cannot be used (EACCES).");
  });

  it.each([fileError("ECONNRESET"), Object.assign(new Error("x"), { code: "EACCES" }), "EACCES", undefined])(
    "is unexpected otherwise: %s",
    async (error) => {
      const { cli, text } = memoryCli();
      expect(await reportError(cli, error)).toBe(1);
      expect(text.err).toContain("(internal_error)");
      expect(text.err.trim().split("\n")).toHaveLength(1);
    },
  );

  it("shows where it comes from, with LOG_LEVEL=debug alone", async () => {
    const { io, text } = memoryIo({ env: { LOG_LEVEL: "debug" } });
    const cli = { io, json: false, signal: new AbortController().signal } as unknown as Cli;
    await reportError(cli, new Error("deep down"));
    expect(text.err).toMatch(/^Error: deep down\n {4}at /);
    const info = memoryIo({ env: { LOG_LEVEL: "info" } });
    await reportError({ ...cli, io: info.io } as Cli, new Error("deep down"));
    expect(info.text.err).not.toContain("deep down");
  });

  it("is a cancellation once the command was cancelled, but for errors of ours", async () => {
    const { cli, text } = memoryCli();
    const cancelled = { ...cli, signal: AbortSignal.abort() } as Cli;
    expect(await reportError(cancelled, new Error("aborted"))).toBe(130);
    expect(text.err).toContain("(cancelled)");
    expect(await reportError(cancelled, new ConnectorError("store_full", "x"))).toBe(6);
  });
});

describe("a pipe that is read slowly", () => {
  it("holds the command back until it takes more", async () => {
    const { io } = memoryIo();
    let write = () => false;
    const slow = Object.assign(new PassThrough(), { write: () => write() });
    const printed = printLine({ ...io, stdout: slow } as unknown as Io, "x");
    const first = await Promise.race([
      printed.then(() => "printed"),
      new Promise((resolve) => setTimeout(resolve, 50, "waiting")),
    ]);
    expect(first).toBe("waiting");
    slow.emit("drain");
    await printed;
    write = () => true;
    await printLine({ ...io, stdout: slow } as unknown as Io, "x");
  });
});

describe("a bar", () => {
  it("shows the share that is done where the whole is known", async () => {
    const { io, text } = memoryIo({ isTTY: true });
    const progress = await openProgress(io, "records");
    progress.update(5, 10);
    progress.stop();
    progress.stop();
    expect(text.err).toContain(`${"█".repeat(15)}${"░".repeat(15)} 50% 5/10 records`);
  });

  it("is not shown in pipes and logs", async () => {
    const { io, text } = memoryIo();
    const progress = await openProgress(io, "records");
    progress.update(5, 10);
    progress.stop();
    expect(text.err).toBe("");
  });
});

describe("a whole number", () => {
  const read = wholeNumber("port", 1, 10);

  it.each([
    ["1", 1],
    ["10", 10],
    ["05", 5],
  ])("may be %s", (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(["0", "11", "-1", "1.5", "", " ", "1e1", "0x5", "five", "5x", "x5"])("may not be %j", (text) => {
    expect(() => read(text)).toThrow("from 1 to 10");
  });
});

describe("bytes of a file", () => {
  const json = '{"name":"Zoë 株"}';
  const utf16le = Buffer.from(`\ufeff${json}`, "utf16le");

  it.each([
    ["UTF-8", Buffer.from(json)],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${json}`)],
    ["UTF-16, little end first", utf16le],
    ["UTF-16, big end first", Buffer.from(utf16le).swap16()],
  ])("are read as %s", (_what, bytes) => {
    expect(decodeText(bytes, "--input")).toBe(json);
  });

  it("are refused where they are no text, in place of sending replaced letters", () => {
    expect(() => decodeText(Buffer.from([0x7b, 0xff, 0x7d]), "--input")).toThrow(/--input is not text in UTF-8/);
    expect(decodeText(Buffer.from([]), "--input")).toBe("");
  });
});
